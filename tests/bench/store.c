/* SPDX-License-Identifier: ISC */
/*
 * What a store costs: flushes of a commit, the time of a recovery and of a compaction, with 100,000
 * records. On the file that is named, which is made; prints samples for tests/bench/report.
 * usage: store FILE
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/store/store.h"

#define BYTES   ((uint64_t)64 << 20)
#define SECTOR  512u
#define RECORDS 100000u
#define ROUNDS  5

struct file_disk {
	struct store_disk disk;
	int fd;
	unsigned flushes;
};

static struct file_disk file;
static struct store store;
static struct store_options options = {.random = 1};

static void must(int fact, const char *what)
{
	if (fact)
		return;
	fprintf(stderr, "store: %s failed: %s\n", what, store.message);
	exit(1);
}

static int file_read(struct store_disk *disk, uint64_t sector, void *data, uint32_t count)
{
	size_t len = (size_t)count * SECTOR;

	(void)disk;
	return pread(file.fd, data, len, (off_t)(sector * SECTOR)) == (ssize_t)len ? 0 : -EIO;
}

static int file_write(struct store_disk *disk, uint64_t sector, const void *data, uint32_t count)
{
	size_t len = (size_t)count * SECTOR;

	(void)disk;
	return pwrite(file.fd, data, len, (off_t)(sector * SECTOR)) == (ssize_t)len ? 0 : -EIO;
}

/* How long the machine's own disk takes is not what is measured. */
static int file_flush(struct store_disk *disk)
{
	(void)disk;
	file.flushes++;
	return 0;
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void sample(const char *row, const char *clock, const char *unit, double value)
{
	printf("%s\tkinglet\t%s\t%s\t%.3f\n", row, clock, unit, value);
}

static void put(unsigned number)
{
	char key[20];
	uint8_t value[64];
	size_t len = (size_t)snprintf(key, sizeof(key), "record-%06u", number % RECORDS);
	int error;

	memset(value, (int)number, sizeof(value));
	error = store_put(&store, key, len, value, sizeof(value));
	if (error == -ENOBUFS) {
		must(store_commit(&store) == 0, "a commit");
		error = store_put(&store, key, len, value, sizeof(value));
	}
	must(error == 0, "a put");
}

static void open_file(const char *path)
{
	file.fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(file.fd >= 0 && ftruncate(file.fd, (off_t)BYTES) == 0, path);
	file.disk = (struct store_disk){.read = file_read,
		.write = file_write,
		.flush = file_flush,
		.sectors = BYTES / SECTOR,
		.sector_size = SECTOR};
	must(store_open(&store, &file.disk, &options) == 0, "opening");
}

/* One record a commit, through several compactions; then until the log is as long as it may be. */
static void measure_commits(void)
{
	unsigned commits = 0, before, most = 0, total = 0;
	double longest = 0, start;

	for (unsigned i = 0; i < RECORDS; i++)
		put(i);
	must(store_commit(&store) == 0, "a commit");
	while (store.stats.compactions < 3 || store.end < store.super.area_units / 16 * 15) {
		put(commits * 7919);
		before = file.flushes;
		start = now_ms();
		must(store_commit(&store) == 0, "a commit");
		longest = MAX(longest, now_ms() - start);
		most = MAX(most, file.flushes - before);
		total += file.flushes - before;
		commits++;
	}
	sample("store.flushes", "none", "1", most);
	sample("store.flushes.mean", "none", "1", (double)total / commits);
	sample("store.longest", "wall", "ms", longest);
}

static void measure_recovery(void)
{
	double start;
	size_t bad;

	for (int i = 0; i < ROUNDS; i++) {
		store_close(&store);
		start = now_ms();
		must(store_open(&store, &file.disk, &options) == 0, "opening");
		sample("store.recovery", "wall", "ms", now_ms() - start);
		must(store.records == RECORDS, "finding all records");
	}
	sample("store.memory", "none", "B", (double)store.index_bytes / RECORDS);
	must(store_check(&store, &bad) == 0, "checking");
}

int main(int argc, char **argv)
{
	must(argc == 2, "usage: store FILE:");
	open_file(argv[1]);
	measure_commits();
	measure_recovery();
	store_close(&store);
	unlink(argv[1]);
	return 0;
}
