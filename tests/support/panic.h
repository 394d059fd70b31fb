/* SPDX-License-Identifier: ISC */
/* The one platform function that an engine needs. Included once, by a program's main file. */
#ifndef TESTS_SUPPORT_PANIC_H
#define TESTS_SUPPORT_PANIC_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/platform.h"

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
