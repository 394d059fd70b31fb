/* SPDX-License-Identifier: ISC */
/*
 * Suspend and resume: `xl save`, `xl restore`, `xl migrate` (SHUTDOWN_suspend of xen/sched.h). The
 * domain that comes back has our memory and nothing else: events, grants, rings and the number of
 * the domain are new. docs/xen.md tells the order of the steps and who owns each.
 */
#ifndef XEN_SUSPEND_H
#define XEN_SUSPEND_H

#include <stdbool.h>
#include <stdint.h>

/*
 * READY(CTX) is asked in each turn, once the host has asked for the suspension, whether all that
 * must not be lost is flushed; after 10 s it is asked no more. RESUMED(CTX) is called in the new
 * domain before any device is there; not when the host has changed its mind. Either may be NULL.
 */
void suspend_set_hooks(bool (*ready)(void *ctx), void (*resumed)(void *ctx), void *ctx);

/* The host asks for it; done by suspend_turn(). */
void suspend_ask(void);

/*
 * Suspends if that was asked for and all is ready; returns when the domain runs again, and then
 * true: there may be work. Between two turns of the loop only, not from a handler.
 */
bool suspend_turn(void);
/* The monotonic time up to which suspend_turn() may wait; UINT64_MAX when nothing was asked for. */
uint64_t suspend_deadline(void);

#endif
