/* SPDX-License-Identifier: ISC */
/* Log lines: their form, their length, and that nothing in them can forge another. */
#include "lib/base/log.h"

#include <check.h>

#include "tests/support/check.h"
#include "tests/unit/machine.h"

static void setup(void)
{
	machine_forget();
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

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, form);
	tcase_add_test(all, threshold);
	tcase_add_test(all, length);
	tcase_add_test(all, control_bytes);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
