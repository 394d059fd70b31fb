/* SPDX-License-Identifier: ISC */
/*
 * A web server for the sites in its boot archive, over TLS. lib/tls and lib/http do the work; here
 * are its settings, its files, its connections and its handlers. See docs/https.md.
 */
#include "apps/https/serve.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/tls/settings.h"

#define NS_PER_S      1000000000ull
#define CONNECTION_KB 96u /* KiB of memory that one takes while it is busy, at a guess */

struct serve_settings serve_settings = {
	.port = 443,
	.http_port = 80,
	.connections = 100,
	.per_address = 32,
	.handshakes = 16,
	.handshake_time = 10,
	.head_time = 10,
	.body_time = 20,
	.reply_time = 30,
	.idle_time = 60,
	.body_max = 1048576,
};

static const char *disk;
static struct tls_server *tls;

#define SECONDS(key, field, text)                                                                  \
	{                                                                                          \
		.name = (key), .type = CONFIG_NUMBER, .target = &serve_settings.field, .low = 1,   \
		.high = 3600, .live = true, .expected = "a number of seconds from 1 to 3600",      \
		.help = (text)                                                                     \
	}
#define COUNT(key, field, text)                                                                    \
	{                                                                                          \
		.name = (key), .type = CONFIG_NUMBER, .target = &serve_settings.field, .low = 1,   \
		.high = 500, .live = true, .expected = "a number from 1 to 500", .help = (text)    \
	}

static const struct config_key keys[] = {
	{.name = "port",
		.type = CONFIG_NUMBER,
		.target = &serve_settings.port,
		.low = 1,
		.high = 65535,
		.expected = "a port number",
		.help = "TCP port of HTTPS [443]"},
	{.name = "http-port",
		.type = CONFIG_NUMBER,
		.target = &serve_settings.http_port,
		.high = 65535,
		.expected = "a port number, or 0 for none",
		.help = "TCP port that says where HTTPS is [80]"},
	{.name = "disk",
		.type = CONFIG_TEXT,
		.target = &disk,
		.expected = "a disk's name as xvda",
		.help = "a disk with www/ and tls/, an image of ISO 9660 [none]"},
	TLS_SETTINGS,
	{.name = "hsts",
		.type = CONFIG_NUMBER,
		.target = &sites_hsts,
		.high = 63072000,
		.expected = "a number of seconds up to 63072000, or 0 for none",
		.help = "Strict-Transport-Security [31536000]"},
	{.name = "max-age",
		.type = CONFIG_NUMBER,
		.target = &sites_max_age,
		.high = 31536000,
		.expected = "a number of seconds up to 31536000",
		.help = "how long caches may keep a file without asking [0]"},
	{.name = "body-max",
		.type = CONFIG_NUMBER,
		.target = &serve_settings.body_max,
		.high = 1073741824,
		.expected = "a number of bytes up to 1G",
		.help = "longest body of a request [1M]"},
	COUNT("connections", connections, "connections at a time [100]"),
	COUNT("per-address", per_address, "connections of one address at a time [32]"),
	COUNT("handshakes", handshakes, "TLS handshakes at a time [16]"),
	SECONDS("handshake-time", handshake_time, "for a TLS handshake [10]"),
	SECONDS("head-time", head_time, "for the head of a request [10]"),
	SECONDS("body-time", body_time, "for its body, and one more for each KiB [20]"),
	SECONDS("reply-time", reply_time, "for the client to take 16 KiB [30]"),
	SECONDS("idle-time", idle_time, "between requests [60]"),
};

static const struct config_table config = {"https", keys, ARRAY_SIZE(keys)};

static uint64_t now(void)
{
	return platform_wall_ns() / NS_PER_S;
}

static const struct http_handler handlers[] = {
	{.path = "/status.json", .serve = status_serve},
};

/* Fewer than were asked for, where there is no memory for so many. */
static void fit_memory(void)
{
	uint64_t most = platform_memory_free() / 1024 / CONNECTION_KB;

	if (serve_settings.connections <= most)
		return;
	serve_settings.connections = MAX(most, (uint64_t)1);
	log_warning("https", "memory is enough for %u connections at a time",
		(unsigned)serve_settings.connections);
}

static int run(void)
{
	static struct http_server server = {.site = sites_find,
		.handlers = handlers,
		.handler_count = ARRAY_SIZE(handlers),
		.now = now};
	int error = sites_load(disk);

	if (!error)
		error = tls_start(&tls, &sites_certificates, protocols);
	if (error)
		return error;
	server.body_max = serve_settings.body_max;
	fit_memory();
	error = serve_start(&server, tls);
	if (!error)
		log_info("https",
			"serving %zu files with %zu certificates on port %u, %zu KiB free",
			sites_files(), tls_server_sites(tls), (unsigned)serve_settings.port,
			platform_memory_free() / 1024);
	return error;
}

static void stopping(void)
{
	struct tls_memory memory;

	tls_get_memory(&memory);
	log_info("https",
		"%llu requests (%llu bad) in %llu connections (%llu refused), %llu handshakes "
		"(%llu "
		"resumed, %llu failed)",
		(unsigned long long)serve_stats.http.requests,
		(unsigned long long)serve_stats.http.bad,
		(unsigned long long)serve_stats.connections,
		(unsigned long long)serve_stats.refused, (unsigned long long)serve_stats.handshakes,
		(unsigned long long)serve_stats.resumed, (unsigned long long)serve_stats.failed);
	log_info("https", "TLS had %zu KiB of heap at most, a connection %zu KiB",
		memory.most / 1024, memory.most_one / 1024);
}

static void resumed(void)
{
	if (tls)
		tls_server_renew_keys(tls);
}

const struct app app = {
	.name = "https",
	.version = KINGLET_VERSION,
	.config = &config,
	.stack_size = TLS_STACK,
	.main = run,
	.shutdown = stopping,
	.resumed = resumed,
};
