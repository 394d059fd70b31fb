/* SPDX-License-Identifier: ISC */
/* What the host asks by control/ (xen/lifecycle.h), over an honest store. */
#include "xen/lifecycle.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/sched.h>

#include "tests/fakexen/boot.h"

static unsigned asked, reason_asked, keys;
static char key_sent;

static void on_shutdown(void *ctx, unsigned reason)
{
	(void)ctx;
	asked++;
	reason_asked = reason;
}

static void on_sysrq(void *ctx, char key)
{
	(void)ctx;
	keys++;
	key_sent = key;
}

static void begin(void)
{
	boot_prepare();
	lifecycle_on_shutdown(on_shutdown, NULL);
	lifecycle_on_sysrq(on_sysrq, NULL);
	boot_guest();
}

START_TEST(advertises_what_it_does)
{
	ck_assert_str_eq(fakestore_read("control/feature-poweroff"), "1");
	ck_assert_str_eq(fakestore_read("control/feature-reboot"), "1");
	ck_assert_str_eq(fakestore_read("control/feature-suspend"), "1");
	ck_assert_uint_eq(asked, 0);
}
END_TEST

static void ask(const char *word, unsigned count, unsigned reason)
{
	fakestore_write("control/shutdown", word);
	ck_assert(fakexen_settle());
	ck_assert_str_eq(fakestore_read("control/shutdown"), "");
	ck_assert_uint_eq(asked, count);
	ck_assert_uint_eq(reason_asked, reason);
	ck_assert_uint_eq(fakestore_transactions(), 0);
}

START_TEST(acknowledges_and_tells)
{
	ask("poweroff", 1, SHUTDOWN_poweroff);
	ask("reboot", 2, SHUTDOWN_reboot);
	ask("halt", 3, SHUTDOWN_poweroff);
}
END_TEST

START_TEST(tries_again_on_a_conflict)
{
	fakestore_conflicts = 3;
	ask("reboot", 1, SHUTDOWN_reboot);
	ck_assert_uint_eq(fakestore_conflicts, 0);
}
END_TEST

START_TEST(does_not_acknowledge_what_it_does_not_do)
{
	static const char *const words[] = {
		"suspended", "POWEROFF", "poweroff now and for ever", "?"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		fakestore_write("control/shutdown", words[i]);
		ck_assert(fakexen_settle());
		ck_assert_str_eq(fakestore_read("control/shutdown"), words[i]);
	}
	ck_assert_uint_eq(asked, 0);
	fakestore_remove("control/shutdown");
	ck_assert(fakexen_settle());
	ask("poweroff", 1, SHUTDOWN_poweroff);
}
END_TEST

START_TEST(acts_when_the_acknowledgement_is_refused)
{
	fakestore_readonly = "control/shutdown";
	fakestore_write("control/shutdown", "poweroff");
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(asked, 1);
}
END_TEST

START_TEST(sysrq)
{
	fakestore_write("control/sysrq", "h");
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(keys, 1);
	ck_assert_int_eq(key_sent, 'h');
	ck_assert_str_eq(fakestore_read("control/sysrq"), "");
	fakestore_write("control/sysrq", "long");
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(keys, 1);
}
END_TEST

START_TEST(ends_at_once_when_nobody_listens)
{
	int reason;

	lifecycle_on_shutdown(NULL, NULL);
	fakexen_end_set = true;
	reason = setjmp(fakexen_end);
	if (!reason) {
		fakestore_write("control/shutdown", "reboot");
		fakexen_settle();
		ck_abort_msg("it did not end");
	}
	ck_assert_int_eq(reason - 1, SHUTDOWN_reboot);
}
END_TEST

START_TEST(idles_without_waking)
{
	unsigned before = fakestore_requests;

	ck_assert(!fakexen_stuck);
	ck_assert(!xen_poll());
	xen_wait(UINT64_MAX);
	ck_assert(fakexen_stuck); /* nothing but an event would wake it */
	ck_assert_uint_eq(fakestore_requests, before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_lifecycle");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, advertises_what_it_does);
	tcase_add_test(tcase, acknowledges_and_tells);
	tcase_add_test(tcase, tries_again_on_a_conflict);
	tcase_add_test(tcase, does_not_acknowledge_what_it_does_not_do);
	tcase_add_test(tcase, acts_when_the_acknowledgement_is_refused);
	tcase_add_test(tcase, sysrq);
	tcase_add_test(tcase, ends_at_once_when_nobody_listens);
	tcase_add_test(tcase, idles_without_waking);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
