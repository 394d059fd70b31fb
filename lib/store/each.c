/* SPDX-License-Identifier: ISC */
/* Every committed record with its value, by one reading of the log from its start to its end. */
#include <errno.h>

#include "lib/store/internal.h"

/* The records of one frame that are still the ones that the index points to. */
static int each_in_frame(struct store *store, uint32_t unit, const struct store_frame *frame,
	const uint8_t *bytes, store_each_fn *fn, void *ctx)
{
	uint64_t start = (uint64_t)unit * store->super.unit + FRAME_HEADER;
	const struct store_node *node;
	struct store_record record;
	int error = 0;

	for (uint32_t at = 0; at < frame->len && !error; at += record.size) {
		if (!store_record_decode(&record, bytes + FRAME_HEADER + at, frame->len - at))
			return -EBADMSG;
		node = store_index_find(store, record.key, record.key_len);
		if (record.op != STORE_PUT || !node || node->at != (start + at) / STORE_GRAIN)
			continue;
		if (!store_record_is_whole(&record))
			return -EBADMSG;
		error = fn(ctx, record.key, record.key_len, record.value, record.value_len);
	}
	return error;
}

int store_each(struct store *store, store_each_fn *fn, void *ctx)
{
	struct store_frame frame = {0};
	const uint8_t *bytes;
	int got;

	if (store->busy)
		return -EBUSY;
	store->window_units = 0;
	for (uint32_t unit = 0; unit < store->end;
		unit += store_units(store, FRAME_HEADER + frame.len)) {
		got = store_frame_at(store, unit, &frame, &bytes);
		if (got <= 0)
			return got ? got : -EBADMSG;
		got = each_in_frame(store, unit, &frame, bytes, fn, ctx);
		if (got)
			return got;
	}
	return 0;
}
