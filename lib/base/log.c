/* SPDX-License-Identifier: ISC */
/* Formats log lines on the stack and hands each to the console whole. */
#include "lib/base/log.h"

#include <stdio.h>

#include "lib/base/bytes.h"
#include "lib/base/platform.h"

enum log_level log_threshold = LOG_INFO;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

/* The count of bytes that snprintf really wrote into ROOM bytes. */
static size_t written(int result, size_t room)
{
	return result < 0 ? 0 : MIN((size_t)result, room - 1);
}

void log_message_va(enum log_level level, const char *area, const char *format, va_list args)
{
	char line[LOG_LINE];
	size_t len;

	if (level > log_threshold)
		return;
	len = written(
		snprintf(line, sizeof(line), "%s %s: ", level_names[level], area), sizeof(line));
	len += written(vsnprintf(line + len, sizeof(line) - len, format, args), sizeof(line) - len);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	}
	line[len++] = '\n'; /* in the place of the NUL */
	platform_console_write(line, len);
}

void log_message(enum log_level level, const char *area, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message_va(level, area, format, args);
	va_end(args);
}
