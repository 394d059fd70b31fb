/* SPDX-License-Identifier: ISC */
/* The ring of events: order, repetition, wrapping, names of any length. */
#include "lib/base/trace.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

static void last_is(size_t ago, const char *event, const char *what, uint64_t value, uint64_t times)
{
	const struct trace_entry *entry = trace_entry(ago);

	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->event, event);
	ck_assert_str_eq(entry->what, what);
	ck_assert_uint_eq(entry->value, value);
	ck_assert_uint_eq(entry->times, times);
}

START_TEST(newest_first)
{
	ck_assert_ptr_null(trace_entry(0));
	trace_time(5);
	trace("run", "main", 1);
	trace_time(9);
	trace("event", NULL, 2);
	last_is(0, "event", "", 2, 1);
	last_is(1, "run", "main", 1, 1);
	ck_assert_uint_eq(trace_entry(0)->time, 9);
	ck_assert_uint_eq(trace_entry(1)->time, 5);
	ck_assert_ptr_null(trace_entry(2));
}
END_TEST

START_TEST(repetition_is_counted)
{
	const char *event = "run";

	for (unsigned i = 0; i < 1000; i++)
		trace(event, "main", 0);
	last_is(0, "run", "main", 0, 1000);
	trace(event, "main", 1);
	trace(event, "other", 1);
	last_is(0, "run", "other", 1, 1);
	last_is(2, "run", "main", 0, 1000);
	ck_assert_ptr_null(trace_entry(3));
}
END_TEST

START_TEST(wraps)
{
	for (uint64_t i = 0; i < 3 * TRACE_ENTRIES + 7; i++)
		trace("event", NULL, i);
	for (size_t ago = 0; ago < TRACE_ENTRIES; ago++)
		last_is(ago, "event", "", 3 * TRACE_ENTRIES + 6 - ago, 1);
	ck_assert_ptr_null(trace_entry(TRACE_ENTRIES));
}
END_TEST

START_TEST(names_are_cut_and_copied)
{
	char name[] = "a name that is longer than fits";

	trace("run", name, 0);
	memset(name, 'x', sizeof(name) - 1);
	last_is(0, "run", "a name that is ", 0, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace");
	TCase *all = tcase_create("all");

	tcase_add_test(all, newest_first);
	tcase_add_test(all, repetition_is_counted);
	tcase_add_test(all, wraps);
	tcase_add_test(all, names_are_cut_and_copied);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
