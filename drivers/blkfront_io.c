/* SPDX-License-Identifier: ISC */
/*
 * Requests on blkfront's ring (xen/io/blkif.h); see blkfront_ring.h and blkfront_internal.h. Data
 * is copied between the caller's buffer and the shared pages, once each way: what a reader gets is
 * what the copy found, and nobody can change it any more.
 *
 * On the wire all sectors are of 512 bytes, whatever the disk's own are.
 */
#include "drivers/blkfront_internal.h"

#include <errno.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "xen/evtchn.h"
#include "xen/frames.h"
#include "xen/shared.h"

#define WIRE_SECTOR 512u

_Static_assert(__CONST_RING_SIZE(blkif, FRAME_SIZE) == BLKFRONT_RING, "ring size");
_Static_assert(BLKFRONT_SEGMENTS == BLKIF_MAX_SEGMENTS_PER_REQUEST, "segments in the ring");
_Static_assert(BLKFRONT_SEGMENTS_MAX * sizeof(struct blkif_request_segment) <= FRAME_SIZE,
	"a page of descriptors is enough");
_Static_assert(BLKFRONT_SEGMENTS_MAX <= BLKFRONT_BUDGET, "any part fits a turn");
_Static_assert(sizeof(struct blkif_request_indirect) <= sizeof(struct blkif_request) &&
		       sizeof(struct blkif_request_discard) <= sizeof(struct blkif_request),
	"an entry is as large as its largest form");

union entry {
	struct blkif_request request;
	struct blkif_request_indirect indirect;
	struct blkif_request_discard discard;
};

/* ---- the queue ---- */

static void append(struct blkfront_ring *ring, struct blkdev_request *request)
{
	request->next = NULL;
	*ring->waiting_end = request;
	ring->waiting_end = &request->next;
}

static void remove_first(struct blkfront_ring *ring)
{
	ring->waiting = ring->waiting->next;
	if (!ring->waiting)
		ring->waiting_end = &ring->waiting;
}

static bool writes(const struct blkdev_request *request)
{
	return request->op == BLKDEV_WRITE || request->op == BLKDEV_DISCARD;
}

static int check(const struct blkdev *dev, const struct blkdev_request *request)
{
	if (!dev->up)
		return -ENODEV;
	if (request->op == BLKDEV_FLUSH)
		return dev->flush ? 0 : -EOPNOTSUPP;
	if (writes(request) && dev->read_only)
		return -EROFS;
	if (request->op == BLKDEV_DISCARD && !dev->discard)
		return -EOPNOTSUPP;
	if (request->op != BLKDEV_DISCARD && request->count > dev->request_max)
		return -EINVAL;
	if (!request->count || request->sector > dev->sectors ||
		request->count > dev->sectors - request->sector)
		return -EINVAL;
	return 0;
}

/* It is put into the ring by the next turn, with all others of this one. */
int blkfront_submit(struct blkdev *dev, struct blkdev_request *request)
{
	struct blkfront_ring *ring = blkfront_ring_of(dev);
	int error = check(dev, request);

	if (error)
		return error;
	request->progress = request->parts = 0;
	request->error = 0;
	append(ring, request);
	if (ring->started)
		evtchn_mark(ring->port);
	return 0;
}

/* ---- into the ring ---- */

static uint64_t wire_sectors(const struct blkfront_ring *ring, uint64_t sectors)
{
	return sectors * (ring->blkdev.sector_size / WIRE_SECTOR);
}

static unsigned pages_for(const struct blkfront_ring *ring, uint32_t sectors)
{
	return (unsigned)(((size_t)sectors * ring->blkdev.sector_size + FRAME_SIZE - 1) /
			  FRAME_SIZE);
}

static struct blkfront_slot *take_slot(struct blkfront_ring *ring, struct blkdev_request *request)
{
	struct blkfront_slot *slot = &ring->slots[ring->slot_free[--ring->slot_free_count]];

	*slot = (struct blkfront_slot){.request = request,
		.first = request->progress,
		.pages = BLKFRONT_NO_PAGE,
		.indirect = BLKFRONT_NO_PAGE};
	return slot;
}

static uint64_t id_of(const struct blkfront_ring *ring, const struct blkfront_slot *slot)
{
	return (uint64_t)(slot - ring->slots);
}

/* The slot's entry is written; COUNT sectors of its request are on their way by it. */
static void put_entry(struct blkfront_ring *ring, struct blkfront_slot *slot,
	const union entry *entry, uint32_t count)
{
	struct blkdev_request *request = slot->request;

	shared_copy_in(&ring->shared->ring[ring->prod++ % BLKFRONT_RING].req, entry,
		sizeof(struct blkif_request));
	ring->stats.requests++;
	slot->count = count;
	request->parts++;
	request->progress += count;
	if (request->progress == request->count)
		remove_first(ring);
}

/* One descriptor for each page of the slot's data, LEN bytes; a write's data goes into the pages.
 */
static void fill_pages(struct blkfront_ring *ring, struct blkfront_slot *slot,
	struct blkif_request_segment *segment, size_t len)
{
	const uint8_t *data = (const uint8_t *)slot->request->data +
			      (size_t)slot->first * ring->blkdev.sector_size;

	for (uint16_t i = slot->pages; len; i = ring->pages[i].next, segment++) {
		size_t piece = MIN(len, FRAME_SIZE);

		segment->gref = ring->pages[i].ref;
		segment->first_sect = 0;
		segment->last_sect = (uint8_t)(piece / WIRE_SECTOR - 1);
		if (slot->op == BLKIF_OP_WRITE)
			shared_copy_in(ring->pages[i].page, data, piece);
		data += piece;
		len -= piece;
	}
}

static void make_direct(struct blkfront_ring *ring, struct blkfront_slot *slot, union entry *entry,
	unsigned pages, size_t len)
{
	struct blkif_request *request = &entry->request;

	request->operation = slot->op;
	request->nr_segments = (uint8_t)pages;
	request->handle = ring->handle;
	request->id = id_of(ring, slot);
	request->sector_number = wire_sectors(ring, slot->request->sector + slot->first);
	fill_pages(ring, slot, request->seg, len);
}

static void make_indirect(struct blkfront_ring *ring, struct blkfront_slot *slot,
	union entry *entry, unsigned pages, size_t len)
{
	struct blkif_request_indirect *request = &entry->indirect;

	request->operation = BLKIF_OP_INDIRECT;
	request->indirect_op = slot->op;
	request->nr_segments = (uint16_t)pages;
	request->handle = ring->handle;
	request->id = id_of(ring, slot);
	request->sector_number = wire_sectors(ring, slot->request->sector + slot->first);
	request->indirect_grefs[0] = ring->pages[slot->indirect].ref;
	fill_pages(ring, slot, ring->pages[slot->indirect].page, len);
}

/*
 * How many sectors the next part has, with PAGES for them taken (and one more for descriptors, at
 * the list's head, if they do not fit the entry); 0: it has to wait until others are answered. With
 * nobody to wait for, there are always pages for a request without indirect descriptors.
 */
static uint32_t take_pages(
	struct blkfront_ring *ring, const struct blkdev_request *request, uint16_t *pages)
{
	uint32_t per_page = FRAME_SIZE / ring->blkdev.sector_size;
	uint32_t count = MIN(request->count - request->progress, ring->segments * per_page);
	unsigned needed = pages_for(ring, count);

	*pages = blkfront_pages_take(ring, needed + (needed > BLKFRONT_SEGMENTS));
	if (*pages != BLKFRONT_NO_PAGE)
		return count;
	if (ring->slot_free_count < BLKFRONT_RING)
		return 0;
	count = MIN(count, BLKFRONT_SEGMENTS * per_page);
	*pages = blkfront_pages_take(ring, pages_for(ring, count));
	return *pages == BLKFRONT_NO_PAGE ? 0 : count;
}

static bool put_data(struct blkfront_ring *ring, struct blkdev_request *request)
{
	union entry entry = {0};
	struct blkfront_slot *slot;
	uint16_t first;
	uint32_t count;
	unsigned pages;

	if (request->op == BLKDEV_WRITE && ring->budget < ring->segments) {
		ring->more = true;
		return false;
	}
	count = take_pages(ring, request, &first);
	if (!count)
		return false;
	pages = pages_for(ring, count);
	slot = take_slot(ring, request);
	slot->op = request->op == BLKDEV_READ ? BLKIF_OP_READ : BLKIF_OP_WRITE;
	slot->pages = first;
	if (pages > BLKFRONT_SEGMENTS) {
		slot->indirect = first;
		slot->pages = ring->pages[first].next;
		ring->pages[first].next = BLKFRONT_NO_PAGE;
		make_indirect(ring, slot, &entry, pages, (size_t)count * ring->blkdev.sector_size);
	} else {
		make_direct(ring, slot, &entry, pages, (size_t)count * ring->blkdev.sector_size);
	}
	if (slot->op == BLKIF_OP_WRITE)
		ring->budget -= pages;
	put_entry(ring, slot, &entry, count);
	return true;
}

/* Without data: the backend needs none, neither to flush nor for a barrier. */
static bool put_flush(struct blkfront_ring *ring, struct blkdev_request *request)
{
	struct blkfront_slot *slot = take_slot(ring, request);
	union entry entry = {.request = {.operation = ring->flush_op,
				     .handle = ring->handle,
				     .id = id_of(ring, slot)}};

	slot->op = ring->flush_op;
	put_entry(ring, slot, &entry, request->count);
	return true;
}

static bool put_discard(struct blkfront_ring *ring, struct blkdev_request *request)
{
	struct blkfront_slot *slot = take_slot(ring, request);
	union entry entry = {.discard = {.operation = BLKIF_OP_DISCARD,
				     .handle = ring->handle,
				     .id = id_of(ring, slot),
				     .sector_number = wire_sectors(ring, request->sector),
				     .nr_sectors = wire_sectors(ring, request->count)}};

	slot->op = BLKIF_OP_DISCARD;
	put_entry(ring, slot, &entry, request->count);
	return true;
}

/* A feature that a request needs may be gone since it was submitted. */
static bool is_void(const struct blkfront_ring *ring, const struct blkdev_request *request)
{
	return (request->op == BLKDEV_FLUSH && !ring->blkdev.flush) ||
	       (request->op == BLKDEV_DISCARD && !ring->blkdev.discard);
}

static bool issue_first(struct blkfront_ring *ring)
{
	struct blkdev_request *request = ring->waiting;

	if (is_void(ring, request)) {
		remove_first(ring);
		request->done(request, request->op == BLKDEV_FLUSH ? 0 : -EOPNOTSUPP);
		return true;
	}
	if (!ring->slot_free_count)
		return false;
	switch (request->op) {
	case BLKDEV_FLUSH:
		return put_flush(ring, request);
	case BLKDEV_DISCARD:
		return put_discard(ring, request);
	default:
		return put_data(ring, request);
	}
}

bool blkfront_issue(struct blkfront_ring *ring)
{
	bool any = false;

	while (blkfront_usable(ring) && ring->waiting && issue_first(ring))
		any = true;
	return any;
}

/* ---- out of it ---- */

static void copy_read(struct blkfront_ring *ring, const struct blkfront_slot *slot)
{
	size_t len = (size_t)slot->count * ring->blkdev.sector_size;
	uint8_t *data =
		(uint8_t *)slot->request->data + (size_t)slot->first * ring->blkdev.sector_size;

	for (uint16_t i = slot->pages; len; i = ring->pages[i].next) {
		size_t piece = MIN(len, FRAME_SIZE);

		shared_copy_out(data, ring->pages[i].page, piece);
		data += piece;
		len -= piece;
	}
	ring->budget -= MIN(ring->budget, pages_for(ring, slot->count));
}

static void free_slot(struct blkfront_ring *ring, struct blkfront_slot *slot)
{
	blkfront_pages_give(ring, slot->pages);
	blkfront_pages_give(ring, slot->indirect);
	slot->request->parts--;
	slot->request = NULL;
	ring->slot_free[ring->slot_free_count++] = (uint8_t)(slot - ring->slots);
}

/* A flush may be refused though it was offered: by barriers instead, or not at all. */
static void flush_refused(struct blkfront_ring *ring, uint8_t op)
{
	if (op != ring->flush_op)
		return; /* the answer to one from before */
	if (op == BLKIF_OP_FLUSH_DISKCACHE && ring->barrier) {
		ring->flush_op = BLKIF_OP_WRITE_BARRIER;
		log_warning("blkfront", "%s: the backend refuses to flush; barriers it is",
			ring->blkdev.name);
		return;
	}
	ring->flush_op = BLKFRONT_NO_OP;
	ring->blkdev.flush = false;
	log_warning("blkfront",
		"%s: the backend refuses to flush; what it has written is taken for durable",
		ring->blkdev.name);
}

static int error_of(struct blkfront_ring *ring, const struct blkdev_request *request, int status)
{
	if (status != BLKIF_RSP_EOPNOTSUPP || request->op != BLKDEV_DISCARD)
		return -EIO;
	if (ring->blkdev.discard)
		log_warning("blkfront", "%s: the backend refuses to discard", ring->blkdev.name);
	ring->blkdev.discard = false;
	return -EOPNOTSUPP;
}

/* What is not in the ring yet stays out. */
static void spoil(struct blkfront_ring *ring, struct blkdev_request *request, int error)
{
	ring->stats.errors++;
	if (!request->error)
		request->error = error;
	if (ring->waiting == request)
		remove_first(ring);
	request->progress = request->count;
}

void blkfront_answered(struct blkfront_ring *ring, struct blkfront_slot *slot, int status)
{
	struct blkdev_request *request = slot->request;
	uint8_t op = slot->op;

	if (status == BLKIF_RSP_OKAY && op == BLKIF_OP_READ)
		copy_read(ring, slot);
	free_slot(ring, slot);
	if (status == BLKIF_RSP_EOPNOTSUPP && request->op == BLKDEV_FLUSH) {
		flush_refused(ring, op);
		request->progress = 0;
		append(ring,
			request); /* to be done in the new way, or to be told that it is void */
		return;
	}
	if (status != BLKIF_RSP_OKAY)
		spoil(ring, request, error_of(ring, request, status));
	if (!request->parts && request->progress == request->count)
		request->done(request, request->error);
}

void blkfront_take_back(struct blkfront_ring *ring)
{
	const struct blkdev_request *partial = ring->waiting; /* is in the queue already */

	for (unsigned i = 0; i < BLKFRONT_RING; i++) {
		struct blkdev_request *request = ring->slots[i].request;

		if (!request)
			continue;
		free_slot(ring, &ring->slots[i]);
		if (request->parts)
			continue;
		request->progress = 0;
		request->error = 0;
		ring->stats.again++;
		if (request != partial)
			append(ring, request);
	}
}
