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
#include "lib/base/bytes.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/shared.h"

#define TX_OFFSET 2u /* puts the IP header at a multiple of 4 */

_Static_assert(__CONST_RING_SIZE(netif_tx, FRAME_SIZE) == NETFRONT_RING, "ring size");
_Static_assert(NETFRONT_PIECES == XEN_NETIF_NR_SLOTS_MIN, "pieces of a frame");
_Static_assert(NETDEV_TOTAL_MAX <= NETFRONT_PIECES * NETDEV_PIECE_MAX, "a frame fits its pieces");
_Static_assert(TX_OFFSET + NETDEV_PIECE_MAX <= FRAME_SIZE, "a frame fits a page");

/*
 * Nobody waits for sent frames: slots are taken back when the rings are looked at for another
 * reason. So the backend is asked never to tell: its event index is kept ahead of any response that
 * can come, until there is no slot left. What is said of groups is waited for.
 */
void netfront_tx_expect_events(struct netfront_ring *ring)
{
	uint32_t ahead = ring->tx_controls ? 1 : 2 * NETFRONT_RING;

	shared_store(&ring->tx_shared->rsp_event, ring->tx_cons + ahead);
}

/* An entry of extra information comes back too, without an id. */
static bool tx_take_extra(struct netfront_ring *ring)
{
	if (!ring->tx_extras) {
		netfront_stop(ring, "a response to extra information that was not sent");
		return false;
	}
	ring->tx_extras--;
	ring->tx_cons++;
	return true;
}

static bool tx_take_response(struct netfront_ring *ring)
{
	struct netif_tx_response response;
	struct netfront_tx *slot;

	shared_copy_out(
		&response, &ring->tx_shared->ring[RING_INDEX(ring->tx_cons)].rsp, sizeof(response));
	if (response.status == NETIF_RSP_NULL)
		return tx_take_extra(ring);
	if (response.id >= ring->tx_count || (ring->tx[response.id].state != TX_SENT &&
						     ring->tx[response.id].state != TX_CONTROL)) {
		netfront_stop(ring, "a response to a frame that was not sent");
		return false;
	}
	slot = &ring->tx[response.id];
	if (response.status != NETIF_RSP_OKAY && slot->state == TX_CONTROL) {
		ring->groups_refused = true;
	} else if (response.status != NETIF_RSP_OKAY) {
		ring->stats.tx_errors++;
		ring->netdev.stats.tx_dropped++;
	}
	ring->tx_controls -= slot->state == TX_CONTROL;
	slot->state = TX_FREE;
	ring->tx_free[ring->tx_free_count++] = response.id;
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
	netfront_tx_expect_events(ring);
	return true;
}

void netfront_tx_drop_page(struct netfront_tx *slot)
{
	frame_free(slot->page);
	slot->page = NULL;
	slot->state = TX_EMPTY;
}

/* The room comes back without being sent, perhaps after the ring was closed. */
static void give_back(struct netfront_ring *ring, struct netfront_tx *slot)
{
	slot->state = slot->page ? TX_FREE : TX_EMPTY;
	if (ring->open && slot->ref != GNTTAB_NONE)
		ring->tx_free[ring->tx_free_count++] = (uint16_t)(slot - ring->tx);
	else if (slot->page && !ring->open && !ring->keep)
		netfront_tx_drop_page(slot);
}

/* All but the first KEEP. */
static void give_back_pieces(struct netfront_ring *ring, unsigned keep)
{
	while (ring->building_count > keep)
		give_back(ring, ring->building[--ring->building_count]);
}

/* Entries of the ring that are neither used nor promised to the frame that is being built. */
static unsigned entries_left(const struct netfront_ring *ring)
{
	unsigned extra = ring->netdev.offloads & (NETDEV_GSO4 | NETDEV_GSO6) ? 1 : 0;
	unsigned taken = ring->tx_prod - ring->tx_cons + ring->building_count + extra;

	return taken < NETFRONT_RING ? NETFRONT_RING - taken : 0;
}

static bool has_room(struct netfront_ring *ring)
{
	if (!ring->tx_free_count || !entries_left(ring))
		(void)netfront_tx_reap(ring);
	return ring->tx_free_count && entries_left(ring);
}

bool netfront_tx_has_room(struct netfront_ring *ring)
{
	if (has_room(ring) || ring->tx_prod == ring->tx_cons)
		return true;
	shared_store(&ring->tx_shared->rsp_event, ring->tx_cons + 1);
	/* What came back before the backend saw that we want an event has to be seen by us. */
	shared_mb();
	(void)netfront_tx_reap(ring);
	return has_room(ring);
}

static uint8_t *take_slot(struct netfront_ring *ring)
{
	struct netfront_tx *slot = &ring->tx[ring->tx_free[--ring->tx_free_count]];

	slot->state = TX_BUILDING;
	ring->building[ring->building_count++] = slot;
	return slot->page + TX_OFFSET;
}

uint8_t *netfront_tx_begin(struct netdev *dev)
{
	struct netfront_ring *ring = netfront_ring_of(dev);

	if (ring->building_count && netfront_usable(ring)) {
		give_back_pieces(ring, 1);
		return ring->building[0]->page + TX_OFFSET;
	}
	if (!dev->up || !netfront_usable(ring) || ring->building_count || !has_room(ring)) {
		dev->stats.tx_dropped++;
		return NULL;
	}
	return take_slot(ring);
}

uint8_t *netfront_tx_more(struct netdev *dev)
{
	struct netfront_ring *ring = netfront_ring_of(dev);

	if (!(dev->offloads & NETDEV_PIECES) || !dev->up || !netfront_usable(ring) ||
		!ring->building_count || ring->building_count == NETFRONT_PIECES || !has_room(ring))
		return NULL;
	return take_slot(ring);
}

/* There is an entry: each slot was taken when there was one for it. */
static void put_request(
	struct netfront_ring *ring, struct netfront_tx *slot, size_t size, unsigned flags)
{
	struct netif_tx_request *request = &ring->tx_shared->ring[RING_INDEX(ring->tx_prod++)].req;

	shared_store(&request->gref, slot->ref);
	shared_store(&request->offset, (uint16_t)TX_OFFSET);
	shared_store(&request->flags, (uint16_t)flags);
	shared_store(&request->id, (uint16_t)(slot - ring->tx));
	shared_store(&request->size, (uint16_t)size);
	slot->state = TX_SENT;
}

static void put_extra(struct netfront_ring *ring, const struct netif_extra_info *extra)
{
	shared_copy_in(&ring->tx_shared->ring[RING_INDEX(ring->tx_prod++)], extra, sizeof(*extra));
	ring->tx_extras++;
}

static void put_gso(struct netfront_ring *ring, unsigned size)
{
	const uint8_t *type = ring->building[0]->page + TX_OFFSET + 12;
	bool ipv6 = type[0] == 0x86 && type[1] == 0xdd;
	struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO};

	extra.u.gso.size = (uint16_t)size;
	extra.u.gso.type = ipv6 ? XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4;
	put_extra(ring, &extra);
}

static unsigned first_flags(struct netdev_offload offload, bool more)
{
	unsigned flags = more ? NETTXF_more_data : 0;

	if (offload.flags & NETDEV_CSUM_BLANK)
		flags |= NETTXF_csum_blank | NETTXF_data_validated;
	return offload.gso_size ? flags | NETTXF_extra_info : flags;
}

/* The first entry tells the length of the whole frame, each other one that of its piece. */
static void put_frame(
	struct netfront_ring *ring, size_t len, struct netdev_offload offload, unsigned count)
{
	put_request(ring, ring->building[0], len, first_flags(offload, count > 1));
	if (offload.gso_size)
		put_gso(ring, offload.gso_size);
	for (unsigned i = 1; i < count; i++)
		put_request(ring, ring->building[i],
			MIN(len - i * NETDEV_PIECE_MAX, (size_t)NETDEV_PIECE_MAX),
			i + 1 < count ? NETTXF_more_data : 0);
}

/* A frame whose ring was closed meanwhile is lost, even if there is another ring by now. */
static bool may_send(const struct netfront_ring *ring, struct netdev_offload offload)
{
	unsigned gso = offload.gso_size ? NETDEV_GSO4 | NETDEV_GSO6 : 0;

	for (unsigned i = 0; i < ring->building_count; i++)
		if (ring->building[i]->ref == GNTTAB_NONE)
			return false;
	return netfront_usable(ring) && (!gso || (ring->netdev.offloads & gso));
}

void netfront_tx_commit(struct netdev *dev, size_t len, struct netdev_offload offload)
{
	struct netfront_ring *ring = netfront_ring_of(dev);
	unsigned count = (unsigned)((len + NETDEV_PIECE_MAX - 1) / NETDEV_PIECE_MAX);

	if (!ring->building_count)
		return;
	ASSERT(count <= ring->building_count && (!len || len >= ETHERNET) &&
		len <= NETDEV_TOTAL_MAX);
	if (!len || !may_send(ring, offload)) {
		dev->stats.tx_dropped += len > 0;
		give_back_pieces(ring, 0);
		return;
	}
	give_back_pieces(ring, count);
	put_frame(ring, len, offload, count);
	ring->building_count = 0;
	dev->stats.tx_frames++;
	dev->stats.tx_bytes += len;
}

/*
 * A request that is no frame: its first entry has neither data nor length, the next says which
 * group is to be heard (xen/io/netif.h). False: no room for now.
 */
static bool tell_group(struct netfront_ring *ring, const uint8_t mac[6])
{
	struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_MCAST_ADD};
	struct netfront_tx *slot;

	if (!has_room(ring) || entries_left(ring) < 2)
		return false;
	slot = &ring->tx[ring->tx_free[--ring->tx_free_count]];
	put_request(ring, slot, 0, NETTXF_extra_info);
	slot->state = TX_CONTROL;
	ring->tx_controls++;
	netfront_tx_expect_events(ring);
	memcpy(extra.u.mcast.addr, mac, sizeof(extra.u.mcast.addr));
	put_extra(ring, &extra);
	return true;
}

void netfront_tx_tell_groups(struct netfront_ring *ring)
{
	while (netfront_usable(ring) && ring->netdev.up && ring->filters &&
		ring->groups_told < ring->group_count &&
		tell_group(ring, ring->groups[ring->groups_told]))
		ring->groups_told++;
	netfront_tx_flush(&ring->netdev);
}

void netfront_multicast(struct netdev *dev, const uint8_t mac[6])
{
	struct netfront_ring *ring = netfront_ring_of(dev);

	for (unsigned i = 0; i < ring->group_count; i++)
		if (memcmp(ring->groups[i], mac, sizeof(ring->groups[i])) == 0)
			return;
	if (ring->group_count == NETFRONT_GROUPS) {
		ring->groups_refused = true;
		netfront_ring_kick(ring);
		return;
	}
	memcpy(ring->groups[ring->group_count++], mac, sizeof(ring->groups[0]));
	netfront_tx_tell_groups(ring);
}

void netfront_tx_flush(struct netdev *dev)
{
	struct netfront_ring *ring = netfront_ring_of(dev);

	if (!netfront_usable(ring) || ring->tx_prod == ring->tx_pushed)
		return;
	if (netfront_push(&ring->tx_shared->req_prod, &ring->tx_shared->req_event, ring->tx_prod,
		    &ring->tx_pushed))
		netfront_notify(ring, ring->tx_port ? ring->tx_port : ring->port);
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
