/* SPDX-License-Identifier: ISC */
/*
 * Xen's paravirtual clock: system time from the time-stamp counter by the scale that Xen keeps in
 * vcpu_time_info (xen/xen.h), and wall-clock time from the shared page. Monotonic time starts at 0
 * and never goes back, also when the system time does (a resume on another host).
 */
#ifndef XEN_PVCLOCK_H
#define XEN_PVCLOCK_H

#include <stdint.h>

struct shared_info;

/* At boot and after a resume (monotonic time goes on from where it was). */
void pvclock_init(const struct shared_info *shared);

uint64_t pvclock_system_ns(void);    /* Xen's system time, as SCHEDOP_poll takes it */
uint64_t pvclock_monotonic_ns(void); /* since the first pvclock_init() */
uint64_t pvclock_wall_ns(void);      /* since 1970-01-01 00:00 UTC */

/* The system time at which monotonic time will be MONOTONIC; UINT64_MAX gives 0 (never). */
uint64_t pvclock_to_system(uint64_t monotonic);

#endif
