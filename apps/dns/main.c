/* SPDX-License-Identifier: ISC */
/*
 * An authoritative DNS server for the zones in its boot archive, over UDP and TCP. The engine is
 * lib/dns; here are its settings, its zones and its two transports. See docs/dns.md.
 */
#include <stddef.h>

#include "apps/dns/serve.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"

struct serve_stats serve_stats;

static uint64_t udp_size = DNS_UDP_SIZE;
static struct serve_limits limits = {.port = 53, .tcp_connections = 16, .tcp_idle = 10};

static struct dns_server server;

static void set_udp_size(void)
{
	server.udp_size = (uint16_t)udp_size;
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
};

static const struct config_table config = {"dns", keys, ARRAY_SIZE(keys)};

static int run(void)
{
	int error;

	dns_server_init(&server, (uint16_t)udp_size);
	error = zones_load(&server);
	if (error)
		return error;
	platform_archive_free();
	error = serve_udp(&server, &limits);
	if (error) {
		log_error("dns", "UDP port %u cannot be opened", (unsigned)limits.port);
		return error;
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

const struct app app = {
	.name = "dns",
	.version = KINGLET_VERSION,
	.config = &config,
	.stack_size = 64 * 1024,
	.main = run,
	.shutdown = stopping,
};
