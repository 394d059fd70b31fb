/* SPDX-License-Identifier: ISC */
/* Settings by xenstore (xen/settings.h): from an honest store, and from one that does not behave.
 */
#include "xen/settings.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "tests/fakexen/boot.h"
#include "tests/support/check.h"
#include "xen/xenstore.h"

static unsigned calls;
static char heard[8192];
static size_t last_len;

static void hear(
	void *ctx, const char *key, const char *value, size_t len, char outcome[SETTINGS_OUTCOME])
{
	size_t at = strlen(heard);

	ck_assert_ptr_eq(ctx, &calls);
	calls++;
	last_len = len;
	snprintf(heard + at, sizeof(heard) - at, "%s=%.20s;", key, value);
	snprintf(outcome, SETTINGS_OUTCOME, "ok %.20s", value);
}

static void boot(void)
{
	calls = 0;
	heard[0] = 0;
	boot_prepare();
	boot_guest();
}

static void start(void)
{
	ck_assert_int_eq(settings_start(hear, &calls), 0);
	ck_assert(fakexen_settle());
}

static void begin(void)
{
	boot();
	start();
}

static void set(const char *path, const char *value)
{
	fakestore_write(path, value);
	ck_assert(fakexen_settle());
}

START_TEST(hears_and_tells)
{
	set("data/config/log", "debug");
	ck_assert_str_eq(heard, "log=debug;");
	ck_assert_str_eq(fakestore_read("data/status/log"), "ok debug");
	set("data/config/log", "info");
	ck_assert_str_eq(heard, "log=debug;log=info;");
	ck_assert_str_eq(fakestore_read("data/status/log"), "ok info");
	set("vm-data/tcp-idle", "7");
	ck_assert_str_eq(heard, "log=debug;log=info;tcp-idle=7;");
	ck_assert_str_eq(fakestore_read("data/status/tcp-idle"), "ok 7");
	ck_assert_uint_eq(settings_stats.heard, 3);
	ck_assert_uint_eq(settings_stats.dropped, 0);
}
END_TEST

START_TEST(shows_state)
{
	ck_assert(settings_show("zones", "example.=1"));
	ck_assert(!settings_show("other", "x")); /* the first is on its way */
	ck_assert(fakexen_settle());
	ck_assert_str_eq(fakestore_read("data/state/zones"), "example.=1");
	ck_assert(settings_show("zones", "example.=2"));
	ck_assert(fakexen_settle());
	ck_assert_str_eq(fakestore_read("data/state/zones"), "example.=2");
	ck_assert_ptr_null(fakestore_read("data/state/other"));
}
END_TEST

START_TEST(takes_what_is_there_at_the_start)
{
	boot();
	fakestore_write("data/config/log", "debug");
	fakestore_write("vm-data/a", "1");
	fakestore_write("vm-data/b", "2");
	start();
	ck_assert_str_eq(heard, "log=debug;a=1;b=2;");
	ck_assert_str_eq(fakestore_read("data/status/b"), "ok 2");
}
END_TEST

START_TEST(a_key_that_goes_changes_nothing)
{
	set("data/config/log", "debug");
	fakestore_remove("data/config/log");
	ck_assert(fakexen_settle());
	fakestore_remove("data/config");
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(calls, 1);
	ck_assert_ptr_null(strstr(fakexen_logged, "not read"));
	set("data/config/log", "info");
	ck_assert_uint_eq(calls, 2);
}
END_TEST

/* The same key in both folders are two settings; the one that is heard last stands. */
START_TEST(both_folders_at_a_time)
{
	fakestore_write("data/config/size", "1"); /* while this is read, both wait */
	fakestore_write("data/config/log", "debug");
	fakestore_write("vm-data/log", "info");
	ck_assert(fakexen_settle());
	ck_assert_str_eq(heard, "size=1;log=debug;log=info;");
}
END_TEST

START_TEST(keys_of_a_wrong_form_are_dropped)
{
	set("data/config/a/b", "1");
	set("data/config/abcdefghijklmnopqrstuvwxyzabcdefghijklmno", "1"); /* 41 */
	set("data/configuration", "1");
	set("data/config/sp ace", "1");
	ck_assert_uint_eq(calls, 0);
	ck_assert_uint_eq(settings_stats.dropped, 3);
	set("data/config/abcdefghijklmnopqrstuvwxyzabcdefghijklmn", "1");
	ck_assert_uint_eq(calls, 1);
}
END_TEST

/* Only what was written last is of interest, but that is never missed. */
START_TEST(many_changes_of_one)
{
	char value[16];

	for (unsigned i = 0; i < 500; i++) {
		snprintf(value, sizeof(value), "%u", i);
		fakestore_write("data/config/size", value);
		if (i % 7 == 0)
			fakestore_turn();
		if (i % 5 == 0)
			(void)xen_poll();
	}
	ck_assert(fakexen_settle());
	ck_assert_uint_le(calls, 500);
	ck_assert_str_eq(fakestore_read("data/status/size"), "ok 499");
}
END_TEST

/* More at a time than the queue holds: the folder is read again, as far as it fits. */
START_TEST(many_keys)
{
	char path[40];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(path, sizeof(path), "data/config/k%u", i);
		fakestore_write(path, "1");
	}
	ck_assert(fakexen_settle());
	ck_assert_ptr_nonnull(fakestore_read("data/status/k0"));
	ck_assert_ptr_nonnull(fakestore_read("data/status/k31"));
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "at most 32 settings at a time, 8 left out"));
	ck_assert_uint_eq(settings_stats.dropped, 8);
	ck_assert_uint_le(calls, 80);
}
END_TEST

/* The 33rd key comes while 32 wait: listed afterwards, it is not missed. */
START_TEST(one_key_too_many)
{
	char path[40];

	for (unsigned i = 0; i < 32; i++) {
		snprintf(path, sizeof(path), "data/config/k%u", i);
		fakestore_write(path, "1");
	}
	fakestore_write("vm-data/log", "debug");
	fakestore_write("vm-data/last", "1");
	ck_assert(fakexen_settle());
	ck_assert_ptr_nonnull(fakestore_read("data/status/log"));
	ck_assert_ptr_nonnull(fakestore_read("data/status/last"));
	ck_assert_uint_eq(settings_stats.dropped, 0);
}
END_TEST

START_TEST(a_status_that_is_refused)
{
	fakestore_readonly = "data/status/log";
	set("data/config/log", "debug");
	ck_assert_uint_eq(calls, 1);
	fakestore_readonly = NULL;
	set("data/config/log", "info");
	ck_assert_str_eq(fakestore_read("data/status/log"), "ok info");
}
END_TEST

/* ---- a store that lies ---- */

static uint32_t lie_type;
static const char *lie_data;
static size_t lie_len;

static bool lie(uint32_t type, uint32_t id, const char *payload, size_t payload_len)
{
	(void)payload, (void)payload_len;
	if (type != lie_type)
		return false;
	fakestore_say(type, id, (uint32_t)lie_len, lie_data, lie_len);
	return true;
}

START_TEST(a_value_of_any_length_and_kind)
{
	static char big[XENSTORE_PAYLOAD_MAX];

	memset(big, 'v', sizeof(big));
	fakestore_lie = lie;
	lie_type = XS_READ;
	lie_data = big;
	lie_len = sizeof(big);
	set("data/config/log", "x");
	ck_assert_uint_eq(last_len, sizeof(big));
	lie_data = "\0\0a";
	lie_len = 3;
	set("data/config/log", "x");
	ck_assert_uint_eq(last_len, 3);
	lie_len = 0;
	set("data/config/log", "x");
	ck_assert_uint_eq(last_len, 0);
	ck_assert_uint_eq(calls, 3);
	fakestore_lie = NULL;
}
END_TEST

START_TEST(a_list_of_any_kind)
{
	fakestore_lie = lie;
	lie_type = XS_DIRECTORY;
	lie_data = "log\0\0\0../x\0log\0noend";
	lie_len = 21;
	fakestore_write("data/config/log", "debug");
	fakestore_remove("vm-data");
	ck_assert(fakexen_settle());
	/* The empty names and the one with a slash; "noend" is not there. */
	ck_assert_uint_eq(settings_stats.dropped, 3);
	ck_assert_uint_ge(calls, 1);
	fakestore_lie = NULL;
}
END_TEST

/* Events with every token that there may be, of paths that nobody watches. */
START_TEST(events_of_other_paths)
{
	static const char *const paths[] = {"data/configuration", "data/configlog", "data/config/",
		"data/config//log", "", "data"};
	char event[64];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		for (unsigned token = 1; token < 16; token++) {
			int len = snprintf(event, sizeof(event), "%s%c%x", paths[i], 0, token) + 1;

			fakestore_say(XS_WATCH_EVENT, 0, (uint32_t)len, event, (size_t)len);
		}
		ck_assert(fakexen_settle());
		/* Once for each of the two folders. */
		ck_assert_uint_eq(settings_stats.dropped, 2 * (i + 1));
	}
	ck_assert_uint_eq(calls, 0);
}
END_TEST

static bool fail_read(uint32_t type, uint32_t id, const char *payload, size_t payload_len)
{
	(void)payload, (void)payload_len;
	if (type != XS_READ)
		return false;
	fakestore_say(XS_ERROR, id, 7, "EACCES", 7);
	return true;
}

START_TEST(a_value_that_cannot_be_read)
{
	fakestore_lie = fail_read;
	set("data/config/log", "debug");
	ck_assert_uint_eq(calls, 0);
	fakestore_lie = NULL;
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "data/config/log: not read (-13)"));
	set("data/config/log", "debug");
	ck_assert_uint_eq(calls, 1);
}
END_TEST

/* With the ring given up it comes to rest. */
START_TEST(a_ring_that_breaks)
{
	static char huge[8];

	fakestore_say(XS_READ, 1, XENSTORE_PAYLOAD_MAX + 1, huge, sizeof(huge));
	fakestore_write("data/config/log", "debug");
	(void)fakexen_settle();
	ck_assert(xenstore_stats.broken);
	ck_assert_uint_eq(calls, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_settings");
	TCase *tcase = tcase_create("all"), *first = tcase_create("start");

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, hears_and_tells);
	tcase_add_test(tcase, shows_state);
	tcase_add_test(first, takes_what_is_there_at_the_start);
	tcase_add_test(tcase, a_key_that_goes_changes_nothing);
	tcase_add_test(tcase, both_folders_at_a_time);
	tcase_add_test(tcase, events_of_other_paths);
	tcase_add_test(tcase, keys_of_a_wrong_form_are_dropped);
	tcase_add_test(tcase, many_changes_of_one);
	tcase_add_test(tcase, many_keys);
	tcase_add_test(tcase, one_key_too_many);
	tcase_add_test(tcase, a_status_that_is_refused);
	tcase_add_test(tcase, a_value_of_any_length_and_kind);
	tcase_add_test(tcase, a_list_of_any_kind);
	tcase_add_test(tcase, a_value_that_cannot_be_read);
	tcase_add_test(tcase, a_ring_that_breaks);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, first);
	return check_run(suite);
}
