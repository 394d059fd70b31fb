/* SPDX-License-Identifier: ISC */
/* Leaky buckets: what goes in at once, what goes in over time, and that refusals cost nothing. */
#include "lib/base/bucket.h"

#include "lib/base/bytes.h"
#include "tests/unit/dns_run.h"

#define COST 100u
#define SIZE 1000u

static struct bucket bucket;

static void begin(void)
{
	bucket = (struct bucket){0};
}

static unsigned poured(uint64_t now, unsigned tries)
{
	unsigned n = 0;

	while (tries--)
		n += bucket_pour(&bucket, now, COST, SIZE);
	return n;
}

START_TEST(burst)
{
	ck_assert_uint_eq(poured(0, 30), SIZE / COST);
	ck_assert_uint_eq(bucket_level(&bucket, 0), SIZE);
	ck_assert_uint_eq(poured(COST - 1, 30), 0);
	ck_assert_uint_eq(poured(COST, 30), 1);
	ck_assert_uint_eq(poured(COST, 30), 0);
	/* After a long time it is empty, and no emptier than that. */
	ck_assert_uint_eq(bucket_level(&bucket, UINT64_MAX / 2), 0);
	ck_assert_uint_eq(poured(UINT64_MAX / 2, 30), SIZE / COST);
}
END_TEST

START_TEST(steady)
{
	unsigned n = 0;

	/* Three times as often as it leaks: what goes in is the burst and what has leaked out. */
	for (uint64_t now = 5000; now < 105000; now += COST / 3)
		n += poured(now, 1);
	ck_assert_uint_ge(n, SIZE / COST + 100000 / COST - 1);
	ck_assert_uint_le(n, SIZE / COST + 100000 / COST);
	/* As often as it leaks, once it is empty: all. */
	n = 0;
	for (uint64_t now = 200000; now < 300000; now += COST)
		n += poured(now, 1);
	ck_assert_uint_eq(n, 100000 / COST);
}
END_TEST

START_TEST(set)
{
	bucket_set(&bucket, 7000, 500);
	ck_assert_uint_eq(bucket_level(&bucket, 7000), 500);
	ck_assert_uint_eq(bucket_level(&bucket, 7499), 1);
	ck_assert_uint_eq(bucket_level(&bucket, 7500), 0);
	bucket_set(&bucket, 7000, 3 * SIZE); /* more than would be poured */
	ck_assert_uint_eq(poured(7000 + 2 * SIZE + COST - 1, 1), 0);
	ck_assert_uint_eq(poured(7000 + 2 * SIZE + COST, 1), 1);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {burst, steady, set};

	return run_tests("bucket", tests, ARRAY_SIZE(tests), begin, NULL);
}
