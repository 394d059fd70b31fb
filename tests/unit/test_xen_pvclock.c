/* SPDX-License-Identifier: ISC */
/* The paravirtual clock (xen/pvclock.h): scales, jumps, and a record that is being written. */
#include "xen/pvclock.h"

#include <check.h>
#include <stdlib.h>

#include <xen/xen.h>

#include "tests/fakexen/fakexen.h"
#include "tests/fakexen/platform.h"

static struct vcpu_time_info *record;

static void begin(void)
{
	fakexen_init();
	record = &fakexen_shared()->vcpu_info[0].time;
}

START_TEST(monotonic_begins_at_zero)
{
	ck_assert_uint_eq(pvclock_monotonic_ns(), 0);
	pvclock_init(fakexen_shared());
	ck_assert_uint_eq(pvclock_monotonic_ns(), 0);
	fakexen_set_time(1000000000 + 77);
	ck_assert_uint_eq(pvclock_monotonic_ns(), 77);
	ck_assert_uint_eq(pvclock_system_ns(), 1000000077);
}
END_TEST

START_TEST(never_goes_back)
{
	pvclock_init(fakexen_shared());
	fakexen_set_time(1000000500);
	ck_assert_uint_eq(pvclock_monotonic_ns(), 500);
	fakexen_set_time(1000000400);
	ck_assert_uint_eq(pvclock_monotonic_ns(), 500);
	fakexen_set_time(1000000600);
	ck_assert_uint_eq(pvclock_monotonic_ns(), 600);
}
END_TEST

START_TEST(goes_on_after_a_resume_elsewhere)
{
	pvclock_init(fakexen_shared());
	fakexen_set_time(1000000500);
	ck_assert_uint_eq(pvclock_monotonic_ns(), 500);
	fakexen_set_time(3); /* a host that was started just now */
	pvclock_init(fakexen_shared());
	ck_assert_uint_eq(pvclock_monotonic_ns(), 500);
	fakexen_set_time(10);
	ck_assert_uint_eq(pvclock_monotonic_ns(), 507);
	ck_assert_uint_eq(pvclock_to_system(517), 20);
}
END_TEST

START_TEST(deadlines_in_system_time)
{
	pvclock_init(fakexen_shared());
	ck_assert_uint_eq(pvclock_to_system(5), 1000000005);
	ck_assert_uint_eq(pvclock_to_system(UINT64_MAX), 0);
	/* A deadline can lie before the system's start only after a resume; it has passed. */
	fakexen_set_time(1);
	pvclock_init(fakexen_shared());
	ck_assert_uint_ge(pvclock_to_system(0), 1);
}
END_TEST

START_TEST(scales_the_counter)
{
	uint64_t first, second;

	pvclock_init(fakexen_shared());
	/* 1 ns a tick: multiplied by 2^31, shifted by 1. */
	record->tsc_timestamp = __builtin_ia32_rdtsc();
	record->tsc_to_system_mul = 0x80000000u;
	record->tsc_shift = 1;
	first = pvclock_system_ns();
	for (volatile unsigned i = 0; i < 100000; i++)
		;
	second = pvclock_system_ns();
	ck_assert_uint_gt(second, first);
	ck_assert_uint_lt(second - first, 10000000000ull);
	/* A stamp ahead of the counter counts as now. */
	record->tsc_timestamp = __builtin_ia32_rdtsc() + 1000000000000ull;
	ck_assert_uint_eq(pvclock_system_ns(), record->system_time);
	/* Half as fast with a negative shift: no more than the full rate would give. */
	record->tsc_timestamp = __builtin_ia32_rdtsc() - (1ull << 40);
	record->tsc_shift = -20;
	first = pvclock_system_ns() - record->system_time;
	ck_assert_uint_ge(first, 1ull << 19);
	ck_assert_uint_lt(first, (1ull << 19) + (1ull << 18));
}
END_TEST

#ifdef XEN_SHARED_HOOK
static void finish_writing(const void *at, size_t size)
{
	(void)size;
	/* Xen writes while the version is odd; after some looks it is done. */
	static unsigned looks;

	if (at == &record->version && ++looks == 6) {
		record->system_time = 2000000000;
		record->version++;
	}
}

START_TEST(waits_for_a_whole_record)
{
	pvclock_init(fakexen_shared());
	record->version |= 1;
	record->system_time = 12;
	fakexen_before_load = finish_writing;
	ck_assert_uint_eq(pvclock_system_ns(), 2000000000);
}
END_TEST

#endif

START_TEST(wall_clock)
{
	struct shared_info *shared = fakexen_shared();

	pvclock_init(shared);
	shared->wc_version = 2;
	shared->wc_sec = 1700000000;
	shared->wc_nsec = 5;
	ck_assert_uint_eq(pvclock_wall_ns(), 1700000000000000005ull + 1000000000);
	shared->wc_sec_hi = 1; /* past 2106 */
	ck_assert_uint_eq(pvclock_wall_ns() / 1000000000, (1ull << 32) + 1700000001);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_pvclock");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, monotonic_begins_at_zero);
	tcase_add_test(tcase, never_goes_back);
	tcase_add_test(tcase, goes_on_after_a_resume_elsewhere);
	tcase_add_test(tcase, deadlines_in_system_time);
	tcase_add_test(tcase, scales_the_counter);
#ifdef XEN_SHARED_HOOK
	tcase_add_test(tcase, waits_for_a_whole_record);
#endif
	tcase_add_test(tcase, wall_clock);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
