/* SPDX-License-Identifier: ISC */
/* The calls of xenstore.h that wait for their answer, for boot, and what values look like. */
#include "xen/xenstore.h"

#include <errno.h>
#include <string.h>

#include "xen/evtchn.h"
#include "xen/pvclock.h"
#include "xen/xenstore_internal.h"

#define SYNC_NS 5000000000ull

static void sync_done(struct xenstore_request *request)
{
	*(bool *)request->ctx = true;
}

/* Serves the ring until *DONE. */
static int wait_sync(struct xenstore_request *request, const bool *done)
{
	uint64_t deadline = pvclock_system_ns() + SYNC_NS;

	for (;;) {
		(void)evtchn_poll_one(xenstore_port());
		if (*done)
			return request->error;
		if (pvclock_system_ns() >= deadline)
			break;
		(void)evtchn_wait_one(xenstore_port(), deadline);
	}
	xenstore_cancel(request);
	return -ETIMEDOUT;
}

struct sync_read {
	bool done;
	char *text;
	size_t size;
};

static void sync_read_done(struct xenstore_request *request)
{
	struct sync_read *read = request->ctx;

	read->done = true;
	if (request->error)
		return;
	if (request->reply_len >= read->size) {
		request->error = -ERANGE;
		return;
	}
	if (memchr(request->reply, 0, request->reply_len)) {
		request->error = -EINVAL;
		return;
	}
	memcpy(read->text, request->reply, request->reply_len + 1);
}

int xenstore_read_sync(const char *path, char *text, size_t size)
{
	struct sync_read read = {.text = text, .size = size};
	struct xenstore_request request = {.base = path, .done = sync_read_done, .ctx = &read};

	text[0] = 0;
	xenstore_read(&request);
	return wait_sync(&request, &read.done);
}

int xenstore_write_sync(const char *path, const char *text)
{
	bool done = false;
	struct xenstore_request request = {.base = path,
		.value = text,
		.value_len = strlen(text),
		.done = sync_done,
		.ctx = &done};

	xenstore_write(&request);
	return wait_sync(&request, &done);
}

int xenstore_parse_number(const char *text, uint64_t max, uint64_t *value)
{
	uint64_t number = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	if (number > max)
		return -EINVAL;
	*value = number;
	return 0;
}
