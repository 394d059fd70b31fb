/* SPDX-License-Identifier: ISC */
/*
 * The fuzzer plays netfront's backend: the rings, the events, the states in the store, and the
 * shared memory at the very moment it is loaded (where XEN_SHARED_HOOK is compiled in); at any
 * moment the vif is detached or attached, or the domain suspended, to go on as another or as
 * itself. What must hold: no crash; the books of grants add up; no page is free and granted
 * (fakexen aborts); a loan's bytes do not change; guest and host come to rest; and when the vif has
 * gone, nothing is left behind.
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
#include "tests/support/input.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/suspend.h"

#define KEPT  64
#define HELD  8
#define CHECK 32 /* bytes of a loan that are compared */

static struct fakenetback *back = &boot_backs[0];
static unsigned base_frames, base_free;

static struct {
	struct netdev_frame *frame;
	uint8_t copy[CHECK];
} kept[KEPT];
static unsigned kept_count;
static bool keep, answer;
static uint32_t held[HELD];
static unsigned held_count;

/* ---- the stack above ---- */

static void release(unsigned i)
{
	size_t len = kept[i].frame->len < CHECK ? kept[i].frame->len : CHECK;

	must(!memcmp(kept[i].frame->data, kept[i].copy, len));
	netdev_frame_release(kept[i].frame);
	kept[i] = kept[--kept_count];
}

static void transmit(size_t len)
{
	struct netdev *dev = netdev_get(0);
	uint8_t *room = netdev_tx_begin(dev);

	if (!room)
		return;
	memset(room, 0x5a, NETDEV_FRAME_MAX);
	netdev_tx_commit(dev, len % 16 ? 14 + len % 1501 : 0);
}

static void input(struct netdev *dev, struct netdev_frame *frame, void *ctx)
{
	uint8_t sum = 0;

	(void)ctx;
	must(frame->len >= 14 && frame->len <= NETDEV_FRAME_MAX);
	for (size_t i = 0; i < frame->len; i++)
		sum ^= frame->data[i];
	if (answer) {
		transmit(frame->len + sum);
		netdev_tx_flush(dev);
	}
	if (!keep || kept_count == KEPT) {
		netdev_frame_release(frame);
		return;
	}
	kept[kept_count].frame = frame;
	memcpy(kept[kept_count++].copy, frame->data, frame->len < CHECK ? frame->len : CHECK);
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

static void scribble(void *page)
{
	uint16_t at = half() % FRAME_SIZE;
	uint8_t count = byte() % 16;

	for (unsigned i = 0; i < count && at + i < FRAME_SIZE; i++)
		((uint8_t *)page)[at + i] = byte();
}

static void hold(uint32_t ref)
{
	for (unsigned i = 0; i < held_count; i++)
		if (held[i] == ref)
			return;
	if (held_count < HELD && ref != back->tx_ref && ref != back->rx_ref &&
		fakexen_map_grant(0, ref, false))
		held[held_count++] = ref;
}

static void let_go(void)
{
	while (held_count)
		fakexen_unmap_grant(held[--held_count]);
}

static void ring_step(uint8_t op)
{
	struct netif_tx_response *tx = &back->tx->ring[back->tx_rsp % 256].rsp;
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
		scribble(back->tx);
		break;
	case 9:
		scribble(back->rx);
		break;
	case 10:
		hold(8 + half() % 1000);
		break;
	default:
		fakenetback_notify(back);
	}
}

static void check_sum(void)
{
	must(gnttab_stats.total == gnttab_stats.free + gnttab_stats.held + gnttab_stats.granted +
					   gnttab_stats.quarantined);
}

/* The host's deeds: whatever is going on, the domain becomes another, or the vif goes or comes. */
static void host_step(uint8_t what)
{
	switch (what % 4) {
	case 0:
	case 1:
		boot_cancel = what & 1;
		held_count = boot_cancel ? held_count : 0; /* an old domain's grants are gone */
		suspend_ask();
		(void)xen_poll();
		must(suspend_deadline() == UINT64_MAX);
		boot_cancel = false;
		check_sum();
		break;
	case 2:
		if (back->attached)
			fakenetback_detach(back);
		break;
	default:
		if (!back->attached)
			fakenetback_attach(back, 0, "2");
	}
}

static void store_step(void)
{
	static const char *const states[] = {"1", "2", "3", "4", "5", "6", "7", "8", "0", "", "x"};
	static const char *const keys[] = {"backend", "backend-id", "mac", "mtu", "state"};
	static const char *const values[] = {"", "0", "1", "-1", "32752",
		"/local/domain/0/backend/vif/7/0", "99999999999999999999"};
	char path[64];
	uint8_t what = byte();

	if (what >= 0xc0) {
		host_step(what);
	} else if (what & 1) {
		fakenetback_set_state(back, states[byte() % 11]);
	} else {
		snprintf(path, sizeof(path), "device/vif/0/%s", keys[byte() % 5]);
		fakestore_write(path, values[byte() % 7]);
	}
	(void)fakestore_turn();
}

/* Looks at every entry of the table: too slow for each step. */
static void check_books(void)
{
	check_sum();
	must(fakexen_grants_valid() == gnttab_stats.granted + gnttab_stats.quarantined);
}

static void step(void)
{
	uint8_t op = byte() % 24;

	if (op < 14) {
		if (back->connected)
			ring_step(op);
	} else if (op < 18) {
		(void)evtchn_poll();
		check_sum();
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
	uint32_t refs[600];

	fakexen_memory = 3u << 20; /* few buffers: fast */
	boot_prepare();
	netdev_set_listener(hear, NULL);
	boot_guest();
	for (unsigned i = 0; i < 600; i++)
		must(!gnttab_take(&refs[i]));
	for (unsigned i = 0; i < 600; i++)
		gnttab_put(refs[i]);
	base_frames = fakexen_frames_used();
	base_free = gnttab_stats.free;
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
	must(fakexen_settle() && back->connected && netdev_get(0)->up);
	data = bytes;
	left = len;
	fakexen_before_load = left && byte() & 1 ? before_load : NULL;
	while (left)
		step();
	fakexen_before_load = NULL;
	keep = false;
	must(fakexen_settle());
	check_books();
	while (kept_count)
		release(0);
	let_go();
	fakenetback_vanish(back);
	must(fakexen_settle());
	(void)gnttab_reap();
	must(!netdev_get(0)->up);
	must(gnttab_stats.free == base_free);
	must(fakexen_frames_used() == base_frames);
	must(fakexen_ports_open() == 2);
	return 0;
}
