/* SPDX-License-Identifier: ISC */
/*
 * xenstore over its ring (xen/io/xs_wire.h). Requests are asynchronous: each completes exactly
 * once, by its done(), from evtchn_poll() (platform_poll()), with the reply or with an error; when
 * the ring is broken all complete with -EIO. Replies are matched by their number, whatever the
 * store sends besides is counted and dropped. The _sync calls are for boot only: they serve just
 * this ring until the answer is there or 5 s are over.
 *
 * Requests that are made in one turn are sent with one notification: ask for everything at once.
 */
#ifndef XEN_XENSTORE_H
#define XEN_XENSTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/list.h"

#define XENSTORE_PATH_MAX 128 /* bytes of a path that we keep, with its NUL */
#define XENSTORE_NO_TX    0u

struct xenstore_domain_interface;

/* Owned by the caller, who leaves it and its strings alone until done() was called or it was
 * cancelled. The path is BASE/KEY, or KEY alone with BASE NULL, or BASE alone with KEY NULL. */
struct xenstore_request {
	const char *base, *key;
	const char *value; /* to write */
	size_t value_len;
	uint32_t tx;
	void (*done)(struct xenstore_request *request);
	void *ctx;
	/* For done(): */
	int error;         /* 0, the store's error as -Exxx, -EIO for a broken ring or reply, -EINTR
			      when the domain was resumed meanwhile: ask again */
	const char *reply; /* valid in done() only; a NUL follows the last byte */
	size_t reply_len;
	/* Private: */
	struct list node;
	const char *word; /* goes in place of the path */
	uint32_t type, id;
	bool busy;
};

struct xenstore_stats {
	uint64_t requests, replies, events;
	uint64_t dropped; /* messages that nobody waited for, or that made no sense */
	bool broken;
};
extern struct xenstore_stats xenstore_stats;

/*
 * RING is mapped, PORT its channel, not adopted yet. 0 or -Exxx. In a resumed domain it is called
 * again: what was under way fails with -EINTR, all watches are registered anew, and each calls its
 * FN once. A transaction that was open is no more.
 */
int xenstore_init(struct xenstore_domain_interface *ring, uint32_t port);

/* REQUEST's base, key, tx, done (and value) are set; it is not in use. */
void xenstore_read(struct xenstore_request *request);
void xenstore_directory(struct xenstore_request *request); /* reply: names, each with a NUL */
void xenstore_write(struct xenstore_request *request);
void xenstore_remove(struct xenstore_request *request);
void xenstore_tx_start(struct xenstore_request *request); /* reply: the number, as text */
void xenstore_tx_end(struct xenstore_request *request, bool commit); /* -EAGAIN: try again */
/* done() will not be called. A request that is not in use is ignored. */
void xenstore_cancel(struct xenstore_request *request);

/*
 * FN(CTX, PATH) is called for each change at or below PATH (copied; shorter than
 * XENSTORE_PATH_MAX), and once soon after registration. NULL when there is no memory.
 * After xenstore_unwatch() FN is not called again; the handle is gone.
 */
struct xenstore_watch;
struct xenstore_watch *xenstore_watch(
	const char *path, void (*fn)(void *ctx, const char *path), void *ctx);
void xenstore_unwatch(struct xenstore_watch *watch);

/* TEXT (SIZE bytes) gets the value with a NUL. 0, -ENOENT, -ERANGE, -EINVAL (NUL within), ... */
int xenstore_read_sync(const char *path, char *text, size_t size);
int xenstore_write_sync(const char *path, const char *text);

/* Decimal, no sign, no blanks, at most MAX. 0 or -EINVAL. */
int xenstore_parse_number(const char *text, uint64_t max, uint64_t *value);

#endif
