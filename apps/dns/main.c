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
#include "apps/dns/reload.h"
#include "apps/dns/roles.h"
#include "apps/dns/secure.h"
#include "apps/dns/serve.h"
#include "apps/dns/stream.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"

struct serve_stats serve_stats;

#define UDP_IN_FRAME 1452u /* answers up to it are built where they are sent from */

static uint64_t udp_size = DNS_UDP_SIZE;
static uint64_t port = 53;
static size_t udp_room; /* bytes of the longest answer over UDP that there ever is room for */

static const char *disk = "", *zone_disk = "";

static struct dns_server server;

static void set_udp_size(void)
{
	if (udp_size > udp_room)
		log_warning("dns", "udp-size=%u: above %zu it takes effect at boot only",
			(unsigned)udp_size, udp_room);
	server.udp_size = (uint16_t)MIN(udp_size, udp_room);
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

#define SECONDS(key, field, text)                                                                  \
	{                                                                                          \
		.name = (key), .type = CONFIG_NUMBER, .target = &stream_settings.field, .low = 1,  \
		.high = 3600, .live = true, .expected = "a number of seconds from 1 to 3600",      \
		.help = (text)                                                                     \
	}

static const struct config_key keys[] = {
	{.name = "port",
		.type = CONFIG_NUMBER,
		.target = &port,
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
		.target = &stream_settings.connections,
		.low = 1,
		.high = 60,
		.live = true,
		.expected = "a number from 1 to 60",
		.help = "TCP connections at a time"},
	{.name = "tcp-per-client",
		.type = CONFIG_NUMBER,
		.target = &stream_settings.per_client,
		.low = 1,
		.high = 60,
		.live = true,
		.expected = "a number from 1 to 60",
		.help = "TCP connections of one client at a time"},
	SECONDS("tcp-idle", idle, "how long a TCP connection may be idle"),
	SECONDS("tcp-first", first, "how long a new one may be silent"),
	SECONDS("tcp-message", message, "for a whole message, or a handshake"),
	SECONDS("tcp-write", write, "for the client to take a message"),
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
	{.name = "zone-disk",
		.type = CONFIG_TEXT,
		.target = &zone_disk,
		.expected = "a disk's name, as xvdb",
		.help = "a disk with zone files, besides the boot archive"},
	{.name = "reload",
		.type = CONFIG_CUSTOM,
		.parse = reload_set,
		.live = true,
		.expected = "yes, while it runs with zone-disk=",
		.help = "reads the zone files of zone-disk anew"},
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
		error = reload_open(&server, zone_disk);
	if (!error)
		error = roles_start(&server);
	if (!error)
		error = secure_load();
	if (!error && !server.count) {
		log_error("dns",
			"no boot archive with zones: no zone files below zones/, and no zone=");
		error = -ENOENT;
	}
	if (error)
		return error;
	platform_archive_free();
	ask_start(&server);
	stream_init();
	udp_room = MAX(udp_size, UDP_IN_FRAME);
	error = serve_udp(&server, (uint16_t)port, udp_room, &socket);
	if (error) {
		log_error("dns", "UDP port %u cannot be opened", (unsigned)port);
		return error;
	}
	if (front_start(&server, socket) || refresh_start() || count_start(&server) ||
		reload_start()) {
		log_error("dns", "no memory for threads");
		return -ENOMEM;
	}
	error = secure_start();
	if (error)
		return error;
	log_info("dns", "serving %u zones on port %u, %zu KiB of memory free",
		(unsigned)server.count, (unsigned)port, platform_memory_free() / 1024);
	return serve_tcp((uint16_t)port);
}

static void stopping(void)
{
	log_info("dns",
		"%llu queries by UDP, %llu by TCP in %llu connections (%llu refused), %llu dropped",
		(unsigned long long)serve_stats.udp_queries,
		(unsigned long long)stream_stats.queries[0],
		(unsigned long long)stream_stats.opened,
		(unsigned long long)(stream_stats.full + stream_stats.many),
		(unsigned long long)serve_stats.dropped);
	log_info("dns",
		"connections: %llu above the limit, %llu above the client's, "
		"%llu closed idle, %llu for others, %llu slow, %llu bad",
		(unsigned long long)stream_stats.full, (unsigned long long)stream_stats.many,
		(unsigned long long)stream_stats.idle, (unsigned long long)stream_stats.pushed,
		(unsigned long long)stream_stats.slow, (unsigned long long)stream_stats.bad);
	secure_stopping();
}

static void resumed(void)
{
	guard_resumed();
	count_resumed();
	secure_resumed();
}

const struct app app = {
	.name = "dns",
	.version = KINGLET_VERSION,
	.config = &config,
	.more_config = &secure_config,
	.stack_size = 64 * 1024,
	.main = run,
	.shutdown = stopping,
	.suspend_ready = keep_is_idle,
	.resumed = resumed,
};
