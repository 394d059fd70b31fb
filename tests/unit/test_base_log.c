/* SPDX-License-Identifier: ISC */
/* Log lines: their form, their length, and that nothing in them can forge another. */
#include "lib/base/log.h"

#include <check.h>

#include "tests/support/check.h"
#include "tests/unit/machine.h"

static void setup(void)
{
	machine_forget();
	machine.now += 3600ull * 1000000000; /* what an earlier test logged is forgotten */
	log_threshold = LOG_INFO;
}

START_TEST(form)
{
	log_info("net", "vif %u: %s", 0, "up");
	ck_assert_str_eq(machine.console, "info net: vif 0: up\n");
	machine_forget();
	log_error("dns", "no zone");
	log_warning("dns", "old zone");
	ck_assert_str_eq(machine.console, "error dns: no zone\nwarning dns: old zone\n");
}
END_TEST

START_TEST(threshold)
{
	log_debug("net", "not seen");
	ck_assert_str_eq(machine.console, "");
	log_threshold = LOG_DEBUG;
	log_debug("net", "seen");
	ck_assert_str_eq(machine.console, "debug net: seen\n");
	machine_forget();
	log_threshold = LOG_ERROR;
	log_warning("net", "not seen");
	ck_assert_str_eq(machine.console, "");
}
END_TEST

/* One byte less, exactly, one more than fits: never more than LOG_LINE bytes, always one newline.
 */
START_TEST(length)
{
	static char text[1000];
	size_t room = LOG_LINE - 1 - strlen("info x: ");

	for (size_t len = room - 2; len <= room + 2; len++) {
		memset(text, 'a', sizeof(text));
		text[len] = '\0';
		machine_forget();
		log_info("x", "%s", text);
		ck_assert_uint_eq(machine.console_len, len < room ? len + 9 : LOG_LINE);
		ck_assert_ptr_eq(
			strchr(machine.console, '\n'), machine.console + machine.console_len - 1);
	}
	machine_forget();
	memset(text, 'b', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info(text, "%s", text);
	ck_assert_uint_eq(machine.console_len, LOG_LINE);
}
END_TEST

START_TEST(control_bytes)
{
	log_info("x", "%s", "a\nerror y: b\r\x1b[2J\x7f\t");
	ck_assert_str_eq(machine.console, "info x: a?error y: b??[2J??\n");
}
END_TEST

static unsigned lines(void)
{
	unsigned count = 0;

	for (const char *at = machine.console; (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

static void flood(unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		log_info("x", "line %u", i);
}

START_TEST(a_flood_is_cut)
{
	flood(LOG_BURST);
	ck_assert_uint_eq(lines(), LOG_BURST);
	flood(1000);
	log_settle();
	ck_assert_uint_eq(lines(), LOG_BURST);
	ck_assert_ptr_null(strstr(machine.console, "dropped"));
	/* In a second there is room for the count, and for what comes then. */
	machine.now += 1000000000;
	machine_forget();
	log_settle();
	ck_assert_str_eq(machine.console, "warning log: 1000 lines dropped\n");
	flood(1000);
	ck_assert_uint_eq(lines(), LOG_PER_SECOND);
}
END_TEST

START_TEST(the_count_comes_before_the_next_line)
{
	flood(LOG_BURST + 7);
	machine_forget();
	machine.now += 60ull * 1000000000;
	log_info("x", "late");
	ck_assert_str_eq(machine.console, "warning log: 7 lines dropped\ninfo x: late\n");
	machine_forget();
	log_settle();
	ck_assert_str_eq(machine.console, "");
}
END_TEST

START_TEST(a_steady_pace_is_not_cut)
{
	for (unsigned i = 0; i < 1000; i++) {
		machine.now += 1000000000 / LOG_PER_SECOND;
		machine_forget();
		log_info("x", "line");
		ck_assert_str_eq(machine.console, "info x: line\n");
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, form);
	tcase_add_test(all, threshold);
	tcase_add_test(all, length);
	tcase_add_test(all, control_bytes);
	tcase_add_test(all, a_flood_is_cut);
	tcase_add_test(all, the_count_comes_before_the_next_line);
	tcase_add_test(all, a_steady_pace_is_not_cut);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
