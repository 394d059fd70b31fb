/* SPDX-License-Identifier: ISC */
/* The watchdog is armed while there is work, fed in time, and at rest while the loop is. */
#include "xen/watchdog.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fakexen/boot.h"
#include "tests/support/check.h"
#include "xen/pvclock.h"

#define SECOND  1000000000ull
#define SECONDS 10 /* that it lets pass */

static uint64_t blocked_with[16]; /* fakexen_watchdog_end, each time that the guest blocked */
static unsigned blocked;

static bool host(void)
{
	if (blocked < 16)
		blocked_with[blocked++] = fakexen_watchdog_end;
	return false;
}

static void setup(void)
{
	boot_prepare();
	boot_guest();
	ck_assert(fakexen_settle());
	fakexen_host = host;
	watchdog_seconds = SECONDS;
	blocked = 0;
}

static uint64_t in(uint64_t ns)
{
	return pvclock_monotonic_ns() + ns;
}

START_TEST(armed_by_the_first_wait_and_at_rest_when_idle)
{
	uint64_t start = fakexen_time();

	ck_assert_uint_eq(fakexen_watchdog_end, 0);
	watchdog_wait(in((SECONDS + 1) * SECOND));
	ck_assert_uint_eq(blocked, 2);
	ck_assert_uint_eq(blocked_with[0], start + SECONDS * SECOND);
	ck_assert_uint_eq(blocked_with[1], 0);
	ck_assert_uint_eq(fakexen_time(), start + (SECONDS + 1) * SECOND);
	ck_assert_uint_eq(fakexen_watchdog_end, fakexen_time() + SECONDS * SECOND);
}
END_TEST

START_TEST(short_waits_cost_no_hypercall)
{
	watchdog_wait(in(WATCHDOG_REST_NS / 2));
	for (unsigned i = 0; i < 10; i++) {
		watchdog_feed(pvclock_monotonic_ns());
		watchdog_wait(in(WATCHDOG_REST_NS / 2));
	}
	ck_assert_uint_eq(fakexen_watchdog_calls, 1);
}
END_TEST

START_TEST(fed_while_busy)
{
	watchdog_wait(in(1));
	for (unsigned i = 0; i < 1000; i++) {
		fakexen_set_time(fakexen_time() + SECOND / 10);
		watchdog_feed(pvclock_monotonic_ns());
		watchdog_wait(in(1));
		ck_assert_uint_gt(fakexen_watchdog_end, fakexen_time() + SECOND);
	}
	ck_assert_uint_lt(fakexen_watchdog_calls, 50);
}
END_TEST

/* Whoever is not fed is ended: the time is not put off by anything else. */
START_TEST(not_fed_while_it_hangs)
{
	uint64_t end;

	watchdog_wait(in(1));
	end = fakexen_watchdog_end;
	fakexen_set_time(fakexen_time() + (SECONDS + 1) * SECOND);
	(void)fakexen_settle();
	ck_assert_uint_eq(fakexen_watchdog_end, end);
	ck_assert_uint_lt(end, fakexen_time());
}
END_TEST

START_TEST(off)
{
	watchdog_seconds = 0;
	watchdog_wait(in(1));
	watchdog_feed(in(3600 * SECOND));
	watchdog_wait(in((SECONDS + 1) * SECOND));
	watchdog_arm();
	watchdog_disarm();
	ck_assert_uint_eq(fakexen_watchdog_calls, 0);
}
END_TEST

START_TEST(its_own_number_of_seconds)
{
	watchdog_seconds = 3;
	watchdog_wait(in(1));
	ck_assert_uint_eq(fakexen_watchdog_end + 1, fakexen_time() + 3 * SECOND);
}
END_TEST

START_TEST(disarmed_for_a_suspend)
{
	watchdog_arm(); /* not before the loop has rested once */
	ck_assert_uint_eq(fakexen_watchdog_calls, 0);
	watchdog_wait(in(1));
	watchdog_disarm();
	watchdog_disarm();
	ck_assert_uint_eq(fakexen_watchdog_end, 0);
	watchdog_arm();
	watchdog_arm();
	ck_assert_uint_eq(fakexen_watchdog_end, fakexen_time() + SECONDS * SECOND);
	ck_assert_uint_eq(fakexen_watchdog_calls, 3);
}
END_TEST

START_TEST(refused_is_said_once)
{
	fakexen_watchdog_refuses = true;
	watchdog_wait(in(1));
	watchdog_wait(in((SECONDS + 1) * SECOND));
	ck_assert_uint_eq(fakexen_watchdog_calls, 1);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "watchdog"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("watchdog");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, armed_by_the_first_wait_and_at_rest_when_idle);
	tcase_add_test(all, short_waits_cost_no_hypercall);
	tcase_add_test(all, fed_while_busy);
	tcase_add_test(all, not_fed_while_it_hangs);
	tcase_add_test(all, off);
	tcase_add_test(all, its_own_number_of_seconds);
	tcase_add_test(all, disarmed_for_a_suspend);
	tcase_add_test(all, refused_is_said_once);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
