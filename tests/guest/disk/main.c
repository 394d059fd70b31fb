/* SPDX-License-Identifier: ISC */
/*
 * Disks, for tests and benchmarks of blkfront under Xen. TCP port 7 takes a command a line and
 * answers each with a line:
 *   list                             each disk
 *   fill NAME FIRST COUNT SEED       writes tests/guest/disk/pattern.h to units of 512 bytes
 *   check NAME FIRST COUNT SEED      reads them, and says how many are not so
 *   flush NAME
 *   discard NAME FIRST COUNT
 *   load NAME FIRST COUNT PAUSE      fills and flushes them over and over, with seeds 1, 2, ...,
 *                                    and so many milliseconds between
 *   stop                             ends that after a whole round, and names its seed
 *   loaded                           how it went so far
 *   bench NAME read|write COUNT SIZE DEPTH   the first COUNT units, in requests of SIZE bytes
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/blkdev.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"
#include "tests/guest/disk/transfer.h"

#define SECOND ((uint64_t)1000000000)
#define IDLE   (300 * SECOND)
#define LINE   1024
#define SIZE   (256u * 1024) /* bytes of a request, if the command does not say */
#define DEPTH  4u
#define STACK  ((size_t)32 * 1024)

static unsigned changes;

/* ---- the load ---- */

static struct {
	struct transfer transfer;
	bool wanted, running;
	uint64_t pause;        /* ns between two rounds */
	uint64_t rounds;       /* done */
	uint64_t gone, errors; /* others: ended since the disk had gone, or otherwise */
} load;

/* The disk goes and comes; a round counts when all of it was written and flushed. */
static void load_thread(void *arg)
{
	struct blkdev *dev = load.transfer.dev;

	(void)arg;
	while (load.wanted) {
		int error;

		if (!dev->up) {
			thread_sleep_until(platform_time_ns() + SECOND / 50);
			continue;
		}
		load.transfer.seed = load.rounds + 1;
		error = transfer_run(&load.transfer);
		if (!error && dev->flush)
			error = transfer_simple(dev, BLKDEV_FLUSH, 0, 0);
		load.rounds += !error;
		load.gone += error == -ENODEV;
		load.errors += error && error != -ENODEV;
		thread_sleep_until(platform_time_ns() + load.pause);
	}
	load.running = false;
}

/* ---- commands ---- */

struct answer {
	char text[LINE];
	size_t len;
};

static void say(struct answer *answer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void say(struct answer *answer, const char *format, ...)
{
	size_t room = sizeof(answer->text) - answer->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(answer->text + answer->len, room, format, args);
	va_end(args);
	answer->len += MIN((size_t)MAX(len, 0), room - 1);
}

static void list(struct answer *answer)
{
	struct blkdev *dev;

	for (unsigned i = 0; (dev = blkdev_get(i)); i++)
		say(answer, "%s %s sectors=%llu size=%u physical=%u%s%s%s%s; ", dev->name,
			dev->up ? "up" : "down", (unsigned long long)dev->sectors, dev->sector_size,
			dev->physical_sector_size, dev->read_only ? " ro" : " rw",
			dev->cdrom ? " cdrom" : "", dev->flush ? " flush" : "",
			dev->discard ? " discard" : "");
	say(answer, "changes=%u", changes);
}

static void begin_load(struct answer *answer, struct transfer *transfer)
{
	if (load.running) {
		say(answer, "error: it runs already");
		return;
	}
	load.transfer = *transfer;
	load.pause = transfer->seed * SECOND / 1000;
	load.wanted = load.running = true;
	load.rounds = load.gone = load.errors = 0;
	if (thread_create("load", STACK, load_thread, NULL))
		load.running = false;
	say(answer, load.running ? "ok" : "error: no memory");
}

static void end_load(struct answer *answer)
{
	load.wanted = false;
	while (load.running)
		thread_sleep_until(platform_time_ns() + SECOND / 50);
	say(answer, "seed=%llu", (unsigned long long)load.rounds);
}

static void run(struct answer *answer, struct transfer *transfer)
{
	uint64_t begin = platform_time_ns();
	int error = transfer_run(transfer);

	if (error)
		say(answer, "error %d", error);
	else if (transfer->bad)
		say(answer, "bad: %llu, the first is %llu", (unsigned long long)transfer->bad,
			(unsigned long long)transfer->bad_first);
	else
		say(answer, "ok bytes=%llu ns=%llu", (unsigned long long)transfer->count * 512,
			(unsigned long long)(platform_time_ns() - begin));
}

static void simple(struct answer *answer, const struct transfer *transfer, enum blkdev_op op)
{
	int error = transfer_simple(transfer->dev, op, transfer->first, transfer->count);

	if (error)
		say(answer, "error %d", error);
	else
		say(answer, "ok");
}

static void bench(struct answer *answer, struct transfer *transfer, const char *rest)
{
	char direction[8] = "";
	unsigned long long count = 0, size = SIZE;

	transfer->pattern = false;
	if (sscanf(rest, "%7s %llu %llu %u", direction, &count, &size, &transfer->depth) < 2 ||
		!size || size % 4096 || !transfer->depth) {
		say(answer, "error: read|write COUNT SIZE DEPTH");
		return;
	}
	transfer->write = !strcmp(direction, "write");
	transfer->count = count;
	transfer->size = (uint32_t)size;
	run(answer, transfer);
}

static void on_disk(struct answer *answer, const char *verb, const char *name, const char *rest)
{
	struct transfer transfer = {
		.dev = blkdev_find(name), .pattern = true, .size = SIZE, .depth = DEPTH};
	unsigned long long first = 0, count = 0, seed = 0;

	if (!transfer.dev) {
		say(answer, "error: no disk %s", name);
		return;
	}
	if (!strcmp(verb, "bench")) {
		bench(answer, &transfer, rest);
		return;
	}
	(void)sscanf(rest, "%llu %llu %llu", &first, &count, &seed);
	transfer.first = first;
	transfer.count = count;
	transfer.seed = seed;
	transfer.write = !strcmp(verb, "fill") || !strcmp(verb, "load");
	if (!strcmp(verb, "fill") || !strcmp(verb, "check"))
		run(answer, &transfer);
	else if (!strcmp(verb, "load"))
		begin_load(answer, &transfer);
	else if (!strcmp(verb, "flush"))
		simple(answer, &transfer, BLKDEV_FLUSH);
	else if (!strcmp(verb, "discard"))
		simple(answer, &transfer, BLKDEV_DISCARD);
	else
		say(answer, "error: no command %s", verb);
}

static void obey(struct answer *answer, const char *line)
{
	char verb[16] = "", name[16] = "";
	int at = 0;

	answer->len = 0;
	(void)sscanf(line, "%15s %15s %n", verb, name, &at);
	if (!strcmp(verb, "list"))
		list(answer);
	else if (!strcmp(verb, "stop"))
		end_load(answer);
	else if (!strcmp(verb, "loaded"))
		say(answer, "rounds=%llu gone=%llu errors=%llu", (unsigned long long)load.rounds,
			(unsigned long long)load.gone, (unsigned long long)load.errors);
	else
		on_disk(answer, verb, name, at ? line + at : "");
	say(answer, "\n");
}

/* ---- the service ---- */

static void session(void *arg)
{
	struct tcp_stream *stream = arg;
	struct answer answer;
	char line[LINE];
	size_t used = 0;
	long len;

	while ((len = net_tcp_read(stream, line + used, sizeof(line) - 1 - used,
			platform_time_ns() + IDLE)) > 0) {
		char *end;

		used += (size_t)len;
		line[used] = '\0';
		while ((end = strchr(line, '\n'))) {
			*end = '\0';
			obey(&answer, line);
			used -= (size_t)(end + 1 - line);
			memmove(line, end + 1, used + 1);
			if (net_tcp_write(
				    stream, answer.text, answer.len, platform_time_ns() + IDLE))
				break;
		}
		if (used == sizeof(line) - 1)
			break;
	}
	net_tcp_close(stream);
}

static void on_changed(struct blkdev *dev, void *ctx)
{
	(void)ctx;
	changes++;
	log_info("disk", "%s is %s", dev->name, dev->up ? "up" : "down");
}

static void on_disk_seen(struct blkdev *dev, void *ctx)
{
	(void)ctx;
	dev->changed = on_changed;
	on_changed(dev, NULL);
}

static int disk_main(void)
{
	static struct tcp_listener *listener;
	struct tcp_stream *stream;
	int error;

	blkdev_set_listener(on_disk_seen, NULL);
	error = net_tcp_listen(&listener, 7, 16);
	if (error) {
		log_error("disk", "cannot listen: error %d", -error);
		return error;
	}
	while (net_tcp_accept(listener, &stream, PLATFORM_NEVER) == 0)
		if (thread_create("session", STACK, session, stream))
			net_tcp_abort(stream);
	return 0;
}

const struct app app = {.name = "disk", .version = KINGLET_VERSION, .main = disk_main};
