/* SPDX-License-Identifier: ISC */
/* Disks that are attached to a guest without a driver for them: named, left alone, let go. */
#include "drivers/driverless.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fakexen/boot.h"
#include "tests/support/check.h"
#include "xen/xenstore.h"

#define BACKEND "/local/domain/0/backend/vbd/7/%u"

static const char *path_of(const char *format, unsigned id)
{
	static char path[80];

	snprintf(path, sizeof(path), format, id);
	return path;
}

static void begin(void)
{
	boot_prepare();
	driverless_init();
	boot_guest();
}

static void attach(unsigned id)
{
	char backend[64];

	snprintf(backend, sizeof(backend), BACKEND, id);
	fakestore_write(path_of(BACKEND "/state", id), "2");
	fakestore_write(path_of("device/vbd/%u/backend", id), backend);
	fakestore_write(path_of("device/vbd/%u/backend-id", id), "0");
	fakestore_write(path_of("device/vbd/%u/state", id), "1");
	ck_assert(fakexen_settle());
}

static void close_backend(unsigned id)
{
	fakestore_write(path_of(BACKEND "/state", id), "5");
	ck_assert(fakexen_settle());
}

static void detach(unsigned id)
{
	fakestore_remove(path_of("device/vbd/%u", id));
	fakestore_remove(path_of(BACKEND, id));
	ck_assert(fakexen_settle());
}

START_TEST(named_left_alone_and_let_go)
{
	unsigned watches = fakestore_watches();

	attach(51712);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "device/vbd/51712: there is no driver"));
	ck_assert_str_eq(fakestore_read("device/vbd/51712/state"), "1");
	close_backend(51712);
	ck_assert_str_eq(fakestore_read("device/vbd/51712/state"), "6");
	detach(51712);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "device/vbd/51712: detached"));
	ck_assert_uint_eq(fakestore_watches(), watches);
}
END_TEST

START_TEST(fifty_rounds_and_many_at_once)
{
	unsigned watches = fakestore_watches();

	for (unsigned round = 0; round < 50; round++) {
		for (unsigned id = 0; id < 16; id++)
			attach(id);
		for (unsigned id = 0; id < 16; id++) {
			close_backend(id);
			ck_assert_str_eq(fakestore_read(path_of("device/vbd/%u/state", id)), "6");
			detach(id);
		}
		ck_assert_uint_eq(fakestore_watches(), watches);
	}
}
END_TEST

START_TEST(the_seventeenth_is_refused)
{
	for (unsigned id = 0; id < 17; id++)
		attach(id);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "more vbd devices than can be served"));
	close_backend(16);
	ck_assert_str_eq(fakestore_read("device/vbd/16/state"), "1");
	close_backend(3);
	ck_assert_str_eq(fakestore_read("device/vbd/3/state"), "6");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("driverless");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, begin, NULL);
	tcase_add_test(all, named_left_alone_and_let_go);
	tcase_add_test(all, fifty_rounds_and_many_at_once);
	tcase_add_test(all, the_seventeenth_is_refused);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
