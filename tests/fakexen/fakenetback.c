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

static const char *get(const char *folder, const char *key)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return fakestore_read(path);
}

static void set(const char *folder, const char *key, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	fakestore_write(path, value);
}

void fakenetback_set_state(struct fakenetback *back, const char *state)
{
	set(back->back, "state", state);
}

void fakenetback_attach(struct fakenetback *back, unsigned vif, const char *state)
{
	char number[8];

	memset(back, 0, sizeof(*back));
	back->vif = vif;
	back->attached = true;
	snprintf(back->front, sizeof(back->front), "device/vif/%u", vif);
	snprintf(back->back, sizeof(back->back), "/local/domain/0/backend/vif/%u/%u", FAKEXEN_DOMID,
		vif);
	snprintf(number, sizeof(number), "%u", vif);
	set(back->back, "handle", number);
	set(back->back, "mtu", "1500");
	set(back->back, "online", "1");
	set(back->back, "state", state);
	set(back->front, "backend", back->back);
	set(back->front, "backend-id", "0");
	set(back->front, "mac", "00:16:3e:00:00:07");
	set(back->front, "state", "1");
	fakestore_write(back->front, "");
}

static bool connect_rings(struct fakenetback *back)
{
	const char *tx = get(back->front, "tx-ring-ref"), *rx = get(back->front, "rx-ring-ref");
	const char *port = get(back->front, "event-channel");
	const char *copy = get(back->front, "request-rx-copy");

	if (!tx || !rx || !port || !copy || strcmp(copy, "1") != 0)
		return false;
	back->tx_ref = (uint32_t)strtoul(tx, NULL, 10);
	back->rx_ref = (uint32_t)strtoul(rx, NULL, 10);
	back->port = (uint32_t)strtoul(port, NULL, 10);
	if (!fakexen_port_is_open(back->port, back->domid))
		return false;
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
	set(back->back, "online", "0");
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
	const char *front = get(back->front, "state"), *state = get(back->back, "state");

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

size_t fakenetback_receive(struct fakenetback *back, void *frame, size_t size, int16_t status)
{
	struct netif_tx_request request;
	RING_IDX old = back->tx->rsp_prod;

	if (back->tx->req_prod == back->tx_cons) {
		back->tx->req_event = back->tx_cons + 1;
		return 0;
	}
	request = back->tx->ring[back->tx_cons++ % RING].req;
	if (request.size > size || !fakexen_copy_from_grant(back->domid, request.gref,
					   request.offset, frame, request.size))
		abort();
	back->tx->ring[back->tx_rsp++ % RING].rsp =
		(struct netif_tx_response){.id = request.id, .status = status};
	back->tx->rsp_prod = back->tx_rsp;
	if (back->tx_rsp - back->tx->rsp_event < back->tx_rsp - old)
		fakenetback_notify(back);
	return request.size;
}
