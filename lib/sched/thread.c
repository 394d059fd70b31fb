/* SPDX-License-Identifier: ISC */
/*
 * Green threads, wait queues and the loop. A thread's own record stands at the top of its stack:
 * one allocation, and an overflow runs into the guard page at the other end before it.
 */
#include "lib/sched/sched.h"

#include <errno.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/trace.h"
#include "lib/sched/internal.h"

#define STACK_MIN   4096
#define SPARE_BYTES ((size_t)128 * 1024) /* of stacks that are kept for the next threads */

struct thread {
	struct list node; /* in `ready`, a wait queue, `dead` or `spare`; or alone: asleep, ended */
	struct list all;
	struct platform_context context;
	const char *name;
	void (*fn)(void *arg);
	void *arg;
	struct timer timeout;
	int wait_result;
	enum thread_state state;
	bool owned; /* by who spawned it, who shall join it */
	bool cancelled;
	struct wait_queue joiner;
	uint64_t longest_ns, overruns, quiet_until;
	void *stack;
	size_t stack_size;
};

static struct {
	struct list ready, dead, threads, hooks;
	struct platform_context loop;
	struct thread *current;
} sched;

/* Stacks of threads that are gone, with their records, the latest at the end. */
static struct list spare = LIST_INIT(spare);
static size_t spare_bytes;

void sched_init(void)
{
	list_init(&sched.ready);
	list_init(&sched.dead);
	list_init(&sched.threads);
	list_init(&sched.hooks);
	sched.current = NULL;
	timers_init();
}

/* ---- stacks ---- */

static void take_from_spare(struct thread *thread)
{
	list_remove(&thread->node);
	spare_bytes -= thread->stack_size;
}

/* Gives kept stacks back, the oldest first, until LIMIT bytes of them are left. */
static void trim_spare(size_t limit)
{
	while (spare_bytes > limit) {
		struct thread *thread = container_of(spare.next, struct thread, node);

		take_from_spare(thread);
		platform_stack_free(thread->stack, thread->stack_size);
	}
}

/* The thread is over; its stack is kept for another one, so that sessions map no pages. */
static void retire(struct thread *thread)
{
	list_push_back(&spare, &thread->node);
	spare_bytes += thread->stack_size;
	trim_spare(SPARE_BYTES);
}

/* A stack on which the same function ran, so that the depth it tells of is that function's. */
static void *find_spare(size_t size, void (*fn)(void *arg))
{
	for (struct list *node = spare.prev; node != &spare; node = node->prev) {
		struct thread *thread = container_of(node, struct thread, node);

		if (thread->stack_size == size && thread->fn == fn) {
			take_from_spare(thread);
			return thread->stack;
		}
	}
	return NULL;
}

static void *get_stack(size_t size, void (*fn)(void *arg))
{
	void *stack = find_spare(size, fn);

	if (!stack)
		stack = platform_stack_alloc(size);
	if (!stack && spare_bytes) {
		trim_spare(0);
		stack = platform_stack_alloc(size);
	}
	return stack;
}

/* Stacks are zero where they have not been used. The sanitizer must not look over our shoulder. */
__attribute__((no_sanitize_address)) static size_t stack_used(const struct thread *thread)
{
	const uint64_t *word = thread->stack;
	const uint64_t *end = word + thread->context.size / sizeof(*word);

	while (word < end && !*word)
		word++;
	return (size_t)(end - word) * sizeof(*word);
}

/* ---- threads ---- */

static void make_ready(struct thread *thread, int result)
{
	timer_cancel(&thread->timeout);
	list_remove(&thread->node);
	thread->wait_result = result;
	thread->state = THREAD_READY;
	trace("wake", thread->name, (uint64_t)(int64_t)-result);
	list_push_back(&sched.ready, &thread->node);
}

static void thread_main(void *arg)
{
	struct thread *self = arg;

	self->fn(self->arg);
	trace("end", self->name, 0);
	list_remove(&self->all);
	self->state = THREAD_ENDED;
	if (self->owned)
		wait_queue_wake_all(&self->joiner);
	else
		list_push_back(&sched.dead, &self->node);
	sched.current = NULL;
	platform_context_switch(NULL, &sched.loop);
	platform_panic("thread %s runs after its end", self->name);
}

static void wait_timed_out(struct timer *timer)
{
	make_ready(container_of(timer, struct thread, timeout), -ETIMEDOUT);
}

static struct thread *start(
	const char *name, size_t stack_size, void (*fn)(void *arg), void *arg, bool owned)
{
	struct thread *thread;
	char *stack;
	size_t usable;

	ASSERT(name && fn);
	stack_size = ROUND_UP(MAX(stack_size, (size_t)STACK_MIN), (size_t)4096);
	stack = get_stack(stack_size, fn);
	if (!stack)
		return NULL;
	usable = ROUND_DOWN(stack_size - sizeof(*thread), (size_t)64);
	thread = (struct thread *)(void *)(stack + usable);
	*thread = (struct thread){.name = name, .fn = fn, .arg = arg, .owned = owned};
	thread->stack = stack;
	thread->stack_size = stack_size;
	wait_queue_init(&thread->joiner);
	timer_init(&thread->timeout, wait_timed_out);
	platform_context_init(&thread->context, stack, usable, thread_main, thread);
	list_push_back(&sched.threads, &thread->all);
	list_push_back(&sched.ready, &thread->node);
	return thread;
}

int thread_create(const char *name, size_t stack_size, void (*fn)(void *arg), void *arg)
{
	return start(name, stack_size, fn, arg, false) ? 0 : -ENOMEM;
}

int thread_spawn(struct thread **thread, const char *name, size_t stack_size, void (*fn)(void *arg),
	void *arg)
{
	*thread = start(name, stack_size, fn, arg, true);
	return *thread ? 0 : -ENOMEM;
}

int thread_join(struct thread *thread, uint64_t deadline)
{
	ASSERT(thread->owned && thread != sched.current && list_empty(&thread->joiner.waiters));
	while (thread->state != THREAD_ENDED) {
		int error = wait_queue_wait(&thread->joiner, deadline);

		if (error)
			return error;
	}
	thread_detach(thread);
	return 0;
}

void thread_detach(struct thread *thread)
{
	ASSERT(thread->owned && list_empty(&thread->joiner.waiters));
	thread->owned = false;
	if (thread->state == THREAD_ENDED)
		retire(thread);
}

void thread_cancel(struct thread *thread)
{
	thread->cancelled = true;
	if (thread->state == THREAD_WAITING)
		make_ready(thread, -ECANCELED);
}

bool thread_is_cancelled(void)
{
	ASSERT(sched.current);
	return sched.current->cancelled;
}

void thread_uncancel(void)
{
	ASSERT(sched.current);
	sched.current->cancelled = false;
}

struct thread *thread_current(void)
{
	return sched.current;
}

const char *thread_name(const struct thread *thread)
{
	return thread->name;
}

void thread_get_info(const struct thread *thread, struct thread_info *info)
{
	*info = (struct thread_info){.name = thread->name,
		.state = thread->state,
		.stack_size = thread->context.size,
		.stack_used = stack_used(thread),
		.longest_ns = thread->longest_ns,
		.overruns = thread->overruns};
}

void thread_for_each(void (*fn)(const struct thread *thread, void *ctx), void *ctx)
{
	struct list *node;

	list_for_each (node, &sched.threads)
		fn(container_of(node, struct thread, all), ctx);
}

/* Leaves the running thread, which somebody must make ready again, for the loop. */
static void park(struct thread *self, enum thread_state state)
{
	self->state = state;
	sched.current = NULL;
	platform_context_switch(&self->context, &sched.loop);
}

void thread_yield(void)
{
	struct thread *self = sched.current;

	ASSERT(self);
	list_push_back(&sched.ready, &self->node);
	park(self, THREAD_READY);
}

int thread_sleep_until(uint64_t deadline)
{
	struct wait_queue nobody;
	int error = 0;

	wait_queue_init(&nobody);
	while (error != -ECANCELED && platform_time_ns() < deadline)
		error = wait_queue_wait(&nobody, deadline);
	return error == -ECANCELED ? error : 0;
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
	if (self->cancelled)
		return -ECANCELED;
	if (deadline != PLATFORM_NEVER && deadline <= platform_time_ns())
		return -ETIMEDOUT;
	list_push_back(&queue->waiters, &self->node);
	timer_set(&self->timeout, deadline);
	park(self, THREAD_WAITING);
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

static void retire_dead(void)
{
	struct list *node;

	while ((node = list_pop_front(&sched.dead)))
		retire(container_of(node, struct thread, node));
}

/* Thread ran from START to END in one go: nobody else did, and no device was served. */
static void account(struct thread *thread, uint64_t start, uint64_t end)
{
	uint64_t ran = end - start;

	thread->longest_ns = MAX(thread->longest_ns, ran);
	if (ran <= THREAD_OVERRUN_NS)
		return;
	thread->overruns++;
	if (end < thread->quiet_until)
		return;
	thread->quiet_until = end + THREAD_OVERRUN_GAP_NS;
	log_warning("sched", "thread %s ran for %llu ms without giving way", thread->name,
		(unsigned long long)(ran / 1000000));
}

/* Each thread that is ready now runs once: one that yields for ever cannot starve the devices. */
static void run_ready(void)
{
	struct list turn = LIST_INIT(turn), *node;
	uint64_t start, end;

	while ((node = list_pop_front(&sched.ready)))
		list_push_back(&turn, node);
	if (list_empty(&turn))
		return;
	start = platform_time_ns();
	while ((node = list_pop_front(&turn))) {
		struct thread *thread = container_of(node, struct thread, node);

		sched.current = thread;
		thread->state = THREAD_RUNNING;
		trace("run", thread->name, 0);
		platform_context_switch(&sched.loop, &thread->context);
		end = platform_time_ns();
		account(thread, start, end);
		start = end;
		retire_dead();
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
