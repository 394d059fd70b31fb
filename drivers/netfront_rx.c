/* SPDX-License-Identifier: ISC */
/*
 * Receiving by netfront's receive ring; see netfront_ring.h and netfront_internal.h. The backend
 * may write a page only while it is posted. Its grant is revoked before the stack reads the first
 * byte, so that nothing changes under the stack's eyes.
 */
#include "drivers/netfront_internal.h"

#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/netif.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/trace.h"
#include "xen/evtchn.h"
#include "xen/frames.h"
#include "xen/gnttab.h"
#include "xen/shared.h"

_Static_assert(__CONST_RING_SIZE(netif_rx, FRAME_SIZE) == NETFRONT_RING, "ring size");

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

void netfront_rx_push(struct netfront_ring *ring)
{
	if (!netfront_usable(ring) || ring->rx_prod == ring->rx_pushed)
		return;
	if (netfront_push(&ring->rx_shared->req_prod, &ring->rx_shared->req_event, ring->rx_prod,
		    &ring->rx_pushed))
		netfront_notify(ring, ring->port);
}

void netfront_rx_drop_page(struct netfront_rx *buffer)
{
	frame_free(buffer->page);
	buffer->page = NULL;
	buffer->state = RX_EMPTY;
}

void netfront_frame_release(struct netdev *dev, struct netdev_frame *frame)
{
	struct netfront_ring *ring = netfront_ring_of(dev);
	struct netfront_rx *buffer = container_of(frame, struct netfront_rx, frame);

	ASSERT(buffer->state == RX_LOANED);
	if (netfront_usable(ring) && rx_post(ring, buffer)) {
		/* Shown to the backend together with others, at the end of this turn or the next.
		 */
		if (!ring->polling && ring->rx_prod - ring->rx_pushed == 1)
			evtchn_mark(ring->port);
		return;
	}
	buffer->state = RX_IDLE;
	if (!ring->open && !ring->keep)
		netfront_rx_drop_page(buffer);
}

/* A copy of the response at the ring's head, and the buffer that was posted there, not the one
 * whose id the backend claims. */
static struct netfront_rx *rx_head(struct netfront_ring *ring, struct netif_rx_response *response)
{
	unsigned index = RING_INDEX(ring->rx_cons++);

	shared_copy_out(response, &ring->rx_shared->ring[index].rsp, sizeof(*response));
	return &ring->rx[ring->rx_posted[index]];
}

/* ---- a frame's pieces ---- */

/* Gives back what has come of the frame. What is still to come of it is dropped too. */
static void joint_spoil(struct netfront_ring *ring)
{
	struct netdev_frame *frame = ring->joint.first ? &ring->joint.first->frame : NULL;

	while (frame) {
		struct netdev_frame *next = frame->next;

		netfront_frame_release(&ring->netdev, frame);
		frame = next;
	}
	ring->joint.first = ring->joint.last = NULL;
	ring->joint.bad = true;
}

void netfront_rx_forget_joint(struct netfront_ring *ring)
{
	joint_spoil(ring);
	memset(&ring->joint, 0, sizeof(ring->joint));
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

static void joint_add(struct netfront_ring *ring, struct netfront_rx *buffer,
	const struct netif_rx_response *response)
{
	buffer->state = RX_LOANED;
	buffer->frame = (struct netdev_frame){.data = buffer->page + response->offset,
		.len = (uint16_t)response->status,
		.dev = &ring->netdev};
	if (ring->joint.last) {
		ring->joint.last->frame.next = &buffer->frame;
	} else {
		buffer->frame.flags = rx_flags(response);
		ring->joint.first = buffer;
	}
	ring->joint.last = buffer;
	ring->joint.total += buffer->frame.len;
}

static bool piece_is_good(
	const struct netfront_ring *ring, const struct netif_rx_response *response, bool first)
{
	return response->status >= (first ? (int)ETHERNET : 1) &&
	       response->offset + (unsigned)response->status <= FRAME_SIZE &&
	       ring->joint.pieces <= NETFRONT_PIECES && (first || ring->rx_pieces) &&
	       ring->joint.total + (unsigned)response->status <= NETDEV_TOTAL_MAX;
}

static void rx_take_piece(struct netfront_ring *ring, struct netfront_rx *buffer,
	const struct netif_rx_response *response)
{
	bool first = !ring->joint.more;

	if (first)
		memset(&ring->joint, 0, sizeof(ring->joint));
	ring->joint.pieces++;
	ring->joint.more = response->flags & NETRXF_more_data;
	ring->joint.extra = first && (response->flags & NETRXF_extra_info);
	if (!ring->joint.bad && !piece_is_good(ring, response, first))
		joint_spoil(ring);
	if (ring->joint.bad) {
		(void)rx_post(ring, buffer);
		return;
	}
	/* It said that it is done with the page: holding on to it is a breach. */
	if (gnttab_revoke(buffer->ref))
		joint_add(ring, buffer, response);
	else
		netfront_stop(ring, "a received page is still in use");
}

/* Of the kinds that there are, one is of use to us; those that do not exist spoil the frame. */
static void rx_take_extra(struct netfront_ring *ring, const struct netif_rx_response *response)
{
	struct netif_extra_info extra;

	_Static_assert(sizeof(extra) == sizeof(*response), "an entry is as long as another");
	memcpy(&extra, response, sizeof(extra));
	ring->joint.extra = extra.flags & XEN_NETIF_EXTRA_FLAG_MORE;
	if (extra.type == XEN_NETIF_EXTRA_TYPE_GSO && ring->rx_pieces && extra.u.gso.size &&
		(extra.u.gso.type == XEN_NETIF_GSO_TYPE_TCPV4 ||
			extra.u.gso.type == XEN_NETIF_GSO_TYPE_TCPV6))
		ring->joint.gso_size = extra.u.gso.size;
	else if (extra.type == XEN_NETIF_EXTRA_TYPE_NONE ||
		 extra.type == XEN_NETIF_EXTRA_TYPE_GSO || extra.type >= XEN_NETIF_EXTRA_TYPE_MAX)
		joint_spoil(ring);
}

static void release_all(struct netdev_frame *frame)
{
	while (frame) {
		struct netdev_frame *next = frame->next;

		netdev_frame_release(frame);
		frame = next;
	}
}

static void rx_deliver(struct netfront_ring *ring)
{
	struct netdev *dev = &ring->netdev;
	struct netdev_frame *frame = &ring->joint.first->frame;

	frame->gso_size = ring->joint.gso_size;
	ring->joint.first = ring->joint.last = NULL;
	dev->stats.rx_frames++;
	dev->stats.rx_bytes += ring->joint.total;
	if (dev->input && dev->up) {
		dev->input(dev, frame, dev->ctx);
		return;
	}
	dev->stats.rx_dropped++;
	trace("vif drops", NULL, dev->stats.rx_dropped);
	release_all(frame);
}

/* All of the frame is here. Only what was joined from segments may be longer than a frame is. */
static void rx_end_frame(struct netfront_ring *ring)
{
	if (!ring->joint.bad && !ring->joint.gso_size &&
		ring->joint.total > ETHERNET + MAX(ring->netdev.mtu, NETDEV_MTU))
		joint_spoil(ring);
	if (!ring->joint.bad) {
		rx_deliver(ring);
		return;
	}
	ring->stats.rx_errors++;
	ring->stats.rx_chains += ring->joint.pieces > 1;
	ring->netdev.stats.rx_bad++;
	trace("vif drops", NULL, ring->stats.rx_errors);
}

static void rx_take_response(struct netfront_ring *ring)
{
	struct netif_rx_response response;
	struct netfront_rx *buffer = rx_head(ring, &response);

	if (ring->joint.extra) {
		rx_take_extra(ring, &response);
		(void)rx_post(ring, buffer);
	} else {
		rx_take_piece(ring, buffer, &response);
	}
	if (netfront_usable(ring) && !ring->joint.extra && !ring->joint.more)
		rx_end_frame(ring);
}

/*
 * At most NETFRONT_BUDGET pieces, or NETFRONT_BYTES: after those a reader takes what it got before
 * there is more to be kept for it, and its peer hears of that. True when there are more. *WORK:
 * whether there was any. Without room to send, what has come stays where it is: an answer that
 * cannot leave is work for nothing, and a sender who must wait is better off than one whose answers
 * are lost.
 */
bool netfront_rx_poll(struct netfront_ring *ring, bool *work)
{
	uint32_t prod = shared_load(&ring->rx_shared->rsp_prod);
	uint32_t count = prod - ring->rx_cons, todo = MIN(count, (uint32_t)NETFRONT_BUDGET);
	uint64_t enough = ring->netdev.stats.rx_bytes + NETFRONT_BYTES;

	if (count > ring->rx_pushed - ring->rx_cons) {
		netfront_stop(ring, "more receive responses than requests");
		return false;
	}
	*work |= count > 0;
	/* The responses are read after the index that says they are there. */
	shared_rmb();
	for (; todo && ring->netdev.stats.rx_bytes < enough; todo--) {
		if (!netfront_usable(ring) || !netfront_tx_has_room(ring))
			return false;
		rx_take_response(ring);
	}
	if (ring->rx_cons != prod)
		return true;
	shared_store(&ring->rx_shared->rsp_event, ring->rx_cons + 1);
	/* What came before the backend saw that we want an event has to be seen by us. */
	shared_mb();
	return shared_load(&ring->rx_shared->rsp_prod) != ring->rx_cons;
}

/* ---- opening and closing ---- */

bool netfront_rx_open(struct netfront_ring *ring, struct netfront_rx *buffer)
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

void netfront_rx_close(struct netfront_rx *buffer)
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
