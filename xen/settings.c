/* SPDX-License-Identifier: ISC */
/*
 * Settings by xenstore; see settings.h. Keys that have changed stand in a short queue and are read
 * one after the other. When the queue is too short, the folder is listed once it is empty: so what
 * was written last is found, however fast it changes, and nothing grows.
 */
#include "xen/settings.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "xen/xenstore.h"

#define QUEUE 32u

struct root {
	const char *path;
	bool list; /* what is in it is to be found out */
};

struct change {
	struct root *root;
	char key[SETTINGS_KEY_MAX + 1];
};

struct settings_stats settings_stats;

static struct root roots[] = {{.path = "data/config"}, {.path = "vm-data"}};
static struct change queue[QUEUE], now;
static unsigned queued;
static struct xenstore_request request;
static char outcome[SETTINGS_OUTCOME];

static void (*setting_fn)(
	void *ctx, const char *key, const char *value, size_t len, char outcome[SETTINGS_OUTCOME]);
static void *setting_ctx;

static void next(void);

/* What a path of the store may hold (docs/misc/xenstore.txt of Xen), without its slash. */
static bool is_key(const char *key)
{
	size_t len = strlen(key);

	return len && len <= SETTINGS_KEY_MAX &&
	       strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_@.") ==
		       len;
}

/* False when the queue is full. */
static bool enqueue(struct root *root, const char *key)
{
	if (!is_key(key)) {
		settings_stats.dropped++;
		return true;
	}
	for (unsigned i = 0; i < queued; i++) {
		if (queue[i].root == root && !strcmp(queue[i].key, key))
			return true;
	}
	if (queued == QUEUE)
		return false;
	queue[queued].root = root;
	memcpy(queue[queued++].key, key, strlen(key) + 1);
	return true;
}

static void was_told(struct xenstore_request *r)
{
	if (r->error)
		log_debug("settings", "data/status/%s: not written (%d)", now.key, r->error);
	next();
}

static void was_read(struct xenstore_request *r)
{
	if (r->error) {
		if (r->error != -ENOENT)
			log_warning("settings", "%s/%s: not read (%d)", now.root->path, now.key,
				r->error);
		next();
		return;
	}
	settings_stats.heard++;
	outcome[0] = 0;
	setting_fn(setting_ctx, now.key, r->reply, r->reply_len, outcome);
	log_info("settings", "%s: %s", now.key, outcome);
	request = (struct xenstore_request){.base = "data/status",
		.key = now.key,
		.value = outcome,
		.value_len = strlen(outcome),
		.done = was_told};
	xenstore_write(&request);
}

static void was_listed(struct xenstore_request *r)
{
	const char *name = r->reply;
	unsigned over = 0;

	for (; !r->error && name < r->reply + r->reply_len; name += strlen(name) + 1)
		over += !enqueue(r->ctx, name);
	if (over) {
		settings_stats.dropped += over;
		log_warning("settings", "%s: expected at most %u settings at a time, %u left out",
			((struct root *)r->ctx)->path, QUEUE, over);
	}
	next();
}

static void next(void)
{
	if (request.busy)
		return;
	if (queued) {
		now = queue[0];
		memmove(queue, queue + 1, --queued * sizeof(queue[0]));
		request = (struct xenstore_request){
			.base = now.root->path, .key = now.key, .done = was_read};
		xenstore_read(&request);
		return;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(roots); i++) {
		if (!roots[i].list)
			continue;
		roots[i].list = false;
		request = (struct xenstore_request){
			.base = roots[i].path, .done = was_listed, .ctx = &roots[i]};
		xenstore_directory(&request);
		return;
	}
}

/* The path is as it was registered, when the watch is new or the folder went, or below it. */
static void changed(void *ctx, const char *path)
{
	struct root *root = ctx;
	size_t len = strlen(root->path);

	if (strncmp(path, root->path, len) != 0 || (path[len] && path[len] != '/'))
		settings_stats.dropped++;
	else if (!path[len])
		root->list = true;
	else if (!enqueue(root, path + len + 1))
		root->list = true;
	next();
}

int settings_start(void (*fn)(void *ctx, const char *key, const char *value, size_t len,
			   char outcome[SETTINGS_OUTCOME]),
	void *ctx)
{
	setting_fn = fn;
	setting_ctx = ctx;
	for (unsigned i = 0; i < ARRAY_SIZE(roots); i++) {
		if (!xenstore_watch(roots[i].path, changed, &roots[i]))
			return -ENOMEM;
	}
	return 0;
}

/* ---- state ---- */

static struct {
	struct xenstore_request request;
	char key[SETTINGS_KEY_MAX + 1], value[SETTINGS_STATE];
} shown;

static void was_shown(struct xenstore_request *r)
{
	if (r->error)
		log_debug("settings", "data/state/%s: not written (%d)", shown.key, r->error);
}

bool settings_show(const char *key, const char *value)
{
	size_t key_len = strlen(key), len = strlen(value);

	if (shown.request.busy)
		return false;
	ASSERT(key_len <= SETTINGS_KEY_MAX && len < sizeof(shown.value));
	memcpy(shown.key, key, key_len + 1);
	memcpy(shown.value, value, len + 1);
	shown.request = (struct xenstore_request){.base = "data/state",
		.key = shown.key,
		.value = shown.value,
		.value_len = len,
		.done = was_shown};
	xenstore_write(&shown.request);
	return true;
}
