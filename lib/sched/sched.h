/* SPDX-License-Identifier: ISC */
/*
 * Green threads, timers, wait queues and the event loop. Cooperative, on one vCPU: a thread runs
 * until it waits, sleeps, yields or ends, so nothing here needs a lock. The loop (sched_run) runs
 * on the machine's first stack: what is ready, then the devices that are marked, then the timers
 * that are due; with nothing left it blocks in platform_wait() until the next deadline.
 *
 * Handlers of devices and timers run in the loop, not in a thread: they must not wait.
 */
#ifndef LIB_SCHED_SCHED_H
#define LIB_SCHED_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/list.h"

#define THREAD_STACK_DEFAULT ((size_t)16 * 1024)

struct thread;

/*
 * Starts FN(ARG) in a new thread that ends when FN returns. NAME must outlive the thread.
 * Returns 0 or -ENOMEM. The scheduler owns the thread and frees it at its end.
 */
int thread_create(const char *name, size_t stack_size, void (*fn)(void *arg), void *arg);
struct thread *thread_current(void); /* NULL in the loop */
const char *thread_name(const struct thread *thread);
void thread_yield(void);
void thread_sleep_until(uint64_t deadline); /* as platform_time_ns() */

/* Calls FN for each living thread; for the post-mortem. */
void thread_for_each(void (*fn)(const struct thread *thread, void *ctx), void *ctx);

/* A queue of threads that wait for a condition that its owner knows. */
struct wait_queue {
	struct list waiters;
};

void wait_queue_init(struct wait_queue *queue);
/* Parks the running thread. 0 when woken, -ETIMEDOUT at DEADLINE (absolute or PLATFORM_NEVER). */
int wait_queue_wait(struct wait_queue *queue, uint64_t deadline);
void wait_queue_wake_one(struct wait_queue *queue);
void wait_queue_wake_all(struct wait_queue *queue);

/* One-shot; owned by the caller; FN runs in the loop and may set it anew. */
struct timer {
	struct list node;
	uint64_t deadline;
	void (*fn)(struct timer *timer);
	bool armed;
};

void timer_init(struct timer *timer, void (*fn)(struct timer *timer));
void timer_set(struct timer *timer, uint64_t deadline); /* absolute; replaces an earlier one */
void timer_cancel(struct timer *timer);

/* FN(CTX) runs once a turn of the loop, after devices and timers: the place to send batches. */
struct loop_hook {
	struct list node;
	void (*fn)(void *ctx);
	void *ctx;
};
void sched_add_hook(struct loop_hook *hook);

void sched_init(void);
void sched_run(void) __attribute__((noreturn));

/* Runs the loop until no thread lives, for tests. */
void sched_run_until_idle(void);

#endif
