/* SPDX-License-Identifier: ISC */
/*
 * The fuzzer plays netfront's backend: the rings, the events, the states in the store, and the
 * shared memory at the very moment it is loaded (where XEN_SHARED_HOOK is compiled in); at any
 * moment the vif is detached or attached, with whatever features, or the domain suspended, to go on
 * as another or as itself. What must hold: no crash; the books of grants add up; no page is free
 * and granted (fakexen aborts); a loan's bytes do not change; guest and host come to rest; and when
 * the vif has gone, nothing is left behind.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/netif.h>

#include "drivers/netdev.h"
#include "lib/base/log.h"
#include "tests/fakexen/boot.h"
#include "tests/fakexen/hostile.h"
#include "tests/support/input.h"
#include "xen/alarm.h"
#include "xen/evtchn.h"

#define KEPT  64
#define CHECK 32 /* bytes of a loan that are compared */

static struct fakenetback *back = &boot_backs[0];

static struct {
	struct netdev_frame *frame;
	uint8_t copy[CHECK];
} kept[KEPT];
static unsigned kept_count;
static bool keep, answer;

/* ---- the stack above ---- */

static void release(unsigned i)
{
	size_t len = kept[i].frame->len < CHECK ? kept[i].frame->len : CHECK;

	must(!memcmp(kept[i].frame->data, kept[i].copy, len));
	netdev_frame_release(kept[i].frame);
	kept[i] = kept[--kept_count];
}

/* As many bytes of LEN as the device has pieces for. */
static size_t build(struct netdev *dev, size_t len)
{
	uint8_t *room = netdev_tx_begin(dev);
	size_t built = 0;

	while (room && built + NETDEV_PIECE_MAX < len) {
		memset(room, 0x5a, NETDEV_PIECE_MAX);
		built += NETDEV_PIECE_MAX;
		room = netdev_tx_more(dev);
	}
	if (!room)
		return built;
	memset(room, 0x5a, NETDEV_PIECE_MAX);
	return len;
}

static void transmit(size_t len)
{
	struct netdev *dev = netdev_get(0);
	struct netdev_offload offload = {.flags = len & 1 ? NETDEV_CSUM_BLANK : 0,
		.gso_size = (uint16_t)(len & 6 ? 0 : 1448)};

	len = build(dev, 14 + len);
	if (len > NETDEV_TOTAL_MAX)
		len = NETDEV_TOTAL_MAX;
	netdev_tx_commit_offload(dev, len % 16 ? len : 0, offload);
}

static void keep_or_release(struct netdev_frame *frame)
{
	if (!keep || kept_count == KEPT) {
		netdev_frame_release(frame);
		return;
	}
	kept[kept_count].frame = frame;
	memcpy(kept[kept_count++].copy, frame->data, frame->len < CHECK ? frame->len : CHECK);
}

static void input(struct netdev *dev, struct netdev_frame *frame, void *ctx)
{
	size_t total = 0, limit = frame->gso_size ? NETDEV_TOTAL_MAX : 14 + dev->mtu;
	unsigned pieces = 0;
	uint8_t sum = 0;

	(void)ctx;
	must(frame->len >= 14);
	for (const struct netdev_frame *at = frame; at; at = at->next, pieces++) {
		must(at->len > 0 && at->len <= FRAME_SIZE);
		for (size_t i = 0; i < at->len; i++)
			sum ^= at->data[i];
		total += at->len;
	}
	must(total <= (limit > NETDEV_FRAME_MAX ? limit : NETDEV_FRAME_MAX));
	must(pieces <= 18);
	if (answer) {
		transmit(total + sum);
		netdev_tx_flush(dev);
	}
	while (frame) {
		struct netdev_frame *next = frame->next;

		keep_or_release(frame);
		frame = next;
	}
}

static void hear(struct netdev *dev, void *ctx)
{
	(void)ctx;
	dev->input = input;
}

/* ---- the backend ---- */

/* Changes what is about to be loaded, if it lies in a ring page, as the bytes say. */
static void before_load(const void *at, size_t size)
{
	uintptr_t page = (uintptr_t)at & ~(uintptr_t)(FRAME_SIZE - 1);
	uint8_t *target = (uint8_t *)(uintptr_t)at;

	if (!left || !back->connected ||
		(page != (uintptr_t)back->tx && page != (uintptr_t)back->rx))
		return;
	if (byte() & 7)
		return;
	for (size_t i = 0; i < size; i++)
		target[i] = byte();
}

static void copy_into_posted(uint8_t value)
{
	struct netif_rx_request request = back->rx->ring[back->rx_cons % 256].req;
	uint8_t frame[64];

	memset(frame, value, sizeof(frame));
	(void)fakexen_copy_to_grant(0, request.gref, half() % 4096, frame, sizeof(frame));
}

/* Pieces and extra information, from quite right to quite wrong. */
static void chain(uint8_t what)
{
	static const uint8_t zeros[20000];
	struct netif_extra_info extra = {.type = what & 7, .flags = what >> 7};

	if (what & 8) {
		(void)fakenetback_send_pieces(back, zeros, 14 + half() % sizeof(zeros),
			64 + half() % 4033, what & 3, (uint16_t)(what & 4 ? 1448 : 0), what & 16);
		return;
	}
	(void)fakenetback_respond(back, 0, 0, (uint16_t)(NETRXF_extra_info | (what & 4)), 100);
	if (!fakenetback_posted(back))
		return;
	extra.u.gso.size = half();
	extra.u.gso.type = byte() & 3;
	back->rx_cons++;
	memcpy(&back->rx->ring[back->rx_rsp++ % 256], &extra, sizeof(extra));
	back->rx->rsp_prod = back->rx_rsp;
	if (what & 64)
		(void)fakenetback_respond(back, 0, 0, half(), (int16_t)half());
}

/* All that was sent, answered as it should be. */
static void take_all(void)
{
	RING_IDX count = back->tx->req_prod - back->tx_cons;

	for (RING_IDX i = 0; i < count && i < 256; i++) {
		struct netif_tx_request request = back->tx->ring[back->tx_cons++ % 256].req;
		struct netif_tx_response response = {.id = request.id};

		back->tx->ring[back->tx_rsp++ % 256].rsp = response;
		if (!(request.flags & NETTXF_extra_info) || i + 1 == count)
			continue;
		i++;
		back->tx_cons++;
		response.status = NETIF_RSP_NULL;
		back->tx->ring[back->tx_rsp++ % 256].rsp = response;
	}
	back->tx->rsp_prod = back->tx_rsp;
	fakenetback_notify(back);
}

static void ring_step(uint8_t op)
{
	struct netif_tx_response *tx = &back->tx->ring[back->tx_rsp % 256].rsp;
	uint32_t ref;
	uint16_t id;

	switch (op) {
	case 0:
		copy_into_posted(op);
		(void)fakenetback_respond(back, 0, 0, 0, (int16_t)(14 + byte()));
		break;
	case 1:
		id = half();
		copy_into_posted((uint8_t)id);
		(void)fakenetback_respond(back, id, half(), half(), (int16_t)half());
		break;
	case 2:
		back->rx->rsp_prod = word();
		break;
	case 3: /* an honest answer to what was sent */
		id = back->tx->ring[back->tx_cons % 256].req.id;
		if (back->tx->req_prod == back->tx_cons)
			break;
		back->tx_cons++;
		*tx = (struct netif_tx_response){.id = id};
		back->tx->rsp_prod = ++back->tx_rsp;
		break;
	case 4:
		*tx = (struct netif_tx_response){.id = half(), .status = (int16_t)half()};
		back->tx->rsp_prod = ++back->tx_rsp;
		break;
	case 5:
		back->tx->rsp_prod = word();
		break;
	case 6:
		back->tx->req_event = word();
		back->rx->req_event = word();
		break;
	case 7:
		back->tx->rsp_event = word();
		back->rx->rsp_event = word();
		break;
	case 8:
		hostile_scribble(back->tx);
		break;
	case 9:
		hostile_scribble(back->rx);
		break;
	case 10:
		ref = 8 + half() % 1000u;
		if (ref != back->tx_ref && ref != back->rx_ref)
			hostile_hold(ref, false);
		break;
	case 11:
		chain(byte());
		break;
	case 12:
		take_all();
		break;
	default:
		fakenetback_notify(back);
	}
}

/* The host's deeds: whatever is going on, the domain becomes another, or the vif goes or comes. */
static void host_step(uint8_t what)
{
	switch (what % 4) {
	case 0:
	case 1:
		hostile_suspend(what & 1);
		break;
	case 2:
		if (back->attached)
			fakenetback_detach(back);
		break;
	default:
		if (back->attached)
			break;
		fakenetback_attach(back, 0, "2");
		if (what & 4)
			fakenetback_offer_all(back);
	}
}

static void store_step(void)
{
	static const char *const states[] = {"1", "2", "3", "4", "5", "6", "7", "8", "0", "", "x"};
	static const char *const keys[] = {"backend", "backend-id", "mac", "mtu", "state"};
	static const char *const offers[] = {"feature-sg", "feature-gso-tcpv4",
		"feature-split-event-channels", "feature-multicast-control", "online"};
	static const char *const values[] = {"", "0", "1", "-1", "32752",
		"/local/domain/0/backend/vif/7/0", "99999999999999999999"};
	char path[128];
	uint8_t what = byte();

	if (what >= 0xc0) {
		host_step(what);
	} else if (what & 1) {
		fakenetback_set_state(back, states[byte() % 11]);
	} else if (what & 2) {
		snprintf(path, sizeof(path), "%s/%s", back->back, offers[byte() % 5]);
		fakestore_write(path, values[byte() % 7]);
	} else {
		snprintf(path, sizeof(path), "device/vif/0/%s", keys[byte() % 5]);
		fakestore_write(path, values[byte() % 7]);
	}
	(void)fakestore_turn();
}

static void step(void)
{
	uint8_t op = byte() % 26;

	if (op == 24) {
		/* Later: those that were let alone are tried again. */
		fakexen_set_time(fakexen_time() + 1000000ull * (1u << byte() % 17));
		(void)alarm_turn();
	} else if (op == 25) {
		const uint8_t mac[6] = {0x33, 0x33, byte() & 63};

		netdev_multicast(netdev_get(0), mac);
	} else if (op < 14) {
		if (back->connected)
			ring_step(op);
	} else if (op < 18) {
		(void)evtchn_poll();
		hostile_check_sum();
	} else if (op == 18) {
		transmit(half());
	} else if (op == 19) {
		netdev_tx_flush(netdev_get(0));
	} else if (op == 20) {
		keep = !keep;
		while (kept_count && byte() & 1)
			release(kept_count - 1);
	} else if (op == 21) {
		answer = !answer;
	} else if (op == 22) {
		store_step();
	} else {
		(void)boot_host();
	}
}

static void boot(void)
{
	fakexen_memory = 5u << 20; /* few buffers: fast; but enough for pieces */
	boot_prepare();
	netdev_set_listener(hear, NULL);
	boot_guest();
	hostile_open_books(600);
	log_threshold = LOG_ERROR;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static bool booted;

	if (!booted)
		boot();
	booted = true;
	fakexen_logged_len = 0;
	fakexen_domid = 7;
	boot_suspensions = 0;
	keep = answer = false;
	fakenetback_attach(back, 0, "2");
	data = bytes;
	left = len;
	back->group_max = 4;
	if (byte() & 1)
		fakenetback_offer_all(back);
	must(fakexen_settle() && back->connected && netdev_get(0)->up);
	fakexen_before_load = left && byte() & 1 ? before_load : NULL;
	while (left)
		step();
	fakexen_before_load = NULL;
	keep = false;
	must(fakexen_settle());
	hostile_check_books();
	while (kept_count)
		release(0);
	hostile_let_go();
	fakenetback_vanish(back);
	must(fakexen_settle());
	must(!netdev_get(0)->up);
	hostile_check_gone();
	return 0;
}
