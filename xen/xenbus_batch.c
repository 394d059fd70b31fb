/* SPDX-License-Identifier: ISC */
/* Several values of one folder at once; see struct xenbus_batch. Called by drivers. */
#include "xen/xenbus.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/assert.h"

void xenbus_batch_init(struct xenbus_batch *batch, const char *base)
{
	xenbus_batch_cancel(batch);
	batch->base = base;
	batch->count = 0;
}

void xenbus_batch_add(struct xenbus_batch *batch, const char *key)
{
	ASSERT(batch->count < XENBUS_BATCH_ITEMS);
	batch->items[batch->count].key = key;
	batch->items[batch->count].text[0] = 0;
	batch->items[batch->count++].error = -ENOENT;
}

void xenbus_batch_add_text(struct xenbus_batch *batch, const char *key, const char *text)
{
	ASSERT(strlen(text) < XENBUS_TEXT);
	xenbus_batch_add(batch, key);
	snprintf(batch->items[batch->count - 1].text, XENBUS_TEXT, "%s", text);
}

void xenbus_batch_add_number(struct xenbus_batch *batch, const char *key, uint64_t value)
{
	char text[XENBUS_TEXT];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	xenbus_batch_add_text(batch, key, text);
}

static void item_answered(struct xenbus_batch *batch)
{
	if (!--batch->left)
		batch->done(batch);
}

static void item_was_read(struct xenstore_request *request)
{
	struct xenbus_batch *batch = request->ctx;
	size_t i = (size_t)(request - batch->requests);

	batch->items[i].error = request->error;
	if (!request->error && request->reply_len >= XENBUS_TEXT)
		batch->items[i].error = -ERANGE;
	else if (!request->error && memchr(request->reply, 0, request->reply_len))
		batch->items[i].error = -EINVAL;
	if (!batch->items[i].error)
		memcpy(batch->items[i].text, request->reply, request->reply_len + 1);
	item_answered(batch);
}

static void item_was_written(struct xenstore_request *request)
{
	struct xenbus_batch *batch = request->ctx;

	batch->items[request - batch->requests].error = request->error;
	item_answered(batch);
}

void xenbus_batch_read(struct xenbus_batch *batch)
{
	ASSERT(!batch->left && batch->count);
	batch->left = batch->count;
	for (unsigned i = 0; i < batch->count; i++) {
		batch->requests[i] = (struct xenstore_request){.base = batch->base,
			.key = batch->items[i].key,
			.done = item_was_read,
			.ctx = batch};
		xenstore_read(&batch->requests[i]);
	}
}

void xenbus_batch_write(struct xenbus_batch *batch)
{
	ASSERT(!batch->left && batch->count);
	batch->left = batch->count;
	for (unsigned i = 0; i < batch->count; i++) {
		batch->requests[i] = (struct xenstore_request){.base = batch->base,
			.key = batch->items[i].key,
			.value = batch->items[i].text,
			.value_len = strlen(batch->items[i].text),
			.done = item_was_written,
			.ctx = batch};
		xenstore_write(&batch->requests[i]);
	}
}

void xenbus_batch_cancel(struct xenbus_batch *batch)
{
	for (unsigned i = 0; batch->left && i < batch->count; i++)
		xenstore_cancel(&batch->requests[i]);
	batch->left = 0;
}

const char *xenbus_batch_text(const struct xenbus_batch *batch, const char *key)
{
	for (unsigned i = 0; i < batch->count; i++)
		if (!strcmp(batch->items[i].key, key))
			return batch->items[i].error ? NULL : batch->items[i].text;
	return NULL;
}

uint64_t xenbus_batch_number(
	const struct xenbus_batch *batch, const char *key, uint64_t max, uint64_t otherwise)
{
	const char *text = xenbus_batch_text(batch, key);
	uint64_t value;

	return text && !xenstore_parse_number(text, max, &value) ? value : otherwise;
}
