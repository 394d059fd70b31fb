/* SPDX-License-Identifier: ISC */
/*
 * The log in the active area: units are read and written here, frames are found through a window of
 * batch_max bytes, and recovery reads it all into the index. See internal.h and docs/store.md.
 */
#include <errno.h>

#include "lib/base/bytes.h"
#include "lib/store/internal.h"

/* ---- units ---- */

static uint64_t sector_of(const struct store *store, uint32_t area, uint32_t unit)
{
	uint64_t at = (uint64_t)area * store->super.area_units + unit;

	return (STORE_LOG_START + at * store->super.unit) / store->disk->sector_size;
}

int store_read_units(struct store *store, uint32_t area, uint32_t unit, void *data, uint32_t count)
{
	uint32_t sectors = store->super.unit / store->disk->sector_size;

	return store->disk->read(store->disk, sector_of(store, area, unit), data, count * sectors);
}

int store_write_units(
	struct store *store, uint32_t area, uint32_t unit, const void *data, uint32_t count)
{
	uint32_t sectors = store->super.unit / store->disk->sector_size;

	return store->disk->write(store->disk, sector_of(store, area, unit), data, count * sectors);
}

int store_flush(struct store *store)
{
	store->stats.flushes++;
	return store->disk->flush(store->disk);
}

uint32_t store_units(const struct store *store, uint32_t used)
{
	return (used + store->super.unit - 1) / store->super.unit;
}

/* ---- frames ---- */

/* Makes the window hold units [FROM, FROM + COUNT), and as many behind them as there is room for.
 */
static int load(struct store *store, uint32_t from, uint32_t count)
{
	uint32_t units = store->super.batch_max / store->super.unit;
	int error;

	if (from >= store->window_at && from + count <= store->window_at + store->window_units)
		return 0;
	store->window_units = 0;
	store->window_at = from;
	units = MIN(units, store->super.area_units - from);
	error = store_read_units(store, store->super.area, from, store->window, units);
	if (!error)
		store->window_units = units;
	return error;
}

static const uint8_t *in_window(const struct store *store, uint32_t unit)
{
	return store->window + (size_t)(unit - store->window_at) * store->super.unit;
}

int store_frame_at(
	struct store *store, uint32_t unit, struct store_frame *frame, const uint8_t **bytes)
{
	uint32_t units;
	int error = load(store, unit, 1);

	if (error)
		return error < 0 ? error : -EIO;
	if (!store_frame_decode(frame, in_window(store, unit)) ||
		frame->salt != store->super.salt ||
		frame->len > store->super.batch_max - FRAME_HEADER)
		return 0;
	units = store_units(store, FRAME_HEADER + frame->len);
	if (units > store->super.area_units - unit)
		return 0;
	error = load(store, unit, units);
	if (error)
		return error < 0 ? error : -EIO;
	*bytes = in_window(store, unit);
	return store_frame_is_whole(frame, *bytes);
}

/* ---- recovery ---- */

/* Whether a frame is COUNT records and nothing else, so that it is applied as a whole or not. */
static bool is_sound(const struct store_frame *frame, const uint8_t *bytes)
{
	struct store_record record;
	uint32_t at = 0, count = 0;

	for (; at < frame->len; at += record.size, count++) {
		if (!store_record_decode(&record, bytes + FRAME_HEADER + at, frame->len - at))
			return false;
	}
	return count == frame->count;
}

static int recover_put(struct store *store, const struct store_record *record, uint32_t at)
{
	struct store_node *node = store_index_find(store, record->key, record->key_len);
	uint32_t old = node ? store_node_size(node) : 0;

	if (!node) {
		node = store_index_create(store, record->key, record->key_len);
		if (!node)
			return -ENOMEM;
		node->value_len = record->value_len;
		node->at = at;
		store_index_put(store, node);
		return 0;
	}
	node->value_len = record->value_len;
	node->at = at;
	store->live = store->live - old + store_node_size(node);
	return 0;
}

static int apply(
	struct store *store, uint32_t unit, const struct store_frame *frame, const uint8_t *bytes)
{
	uint64_t start = (uint64_t)unit * store->super.unit + FRAME_HEADER;
	struct store_record record;
	uint32_t at;
	int error;

	for (at = 0; at < frame->len; at += record.size) {
		store_record_decode(&record, bytes + FRAME_HEADER + at, frame->len - at);
		if (record.op == STORE_DELETE) {
			store_index_delete(store, record.key, record.key_len);
			continue;
		}
		error = recover_put(store, &record, (uint32_t)((start + at) / STORE_GRAIN));
		if (error)
			return error;
	}
	return 0;
}

/*
 * The log ends with the last batch that was committed, or with one that was being written when all
 * stopped. But a batch is only written when those before it are durable: so a whole one behind a
 * spoilt one means that the disk has lost something that it had promised to keep.
 */
static int look_behind(struct store *store)
{
	uint64_t last = (uint64_t)store->end + store->super.batch_max / store->super.unit;
	struct store_frame frame = {0};
	const uint8_t *bytes;
	uint32_t unit;
	int got;

	for (unit = store->end; unit < store->super.area_units && unit <= last; unit++) {
		got = store_frame_at(store, unit, &frame, &bytes);
		if (got < 0)
			return store_fail(store, got, "cannot read the log: error %d", -got);
		if (got && frame.sequence >= store->sequence)
			return store_fail(store, -EBADMSG,
				"the log is damaged: batch %llu is spoilt, but %llu is there",
				(unsigned long long)store->sequence,
				(unsigned long long)frame.sequence);
	}
	return 0;
}

int store_recover(struct store *store)
{
	struct store_frame frame = {0};
	const uint8_t *bytes;
	int got, error;

	store->sequence = store->super.first;
	for (store->end = 0; store->end < store->super.area_units;) {
		got = store_frame_at(store, store->end, &frame, &bytes);
		if (got < 0)
			return store_fail(store, got, "cannot read the log: error %d", -got);
		if (!got || frame.sequence != store->sequence)
			break;
		if (!is_sound(&frame, bytes))
			return store_fail(store, -EBADMSG,
				"the log is damaged: batch %llu has wrong records",
				(unsigned long long)frame.sequence);
		error = apply(store, store->end, &frame, bytes);
		if (error)
			return store_fail(store, error,
				"%zu records do not fit into the memory that the index may have",
				store->records + 1);
		store->last = store->end;
		store->end += store_units(store, FRAME_HEADER + frame.len);
		store->sequence++;
	}
	return look_behind(store);
}
