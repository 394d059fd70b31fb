/* SPDX-License-Identifier: ISC */
/*
 * A load of writers on a store, to be ended at any moment: each writer W keeps its last records
 * under the keys "W/N" and the last number under "W", and says "ack W N" on the console once both
 * are durable. It goes on where an earlier run ended, and says what it found: "found W N". Disks
 * may be pulled meanwhile. As a guest and as a Linux program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/disk/disk.h"
#include "lib/disk/disk_store.h"
#include "lib/disk/store_sync.h"
#include "lib/sched/sched.h"
#include "lib/store/store.h"

#define WRITERS_MAX 32u
#define PATIENCE    30000000000ull /* ns until the disk must have come */
#define RETRY       100000000ull   /* ns after an error */
#define NOTE_MAX    32u

static const char *disk_name = "xvda";
static uint64_t writer_count = 4;
static uint64_t keep = 20; /* records of a writer */
static uint64_t rounds;    /* 0: for ever */
static uint64_t value_len = 64;

static const struct config_key keys[] = {
	{.name = "disk", .type = CONFIG_TEXT, .target = &disk_name, .help = "its name [xvda]"},
	{.name = "writers",
		.type = CONFIG_NUMBER,
		.target = &writer_count,
		.low = 1,
		.high = WRITERS_MAX,
		.expected = "a number from 1 to 32",
		.help = "threads that write [4]"},
	{.name = "keep",
		.type = CONFIG_NUMBER,
		.target = &keep,
		.low = 1,
		.high = 10000,
		.expected = "a number from 1 to 10000",
		.help = "records that each keeps [20]"},
	{.name = "value",
		.type = CONFIG_NUMBER,
		.target = &value_len,
		.low = NOTE_MAX,
		.high = 4096,
		.expected = "bytes from 32 to 4096",
		.help = "bytes of a record's value [64]"},
	{.name = "rounds",
		.type = CONFIG_NUMBER,
		.target = &rounds,
		.high = 1000000000,
		.help = "records that each writes before the guest ends; 0: for ever [0]"},
};

static const struct config_table config = {
	.area = "store", .keys = keys, .count = ARRAY_SIZE(keys)};

static struct disk_store below;
static struct store store;
static struct store_sync syncer;
static unsigned writers_left;

struct writer {
	unsigned number, first, next;
};

static struct writer writers[WRITERS_MAX];

static void say(const char *word, unsigned writer, unsigned number)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %u %u\n", word, writer, number);

	platform_console_write(line, (size_t)len);
}

static int put_all(const struct writer *writer)
{
	char key[NOTE_MAX], note[NOTE_MAX];
	static char value[4096];
	size_t len = (size_t)snprintf(key, sizeof(key), "%u/%u", writer->number, writer->next);
	int error;

	memset(value, '.', value_len);
	memcpy(value, key, len);
	error = store_put(&store, key, len, value, value_len);
	if (!error) {
		len = (size_t)snprintf(key, sizeof(key), "%u", writer->number);
		error = store_put(&store, key, len, note,
			(size_t)snprintf(note, sizeof(note), "%u", writer->next));
	}
	if (!error && writer->next > keep) {
		len = (size_t)snprintf(
			key, sizeof(key), "%u/%u", writer->number, writer->next - (unsigned)keep);
		error = store_delete(&store, key, len);
	}
	return error;
}

/* The three changes of one record, or none. */
static int stage(const struct writer *writer)
{
	struct store_mark mark = store_mark(&store);
	int error = put_all(writer);

	if (error)
		store_undo(&store, mark);
	return error;
}

static int write_one(const struct writer *writer)
{
	int error;

	while ((error = stage(writer)) == -ENOBUFS)
		store_sync(&syncer, PLATFORM_NEVER);
	return error ? error : store_sync(&syncer, PLATFORM_NEVER);
}

/* Until it has succeeded; what is wrong is said by the first writer. */
static void write_firmly(struct writer *writer)
{
	int error, last = 0;

	while ((error = write_one(writer)) != 0) {
		if (error != last && writer->number == 0)
			log_warning("store", "%s: cannot write: error %d%s", disk_name, -error,
				error == -ENODEV ? ", the disk is away" : "");
		last = error;
		disk_wait_up(below.dev, PLATFORM_NEVER);
		thread_sleep_until(platform_time_ns() + RETRY);
	}
	if (last && writer->number == 0)
		log_info("store", "%s: writes again", disk_name);
}

static void write_for_ever(void *arg)
{
	struct writer *writer = arg;

	for (; !rounds || writer->next - writer->first < rounds; writer->next++) {
		write_firmly(writer);
		say("ack", writer->number, writer->next);
	}
	if (--writers_left)
		return;
	store_sync_stop(&syncer);
	log_info("store", "%llu commits, %llu flushes, %llu compactions",
		(unsigned long long)store.stats.commits, (unsigned long long)store.stats.flushes,
		(unsigned long long)store.stats.compactions);
	store_close(&store);
	platform_exit(PLATFORM_POWEROFF);
}

/* Where writer I goes on. Its number, and the record of that number, must be there together. */
static int find_number(unsigned i)
{
	char key[NOTE_MAX], number[NOTE_MAX + 1];
	static char value[4096];
	size_t len, key_len = (size_t)snprintf(key, sizeof(key), "%u", i);
	int error = store_get(&store, key, key_len, number, NOTE_MAX, &len);

	writers[i] = (struct writer){.number = i, .first = 1, .next = 1};
	if (error == -ENOENT)
		return 0;
	if (error)
		return error;
	number[len] = '\0';
	writers[i].first = writers[i].next = (unsigned)strtoul(number, NULL, 10) + 1;
	key_len = (size_t)snprintf(key, sizeof(key), "%u/%u", i, writers[i].next - 1);
	error = store_get(&store, key, key_len, value, sizeof(value), &len);
	if (!error)
		say("found", i, writers[i].next - 1);
	return error;
}

static int open_store(void)
{
	struct store_options options = {.batch_max = STORE_BATCH_MIN * 4};
	struct blkdev *dev;

	if (disk_wait(&dev, disk_name, platform_time_ns() + PATIENCE) != 0) {
		log_error("store", "disk=%s: expected a disk of this name within 30 s", disk_name);
		return -ENODEV;
	}
	disk_store_init(&below, dev);
	platform_random(&options.random, sizeof(options.random));
	return store_open(&store, &below.disk, &options);
}

static int store_main(void)
{
	int error = open_store();

	for (unsigned i = 0; !error && i < writer_count; i++)
		error = find_number(i);
	error = error ? error : store_sync_start(&syncer, &store);
	if (error) {
		log_error("store", "%s: error %d: %s", disk_name, -error, store.message);
		return error;
	}
	log_info("store", "ready: %zu records", store.records);
	writers_left = (unsigned)writer_count;
	for (unsigned i = 0; !error && i < writer_count; i++)
		error = thread_create("writer", THREAD_STACK_DEFAULT, write_for_ever, &writers[i]);
	return error;
}

static bool ready_to_suspend(void)
{
	return !writers_left || store_sync_is_idle(&syncer);
}

const struct app app = {.name = "store",
	.version = KINGLET_VERSION,
	.config = &config,
	.main = store_main,
	.suspend_ready = ready_to_suspend};
