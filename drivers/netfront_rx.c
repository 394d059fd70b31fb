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
		netfront_notify(ring);
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
		/* Shown to the backend at the end of this or the next turn, together with others.
		 */
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
	netfront_frame_release(dev, &buffer->frame);
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
		netfront_stop(ring, "a received page is still in use");
		return;
	}
	rx_deliver(ring, buffer, &response);
}

/*
 * At most NETFRONT_BUDGET frames. True when there are more. *WORK: whether there was any. Without
 * room to send, what has come stays where it is: an answer that cannot leave is work for nothing,
 * and a sender who must wait is better off than one whose answers are lost.
 */
bool netfront_rx_poll(struct netfront_ring *ring, bool *work)
{
	uint32_t prod = shared_load(&ring->rx_shared->rsp_prod);
	uint32_t count = prod - ring->rx_cons, todo = MIN(count, (uint32_t)NETFRONT_BUDGET);

	if (count > ring->rx_pushed - ring->rx_cons) {
		netfront_stop(ring, "more receive responses than requests");
		return false;
	}
	*work |= count > 0;
	/* The responses are read after the index that says they are there. */
	shared_rmb();
	while (todo && netfront_usable(ring) && netfront_tx_has_room(ring)) {
		rx_take_response(ring);
		todo--;
	}
	if (todo)
		return false;
	if (count > NETFRONT_BUDGET)
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
