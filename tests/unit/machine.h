/* SPDX-License-Identifier: ISC */
/*
 * A machine for tests of what lies above platform.h: its clock moves only when it waits, its
 * random numbers are the same in each run, its console is a buffer. Contexts and stacks are those
 * of arch/host. Included once, by a test program's main file.
 */
#ifndef TESTS_UNIT_MACHINE_H
#define TESTS_UNIT_MACHINE_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/host/context.c"
#include "arch/host/stacks.c"
#include "lib/base/platform.h"

static struct {
	uint64_t now;
	unsigned waits;      /* how often the machine has gone to sleep */
	bool (*poll)(void);  /* the devices, or NULL */
	char console[65536]; /* what was written since the last machine_forget() */
	size_t console_len;
	uint64_t random;
} machine = {.now = 1, .random = 88172645463325252ull};

static inline void machine_forget(void)
{
	machine.console_len = 0;
	machine.console[0] = '\0';
	machine.waits = 0;
}

uint64_t platform_time_ns(void)
{
	return machine.now;
}

uint64_t platform_wall_ns(void)
{
	return 1700000000ull * 1000000000 + machine.now;
}

void platform_random(void *buf, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		machine.random ^= machine.random << 13;
		machine.random ^= machine.random >> 7;
		machine.random ^= machine.random << 17;
		((unsigned char *)buf)[i] = (unsigned char)(machine.random >> 32);
	}
}

bool platform_poll(void)
{
	return machine.poll ? machine.poll() : false;
}

/* Sleep costs no time, but time passes; to sleep for ever is a test that hangs. */
void platform_wait(uint64_t deadline)
{
	machine.waits++;
	if (deadline == PLATFORM_NEVER)
		platform_panic("the machine sleeps for ever");
	if (deadline > machine.now)
		machine.now = deadline;
}

void platform_console_write(const char *text, size_t len)
{
	if (len >= sizeof(machine.console) - machine.console_len)
		return;
	memcpy(machine.console + machine.console_len, text, len);
	machine.console_len += len;
	machine.console[machine.console_len] = '\0';
}

void platform_on_shutdown(void (*fn)(void *ctx, enum platform_exit how), void *ctx)
{
	(void)fn, (void)ctx;
}

static size_t machine_memory = 4u << 20;

size_t platform_memory_total(void)
{
	return machine_memory;
}

size_t platform_memory_free(void)
{
	return 1u << 20;
}

void platform_exit(enum platform_exit how)
{
	exit((int)how);
}

void platform_panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

#endif
