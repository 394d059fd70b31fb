/* SPDX-License-Identifier: ISC */
/*
 * The reader of settings: the first byte says whether the rest is a command line or a file. No
 * input may crash it or leave a message without its end, and what is good stays good when a file
 * is read after it.
 */
#include "lib/base/config.h"

#include <stdlib.h>
#include <string.h>

static const char *name;
static bool loud;
static uint64_t size;

static int accept_short(const struct config_key *key, unsigned index, const char *value)
{
	if (key->indexed && index >= key->indexed)
		abort();
	return strlen(value) < 20 ? 0 : -1;
}

static const struct config_key keys[] = {
	{.name = "name", .type = CONFIG_TEXT, .target = &name, .expected = "a name"},
	{.name = "loud", .type = CONFIG_BOOL, .target = &loud},
	{.name = "size", .type = CONFIG_NUMBER, .target = &size, .low = 1, .high = 1 << 30},
	{.name = "ip", .type = CONFIG_CUSTOM, .parse = accept_short, .indexed = 6},
	{.name = "ip6", .type = CONFIG_CUSTOM, .parse = accept_short, .indexed = 6},
	{.name = "zone", .type = CONFIG_CUSTOM, .parse = accept_short, .repeats = true},
};

static const struct config_table table = {"fuzz", keys, sizeof(keys) / sizeof(keys[0])};
static const struct config_table *const tables[] = {&table};

static void apply(enum config_source source, const char *text, size_t len)
{
	struct config_seen seen = {0};
	char message[CONFIG_MESSAGE];
	int error;

	memset(message, 'x', sizeof(message));
	error = config_apply(tables, 1, source, "fuzz", text, len, &seen, NULL, message);
	if (!memchr(message, 0, sizeof(message)) || (error == 0) != (message[0] == '\0'))
		abort();
	for (const char *p = message; *p; p++) {
		if ((unsigned char)*p < ' ')
			abort();
	}
	if (size && (size < 1 || size > 1 << 30))
		abort();
	free((void *)(uintptr_t)name);
	name = NULL;
	size = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len)
		apply(data[0] & 1 ? CONFIG_FILE : CONFIG_CMDLINE, (const char *)data + 1, len - 1);
	return 0;
}
