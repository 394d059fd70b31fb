/* SPDX-License-Identifier: ISC */
/*
 * A DHCP server. The engine is lib/dhcp; here are its settings, its file dhcp.conf in the boot
 * archive, and how answers are sent. See docs/dhcp.md.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "apps/dhcp/leases.h"
#include "apps/dhcp/names.h"
#include "apps/dhcp/serve.h"
#include "lib/app/app.h"
#include "lib/archive/boot.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/base/wire.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define CONFIG_NAME   "dhcp.conf" /* in the boot archive */
#define LOOK_AGAIN_NS 10000000ull
#define MEMORY_SPARED (256u * 1024u) /* for all but the table of leases */

static uint64_t offers = 256, mac_leases = 8, mac_rate = 20, relay_rate = 20000, relay_leases,
		queue = 64;

static const char *disk = "none";
static bool tolerant; /* of leases that cannot be read */

static int set_damaged(const struct config_key *key, unsigned index, const char *value)
{
	(void)key, (void)index;
	tolerant = strcmp(value, "leave-out") == 0;
	return tolerant || strcmp(value, "refuse") == 0 ? 0 : -EINVAL;
}

static const struct config_key keys[] = {
	{.name = "disk",
		.type = CONFIG_TEXT,
		.target = &disk,
		.expected = "a disk's name as xvda, or none",
		.help = "where leases are kept; none: in memory only [none]"},
	{.name = "damaged",
		.type = CONFIG_CUSTOM,
		.parse = set_damaged,
		.expected = "refuse or leave-out",
		.help = "what is done with leases on the disk that cannot be read: the guest does "
			"not start, or goes on without them [refuse]"},
	{.name = "offers",
		.type = CONFIG_NUMBER,
		.target = &offers,
		.low = 1,
		.high = 65536,
		.expected = "a number from 1 to 65536",
		.help = "addresses that are offered at a time; older offers give way [256]"},
	{.name = "mac-leases",
		.type = CONFIG_NUMBER,
		.target = &mac_leases,
		.low = 1,
		.high = 1024,
		.expected = "a number from 1 to 1024",
		.help = "leases of one hardware address, under any client identifiers [8]"},
	{.name = "mac-rate",
		.type = CONFIG_NUMBER,
		.target = &mac_rate,
		.high = 1000000,
		.expected = "a number of messages a second, 0 for any",
		.help = "messages a second of one hardware address [20]"},
	{.name = "relay-rate",
		.type = CONFIG_NUMBER,
		.target = &relay_rate,
		.high = 1000000,
		.expected = "a number of messages a second, 0 for any",
		.help = "messages a second through one relay [20000]"},
	{.name = "relay-leases",
		.type = CONFIG_NUMBER,
		.target = &relay_leases,
		.high = 16777216,
		.expected = "a number up to 16777216, 0 for any",
		.help = "leases and offers through one relay [0: any number]"},
	{.name = "queue",
		.type = CONFIG_NUMBER,
		.target = &queue,
		.low = 8,
		.high = 4096,
		.expected = "a number from 8 to 4096",
		.help = "answers that may wait for their leases to be durable [64]"},
	{.name = "dns",
		.type = CONFIG_CUSTOM,
		.parse = names_set_server,
		.expected = names_server_expected,
		.help = "the name server that is told the names of clients by updates [none]"},
	{.name = "zone",
		.type = CONFIG_CUSTOM,
		.parse = names_set_zone,
		.repeats = true,
		.expected = names_zone_expected,
		.help = "as the name server has it: a zone with allow-update= is told of"},
};

static const struct config_table config_table = {"dhcp", keys, ARRAY_SIZE(keys)};

static struct dhcp_config config;
static struct dhcp_server server;
static struct dhcp6_server server6;

/* ---- the configuration ---- */

static unsigned find_links(struct dhcp_link links[DHCP_LINKS])
{
	unsigned count = 0, length;
	uint8_t ip[4];

	for (unsigned i = 0; i < DHCP_LINKS; i++) {
		links[i] = (struct dhcp_link){0};
		count += net_static6(i, links[i].address6, &links[i].length6);
		if (!net_static4(i, ip, &length))
			continue;
		links[i].address = wire_u32(ip);
		links[i].mask = UINT32_MAX << (32 - length);
		count++;
	}
	return count;
}

static int find_file(struct archive_file *file)
{
	struct archive archive;
	const char *message;
	int error = archive_boot(&archive, &message);

	if (error) {
		log_error("dhcp",
			"boot archive: expected ramdisk= with the file " CONFIG_NAME ", got %s",
			message);
		return error;
	}
	if (archive_find(&archive, CONFIG_NAME, file)) {
		log_error("dhcp", "boot archive: expected a file " CONFIG_NAME " in it");
		return -ENOENT;
	}
	return 0;
}

static int read_config(void)
{
	static struct archive_file file;
	static struct dhcp_link links[DHCP_LINKS];
	char message[DHCP_CONFIG_MESSAGE];
	int error;

	if (!find_links(links)) {
		log_error("dhcp", "expected an address of the server's own, as ip=10.0.0.5/24");
		return -EINVAL;
	}
	error = find_file(&file);
	if (error)
		return error;
	error = dhcp_config_read(
		&config, links, CONFIG_NAME, (const char *)file.data, file.len, message);
	if (error) {
		log_error("dhcp", "%s", message);
		return error;
	}
	return names_check(&config);
}

/* The range that takes most of the memory. */
static const struct dhcp_range *largest_range(void)
{
	const struct dhcp_range *largest = config.ranges;

	for (const struct dhcp_range *r = config.ranges; r; r = r->next)
		if (r->last - r->first > largest->last - largest->first)
			largest = r;
	return largest;
}

static bool has_disk(void)
{
	return strcmp(disk, "none") != 0;
}

/* DHCPv6 clients know the server by the MAC of its first interface, which may have yet to come. */
static int make_server6(const uint8_t key[16])
{
	uint8_t mac[6];

	while (!net_mac(0, mac))
		thread_sleep_until(platform_time_ns() + LOOK_AGAIN_NS);
	return dhcp6_server_init(&server6, &config, (uint32_t)mac_rate, key, mac);
}

static int make_server(void)
{
	struct dhcp_limits limits = {
		.offers = (uint32_t)offers,
		.mac_leases = (uint32_t)mac_leases,
		.mac_rate = (uint32_t)mac_rate,
		.relay_rate = (uint32_t)relay_rate,
		.relay_leases = (uint32_t)relay_leases,
		.names = names_are_told(),
	};
	uint64_t need = dhcp_server_memory(&config, limits.names) + serve_memory((unsigned)queue),
		 have = platform_memory_free();
	uint8_t key[16];

	if (has_disk())
		need += leases_memory((uint64_t)config.lease_max + config.lease_max6);
	if (config.ranges6)
		need += dhcp6_server_memory(&config) + serve6_memory((unsigned)queue);

	if (need + MEMORY_SPARED > have || need > SIZE_MAX / 4) {
		log_error("dhcp",
			CONFIG_NAME
			":%u: %llu leases need %llu KiB of memory, %llu are free: expected "
			"a smaller dhcp-range, dhcp-lease-max= or more memory",
			config.ranges ? largest_range()->line : 1,
			(unsigned long long)config.lease_max, (unsigned long long)need / 1024,
			(unsigned long long)(have < MEMORY_SPARED ? 0 : have - MEMORY_SPARED) /
				1024);
		return -ENOMEM;
	}
	platform_random(key, sizeof(key));
	if (dhcp_server_init(&server, &config, &limits, key) ||
		(config.ranges6 && make_server6(key))) {
		log_error(
			"dhcp", "no memory for %llu leases", (unsigned long long)config.lease_max);
		return -ENOMEM;
	}
	return 0;
}

/* ---- life ---- */

static int run(void)
{
	int error = read_config();

	if (error)
		return error;
	platform_archive_free();
	error = make_server();
	if (error)
		return error;
	if (has_disk())
		error = leases_open(&server, &server6, disk, tolerant);
	else
		log_warning(
			"dhcp", "no disk= is set: leases are in memory only, and lost at the end");
	if (!error && config.ranges6)
		error = serve6_start(&server6, (unsigned)queue);
	if (!error && names_are_told())
		error = names_start(&server);
	if (error)
		return error;
	log_info("dhcp",
		"serving %llu addresses in %u ranges, %u reservations, %zu KiB of memory free",
		(unsigned long long)dhcp_config_addresses(&config), config.range_count,
		config.host_count, platform_memory_free() / 1024);
	error = serve(&server, (unsigned)queue);
	log_error("dhcp", "UDP port 67 cannot be served: error %d", -error);
	return error;
}

static unsigned long long count(const uint64_t *counts, size_t len)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += counts[i];
	return sum;
}

static void tell6(const struct dhcp6_stats *s)
{
	log_info("dhcp",
		"DHCPv6: %llu messages, %llu answers, %u leases, %llu conflicts; dropped: %llu "
		"malformed, %llu elsewhere, %llu of no network, %llu ignored, %llu too often, %llu "
		"without a free address",
		(unsigned long long)s->received, (unsigned long long)s->sent,
		(unsigned)server6.leases.count[DHCP_LEASE_BOUND], (unsigned long long)s->conflicts,
		(unsigned long long)s->malformed, (unsigned long long)s->elsewhere,
		(unsigned long long)s->no_network, (unsigned long long)s->ignored,
		(unsigned long long)s->too_often, (unsigned long long)s->full);
}

static void stopping(void)
{
	const struct dhcp_stats *s = &server.stats;

	log_info("dhcp",
		"%llu discovers, %llu requests; %llu offers, %llu acks, %llu naks; %u leases",
		(unsigned long long)s->received[DHCP_DISCOVER],
		(unsigned long long)s->received[DHCP_REQUEST],
		(unsigned long long)s->sent[DHCP_OFFER], (unsigned long long)s->sent[DHCP_ACK],
		(unsigned long long)s->sent[DHCP_NAK],
		(unsigned)server.leases.count[DHCP_LEASE_BOUND]);
	log_info("dhcp",
		"dropped: %llu malformed, %llu nonsense, %llu of no network, %llu ignored, %llu "
		"too "
		"often, %llu of too many leases, %llu without a free address, %llu while %u waited",
		count(s->malformed, ARRAY_SIZE(s->malformed)), (unsigned long long)s->nonsense,
		(unsigned long long)s->no_network, (unsigned long long)s->ignored,
		(unsigned long long)(s->rate_mac + s->rate_relay),
		(unsigned long long)(s->mac_leases + s->relay_leases), (unsigned long long)s->full,
		(unsigned long long)serve_stats.queue_full, (unsigned)queue);
	log_info("dhcp", "%llu conflicts, %llu options cut, %llu answers not sent",
		(unsigned long long)s->conflicts, (unsigned long long)s->cut,
		(unsigned long long)(serve_stats.unsent + serve_stats.undurable));
	if (config.ranges6)
		tell6(&server6.stats);
	names_stopping();
}

const struct app app = {
	.name = "dhcp",
	.version = KINGLET_VERSION,
	.config = &config_table,
	.stack_size = 32 * 1024,
	.main = run,
	.shutdown = stopping,
	.suspend_ready = leases_are_idle,
};
