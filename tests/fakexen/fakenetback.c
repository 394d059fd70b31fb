/* SPDX-License-Identifier: ISC */
/* See fakenetback.h; the protocol is that of xen/io/netif.h. */
#include "tests/fakexen/fakenetback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/grant_table.h>
#include <xen/io/netif.h>

#include "tests/fakexen/fakestore.h"
#include "tests/fakexen/fakexen.h"
#include "xen/frames.h"

#define RING 256u

void fakenetback_set_state(struct fakenetback *back, const char *state)
{
	fakestore_set(back->back, "state", state);
}

void fakenetback_attach(struct fakenetback *back, unsigned vif, const char *state)
{
	char number[8];

	memset(back, 0, sizeof(*back));
	back->vif = vif;
	back->attached = true;
	back->group_max = 64;
	snprintf(back->front, sizeof(back->front), "device/vif/%u", vif);
	snprintf(back->back, sizeof(back->back), "/local/domain/0/backend/vif/%u/%u", FAKEXEN_DOMID,
		vif);
	snprintf(number, sizeof(number), "%u", vif);
	fakestore_set(back->back, "handle", number);
	fakestore_set(back->back, "mtu", "1500");
	fakestore_set(back->back, "online", "1");
	fakestore_set(back->back, "state", state);
	fakestore_set(back->front, "backend", back->back);
	fakestore_set(back->front, "backend-id", "0");
	fakestore_set(back->front, "mac", "00:16:3e:00:00:07");
	fakestore_set(back->front, "state", "1");
	fakestore_write(back->front, "");
}

void fakenetback_offer_all(struct fakenetback *back)
{
	static const char *const features[] = {"feature-sg", "feature-gso-tcpv4",
		"feature-gso-tcpv6", "feature-ipv6-csum-offload", "feature-split-event-channels",
		"feature-multicast-control", "feature-dynamic-multicast-control"};

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		fakestore_set(back->back, features[i], "1");
}

static bool connect_rings(struct fakenetback *back)
{
	const char *tx = fakestore_get(back->front, "tx-ring-ref"),
		   *rx = fakestore_get(back->front, "rx-ring-ref");
	const char *port = fakestore_get(back->front, "event-channel");
	const char *tx_port = fakestore_get(back->front, "event-channel-tx");
	const char *copy = fakestore_get(back->front, "request-rx-copy");

	if (!port)
		port = fakestore_get(back->front, "event-channel-rx");
	if (!tx || !rx || !port || !copy || strcmp(copy, "1") != 0)
		return false;
	back->tx_ref = (uint32_t)strtoul(tx, NULL, 10);
	back->rx_ref = (uint32_t)strtoul(rx, NULL, 10);
	back->port = back->tx_port = (uint32_t)strtoul(port, NULL, 10);
	if (tx_port)
		back->tx_port = (uint32_t)strtoul(tx_port, NULL, 10);
	if (!fakexen_port_is_open(back->port, back->domid) ||
		!fakexen_port_is_open(back->tx_port, back->domid))
		return false;
	back->group_count = 0;
	back->tx = fakexen_map_grant(back->domid, back->tx_ref, true);
	back->rx = fakexen_map_grant(back->domid, back->rx_ref, true);
	back->tx_cons = back->tx_rsp = back->rx_cons = back->rx_rsp = 0;
	if (back->tx && back->rx)
		return true;
	if (back->tx)
		fakexen_unmap_grant(back->tx_ref);
	if (back->rx)
		fakexen_unmap_grant(back->rx_ref);
	return false;
}

static void disconnect_rings(struct fakenetback *back)
{
	if (!back->connected)
		return;
	back->connected = false;
	fakexen_unmap_grant(back->tx_ref);
	fakexen_unmap_grant(back->rx_ref);
	back->tx = NULL;
	back->rx = NULL;
}

void fakenetback_detach(struct fakenetback *back)
{
	disconnect_rings(back);
	fakestore_set(back->back, "online", "0");
	fakenetback_set_state(back, "5");
}

void fakenetback_vanish(struct fakenetback *back)
{
	disconnect_rings(back);
	back->attached = false;
	fakestore_remove(back->front);
	fakestore_remove(back->back);
}

bool fakenetback_turn(struct fakenetback *back)
{
	const char *front = fakestore_get(back->front, "state"),
		   *state = fakestore_get(back->back, "state");

	if (!back->attached || !front || !state)
		return false;
	if (!strcmp(state, "2") && !strcmp(front, "4")) {
		disconnect_rings(back);
		back->connected = connect_rings(back);
		fakenetback_set_state(back, back->connected ? "4" : "5");
		return true;
	}
	if (!strcmp(front, "6") && !strcmp(state, "5")) {
		fakenetback_set_state(back, "6");
		fakenetback_vanish(back);
		return true;
	}
	if (!strcmp(front, "6") && (!strcmp(state, "4") || !strcmp(state, "2"))) {
		disconnect_rings(back);
		fakenetback_set_state(back, "6");
		return true;
	}
	if (!strcmp(front, "1") && !strcmp(state, "6")) {
		fakenetback_set_state(back, "2");
		return true;
	}
	return false;
}

void fakenetback_notify(struct fakenetback *back)
{
	back->notified++;
	fakexen_raise(back->port);
}

unsigned fakenetback_posted(const struct fakenetback *back)
{
	return back->rx->req_prod - back->rx_cons;
}

static void push_rx(struct fakenetback *back)
{
	RING_IDX old = back->rx->rsp_prod;

	back->rx->rsp_prod = back->rx_rsp;
	if (back->rx_rsp - back->rx->rsp_event < back->rx_rsp - old)
		fakenetback_notify(back);
}

bool fakenetback_respond(
	struct fakenetback *back, uint16_t id, uint16_t offset, uint16_t flags, int16_t status)
{
	if (!fakenetback_posted(back))
		return false;
	back->rx_cons++;
	back->rx->ring[back->rx_rsp++ % RING].rsp = (struct netif_rx_response){
		.id = id, .offset = offset, .flags = flags, .status = status};
	push_rx(back);
	return true;
}

bool fakenetback_send(struct fakenetback *back, const void *frame, size_t len, uint16_t flags)
{
	struct netif_rx_request request;

	if (!fakenetback_posted(back))
		return false;
	request = back->rx->ring[back->rx_cons % RING].req;
	if (!fakexen_copy_to_grant(back->domid, request.gref, 0, frame, len))
		abort();
	return fakenetback_respond(back, request.id, 0, flags, (int16_t)len);
}

static bool send_piece(struct fakenetback *back, const uint8_t *data, size_t len, uint16_t flags)
{
	struct netif_rx_request request = back->rx->ring[back->rx_cons % RING].req;

	back->rx_cons++;
	back->rx->ring[back->rx_rsp++ % RING].rsp = (struct netif_rx_response){
		.id = request.id, .flags = flags, .status = (int16_t)len};
	return fakexen_copy_to_grant(back->domid, request.gref, 0, data, len);
}

static void send_gso(struct fakenetback *back, uint16_t size, bool ipv6)
{
	struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO};

	extra.u.gso.size = size;
	extra.u.gso.type = ipv6 ? XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4;
	back->rx_cons++;
	memcpy(&back->rx->ring[back->rx_rsp++ % RING], &extra, sizeof(extra));
}

bool fakenetback_send_pieces(struct fakenetback *back, const void *frame, size_t len, size_t piece,
	uint16_t flags, uint16_t gso_size, bool ipv6)
{
	const uint8_t *data = frame;
	bool first = true, copied = true;

	if (fakenetback_posted(back) < (len + piece - 1) / piece + 1)
		return false;
	for (size_t left = len; left;) {
		size_t part = left < piece ? left : piece;

		left -= part;
		flags = (uint16_t)((first ? flags : 0) | (left ? NETRXF_more_data : 0) |
				   (first && gso_size ? NETRXF_extra_info : 0));
		copied &= send_piece(back, data, part, flags);
		if (first && gso_size)
			send_gso(back, gso_size, ipv6);
		first = false;
		data += part;
	}
	push_rx(back);
	return copied;
}

/* ---- what the guest sends ---- */

static void respond(struct fakenetback *back, uint16_t id, int16_t status)
{
	back->tx->ring[back->tx_rsp++ % RING].rsp =
		(struct netif_tx_response){.id = id, .status = status};
}

static void push_tx(struct fakenetback *back, RING_IDX old)
{
	back->tx->rsp_prod = back->tx_rsp;
	if (back->tx_rsp - back->tx->rsp_event < back->tx_rsp - old) {
		back->notified++;
		fakexen_raise(back->tx_port);
	}
}

static struct netif_tx_request next_request(struct fakenetback *back)
{
	if (back->tx->req_prod == back->tx_cons)
		abort(); /* a frame that has no end */
	return back->tx->ring[back->tx_cons++ % RING].req;
}

static bool add_group(struct fakenetback *back, const uint8_t mac[6])
{
	if (back->group_count == back->group_max)
		return false;
	memcpy(back->groups[back->group_count++], mac, 6);
	return true;
}

static void copy_piece(
	struct fakenetback *back, const struct netif_tx_request *request, uint8_t *to, size_t size)
{
	if (!size || request->offset + size > FRAME_SIZE ||
		!fakexen_copy_from_grant(back->domid, request->gref, request->offset, to, size))
		abort();
}

/* The pieces behind the first: their sizes, copied to the end of what the first tells. */
static void receive_rest(struct fakenetback *back, const struct netif_tx_request *first,
	uint8_t *frame, struct fakenetback_told *told)
{
	struct netif_tx_request rest[18];
	size_t sum = 0;
	unsigned count = 0;
	bool more = first->flags & NETTXF_more_data;

	while (more) {
		if (count == 17)
			abort();
		rest[count] = next_request(back);
		sum += rest[count].size;
		more = rest[count++].flags & NETTXF_more_data;
	}
	told->pieces = count + 1;
	if (sum >= first->size || first->size - sum < 14)
		abort();
	copy_piece(back, first, frame, first->size - sum);
	frame += first->size - sum;
	for (unsigned i = 0; i < count; frame += rest[i++].size)
		copy_piece(back, &rest[i], frame, rest[i].size);
	for (unsigned i = 0; i < count; i++)
		respond(back, rest[i].id, 0);
}

static struct netif_extra_info take_extra(struct fakenetback *back)
{
	struct netif_tx_request entry = next_request(back);
	struct netif_extra_info extra;

	memcpy(&extra, &entry, sizeof(extra));
	if (extra.flags & XEN_NETIF_EXTRA_FLAG_MORE)
		abort();
	return extra;
}

/* One request with all that belongs to it; the length of its frame, or 0 when it was none. */
static size_t receive_one(struct fakenetback *back, void *frame, size_t size, int16_t status,
	struct fakenetback_told *told)
{
	struct netif_tx_request request = next_request(back);
	struct netif_extra_info extra = {0};

	if (request.flags & NETTXF_extra_info)
		extra = take_extra(back);
	if (extra.type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD)
		status = add_group(back, extra.u.mcast.addr) ? 0 : -1;
	respond(back, request.id, status);
	if (extra.type)
		respond(back, 0, NETIF_RSP_NULL);
	if (extra.type == XEN_NETIF_EXTRA_TYPE_MCAST_ADD)
		return 0;
	if (request.size > size)
		abort();
	told->flags = request.flags;
	told->gso_size = extra.u.gso.size;
	told->gso_type = extra.u.gso.type;
	receive_rest(back, &request, frame, told);
	return request.size;
}

size_t fakenetback_receive_told(struct fakenetback *back, void *frame, size_t size, int16_t status,
	struct fakenetback_told *told)
{
	RING_IDX old = back->tx->rsp_prod;
	size_t len = 0;

	memset(told, 0, sizeof(*told));
	while (!len && back->tx->req_prod != back->tx_cons)
		len = receive_one(back, frame, size, status, told);
	if (!len)
		back->tx->req_event = back->tx_cons + 1;
	push_tx(back, old);
	return len;
}

size_t fakenetback_receive(struct fakenetback *back, void *frame, size_t size, int16_t status)
{
	struct fakenetback_told told;

	return fakenetback_receive_told(back, frame, size, status, &told);
}
