/* SPDX-License-Identifier: ISC */
/*
 * The rings of netfront (xen/io/netif.h, xen/io/ring.h); see netfront_ring.h. Called by the stack
 * through struct netdev, by the event channel, and by netfront_xs.c.
 *
 * Sending: each slot has a page of its own that holds nothing but earlier frames of the same vif,
 * zeroed before the first grant; it stays granted, read-only, while the ring is open. So the
 * backend can see at any time what is being built and what was sent; that is less than a
 * network's other end sees anyway, and it spares a grant and a revocation per frame.
 * Receiving: the backend may write a page only while it is posted. Its grant is revoked before the
 * stack reads the first byte, so that nothing changes under the stack's eyes.
 */
#include "drivers/netfront_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/netif.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/platform.h"
#include "lib/base/trace.h"
#include "xen/evtchn.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/shared.h"

#define TX_OFFSET     2u  /* puts the IP header at a multiple of 4 */
#define ETHERNET      14u /* bytes of an Ethernet header */
#define RX_LEAST      8u  /* buffers without which it is not worth opening */
#define MIB           ((size_t)1024 * 1024)
#define RING_INDEX(i) ((i) % NETFRONT_RING)

_Static_assert(__CONST_RING_SIZE(netif_tx, FRAME_SIZE) == NETFRONT_RING, "ring size");
_Static_assert(__CONST_RING_SIZE(netif_rx, FRAME_SIZE) == NETFRONT_RING, "ring size");
_Static_assert(TX_OFFSET + NETDEV_FRAME_MAX <= FRAME_SIZE, "a frame fits a page");

static struct netfront_ring *ring_of(struct netdev *dev)
{
	return container_of(dev, struct netfront_ring, netdev);
}

/* Nothing of the rings is read any more; the rest is done by the event handler. */
static void stop(struct netfront_ring *ring, const char *why)
{
	if (ring->stopped)
		return;
	ring->stopped = true;
	ring->why = why;
	ring->stats.failures++;
	trace("vif fails", NULL, ring->port);
	evtchn_mark(ring->port);
}

static bool usable(const struct netfront_ring *ring)
{
	return ring->open && !ring->stopped;
}

/* ---- sending ---- */

/*
 * Nobody waits for sent frames: slots are taken back when the rings are looked at for another
 * reason, or when they run short. So the backend is asked never to tell: its event index is kept
 * ahead of any response that can come.
 */
static void tx_expect_no_event(struct netfront_ring *ring)
{
	shared_store(&ring->tx_shared->rsp_event, ring->tx_cons + 2 * NETFRONT_RING);
}

static bool tx_take_response(struct netfront_ring *ring)
{
	struct netif_tx_response response;
	struct netfront_tx *slot;

	shared_copy_out(
		&response, &ring->tx_shared->ring[RING_INDEX(ring->tx_cons)].rsp, sizeof(response));
	if (response.id >= ring->tx_count || ring->tx[response.id].state != TX_SENT) {
		stop(ring, "a response to a frame that was not sent");
		return false;
	}
	slot = &ring->tx[response.id];
	slot->state = TX_FREE;
	ring->tx_free[ring->tx_free_count++] = response.id;
	if (response.status != NETIF_RSP_OKAY) {
		ring->stats.tx_errors++;
		ring->netdev.stats.tx_dropped++;
	}
	ring->tx_cons++;
	return true;
}

/* Returns whether there was anything. */
static bool tx_reap(struct netfront_ring *ring)
{
	uint32_t prod = shared_load(&ring->tx_shared->rsp_prod);

	if (prod == ring->tx_cons)
		return false;
	if (prod - ring->tx_cons > ring->tx_pushed - ring->tx_cons) {
		stop(ring, "more transmit responses than requests");
		return true;
	}
	/* The responses are read after the index that says they are there. */
	shared_rmb();
	while (ring->tx_cons != prod)
		if (!tx_take_response(ring))
			return true;
	tx_expect_no_event(ring);
	return true;
}

static uint8_t *tx_begin(struct netdev *dev)
{
	struct netfront_ring *ring = ring_of(dev);

	if (ring->building && usable(ring))
		return ring->building->page + TX_OFFSET;
	if (usable(ring) && !ring->tx_free_count)
		(void)tx_reap(ring);
	if (!dev->up || !usable(ring) || ring->building || !ring->tx_free_count) {
		dev->stats.tx_dropped++;
		return NULL;
	}
	ring->building = &ring->tx[ring->tx_free[--ring->tx_free_count]];
	ring->building->state = TX_BUILDING;
	return ring->building->page + TX_OFFSET;
}

static void tx_drop_page(struct netfront_tx *slot)
{
	frame_free(slot->page);
	slot->page = NULL;
	slot->state = TX_EMPTY;
}

/* The room comes back without being sent, perhaps after the ring was closed. */
static void tx_give_back(struct netfront_ring *ring, struct netfront_tx *slot)
{
	slot->state = slot->page ? TX_FREE : TX_EMPTY;
	if (ring->open && slot->ref != GNTTAB_NONE)
		ring->tx_free[ring->tx_free_count++] = (uint16_t)(slot - ring->tx);
	else if (slot->page && !ring->open && !ring->keep)
		tx_drop_page(slot);
}

static void tx_commit(struct netdev *dev, size_t len)
{
	struct netfront_ring *ring = ring_of(dev);
	struct netfront_tx *slot = ring->building;
	struct netif_tx_request *request;

	if (!slot)
		return;
	ring->building = NULL;
	ASSERT(len <= NETDEV_FRAME_MAX && (!len || len >= ETHERNET));
	if (!len || !usable(ring) || slot->ref == GNTTAB_NONE) {
		dev->stats.tx_dropped += len > 0;
		tx_give_back(ring, slot);
		return;
	}
	/* There is a place: no more slots are in use than the ring has entries. */
	request = &ring->tx_shared->ring[RING_INDEX(ring->tx_prod++)].req;
	shared_store(&request->gref, slot->ref);
	shared_store(&request->offset, (uint16_t)TX_OFFSET);
	shared_store(&request->flags, (uint16_t)0);
	shared_store(&request->id, (uint16_t)(slot - ring->tx));
	shared_store(&request->size, (uint16_t)len);
	slot->state = TX_SENT;
	dev->stats.tx_frames++;
	dev->stats.tx_bytes += len;
}

/*
 * Shows the backend the requests up to PROD; true if it wants an event for them: it does when its
 * event index lies among the new ones.
 */
static bool push(
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

static void notify(struct netfront_ring *ring)
{
	if (evtchn_send(ring->port))
		stop(ring, "the event channel is gone");
}

static void tx_flush(struct netdev *dev)
{
	struct netfront_ring *ring = ring_of(dev);

	if (!usable(ring) || ring->tx_prod == ring->tx_pushed)
		return;
	if (push(&ring->tx_shared->req_prod, &ring->tx_shared->req_event, ring->tx_prod,
		    &ring->tx_pushed))
		notify(ring);
}

/* ---- receiving ---- */

static bool rx_post(struct netfront_ring *ring, struct netfront_rx *buffer)
{
	struct netif_rx_request *request;
	uint16_t number = (uint16_t)(buffer - ring->rx);

	if (buffer->ref == GNTTAB_NONE && gnttab_take(&buffer->ref))
		return false;
	if (buffer->state == RX_IDLE || buffer->state == RX_LOANED)
		gnttab_grant(buffer->ref, ring->domid, frame_of(buffer->page), false);
	buffer->state = RX_POSTED;
	ring->rx_posted[RING_INDEX(ring->rx_prod)] = number;
	request = &ring->rx_shared->ring[RING_INDEX(ring->rx_prod++)].req;
	shared_store(&request->id, number);
	shared_store(&request->pad, (uint16_t)0);
	shared_store(&request->gref, buffer->ref);
	return true;
}

static void rx_push(struct netfront_ring *ring)
{
	if (!usable(ring) || ring->rx_prod == ring->rx_pushed)
		return;
	if (push(&ring->rx_shared->req_prod, &ring->rx_shared->req_event, ring->rx_prod,
		    &ring->rx_pushed))
		notify(ring);
}

static void rx_drop_page(struct netfront_rx *buffer)
{
	frame_free(buffer->page);
	buffer->page = NULL;
	buffer->state = RX_EMPTY;
}

static void frame_release(struct netdev *dev, struct netdev_frame *frame)
{
	struct netfront_ring *ring = ring_of(dev);
	struct netfront_rx *buffer = container_of(frame, struct netfront_rx, frame);

	ASSERT(buffer->state == RX_LOANED);
	if (usable(ring) && rx_post(ring, buffer)) {
		/* Shown to the backend at the end of this or the next turn, together with others.
		 */
		evtchn_mark(ring->port);
		return;
	}
	buffer->state = RX_IDLE;
	if (!ring->open && !ring->keep)
		rx_drop_page(buffer);
}

/* A copy of the response at the ring's head, and the buffer that was posted there, not the one
 * whose id the backend claims. */
static struct netfront_rx *rx_head(struct netfront_ring *ring, struct netif_rx_response *response)
{
	unsigned index = RING_INDEX(ring->rx_cons++);

	shared_copy_out(response, &ring->rx_shared->ring[index].rsp, sizeof(*response));
	return &ring->rx[ring->rx_posted[index]];
}

/*
 * Frames in several slots and extra information were never offered; a backend that sends them is
 * followed to the frame's end, and the frame dropped. True when RESPONSE is a part of such.
 */
static bool rx_is_chain(struct netfront_ring *ring, const struct netif_rx_response *response)
{
	struct netif_extra_info extra;
	bool more;

	if (ring->in_extra) {
		memcpy(&extra, response, sizeof(extra));
		ring->in_extra = extra.flags & XEN_NETIF_EXTRA_FLAG_MORE;
		return true;
	}
	more = response->flags & NETRXF_more_data;
	if (!ring->in_chain && !more && !(response->flags & NETRXF_extra_info))
		return false;
	if (!ring->in_chain) {
		ring->stats.rx_chains++;
		ring->netdev.stats.rx_bad++;
	}
	ring->in_extra = response->flags & NETRXF_extra_info;
	ring->in_chain = more;
	return true;
}

static bool rx_is_good(const struct netif_rx_response *response)
{
	return response->status >= (int)ETHERNET && response->status <= NETDEV_FRAME_MAX &&
	       response->offset <= FRAME_SIZE - (unsigned)response->status;
}

static uint16_t rx_flags(const struct netif_rx_response *response)
{
	uint16_t flags = 0;

	if (response->flags & NETRXF_csum_blank)
		flags |= NETDEV_CSUM_BLANK;
	if (response->flags & NETRXF_data_validated)
		flags |= NETDEV_CSUM_OK;
	return flags;
}

static void rx_deliver(struct netfront_ring *ring, struct netfront_rx *buffer,
	const struct netif_rx_response *response)
{
	struct netdev *dev = &ring->netdev;

	buffer->state = RX_LOANED;
	buffer->frame = (struct netdev_frame){.data = buffer->page + response->offset,
		.len = (uint16_t)response->status,
		.flags = rx_flags(response),
		.dev = dev};
	dev->stats.rx_frames++;
	dev->stats.rx_bytes += buffer->frame.len;
	if (dev->input && dev->up) {
		dev->input(dev, &buffer->frame, dev->ctx);
		return;
	}
	dev->stats.rx_dropped++;
	trace("vif drops", NULL, dev->stats.rx_dropped);
	frame_release(dev, &buffer->frame);
}

static void rx_take_response(struct netfront_ring *ring)
{
	struct netif_rx_response response;
	struct netfront_rx *buffer = rx_head(ring, &response);

	if (rx_is_chain(ring, &response)) {
		(void)rx_post(ring, buffer);
		return;
	}
	if (!rx_is_good(&response)) {
		ring->stats.rx_errors++;
		trace("vif drops", NULL, ring->stats.rx_errors);
		ring->netdev.stats.rx_bad++;
		(void)rx_post(ring, buffer);
		return;
	}
	/* It said that it is done with the page: holding on to it is a breach. */
	if (!gnttab_revoke(buffer->ref)) {
		stop(ring, "a received page is still in use");
		return;
	}
	rx_deliver(ring, buffer, &response);
}

/* At most NETFRONT_BUDGET frames. True when there are more. *WORK: whether there was any. */
static bool rx_poll(struct netfront_ring *ring, bool *work)
{
	uint32_t prod = shared_load(&ring->rx_shared->rsp_prod);
	uint32_t count = prod - ring->rx_cons;

	if (count > ring->rx_pushed - ring->rx_cons) {
		stop(ring, "more receive responses than requests");
		return false;
	}
	*work |= count > 0;
	/* The responses are read after the index that says they are there. */
	shared_rmb();
	for (unsigned i = 0; i < MIN(count, NETFRONT_BUDGET) && usable(ring); i++)
		rx_take_response(ring);
	if (count > NETFRONT_BUDGET)
		return true;
	shared_store(&ring->rx_shared->rsp_event, ring->rx_cons + 1);
	/* What came before the backend saw that we want an event has to be seen by us. */
	shared_mb();
	return shared_load(&ring->rx_shared->rsp_prod) != ring->rx_cons;
}

static bool on_event(void *ctx)
{
	struct netfront_ring *ring = ctx;
	bool work = false, more = false;

	ring->stats.events++;
	if (usable(ring))
		work = tx_reap(ring);
	if (usable(ring))
		more = rx_poll(ring, &work);
	rx_push(ring);
	ring->stats.idle_events += !work;
	if (!ring->stopped)
		return more;
	ring->failed(ring, ring->why);
	return false;
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
	ring->in_extra = ring->in_chain = false;
	/* The pages are zeroed: all indices are 0 already. */
	shared_store(&ring->tx_shared->req_event, 1u);
	shared_store(&ring->rx_shared->req_event, 1u);
	shared_store(&ring->rx_shared->rsp_event, 1u);
	tx_expect_no_event(ring);
	return 0;
}

/* A page for one slot, zeroed, whoever the last backend was; granted. False: without, for now. */
static bool tx_open(struct netfront_ring *ring, struct netfront_tx *slot)
{
	if (slot->state == TX_BUILDING)
		return false;
	if (slot->page)
		memset(slot->page, 0, FRAME_SIZE);
	else
		slot->page = frame_alloc();
	if (!slot->page)
		return false;
	slot->state = TX_FREE;
	if (gnttab_take(&slot->ref)) {
		slot->ref = GNTTAB_NONE;
		return false;
	}
	gnttab_grant(slot->ref, ring->domid, frame_of(slot->page), true);
	return true;
}

static bool rx_open(struct netfront_ring *ring, struct netfront_rx *buffer)
{
	if (buffer->state == RX_LOANED)
		return false;
	if (buffer->page)
		memset(buffer->page, 0, FRAME_SIZE);
	else
		buffer->page = frame_alloc();
	if (!buffer->page)
		return false;
	buffer->state = RX_IDLE;
	return rx_post(ring, buffer);
}

/* In turns, so that memory or grants that run short are shared by both directions. */
static int open_pages(struct netfront_ring *ring)
{
	unsigned posted = 0;

	ring->tx_free_count = 0;
	for (unsigned i = 0; i < MAX(ring->rx_count, ring->tx_count); i++) {
		if (i < ring->rx_count)
			posted += rx_open(ring, &ring->rx[i]);
		if (i < ring->tx_count && tx_open(ring, &ring->tx[i]))
			ring->tx_free[ring->tx_free_count++] = (uint16_t)i;
	}
	return posted >= RX_LEAST && ring->tx_free_count ? 0 : -ENOMEM;
}

int netfront_ring_open(struct netfront_ring *ring, uint16_t domid)
{
	int error;

	ASSERT(!ring->open);
	error = allocate_tables(ring);
	if (error)
		return error;
	ring->domid = domid;
	ring->open = ring->keep = true;
	ring->stopped = false;
	error = open_rings(ring);
	if (!error)
		error = open_pages(ring);
	if (!error)
		error = evtchn_alloc_unbound(domid, &ring->port);
	if (error) {
		netfront_ring_close(ring, false);
		return error;
	}
	evtchn_set_handler(ring->port, on_event, ring);
	/* Nobody is there yet who could be told: the backend looks when it connects. */
	(void)push(&ring->rx_shared->req_prod, &ring->rx_shared->req_event, ring->rx_prod,
		&ring->rx_pushed);
	return 0;
}

void netfront_ring_kick(struct netfront_ring *ring)
{
	if (ring->open)
		evtchn_mark(ring->port);
}

static void tx_close(struct netfront_tx *slot)
{
	if (slot->ref == GNTTAB_NONE)
		return;
	if (gnttab_revoke(slot->ref)) {
		gnttab_put(slot->ref);
	} else {
		(void)gnttab_end(slot->ref, slot->page);
		slot->page = NULL;
	}
	slot->ref = GNTTAB_NONE;
	/* What is being built stays with the stack until its commit. */
	if (slot->state != TX_BUILDING)
		slot->state = slot->page ? TX_FREE : TX_EMPTY;
}

static void rx_close(struct netfront_rx *buffer)
{
	if (buffer->ref == GNTTAB_NONE)
		return;
	if (buffer->state != RX_POSTED) {
		gnttab_put(buffer->ref);
	} else if (gnttab_revoke(buffer->ref)) {
		gnttab_put(buffer->ref);
		buffer->state = RX_IDLE;
	} else {
		(void)gnttab_end(buffer->ref, buffer->page);
		buffer->page = NULL;
		buffer->state = RX_EMPTY;
	}
	buffer->ref = GNTTAB_NONE;
}

/* What nobody holds; what the stack holds goes when it is given back. */
static void drop_pages(struct netfront_ring *ring)
{
	for (unsigned i = 0; i < ring->tx_count; i++)
		if (ring->tx[i].state == TX_FREE)
			tx_drop_page(&ring->tx[i]);
	for (unsigned i = 0; i < ring->rx_count; i++)
		if (ring->rx[i].state == RX_IDLE)
			rx_drop_page(&ring->rx[i]);
}

void netfront_ring_close(struct netfront_ring *ring, bool keep)
{
	ring->keep = keep;
	if (ring->open) {
		ring->open = ring->stopped = false;
		evtchn_close(ring->port);
		ring->port = 0;
		for (unsigned i = 0; i < ring->tx_count; i++)
			tx_close(&ring->tx[i]);
		for (unsigned i = 0; i < ring->rx_count; i++)
			rx_close(&ring->rx[i]);
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
	.tx_begin = tx_begin,
	.tx_commit = tx_commit,
	.tx_flush = tx_flush,
	.frame_release = frame_release,
};

void netfront_ring_init(
	struct netfront_ring *ring, void (*failed)(struct netfront_ring *ring, const char *why))
{
	ring->netdev.ops = &ops;
	ring->failed = failed;
}
