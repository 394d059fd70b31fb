/* SPDX-License-Identifier: ISC */
/*
 * DNS over TCP (RFC 1035 section 4.2.2, RFC 7766): each connection has a green thread, which
 * answers message after message until the client closes or has been idle for too long.
 */
#include "apps/dns/serve.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "apps/dns/front.h"
#include "apps/dns/guard.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/wire.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define PREFIX      2u    /* bytes of length before each message */
#define REPLY_SMALL 4096u /* room that is enough for nearly all replies */
#define STACK       (32u * 1024)
#define NS_PER_S    1000000000ull

static const struct dns_server *server;
static const struct serve_limits *limits;
static unsigned open_connections;

static uint64_t idle_deadline(void)
{
	return platform_time_ns() + limits->tcp_idle * NS_PER_S;
}

/* Reads just LEN bytes. False when there will be no more. */
static bool read_all(struct tcp_stream *stream, uint8_t *data, size_t len)
{
	uint64_t deadline = idle_deadline();

	while (len) {
		long n = net_tcp_read(stream, data, len, deadline);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool truncated(const uint8_t *reply, size_t len)
{
	return len > 2 && reply[2] & 2; /* TC, RFC 1035 section 4.1.1 */
}

/* Answers into OUT, which has room for the prefix and SIZE bytes. The length of both, or 0. */
static size_t answer_into(uint8_t *out, size_t size, const uint8_t *query, size_t len)
{
	size_t reply_len;

	if (dns_server_answer(server, query, len, DNS_TCP, out + PREFIX, size, &reply_len) !=
		DNS_ANSWER)
		return 0;
	wire_set_u16(out, (uint16_t)reply_len);
	return PREFIX + reply_len;
}

/* Answers one message. False ends the connection. */
static bool answer(struct tcp_stream *stream, uint8_t *query, size_t len)
{
	size_t size = REPLY_SMALL, n;
	struct net_addr from;
	uint8_t *out;
	bool sent;

	serve_stats.tcp_queries++;
	if (!front_is_plain(query, len))
		return front_stream(stream, query, len, limits->tcp_idle);
	out = malloc(PREFIX + size);
	if (!out)
		return false;
	net_tcp_peer(stream, &from);
	front_asks(&from);
	n = answer_into(out, size, query, len);
	if (n && truncated(out + PREFIX, n - PREFIX)) {
		free(out);
		out = malloc(PREFIX + DNS_REPLY_MAX);
		n = out ? answer_into(out, DNS_REPLY_MAX, query, len) : 0;
	}
	if (n)
		guard_stream(&from, COUNT_TCP, out + PREFIX, n - PREFIX);
	else
		serve_stats.dropped++;
	sent = n && !net_tcp_write(stream, out, n, idle_deadline());
	free(out);
	return sent;
}

static void serve(struct tcp_stream *stream)
{
	uint8_t prefix[PREFIX];
	bool going = true;

	while (going && read_all(stream, prefix, PREFIX)) {
		size_t len = (size_t)prefix[0] << 8 | prefix[1];
		uint8_t *query = malloc(len ? len : 1);

		going = query && read_all(stream, query, len) && answer(stream, query, len);
		free(query);
	}
}

static void connection(void *arg)
{
	struct tcp_stream *stream = arg;

	serve(stream);
	net_tcp_close(stream);
	open_connections--;
}

static void take(struct tcp_stream *stream)
{
	if (open_connections >= limits->tcp_connections ||
		thread_create("dns/tcp", STACK, connection, stream)) {
		serve_stats.tcp_refused++;
		net_tcp_abort(stream);
		return;
	}
	open_connections++;
	serve_stats.tcp_connections++;
}

int serve_tcp(const struct dns_server *s, const struct serve_limits *l)
{
	struct tcp_listener *listener;
	struct tcp_stream *stream;
	int error = net_tcp_listen(&listener, (uint16_t)l->port, (unsigned)l->tcp_connections);

	if (error)
		return error;
	server = s;
	limits = l;
	while (!(error = net_tcp_accept(listener, &stream, PLATFORM_NEVER)))
		take(stream);
	return error;
}
