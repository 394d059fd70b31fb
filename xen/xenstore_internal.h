/* SPDX-License-Identifier: ISC */
/* What the files of xen/xenstore*.c share: bytes, requests, watches. */
#ifndef XEN_XENSTORE_INTERNAL_H
#define XEN_XENSTORE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/io/xs_wire.h>

#include "xen/xenstore.h"

/* xenstore_ring.c: takes the ring's indices as they stand; nothing is composed or assembled. */
void xenstore_ring_init(struct xenstore_domain_interface *ring, uint32_t port);
/* The message to send is composed by put() after clear(), at most a header and a full payload. */
void xenstore_ring_clear(void);
void xenstore_ring_put(const void *data, size_t len);
/* Puts as much of it into the ring as it takes. True when it is all in (or there is none). */
bool xenstore_ring_push(void);
/* Hands on every message that is complete. */
void xenstore_ring_receive(void);
/* Tells the store of what was written and read, if there was anything. */
void xenstore_ring_announce(void);

/* xenstore.c: the ring is not used any more; all requests fail in the next turn. */
void xenstore_give_up(const char *why);
/* PAYLOAD is followed by a NUL; so is that of an event. */
void xenstore_take_reply(const struct xsd_sockmsg *header, const char *payload);
void xenstore_submit(struct xenstore_request *request, uint32_t type);
uint32_t xenstore_port(void);

/* xenstore_watch.c: an event's payload is PATH, a NUL, the token, a NUL: LEN bytes. */
void xenstore_take_event(const char *path, size_t len);
/* Registers all watches in a new store. */
void xenstore_renew_watches(void);

#endif
