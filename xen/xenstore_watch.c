/* SPDX-License-Identifier: ISC */
/*
 * Watches of xenstore; see xenstore.h. Each is in the list until the store has confirmed that it is
 * removed, and has the one request that it ever needs within itself.
 */
#include "xen/xenstore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/log.h"
#include "xen/xenstore_internal.h"

#define TOKEN_SIZE 9

struct xenstore_watch {
	struct list node;
	void (*fn)(void *ctx, const char *path); /* NULL: given up by its owner */
	void *ctx;
	uint32_t number;
	char token[TOKEN_SIZE];
	char path[XENSTORE_PATH_MAX];
	bool removing;
	struct xenstore_request request;
};

static struct list watches = LIST_INIT(watches);
static uint32_t last_watch;

void xenstore_take_event(const char *path, size_t len)
{
	size_t path_len = strnlen(path, len);
	const char *token = path + path_len + 1;
	struct list *node;

	if (path_len + 1 >= len || path[len - 1]) {
		xenstore_stats.dropped++;
		return;
	}
	xenstore_stats.events++;
	list_for_each (node, &watches) {
		struct xenstore_watch *watch = container_of(node, struct xenstore_watch, node);

		if (!watch->fn || strcmp(watch->token, token) != 0)
			continue;
		watch->fn(watch->ctx, path);
		return;
	}
	xenstore_stats.dropped++;
}

static void free_watch(struct xenstore_watch *watch)
{
	list_remove(&watch->node);
	free(watch);
}

static void watch_done(struct xenstore_request *request)
{
	struct xenstore_watch *watch = request->ctx;

	if (watch->removing) {
		free_watch(watch);
		return;
	}
	if (request->error && request->error != -EINTR && watch->fn && !xenstore_stats.broken)
		log_warning("xenstore", "no watch on %s (%d)", watch->path, request->error);
	if (!watch->fn && request->error)
		free_watch(watch);
	else if (!watch->fn)
		xenstore_unwatch(watch);
}

static void submit_watch(struct xenstore_watch *watch, uint32_t type)
{
	watch->request = (struct xenstore_request){.base = watch->path,
		.value = watch->token,
		.value_len = strlen(watch->token) + 1,
		.done = watch_done,
		.ctx = watch};
	xenstore_submit(&watch->request, type);
}

struct xenstore_watch *xenstore_watch(
	const char *path, void (*fn)(void *ctx, const char *path), void *ctx)
{
	struct xenstore_watch *watch;

	ASSERT(strlen(path) < XENSTORE_PATH_MAX);
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return NULL;
	watch->fn = fn;
	watch->ctx = ctx;
	/* Never used again, so that a late event cannot reach a younger watch. */
	watch->number = ++last_watch;
	snprintf(watch->token, sizeof(watch->token), "%x", (unsigned)watch->number);
	snprintf(watch->path, sizeof(watch->path), "%s", path);
	list_push_back(&watches, &watch->node);
	submit_watch(watch, XS_WATCH);
	return watch;
}

void xenstore_unwatch(struct xenstore_watch *watch)
{
	if (!watch)
		return;
	watch->fn = NULL;
	if (watch->request.busy)
		return; /* watch_done() goes on from here */
	watch->removing = true;
	submit_watch(watch, XS_UNWATCH);
}

void xenstore_renew_watches(void)
{
	struct list *node;

	list_for_each (node, &watches) {
		struct xenstore_watch *watch = container_of(node, struct xenstore_watch, node);

		if (watch->fn && !watch->request.busy)
			submit_watch(watch, XS_WATCH);
	}
}
