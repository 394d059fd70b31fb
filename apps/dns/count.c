/* SPDX-License-Identifier: ISC */
/* The app's state, shown from time to time: see count.h. */
#include "apps/dns/count.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "apps/dns/exchange.h"
#include "apps/dns/guard.h"
#include "apps/dns/serve.h"
#include "apps/dns/stream.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/base/siphash.h"
#include "lib/dns/types.h"
#include "lib/sched/sched.h"

#define STACK      ((size_t)16 * 1024)
#define NS_PER_S   1000000000ull
#define TICK_NS    NS_PER_S
#define RETRY_NS   (NS_PER_S / 100)
#define TEXTS      8 /* that are shown, but for the zones */
#define ZONE_TEXTS 8

struct count count;
uint64_t count_interval = 10;

static const struct dns_server *server;
static uint64_t shown[TEXTS + ZONE_TEXTS]; /* hashes of what was */

const char *count_rcode_text(unsigned rcode, char number[4])
{
	static const char *const names[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
		"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

	if (rcode < ARRAY_SIZE(names))
		return names[rcode];
	if (rcode == DNS_BADVERS)
		return "BADVERS";
	if (rcode == DNS_BADCOOKIE)
		return "BADCOOKIE";
	snprintf(number, 4, "%u", rcode & 255);
	return number;
}

/* ---- one line ---- */

struct line {
	char text[PLATFORM_STATE];
	size_t len;
};

/* False, with nothing added, if there is no room. */
static bool add(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool add(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->len;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line->text + line->len, room, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room) {
		line->text[line->len] = '\0';
		return false;
	}
	line->len += (size_t)len;
	return true;
}

static void add_count(struct line *line, const char *name, uint64_t value)
{
	add(line, "%s%s=%llu", line->len ? " " : "", name, (unsigned long long)value);
}

/* Shows LINE as KEY if it is another one than last time, and empties it. */
static void show(struct line *line, const char *key, unsigned slot)
{
	static const uint8_t unkeyed[16];
	uint64_t hash = siphash(unkeyed, line->text, line->len);

	while (hash != shown[slot] && !platform_show(key, line->text))
		thread_sleep_until(platform_time_ns() + RETRY_NS);
	shown[slot] = hash;
	line->len = 0;
	line->text[0] = '\0';
}

/* ---- what is shown ---- */

static void show_queries(struct line *line)
{
	add_count(line, "udp4", count.transports[COUNT_UDP][1]);
	add_count(line, "udp6", count.transports[COUNT_UDP][0]);
	add_count(line, "tcp4", count.transports[COUNT_TCP][1]);
	add_count(line, "tcp6", count.transports[COUNT_TCP][0]);
	add_count(line, "tls4", count.transports[COUNT_TLS][1]);
	add_count(line, "tls6", count.transports[COUNT_TLS][0]);
	add_count(line, "dropped", serve_stats.dropped);
	add_count(line, "truncated", count.truncated);
	show(line, "queries", 0);
	add_count(line, "opened", stream_stats.opened);
	add_count(line, "full", stream_stats.full);
	add_count(line, "per-client", stream_stats.many);
	add_count(line, "idle", stream_stats.idle);
	add_count(line, "pushed", stream_stats.pushed);
	add_count(line, "slow", stream_stats.slow);
	add_count(line, "bad", stream_stats.bad);
	show(line, "connections", 1);
}

static void show_types(struct line *line)
{
	char text[12], number[4];

	for (unsigned i = 0; i < ARRAY_SIZE(count.types); i++) {
		if (!count.types[i])
			continue;
		if (i > COUNT_TYPES)
			add_count(line, "others", count.types[i]);
		else
			add_count(line,
				i ? dns_type_text(text, i == COUNT_TYPES ? DNS_ANY : (uint16_t)i)
				  : "none",
				count.types[i]);
	}
	show(line, "types", 2);
	for (unsigned i = 0; i < ARRAY_SIZE(count.rcodes); i++) {
		if (count.rcodes[i])
			add_count(line, count_rcode_text(i, number), count.rcodes[i]);
	}
	show(line, "rcodes", 3);
}

static void show_limits(struct line *line)
{
	static const char *const names[DNS_COOKIES] = {"none", "client", "bad", "wrong", "valid"};

	for (unsigned i = 0; i < DNS_COOKIES; i++)
		add_count(line, names[i], count.cookies[i]);
	show(line, "cookies", 4);
	add_count(line, "shortened", count.limit_shortened);
	add_count(line, "dropped", count.limit_dropped);
	show(line, "limit", 5);
	add_count(line, "transfers", exchange_stats.transfers);
	add_count(line, "updates", exchange_stats.updates);
	add_count(line, "notifies", exchange_stats.notifies);
	add_count(line, "refused", exchange_stats.refused);
	add_count(line, "bad-signatures", exchange_stats.bad_signatures);
	add_count(line, "reloads", count.reloads);
	add_count(line, "reload-errors", count.reload_errors);
	show(line, "changes", 6);
	if (!count.reload[0])
		return;
	add(line, "%s", count.reload);
	show(line, "reload", 7);
}

/* "NAME=SERIAL", of one that cannot be served "NAME=none". */
static bool add_zone(struct line *line, const struct dns_zone *zone)
{
	const char *blank = line->len ? " " : "";
	char name[DNS_NAME_TEXT / 4];

	dns_name_text(name, sizeof(name), zone->name);
	if (!zone->soa)
		return add(line, "%s%s=none", blank, name);
	return add(line, "%s%s=%u%s", blank, name, (unsigned)dns_zone_serial(zone),
		zone->state & DNS_ZONE_EXPIRED ? "(expired)" : "");
}

/*
 * As many lines as it takes, up to a limit. Zones come and go while a line is on its way; then the
 * next time has them.
 */
static void show_zones(struct line *line)
{
	unsigned slot = 0;
	char key[12] = "zones";

	for (uint32_t i = 0; server->zones && i <= server->mask && slot < ZONE_TEXTS; i++) {
		if (!server->zones[i] || add_zone(line, server->zones[i]))
			continue;
		show(line, key, TEXTS + slot++);
		snprintf(key, sizeof(key), "zones.%u", slot);
		if (server->zones && i <= server->mask && server->zones[i])
			add_zone(line, server->zones[i]);
	}
	if (slot < ZONE_TEXTS)
		show(line, key, TEXTS + slot);
}

static void run(void *arg)
{
	static struct line line;
	uint64_t due = 0;

	(void)arg;
	while (!thread_sleep_until(platform_time_ns() + TICK_NS)) {
		guard_tell();
		if (!count_interval || platform_time_ns() < due)
			continue;
		due = platform_time_ns() + count_interval * NS_PER_S;
		show_queries(&line);
		show_types(&line);
		show_limits(&line);
		show_zones(&line);
	}
}

void count_resumed(void)
{
	memset(shown, 0, sizeof(shown));
}

int count_start(const struct dns_server *s)
{
	server = s;
	return thread_create("dns/state", STACK, run, NULL);
}
