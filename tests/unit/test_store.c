/* SPDX-License-Identifier: ISC */
/* The store on a disk that loses power, fails and fills up, and when memory runs out. */
#include "lib/store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/bytes.h"
#include "lib/store/crc32c.h"
#include "tests/support/simdisk.h"
#include "tests/unit/dns_run.h"

#define SMALL ((size_t)8192 + 8 * 4096) /* the least disk with the least batch */
#define KEYS  12

static struct simdisk sim;
static struct store store;
static struct store_options options = {.batch_max = STORE_BATCH_MIN, .random = 1};

/* ---- memory that runs out ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
static unsigned refuse_in; /* the store's allocation of this number fails; 0: none */
static bool inside;        /* a call of the store is under way */

#define ALLOCATING(call)                                                                           \
	({                                                                                         \
		int error_;                                                                        \
                                                                                                   \
		inside = true;                                                                     \
		error_ = (call);                                                                   \
		inside = false;                                                                    \
		error_;                                                                            \
	})

static bool refused(void)
{
	return inside && refuse_in && --refuse_in == 0;
}

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refused() ? NULL : __real_calloc(count, size);
}

/* ---- chance ---- */

static uint64_t dice = 1;

static unsigned roll(unsigned sides)
{
	dice = dice * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(dice >> 33) % sides;
}

static enum simdisk_fate by_chance(void *ctx, size_t i, size_t *split)
{
	(void)ctx;
	(void)i;
	*split = 8 * roll(64);
	return (enum simdisk_fate)roll(4);
}

/* Piece i has the fate that the i-th digit of the number says, to the base that is given. */
struct fates {
	unsigned base;
	enum simdisk_fate fate[4];
};

struct digits {
	unsigned number;
	const struct fates *fates;
};

static enum simdisk_fate by_digits(void *ctx, size_t i, size_t *split)
{
	struct digits *digits = ctx;
	unsigned digit = digits->number % digits->fates->base;

	(void)i;
	*split = 40; /* within a superblock, and within a batch's first record */
	digits->number /= digits->fates->base;
	return digits->fates->fate[digit];
}

/* ---- what should be there: of each key the number of its value, 0 for none ---- */

struct model {
	unsigned value[KEYS];
};

/* What may be there after a cut: the first, acknowledged, or one with a batch that failed. */
static struct model may[64];
static size_t may_count;

static size_t key_of(char *key, unsigned i)
{
	return (size_t)sprintf(key, "key-%u", i);
}

static size_t value_of(uint8_t *value, unsigned number)
{
	size_t len = number * 37 % 700, i;

	for (i = 0; i < len; i++)
		value[i] = (uint8_t)(number * 31 + i);
	return len;
}

static bool is_there(const struct model *model)
{
	uint8_t value[800], expected[800];
	size_t len, expected_len, count = 0;
	char key[20];
	unsigned i;
	int got;

	for (i = 0; i < KEYS; i++) {
		got = store_get(&store, key, key_of(key, i), value, sizeof(value), &len);
		if (got == -ENOENT && !model->value[i])
			continue;
		if (got || !model->value[i])
			return false;
		expected_len = value_of(expected, model->value[i]);
		if (len != expected_len || memcmp(value, expected, len) != 0)
			return false;
		count++;
	}
	return count == store.records;
}

/* Takes what is there for what is acknowledged from now on. */
static void check_there(void)
{
	size_t i;

	for (i = 0; i < may_count && !is_there(&may[i]); i++)
		;
	ck_assert_uint_lt(i, may_count);
	may[0] = may[i];
	may_count = 1;
}

static void open_store(void)
{
	options.random++;
	ck_assert_msg(store_open(&store, &sim.disk, &options) == 0, "%s", store.message);
}

static unsigned numbers;

/* Stages some changes; in *TO what they lead to. */
static void stage(struct model *to, unsigned count)
{
	uint8_t value[800];
	char key[20];
	unsigned i;

	for (*to = may[0]; count; count--) {
		i = roll(KEYS);
		if (roll(4) == 0) {
			ck_assert_int_eq(store_delete(&store, key, key_of(key, i)), 0);
			to->value[i] = 0;
			continue;
		}
		numbers++;
		if (ALLOCATING(store_put(
			    &store, key, key_of(key, i), value, value_of(value, numbers))) == 0)
			to->value[i] = numbers;
	}
}

static int commit(const struct model *to)
{
	unsigned flushes = sim.flushes;
	int error = ALLOCATING(store_commit(&store));

	ck_assert_uint_le(sim.flushes - flushes, 2); /* compacted or not */
	if (!error)
		may_count = 0;
	ck_assert_uint_lt(may_count, ARRAY_SIZE(may));
	may[may_count++] = *to;
	return error;
}

static void begin(void)
{
	simdisk_create(&sim, SMALL, 512);
	options = (struct store_options){.batch_max = STORE_BATCH_MIN, .random = 1};
	memset(may, 0, sizeof(may));
	may_count = 1;
	dice = 1;
}

static void end(void)
{
	simdisk_destroy(&sim);
}

/* ---- plain use ---- */

START_TEST(sums)
{
	uint8_t zero[32] = {0};

	ck_assert_uint_eq(crc32c(0, "123456789", 9), 0xe3069283);
	ck_assert_uint_eq(crc32c(0, zero, 32), 0x8a9136aa); /* RFC 3720, B.4 */
	ck_assert_uint_eq(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
}
END_TEST

START_TEST(put_get_next)
{
	static const char *const keys[] = {"a", "b", "b/1", "b/2", "c"};
	uint8_t key[STORE_KEY_MAX], value[8];
	size_t i, key_len = 0, len;

	open_store();
	for (i = ARRAY_SIZE(keys); i--;)
		ck_assert_int_eq(store_put(&store, keys[i], strlen(keys[i]), keys[i], 1), 0);
	ck_assert_int_eq(store_get(&store, "a", 1, value, 8, &len), -ENOENT); /* not yet */
	ck_assert_int_eq(store_commit(&store), 0);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		ck_assert_int_eq(store_next(&store, "", 0, key, &key_len, &len), 1);
		ck_assert_uint_eq(key_len, strlen(keys[i]));
		ck_assert_mem_eq(key, keys[i], key_len);
	}
	ck_assert_int_eq(store_next(&store, "", 0, key, &key_len, &len), 0);
	for (key_len = 0, i = 0; store_next(&store, "b/", 2, key, &key_len, &len); i++)
		;
	ck_assert_uint_eq(i, 2);
	ck_assert_int_eq(store_get(&store, "a", 1, value, 0, &len), -EMSGSIZE);
	ck_assert_uint_eq(len, 1);
	ck_assert_int_eq(store_put(&store, "", 0, "", 0), -EINVAL);
	ck_assert_int_eq(store_put(&store, "x", 1, value, STORE_VALUE_MAX + 1), -EINVAL);
	store_close(&store);
}
END_TEST

static int count_each(
	void *ctx, const uint8_t *key, size_t key_len, const uint8_t *value, size_t value_len)
{
	unsigned *count = ctx;

	ck_assert_uint_eq(key_len, 1);
	ck_assert_uint_eq(value_len, 1);
	ck_assert_uint_eq(value[0], (uint8_t)(key[0] + 1));
	return ++*count == 100 ? -ECANCELED : 0;
}

/* The last value of each key, once, whatever stands in the log; also of a log that was read. */
START_TEST(each)
{
	unsigned count = 0;

	open_store();
	for (unsigned i = 0; i < 600; i++) {
		uint8_t key = (uint8_t)(i % 20), value = (uint8_t)(i < 580 ? 0 : key + 1);

		ck_assert_int_eq(store_put(&store, &key, 1, &value, 1), 0);
		ck_assert_int_eq(store_commit(&store), 0);
	}
	ck_assert_int_eq(store_delete(&store, "\5", 1), 0);
	ck_assert_int_eq(store_commit(&store), 0);
	ck_assert_int_eq(store_each(&store, count_each, &count), 0);
	ck_assert_uint_eq(count, 19);
	store_close(&store);
	open_store();
	ck_assert_int_eq(store_each(&store, count_each, &count), 0);
	ck_assert_uint_eq(count, 38);
	count = 99;
	ck_assert_int_eq(store_each(&store, count_each, &count), -ECANCELED);
	ck_assert_int_eq(store_put(&store, "\6", 1, "\7", 1), 0);
	ck_assert_int_eq(store_commit(&store), 0);
	store_close(&store);
}
END_TEST

START_TEST(undo)
{
	struct store_mark mark;
	uint8_t value[8];
	size_t len;

	open_store();
	ck_assert_int_eq(store_put(&store, "a", 1, "1", 1), 0);
	mark = store_mark(&store);
	ck_assert_int_eq(store_put(&store, "a", 1, "2", 1), 0);
	ck_assert_int_eq(store_put(&store, "b", 1, "3", 1), 0);
	store_undo(&store, mark);
	ck_assert_int_eq(store_commit(&store), 0);
	ck_assert_int_eq(store_get(&store, "a", 1, value, 8, &len), 0);
	ck_assert_int_eq(value[0], '1');
	ck_assert_uint_eq(store.records, 1);
	store_close(&store);
}
END_TEST

/* ---- disks that are not ours, too small, read-only, damaged ---- */

START_TEST(other_disks)
{
	sim.seen[32769] = 'C'; /* as of an ISO 9660 file system */
	ck_assert_int_eq(store_open(&store, &sim.disk, &options), -EINVAL);
	ck_assert_str_eq(store.message,
		"the disk has something else on it: expected a store or a blank disk");
	ck_assert_uint_eq(sim.writes, 0);
	options.format = true;
	open_store();
	store_close(&store);
	options.format = false;
	sim.disk.read_only = true;
	open_store();
	ck_assert_int_eq(store_put(&store, "a", 1, "", 0), -EROFS);
	ck_assert_int_eq(store_delete(&store, "a", 1), -EROFS);
	store_close(&store);
	memset(sim.seen, 0, sim.bytes);
	ck_assert_int_eq(store_open(&store, &sim.disk, &options), -EROFS);
	sim.disk.read_only = false;
	sim.disk.sectors--;
	ck_assert_int_eq(store_open(&store, &sim.disk, &options), -EINVAL);
	ck_assert_ptr_nonnull(strstr(store.message, "too small"));
}
END_TEST

START_TEST(damage_in_the_log)
{
	struct model to;
	unsigned i;

	open_store();
	for (i = 0; i < 4; i++) {
		stage(&to, 1);
		ck_assert_int_eq(commit(&to), 0);
	}
	store_close(&store);
	sim.seen[8192 + 40] ^= 1; /* in the first batch */
	ck_assert_int_eq(store_open(&store, &sim.disk, &options), -EBADMSG);
	ck_assert_str_eq(store.message, "the log is damaged: batch 1 is spoilt, but 2 is there");
}
END_TEST

/* ---- a full disk ---- */

START_TEST(full_disk)
{
	uint8_t value[500] = {7};
	size_t len, before;
	char key[20];
	unsigned i, round;
	int error = 0;

	open_store();
	for (i = 0; !error; i++) {
		error = store_put(&store, key, key_of(key, i), value, sizeof(value));
		if (!error)
			ck_assert_int_eq(store_commit(&store), 0);
	}
	ck_assert_int_eq(error, -ENOSPC);
	before = store.records;
	ck_assert_uint_ge(before, 8);
	for (round = 0; round < 200; round++) { /* what is there can be changed for ever */
		value[0] = (uint8_t)round;
		ck_assert_int_eq(store_put(&store, "key-0", 5, value, sizeof(value)), 0);
		ck_assert_int_eq(store_commit(&store), 0);
	}
	ck_assert_uint_gt(store.stats.compactions, 5);
	for (i = 0; i < before; i++)
		ck_assert_int_eq(store_get(&store, key, key_of(key, i), value, 500, &len), 0);
	for (i = 0; i < before; i++) { /* and be deleted */
		ck_assert_int_eq(store_delete(&store, key, key_of(key, i)), 0);
		ck_assert_int_eq(store_commit(&store), 0);
	}
	ck_assert_uint_eq(store.records, 0);
	ck_assert_int_eq(store_put(&store, "new", 3, value, 500), 0);
	ck_assert_int_eq(store_commit(&store), 0);
	store_close(&store);
}
END_TEST

/* ---- the power is cut ---- */

static size_t exhaustive_states;

/* The history up to its cut, at I/O number CUT: false if it is over before. */
static bool run_history(unsigned cut)
{
	struct model to;
	unsigned i;

	end();
	begin();
	numbers = 0;
	sim.fail_in = cut;
	sim.cut = true;
	options.random = 7;
	if (store_open(&store, &sim.disk, &options))
		return true;
	for (i = 0; i < 22; i++) { /* long enough to be compacted */
		stage(&to, 2);
		if (commit(&to)) {
			store_close(&store);
			return true;
		}
	}
	ck_assert_uint_gt(store.stats.compactions, 0);
	store_close(&store);
	return false;
}

/* What a cut at I/O number CUT may leave, by FATES: up to MOST states. */
static void try_fates(unsigned cut, const struct fates *fates, unsigned most)
{
	size_t i, count = sim.count;
	unsigned number, states = 1;
	struct digits digits;

	for (i = 0; i < count && states < most; i++)
		states *= fates->base;
	for (number = 0; number < states; number++) {
		ck_assert(run_history(cut));
		digits = (struct digits){number, fates};
		simdisk_crash(&sim, by_digits, &digits);
		open_store();
		check_there();
		store_close(&store);
		exhaustive_states++;
	}
}

/* All that a cut may leave: each piece kept, lost or torn, or, where there are many, two of these.
 */
START_TEST(every_cut)
{
	static const struct fates few = {
		4, {SIMDISK_LOST, SIMDISK_KEPT, SIMDISK_HEAD, SIMDISK_TAIL}};
	static const struct fates many[] = {{2, {SIMDISK_LOST, SIMDISK_KEPT}},
		{2, {SIMDISK_LOST, SIMDISK_TAIL}}, {2, {SIMDISK_HEAD, SIMDISK_KEPT}}};
	unsigned cut, i;
	size_t count;

	for (cut = 1; run_history(cut); cut++) {
		count = sim.count;
		if (count <= 4)
			try_fates(cut, &few, 256);
		for (i = 0; count > 4 && i < ARRAY_SIZE(many); i++)
			try_fates(cut, &many[i], i ? 64 : 512);
	}
	printf("every cut: %u I/Os, %zu states\n", cut - 1, exhaustive_states);
	ck_assert_uint_gt(exhaustive_states, 500);
}
END_TEST

/* ---- what an attempt to compact leaves behind ---- */

static uint8_t big[4000];

static void put_big(const char *key, size_t len)
{
	memset(big, key[0], sizeof(big));
	ck_assert_int_eq(store_put(&store, key, 1, big, len), 0);
}

static bool has(const char *key, size_t len)
{
	uint8_t value[4000];
	size_t got;
	int error = store_get(&store, key, 1, value, sizeof(value), &got);

	if (error == -ENOENT)
		return false;
	ck_assert_int_eq(error, 0);
	ck_assert_uint_eq(got, len);
	memset(big, key[0], len);
	ck_assert_mem_eq(value, big, len);
	return true;
}

/* Areas of 48 units. A log that has six left, and would be compacted to batches of 4, 8, 3, 8, 1.
 */
static void make_log(void)
{
	unsigned i;

	end();
	simdisk_create(&sim, (size_t)8192 + 2 * 48 * 512, 512);
	open_store();
	put_big("1", 2000);
	ck_assert_int_eq(store_commit(&store), 0);
	put_big("2", 3900);
	ck_assert_int_eq(store_commit(&store), 0);
	put_big("3", 1000);
	ck_assert_int_eq(store_commit(&store), 0);
	put_big("4", 3900);
	ck_assert_int_eq(store_commit(&store), 0);
	for (i = 0; i < 19; i++) {
		put_big("5", 100);
		ck_assert_int_eq(store_commit(&store), 0);
	}
	ck_assert_uint_eq(store.end, 42);
}

static enum simdisk_fate keep_first(void *ctx, size_t i, size_t *split)
{
	(void)split;
	return i == 0 || *(bool *)ctx ? SIMDISK_KEPT : SIMDISK_LOST;
}

/*
 * The first attempt fails at I/O number FAIL, the second is cut at number CUT. Between the two some
 * records go, so that the second makes batches of 8 and 7: where its log ends, one of the first
 * attempt's begins, with the number that the next batch would have. False: nothing failed, or was
 * cut.
 */
static bool fail_and_cut(unsigned fail, unsigned cut, bool keep_all)
{
	bool was_cut;

	make_log();
	put_big("6", 3900);
	sim.fail_in = fail;
	if (store_commit(&store) == 0) { /* there was no such I/O */
		store_close(&store);
		return false;
	}
	ck_assert_int_eq(store_delete(&store, "1", 1), 0);
	ck_assert_int_eq(store_delete(&store, "4", 1), 0);
	ck_assert_int_eq(store_delete(&store, "6", 1), 0);
	put_big("7", 2400);
	ck_assert_int_eq(store_commit(&store), 0);
	put_big("8", 3900);
	sim.fail_in = cut;
	sim.cut = true;
	was_cut = store_commit(&store) != 0;
	store_close(&store);
	simdisk_crash(&sim, keep_first, &keep_all);
	open_store();
	ck_assert(!has("1", 2000) && has("2", 3900) && has("3", 1000) && !has("4", 3900));
	ck_assert(has("5", 100) && !has("6", 3900) && has("7", 2400));
	ck_assert(has("8", 3900) || was_cut);
	store_close(&store);
	return was_cut;
}

START_TEST(failed_compactions)
{
	unsigned fail, cut;

	for (fail = 1; fail_and_cut(fail, 1, false); fail++) {
		for (cut = 1; fail_and_cut(fail, cut, false); cut++)
			fail_and_cut(fail, cut, true);
		ck_assert_uint_gt(cut, 1);
	}
	ck_assert_uint_gt(fail, 8);
}
END_TEST

/* The power is cut; or only the guest is, and what it wrote last is in a cache. */
static void stop(void)
{
	if (sim.failed || roll(2)) {
		simdisk_crash(&sim, by_chance, NULL);
		return;
	}
	sim.fail_in = 0;
	sim.cut = sim.dead = false;
}

/* Opens until it succeeds: each attempt may be cut, too. */
static void reopen(void)
{
	for (;;) {
		if (roll(3) == 0) {
			sim.fail_in = 1 + roll(24); /* formatting is at its end after 16 */
			sim.cut = true;
		}
		options.random++;
		if (store_open(&store, &sim.disk, &options) == 0)
			break;
		ck_assert_uint_ne(sim.dead, 0);
		stop();
	}
	sim.fail_in = 0;
	sim.cut = false;
}

static void random_history(unsigned steps)
{
	struct model to;

	reopen();
	for (; steps; steps--) {
		stage(&to, 1 + roll(4));
		if (roll(8) == 0) {
			sim.fail_in = 1 + roll(8);
			sim.cut = roll(2);
		}
		commit(&to);
		if (sim.dead || roll(30) == 0) {
			store_close(&store);
			stop();
			reopen();
			check_there();
		} else if (may_count == 1 && !sim.fail_in) {
			ck_assert(is_there(&may[0])); /* what was acknowledged, and nothing else */
		}
	}
	store_close(&store);
}

START_TEST(cuts_by_chance)
{
	unsigned seed;

	for (seed = 1; seed <= 150; seed++) {
		end();
		begin();
		dice = seed;
		random_history(200);
	}
}
END_TEST

/* ---- each I/O and each allocation fails once ---- */

START_TEST(every_io_fails_once)
{
	struct model to;
	unsigned fail, i;
	bool failed = true;

	for (fail = 1; failed; fail++) {
		end();
		begin();
		sim.fail_in = fail;
		while (store_open(&store, &sim.disk, &options) != 0) {
			ck_assert_uint_eq(sim.fail_in, 0);
			simdisk_crash(&sim, by_chance, NULL);
		}
		for (i = 0; i < 30; i++) {
			stage(&to, 2);
			if (commit(&to)) {
				ck_assert(is_there(&may[0]));
				stage(&to, 2);
				ck_assert_int_eq(commit(&to), 0); /* it goes on */
			}
		}
		failed = !sim.fail_in;
		sim.fail_in = 0;
		ck_assert(is_there(&may[0]));
		store_close(&store);
		simdisk_crash(&sim, by_chance, NULL);
		open_store();
		check_there();
		store_close(&store);
	}
	ck_assert_uint_gt(fail, 60);
}
END_TEST

START_TEST(every_allocation_fails_once)
{
	struct model to;
	uint8_t value[800];
	size_t len;
	unsigned fail, i;
	bool failed = true;

	for (fail = 1; failed; fail++) {
		end();
		begin();
		refuse_in = fail;
		while ((i = (unsigned)-ALLOCATING(store_open(&store, &sim.disk, &options))) != 0)
			ck_assert_uint_eq(i, ENOMEM);
		for (i = 0; i < 20; i++) {
			stage(&to, 2);
			ck_assert_int_eq(commit(&to), 0);
			if (ALLOCATING(store_get(&store, "key-1", 5, value, sizeof(value), &len)) ==
				-ENOMEM)
				ck_assert_uint_eq(refuse_in, 0);
		}
		store_close(&store);
		while ((i = (unsigned)-ALLOCATING(store_open(&store, &sim.disk, &options))) != 0)
			ck_assert_uint_eq(i, ENOMEM);
		failed = !refuse_in;
		refuse_in = 0;
		ck_assert(is_there(&may[0]));
		store_close(&store);
	}
	ck_assert_uint_gt(fail, 20);
}
END_TEST

/* ---- what it costs ---- */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

START_TEST(costs)
{
	unsigned i, flushes;
	uint8_t value[64] = {1};
	size_t bad;
	char key[20];
	double start;

	end();
	simdisk_create(&sim, (size_t)64 << 20, 512);
	options.batch_max = 0;
	open_store();
	flushes = sim.flushes;
	for (i = 0; i < 20; i++) {
		ck_assert_int_eq(store_put(&store, key, key_of(key, i), value, sizeof(value)), 0);
		ck_assert_int_eq(store_commit(&store), 0);
	}
	ck_assert_uint_eq(sim.flushes - flushes, 20); /* one each */
	for (; i < 100000; i++) {
		int error = store_put(&store, key, key_of(key, i), value, sizeof(value));

		if (error == -ENOBUFS) {
			ck_assert_int_eq(store_commit(&store), 0);
			error = store_put(&store, key, key_of(key, i), value, sizeof(value));
		}
		ck_assert_int_eq(error, 0);
	}
	ck_assert_int_eq(store_commit(&store), 0);
	store_close(&store);
	start = seconds();
	open_store();
	printf("recovery of %zu records: %.3f s with sanitizers, index %zu bytes\n", store.records,
		seconds() - start, store.index_bytes);
	ck_assert_uint_eq(store.records, 100000);
	ck_assert_int_eq(store_check(&store, &bad), 0);
	store_close(&store);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {sums, put_get_next, each, undo, other_disks,
		damage_in_the_log, full_disk, every_cut, failed_compactions, cuts_by_chance,
		every_io_fails_once, every_allocation_fails_once, costs};

	return run_tests("store", tests, ARRAY_SIZE(tests), begin, end);
}
