/* SPDX-License-Identifier: ISC */
/*
 * The fuzzer plays blkfront's backend: the ring, the data pages, the events, the states and values
 * in the store, and the ring's memory at the very moment it is loaded (where XEN_SHARED_HOOK is
 * compiled in); at any moment the disk is detached or attached, with whatever features, or the
 * domain suspended, to go on as another or as itself. A second disk has an honest backend, in
 * a domain of its own.
 *
 * What must hold: no crash; each request completes exactly once, in a bounded share of work an
 * event; the books of grants add up; no page is free and granted (fakexen aborts); guest and host
 * come to rest; the second disk works at the end; and when the disks have gone no request is
 * left and nothing is left behind.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>

#include "drivers/blkdev.h"
#include "drivers/blkfront.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "tests/fakexen/boot.h"
#include "tests/fakexen/hostile.h"
#include "tests/support/input.h"
#include "xen/alarm.h"
#include "xen/evtchn.h"

#define UNITS    8192u /* 4 MiB */
#define RING     32u
#define REQUESTS 24
#define LOADS    128 /* of the ring's page in a turn, at most */

static struct fakeblkback *back = &boot_disks[0], *honest = &boot_disks[1];
static uint8_t buffer[UNITS * 512]; /* of all requests, since nobody looks at it */

static struct io {
	struct blkdev_request request;
	bool busy, again;
} ios[REQUESTS];
static unsigned busy, loads;

/* ---- the user above ---- */

static void submit(struct blkdev *dev, struct io *io)
{
	io->busy = true;
	busy++;
	if (blkdev_submit(dev, &io->request)) {
		io->busy = false;
		busy--;
	}
}

static void done(struct blkdev_request *request, int error)
{
	struct io *io = container_of(request, struct io, request);

	must(io->busy && error <= 0);
	io->busy = false;
	busy--;
	if (!io->again)
		return;
	io->again = false;
	submit(request->ctx, io);
}

static void ask(uint8_t what)
{
	struct blkdev *dev = blkdev_get(0);
	uint32_t room = (uint32_t)(sizeof(buffer) / dev->sector_size);

	for (unsigned i = 0; i < REQUESTS; i++) {
		if (ios[i].busy)
			continue;
		ios[i].again = what & 4;
		ios[i].request = (struct blkdev_request){.op = (enum blkdev_op)(what & 3),
			.sector = half() % 8200,
			.count = (what & 0x38) ? byte() : half() % room,
			.data = buffer,
			.done = done,
			.ctx = dev};
		submit(dev, &ios[i]);
		return;
	}
}

/* ---- the backend ---- */

/* Changes what is about to be loaded, if it lies in the ring's page, as the bytes say. */
static void before_load(const void *at, size_t size)
{
	uintptr_t page = (uintptr_t)at & ~(uintptr_t)(FRAME_SIZE - 1);
	uint8_t *target = (uint8_t *)(uintptr_t)at;

	if (!back->connected || page != (uintptr_t)back->ring)
		return;
	loads++;
	if (!left || byte() & 7)
		return;
	for (size_t i = 0; i < size; i++)
		target[i] = byte();
}

/* Right answers to as many requests as there are, but COUNT at most; with STATUS. */
static void answer(unsigned count, int status)
{
	for (; count && back->cons != back->ring->req_prod; count--) {
		struct blkif_request request = back->ring->ring[back->cons++ % RING].req;
		struct blkif_request_indirect indirect;
		bool is_indirect = request.operation == BLKIF_OP_INDIRECT;

		memcpy(&indirect, &request, sizeof(indirect));
		fakeblkback_respond(back, is_indirect ? indirect.id : request.id,
			is_indirect ? indirect.indirect_op : request.operation, status);
	}
	back->ring->rsp_prod = back->rsp;
	fakeblkback_notify(back);
}

static void scribble_on_page(void)
{
	uint8_t bytes[16];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = byte();
	(void)fakexen_copy_to_grant(0, 8 + half() % 1000, half() % 4080, bytes, sizeof(bytes));
}

static void ring_step(uint8_t op)
{
	uint8_t operation;
	uint32_t ref;

	switch (op) {
	case 0:
		answer(1 + byte() % RING, BLKIF_RSP_OKAY);
		break;
	case 1:
		answer(1, (int16_t)(byte() % 4) - 3);
		break;
	case 2:
		operation = byte() % 8;
		fakeblkback_respond(back, 31 - byte() % 40, operation, (int16_t)half());
		back->ring->rsp_prod = back->rsp;
		break;
	case 3:
		back->ring->rsp_prod = word();
		break;
	case 4:
		back->ring->req_event = word();
		break;
	case 5:
		back->ring->rsp_event = word();
		break;
	case 6:
		hostile_scribble(back->ring);
		break;
	case 7:
		scribble_on_page();
		break;
	case 8:
		ref = 8 + half() % 1000u;
		if (ref != back->ring_ref)
			hostile_hold(ref, true);
		break;
	case 9:
		answer(RING, BLKIF_RSP_EOPNOTSUPP);
		break;
	case 10:
		hostile_let_go();
		break;
	default:
		fakeblkback_notify(back);
	}
}

static void choose_offer(uint8_t what)
{
	static const unsigned sizes[] = {512, 4096, 1024, 512};
	static const unsigned segments[] = {0, 5, 32, 256};

	back->flush = what & 1;
	back->barrier = what & 2;
	back->discard = what & 4;
	back->persistent = what & 8;
	back->sector_size = sizes[what >> 4 & 3];
	back->indirect = segments[what >> 6];
}

/* The host's deeds: whatever is going on, the domain becomes another, or the disk goes or comes. */
static void host_step(uint8_t what)
{
	switch (what % 4) {
	case 0:
	case 1:
		hostile_suspend(what & 1);
		break;
	case 2:
		if (back->attached)
			fakeblkback_detach(back);
		break;
	default:
		if (back->attached)
			break;
		choose_offer(byte());
		fakeblkback_attach(back, "2");
	}
}

static void store_step(void)
{
	static const char *const states[] = {"1", "2", "3", "4", "5", "6", "7", "8", "0", "", "x"};
	static const char *const keys[] = {
		"backend", "backend-id", "virtual-device", "device-type", "state"};
	static const char *const offers[] = {"sectors", "sector-size", "physical-sector-size",
		"info", "mode", "feature-max-indirect-segments", "feature-flush-cache", "online"};
	static const char *const values[] = {"", "0", "1", "-1", "4096", "r", "17",
		"36028797018963967", "/local/domain/0/backend/vbd/7/51712", "99999999999999999999"};
	char path[128];
	uint8_t what = byte();

	if (what >= 0xc0) {
		host_step(what);
	} else if (what & 1) {
		fakeblkback_set_state(back, states[byte() % 11]);
	} else if (what & 2) {
		snprintf(path, sizeof(path), "%s/%s", back->back, offers[byte() % 8]);
		fakestore_write(path, values[byte() % 10]);
	} else {
		snprintf(path, sizeof(path), "device/vbd/51712/%s", keys[byte() % 5]);
		fakestore_write(path, values[byte() % 10]);
	}
	(void)fakestore_turn();
}

static void step(void)
{
	uint8_t op = byte() % 25;

	if (op < 12) {
		if (back->connected)
			ring_step(op);
	} else if (op < 16) {
		loads = 0;
		(void)evtchn_poll();
		must(loads <= LOADS);
		hostile_check_sum();
	} else if (op < 20) {
		ask(byte());
	} else if (op == 20) {
		/* Later: those that were let alone are tried again. */
		fakexen_set_time(fakexen_time() + 1000000ull * (1u << byte() % 17));
		(void)alarm_turn();
	} else if (op == 21) {
		store_step();
	} else if (op == 22) {
		/* Memory runs short, or is there again. */
		op = byte();
		fakexen_limit_frames(op & 128 ? UINT32_MAX : fakexen_frames_used() + op % 32);
	} else {
		(void)boot_host();
	}
}

/* ---- from the beginning to the end ---- */

static void boot(void)
{
	fakexen_memory = 16u << 20; /* few pages: fast; but enough for indirect descriptors */
	boot_prepare();
	blkfront_init();
	boot_guest();
	hostile_open_books(1000);
	log_threshold = LOG_ERROR;
	fakeblkback_init(back, 51712, UNITS);
	fakeblkback_init(honest, 51728, 64);
	honest->domid = 5; /* the other one cannot get at its pages */
}

static void begin(void)
{
	fakexen_logged_len = 0;
	fakexen_domid = 7;
	boot_suspensions = 0;
	choose_offer(byte());
	back->idle = false;
	fakeblkback_attach(back, "2");
	must(fakexen_settle() && back->connected && blkdev_get(0) && blkdev_get(0)->up);
	fakeblkback_attach(honest, "2");
	must(fakexen_settle() && honest->connected && blkdev_get(1) && blkdev_get(1)->up);
	back->idle = true; /* from here on the bytes answer */
}

static void check_honest(void)
{
	struct io *io = &ios[REQUESTS - 1];

	if (io->busy)
		return;
	io->again = false;
	io->request = (struct blkdev_request){
		.op = BLKDEV_WRITE, .sector = 3, .count = 1, .data = buffer, .done = done};
	must(blkdev_get(1)->up);
	submit(blkdev_get(1), io);
	must(io->busy && fakexen_settle() && !io->busy);
	must(!memcmp(honest->image + 3 * 512, buffer, 512));
}

static void check_gone(void)
{
	fakeblkback_vanish(back);
	fakeblkback_vanish(honest);
	must(fakexen_settle());
	must(!blkdev_get(0)->up && !blkdev_get(1)->up);
	must(busy == 0);
	hostile_check_gone();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static bool booted;

	if (!booted)
		boot();
	booted = true;
	data = bytes;
	left = len;
	begin();
	fakexen_before_load = before_load;
	while (left)
		step();
	fakexen_before_load = NULL;
	fakexen_limit_frames(UINT32_MAX);
	/* What was let alone is tried again. */
	fakexen_set_time(fakexen_time() + 130000000000);
	(void)alarm_turn();
	must(fakexen_settle());
	hostile_check_books();
	check_honest();
	hostile_let_go();
	check_gone();
	return 0;
}
