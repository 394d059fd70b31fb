/* SPDX-License-Identifier: ISC */
/* Turns, timers, wait queues and the loop, on a machine whose clock the test owns. */
#include "lib/sched/sched.h"

#include <check.h>
#include <errno.h>
#include <xmmintrin.h>

#include "lib/base/list.h"
#include "tests/support/check.h"
#include "tests/unit/sched_machine.h"

/* ---- threads ---- */

START_TEST(threads_take_turns)
{
	ck_assert_int_eq(thread_create("a", STACK, say_thrice, "a"), 0);
	ck_assert_int_eq(thread_create("b", STACK, say_thrice, "b"), 0);
	ck_assert_ptr_null(thread_current());
	sched_run_until_idle();
	ck_assert_str_eq(trace, "ababab");
	ck_assert_uint_eq(machine.waits, 0);
}
END_TEST

START_TEST(threads_have_names_and_end)
{
	thread_create("this one", STACK, name_self, NULL);
	ck_assert_uint_eq(living(), 1);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "this one");
	ck_assert_uint_eq(living(), 0);
}
END_TEST

/* A frame of nearly the whole stack, twice, with the callee-saved state of another thread between.
 */
static void fill_stack(void *arg)
{
	volatile char big[STACK - 12000];
	char seed = *(char *)arg;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(seed + (char)i);
	thread_yield();
	for (size_t i = 0; i < sizeof(big); i++)
		ck_assert_int_eq(big[i], (char)(seed + (char)i));
	note("ok ");
}

START_TEST(stacks_are_apart)
{
	thread_create("one", STACK, fill_stack, "a");
	thread_create("two", STACK, fill_stack, "q");
	sched_run_until_idle();
	ck_assert_str_eq(trace, "ok ok ");
}
END_TEST

/* The ABI's alignment, and MXCSR's rounding mode, are each thread's own. */
static void round_down(void *arg)
{
	unsigned mode = *(char *)arg == 'd' ? _MM_ROUND_DOWN : _MM_ROUND_UP;
	__attribute__((aligned(16))) char aligned[16];

	ck_assert_uint_eq((uintptr_t)aligned % 16, 0);
	_MM_SET_ROUNDING_MODE(mode);
	for (int i = 0; i < 3; i++) {
		thread_yield();
		ck_assert_uint_eq(_MM_GET_ROUNDING_MODE(), mode);
	}
	note("ok ");
}

START_TEST(modes_are_apart)
{
	thread_create("down", STACK, round_down, "d");
	thread_create("up", STACK, round_down, "u");
	sched_run_until_idle();
	ck_assert_str_eq(trace, "ok ok ");
	ck_assert_uint_eq(_MM_GET_ROUNDING_MODE(), _MM_ROUND_NEAREST);
}
END_TEST

static void sleep_and_say(void *arg)
{
	const char *text = arg;
	uint64_t until = machine.now + (uint64_t)(text[0] - '0') * MS;

	thread_sleep_until(until);
	ck_assert_uint_ge(machine.now, until);
	note(text);
}

START_TEST(sleepers_wake_in_order)
{
	thread_create("3", STACK, sleep_and_say, "3");
	thread_create("1", STACK, sleep_and_say, "1");
	thread_create("2", STACK, sleep_and_say, "2");
	thread_create("0", STACK, sleep_and_say, "0");
	sched_run_until_idle();
	ck_assert_str_eq(trace, "0123");
	ck_assert_uint_eq(machine.waits, 3);
}
END_TEST

/* ---- wait queues ---- */

static struct wait_queue queue;

static void wait_and_say(void *arg)
{
	ck_assert_int_eq(wait_queue_wait(&queue, PLATFORM_NEVER), 0);
	note(arg);
}

static void wake_one_by_one(void *arg)
{
	(void)arg;
	wait_queue_wake_one(&queue);
	thread_yield();
	note("-");
	wait_queue_wake_all(&queue);
}

START_TEST(waiters_wake_in_order)
{
	wait_queue_init(&queue);
	wait_queue_wake_one(&queue); /* nobody is there: nothing is kept for later */
	thread_create("a", STACK, wait_and_say, "a");
	thread_create("b", STACK, wait_and_say, "b");
	thread_create("c", STACK, wait_and_say, "c");
	thread_create("waker", STACK, wake_one_by_one, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "a-bc");
}
END_TEST

static void wait_in_vain(void *arg)
{
	uint64_t deadline = machine.now + 5 * MS;

	(void)arg;
	ck_assert_int_eq(wait_queue_wait(&queue, deadline), -ETIMEDOUT);
	ck_assert_uint_eq(machine.now, deadline);
	ck_assert_int_eq(wait_queue_wait(&queue, deadline), -ETIMEDOUT); /* it is over: at once */
	wait_queue_wake_all(&queue);                                     /* it has left the queue */
	note("late");
}

START_TEST(waiting_has_a_deadline)
{
	wait_queue_init(&queue);
	thread_create("late", STACK, wait_in_vain, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "late");
	ck_assert(list_empty(&queue.waiters));
}
END_TEST

static void wait_before_deadline(void *arg)
{
	(void)arg;
	ck_assert_int_eq(wait_queue_wait(&queue, machine.now + 100 * MS), 0);
	/* The old deadline must not strike later, in another wait. */
	ck_assert_int_eq(wait_queue_wait(&queue, machine.now + 200 * MS), -ETIMEDOUT);
	note("ok");
}

static void wake_after_ten(void *arg)
{
	(void)arg;
	thread_sleep_until(machine.now + 10 * MS);
	wait_queue_wake_all(&queue);
}

START_TEST(a_wake_takes_the_deadline_back)
{
	uint64_t start = machine.now;

	wait_queue_init(&queue);
	thread_create("waiter", STACK, wait_before_deadline, NULL);
	thread_create("waker", STACK, wake_after_ten, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "ok");
	ck_assert_uint_eq(machine.now, start + 210 * MS);
}
END_TEST

/* ---- timers ---- */

struct named_timer {
	struct timer timer;
	const char *name;
};

static struct named_timer timers[300];

static void timer_says(struct timer *timer)
{
	ck_assert_ptr_null(thread_current());
	ck_assert_uint_ge(machine.now, timer->deadline);
	note(container_of(timer, struct named_timer, timer)->name);
}

static void sleep_long(void *arg)
{
	(void)arg;
	thread_sleep_until(machine.now + 1000 * MS);
}

static void set_timer(int i, const char *name, uint64_t ms)
{
	timer_init(&timers[i].timer, timer_says);
	timers[i].name = name;
	timer_set(&timers[i].timer, machine.now + ms * MS);
}

START_TEST(timers_fire_in_order)
{
	set_timer(0, "c", 30);
	set_timer(1, "a", 10);
	set_timer(2, "b", 20);
	set_timer(3, "B", 20); /* the same moment: in the order of setting */
	set_timer(4, "x", 15);
	timer_cancel(&timers[4].timer);
	timer_cancel(&timers[4].timer);
	timer_set(&timers[1].timer, machine.now + 25 * MS); /* moved */
	thread_create("sleeper", STACK, sleep_long, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "bBac");
	ck_assert(!timers[0].timer.armed);
}
END_TEST

static void cancel_next(struct timer *timer)
{
	(void)timer;
	note("first ");
	timer_cancel(&timers[1].timer);
	timer_set(&timers[2].timer, machine.now); /* due already: in the next turn, not in this */
}

START_TEST(a_timer_may_cancel_one_that_is_due)
{
	set_timer(0, "", 10);
	timers[0].timer.fn = cancel_next;
	set_timer(1, "cancelled ", 10);
	set_timer(2, "again", 500);
	thread_create("sleeper", STACK, sleep_long, NULL);
	sched_run_until_idle();
	ck_assert_str_eq(trace, "first again");
}
END_TEST

static unsigned storms;

static void storm(struct timer *timer)
{
	if (++storms < 1000)
		timer_set(timer, 0);
}

/* A timer that sets itself into the past does not hold up the threads. */
START_TEST(a_storm_of_timers_starves_nobody)
{
	storms = 0;
	timer_init(&timers[0].timer, storm);
	timer_set(&timers[0].timer, 0);
	thread_create("a", STACK, say_thrice, "a");
	sched_run_until_idle();
	ck_assert_str_eq(trace, "aaa");
	ck_assert_uint_lt(storms, 10);
	timer_cancel(&timers[0].timer);
}
END_TEST

static uint64_t last_deadline;
static unsigned fired;

static void check_order(struct timer *timer)
{
	ck_assert_uint_ge(timer->deadline, last_deadline);
	last_deadline = timer->deadline;
	fired++;
}

START_TEST(hundreds_of_timers)
{
	uint32_t random;

	last_deadline = fired = 0;
	for (int i = 0; i < 300; i++) {
		timer_init(&timers[i].timer, check_order);
		platform_random(&random, sizeof(random));
		timer_set(&timers[i].timer, machine.now + random % (900 * MS));
	}
	for (int i = 0; i < 300; i += 3)
		timer_cancel(&timers[i].timer);
	thread_create("sleeper", STACK, sleep_long, NULL);
	sched_run_until_idle();
	ck_assert_uint_eq(fired, 200);
}
END_TEST

/* ---- the loop ---- */

static unsigned polls;

static bool count_polls(void)
{
	return ++polls < 50;
}

static bool stop;

static void yield_for_ever(void *arg)
{
	(void)arg;
	while (!stop) {
		thread_yield();
		stop = polls >= 40;
	}
}

/* A thread that never waits: the devices are polled all the same, once a turn. */
START_TEST(devices_are_polled_between_turns)
{
	polls = 0;
	stop = false;
	machine.poll = count_polls;
	thread_create("busy", STACK, yield_for_ever, NULL);
	sched_run_until_idle();
	ck_assert_uint_le(polls, 42);
	ck_assert_uint_eq(machine.waits, 0);
}
END_TEST

static void sleep_one(void *arg)
{
	(void)arg;
	thread_sleep_until(machine.now + MS);
}

START_TEST(no_sleep_while_a_device_has_more)
{
	polls = 0;
	machine.poll = count_polls;
	thread_create("sleeper", STACK, sleep_one, NULL);
	sched_run_until_idle();
	ck_assert_uint_ge(polls, 50);
	ck_assert_uint_eq(machine.waits, 1);
}
END_TEST

static void hook_says(void *ctx)
{
	note(ctx);
}

START_TEST(hooks_run_each_turn)
{
	static struct loop_hook hook = {.fn = hook_says, .ctx = "|"};

	sched_add_hook(&hook);
	thread_create("a", STACK, say_thrice, "a");
	sched_run_until_idle();
	ck_assert_str_eq(trace, "a|a|a||");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sched");
	TCase *threads = tcase_create("all");

	tcase_add_checked_fixture(threads, setup, NULL);
	tcase_add_test(threads, threads_take_turns);
	tcase_add_test(threads, threads_have_names_and_end);
	tcase_add_test(threads, stacks_are_apart);
	tcase_add_test(threads, modes_are_apart);
	tcase_add_test(threads, sleepers_wake_in_order);
	tcase_add_test(threads, waiters_wake_in_order);
	tcase_add_test(threads, waiting_has_a_deadline);
	tcase_add_test(threads, a_wake_takes_the_deadline_back);
	tcase_add_test(threads, timers_fire_in_order);
	tcase_add_test(threads, a_timer_may_cancel_one_that_is_due);
	tcase_add_test(threads, a_storm_of_timers_starves_nobody);
	tcase_add_test(threads, hundreds_of_timers);
	tcase_add_test(threads, devices_are_polled_between_turns);
	tcase_add_test(threads, no_sleep_while_a_device_has_more);
	tcase_add_test(threads, hooks_run_each_turn);
	suite_add_tcase(suite, threads);
	return check_run(suite);
}
