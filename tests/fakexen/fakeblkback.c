/* SPDX-License-Identifier: ISC */
/* See fakeblkback.h; the protocol is that of xen/io/blkif.h. */
#include "tests/fakexen/fakeblkback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>

#include "tests/fakexen/fakestore.h"
#include "tests/fakexen/fakexen.h"
#include "xen/frames.h"

#define RING 32u
#define UNIT 512u

static void refuse(const char *what)
{
	fprintf(stderr, "fakeblkback: a request that Linux's would refuse: %s\n", what);
	abort();
}

static void set_number(const struct fakeblkback *back, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	fakestore_set(back->back, key, text);
}

void fakeblkback_init(struct fakeblkback *back, unsigned id, uint64_t units)
{
	free(back->image);
	memset(back, 0, sizeof(*back));
	back->id = id;
	back->units = units;
	back->image = calloc(units, UNIT);
	back->sector_size = back->physical = UNIT;
	back->indirect = 256;
	back->flush = back->barrier = back->discard = back->persistent = true;
	back->mode = "w";
	back->type = "disk";
	back->info = "0";
	if (!back->image)
		abort();
}

void fakeblkback_set_state(struct fakeblkback *back, const char *state)
{
	fakestore_set(back->back, "state", state);
}

static void offer(struct fakeblkback *back)
{
	set_number(back, "sectors", back->units);
	fakestore_set(back->back, "mode", back->mode);
	fakestore_set(back->back, "info", back->info);
	if (back->sector_size)
		set_number(back, "sector-size", back->sector_size);
	if (back->physical)
		set_number(back, "physical-sector-size", back->physical);
	if (back->indirect)
		set_number(back, "feature-max-indirect-segments", back->indirect);
	set_number(back, "feature-flush-cache", back->flush);
	set_number(back, "feature-barrier", back->barrier);
	set_number(back, "feature-discard", back->discard);
	set_number(back, "feature-persistent", back->persistent);
}

void fakeblkback_attach(struct fakeblkback *back, const char *state)
{
	char number[16];

	back->attached = true;
	back->connected = false;
	back->ring = NULL;
	back->kept_count = 0;
	snprintf(number, sizeof(number), "%u", back->id);
	snprintf(back->front, sizeof(back->front), "device/vbd/%u", back->id);
	snprintf(back->back, sizeof(back->back), "/local/domain/0/backend/vbd/%u/%u", FAKEXEN_DOMID,
		back->id);
	fakestore_set(back->back, "online", "1");
	offer(back);
	fakeblkback_set_state(back, state);
	fakestore_set(back->front, "backend", back->back);
	fakestore_set(back->front, "virtual-device", number);
	snprintf(number, sizeof(number), "%u", back->domid);
	fakestore_set(back->front, "backend-id", number);
	fakestore_set(back->front, "device-type", back->type);
	fakestore_set(back->front, "state", "1");
	fakestore_write(back->front, "");
}

/* ---- connecting ---- */

static bool connect_ring(struct fakeblkback *back)
{
	const char *ref = fakestore_get(back->front, "ring-ref");
	const char *port = fakestore_get(back->front, "event-channel");
	const char *protocol = fakestore_get(back->front, "protocol");

	if (!ref || !port || !protocol || strcmp(protocol, "x86_64-abi") != 0)
		return false;
	back->ring_ref = (uint32_t)strtoul(ref, NULL, 10);
	back->port = (uint32_t)strtoul(port, NULL, 10);
	if (!fakexen_port_is_open(back->port, back->domid))
		return false;
	back->cons = back->rsp = 0;
	back->ring = fakexen_map_grant(back->domid, back->ring_ref, true);
	return back->ring;
}

void fakeblkback_disconnect(struct fakeblkback *back)
{
	if (!back->connected)
		return;
	back->connected = false;
	fakexen_unmap_grant(back->ring_ref);
	while (back->kept_count)
		fakexen_unmap_grant(back->kept[--back->kept_count].ref);
	back->ring = NULL;
}

void fakeblkback_detach(struct fakeblkback *back)
{
	fakestore_set(back->back, "online", "0");
	fakeblkback_set_state(back, "5");
}

void fakeblkback_vanish(struct fakeblkback *back)
{
	fakeblkback_disconnect(back);
	back->attached = false;
	fakestore_remove(back->front);
	fakestore_remove(back->back);
}

static bool follow(struct fakeblkback *back)
{
	const char *front = fakestore_get(back->front, "state");
	const char *state = fakestore_get(back->back, "state");

	if (!front || !state)
		return false;
	if (!strcmp(state, "2") && !strcmp(front, "3")) {
		fakeblkback_disconnect(back);
		back->connected = connect_ring(back);
		fakeblkback_set_state(back, back->connected ? "4" : "5");
		return true;
	}
	if (!strcmp(front, "6") && !strcmp(state, "5")) {
		fakeblkback_set_state(back, "6");
		fakeblkback_vanish(back);
		return true;
	}
	if (!strcmp(front, "6") && (!strcmp(state, "4") || !strcmp(state, "2"))) {
		fakeblkback_disconnect(back);
		fakeblkback_set_state(back, "6");
		return true;
	}
	if (!strcmp(front, "1") && !strcmp(state, "6")) {
		fakeblkback_set_state(back, "2");
		return true;
	}
	return false;
}

bool fakeblkback_turn(struct fakeblkback *back)
{
	bool any = back->attached && follow(back);

	if (!back->connected || back->idle || !fakeblkback_waiting(back))
		return any;
	fakeblkback_serve(back, RING, false);
	return true;
}

/* ---- requests ---- */

unsigned fakeblkback_waiting(const struct fakeblkback *back)
{
	return back->connected ? back->ring->req_prod - back->cons : 0;
}

static uint8_t *map(struct fakeblkback *back, uint32_t ref, bool write)
{
	bool keep = back->persistent && back->kept_count < FAKEBLKBACK_KEPT;
	uint8_t *page;

	for (unsigned i = 0; i < back->kept_count; i++)
		if (back->kept[i].ref == ref)
			return back->kept[i].page;
	page = fakexen_map_grant(back->domid, ref, keep || write);
	if (!page)
		refuse("a page that is not granted");
	if (keep) {
		back->kept[back->kept_count].ref = ref;
		back->kept[back->kept_count++].page = page;
	}
	return page;
}

static void unmap(struct fakeblkback *back, uint32_t ref)
{
	for (unsigned i = 0; i < back->kept_count; i++)
		if (back->kept[i].ref == ref)
			return;
	fakexen_unmap_grant(ref);
}

static void check_range(const struct fakeblkback *back, uint64_t unit, uint64_t count)
{
	if (unit > back->units || count > back->units - unit)
		refuse("beyond the end");
	if (back->sector_size &&
		(unit * UNIT % back->sector_size || count * UNIT % back->sector_size))
		refuse("parts of sectors");
}

static void transfer(struct fakeblkback *back, uint8_t op, uint64_t unit,
	const struct blkif_request_segment *segments, unsigned count)
{
	if (!count)
		refuse("no segments");
	if (op == BLKIF_OP_WRITE && !strcmp(back->mode, "r"))
		refuse("a write to a disk that is read-only");
	for (unsigned i = 0; i < count; i++) {
		struct blkif_request_segment segment = segments[i];
		unsigned units = segment.last_sect - segment.first_sect + 1u;
		uint8_t *page, *disk = back->image + unit * UNIT;

		if (segment.last_sect < segment.first_sect || segment.last_sect > 7)
			refuse("a segment beyond its page");
		check_range(back, unit, units);
		page = map(back, segment.gref, op == BLKIF_OP_READ) + segment.first_sect * UNIT;
		if (op == BLKIF_OP_READ)
			memcpy(page, disk, units * UNIT);
		else
			memcpy(disk, page, units * UNIT);
		unmap(back, segment.gref);
		unit += units;
	}
}

static void do_indirect(struct fakeblkback *back, const struct blkif_request_indirect *request)
{
	const struct blkif_request_segment *segments;

	if (!request->nr_segments || request->nr_segments > back->indirect ||
		request->nr_segments > 512)
		refuse("too many segments");
	segments = (const void *)map(back, request->indirect_grefs[0], false);
	back->indirects++;
	if (request->nr_segments > back->most_segments)
		back->most_segments = request->nr_segments;
	transfer(
		back, request->indirect_op, request->sector_number, segments, request->nr_segments);
	unmap(back, request->indirect_grefs[0]);
}

static void do_direct(struct fakeblkback *back, const struct blkif_request *request)
{
	if (request->nr_segments > BLKIF_MAX_SEGMENTS_PER_REQUEST)
		refuse("too many segments");
	if (request->nr_segments > back->most_segments)
		back->most_segments = request->nr_segments;
	transfer(back, request->operation, request->sector_number, request->seg,
		request->nr_segments);
}

static void do_discard(struct fakeblkback *back, const struct blkif_request_discard *request)
{
	check_range(back, request->sector_number, request->nr_sectors);
	memset(back->image + request->sector_number * UNIT, 0, request->nr_sectors * UNIT);
}

static void perform(struct fakeblkback *back, uint8_t op, const struct blkif_request *request)
{
	if (op == BLKIF_OP_WRITE)
		back->writes_since_flush++;
	if (request->operation == BLKIF_OP_INDIRECT)
		do_indirect(back, (const void *)request);
	else if (op == BLKIF_OP_READ || op == BLKIF_OP_WRITE)
		do_direct(back, request);
	else if (op == BLKIF_OP_DISCARD)
		do_discard(back, (const void *)request);
	else if (request->nr_segments)
		refuse("a flush with data");
	else
		back->writes_since_flush = 0;
}

void fakeblkback_respond(struct fakeblkback *back, uint64_t id, uint8_t operation, int status)
{
	back->ring->ring[back->rsp++ % RING].rsp = (struct blkif_response){
		.id = id, .operation = operation, .status = (int16_t)status};
}

static void push(struct fakeblkback *back, uint32_t old)
{
	back->ring->rsp_prod = back->rsp;
	if (back->rsp - back->ring->rsp_event < back->rsp - old)
		fakeblkback_notify(back);
}

void fakeblkback_notify(struct fakeblkback *back)
{
	back->notified++;
	fakexen_raise(back->port);
}

static void serve_one(struct fakeblkback *back, const struct blkif_request *request)
{
	const struct blkif_request_indirect *indirect = (const void *)request;
	bool is_indirect = request->operation == BLKIF_OP_INDIRECT;
	uint8_t op = is_indirect ? indirect->indirect_op : request->operation;
	uint64_t id = is_indirect ? indirect->id : request->id;

	if (op >= FAKEBLKBACK_OPS || op == BLKIF_OP_RESERVED_1)
		refuse("an unknown operation");
	if ((is_indirect ? indirect->handle : request->handle) != (uint16_t)back->id)
		refuse("another disk's number");
	back->seen[op]++;
	if (!back->status[op])
		perform(back, op, request);
	fakeblkback_respond(back, id, op, back->status[op]);
}

void fakeblkback_serve(struct fakeblkback *back, unsigned count, bool backwards)
{
	struct blkif_request requests[RING] = {0};
	uint32_t old = back->rsp;
	unsigned n = 0;

	for (; n < count && n < RING && back->cons != back->ring->req_prod; n++)
		requests[n] = back->ring->ring[back->cons++ % RING].req;
	for (unsigned i = 0; i < n; i++)
		serve_one(back, &requests[backwards ? n - 1 - i : i]);
	back->ring->req_event = back->cons + 1;
	push(back, old);
}
