/* SPDX-License-Identifier: ISC */
/*
 * Green threads, wait queues and the loop. A thread's own record stands at the top of its stack:
 * one allocation, and an overflow runs into the guard page at the other end before it.
 */
#include "lib/sched/sched.h"

#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/base/trace.h"
#include "lib/sched/internal.h"

#define STACK_MIN 4096

struct thread {
	struct list node; /* in `ready`, in a wait queue, in `dead`, or alone while asleep */
	struct list all;
	struct platform_context context;
	const char *name;
	void (*fn)(void *arg);
	void *arg;
	struct timer timeout;
	int wait_result;
	void *stack;
	size_t stack_size;
};

static struct {
	struct list ready, dead, threads, hooks;
	struct platform_context loop;
	struct thread *current;
} sched;

void sched_init(void)
{
	list_init(&sched.ready);
	list_init(&sched.dead);
	list_init(&sched.threads);
	list_init(&sched.hooks);
	sched.current = NULL;
	timers_init();
}

/* ---- threads ---- */

static void thread_main(void *arg)
{
	struct thread *self = arg;

	self->fn(self->arg);
	trace("end", self->name, 0);
	list_remove(&self->all);
	list_push_back(&sched.dead, &self->node);
	sched.current = NULL;
	platform_context_switch(NULL, &sched.loop);
	platform_panic("thread %s runs after its end", self->name);
}

static void make_ready(struct thread *thread, int result)
{
	timer_cancel(&thread->timeout);
	list_remove(&thread->node);
	thread->wait_result = result;
	trace("wake", thread->name, (uint64_t)(int64_t)-result);
	list_push_back(&sched.ready, &thread->node);
}

static void wait_timed_out(struct timer *timer)
{
	make_ready(container_of(timer, struct thread, timeout), -ETIMEDOUT);
}

int thread_create(const char *name, size_t stack_size, void (*fn)(void *arg), void *arg)
{
	struct thread *thread;
	char *stack;
	size_t usable;

	stack_size = ROUND_UP(MAX(stack_size, (size_t)STACK_MIN), (size_t)4096);
	stack = platform_stack_alloc(stack_size);
	if (!stack)
		return -ENOMEM;
	usable = ROUND_DOWN(stack_size - sizeof(*thread), (size_t)64);
	thread = (struct thread *)(void *)(stack + usable);
	*thread = (struct thread){.name = name, .fn = fn, .arg = arg};
	thread->stack = stack;
	thread->stack_size = stack_size;
	timer_init(&thread->timeout, wait_timed_out);
	platform_context_init(&thread->context, stack, usable, thread_main, thread);
	list_push_back(&sched.threads, &thread->all);
	list_push_back(&sched.ready, &thread->node);
	return 0;
}

struct thread *thread_current(void)
{
	return sched.current;
}

const char *thread_name(const struct thread *thread)
{
	return thread->name;
}

void thread_for_each(void (*fn)(const struct thread *thread, void *ctx), void *ctx)
{
	struct list *node;

	list_for_each (node, &sched.threads)
		fn(container_of(node, struct thread, all), ctx);
}

/* Leaves the running thread, which somebody must make ready again, for the loop. */
static void park(struct thread *self)
{
	sched.current = NULL;
	platform_context_switch(&self->context, &sched.loop);
}

void thread_yield(void)
{
	struct thread *self = sched.current;

	ASSERT(self);
	list_push_back(&sched.ready, &self->node);
	park(self);
}

void thread_sleep_until(uint64_t deadline)
{
	struct wait_queue nobody;

	wait_queue_init(&nobody);
	while (platform_time_ns() < deadline)
		wait_queue_wait(&nobody, deadline);
}

/* ---- wait queues ---- */

void wait_queue_init(struct wait_queue *queue)
{
	list_init(&queue->waiters);
}

int wait_queue_wait(struct wait_queue *queue, uint64_t deadline)
{
	struct thread *self = sched.current;

	ASSERT(self); /* the loop must never wait */
	if (deadline != PLATFORM_NEVER && deadline <= platform_time_ns())
		return -ETIMEDOUT;
	list_push_back(&queue->waiters, &self->node);
	timer_set(&self->timeout, deadline);
	park(self);
	return self->wait_result;
}

void wait_queue_wake_one(struct wait_queue *queue)
{
	if (!list_empty(&queue->waiters))
		make_ready(container_of(queue->waiters.next, struct thread, node), 0);
}

void wait_queue_wake_all(struct wait_queue *queue)
{
	while (!list_empty(&queue->waiters))
		wait_queue_wake_one(queue);
}

/* ---- the loop ---- */

void sched_add_hook(struct loop_hook *hook)
{
	list_push_back(&sched.hooks, &hook->node);
}

static void free_dead(void)
{
	struct list *node;

	while ((node = list_pop_front(&sched.dead))) {
		struct thread *thread = container_of(node, struct thread, node);

		platform_stack_free(thread->stack, thread->stack_size);
	}
}

/* Each thread that is ready now runs once: one that yields for ever cannot starve the devices. */
static void run_ready(void)
{
	struct list turn = LIST_INIT(turn), *node;

	while ((node = list_pop_front(&sched.ready)))
		list_push_back(&turn, node);
	while ((node = list_pop_front(&turn))) {
		sched.current = container_of(node, struct thread, node);
		trace("run", sched.current->name, 0);
		platform_context_switch(&sched.loop, &sched.current->context);
		free_dead();
	}
}

/* True when there is nothing left to do before the next event or deadline. */
static bool run_turn(void)
{
	struct list *node, *after;
	bool more;

	run_ready();
	more = platform_poll();
	timers_run(platform_time_ns());
	list_for_each_safe (node, after, &sched.hooks) {
		struct loop_hook *hook = container_of(node, struct loop_hook, node);

		hook->fn(hook->ctx);
	}
	return !more && list_empty(&sched.ready);
}

void sched_run(void)
{
	for (;;) {
		if (run_turn())
			platform_wait(timers_next());
	}
}

void sched_run_until_idle(void)
{
	while (!list_empty(&sched.threads)) {
		if (run_turn() && !list_empty(&sched.threads))
			platform_wait(timers_next());
	}
}
