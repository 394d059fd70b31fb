/* SPDX-License-Identifier: ISC */
/*
 * Staging: changes wait in a batch, encoded as they will stand in the log, with all the memory that
 * applying them takes, so that nothing but the disk can fail after them. See store.h.
 */
#include <errno.h>

#include "lib/store/internal.h"

/*
 * The bytes by which a change makes the log's live part grow, at most. A record that is replaced
 * gives its room only once, to the first change that waits.
 */
static int64_t growth_of(const struct store_node *old, const struct store_record *record)
{
	int64_t growth = record->op == STORE_PUT ? (int64_t)record->size : 0;

	if (old && !old->changing && record->op == STORE_PUT)
		growth -= store_node_size(old);
	return growth;
}

static void mark_changing(struct store *store, const uint8_t *key, size_t len, bool changing)
{
	struct store_node *old = store_index_find(store, key, len);

	if (old)
		old->changing = changing;
}

static int check_room(const struct store *store, const struct store_record *record, int64_t growth)
{
	int64_t live = (int64_t)store->live + store->staged.growth + store->flight.growth + growth;

	if (record->size > store->super.batch_max - FRAME_HEADER)
		return -EINVAL;
	if (record->size > store->super.batch_max - store->staged.used)
		return -ENOBUFS;
	if (growth > 0 && live > 0 && !store_fits(store, (uint64_t)live))
		return -ENOSPC;
	return 0;
}

static int stage(struct store *store, struct store_record *record)
{
	struct store_batch *staged = &store->staged;
	struct store_node *node, *old;
	int64_t growth;
	int error;

	if (store->read_only)
		return -EROFS;
	record->size = store_record_size(record->key_len, record->value_len);
	old = store_index_find(store, record->key, record->key_len);
	growth = growth_of(old, record);
	error = check_room(store, record, growth);
	if (error)
		return error;
	if (record->op == STORE_PUT) {
		node = store_index_create(store, record->key, record->key_len);
		if (!node)
			return -ENOMEM;
		node->value_len = record->value_len;
		node->at = staged->used;
		node->right = staged->nodes;
		staged->nodes = node;
	}
	if (old)
		old->changing = true;
	staged->used += store_record_encode(staged->data + staged->used, record);
	staged->count++;
	staged->growth += growth;
	return 0;
}

int store_put(
	struct store *store, const void *key, size_t key_len, const void *value, size_t value_len)
{
	struct store_record record = {.op = STORE_PUT, .key = key, .value = value};

	if (!key_len || key_len > STORE_KEY_MAX || value_len > STORE_VALUE_MAX)
		return -EINVAL;
	record.key_len = (uint8_t)key_len;
	record.value_len = (uint16_t)value_len;
	return stage(store, &record);
}

int store_delete(struct store *store, const void *key, size_t key_len)
{
	struct store_record record = {.op = STORE_DELETE, .key = key};

	if (!key_len || key_len > STORE_KEY_MAX)
		return -EINVAL;
	record.key_len = (uint8_t)key_len;
	return stage(store, &record);
}

/* Says for each change of BATCH from FROM on whether its record is changing. */
static void mark_batch(
	struct store *store, const struct store_batch *batch, uint32_t from, bool changing)
{
	struct store_record record;
	uint32_t at;

	for (at = from; at < batch->used; at += record.size) {
		store_record_decode(&record, batch->data + at, batch->used - at);
		mark_changing(store, record.key, record.key_len, changing);
	}
}

struct store_mark store_mark(const struct store *store)
{
	return (struct store_mark){.used = store->staged.used,
		.count = store->staged.count,
		.growth = store->staged.growth};
}

void store_undo(struct store *store, struct store_mark mark)
{
	struct store_batch *staged = &store->staged;
	struct store_node *node;

	mark_batch(store, staged, mark.used, false);
	while (staged->nodes && staged->nodes->at >= mark.used) {
		node = staged->nodes;
		staged->nodes = node->right;
		store_index_destroy(store, node);
	}
	staged->used = mark.used;
	staged->count = mark.count;
	staged->growth = mark.growth;
	/* A record may be changed by what stays, too. */
	mark_batch(store, staged, FRAME_HEADER, true);
	mark_batch(store, &store->flight, FRAME_HEADER, true);
}

void store_batch_drop(struct store *store, struct store_batch *batch)
{
	struct store_node *node;

	mark_batch(store, batch, FRAME_HEADER, false);
	while ((node = batch->nodes) != NULL) {
		batch->nodes = node->right;
		store_index_destroy(store, node);
	}
	store_batch_empty(batch);
}

void store_batch_empty(struct store_batch *batch)
{
	batch->used = FRAME_HEADER;
	batch->count = 0;
	batch->growth = 0;
}
