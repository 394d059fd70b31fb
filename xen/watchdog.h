/* SPDX-License-Identifier: ISC */
/*
 * Xen's watchdog over the domain (SCHEDOP_watchdog): a loop that makes no turn for so many seconds
 * ends the domain with SHUTDOWN_watchdog, for which xl has `on_watchdog`.
 *
 * Xen's clock for it runs on while the domain is paused, and nobody tells the domain. So it is
 * armed only while there is work: a loop that has been idle for WATCHDOG_REST_NS disarms it, and it
 * stays so until the loop wakes.
 */
#ifndef XEN_WATCHDOG_H
#define XEN_WATCHDOG_H

#include <stdint.h>

#define WATCHDOG_REST_NS 100000000ull /* idle for so long: nothing hangs */

/* Seconds after which a hanging loop ends the domain; 0: never. Takes effect with the next wait. */
extern uint64_t watchdog_seconds;

/* Once a turn of the loop; NOW as pvclock_monotonic_ns(). A hypercall only now and then. */
void watchdog_feed(uint64_t now);

/* As xen_wait(), with the rest above in it: may return early. The first call arms for the first
 * time, so that what is read and built at the start may take its time. */
void watchdog_wait(uint64_t deadline);

/*
 * For a suspend: disarm before it, since a resumed domain has no timer and a saved one's time runs
 * on; arm after it, also when it was cancelled. Either may be called twice.
 */
void watchdog_disarm(void);
void watchdog_arm(void);

#endif
