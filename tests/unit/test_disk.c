/* SPDX-License-Identifier: ISC */
/* Blocking calls over a block device, and the store on one: full queues, errors, disks that go. */
#include "lib/disk/disk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/disk/disk_store.h"
#include "lib/disk/store_sync.h"
#include "lib/sched/sched.h"
#include "lib/store/store.h"
#include "tests/support/fakeblk.h"
#include "tests/unit/dns_run.h"
#include "tests/unit/machine.h"

#define MS    1000000ull
#define STACK ((size_t)128 * 1024) /* Check, instrumented, wants more than the default */
#define BYTES ((size_t)256 * 1024)

static struct fakeblk fake;
static uint8_t pattern[BYTES], buffer[BYTES];

static bool poll_disk(void)
{
	return fakeblk_poll(&fake);
}

static void begin(void)
{
	machine_forget();
	machine.poll = poll_disk;
	sched_init();
	fakeblk_create(&fake, 0, "xvda", BYTES, 512);
	for (size_t i = 0; i < BYTES; i++)
		pattern[i] = (uint8_t)(i * 7 + i / 512);
}

static void end(void)
{
	fakeblk_destroy(&fake);
}

static void run(void (*fn)(void *))
{
	ck_assert_int_eq(thread_create("test", STACK, fn, NULL), 0);
	sched_run_until_idle();
}

/* ---- calls ---- */

static void write_and_read(void *arg)
{
	(void)arg;
	ck_assert_int_eq(disk_write(&fake.dev, 3, pattern, 101), 0);
	ck_assert_int_eq(disk_flush(&fake.dev), 0);
	ck_assert_int_eq(disk_read(&fake.dev, 0, buffer, 200), 0);
	ck_assert_mem_eq(buffer + 3 * 512, pattern, 101 * 512);
	ck_assert_mem_eq(fake.data + 3 * 512, pattern, 101 * 512);
	ck_assert_uint_eq(fake.served[BLKDEV_WRITE], 13); /* of 8 sectors at most */
	ck_assert_uint_eq(fake.served[BLKDEV_READ], 25);
	ck_assert_uint_eq(fake.served[BLKDEV_FLUSH], 1);
	ck_assert_int_eq(disk_discard(&fake.dev, 8, 100), 0);
	ck_assert_uint_eq(fake.served[BLKDEV_DISCARD], 1);
	ck_assert_int_eq(disk_read(&fake.dev, 511, buffer, 1), 0);
	ck_assert_int_eq(disk_read(&fake.dev, 511, buffer, 2), -EINVAL);
	ck_assert_int_eq(disk_read(&fake.dev, UINT64_MAX, buffer, 2), -EINVAL);
	ck_assert_int_eq(disk_read(&fake.dev, 512, buffer, 0), 0);
}

START_TEST(calls)
{
	run(write_and_read);
}
END_TEST

static void refuse_calls(void *arg)
{
	(void)arg;
	fake.dev.read_only = true;
	ck_assert_int_eq(disk_write(&fake.dev, 0, pattern, 1), -EROFS);
	ck_assert_int_eq(disk_discard(&fake.dev, 0, 1), -EROFS);
	ck_assert_int_eq(disk_flush(&fake.dev), 0);
	fake.dev.read_only = fake.dev.flush = fake.dev.discard = false;
	ck_assert_int_eq(disk_flush(&fake.dev), 0);
	ck_assert_int_eq(disk_discard(&fake.dev, 0, 1), 0);
	ck_assert_uint_eq(fake.served[BLKDEV_FLUSH] + fake.served[BLKDEV_DISCARD], 0);
	/* An offer that is taken back amid the call, and one that is not kept. */
	fake.dev.flush = fake.withdraws = true;
	ck_assert_int_eq(disk_flush(&fake.dev), 0);
	ck_assert_uint_eq(fake.served[BLKDEV_FLUSH], 0);
	fake.withdraws = false;
	fake.dev.flush = true;
	fake.fail_in = 1;
	fake.fail_with = -EOPNOTSUPP;
	ck_assert_int_eq(disk_flush(&fake.dev), -EOPNOTSUPP);
	fake.fail_in = 1;
	fake.fail_with = -EIO;
	ck_assert_int_eq(disk_flush(&fake.dev), -EIO);
}

START_TEST(refusals)
{
	run(refuse_calls);
}
END_TEST

static void fail_each_piece(void *arg)
{
	unsigned fail;

	(void)arg;
	for (fail = 1; fail <= 13; fail++) {
		fake.fail_in = fail;
		fake.fail_with = -EIO;
		ck_assert_int_eq(disk_write(&fake.dev, 3, pattern, 101), -EIO);
		ck_assert_uint_eq(fake.count, 0); /* nothing of it is on its way any more */
	}
	ck_assert_int_eq(disk_write(&fake.dev, 3, pattern, 101), 0);
}

START_TEST(errors)
{
	run(fail_each_piece);
}
END_TEST

/* ---- many at a time, and a queue that is full ---- */

static unsigned finished;

static void read_much(void *arg)
{
	uint8_t *mine = malloc(100 * 512);
	uint64_t from = (uintptr_t)arg;

	ck_assert_ptr_nonnull(mine);
	ck_assert_int_eq(disk_read(&fake.dev, from, mine, 100), 0);
	ck_assert_mem_eq(mine, pattern + from * 512, 100 * 512);
	free(mine);
	finished++;
}

START_TEST(many_threads)
{
	memcpy(fake.data, pattern, BYTES);
	fake.depth = 3;
	fake.per_poll = 1;
	for (uintptr_t i = 0; i < 20; i++)
		ck_assert_int_eq(thread_create("reader", STACK, read_much, (void *)(i * 20)), 0);
	sched_run_until_idle();
	ck_assert_uint_eq(finished, 20);
	ck_assert_uint_gt(fake.refused, 0);
}
END_TEST

static void let_go(struct timer *timer)
{
	(void)timer;
	fake.takes_nothing = false;
}

/* Others have filled the queue, and nobody tells when there is room. */
START_TEST(full_by_others)
{
	struct timer timer;

	memcpy(fake.data, pattern, BYTES);
	fake.takes_nothing = true;
	timer_init(&timer, let_go);
	timer_set(&timer, platform_time_ns() + 95 * MS);
	ck_assert_int_eq(thread_create("reader", STACK, read_much, NULL), 0);
	sched_run_until_idle();
	ck_assert_uint_eq(finished, 1);
	ck_assert_uint_le(fake.refused, 11);
	ck_assert_uint_ge(fake.refused, 9);
}
END_TEST

/* ---- cancelling ---- */

static void read_cancelled(void *arg)
{
	(void)arg;
	ck_assert_int_eq(disk_read(&fake.dev, 0, buffer, 100), 0);
	ck_assert_mem_eq(buffer, pattern, 100 * 512);
	ck_assert(thread_is_cancelled());
	ck_assert_int_eq(thread_sleep_until(platform_time_ns() + MS), -ECANCELED);
	/* And once more, in a thread that is cancelled already. */
	ck_assert_int_eq(disk_read(&fake.dev, 50, buffer, 100), 0);
	ck_assert_mem_eq(buffer, pattern + 50 * 512, 100 * 512);
	ck_assert(thread_is_cancelled());
	finished++;
}

static void cancel(void *arg)
{
	thread_cancel(arg);
	ck_assert_uint_gt(fake.count, 0);
	thread_sleep_until(platform_time_ns() + MS);
	fake.per_poll = 1;
}

START_TEST(cancelling)
{
	struct thread *thread;

	memcpy(fake.data, pattern, BYTES);
	fake.per_poll = 0;
	ck_assert_int_eq(thread_spawn(&thread, "reader", STACK, read_cancelled, NULL), 0);
	ck_assert_int_eq(thread_create("canceller", STACK, cancel, thread), 0);
	sched_run_until_idle();
	thread_detach(thread);
	ck_assert_uint_eq(finished, 1);
}
END_TEST

/* ---- bytes ---- */

static void read_bytes(void *arg)
{
	static const size_t at[] = {0, 1, 511, 512, 513, 1024, 5000, 8191};
	static const size_t lens[] = {0, 1, 2, 511, 512, 513, 1023, 1024, 1025, 4097, 70001};

	(void)arg;
	memcpy(fake.data, pattern, BYTES);
	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(lens); j++) {
			memset(buffer, 0x55, sizeof(buffer));
			ck_assert_int_eq(disk_read_bytes(&fake.dev, at[i], buffer, lens[j]), 0);
			ck_assert(memcmp(buffer, pattern + at[i], lens[j]) == 0);
			ck_assert_uint_eq(buffer[lens[j]], 0x55);
		}
	}
	ck_assert_int_eq(disk_read_bytes(&fake.dev, BYTES - 100, buffer, 100), 0);
	ck_assert_int_eq(disk_read_bytes(&fake.dev, BYTES - 100, buffer, 101), -EINVAL);
}

START_TEST(bytes)
{
	run(read_bytes);
}
END_TEST

/* ---- disks that come and go ---- */

static void wait_for_disk(void *arg)
{
	struct blkdev *dev;
	uint64_t now = platform_time_ns();

	(void)arg;
	ck_assert_int_eq(disk_wait(&dev, "xvda", PLATFORM_NEVER), 0);
	ck_assert_ptr_eq(dev, &fake.dev);
	ck_assert_int_eq(disk_wait(&dev, "xvdb", now + 5 * MS), -ETIMEDOUT);
	ck_assert_uint_eq(platform_time_ns(), now + 5 * MS);
	ck_assert_int_eq(disk_wait(&dev, "xvdb", PLATFORM_NEVER), 0);
	ck_assert_str_eq(dev->name, "xvdb");
	finished++;
}

static void bring_disk(void *arg)
{
	thread_sleep_until(platform_time_ns() + 10 * MS);
	fakeblk_create(arg, 1, "xvdb", BYTES, 512);
}

START_TEST(waiting_for_a_disk)
{
	static struct fakeblk second;

	ck_assert_int_eq(thread_create("waiter", STACK, wait_for_disk, NULL), 0);
	ck_assert_int_eq(thread_create("hand", STACK, bring_disk, &second), 0);
	sched_run_until_idle();
	ck_assert_uint_eq(finished, 1);
	fakeblk_destroy(&second);
}
END_TEST

static void read_until_pulled(void *arg)
{
	unsigned losses = disk_losses(&fake.dev);

	(void)arg;
	ck_assert_int_eq(disk_read(&fake.dev, 0, buffer, 300), -ENODEV);
	ck_assert_uint_eq(fake.count, 0);
	ck_assert_int_eq(disk_read(&fake.dev, 0, buffer, 1), -ENODEV);
	ck_assert_int_eq(disk_flush(&fake.dev), -ENODEV);
	ck_assert_int_eq(disk_wait_up(&fake.dev, platform_time_ns() + MS), -ETIMEDOUT);
	ck_assert_int_eq(disk_wait_up(&fake.dev, PLATFORM_NEVER), 0);
	ck_assert_uint_eq(disk_losses(&fake.dev), losses + 1);
	ck_assert_int_eq(disk_read(&fake.dev, 0, buffer, 1), 0);
	finished++;
}

static void pull(void *arg)
{
	(void)arg;
	thread_yield();
	thread_yield();
	fakeblk_pull(&fake);
	thread_sleep_until(platform_time_ns() + 10 * MS);
	fakeblk_put_back(&fake);
}

START_TEST(pulled_and_put_back)
{
	fake.per_poll = 1;
	ck_assert_int_eq(thread_create("reader", STACK, read_until_pulled, NULL), 0);
	ck_assert_int_eq(thread_create("hand", STACK, pull, NULL), 0);
	sched_run_until_idle();
	ck_assert_uint_eq(finished, 1);
}
END_TEST

/* A call of many pieces must not go on with a disk that came in the place of the first. */
static void swap(void *arg)
{
	(void)arg;
	thread_yield();
	thread_yield();
	fakeblk_pull(&fake);
	fake.served[BLKDEV_WRITE] = 0;
	fakeblk_put_back(&fake);
}

static void write_until_swapped(void *arg)
{
	(void)arg;
	ck_assert_int_eq(disk_write(&fake.dev, 0, pattern, 300), -ENODEV);
	ck_assert_uint_eq(fake.served[BLKDEV_WRITE], 0);
	finished++;
}

START_TEST(swapped)
{
	fake.per_poll = 1;
	ck_assert_int_eq(thread_create("writer", STACK, write_until_swapped, NULL), 0);
	ck_assert_int_eq(thread_create("hand", STACK, swap, NULL), 0);
	sched_run_until_idle();
	ck_assert_uint_eq(finished, 1);
}
END_TEST

/* ---- a store for many threads ---- */

static struct disk_store below;
static struct store store;
static struct store_sync syncer;
static const struct store_options options = {.batch_max = STORE_BATCH_MIN, .random = 5};

static void open_store(void)
{
	disk_store_init(&below, &fake.dev);
	ck_assert_msg(store_open(&store, &below.disk, &options) == 0, "%s", store.message);
	ck_assert_int_eq(store_sync_start(&syncer, &store), 0);
}

static void close_store(void)
{
	store_sync_stop(&syncer);
	store_close(&store);
}

static void expect_value(const char *key, const char *value)
{
	uint8_t got[64];
	size_t len;

	ck_assert_int_eq(store_get(&store, key, strlen(key), got, sizeof(got), &len), 0);
	ck_assert_uint_eq(len, strlen(value));
	ck_assert_mem_eq(got, value, len);
}

static int put(const char *key, const char *value)
{
	return store_put(&store, key, strlen(key), value, strlen(value));
}

static void put_and_sync(void *arg)
{
	const char *key = arg;

	ck_assert_int_eq(put(key, "value"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	expect_value(key, "value");
	finished++;
}

/* Twenty threads that come while the first one's commit is under way share the next. */
static void share(void *arg)
{
	static char keys[21][8];
	unsigned flushes;

	(void)arg;
	open_store();
	flushes = fake.served[BLKDEV_FLUSH];
	fake.per_poll = 0;
	for (unsigned i = 0; i < 21; i++) {
		snprintf(keys[i], sizeof(keys[i]), "key%u", i);
		ck_assert_int_eq(thread_create("user", STACK, put_and_sync, keys[i]), 0);
		thread_yield();
		thread_yield();
	}
	ck_assert_uint_eq(finished, 0);
	ck_assert(!store_sync_is_idle(&syncer));
	ck_assert_int_eq(store_commit(&store), -EBUSY);
	fake.per_poll = 1;
	while (finished < 21)
		thread_yield();
	ck_assert_uint_eq(fake.served[BLKDEV_FLUSH] - flushes, 2);
	ck_assert_uint_eq(store.stats.commits, 2);
	ck_assert(store_sync_is_idle(&syncer));
	close_store();
}

START_TEST(threads_share_a_commit)
{
	run(share);
}
END_TEST

/* ---- callbacks ---- */

static unsigned told[3];
static int told_error[3];

static void tell(struct store_later *later, int error)
{
	unsigned *count = later->ctx;

	told_error[count - told] = error;
	++*count;
}

static void tell_and_go_on(struct store_later *later, int error)
{
	tell(later, error);
	if (told[0] < 3) {
		ck_assert_int_eq(put("again", "x"), 0);
		store_sync_later(&syncer, later);
	}
}

static void hand_in(void *arg)
{
	struct store_later first = {.done = tell_and_go_on, .ctx = &told[0]};
	struct store_later second = {.done = tell, .ctx = &told[1]};
	struct store_later third = {.done = tell, .ctx = &told[2]};

	(void)arg;
	open_store();
	ck_assert_int_eq(put("a", "1"), 0);
	store_sync_later(&syncer, &first);
	store_sync_later(&syncer, &second);
	store_sync_later(&syncer, &third);
	ck_assert_uint_eq(told[0] + told[1], 0);
	store_sync_forget(&third);
	close_store(); /* serves all who wait */
	ck_assert_uint_eq(told[0], 3);
	ck_assert_uint_eq(told[1], 1);
	ck_assert_uint_eq(told[2], 0);
	ck_assert_uint_eq(store.stats.commits, 3);
}

START_TEST(callbacks)
{
	run(hand_in);
}
END_TEST

/* An error is told to all whose changes were in that batch, and to nobody else. */
static void fail_batch(void *arg)
{
	struct store_later first = {.done = tell, .ctx = &told[0]};
	struct store_later second = {.done = tell, .ctx = &told[1]};
	struct store_later third = {.done = tell, .ctx = &told[2]};
	uint8_t value[8];
	size_t len;

	(void)arg;
	open_store();
	fake.fail_in = 2; /* the flush */
	fake.fail_with = -EIO;
	fake.per_poll = 0;
	ck_assert_int_eq(put("a", "1"), 0);
	store_sync_later(&syncer, &first);
	ck_assert_int_eq(put("b", "1"), 0);
	store_sync_later(&syncer, &second);
	thread_yield();
	thread_yield();
	ck_assert_int_eq(put("c", "1"), 0);
	store_sync_later(&syncer, &third);
	fake.per_poll = 1;
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	ck_assert_int_eq(told_error[0], -EIO);
	ck_assert_int_eq(told_error[1], -EIO);
	ck_assert_uint_eq(told[2], 1);
	ck_assert_int_eq(told_error[2], 0);
	expect_value("c", "1");
	ck_assert_int_eq(store_get(&store, "a", 1, value, 8, &len), -ENOENT);
	close_store();
}

START_TEST(errors_are_told)
{
	run(fail_batch);
}
END_TEST

/* ---- waiters that give up ---- */

static void sync_in_vain(void *arg)
{
	(void)arg;
	ck_assert_int_eq(put("late", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, platform_time_ns() + MS), -ETIMEDOUT);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), -ECANCELED);
	finished++;
}

static void give_up(void *arg)
{
	struct thread *thread;

	(void)arg;
	open_store();
	fake.per_poll = 0;
	ck_assert_int_eq(thread_spawn(&thread, "user", STACK, sync_in_vain, NULL), 0);
	thread_sleep_until(platform_time_ns() + 5 * MS);
	thread_cancel(thread);
	ck_assert_int_eq(thread_join(thread, PLATFORM_NEVER), 0);
	fake.per_poll = 1;
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	expect_value("late", "1");
	ck_assert_uint_eq(finished, 1);
	close_store();
}

START_TEST(giving_up)
{
	run(give_up);
}
END_TEST

/* ---- batches that are full ---- */

static void fill(void *arg)
{
	static uint8_t value[1500];
	char key[16];
	unsigned i;

	for (i = 0; i < 10; i++) {
		snprintf(key, sizeof(key), "%s%u", (const char *)arg, i);
		ck_assert_int_eq(store_sync_put(&syncer, key, strlen(key), value, sizeof(value),
					 PLATFORM_NEVER),
			0);
	}
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	ck_assert_int_eq(store_sync_put(&syncer, key, strlen(key), NULL, 0, PLATFORM_NEVER), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	finished++;
}

static void fill_batches(void *arg)
{
	(void)arg;
	open_store();
	ck_assert_int_eq(thread_create("one", STACK, fill, "one"), 0);
	ck_assert_int_eq(thread_create("two", STACK, fill, "two"), 0);
	while (finished < 2)
		thread_yield();
	ck_assert_uint_eq(store.records, 18);
	close_store();
}

START_TEST(full_batches)
{
	run(fill_batches);
}
END_TEST

/* Who has staged more than a batch hears when an earlier one of its changes is lost. */
static void fail_while_filling(void *arg)
{
	static uint8_t value[1500];
	int error = 0;
	unsigned i;

	(void)arg;
	open_store();
	fake.fail_in = 2;
	fake.fail_with = -EIO;
	for (i = 0; i < 10 && !error; i++)
		error = store_sync_put(
			&syncer, &i, sizeof(i), value, sizeof(value), PLATFORM_NEVER);
	ck_assert_int_eq(error, -EIO);
	ck_assert_uint_eq(i, 3); /* two fit into a batch */
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	ck_assert_uint_eq(store.records, 0);
	close_store();
}

START_TEST(full_batch_fails)
{
	run(fail_while_filling);
}
END_TEST

/* ---- a store whose disk is pulled ---- */

static void pull_store(void *arg)
{
	uint8_t value[8];
	size_t len;

	(void)arg;
	open_store();
	ck_assert_int_eq(put("a", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	fakeblk_pull(&fake);
	ck_assert_int_eq(put("b", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), -ENODEV);
	ck_assert_int_eq(store_get(&store, "a", 1, value, 8, &len), -ENODEV);
	fakeblk_put_back(&fake);
	expect_value("a", "1");
	ck_assert_int_eq(put("c", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	close_store();
	open_store();
	expect_value("a", "1");
	expect_value("c", "1");
	ck_assert_uint_eq(store.records, 2);
	close_store();
}

START_TEST(store_pulled)
{
	run(pull_store);
}
END_TEST

/* Nothing is written to a disk that came in the place of the store's. */
static void expect_stale(void)
{
	uint8_t value[8];
	size_t len;

	memcpy(buffer, fake.data, BYTES);
	fakeblk_put_back(&fake);
	ck_assert_int_eq(store_get(&store, "a", 1, value, 8, &len), -ESTALE);
	ck_assert_int_eq(put("b", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), -ESTALE);
	ck_assert_int_eq(store_get(&store, "a", 1, value, 8, &len), -ESTALE);
	ck_assert_mem_eq(buffer, fake.data, BYTES);
	fakeblk_pull(&fake);
}

/* While a commit looks at a disk that was away, nobody reads from it. */
static void read_meanwhile(void *arg)
{
	struct store_later later = {.done = tell, .ctx = &told[0]};
	uint8_t value[8];
	size_t len;

	(void)arg;
	open_store();
	ck_assert_int_eq(put("a", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	fakeblk_pull(&fake);
	fakeblk_put_back(&fake);
	fake.per_poll = 0;
	ck_assert_int_eq(put("b", "1"), 0);
	store_sync_later(&syncer, &later);
	thread_yield();
	thread_yield();
	ck_assert_uint_eq(fake.count, 1); /* it looks at the superblock */
	ck_assert_int_eq(store_get(&store, "a", 1, value, 8, &len), -ENODEV);
	fake.per_poll = 1;
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	ck_assert_int_eq(told_error[0], 0);
	expect_value("a", "1");
	close_store();
}

START_TEST(store_looks_first)
{
	run(read_meanwhile);
}
END_TEST

static void swap_store(void *arg)
{
	static uint8_t older[BYTES], mine[BYTES];

	(void)arg;
	open_store();
	ck_assert_int_eq(put("a", "0"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	memcpy(older, fake.data, BYTES);
	ck_assert_int_eq(put("a", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	memcpy(mine, fake.data, BYTES);
	fakeblk_pull(&fake);

	memcpy(fake.data, pattern, BYTES); /* something else */
	expect_stale();
	memset(fake.data, 0, BYTES); /* a blank disk */
	expect_stale();
	memcpy(fake.data, older, BYTES); /* a copy of earlier */
	expect_stale();
	memcpy(fake.data, mine, BYTES);
	fake.dev.sectors--; /* another size */
	expect_stale();
	fake.dev.sectors++;

	fakeblk_put_back(&fake);
	expect_value("a", "1");
	ck_assert_int_eq(put("b", "1"), 0);
	ck_assert_int_eq(store_sync(&syncer, PLATFORM_NEVER), 0);
	close_store();
}

START_TEST(store_swapped)
{
	run(swap_store);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {calls, refusals, errors, many_threads, full_by_others,
		cancelling, bytes, waiting_for_a_disk, pulled_and_put_back, swapped,
		threads_share_a_commit, callbacks, errors_are_told, giving_up, full_batches,
		full_batch_fails, store_pulled, store_looks_first, store_swapped};

	return run_tests("disk", tests, ARRAY_SIZE(tests), begin, end);
}
