/* SPDX-License-Identifier: ISC */
/*
 * Settings of a Linux process that change while it runs: lines KEY=VALUE from a FIFO, as the guest
 * has them from xenstore. What became of each is a line on the console, "status KEY: OUTCOME".
 */
#include "arch/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/platform.h"

#define LINE_MAX_LEN 256

static struct {
	int fd;
	char line[LINE_MAX_LEN];
	size_t len;
	bool cut; /* the line is longer than that */
} in;

static void (*setting_fn)(
	void *ctx, const char *key, const char *value, size_t len, char outcome[PLATFORM_OUTCOME]);
static void *setting_ctx;

void platform_on_setting(void (*fn)(void *ctx, const char *key, const char *value, size_t len,
				 char outcome[PLATFORM_OUTCOME]),
	void *ctx)
{
	setting_fn = fn;
	setting_ctx = ctx;
}

static void say(const char *key, const char *outcome)
{
	char line[PLATFORM_OUTCOME + LINE_MAX_LEN];
	int len = snprintf(line, sizeof(line), "status %.40s: %s\n", key, outcome);

	platform_console_write(line, MIN((size_t)len, sizeof(line) - 1));
}

/* LINE ends in NUL in the place of its newline. */
static void take_line(char *line, size_t len)
{
	char outcome[PLATFORM_OUTCOME] = "", *equals = memchr(line, '=', len);

	if (in.cut || !equals) {
		say("?", in.cut ? "error: the line is too long" : "error: expected KEY=VALUE");
		return;
	}
	*equals = '\0';
	if (setting_fn)
		setting_fn(
			setting_ctx, line, equals + 1, (size_t)(line + len - equals - 1), outcome);
	say(line, outcome);
}

static void take_byte(char c)
{
	if (c == '\n') {
		in.line[in.len] = '\0';
		take_line(in.line, in.len);
		in.len = 0;
		in.cut = false;
	} else if (in.len < sizeof(in.line) - 1) {
		in.line[in.len++] = c;
	} else {
		in.cut = true;
	}
}

static bool read_settings(void *ctx)
{
	char data[512];
	ssize_t len = read(in.fd, data, sizeof(data));

	(void)ctx;
	for (ssize_t i = 0; i < len; i++)
		take_byte(data[i]);
	return len == (ssize_t)sizeof(data);
}

int host_settings_open(const char *path)
{
	struct stat status;

	/* For writing too, so that it has no end when a writer goes. */
	in.fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (in.fd < 0 || fstat(in.fd, &status) != 0)
		return -errno;
	if (!S_ISFIFO(status.st_mode))
		return -EINVAL;
	host_add_source(in.fd, read_settings, NULL);
	return 0;
}
