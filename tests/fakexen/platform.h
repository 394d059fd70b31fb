/* SPDX-License-Identifier: ISC */
/*
 * The few platform functions that xen/ and drivers/ need, for a test program over fakexen; included
 * once, by the program's main file. Console text goes to stderr if FAKEXEN_LOG is set, a panic
 * aborts.
 */
#ifndef TESTS_FAKEXEN_PLATFORM_H
#define TESTS_FAKEXEN_PLATFORM_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/platform.h"
#include "tests/fakexen/fakexen.h"

static size_t fakexen_memory = 64u << 20;
static char fakexen_logged[65536]; /* what was logged, for tests */
static size_t fakexen_logged_len;

size_t platform_memory_total(void)
{
	return fakexen_memory;
}

size_t platform_memory_free(void)
{
	return fakexen_memory;
}

void platform_console_write(const char *text, size_t len)
{
	if (getenv("FAKEXEN_LOG"))
		fwrite(text, 1, len, stderr);
	for (size_t i = 0; i < len && fakexen_logged_len + 1 < sizeof(fakexen_logged); i++)
		fakexen_logged[fakexen_logged_len++] = text[i];
	fakexen_logged[fakexen_logged_len] = 0;
}

uint64_t platform_time_ns(void)
{
	return fakexen_time();
}

void platform_panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	abort();
}

#endif
