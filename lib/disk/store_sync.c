/* SPDX-License-Identifier: ISC */
/* One commit for all who wait: see store_sync.h. */
#include "lib/disk/store_sync.h"

#include <errno.h>

#include "lib/base/platform.h"
#include "lib/store/store.h"

#define STACK ((size_t)16 * 1024)

/* LIST's nodes go to the end of TO. */
static void move_all(struct list *to, struct list *list)
{
	struct list *node;

	while ((node = list_pop_front(list)))
		list_push_back(to, node);
}

/* What is staged up to here belongs to those who wait, and is in this commit. */
static void serve(struct store_sync *sync)
{
	struct list *node;
	int error;

	move_all(&sync->served, &sync->waiting);
	error = store_commit(sync->store);
	while ((node = list_pop_front(&sync->served))) {
		struct store_later *later = container_of(node, struct store_later, node);

		later->done(later, error);
	}
}

static void run(void *arg)
{
	struct store_sync *sync = arg;

	for (;;) {
		while (list_empty(&sync->waiting) && !sync->stopping)
			wait_queue_wait(&sync->work, PLATFORM_NEVER);
		if (list_empty(&sync->waiting))
			return;
		sync->busy = true;
		serve(sync);
		sync->busy = false;
	}
}

int store_sync_start(struct store_sync *sync, struct store *store)
{
	*sync = (struct store_sync){.store = store};
	wait_queue_init(&sync->work);
	list_init(&sync->waiting);
	list_init(&sync->served);
	return thread_spawn(&sync->thread, "store", STACK, run, sync);
}

/* A joiner that is cancelled joins all the same, and hears of it in its next wait. */
void store_sync_stop(struct store_sync *sync)
{
	bool cancelled = thread_is_cancelled();

	sync->stopping = true;
	wait_queue_wake_one(&sync->work);
	thread_uncancel();
	while (thread_join(sync->thread, PLATFORM_NEVER) != 0) {
		cancelled = true;
		thread_uncancel();
	}
	if (cancelled)
		thread_cancel(thread_current());
}

bool store_sync_is_idle(const struct store_sync *sync)
{
	return !sync->busy && list_empty(&sync->waiting);
}

void store_sync_later(struct store_sync *sync, struct store_later *later)
{
	list_push_back(&sync->waiting, &later->node);
	wait_queue_wake_one(&sync->work);
}

void store_sync_forget(struct store_later *later)
{
	list_remove(&later->node);
}

/* ---- for threads ---- */

struct waiter {
	struct store_later later;
	struct wait_queue queue;
	bool told;
	int error;
};

static void wake(struct store_later *later, int error)
{
	struct waiter *waiter = later->ctx;

	waiter->told = true;
	waiter->error = error;
	wait_queue_wake_all(&waiter->queue);
}

int store_sync(struct store_sync *sync, uint64_t deadline)
{
	struct waiter waiter = {.later = {.done = wake, .ctx = &waiter}};
	int error = 0;

	wait_queue_init(&waiter.queue);
	store_sync_later(sync, &waiter.later);
	while (!error && !waiter.told)
		error = wait_queue_wait(&waiter.queue, deadline);
	if (waiter.told)
		return waiter.error;
	store_sync_forget(&waiter.later);
	return error;
}

int store_sync_put(struct store_sync *sync, const void *key, size_t key_len, const void *value,
	size_t value_len, uint64_t deadline)
{
	int error;

	for (;;) {
		error = value ? store_put(sync->store, key, key_len, value, value_len)
			      : store_delete(sync->store, key, key_len);
		if (error != -ENOBUFS)
			return error;
		/* An error is told: what this thread has staged before was in that batch. */
		error = store_sync(sync, deadline);
		if (error)
			return error;
	}
}
