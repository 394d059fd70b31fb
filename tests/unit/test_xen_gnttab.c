/* SPDX-License-Identifier: ISC */
/* The grant table (xen/gnttab.h) over fakexen, which aborts when a granted page is freed. */
#include "xen/gnttab.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "tests/fakexen/fakexen.h"
#include "tests/fakexen/platform.h"

#define BACKEND 3

static void begin(void)
{
	fakexen_init();
	ck_assert_int_eq(gnttab_init(), 0);
}

static void check_sum(void)
{
	ck_assert_uint_eq(gnttab_stats.total, gnttab_stats.free + gnttab_stats.held +
						      gnttab_stats.granted +
						      gnttab_stats.quarantined);
	ck_assert_uint_eq(fakexen_grants_valid(), gnttab_stats.granted + gnttab_stats.quarantined);
}

START_TEST(first_frame_has_504_references)
{
	ck_assert_uint_eq(gnttab_stats.total, 512 - 8);
	ck_assert_uint_eq(gnttab_stats.free, 504);
	check_sum();
}
END_TEST

START_TEST(grants_and_revokes)
{
	void *page = frame_alloc();
	uint32_t ref;

	ck_assert_int_eq(gnttab_take(&ref), 0);
	ck_assert_uint_ge(ref, 8);
	ck_assert_ptr_null(fakexen_map_grant(BACKEND, ref, false));
	gnttab_grant(ref, BACKEND, frame_of(page), true);
	check_sum();
	ck_assert_ptr_null(fakexen_map_grant(BACKEND, ref, true)); /* read-only */
	ck_assert_ptr_null(fakexen_map_grant(BACKEND + 1, ref, false));
	ck_assert_ptr_eq(fakexen_map_grant(BACKEND, ref, false), page);
	ck_assert(!gnttab_revoke(ref)); /* in use */
	check_sum();
	fakexen_unmap_grant(ref);
	ck_assert(gnttab_revoke(ref));
	ck_assert_ptr_null(fakexen_map_grant(BACKEND, ref, false));
	gnttab_put(ref);
	frame_free(page);
	check_sum();
	ck_assert_uint_eq(gnttab_stats.free, 504);
}
END_TEST

START_TEST(end_frees_or_quarantines)
{
	unsigned used = fakexen_frames_used();
	void *page = frame_alloc(), *other = frame_alloc();
	uint32_t ref, second;

	ck_assert_int_eq(gnttab_take(&ref), 0);
	ck_assert_int_eq(gnttab_take(&second), 0);
	gnttab_grant(ref, BACKEND, frame_of(page), false);
	gnttab_grant(second, BACKEND, frame_of(other), false);
	ck_assert_ptr_nonnull(fakexen_map_grant(BACKEND, ref, true));
	ck_assert(!gnttab_end(ref, page));
	ck_assert(gnttab_end(second, other));
	check_sum();
	ck_assert_uint_eq(gnttab_stats.quarantined, 1);
	ck_assert_uint_eq(fakexen_frames_used(), used + 1);
	ck_assert_uint_eq(gnttab_reap(), 1); /* still in use */
	fakexen_unmap_grant(ref);
	ck_assert_uint_eq(gnttab_reap(), 0);
	ck_assert_uint_eq(fakexen_frames_used(), used);
	ck_assert_uint_eq(gnttab_stats.free, 504);
	check_sum();
}
END_TEST

START_TEST(a_quarantined_reference_is_not_given_out)
{
	void *page = frame_alloc();
	uint32_t ref, other;

	fakexen_limit_grant_frames(1);
	ck_assert_int_eq(gnttab_take(&ref), 0);
	gnttab_grant(ref, BACKEND, frame_of(page), false);
	fakexen_map_grant(BACKEND, ref, true);
	gnttab_end(ref, page);
	for (unsigned i = 0; i < 503; i++) {
		ck_assert_int_eq(gnttab_take(&other), 0);
		ck_assert_uint_ne(other, ref);
	}
	ck_assert_int_eq(gnttab_take(&other), -ENOSPC);
	check_sum();
}
END_TEST

START_TEST(grows_to_the_hosts_limit)
{
	uint32_t ref;

	fakexen_limit_grant_frames(3);
	for (unsigned i = 0; i < 3 * 512 - 8; i++)
		ck_assert_int_eq(gnttab_take(&ref), 0);
	ck_assert_int_eq(gnttab_take(&ref), -ENOSPC);
	ck_assert_int_eq(gnttab_take(&ref), -ENOSPC);
	check_sum();
	gnttab_put(ref);
	gnttab_put(GNTTAB_NONE);
	ck_assert_int_eq(gnttab_take(&ref), 0);
}
END_TEST

START_TEST(growing_without_memory_is_an_error)
{
	uint32_t ref;

	fakexen_limit_frames(fakexen_frames_used());
	for (unsigned i = 0; i < 504; i++)
		ck_assert_int_eq(gnttab_take(&ref), 0);
	ck_assert_int_eq(gnttab_take(&ref), -ENOSPC);
	check_sum();
}
END_TEST

START_TEST(revoking_twice_is_our_own_bug)
{
	uint32_t ref;

	ck_assert_int_eq(gnttab_take(&ref), 0);
	gnttab_revoke(ref); /* held, not granted: ASSERT */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_gnttab");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, first_frame_has_504_references);
	tcase_add_test(tcase, grants_and_revokes);
	tcase_add_test(tcase, end_frees_or_quarantines);
	tcase_add_test(tcase, a_quarantined_reference_is_not_given_out);
	tcase_add_test(tcase, grows_to_the_hosts_limit);
	tcase_add_test(tcase, growing_without_memory_is_an_error);
	tcase_add_test_raise_signal(tcase, revoking_twice_is_our_own_bug, SIGABRT);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
