/* SPDX-License-Identifier: ISC */
/* The store as its callers see it: opening, committing, reading. See store.h and docs/store.md. */
#include "lib/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/store/internal.h"

/* ---- opening and closing ---- */

static void release(struct store *store)
{
	store_index_clear(store);
	free(store->staged.data);
	free(store->flight.data);
	free(store->window);
	free(store->output);
}

static int allocate(struct store *store)
{
	size_t size = store->super.batch_max;

	store->window = malloc(size);
	if (!store->read_only) {
		store->output = malloc(size);
		store->staged.data = malloc(size);
		store->flight.data = malloc(size);
	}
	store->staged.used = store->flight.used = FRAME_HEADER;
	if (store->window &&
		(store->read_only || (store->output && store->staged.data && store->flight.data)))
		return 0;
	return store_fail(store, -ENOMEM, "no memory for four batches of %zu bytes", size);
}

/*
 * What was read may have come from a cache below: it must be durable before anything is told of it
 * or written after it.
 */
static int settle_disk(struct store *store)
{
	int error = store->read_only ? 0 : store_flush(store);

	return error ? store_fail(store, error, "cannot flush the disk: error %d", -error) : 0;
}

int store_open(struct store *store, struct store_disk *disk, const struct store_options *options)
{
	int error;

	*store = (struct store){.disk = disk,
		.read_only = disk->read_only,
		.random = options->random,
		.index_max = options->index_max};
	error = store_load_super(store, options);
	error = error ? error : allocate(store);
	error = error ? error : store_recover(store);
	error = error ? error : settle_disk(store);
	if (error)
		release(store);
	return error;
}

void store_close(struct store *store)
{
	if (!store->read_only) {
		store_batch_drop(store, &store->staged);
		store_batch_drop(store, &store->flight);
	}
	release(store);
}

/* ---- committing ---- */

/* At the end of the log, or of the one that a compaction has made, with its superblock. */
static int append(struct store *store, struct store_batch *batch, uint32_t units)
{
	const struct store_super *super = store->switching ? &store->next_super : &store->super;
	uint32_t end = store->switching ? store->next_end : store->end;
	uint64_t sequence = store->switching ? store->next_sequence : store->sequence;
	int error;

	if (units > super->area_units - end)
		return -ENOSPC;
	if (store->switching && (error = store_super_write(store, super)) != 0)
		return error;
	store_frame_seal(batch->data, batch->used, batch->count, super->salt, sequence);
	memset(batch->data + batch->used, 0, (size_t)units * super->unit - batch->used);
	error = store_write_units(store, super->area, end, batch->data, units);
	return error ? error : store_flush(store);
}

static int write_batch(struct store *store, struct store_batch *batch)
{
	uint32_t units = store_units(store, batch->used);
	int error = store_recognise(store);

	if (error)
		return error;
	if (!store->switching && units > store->super.area_units - store->end &&
		(error = store_compact(store)) != 0)
		return error;
	error = append(store, batch, units);
	if (!error && store->switching)
		store_switch(store);
	return error;
}

/* The nodes stand last first; the records must be applied as they were staged. */
static struct store_node *reversed(struct store_node *node)
{
	struct store_node *done = NULL, *next;

	for (; node; node = next) {
		next = node->right;
		node->right = done;
		done = node;
	}
	return done;
}

static void apply_batch(struct store *store, struct store_batch *batch)
{
	uint64_t start = (uint64_t)store->end * store->super.unit;
	struct store_node *nodes = reversed(batch->nodes), *node;
	struct store_record record;
	uint32_t at;

	for (at = FRAME_HEADER; at < batch->used; at += record.size) {
		store_record_decode(&record, batch->data + at, batch->used - at);
		if (record.op == STORE_DELETE) {
			store_index_delete(store, record.key, record.key_len);
			continue;
		}
		node = nodes;
		if (!node) /* never: each record to be put was staged with one */
			break;
		nodes = node->right;
		node->left = node->right = NULL;
		node->at = (uint32_t)((start + at) / STORE_GRAIN);
		store_index_put(store, node);
	}
	batch->nodes = NULL;
	store->last = store->end;
	store->end += store_units(store, batch->used);
	store->sequence++;
	store_batch_empty(batch);
}

int store_commit(struct store *store)
{
	struct store_batch batch = store->staged;
	int error;

	if (!batch.count)
		return 0;
	if (store->busy)
		return -EBUSY;
	store->busy = true;
	store->staged = store->flight;
	store->flight = batch;
	error = write_batch(store, &store->flight);
	if (error) {
		store->stats.failures++;
		store_batch_drop(store, &store->flight);
	} else {
		store->stats.commits++;
		apply_batch(store, &store->flight);
	}
	store->busy = false;
	return error;
}

/* ---- reading ---- */

/* The record at GRAIN, read into *BUFFER, which the caller frees. */
static int read_record(struct store *store, const struct store_node *node, uint8_t **buffer,
	struct store_record *record)
{
	uint64_t from = (uint64_t)node->at * STORE_GRAIN;
	uint32_t unit = (uint32_t)(from / store->super.unit);
	uint32_t skip = (uint32_t)(from % store->super.unit);
	uint32_t size = store_node_size(node), units = store_units(store, skip + size);
	int error;

	*buffer = malloc((size_t)units * store->super.unit);
	if (!*buffer)
		return -ENOMEM;
	error = store_read_units(store, store->super.area, unit, *buffer, units);
	if (error)
		return error;
	if (!store_record_decode(record, *buffer + skip, size) || record->op != STORE_PUT ||
		!store_record_is_whole(record))
		return -EBADMSG;
	return 0;
}

/* A commit that is under way looks itself, and must not be told that all is well. */
static int recognise_for_reading(struct store *store)
{
	if (store->busy)
		return store->suspect ? -ENODEV : 0;
	return store_recognise(store);
}

/*
 * While the read waits, the record may be replaced (which leaves its bytes) or the log be
 * compacted, twice even (which does not): then it is looked up again.
 */
int store_get(
	struct store *store, const void *key, size_t key_len, void *value, size_t size, size_t *len)
{
	struct store_record record;
	struct store_node *node;
	uint64_t serial;
	uint8_t *buffer;
	int error = recognise_for_reading(store);

	if (error)
		return error;
	do {
		serial = store->super.serial;
		node = store_index_find(store, key, key_len);
		if (!node)
			return -ENOENT;
		*len = node->value_len;
		if (*len > size)
			return -EMSGSIZE;
		error = read_record(store, node, &buffer, &record);
		if (!error && (record.key_len != key_len || memcmp(record.key, key, key_len) != 0 ||
				      record.value_len != *len))
			error = -EBADMSG;
		if (!error)
			memcpy(value, record.value, *len);
		free(buffer);
	} while (error == -EBADMSG && serial != store->super.serial);
	return error;
}

int store_next(const struct store *store, const void *prefix, size_t prefix_len,
	uint8_t key[STORE_KEY_MAX], size_t *key_len, size_t *value_len)
{
	const struct store_node *node;

	node = *key_len ? store_index_after(store, key, *key_len, false)
			: store_index_after(store, prefix, prefix_len, true);
	if (!node || node->key_len < prefix_len || memcmp(node->key, prefix, prefix_len) != 0)
		return 0;
	memcpy(key, node->key, node->key_len);
	*key_len = node->key_len;
	*value_len = node->value_len;
	return 1;
}

int store_check(struct store *store, size_t *bad)
{
	uint8_t key[STORE_KEY_MAX], *value = malloc(STORE_VALUE_MAX);
	size_t key_len = 0, value_len, len;
	int error, first = 0;

	*bad = 0;
	if (!value)
		return store_fail(store, -ENOMEM, "no memory");
	while (store_next(store, "", 0, key, &key_len, &value_len)) {
		error = store_get(store, key, key_len, value, STORE_VALUE_MAX, &len);
		if (!error)
			continue;
		*bad += 1;
		first = first ? first : error;
	}
	free(value);
	return first ? store_fail(store, first, "%zu of %zu records cannot be read", *bad,
			       store->records)
		     : 0;
}
