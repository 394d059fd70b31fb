/* SPDX-License-Identifier: ISC */
/*
 * The reader of settings: the first byte says whether the rest is a command line, a file, or ('S')
 * a key and, after a NUL, its value, set while the machine runs. No input may crash it or leave a
 * message without its end; what is refused while the machine runs has changed nothing.
 */
#include "lib/base/config.h"

#include <stdlib.h>
#include <string.h>

static const char *name;
static bool loud;
static uint64_t size;
static unsigned accepted, changed;

static void count_change(void)
{
	changed++;
}

static int accept_short(const struct config_key *key, unsigned index, const char *value)
{
	if (key->indexed && index >= key->indexed)
		abort();
	if (strlen(value) >= 20)
		return -1;
	accepted++;
	return 0;
}

static const struct config_key keys[] = {
	{.name = "name", .type = CONFIG_TEXT, .target = &name, .expected = "a name"},
	{.name = "loud", .type = CONFIG_BOOL, .target = &loud},
	{.name = "size",
		.type = CONFIG_NUMBER,
		.target = &size,
		.low = 1,
		.high = 1 << 30,
		.live = true,
		.changed = count_change},
	{.name = "ip", .type = CONFIG_CUSTOM, .parse = accept_short, .indexed = 8, .live = true},
	{.name = "ip6", .type = CONFIG_CUSTOM, .parse = accept_short, .indexed = 8},
	{.name = "zone", .type = CONFIG_CUSTOM, .parse = accept_short, .repeats = true},
};

static const struct config_table table = {"fuzz", keys, sizeof(keys) / sizeof(keys[0])};
static const struct config_table *const tables[] = {&table};

static void check_message(const char message[CONFIG_MESSAGE])
{
	if (!memchr(message, 0, CONFIG_MESSAGE))
		abort();
	for (const char *p = message; *p; p++) {
		if ((unsigned char)*p < ' ')
			abort();
	}
}

/* KEY, a NUL, and the value; both in memory of their own length. */
static void set(const char *text, size_t len)
{
	size_t key_len = strnlen(text, len), value_len = len - key_len - (key_len < len);
	char message[CONFIG_MESSAGE], *key = malloc(key_len + 1), *value = malloc(value_len + 1);
	unsigned before = accepted + changed;
	int error;

	memcpy(key, text, key_len);
	key[key_len] = '\0';
	memcpy(value, text + len - value_len, value_len);
	memset(message, 'x', sizeof(message));
	size = 5;
	loud = false;
	error = config_set(tables, 1, key, value, value_len, message);
	check_message(message);
	if (strncmp(message, error ? "error: " : "ok ", error ? 7 : 3) != 0)
		abort();
	if (accepted + changed != before + !error || name || loud || (error && size != 5))
		abort();
	if (!error && (value_len > CONFIG_LIVE_MAX || size < 1 || size > 1 << 30))
		abort();
	free(key);
	free(value);
}

static void apply(enum config_source source, const char *text, size_t len)
{
	struct config_seen seen = {0};
	char message[CONFIG_MESSAGE];
	int error;

	memset(message, 'x', sizeof(message));
	error = config_apply(tables, 1, source, "fuzz", text, len, &seen, NULL, message);
	check_message(message);
	if ((error == 0) != (message[0] == '\0'))
		abort();
	if (size && (size < 1 || size > 1 << 30))
		abort();
	free((void *)(uintptr_t)name);
	name = NULL;
	size = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	if (len && data[0] == 'S')
		set((const char *)data + 1, len - 1);
	else if (len)
		apply(data[0] & 1 ? CONFIG_FILE : CONFIG_CMDLINE, (const char *)data + 1, len - 1);
	return 0;
}
