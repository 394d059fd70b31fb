/* SPDX-License-Identifier: ISC */
/*
 * The fuzzer plays the store towards xen/settings.c, and behind it lib/base/config.c applies what
 * arrives, as in a guest: keys and values of any kind, events of paths that nobody watches, lists,
 * errors and silence. What must hold: no crash, values stay within their bounds, texts are never
 * set, and when the store is honest again, the next setting is heard and told of.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "lib/base/bytes.h"
#include "lib/base/config.h"
#include "lib/base/log.h"
#include "tests/fakexen/boot.h"
#include "tests/support/input.h"
#include "xen/settings.h"
#include "xen/xenstore.h"

static const char *text;
static bool loud;
static uint64_t size = 5;

static const struct config_key keys[] = {
	{.name = "text", .type = CONFIG_TEXT, .target = &text, .live = true},
	{.name = "loud", .type = CONFIG_BOOL, .target = &loud},
	{.name = "size",
		.type = CONFIG_NUMBER,
		.target = &size,
		.low = 1,
		.high = 1 << 20,
		.live = true},
};
static const struct config_table table = {"fuzz", keys, ARRAY_SIZE(keys)};
static const struct config_table *const tables[] = {&table};

static void set(
	void *ctx, const char *key, const char *value, size_t len, char outcome[SETTINGS_OUTCOME])
{
	(void)ctx;
	must(strlen(key) <= SETTINGS_KEY_MAX);
	config_set(tables, 1, key, value, len, outcome);
	must(memchr(outcome, 0, CONFIG_MESSAGE));
	must(!text && !loud && size >= 1 && size <= 1 << 20);
}

static const char *const words[] = {"data/config", "data/config/size", "data/config/text",
	"data/config/loud", "data/config/other", "vm-data", "vm-data/size", "data/config/a/b", "12",
	"2K", "9999999", "yes", "", "size\0loud\0text", "data/status/size", "vm-data/-_.@"};

/* A payload by the bytes: a known word, or anything. */
static size_t payload(char *buffer)
{
	uint8_t kind = byte();
	size_t len;

	if (kind < 200) {
		const char *known = words[kind % ARRAY_SIZE(words)];

		len = kind % ARRAY_SIZE(words) == 13 ? 15 : strlen(known) + (kind >> 4 & 1);
		memcpy(buffer, known, len);
		return len;
	}
	len = (size_t)byte() * (kind & 1 ? 16 : 1);
	for (size_t i = 0; i < len; i++)
		buffer[i] = (char)(i < 48 ? byte() : 'a' + i % 7);
	return len;
}

static bool lie(uint32_t type, uint32_t id, const char *request, size_t request_len)
{
	char buffer[4096];
	uint8_t how = left ? byte() : 0;
	size_t len;

	(void)request, (void)request_len;
	if (how < 100)
		return false; /* the truth */
	len = payload(buffer);
	if (how < 200)
		fakestore_say(type, id, (uint32_t)len, buffer, len);
	else if (how < 230)
		fakestore_say(XS_ERROR, id, (uint32_t)len, buffer, len);
	return true;
}

static void say_event(void)
{
	char buffer[4096 + 16];
	size_t len = payload(buffer);

	buffer[len] = 0;
	len += 1 + (size_t)snprintf(buffer + len + 1, 8, "%x", byte() % 16) + 1;
	fakestore_say(XS_WATCH_EVENT, 0, (uint32_t)len, buffer, len);
}

static void step(void)
{
	char value[4096];

	switch (byte() % 5) {
	case 0:
		say_event();
		break;
	case 1:
		value[payload(value)] = 0;
		fakestore_write(words[1 + byte() % 7], value);
		break;
	case 2:
		fakestore_remove(byte() & 1 ? "data/config" : "vm-data");
		break;
	default:
		(void)xen_poll();
		(void)boot_host();
	}
}

/* A new ring and an honest, empty store: what the guest has after a resume. */
static void start_anew(void)
{
	struct xenstore_domain_interface *ring = fakexen_store();

	fakestore_lie = NULL;
	memset(ring, 0, sizeof(*ring));
	fakestore_init();
	must(!xenstore_init(ring, FAKEXEN_STORE_PORT));
	for (unsigned i = 0; i < 4; i++)
		must(fakexen_settle());
}

static void boot(void)
{
	boot_prepare();
	log_threshold = LOG_ERROR;
	boot_guest();
	must(!settings_start(set, NULL));
	start_anew();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	static bool booted;

	if (!booted)
		boot();
	booted = true;
	data = input;
	left = len;
	fakestore_lie = lie;
	for (unsigned i = 0; left && i < 400; i++)
		step();
	left = 0;
	start_anew();
	fakestore_write("data/config/size", "77");
	must(fakexen_settle() && size == 77);
	must(!strcmp(fakestore_read("data/status/size"), "ok 77"));
	return 0;
}
