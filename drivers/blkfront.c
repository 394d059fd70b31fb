/* SPDX-License-Identifier: ISC */
/*
 * Blkfront's ring (xen/io/blkif.h, xen/io/ring.h) as a whole: its opening, its closing and its
 * event; see blkfront_ring.h. Requests are in blkfront_io.c, pages in blkfront_pages.c. Called by
 * the event channel and by blkfront_xs.c.
 */
#include "drivers/blkfront_ring.h"

#include <errno.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>

#include "drivers/blkfront_internal.h"
#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/trace.h"
#include "xen/evtchn.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/shared.h"

void blkfront_stop(struct blkfront_ring *ring, const char *why)
{
	if (ring->stopped)
		return;
	ring->stopped = true;
	ring->why = why;
	ring->stats.failures++;
	trace("vbd fails", NULL, ring->port);
	evtchn_mark(ring->port);
}

/* ---- the event ---- */

static bool take_response(struct blkfront_ring *ring)
{
	struct blkif_response response;
	struct blkfront_slot *slot;

	shared_copy_out(
		&response, &ring->shared->ring[ring->cons % BLKFRONT_RING].rsp, sizeof(response));
	if (response.id >= BLKFRONT_RING || !ring->slots[response.id].request) {
		blkfront_stop(ring, "a response to a request that was not made");
		return false;
	}
	slot = &ring->slots[response.id];
	if (response.operation != slot->op) {
		blkfront_stop(ring, "a response to another operation");
		return false;
	}
	ring->cons++;
	blkfront_answered(ring, slot, response.status);
	return true;
}

/* Asks for an event with the next response, and looks whether it has come before it was asked. */
static void expect_event(struct blkfront_ring *ring)
{
	shared_store(&ring->shared->rsp_event, ring->cons + 1);
	shared_mb();
	if (shared_load(&ring->shared->rsp_prod) != ring->cons)
		ring->more = true;
}

/* Returns whether there was anything. */
static bool reap(struct blkfront_ring *ring)
{
	uint32_t prod = shared_load(&ring->shared->rsp_prod);

	if (prod == ring->cons)
		return false;
	if (prod - ring->cons > ring->pushed - ring->cons) {
		blkfront_stop(ring, "more responses than requests");
		return true;
	}
	/* The responses are read after the index that says they are there. */
	shared_rmb();
	while (ring->cons != prod && ring->budget)
		if (!take_response(ring))
			return true;
	if (ring->cons != prod)
		ring->more = true;
	else
		expect_event(ring);
	return true;
}

/* Shows the backend what is new, and tells it if it sleeps: its event index lies among it then. */
static void push(struct blkfront_ring *ring)
{
	uint32_t old = ring->pushed;

	if (ring->prod == old)
		return;
	/* The requests are there before the index says so. */
	shared_wmb();
	shared_store(&ring->shared->req_prod, ring->prod);
	ring->pushed = ring->prod;
	/* The index is seen before we look whether the backend has gone to sleep. */
	shared_mb();
	if (ring->prod - shared_load(&ring->shared->req_event) < ring->prod - old &&
		evtchn_send(ring->port))
		blkfront_stop(ring, "the event channel is gone");
}

static bool on_event(void *ctx)
{
	struct blkfront_ring *ring = ctx;
	bool work = false;

	ring->stats.events++;
	ring->more = false;
	if (blkfront_usable(ring)) {
		ring->budget = BLKFRONT_BUDGET;
		work = reap(ring);
		ring->budget = BLKFRONT_BUDGET;
		work |= blkfront_issue(ring);
		push(ring);
	}
	if (!work) {
		ring->stats.idle_events++;
		evtchn_idle(ring->port);
	}
	if (!ring->stopped)
		return ring->more;
	ring->calls->failed(ring, ring->why);
	return false;
}

/* ---- opening and closing ---- */

static int open_shared(struct blkfront_ring *ring)
{
	ring->shared = frame_alloc();
	if (!ring->shared)
		return -ENOMEM;
	if (gnttab_take(&ring->shared_ref)) {
		frame_free(ring->shared);
		ring->shared = NULL;
		return -ENOSPC;
	}
	gnttab_grant(ring->shared_ref, ring->domid, frame_of(ring->shared), false);
	/* The page is zeroed: the indices are 0 already. */
	shared_store(&ring->shared->req_event, 1u);
	shared_store(&ring->shared->rsp_event, 1u);
	ring->prod = ring->pushed = ring->cons = 0;
	return 0;
}

int blkfront_ring_open(struct blkfront_ring *ring, uint16_t domid)
{
	int error;

	ASSERT(!ring->open);
	ring->domid = domid;
	ring->open = true;
	ring->started = ring->stopped = false;
	error = open_shared(ring);
	if (!error)
		error = evtchn_alloc_unbound(domid, &ring->port);
	if (error) {
		blkfront_ring_close(ring);
		return error;
	}
	evtchn_set_handler(ring->port, on_event, ring);
	return 0;
}

static uint8_t choose_flush(const struct blkfront_offer *offer)
{
	if (offer->flush)
		return BLKIF_OP_FLUSH_DISKCACHE;
	return offer->barrier ? BLKIF_OP_WRITE_BARRIER : BLKFRONT_NO_OP;
}

int blkfront_ring_start(struct blkfront_ring *ring, const struct blkfront_offer *offer)
{
	struct blkdev *dev = &ring->blkdev;
	int error = blkfront_pages_open(ring);

	if (error)
		return error;
	/* A quarter of the pages, so that some parts are always under way. */
	ring->segments = MIN(MIN(offer->segments, ring->page_max / 4), BLKFRONT_SEGMENTS_MAX);
	ring->segments = MAX(ring->segments, BLKFRONT_SEGMENTS);
	ring->barrier = offer->barrier;
	ring->flush_op = choose_flush(offer);
	dev->flush = !dev->read_only && ring->flush_op != BLKFRONT_NO_OP;
	dev->discard = !dev->read_only && offer->discard;
	ring->started = true;
	evtchn_mark(ring->port);
	return 0;
}

void blkfront_ring_close(struct blkfront_ring *ring)
{
	if (!ring->open)
		return;
	blkfront_take_back(ring);
	ring->open = ring->started = ring->stopped = false;
	evtchn_close(ring->port);
	ring->port = 0;
	blkfront_pages_close(ring);
	if (ring->shared)
		(void)gnttab_end(ring->shared_ref, ring->shared);
	ring->shared = NULL;
}

void blkfront_ring_fail(struct blkfront_ring *ring, int error)
{
	struct blkdev_request *request = ring->waiting;

	ASSERT(!ring->started && !ring->blkdev.up);
	ring->waiting = NULL;
	ring->waiting_end = &ring->waiting;
	while (request) {
		struct blkdev_request *next = request->next;

		request->done(request, error);
		request = next;
	}
}

/* ---- the device ---- */

static const struct blkdev_ops ops = {.submit = blkfront_submit};

void blkfront_ring_init(struct blkfront_ring *ring, const struct blkfront_ring_calls *calls)
{
	ring->blkdev.ops = &ops;
	ring->calls = calls;
	ring->waiting_end = &ring->waiting;
	for (unsigned i = 0; i < BLKFRONT_RING; i++)
		ring->slot_free[ring->slot_free_count++] = (uint8_t)i;
}
