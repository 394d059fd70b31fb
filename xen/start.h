/* SPDX-License-Identifier: ISC */
/*
 * Brings up everything of Xen that a domain has, in order, for the machine's root.
 */
#ifndef XEN_START_H
#define XEN_START_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Maps the shared page (clock and events) and the console ring; from here on pvclock, evtchn and
 * console work. 0 or -Exxx; a missing console is no error.
 */
int xen_start(void);

/*
 * Grant table, xenstore, lifecycle, and the devices of the drivers that have registered with
 * xenbus_register(). Needs malloc. 0 or -Exxx, said on the console.
 */
int xen_start_devices(void);

/*
 * The same in the domain that a resume has made (xen/suspend.h): first what was shared is let go of
 * and the shared page, grant table and console are there, then xenstore and the devices.
 */
int xen_resume(void);
int xen_resume_devices(void);

/* For platform_poll() and platform_wait(); DEADLINE is monotonic, UINT64_MAX for none. */
bool xen_poll(void);
void xen_wait(uint64_t deadline);

#endif
