/* SPDX-License-Identifier: ISC */
/* A thread's life: its stack, joining, cancelling, misuse, and what is known of it. */
#include "lib/sched/sched.h"

#include <check.h>
#include <errno.h>
#include <signal.h>

#include "lib/base/list.h"
#include "tests/support/check.h"
#include "tests/unit/sched_machine.h"

/* ---- stacks ---- */

/* Ten thousand in a row, each with the stack of one before. */
START_TEST(stacks_are_used_again)
{
	for (int i = 0; i < 10000; i++) {
		trace[0] = '\0';
		thread_create("parent", STACK, spawn, (void *)1);
		sched_run_until_idle();
	}
	ck_assert_str_eq(trace, "..");
	ck_assert_uint_le(stacks_made, 2);
}
END_TEST

/* Of more sizes than are kept, ten thousand in a row: what is not kept is given back. */
START_TEST(stacks_are_given_back)
{
	for (size_t i = 0; i < 10000; i++) {
		trace[0] = '\0';
		thread_create("one", STACK + i % 16 * 4096, spawn, NULL);
		sched_run_until_idle();
	}
	ck_assert_uint_ge(stacks_made, 9000);
	ck_assert_uint_le(spare_stacks(), 2);
}
END_TEST

START_TEST(no_memory_for_a_stack)
{
	struct thread *thread = (void *)trace;

	stacks_left = 0;
	ck_assert_int_eq(thread_create("none", 12345, spawn, NULL), -ENOMEM);
	ck_assert_int_eq(thread_spawn(&thread, "none", 12345, spawn, NULL), -ENOMEM);
	ck_assert_ptr_null(thread);
	ck_assert_uint_eq(living(), 0);
	stacks_left = 1;
	ck_assert_int_eq(thread_create("one", STACK, spawn, (void *)0), 0);
	sched_run_until_idle();
	ck_assert_str_eq(trace, ".");
}
END_TEST

/* Memory for one stack: that of a thread which is gone is given back for another kind of thread. */
START_TEST(spare_stacks_go_when_memory_is_short)
{
	stacks_left = 1;
	ck_assert_int_eq(thread_create("one", STACK, spawn, NULL), 0);
	sched_run_until_idle();
	ck_assert_uint_eq(spare_stacks(), 1);
	ck_assert_int_eq(thread_create("two", STACK / 2, name_self, NULL), 0);
	ck_assert_int_eq(thread_create("three", STACK, spawn, NULL), -ENOMEM);
	sched_run_until_idle();
	ck_assert_str_eq(trace, ".two");
}
END_TEST

/* ---- join ---- */

static struct thread *other;

static void work(void *arg)
{
	thread_sleep_until(machine.now + 10 * MS);
	note(arg);
}

static void join_two(void *arg)
{
	struct thread *slow, *quick;
	uint64_t start = machine.now;

	(void)arg;
	ck_assert_int_eq(thread_spawn(&slow, "slow", STACK, work, "worked "), 0);
	ck_assert_int_eq(thread_spawn(&quick, "quick", STACK, spawn, NULL), 0);
	ck_assert_str_eq(thread_name(slow), "slow");
	ck_assert_int_eq(thread_join(slow, start + 5 * MS), -ETIMEDOUT);
	ck_assert_uint_eq(machine.now, start + 5 * MS);
	ck_assert_int_eq(thread_join(slow, PLATFORM_NEVER), 0);
	ck_assert_uint_eq(machine.now, start + 10 * MS);
	/* Long since ended, kept for its owner: even a deadline of the past is met. */
	ck_assert_int_eq(thread_join(quick, 0), 0);
	note("joined");
}

START_TEST(joining)
{
	thread_create("joiner", STACK, join_two, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, ".worked joined");
}
END_TEST

static void spawn_and_leave(void *arg)
{
	(void)arg;
	ck_assert_int_eq(thread_spawn(&other, "ended", STACK, spawn, NULL), 0);
}

/* What has ended keeps its stack until it is let go, once. */
START_TEST(the_ended_stay_until_let_go)
{
	struct thread_info info;

	thread_create("owner", STACK, spawn_and_leave, NULL);
	sched_run_until_idle();
	ck_assert_uint_eq(living(), 0);
	thread_get_info(other, &info);
	ck_assert_int_eq(info.state, THREAD_ENDED);
	ck_assert_str_eq(info.name, "ended");
	thread_cancel(other); /* means nothing any more */
	thread_create("mine", STACK, spawn, NULL);
	sched_run_until_idle();
	ck_assert_uint_eq(stacks_made, 3);
	thread_detach(other);
	thread_create("its stack", STACK, spawn, (void *)1);
	sched_run_until_idle();
	ck_assert_uint_eq(stacks_made, 3);
}
END_TEST

static void detach_running(void *arg)
{
	(void)arg;
	ck_assert_int_eq(thread_spawn(&other, "on its own", STACK, work, "worked"), 0);
	thread_detach(other);
}

START_TEST(detached_before_its_end)
{
	thread_create("owner", STACK, detach_running, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "worked");
	thread_create("its stack", STACK, work, "");
	sched_run_until_idle();
	ck_assert_uint_eq(stacks_made, 2);
}
END_TEST

static void join_self(void *arg)
{
	(void)arg;
	thread_join(other, PLATFORM_NEVER);
}

static void join_created(void *arg)
{
	(void)arg;
	thread_join(thread_current(), PLATFORM_NEVER);
}

static void join_other(void *arg)
{
	(void)arg;
	thread_join(other, PLATFORM_NEVER);
}

static struct wait_queue queue;

static void misuse(int which)
{
	wait_queue_init(&queue);
	switch (which) {
	case 0: /* the loop must not wait */
		wait_queue_wait(&queue, PLATFORM_NEVER);
		break;
	case 1:
		thread_yield();
		break;
	case 2:
		thread_spawn(&other, "self", STACK, join_self, NULL);
		break;
	case 3: /* one that is not the caller's */
		thread_create("created", STACK, join_created, NULL);
		break;
	case 4: /* two joiners */
		thread_spawn(&other, "worker", STACK, work, "");
		thread_create("one", STACK, join_other, NULL);
		thread_create("two", STACK, join_other, NULL);
		break;
	case 5: /* twice */
		thread_spawn(&other, "worker", STACK, work, "");
		thread_detach(other);
		thread_detach(other);
		break;
	case 6:
		thread_create("nothing to do", STACK, NULL, NULL);
		break;
	case 7:
		thread_is_cancelled();
		break;
	}
	sched_run_until_idle();
}

START_TEST(misuse_panics)
{
	misuse(_i);
}
END_TEST

/* ---- cancelling ---- */

static void wait_for_ever(void *arg)
{
	int error = wait_queue_wait(&queue, PLATFORM_NEVER);

	note(arg);
	note(error == -ECANCELED ? " heard " : " woken ");
	note(thread_is_cancelled() ? "asked " : "not ");
}

static void cancel_other(void *arg)
{
	(void)arg;
	thread_sleep_until(machine.now + MS);
	thread_cancel(other);
	thread_cancel(other);
	ck_assert(list_empty(&queue.waiters));
	thread_join(other, PLATFORM_NEVER);
}

START_TEST(cancelling_wakes_a_wait)
{
	wait_queue_init(&queue);
	thread_spawn(&other, "waiter", STACK, wait_for_ever, "a");
	thread_create("canceller", STACK, cancel_other, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "a heard asked ");
}
END_TEST

static void sleep_twice(void *arg)
{
	uint64_t start = machine.now;

	(void)arg;
	ck_assert_int_eq(thread_sleep_until(start + 100 * MS), -ECANCELED);
	ck_assert_uint_eq(machine.now, start + MS);
	/* All later waits too, until it says that it has heard. */
	ck_assert_int_eq(thread_sleep_until(start + 100 * MS), -ECANCELED);
	ck_assert_int_eq(wait_queue_wait(&queue, PLATFORM_NEVER), -ECANCELED);
	thread_yield();
	ck_assert_uint_eq(machine.now, start + MS);
	thread_uncancel();
	ck_assert(!thread_is_cancelled());
	ck_assert_int_eq(thread_sleep_until(start + 100 * MS), 0);
	ck_assert_uint_eq(machine.now, start + 100 * MS);
	note("cleared");
}

START_TEST(cancelling_lasts_until_heard)
{
	wait_queue_init(&queue);
	thread_spawn(&other, "sleeper", STACK, sleep_twice, NULL);
	thread_create("canceller", STACK, cancel_other, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "cleared");
}
END_TEST

/* The wake came first: it counts, and the other waiter does not get it in addition. */
static void wake_then_cancel(void *arg)
{
	(void)arg;
	wait_queue_wake_one(&queue);
	thread_cancel(other);
	thread_yield();
	note("- ");
	wait_queue_wake_all(&queue);
	thread_join(other, PLATFORM_NEVER);
}

START_TEST(a_wake_before_the_cancelling_counts)
{
	wait_queue_init(&queue);
	thread_spawn(&other, "first", STACK, wait_for_ever, "a");
	thread_create("second", STACK, wait_for_ever, "b");
	thread_create("waker", STACK, wake_then_cancel, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "a woken asked - b woken not ");
}
END_TEST

static void run_on(void *arg)
{
	(void)arg;
	for (int i = 0; i < 3 && !thread_is_cancelled(); i++) {
		note("run ");
		thread_yield();
	}
	note(wait_queue_wait(&queue, PLATFORM_NEVER) == -ECANCELED ? "heard" : "not");
}

static void cancel_soon(void *arg)
{
	(void)arg;
	thread_yield();
	thread_cancel(other);
	thread_join(other, PLATFORM_NEVER);
}

/* One that runs, or is ready, runs on, and its next wait tells. */
START_TEST(cancelling_stops_nobody)
{
	wait_queue_init(&queue);
	thread_spawn(&other, "runner", STACK, run_on, NULL);
	thread_create("canceller", STACK, cancel_soon, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "run run heard");
}
END_TEST

static void join_in_vain(void *arg)
{
	struct thread *child;

	(void)arg;
	ck_assert_int_eq(thread_spawn(&child, "child", STACK, work, "worked "), 0);
	ck_assert_int_eq(thread_join(child, PLATFORM_NEVER), -ECANCELED);
	thread_uncancel();
	ck_assert_int_eq(thread_join(child, PLATFORM_NEVER), 0);
	note("joined");
}

START_TEST(a_joiner_can_be_cancelled)
{
	wait_queue_init(&queue);
	thread_spawn(&other, "joiner", STACK, join_in_vain, NULL);
	thread_create("canceller", STACK, cancel_other, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "worked joined");
}
END_TEST

/* ---- many ---- */

static unsigned woken, order_errors, finished;

static void wait_in_line(void *arg)
{
	ck_assert_int_eq(wait_queue_wait(&queue, PLATFORM_NEVER), 0);
	order_errors += woken++ != (uintptr_t)arg;
	thread_sleep_until(machine.now + (uintptr_t)arg % 97 * MS);
	finished++;
}

static void wake_the_line(void *arg)
{
	(void)arg;
	wait_queue_wake_all(&queue);
}

START_TEST(a_thousand_threads)
{
	woken = order_errors = finished = 0;
	wait_queue_init(&queue);
	for (uintptr_t i = 0; i < 1000; i++)
		ck_assert_int_eq(thread_create("many", STACK, wait_in_line, (void *)i), 0);
	ck_assert_int_eq(thread_create("waker", STACK, wake_the_line, NULL), 0);
	ck_assert_uint_eq(living(), 1001);
	sched_run_until_idle();
	ck_assert_uint_eq(woken, 1000);
	ck_assert_uint_eq(order_errors, 0);
	ck_assert_uint_eq(finished, 1000);
	ck_assert_uint_le(spare_stacks(), 2); /* 128 KiB are kept, not a thousand stacks */
}
END_TEST

/* ---- what is known of a thread ---- */

/* Real stack, no redzones: as in a guest. */
__attribute__((noinline, no_sanitize_address)) static void go_down(size_t bytes)
{
	volatile char *deep = __builtin_alloca(bytes);

	deep[0] = 1;
}

static struct thread_info seen;

static void look_down(void *arg)
{
	go_down((uintptr_t)arg);
	thread_get_info(thread_current(), &seen);
}

static size_t depth_after(uintptr_t bytes, void (*fn)(void *arg))
{
	thread_create("diver", STACK, fn, (void *)bytes);
	sched_run_until_idle();
	return seen.stack_used;
}

static void look_again(void *arg)
{
	look_down(arg);
}

START_TEST(the_depth_of_a_stack)
{
	size_t shallow = depth_after(100, look_down), deep = depth_after(STACK / 2, look_down);

	ck_assert_int_eq(seen.state, THREAD_RUNNING);
	ck_assert_uint_gt(shallow, 100);
	ck_assert_uint_lt(shallow, STACK / 4);
	ck_assert_uint_ge(deep, STACK / 2);
	ck_assert_uint_lt(deep, STACK / 2 + shallow);
	ck_assert_uint_lt(deep, seen.stack_size);
	/* The function's mark stays with the stack; another function does not inherit it. */
	ck_assert_uint_eq(depth_after(100, look_down), deep);
	ck_assert_uint_lt(depth_after(100, look_again), STACK / 4);
}
END_TEST

static void take_info(const struct thread *thread, void *ctx)
{
	struct thread_info info;

	(void)ctx;
	thread_get_info(thread, &info);
	note(info.name);
	note(info.state == THREAD_WAITING ? ":waits "
					  : (info.state == THREAD_READY ? ":ready " : ":runs "));
}

static void look_around(void *arg)
{
	(void)arg;
	thread_create("new", STACK, spawn, NULL);
	thread_for_each(take_info, NULL);
	wait_queue_wake_all(&queue);
}

START_TEST(states)
{
	wait_queue_init(&queue);
	thread_create("waiter", STACK, wait_for_ever, "a");
	thread_create("y", STACK, say_thrice, "y");
	thread_create("looker", STACK, look_around, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "ywaiter:waits y:ready looker:runs new:ready y.a woken not y");
}
END_TEST

static unsigned lines(const char *text)
{
	unsigned count = 0;

	for (const char *at = machine.console; (at = strstr(at, text)); at++)
		count++;
	return count;
}

static void hog(void *arg)
{
	for (int i = 0; i < 20; i++) {
		machine.now += (uintptr_t)arg * MS;
		thread_yield();
	}
	thread_get_info(thread_current(), &seen);
}

/* Twenty times 200 ms are 4 s: named at once, and then once in each further second. */
START_TEST(who_runs_too_long_is_named)
{
	thread_create("hog", STACK, hog, (void *)200);
	sched_run_until_idle();
	ck_assert_uint_eq(lines("warning sched: thread hog ran for 200 ms"), 4);
	ck_assert_uint_eq(seen.overruns, 20);
	ck_assert_uint_eq(seen.longest_ns, 200 * MS);
}
END_TEST

/* Two in one turn: the time of the first is not the second's. */
START_TEST(who_runs_long_enough_is_not)
{
	thread_create("worker", STACK, hog, (void *)100);
	thread_create("other", STACK, hog, (void *)100);
	sched_run_until_idle();
	ck_assert_uint_eq(lines("warning"), 0);
	ck_assert_uint_eq(seen.overruns, 0);
	ck_assert_uint_eq(seen.longest_ns, 100 * MS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sched_thread");
	TCase *threads = tcase_create("all");

	tcase_add_checked_fixture(threads, setup, NULL);
	tcase_add_test(threads, stacks_are_used_again);
	tcase_add_test(threads, stacks_are_given_back);
	tcase_add_test(threads, no_memory_for_a_stack);
	tcase_add_test(threads, spare_stacks_go_when_memory_is_short);
	tcase_add_test(threads, joining);
	tcase_add_test(threads, the_ended_stay_until_let_go);
	tcase_add_test(threads, detached_before_its_end);
	tcase_add_loop_test_raise_signal(threads, misuse_panics, SIGABRT, 0, 8);
	tcase_add_test(threads, cancelling_wakes_a_wait);
	tcase_add_test(threads, cancelling_lasts_until_heard);
	tcase_add_test(threads, a_wake_before_the_cancelling_counts);
	tcase_add_test(threads, cancelling_stops_nobody);
	tcase_add_test(threads, a_joiner_can_be_cancelled);
	tcase_add_test(threads, a_thousand_threads);
	tcase_add_test(threads, the_depth_of_a_stack);
	tcase_add_test(threads, states);
	tcase_add_test(threads, who_runs_too_long_is_named);
	tcase_add_test(threads, who_runs_long_enough_is_not);
	suite_add_tcase(suite, threads);
	return check_run(suite);
}
