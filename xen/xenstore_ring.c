/* SPDX-License-Identifier: ISC */
/*
 * The bytes of xenstore's ring (xen/io/xs_wire.h); see xenstore_internal.h. One message at a time
 * is composed for sending and one is assembled from what arrives, both in private memory; the
 * ring's indices are ours, the shared copies are only written, and the store's are checked before
 * use.
 */
#include "xen/xenstore_internal.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "xen/evtchn.h"
#include "xen/shared.h"

#define HEADER sizeof(struct xsd_sockmsg)

static struct xenstore_domain_interface *page;
static uint32_t channel;
static uint32_t req_prod, rsp_cons;
static bool unannounced;

static uint8_t out[HEADER + XENSTORE_PAYLOAD_MAX];
static size_t out_len, out_done;

static struct xsd_sockmsg in_header;
static char in_payload[XENSTORE_PAYLOAD_MAX + 1];
static size_t in_done; /* bytes of header and payload that are here */

void xenstore_ring_init(struct xenstore_domain_interface *ring, uint32_t port)
{
	page = ring;
	channel = port;
	req_prod = shared_load(&ring->req_prod);
	rsp_cons = shared_load(&ring->rsp_cons);
	in_done = 0;
	unannounced = false;
	xenstore_ring_clear();
}

/* ---- sending ---- */

void xenstore_ring_clear(void)
{
	out_len = out_done = 0;
}

void xenstore_ring_put(const void *data, size_t len)
{
	if (len)
		memcpy(out + out_len, data, len);
	out_len += len;
}

/* Puts as much of the composed message into the ring as it takes. True when it is all in. */
bool xenstore_ring_push(void)
{
	uint32_t filled;
	size_t room, len, at;

	if (out_done == out_len)
		return true;
	filled = req_prod - shared_load(&page->req_cons);
	if (filled > XENSTORE_RING_SIZE) {
		xenstore_give_up("the store's request index is out of range");
		return false;
	}
	/* The store has read what we write over: it moved its index after reading. */
	shared_mb();
	for (room = XENSTORE_RING_SIZE - filled; room && out_done < out_len; room -= len) {
		at = MASK_XENSTORE_IDX(req_prod);
		len = MIN(MIN(room, XENSTORE_RING_SIZE - at), out_len - out_done);
		shared_copy_in(page->req + at, out + out_done, len);
		out_done += len;
		req_prod += (uint32_t)len;
	}
	/* The bytes are there before the index says so. */
	shared_wmb();
	shared_store(&page->req_prod, req_prod);
	unannounced = true;
	return out_done == out_len;
}

/* ---- receiving ---- */

static void take_message(void)
{
	in_payload[in_header.len] = 0;
	in_done = 0;
	if (in_header.type == XS_WATCH_EVENT)
		xenstore_take_event(in_payload, in_header.len);
	else
		xenstore_take_reply(&in_header, in_payload);
}

/* Moves at most LEN bytes of the ring's into the message; returns how many it took. */
static size_t assemble(size_t len)
{
	size_t at = MASK_XENSTORE_IDX(rsp_cons);
	size_t want = in_done < HEADER ? HEADER - in_done : HEADER + in_header.len - in_done;
	char *to =
		in_done < HEADER ? (char *)&in_header + in_done : in_payload + (in_done - HEADER);

	len = MIN(MIN(len, want), XENSTORE_RING_SIZE - at);
	shared_copy_out(to, page->rsp + at, len);
	rsp_cons += (uint32_t)len;
	in_done += len;
	return len;
}

/* Takes what one look at the index shows, so that a store that writes on and on cannot hold us. */
void xenstore_ring_receive(void)
{
	uint32_t start = rsp_cons;
	size_t left = shared_load(&page->rsp_prod) - rsp_cons;

	if (left > XENSTORE_RING_SIZE) {
		xenstore_give_up("the store's response index is out of range");
		return;
	}
	if (!left)
		return;
	/* The bytes are read after the index that says they are there. */
	shared_rmb();
	while (left && !xenstore_stats.broken) {
		left -= assemble(left);
		if (in_done >= HEADER && in_header.len > XENSTORE_PAYLOAD_MAX)
			xenstore_give_up("the store sends a message that is too long");
		else if (in_done >= HEADER && in_done == HEADER + in_header.len)
			take_message();
	}
	/* The bytes are read before the store may write over them. */
	shared_mb();
	shared_store(&page->rsp_cons, rsp_cons);
	/* A store that found the ring full waits for us to say that it no longer is. */
	shared_mb();
	if (shared_load(&page->rsp_prod) - start >= XENSTORE_RING_SIZE)
		unannounced = true;
}

void xenstore_ring_announce(void)
{
	if (!unannounced)
		return;
	unannounced = false;
	(void)evtchn_send(channel);
}
