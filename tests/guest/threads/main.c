/* SPDX-License-Identifier: ISC */
/*
 * A thousand threads on a real guest: they wait in a line, sleep, are joined and cancelled; then
 * as many as there is room for; and one that gives no way for too long. Each step says "ok NAME"
 * or "not ok NAME: why" on the console, and the last line is "threads done".
 */
#include <errno.h>
#include <stdio.h>

#include "lib/app/app.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/sched/sched.h"

#define MANY  1000u
#define STACK ((size_t)8 * 1024)
#define MS    1000000ull

static struct thread *threads[2 * MANY];
static struct wait_queue line;
static unsigned woken, in_order, rested, cancelled;
static size_t deepest;

static void say(const char *name, bool good, unsigned got)
{
	char text[LOG_LINE];
	int len = snprintf(text, sizeof(text), good ? "ok %s\n" : "not ok %s: got %u\n", name, got);

	platform_console_write(text, (size_t)len);
}

static void rest(void *arg)
{
	unsigned number = (unsigned)(uintptr_t)arg;

	if (wait_queue_wait(&line, PLATFORM_NEVER) == 0)
		in_order += woken++ == number;
	if (thread_sleep_until(platform_time_ns() + number % 50 * MS) == 0)
		rested++;
}

static void wait_for_ever(void *arg)
{
	(void)arg;
	cancelled += wait_queue_wait(&line, PLATFORM_NEVER) == -ECANCELED;
}

static void hog(void *arg)
{
	uint64_t end = platform_time_ns() + 150 * MS;

	(void)arg;
	while (platform_time_ns() < end)
		;
}

/* Starts up to COUNT, and lets them come to their first wait. Returns how many there was room for.
 */
static unsigned start(unsigned count, void (*fn)(void *arg))
{
	unsigned i = 0;

	while (i < count &&
		!thread_spawn(&threads[i], "one of many", STACK, fn, (void *)(uintptr_t)i))
		i++;
	thread_yield();
	return i;
}

static unsigned join(unsigned count)
{
	unsigned joined = 0;

	for (unsigned i = 0; i < count; i++) {
		struct thread_info info;

		thread_get_info(threads[i], &info);
		if (info.stack_used > deepest)
			deepest = info.stack_used;
		joined += thread_join(threads[i], platform_time_ns() + 10000 * MS) == 0;
	}
	return joined;
}

static void thousand(void)
{
	unsigned count = start(MANY, rest);

	say("a thousand threads are started", count == MANY, count);
	wait_queue_wake_all(&line);
	count = join(count);
	say("all are joined", count == MANY, count);
	say("they were woken in order", in_order == MANY, in_order);
	say("each has slept", rested == MANY, rested);
	say("their stacks were used, and not to the end", deepest > 200 && deepest < STACK / 2,
		(unsigned)deepest);
}

static unsigned cancel_all(unsigned count)
{
	cancelled = 0;
	for (unsigned i = 0; i < count; i++)
		thread_cancel(threads[i]);
	return join(count);
}

/* As many as there is room for: then it is an error, and after them there is room again. */
static void too_many(void)
{
	unsigned first = start(2 * MANY, wait_for_ever), second;

	say("room for a thousand and not for two", first >= MANY && first < 2 * MANY, first);
	say("all can be cancelled", cancel_all(first) == first && cancelled == first, cancelled);
	second = start(2 * MANY, wait_for_ever);
	say("as many again", second == first, second);
	cancel_all(second);
}

static int run(void)
{
	size_t before = platform_memory_free(), after;
	struct thread *thread;

	wait_queue_init(&line);
	thousand();
	too_many();
	after = platform_memory_free();
	/* What is kept: spare stacks, 128 KiB, and the page tables of the stacks' region. */
	say("their memory is free again", after + (512 << 10) >= before,
		(unsigned)((before - after) >> 10));
	if (thread_spawn(&thread, "hog", STACK, hog, NULL) == 0)
		thread_join(thread, PLATFORM_NEVER);
	log_info("threads", "deepest stack %zu bytes", deepest);
	platform_console_write("threads done\n", 13);
	return 0;
}

const struct app app = {.name = "threads", .version = KINGLET_VERSION, .main = run};
