/* SPDX-License-Identifier: ISC */
/*
 * What the host tells the domain by xenstore's control/ (xl shutdown, reboot, save, migrate,
 * sysrq), and how the domain ends. A request is acknowledged by emptying its node, and only if it
 * will be done.
 */
#ifndef XEN_LIFECYCLE_H
#define XEN_LIFECYCLE_H

/* Advertises and watches; xenstore works. 0 or -Exxx. */
int lifecycle_start(void);
/* Tells the host what it may ask for: in a resumed domain once more. */
void lifecycle_advertise(void);

/*
 * FN(CTX, REASON) is called from evtchn_poll() when the host asks for the end, with
 * SHUTDOWN_poweroff or SHUTDOWN_reboot (xen/sched.h). Without FN the domain ends at once.
 */
void lifecycle_on_shutdown(void (*fn)(void *ctx, unsigned reason), void *ctx);

/* FN(CTX, KEY) is called for `xl sysrq`. */
void lifecycle_on_sysrq(void (*fn)(void *ctx, char key), void *ctx);

/* Lets the console be read (bounded), then SCHEDOP_shutdown with REASON, SHUTDOWN_*. */
void lifecycle_end(unsigned reason) __attribute__((noreturn));

#endif
