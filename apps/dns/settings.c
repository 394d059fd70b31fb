/* SPDX-License-Identifier: ISC */
/* The table of settings (docs/settings.md), and what changes with them: see settings.h. */
#include "apps/dns/settings.h"

#include <errno.h>
#include <string.h>

#include "apps/dns/count.h"
#include "apps/dns/guard.h"
#include "apps/dns/reload.h"
#include "apps/dns/roles.h"
#include "apps/dns/stream.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/version.h"
#include "lib/dns/server.h"

#define UDP_IN_FRAME 1452u /* answers up to it are built where they are sent from */

struct settings settings = {.port = 53, .disk = "", .zone_disk = ""};

static struct dns_server *server; /* NULL until it is made */
static uint64_t udp_size = DNS_UDP_SIZE;
static char identity[DNS_IDENTITY_MAX + 1] = "kinglet";
static char version[DNS_IDENTITY_MAX + 1] = "Kinglet " KINGLET_VERSION;

static void set_udp_size(void)
{
	if (!server)
		return;
	if (udp_size > settings.udp_room)
		log_warning("dns", "udp-size=%u: above %zu it takes effect at boot only",
			(unsigned)udp_size, settings.udp_room);
	server->udp_size = (uint16_t)MIN(udp_size, settings.udp_room);
}

static void tell_names(void)
{
	if (!server)
		return;
	server->identity = *identity ? identity : NULL;
	server->version = *version ? version : NULL;
}

/* An empty text switches it off. */
static int set_text(const struct config_key *key, unsigned index, const char *value)
{
	(void)index;
	if (strlen(value) > DNS_IDENTITY_MAX)
		return -EINVAL;
	memcpy(key->target, value, strlen(value) + 1);
	tell_names();
	return 0;
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
		.target = &settings.port,
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
		.target = &settings.disk,
		.expected = "a disk's name, as xvda",
		.help = "where updates are kept"},
	{.name = "zone-disk",
		.type = CONFIG_TEXT,
		.target = &settings.zone_disk,
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
		.parse = roles_set_zone,
		.repeats = true,
		.expected = roles_expected,
		.help = "a zone's part: primaries, who is notified, who may have what"},
	{.name = "group",
		.type = CONFIG_CUSTOM,
		.parse = roles_set_group,
		.repeats = true,
		.expected = roles_expected,
		.help = "the same for a catalog's members of one group"},
};

const struct config_table settings_config = {"dns", keys, ARRAY_SIZE(keys)};

void settings_use(struct dns_server *s)
{
	server = s;
	dns_server_init(server, (uint16_t)udp_size);
	settings.udp_room = MAX(udp_size, UDP_IN_FRAME);
	tell_names();
}
