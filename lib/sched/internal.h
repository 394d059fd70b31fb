/* SPDX-License-Identifier: ISC */
/* What the scheduler's files share among themselves: the timers' side of the loop. */
#ifndef LIB_SCHED_INTERNAL_H
#define LIB_SCHED_INTERNAL_H

#include <stdint.h>

void timers_init(void);

/* Fires every timer that is due at NOW; those that are set meanwhile wait for the next call. */
void timers_run(uint64_t now);

/* The earliest deadline, or PLATFORM_NEVER. */
uint64_t timers_next(void);

#endif
