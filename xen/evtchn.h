/* SPDX-License-Identifier: ISC */
/*
 * Event channels, the 2-level ABI of xen/event_channel.h, without interrupts: every channel stays
 * masked, the pending bits are polled, and an idle vCPU blocks in SCHEDOP_poll on all bound ports.
 * platform_poll() is evtchn_poll(), platform_wait() ends in evtchn_wait().
 *
 * A handler does a bounded share of its device's work and returns true when there is more; it is
 * then called again by the next evtchn_poll() without a new event. Spurious events are harmless,
 * events for ports that are not bound are ignored. A handler may bind and close ports, its own too.
 */
#ifndef XEN_EVTCHN_H
#define XEN_EVTCHN_H

#include <stdbool.h>
#include <stdint.h>

#define EVTCHN_MAX 64 /* ports in use at a time */

struct shared_info;

/* Returns true when it has more to do. */
typedef bool evtchn_handler(void *ctx);

struct evtchn_stats {
	uint64_t events;  /* pending bits taken */
	uint64_t calls;   /* of handlers */
	uint64_t waits;   /* times blocked in the hypervisor */
	uint64_t refused; /* times the hypervisor would not block */
	uint64_t muted;   /* times a port was not listened to for a while */
};
extern struct evtchn_stats evtchn_stats;

/* Masks every channel and forgets every port (at boot, and when the domain was resumed). */
void evtchn_init(struct shared_info *shared);

/* A new port for REMOTE to bind to; 0, -ENOSPC or Xen's error. */
int evtchn_alloc_unbound(uint16_t remote, uint32_t *port);
int evtchn_bind_interdomain(uint16_t remote, uint32_t remote_port, uint32_t *port);
int evtchn_bind_virq(uint32_t virq, uint32_t *port);
/* Takes over a port that the toolstack bound for us. 0, -EINVAL, -ENOSPC, -EEXIST. */
int evtchn_adopt(uint32_t port);

/* HANDLER(CTX) is called after each event; NULL for none. The port must be bound. */
void evtchn_set_handler(uint32_t port, evtchn_handler *handler, void *ctx);

/* Closes the channel and forgets its handler. A port that is not bound, or 0, is ignored. */
void evtchn_close(uint32_t port);

int evtchn_send(uint32_t port); /* 0 or Xen's error */

/* The handler of PORT is called by the next evtchn_poll(), event or not. */
void evtchn_mark(uint32_t port);

/*
 * Said by a handler whose event has brought no work. A sender who goes on and on is not listened to
 * for a while, which grows from 1 to 16 ms; a port that is marked is served all the same.
 */
void evtchn_idle(uint32_t port);

/* Calls the handlers of all ports that are pending or marked. True when any has more to do. */
bool evtchn_poll(void);
/* The same for one port, for boot and for the end. */
bool evtchn_poll_one(uint32_t port);

/*
 * Blocks until an event, or until Xen's system time reaches TIMEOUT (ns, absolute; 0: never).
 * Returns at once when there is work already. 0 or Xen's error; may return early.
 */
int evtchn_wait(uint64_t timeout);
/* Blocks until PORT is pending, whatever the others are. */
int evtchn_wait_one(uint32_t port, uint64_t timeout);

#endif
