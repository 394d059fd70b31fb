/* SPDX-License-Identifier: ISC */
/*
 * Green threads, timers, wait queues and the event loop. Cooperative, on one vCPU: a thread runs
 * until it waits, sleeps, yields or ends, so nothing here needs a lock. The loop (sched_run) runs
 * on the machine's first stack: what is ready, then the devices that are marked, then the timers
 * that are due; with nothing left it blocks in platform_wait() until the next deadline.
 *
 * Handlers of devices and timers run in the loop, not in a thread: they must not wait. Times are
 * those of platform_time_ns(); a deadline is absolute, or PLATFORM_NEVER. What is called against
 * these rules panics: it is a bug of ours. docs/sched.md tells more.
 */
#ifndef LIB_SCHED_SCHED_H
#define LIB_SCHED_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/list.h"

#define THREAD_STACK_DEFAULT ((size_t)16 * 1024)

/* A thread that runs for longer without giving way is named in the log, once a second at most. */
#define THREAD_OVERRUN_NS     100000000ull
#define THREAD_OVERRUN_GAP_NS 1000000000ull

struct thread;

/*
 * Starts FN(ARG) in a new thread that ends when FN returns. NAME must outlive the thread.
 * Returns 0 or -ENOMEM. The scheduler owns the thread and frees it at its end.
 */
int thread_create(const char *name, size_t stack_size, void (*fn)(void *arg), void *arg);

/*
 * As thread_create(), but *THREAD is the caller's, also after its end, until thread_join() has
 * returned 0 or thread_detach() was called.
 */
int thread_spawn(struct thread **thread, const char *name, size_t stack_size, void (*fn)(void *arg),
	void *arg);

/*
 * Waits, in one thread at a time, for the end of a spawned one. 0: it has ended and is gone.
 * -ETIMEDOUT, or -ECANCELED for a joiner that is cancelled: it is still the caller's.
 */
int thread_join(struct thread *thread, uint64_t deadline);
/* Gives a spawned thread to the scheduler, as if it had been created; nobody joins it. */
void thread_detach(struct thread *thread);

/*
 * Asks a thread to end: a wait that it is in, and from then on every one that it begins, returns
 * -ECANCELED at once, so that the request cannot be lost on its way up. A thread that was woken
 * already keeps that wake, and one that does not wait runs on: nothing else is ever done to it, it
 * may only ask. What must still wait to clear up says thread_uncancel() first.
 */
void thread_cancel(struct thread *thread);
bool thread_is_cancelled(void); /* the running thread */
void thread_uncancel(void);

struct thread *thread_current(void); /* NULL in the loop */
const char *thread_name(const struct thread *thread);
void thread_yield(void);                   /* is no wait: does not hear of cancelling */
int thread_sleep_until(uint64_t deadline); /* 0 or -ECANCELED */

enum thread_state {
	THREAD_READY,
	THREAD_RUNNING,
	THREAD_WAITING,
	THREAD_ENDED, /* and not joined yet */
};

struct thread_info {
	const char *name;
	enum thread_state state;
	/*
	 * In bytes. The deepest that the stack has been; by this thread, or by an earlier one with
	 * the same FN that it was inherited from. Read from the stack when asked, at no cost
	 * before.
	 */
	size_t stack_size, stack_used;
	uint64_t longest_ns; /* the longest that it ran without giving way */
	uint64_t overruns;   /* how often that was more than THREAD_OVERRUN_NS */
};

void thread_get_info(const struct thread *thread, struct thread_info *info);

/* Calls FN for each living thread; for the post-mortem. */
void thread_for_each(void (*fn)(const struct thread *thread, void *ctx), void *ctx);

/* A queue of threads that wait for a condition that its owner knows. */
struct wait_queue {
	struct list waiters;
};

void wait_queue_init(struct wait_queue *queue);
/*
 * Parks the running thread at the queue's end. 0 when woken, -ETIMEDOUT at DEADLINE, -ECANCELED.
 * Who was woken has the wake, even when the deadline strikes or it is cancelled before it runs.
 */
int wait_queue_wait(struct wait_queue *queue, uint64_t deadline);
/* Nothing is kept for those who wait later. */
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
