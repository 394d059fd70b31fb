/* SPDX-License-Identifier: ISC */
/*
 * What the scheduler's tests share: a trace that threads write to, a machine that can be out of
 * stacks, and the simplest threads. Included once, by a test program's main file.
 */
#ifndef TESTS_UNIT_SCHED_MACHINE_H
#define TESTS_UNIT_SCHED_MACHINE_H

#include <check.h>
#include <errno.h>

#include "lib/base/platform.h"
#include "lib/sched/sched.h"

/* The machine's own, below the one of this file, which can be out of memory. */
#define platform_stack_alloc machine_stack_alloc
#define platform_stack_free  machine_stack_free
void *machine_stack_alloc(size_t size);
void machine_stack_free(void *stack, size_t size);
#include "tests/unit/machine.h"
#undef platform_stack_alloc
#undef platform_stack_free

#define MS    1000000ull
#define STACK (64 * 1024) /* Check, instrumented, wants more than the default */

static char trace[256];

static unsigned stacks_made, stacks_left; /* asked of the machine; that it has */
static unsigned stacks_freed;

void *platform_stack_alloc(size_t size)
{
	if (!stacks_left)
		return NULL;
	stacks_left--;
	stacks_made++;
	return machine_stack_alloc(size);
}

void platform_stack_free(void *stack, size_t size)
{
	stacks_freed++;
	stacks_left++;
	machine_stack_free(stack, size);
}

/* Those that are kept for later, when no thread lives. */
static inline unsigned spare_stacks(void)
{
	return stacks_made - stacks_freed;
}

static inline void note(const char *text)
{
	size_t len = strlen(trace);

	snprintf(trace + len, sizeof(trace) - len, "%s", text);
}

static inline void setup(void)
{
	machine_forget();
	machine.poll = NULL;
	trace[0] = '\0';
	stacks_made = stacks_freed = 0;
	stacks_left = 100000;
	sched_init();
}

static inline void say_thrice(void *arg)
{
	for (int i = 0; i < 3; i++) {
		note(arg);
		thread_yield();
	}
}

static inline void name_self(void *arg)
{
	(void)arg;
	note(thread_name(thread_current()));
}

static inline void count_one(const struct thread *thread, void *ctx)
{
	(void)thread;
	++*(unsigned *)ctx;
}

static inline unsigned living(void)
{
	unsigned count = 0;

	thread_for_each(count_one, &count);
	return count;
}

static inline void spawn(void *arg)
{
	uintptr_t depth = (uintptr_t)arg;

	if (depth)
		ck_assert_int_eq(thread_create("child", STACK, spawn, (void *)(depth - 1)), 0);
	note(".");
}

#endif
