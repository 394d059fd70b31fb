/* SPDX-License-Identifier: ISC */
/* The console of a Linux process is its standard output; and the ways in which it ends. */
#include "lib/base/platform.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void platform_console_write(const char *text, size_t len)
{
	while (len) {
		ssize_t done = write(STDOUT_FILENO, text, len);

		if (done <= 0)
			return; /* what the console does not take is dropped */
		text += done;
		len -= (size_t)done;
	}
}

void platform_exit(enum platform_exit how)
{
	exit((int)how);
}

void platform_panic(const char *format, ...)
{
	char line[256] = "panic: ";
	va_list args;

	va_start(args, format);
	vsnprintf(line + 7, sizeof(line) - 7, format, args);
	va_end(args);
	fprintf(stderr, "%s\n", line);
	abort();
}
