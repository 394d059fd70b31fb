/* SPDX-License-Identifier: ISC */
/*
 * An authoritative DNS server for the zones in its boot archive, over UDP and TCP. The engine is
 * lib/dns; here are its settings, its zones and its two transports. See docs/dns.md.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "apps/dns/front.h"
#include "apps/dns/guard.h"
#include "apps/dns/keep.h"
#include "apps/dns/roles.h"
#include "apps/dns/serve.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"

struct serve_stats serve_stats;

static uint64_t udp_size = DNS_UDP_SIZE;
static struct serve_limits limits = {.port = 53, .tcp_connections = 16, .tcp_idle = 10};

static const char *disk = "";

static struct dns_server server;

static void set_udp_size(void)
{
	server.udp_size = (uint16_t)udp_size;
}

static char identity[DNS_IDENTITY_MAX + 1] = "kinglet";
static char version[DNS_IDENTITY_MAX + 1] = "Kinglet " KINGLET_VERSION;

static void tell(void)
{
	server.identity = *identity ? identity : NULL;
	server.version = *version ? version : NULL;
}

/* An empty text switches it off. */
static int set_text(const struct config_key *key, unsigned index, const char *value)
{
	(void)index;
	if (strlen(value) > DNS_IDENTITY_MAX)
		return -EINVAL;
	memcpy(key->target, value, strlen(value) + 1);
	tell();
	return 0;
}

static int set_zone(const struct config_key *key, unsigned index, const char *value)
{
	(void)key, (void)index;
	return roles_set_zone(value);
}

static int set_group(const struct config_key *key, unsigned index, const char *value)
{
	(void)key, (void)index;
	return roles_set_group(value);
}

static const struct config_key keys[] = {
	{.name = "port",
		.type = CONFIG_NUMBER,
		.target = &limits.port,
		.low = 1,
		.high = 65535,
		.expected = "a port number",
		.help = "UDP and TCP port to serve"},
	{.name = "udp-size",
		.type = CONFIG_NUMBER,
		.target = &udp_size,
		.low = 512,
		.high = 4096,
		.live = true,
		.changed = set_udp_size,
		.expected = "a number of bytes from 512 to 4096",
		.help = "largest answer over UDP"},
	{.name = "tcp-connections",
		.type = CONFIG_NUMBER,
		.target = &limits.tcp_connections,
		.low = 1,
		.high = 64,
		.live = true,
		.expected = "a number from 1 to 64",
		.help = "TCP connections at a time"},
	{.name = "tcp-idle",
		.type = CONFIG_NUMBER,
		.target = &limits.tcp_idle,
		.low = 1,
		.high = 3600,
		.live = true,
		.expected = "a number of seconds from 1 to 3600",
		.help = "how long a TCP connection may be idle"},
	{.name = "identity",
		.type = CONFIG_CUSTOM,
		.target = identity,
		.parse = set_text,
		.live = true,
		.expected = "a text of at most 63 bytes",
		.help = "what id.server and NSID tell; empty: nothing"},
	{.name = "version",
		.type = CONFIG_CUSTOM,
		.target = version,
		.parse = set_text,
		.live = true,
		.expected = "a text of at most 63 bytes",
		.help = "what version.server tells; empty: nothing"},
	{.name = "cookies",
		.type = CONFIG_CUSTOM,
		.parse = guard_set_cookies,
		.live = true,
		.expected = "no, yes or require",
		.help = "DNS cookies; require: clients with cookies must have one of ours"},
	{.name = "cookie-secret",
		.type = CONFIG_CUSTOM,
		.parse = guard_set_secret,
		.live = true,
		.secret = true,
		.expected = "random, or 32 hexadecimal digits, and after a comma those before them",
		.help = "what cookies are made by; the same on all servers of a set"},
	{.name = "rrl",
		.type = CONFIG_NUMBER,
		.target = &guard_limits.rate,
		.low = 0,
		.high = 1000000,
		.live = true,
		.changed = guard_limits_changed,
		.expected = "a number from 0 to 1000000",
		.help = "replies of a kind a second to one network; 0: any number"},
	{.name = "rrl-slip",
		.type = CONFIG_NUMBER,
		.target = &guard_limits.slip,
		.low = 0,
		.high = 100,
		.live = true,
		.changed = guard_limits_changed,
		.expected = "a number from 0 to 100",
		.help = "one of so many held back is sent cut short; 0: none"},
	{.name = "rrl-window",
		.type = CONFIG_NUMBER,
		.target = &guard_limits.window,
		.low = 0,
		.high = 3600,
		.live = true,
		.changed = guard_limits_changed,
		.expected = "a number of seconds from 0 to 3600",
		.help = "how long a flood is remembered at most"},
	{.name = "rrl-prefix4",
		.type = CONFIG_NUMBER,
		.target = &guard_limits.prefix4,
		.low = 8,
		.high = 32,
		.live = true,
		.changed = guard_limits_changed,
		.expected = "a number of bits from 8 to 32",
		.help = "bits of an IPv4 address that make a network"},
	{.name = "rrl-prefix6",
		.type = CONFIG_NUMBER,
		.target = &guard_limits.prefix6,
		.low = 16,
		.high = 128,
		.live = true,
		.changed = guard_limits_changed,
		.expected = "a number of bits from 16 to 128",
		.help = "the same of IPv6"},
	{.name = "rrl-exempt",
		.type = CONFIG_CUSTOM,
		.parse = guard_set_exempt,
		.live = true,
		.expected = "any, none, or at most 16 of PREFIX, ! before others'",
		.help = "who is never limited"},
	{.name = "query-log",
		.type = CONFIG_CUSTOM,
		.parse = querylog_set,
		.live = true,
		.expected = "no, or 1/N with N from 1 to 1000000",
		.help = "logs one of N queries"},
	{.name = "state",
		.type = CONFIG_NUMBER,
		.target = &count_interval,
		.low = 0,
		.high = 86400,
		.live = true,
		.expected = "a number of seconds from 0 to 86400",
		.help = "how often counters and serials are shown; 0: never"},
	{.name = "disk",
		.type = CONFIG_TEXT,
		.target = &disk,
		.expected = "a disk's name, as xvda",
		.help = "where updates are kept"},
	{.name = "zone",
		.type = CONFIG_CUSTOM,
		.parse = set_zone,
		.repeats = true,
		.expected = roles_expected,
		.help = "a zone's part: primaries, who is notified, who may have what"},
	{.name = "group",
		.type = CONFIG_CUSTOM,
		.parse = set_group,
		.repeats = true,
		.expected = roles_expected,
		.help = "the same for a catalog's members of one group"},
};

static const struct config_table config = {"dns", keys, ARRAY_SIZE(keys)};

static int run(void)
{
	static struct udp_socket *socket;
	int error;

	dns_server_init(&server, (uint16_t)udp_size);
	tell();
	error = guard_start(&server);
	if (error) {
		log_error("dns", "no memory for the limit on replies");
		return error;
	}
	error = roles_read_keys();
	if (!error)
		error = zones_load(&server);
	if (!error)
		error = keep_open(disk);
	if (!error)
		error = roles_start(&server);
	if (!error && !server.count) {
		log_error("dns",
			"no boot archive with zones: no zone files below zones/, and no zone=");
		error = -ENOENT;
	}
	if (error)
		return error;
	platform_archive_free();
	error = serve_udp(&server, &limits, &socket);
	if (error) {
		log_error("dns", "UDP port %u cannot be opened", (unsigned)limits.port);
		return error;
	}
	if (front_start(&server, socket) || refresh_start() || count_start(&server)) {
		log_error("dns", "no memory for threads");
		return -ENOMEM;
	}
	log_info("dns", "serving %u zones on port %u, %zu KiB of memory free",
		(unsigned)server.count, (unsigned)limits.port, platform_memory_free() / 1024);
	return serve_tcp(&server, &limits);
}

static void stopping(void)
{
	log_info("dns",
		"%llu queries by UDP, %llu by TCP in %llu connections (%llu refused), %llu dropped",
		(unsigned long long)serve_stats.udp_queries,
		(unsigned long long)serve_stats.tcp_queries,
		(unsigned long long)serve_stats.tcp_connections,
		(unsigned long long)serve_stats.tcp_refused,
		(unsigned long long)serve_stats.dropped);
}

static void resumed(void)
{
	guard_resumed();
	count_resumed();
}

const struct app app = {
	.name = "dns",
	.version = KINGLET_VERSION,
	.config = &config,
	.stack_size = 64 * 1024,
	.main = run,
	.shutdown = stopping,
	.suspend_ready = keep_is_idle,
	.resumed = resumed,
};
