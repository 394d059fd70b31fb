/* SPDX-License-Identifier: ISC */
/*
 * Dies, for tests of what protects a guest: `how=` chooses the way (the table below). What lives on
 * says so. tests/rig/protect.sh creates one of each, and reads their reports.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/app/app.h"
#include "lib/base/arena.h"
#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/sched/sched.h"
#include <lwip/mem.h>
#include <lwip/memp.h>
#include <lwip/udp.h>

#define SECOND 1000000000ull

extern char image_start[], boot_text_end[];
extern const char symbols_names[];
extern uint64_t boot_gdt[];
void *page_alloc(void);
void page_free(void *page);

static const char *how = "";
static uint64_t count = 1000;

/* What the compiler knows nothing about. */
static void *hidden(const void *at)
{
	void *same = (void *)(uintptr_t)at;

	__asm__ volatile("" : "+r"(same));
	return same;
}

static void store(void *at)
{
	*(volatile char *)hidden(at) = 1;
}

static void run(void *at)
{
	((void (*)(void))hidden(at))();
	log_info("die", "it came back"); /* and keeps the call from being a jump */
}

/* ---- memory ---- */

static void write_text(void)
{
	store((void *)write_text);
}

static void write_rodata(void)
{
	store((void *)symbols_names);
}

static char code[64] = {(char)0xc3}; /* ret */

static void exec_data(void)
{
	run(code);
}

static void exec_stack(void)
{
	char local[64] = {(char)0xc3};

	run(hidden(local));
}

static void exec_heap(void)
{
	char *mem = malloc(64);

	mem[0] = (char)0xc3;
	run(mem);
}

static void exec_boot(void)
{
	run(image_start);
}

static void null_read(void)
{
	(void)*(volatile char *)hidden(NULL);
}

static void null_call(void)
{
	run(NULL);
}

/* Far beyond RAM, which is all that is mapped one to one. */
static void wild_write(void)
{
	store((void *)(200ull << 30));
}

/* ---- stacks ---- */

static unsigned limit = 1000000;

static unsigned overflow(unsigned depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	frame[sizeof(frame) - 1] = frame[0];
	if (depth < limit)
		frame[1] = (char)overflow(depth + 1);
	return (unsigned)frame[1] + (unsigned)frame[sizeof(frame) - 1];
}

static void overflow_thread(void)
{
	(void)overflow(0);
}

/* One frame that is larger than the guard page, and written to at its far end only. */
static void overflow_wide(void)
{
	volatile char frame[15 * 4096];

	frame[0] = 1;
	log_info("die", "%d", frame[0]);
}

static void on_timer(struct timer *timer)
{
	(void)timer;
	(void)overflow(0);
}

/* Timers run in the loop, on the machine's first stack. */
static void overflow_first(void)
{
	static struct timer timer;

	timer_init(&timer, on_timer);
	timer_set(&timer, platform_time_ns());
	thread_sleep_until(platform_time_ns() + SECOND);
}

static __attribute__((noinline)) void smash(size_t len)
{
	char local[16] = "";

	memset(hidden(local), 'x', len);
	hidden(local);
}

static void canary(void)
{
	smash(64);
}

static void no_trap(void) __attribute__((noreturn));
static void no_trap(void)
{
	__builtin_trap();
}

/* The stack for exceptions, taken away: the one for double faults is another. */
static void double_fault(void)
{
	uint64_t low = boot_gdt[3], high = boot_gdt[4];
	uint64_t tss = (low >> 16 & 0xffffff) | (low >> 56) << 24 | high << 32;
	uint64_t nowhere = 8;

	memcpy((char *)tss + 36, &nowhere, sizeof(nowhere)); /* IST 1 */
	no_trap();
}

/* ---- allocators ---- */

static void free_twice(void)
{
	void *mem = malloc(100), *same = hidden(mem);

	free(mem);
	free(same);
}

static void free_wild(void)
{
	static char place[64] __attribute__((aligned(16)));

	free(hidden(place + 32));
}

static void overrun(void)
{
	char *mem = malloc(21);

	memset(hidden(mem), 'x', 22);
	free(mem);
}

static void underrun(void)
{
	char *mem = malloc(21);

	memset((char *)hidden(mem) - 1, 'x', 2);
	free(mem);
}

static void overrun_realloc(void)
{
	char *mem = malloc(64);

	memset(hidden(mem), 'x', 65);
	free(realloc(mem, 1000));
}

static void overrun_arena(void)
{
	struct arena arena;
	char *piece;

	arena_init(&arena, 1024, 0);
	piece = arena_alloc(&arena, 16, 8);
	memset(hidden(piece), 'x', 1024);
	arena_fini(&arena);
}

/* lwIP's pools, and the heap of its own. */
static void overrun_pool(void)
{
	char *pcb = memp_malloc(MEMP_UDP_PCB);

	memset(hidden(pcb), 'x', sizeof(struct udp_pcb) + 1);
	memp_free(MEMP_UDP_PCB, pcb);
}

static void overrun_packet(void)
{
	char *mem = mem_malloc(64);

	memset(hidden(mem), 'x', 65);
	mem_free(mem);
}

static void packet_twice(void)
{
	void *mem = mem_malloc(64);

	mem_free(mem);
	mem_free(hidden(mem));
}

static void page_twice(void)
{
	void *page = page_alloc(), *same = hidden(page);

	page_free(page);
	page_free(same);
}

static void page_write(void)
{
	char *page = page_alloc();

	page_free(page);
	memset(hidden(page), 'x', 64);
	(void)page_alloc();
}

/* ---- instructions, and our own bugs ---- */

static void divide(void)
{
	volatile unsigned zero = 0;
	unsigned result;

	__asm__ volatile("divl %1" : "=a"(result) : "r"(zero), "a"(1), "d"(0));
}

static void invalid(void)
{
	no_trap();
}

static void assertion(void)
{
	ASSERT(hidden(code) == NULL);
}

static void panic(void)
{
	platform_panic("told to panic, %s", how);
}

/* ---- what takes its time ---- */

static void rest(void)
{
	log_info("die", "rests");
	thread_sleep_until(platform_time_ns() + SECOND);
}

static void hang(void)
{
	log_info("die", "hangs");
	rest();
	for (;;)
		__asm__ volatile("pause");
}

/* At once, but for the turns of the loop that tell of the line. */
static void spin(void)
{
	log_info("die", "spins");
	thread_yield();
	thread_yield();
	for (;;)
		__asm__ volatile("pause");
}

/* Half busy for ever: for pauses, and for a watchdog that must not bite. */
static void live(void)
{
	log_info("die", "lives");
	for (;;)
		thread_sleep_until(platform_time_ns() + 20 * SECOND / 1000);
}

static void idle(void)
{
	log_info("die", "lives");
	for (;;)
		thread_sleep_until(platform_time_ns() + 3600 * SECOND);
}

static void flood(void)
{
	for (uint64_t i = 0; i < count; i++)
		log_info("die", "line %llu", (unsigned long long)i);
	rest();
	platform_exit(PLATFORM_POWEROFF);
}

/* What is random differs from boot to boot: where the heap and the stacks lie, and some bytes. */
static void show(void)
{
	uint64_t bytes;
	void *mem = malloc(16);
	char local = 0;

	platform_random(&bytes, sizeof(bytes));
	log_info("die", "heap %p stack %p random %016llx", mem, hidden(&local),
		(unsigned long long)bytes);
	/* The allocator is in order after all sorts of sizes. */
	for (size_t size = 0; size < 3000; size += 7) {
		char *some = calloc(1, size), *more;

		for (size_t i = 0; i < size; i++)
			if (some[i])
				platform_panic("calloc: not zero");
		memset(some, 'x', size);
		more = realloc(some, size * 2 + 1);
		for (size_t i = 0; i < size; i++)
			if (more[i] != 'x')
				platform_panic("realloc: not copied");
		free(realloc(more, size / 3));
	}
	free(mem);
	log_info("die", "alive");
	platform_exit(PLATFORM_POWEROFF);
}

static const struct {
	const char *name;
	void (*fn)(void);
} ways[] = {
	{"write-text", write_text},
	{"write-rodata", write_rodata},
	{"exec-data", exec_data},
	{"exec-stack", exec_stack},
	{"exec-heap", exec_heap},
	{"exec-boot", exec_boot},
	{"null-read", null_read},
	{"null-call", null_call},
	{"wild-write", wild_write},
	{"overflow-thread", overflow_thread},
	{"overflow-wide", overflow_wide},
	{"overflow-first", overflow_first},
	{"canary", canary},
	{"double-fault", double_fault},
	{"free-twice", free_twice},
	{"free-wild", free_wild},
	{"overrun", overrun},
	{"underrun", underrun},
	{"overrun-realloc", overrun_realloc},
	{"overrun-arena", overrun_arena},
	{"overrun-pool", overrun_pool},
	{"overrun-packet", overrun_packet},
	{"packet-twice", packet_twice},
	{"page-twice", page_twice},
	{"page-write", page_write},
	{"divide", divide},
	{"invalid", invalid},
	{"assert", assertion},
	{"panic", panic},
	{"hang", hang},
	{"spin", spin},
	{"live", live},
	{"idle", idle},
	{"flood", flood},
	{"show", show},
};

static const struct config_key keys[] = {
	{.name = "how", .type = CONFIG_TEXT, .target = &how, .help = "the way to die"},
	{.name = "count",
		.type = CONFIG_NUMBER,
		.target = &count,
		.high = UINT32_MAX,
		.help = "lines of flood [1000]"},
};

static const struct config_table config = {.area = "die", .keys = keys, .count = ARRAY_SIZE(keys)};

static int die_main(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		if (strcmp(how, ways[i].name) != 0)
			continue;
		ways[i].fn();
		log_error("die", "%s: still alive", how);
		return -EINVAL;
	}
	log_error("die", "how=%s: expected one of the ways in tests/guest/die/main.c", how);
	return -EINVAL;
}

const struct app app = {
	.name = "die", .version = KINGLET_VERSION, .config = &config, .main = die_main};
