/* SPDX-License-Identifier: ISC */
/*
 * TCP in bulk, for the benchmarks: port 9 discards what it gets and closes when the peer has
 * (RFC 863); port 19 sends printable lines until the peer goes (RFC 864). By IPv4 and IPv6, as a
 * guest and as a Linux program. tests/bench/linux/bulk.c is the same for Linux.
 */
#include <errno.h>

#include "lib/app/app.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define PATIENCE 10000000000ull /* ns without a byte */
#define SESSIONS 16u            /* connections served at a time */
#define GLYPHS   95u            /* ' ' to '~' */
#define LINE     72u
#define PERIOD   (GLYPHS * (LINE + 2)) /* bytes after which the lines begin anew */
#define PERIODS  8u

static char lines[PERIODS * PERIOD];
static unsigned sessions;

static void fill_lines(void)
{
	char *out = lines;

	for (unsigned first = 0; first < PERIODS * GLYPHS; first++) {
		for (unsigned i = 0; i < LINE; i++)
			*out++ = (char)(' ' + (first + i) % GLYPHS);
		*out++ = '\r';
		*out++ = '\n';
	}
}

static uint64_t soon(void)
{
	return platform_time_ns() + PATIENCE;
}

static void end(struct tcp_stream *stream, long result)
{
	sessions--;
	if (result == 0)
		net_tcp_close(stream);
	else
		net_tcp_abort(stream);
}

static void discard(void *arg)
{
	static char sink[65535]; /* of all sessions, since nobody reads it */
	struct tcp_stream *stream = arg;
	long len;

	do
		len = net_tcp_read(stream, sink, sizeof(sink), soon());
	while (len > 0);
	end(stream, len);
}

static void generate(void *arg)
{
	struct tcp_stream *stream = arg;
	int error;

	do
		error = net_tcp_write(stream, lines, sizeof(lines), soon());
	while (!error);
	end(stream, error);
}

struct service {
	uint16_t port;
	void (*session)(void *arg);
	struct tcp_listener *listener;
};

static struct service services[] = {
	{.port = 9, .session = discard},
	{.port = 19, .session = generate},
};

static void serve(void *arg)
{
	struct service *service = arg;
	struct tcp_stream *stream;

	while (net_tcp_accept(service->listener, &stream, PLATFORM_NEVER) == 0) {
		sessions++;
		if (sessions > SESSIONS ||
			thread_create("session", THREAD_STACK_DEFAULT, service->session, stream))
			end(stream, -ENOMEM);
	}
}

static int bulk_main(void)
{
	int error = 0;

	fill_lines();
	for (unsigned i = 0; !error && i < sizeof(services) / sizeof(services[0]); i++) {
		error = net_tcp_listen(&services[i].listener, services[i].port, 16);
		if (!error)
			error = thread_create("serve", THREAD_STACK_DEFAULT, serve, &services[i]);
	}
	if (error) {
		log_error("bulk", "cannot listen: error %d", -error);
		return error;
	}
	if (net_wait_ready(PLATFORM_NEVER) == 0)
		log_info("bulk", "ready");
	return 0;
}

const struct app app = {.name = "bulk", .version = KINGLET_VERSION, .main = bulk_main};
