/* SPDX-License-Identifier: ISC */
/* Formats log lines on the stack and hands each to the console whole. */
#include "lib/base/log.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "lib/base/bucket.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"

enum log_level log_threshold = LOG_INFO;

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static struct {
	struct bucket lines;
	uint64_t dropped; /* since the last that came through */
} limit;

#define NS_PER_LINE (1000000000ull / LOG_PER_SECOND)

static bool admit(void)
{
	return bucket_pour(&limit.lines, platform_time_ns(), NS_PER_LINE, LOG_BURST * NS_PER_LINE);
}

static void put_line(enum log_level level, const char *area, const char *format, va_list args);

static void put_dropped(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void put_dropped(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line(LOG_WARNING, "log", format, args);
	va_end(args);
}

void log_settle(void)
{
	uint64_t count = limit.dropped;

	if (!count || !admit())
		return;
	limit.dropped = 0;
	put_dropped("%llu lines dropped", (unsigned long long)count);
}

/* The count of bytes that snprintf really wrote into ROOM bytes. */
static size_t written(int result, size_t room)
{
	return result < 0 ? 0 : MIN((size_t)result, room - 1);
}

static void put_line(enum log_level level, const char *area, const char *format, va_list args)
{
	char line[LOG_LINE];
	size_t len;

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

void log_message_va(enum log_level level, const char *area, const char *format, va_list args)
{
	if (level > log_threshold)
		return;
	log_settle();
	if (limit.dropped || !admit())
		limit.dropped++;
	else
		put_line(level, area, format, args);
}

void log_message(enum log_level level, const char *area, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message_va(level, area, format, args);
	va_end(args);
}
