/* SPDX-License-Identifier: ISC */
/*
 * Many who share a store: what they have staged becomes durable by as few flushes as there can be.
 * A thread commits whatever is staged when it was asked to, and whoever asks while a commit is
 * under way is served by the next one, together with all others.
 *
 *	store_put(store, ...);              no I/O: in a handler of the loop, too
 *	error = store_sync(sync, deadline);         in a thread: it is durable, or why not
 *	store_sync_later(sync, &later);             anywhere: later.done() is told
 *
 * From its start to its stop nobody else calls store_commit(). Who stages asks to be told before it
 * waits for anything else: else the changes are in a batch of others, who alone hear that it
 *failed.
 */
#ifndef LIB_DISK_STORE_SYNC_H
#define LIB_DISK_STORE_SYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/list.h"
#include "lib/sched/sched.h"

struct store;

/* Owned by the caller, as all that is in it, while the store is open. */
struct store_sync {
	struct store *store;
	struct wait_queue work;
	struct thread *thread;
	struct list waiting, served; /* struct store_later: of the next commit, of this one */
	bool busy, stopping;
};

/* Owned by the caller, who leaves it alone until done() was called or it has been forgotten. */
struct store_later {
	struct list node;
	/*
	 * 0: all that was staged when it was handed in is durable. -Exxx as store_commit() says:
	 * all of it is dropped, and may be there after a restart. Called in the store's thread: it
	 * must not wait. It may stage, and hand in anew.
	 */
	void (*done)(struct store_later *later, int error);
	void *ctx;
};

/* Starts the thread. STORE is open. 0 or -ENOMEM. */
int store_sync_start(struct store_sync *sync, struct store *store);
/* Serves all who wait and ends it, for store_close(). In a thread; takes as long as the disk does.
 */
void store_sync_stop(struct store_sync *sync);

/*
 * Makes what is staged durable, by whomever it was staged. 0, or what store_commit() says; or
 * -ETIMEDOUT at DEADLINE, -ECANCELED: then it goes on, and what becomes of it is not told.
 */
int store_sync(struct store_sync *sync, uint64_t deadline);

/* The same without waiting; done() is never called before this has returned. */
void store_sync_later(struct store_sync *sync, struct store_later *later);
/* Takes back the wish to be told; nothing else. LATER may have been told already. */
void store_sync_forget(struct store_later *later);

/* Whether nothing is under way or waits: for what must be flushed before the machine is suspended.
 */
bool store_sync_is_idle(const struct store_sync *sync);

/*
 * store_put() or store_delete() (VALUE is NULL) for threads that stage much: where the batch is
 * full (-ENOBUFS) it is committed first. 0: it is staged, and no more. Otherwise it is not; after
 * what store_sync() says, nor is anything that the thread has staged before and not synced.
 */
int store_sync_put(struct store_sync *sync, const void *key, size_t key_len, const void *value,
	size_t value_len, uint64_t deadline);

#endif
