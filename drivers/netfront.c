/* SPDX-License-Identifier: ISC */
/*
 * Netfront's two rings (xen/io/netif.h, xen/io/ring.h) as a whole: their opening, their closing and
 * their event; see netfront_ring.h. Sending is in netfront_tx.c, receiving in netfront_rx.c. Called
 * by the stack through struct netdev, by the event channel, and by netfront_xs.c.
 */
#include "drivers/netfront_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/netif.h>

#include "drivers/netfront_internal.h"
#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/base/trace.h"
#include "xen/evtchn.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/shared.h"

#define RX_LEAST 8u /* buffers without which it is not worth opening */
#define RX_PIECES                                                                                  \
	64u /* and those for frames in pieces: the backend waits until a whole one fits            \
	     */
#define MIB ((size_t)1024 * 1024)

/* Nothing of the rings is read any more; the rest is done by the event handler. */
void netfront_stop(struct netfront_ring *ring, const char *why)
{
	if (ring->stopped)
		return;
	ring->stopped = true;
	ring->why = why;
	ring->stats.failures++;
	trace("vif fails", NULL, ring->port);
	evtchn_mark(ring->port);
}

/*
 * Shows the backend the requests up to PROD; true if it wants an event for them: it does when its
 * event index lies among the new ones.
 */
bool netfront_push(
	uint32_t *shared_prod, const uint32_t *shared_event, uint32_t prod, uint32_t *pushed)
{
	uint32_t old = *pushed;

	/* The requests are there before the index says so. */
	shared_wmb();
	shared_store(shared_prod, prod);
	*pushed = prod;
	/* The index is seen before we look whether the backend has gone to sleep. */
	shared_mb();
	return prod - shared_load(shared_event) < prod - old;
}

void netfront_notify(struct netfront_ring *ring, uint32_t port)
{
	if (evtchn_send(port))
		netfront_stop(ring, "the event channel is gone");
}

/* Both directions are looked at, whichever channel has told. */
static bool on_event(struct netfront_ring *ring, uint32_t port)
{
	bool work = false, more = false;

	ring->stats.events++;
	ring->polling = true;
	if (netfront_usable(ring))
		work = netfront_tx_reap(ring);
	if (netfront_usable(ring))
		more = netfront_rx_poll(ring, &work);
	netfront_rx_push(ring);
	ring->polling = false;
	if (ring->groups_told < ring->group_count)
		netfront_tx_tell_groups(ring);
	if (!work) {
		ring->stats.idle_events++;
		evtchn_idle(port);
	}
	if (ring->stopped) {
		ring->calls->failed(ring, ring->why);
		return false;
	}
	if (ring->groups_refused && ring->filters) {
		ring->filters = false;
		ring->calls->deaf(ring);
	}
	return more;
}

static bool on_rx_event(void *ctx)
{
	struct netfront_ring *ring = ctx;

	return on_event(ring, ring->port);
}

static bool on_tx_event(void *ctx)
{
	struct netfront_ring *ring = ctx;

	return on_event(ring, ring->tx_port);
}

/* ---- opening and closing ---- */

/* Buffers for received and for sent frames; a small guest gets few. */
static void choose_counts(unsigned *rx, unsigned *tx)
{
	size_t total = platform_memory_total();

	*rx = total < 4 * MIB ? 32 : total < 8 * MIB ? 64 : total < 32 * MIB ? 128 : NETFRONT_RING;
	*tx = total < 64 * MIB ? *rx / 2 : NETFRONT_RING;
}

static int allocate_tables(struct netfront_ring *ring)
{
	unsigned rx, tx;

	if (ring->rx)
		return 0;
	choose_counts(&rx, &tx);
	ring->rx = calloc(rx, sizeof(*ring->rx));
	ring->tx = calloc(tx, sizeof(*ring->tx));
	ring->tx_free = calloc(tx, sizeof(*ring->tx_free));
	if (!ring->rx || !ring->tx || !ring->tx_free) {
		free(ring->rx);
		free(ring->tx);
		free(ring->tx_free);
		ring->rx = NULL;
		ring->tx = NULL;
		ring->tx_free = NULL;
		return -ENOMEM;
	}
	ring->rx_count = rx;
	ring->tx_count = tx;
	return 0;
}

static void *open_shared(struct netfront_ring *ring, uint32_t *ref)
{
	void *page = frame_alloc();

	if (!page)
		return NULL;
	if (gnttab_take(ref)) {
		frame_free(page);
		return NULL;
	}
	gnttab_grant(*ref, ring->domid, frame_of(page), false);
	return page;
}

static void close_shared(void *page, uint32_t *ref)
{
	if (page)
		(void)gnttab_end(*ref, page);
	*ref = GNTTAB_NONE;
}

static int open_rings(struct netfront_ring *ring)
{
	ring->tx_shared = open_shared(ring, &ring->tx_shared_ref);
	ring->rx_shared = open_shared(ring, &ring->rx_shared_ref);
	if (!ring->tx_shared || !ring->rx_shared)
		return -ENOMEM;
	ring->tx_prod = ring->tx_pushed = ring->tx_cons = 0;
	ring->rx_prod = ring->rx_pushed = ring->rx_cons = 0;
	ring->tx_extras = ring->tx_controls = 0;
	ring->groups_told = 0;
	ring->groups_refused = false;
	/* The pages are zeroed: all indices are 0 already. */
	shared_store(&ring->tx_shared->req_event, 1u);
	shared_store(&ring->rx_shared->req_event, 1u);
	shared_store(&ring->rx_shared->rsp_event, 1u);
	netfront_tx_expect_events(ring);
	return 0;
}

/* In turns, so that memory or grants that run short are shared by both directions. */
static int open_pages(struct netfront_ring *ring)
{
	unsigned posted = 0;

	ring->tx_free_count = 0;
	for (unsigned i = 0; i < MAX(ring->rx_count, ring->tx_count); i++) {
		if (i < ring->rx_count)
			posted += netfront_rx_open(ring, &ring->rx[i]);
		if (i < ring->tx_count && netfront_tx_open(ring, &ring->tx[i]))
			ring->tx_free[ring->tx_free_count++] = (uint16_t)i;
	}
	return posted >= RX_LEAST && ring->tx_free_count ? 0 : -ENOMEM;
}

static int open_channels(struct netfront_ring *ring, bool split)
{
	int error = evtchn_alloc_unbound(ring->domid, &ring->port);

	if (!error && split)
		error = evtchn_alloc_unbound(ring->domid, &ring->tx_port);
	evtchn_set_handler(ring->port, on_rx_event, ring);
	evtchn_set_handler(ring->tx_port, on_tx_event, ring);
	return error;
}

bool netfront_ring_takes_pieces(void)
{
	unsigned rx, tx;

	choose_counts(&rx, &tx);
	return rx >= RX_PIECES && tx >= NETFRONT_PIECES;
}

int netfront_ring_open(
	struct netfront_ring *ring, uint16_t domid, const struct netfront_offer *offer)
{
	int error;

	ASSERT(!ring->open);
	error = allocate_tables(ring);
	if (error)
		return error;
	ring->domid = domid;
	ring->open = ring->keep = true;
	ring->stopped = false;
	ring->filters = offer->filters;
	ring->netdev.offloads = offer->offloads;
	ring->rx_pieces = netfront_ring_takes_pieces();
	error = open_rings(ring);
	if (!error)
		error = open_pages(ring);
	if (!error)
		error = open_channels(ring, offer->split);
	if (error) {
		netfront_ring_close(ring, false);
		return error;
	}
	/* Nobody is there yet who could be told: the backend looks when it connects. */
	(void)netfront_push(&ring->rx_shared->req_prod, &ring->rx_shared->req_event, ring->rx_prod,
		&ring->rx_pushed);
	return 0;
}

void netfront_ring_kick(struct netfront_ring *ring)
{
	if (ring->open)
		evtchn_mark(ring->port);
}

/* What nobody holds; what the stack holds goes when it is given back. */
static void drop_pages(struct netfront_ring *ring)
{
	for (unsigned i = 0; i < ring->tx_count; i++)
		if (ring->tx[i].state == TX_FREE)
			netfront_tx_drop_page(&ring->tx[i]);
	for (unsigned i = 0; i < ring->rx_count; i++)
		if (ring->rx[i].state == RX_IDLE)
			netfront_rx_drop_page(&ring->rx[i]);
}

void netfront_ring_close(struct netfront_ring *ring, bool keep)
{
	ring->keep = keep;
	if (ring->open) {
		ring->open = ring->stopped = false;
		evtchn_close(ring->port);
		evtchn_close(ring->tx_port);
		ring->port = ring->tx_port = 0;
		ring->netdev.offloads = 0;
		netfront_rx_forget_joint(ring);
		for (unsigned i = 0; i < ring->tx_count; i++)
			netfront_tx_close(&ring->tx[i]);
		for (unsigned i = 0; i < ring->rx_count; i++)
			netfront_rx_close(&ring->rx[i]);
		close_shared(ring->tx_shared, &ring->tx_shared_ref);
		close_shared(ring->rx_shared, &ring->rx_shared_ref);
		ring->tx_shared = NULL;
		ring->rx_shared = NULL;
		ring->tx_free_count = 0;
	}
	if (!keep)
		drop_pages(ring);
}

/* ---- the device ---- */

static const struct netdev_ops ops = {
	.tx_begin = netfront_tx_begin,
	.tx_more = netfront_tx_more,
	.tx_commit = netfront_tx_commit,
	.tx_flush = netfront_tx_flush,
	.multicast = netfront_multicast,
	.frame_release = netfront_frame_release,
};

void netfront_ring_init(struct netfront_ring *ring, const struct netfront_ring_calls *calls)
{
	ring->netdev.ops = &ops;
	ring->calls = calls;
}
