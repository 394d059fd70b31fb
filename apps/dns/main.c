/* SPDX-License-Identifier: ISC */
/*
 * An authoritative DNS server for the zones in its boot archive, over UDP and TCP. The engine is
 * lib/dns; here is how it starts and ends. See docs/dns.md.
 */
#include <errno.h>

#include "apps/dns/front.h"
#include "apps/dns/guard.h"
#include "apps/dns/keep.h"
#include "apps/dns/reload.h"
#include "apps/dns/roles.h"
#include "apps/dns/secure.h"
#include "apps/dns/serve.h"
#include "apps/dns/settings.h"
#include "apps/dns/stream.h"
#include "lib/app/app.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"

struct serve_stats serve_stats;

static struct dns_server server;

/* All zones, with what they are to be, and all that the boot archive has: then it may go. */
static int load(void)
{
	int error = roles_read_keys();

	if (!error)
		error = zones_load(&server);
	if (!error)
		error = keep_open(settings.disk);
	if (!error)
		error = reload_open(&server, settings.zone_disk);
	if (!error)
		error = roles_start(&server);
	if (!error)
		error = secure_load();
	if (!error && !server.count) {
		log_error("dns",
			"no boot archive with zones: no zone files below zones/, and no zone=");
		error = -ENOENT;
	}
	if (!error)
		platform_archive_free();
	return error;
}

/* From here on queries are answered, by UDP; and by TLS, if there is. */
static int start(void)
{
	static struct udp_socket *socket;
	int error;

	ask_start(&server);
	stream_init();
	error = serve_udp(&server, (uint16_t)settings.port, settings.udp_room, &socket);
	if (error) {
		log_error("dns", "UDP port %u cannot be opened", (unsigned)settings.port);
		return error;
	}
	if (front_start(&server, socket) || refresh_start() || count_start(&server) ||
		reload_start()) {
		log_error("dns", "no memory for threads");
		return -ENOMEM;
	}
	return secure_start();
}

static int run(void)
{
	int error;

	settings_use(&server);
	error = guard_start(&server);
	if (error) {
		log_error("dns", "no memory for the limit on replies");
		return error;
	}
	error = load();
	if (!error)
		error = start();
	if (error)
		return error;
	log_info("dns", "serving %u zones on port %u, %zu KiB of memory free",
		(unsigned)server.count, (unsigned)settings.port, platform_memory_free() / 1024);
	return serve_tcp((uint16_t)settings.port);
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
	.config = &settings_config,
	.more_config = &secure_config,
	.stack_size = 64 * 1024,
	.main = run,
	.shutdown = stopping,
	.suspend_ready = keep_is_idle,
	.resumed = resumed,
};
