/* SPDX-License-Identifier: ISC */
/*
 * Sending by netfront's transmit ring; see netfront_ring.h and netfront_internal.h. Each slot has a
 * page of its own that holds nothing but earlier frames of the same vif, zeroed before the first
 * grant; it stays granted, read-only, while the ring is open. So the backend can see at any time
 * what is being built and what was sent; that is less than a network's other end sees anyway, and
 * it spares a grant and a revocation per frame.
 */
#include "drivers/netfront_internal.h"

#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/netif.h>

#include "lib/base/assert.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/shared.h"

#define TX_OFFSET 2u /* puts the IP header at a multiple of 4 */

_Static_assert(__CONST_RING_SIZE(netif_tx, FRAME_SIZE) == NETFRONT_RING, "ring size");
_Static_assert(TX_OFFSET + NETDEV_PIECE_MAX <= FRAME_SIZE, "a frame fits a page");

/*
 * Nobody waits for sent frames: slots are taken back when the rings are looked at for another
 * reason. So the backend is asked never to tell: its event index is kept ahead of any response that
 * can come, until there is no slot left.
 */
void netfront_tx_expect_no_event(struct netfront_ring *ring)
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
		netfront_stop(ring, "a response to a frame that was not sent");
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
bool netfront_tx_reap(struct netfront_ring *ring)
{
	uint32_t prod = shared_load(&ring->tx_shared->rsp_prod);

	if (prod == ring->tx_cons)
		return false;
	if (prod - ring->tx_cons > ring->tx_pushed - ring->tx_cons) {
		netfront_stop(ring, "more transmit responses than requests");
		return true;
	}
	/* The responses are read after the index that says they are there. */
	shared_rmb();
	while (ring->tx_cons != prod)
		if (!tx_take_response(ring))
			return true;
	netfront_tx_expect_no_event(ring);
	return true;
}

bool netfront_tx_has_room(struct netfront_ring *ring)
{
	if (!ring->tx_free_count)
		(void)netfront_tx_reap(ring);
	if (ring->tx_free_count || ring->tx_prod == ring->tx_cons)
		return true;
	shared_store(&ring->tx_shared->rsp_event, ring->tx_cons + 1);
	/* What came back before the backend saw that we want an event has to be seen by us. */
	shared_mb();
	(void)netfront_tx_reap(ring);
	return ring->tx_free_count > 0;
}

uint8_t *netfront_tx_begin(struct netdev *dev)
{
	struct netfront_ring *ring = netfront_ring_of(dev);

	if (ring->building && netfront_usable(ring))
		return ring->building->page + TX_OFFSET;
	if (netfront_usable(ring) && !ring->tx_free_count)
		(void)netfront_tx_reap(ring);
	if (!dev->up || !netfront_usable(ring) || ring->building || !ring->tx_free_count) {
		dev->stats.tx_dropped++;
		return NULL;
	}
	ring->building = &ring->tx[ring->tx_free[--ring->tx_free_count]];
	ring->building->state = TX_BUILDING;
	return ring->building->page + TX_OFFSET;
}

void netfront_tx_drop_page(struct netfront_tx *slot)
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
		netfront_tx_drop_page(slot);
}

uint8_t *netfront_tx_more(struct netdev *dev)
{
	(void)dev;
	return NULL;
}

void netfront_tx_commit(struct netdev *dev, size_t len, struct netdev_offload offload)
{
	struct netfront_ring *ring = netfront_ring_of(dev);
	struct netfront_tx *slot = ring->building;
	struct netif_tx_request *request;

	(void)offload; /* none is offered */
	if (!slot)
		return;
	ring->building = NULL;
	ASSERT(len <= NETDEV_FRAME_MAX && (!len || len >= ETHERNET));
	if (!len || !netfront_usable(ring) || slot->ref == GNTTAB_NONE) {
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

void netfront_tx_flush(struct netdev *dev)
{
	struct netfront_ring *ring = netfront_ring_of(dev);

	if (!netfront_usable(ring) || ring->tx_prod == ring->tx_pushed)
		return;
	if (netfront_push(&ring->tx_shared->req_prod, &ring->tx_shared->req_event, ring->tx_prod,
		    &ring->tx_pushed))
		netfront_notify(ring);
}

/* ---- opening and closing ---- */

/* A page for one slot, zeroed, whoever the last backend was; granted. False: without, for now. */
bool netfront_tx_open(struct netfront_ring *ring, struct netfront_tx *slot)
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

void netfront_tx_close(struct netfront_tx *slot)
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
