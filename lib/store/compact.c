/* SPDX-License-Identifier: ISC */
/*
 * Compaction: the live records are copied, in the log's own order, into the area that is not used,
 * and flushed; a superblock makes that the log, durable by the same flush as the batch behind it.
 * Until then the old log is left alone; whether the superblock counts cannot be known after an
 * error, so that it is written again with the next batch, which goes to the same place.
 */
#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/store/internal.h"

struct copy {
	struct store *store;
	uint32_t area;
	uint64_t salt, sequence;
	uint32_t units, last; /* written so far; where the last frame begins */
	uint32_t used, count; /* of the frame in store->output */
};

/*
 * What LIVE bytes take when compacted: any two frames in a row hold more than one frame can, and
 * each has its header and padding. An eighth stays free, so that compactions pay, and room for one
 * batch, so that records can be deleted whatever happens.
 */
bool store_fits(const struct store *store, uint64_t live)
{
	uint64_t area = (uint64_t)store->super.area_units * store->super.unit;
	uint64_t frames = 2 * live / (store->super.batch_max - FRAME_HEADER) + 2;
	uint64_t reserve = MAX(area / 8, (uint64_t)store->super.batch_max);

	return live + frames * (FRAME_HEADER + store->super.unit) + reserve <= area;
}

static int put_frame(struct copy *copy)
{
	struct store *store = copy->store;
	uint32_t units = store_units(store, copy->used);
	int error;

	if (!copy->count)
		return 0;
	if (units > store->super.area_units - copy->units)
		return -ENOSPC;
	store_frame_seal(store->output, copy->used, copy->count, copy->salt, copy->sequence);
	memset(store->output + copy->used, 0, (size_t)units * store->super.unit - copy->used);
	error = store_write_units(store, copy->area, copy->units, store->output, units);
	if (error)
		return error;
	copy->last = copy->units;
	copy->units += units;
	copy->sequence++;
	copy->used = FRAME_HEADER;
	copy->count = 0;
	return 0;
}

static int put_record(struct copy *copy, const struct store_record *record, struct store_node *node)
{
	struct store *store = copy->store;
	uint64_t at;
	int error;

	/* Else the damage would get a new frame around it, whose sum is right. */
	if (!store_record_is_whole(record))
		return -EBADMSG;
	if (copy->used + record->size > store->super.batch_max) {
		error = put_frame(copy);
		if (error)
			return error;
	}
	at = (uint64_t)copy->units * store->super.unit + copy->used;
	node->next_at = (uint32_t)(at / STORE_GRAIN);
	copy->used += store_record_encode(store->output + copy->used, record);
	copy->count++;
	return 0;
}

/* The records of one frame that are still the ones that the index points to. */
static int copy_frame(
	struct copy *copy, uint32_t unit, const struct store_frame *frame, const uint8_t *bytes)
{
	uint64_t start = (uint64_t)unit * copy->store->super.unit + FRAME_HEADER;
	struct store_record record;
	struct store_node *node;
	uint32_t at;
	int error;

	for (at = 0; at < frame->len; at += record.size) {
		if (!store_record_decode(&record, bytes + FRAME_HEADER + at, frame->len - at))
			return -EBADMSG;
		node = store_index_find(copy->store, record.key, record.key_len);
		if (record.op != STORE_PUT || !node || node->at != (start + at) / STORE_GRAIN)
			continue;
		error = put_record(copy, &record, node);
		if (error)
			return error;
	}
	return 0;
}

static int copy_log(struct copy *copy)
{
	struct store *store = copy->store;
	struct store_frame frame = {0};
	const uint8_t *bytes;
	uint32_t unit;
	int got;

	store->window_units = 0;
	for (unit = 0; unit < store->end; unit += store_units(store, FRAME_HEADER + frame.len)) {
		got = store_frame_at(store, unit, &frame, &bytes);
		if (got <= 0)
			return got ? got : -EBADMSG;
		got = copy_frame(copy, unit, &frame, bytes);
		if (got)
			return got;
	}
	return put_frame(copy);
}

void store_switch(struct store *store)
{
	store->switching = false;
	store->super = store->next_super;
	store->end = store->next_end;
	store->last = store->next_last;
	store->sequence = store->next_sequence;
	store->window_units = 0;
	store->stats.compactions++;
	store_index_settle(store);
}

/*
 * The salt tells this log from what earlier attempts left in the same area, which may go on with
 * the same sequence numbers where this one ends.
 */
int store_compact(struct store *store)
{
	struct copy copy = {.store = store,
		.area = 1 - store->super.area,
		.salt = store_random(store, store->super.salt ^ store->sequence),
		.sequence = store->sequence,
		.used = FRAME_HEADER};
	int error = copy_log(&copy);

	error = error ? error : store_flush(store);
	if (error)
		return error;
	store->next_super = store->super;
	store->next_super.area = copy.area;
	store->next_super.salt = copy.salt;
	store->next_super.serial++;
	store->next_super.first = store->sequence;
	store->next_end = copy.units;
	store->next_last = copy.last;
	store->next_sequence = copy.sequence;
	store->switching = true;
	return 0;
}
