/* SPDX-License-Identifier: ISC */
/*
 * Echo, for tests of the network on Linux and under Xen: UDP and TCP give back what they get (port
 * 7, RFC 862); TCP port 9 reads nothing for its first second (a slow reader) and then
 * discards; TCP port 13 sends `bulk` bytes of a known pattern and closes. "counters" sent to UDP
 * port 7 answers with what was counted so far.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/app/app.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define SECOND   1000000000ull
#define IDLE     (10 * SECOND)
#define PATIENCE (50 * SECOND) /* of who sends in bulk, over a link that loses frames */
#define SESSIONS 40            /* TCP connections served at a time */
#define BUF      2048
#define BULK     32768u

static uint64_t bulk = 1000000, reply_max = NET_UDP_REPLY_MAX;

static struct {
	unsigned datagrams, accepted, ended, resets, timeouts, sessions, flushed, resumed;
	uint64_t bytes;
} counters;

static const struct config_key keys[] = {
	{.name = "bulk",
		.type = CONFIG_NUMBER,
		.target = &bulk,
		.high = 1 << 30,
		.help = "bytes that TCP port 13 sends [1000000]"},
	{.name = "reply-max",
		.type = CONFIG_NUMBER,
		.target = &reply_max,
		.low = 64,
		.high = NET_UDP_REPLY_MAX,
		.help = "longest datagram that is echoed"},
};

static const struct config_table config = {.area = "echo", .keys = keys, .count = 2};

static size_t udp_echo(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)from, (void)to;
	counters.datagrams++;
	if (len == 8 && memcmp(data, "counters", 8) == 0) {
		return (size_t)snprintf((char *)reply, reply_size,
			"datagrams=%u accepted=%u ended=%u resets=%u timeouts=%u open=%u "
			"flushed=%u resumed=%u bytes=%llu\n",
			counters.datagrams, counters.accepted, counters.ended, counters.resets,
			counters.timeouts, counters.sessions, counters.flushed, counters.resumed,
			(unsigned long long)counters.bytes);
	}
	if (len > reply_size)
		return 0;
	memcpy(reply, data, len);
	return len;
}

static uint64_t soon(void)
{
	return platform_time_ns() + IDLE;
}

/* Counts how a connection has ended, and ends it on our side. */
static void end(struct tcp_stream *stream, long result)
{
	counters.sessions--;
	if (result == 0)
		counters.ended++;
	else if (result == -ETIMEDOUT)
		counters.timeouts++;
	else
		counters.resets++;
	if (result == 0)
		net_tcp_close(stream);
	else
		net_tcp_abort(stream);
}

static void echo_session(void *arg)
{
	struct tcp_stream *stream = arg;
	char buf[BUF];
	long len;

	while ((len = net_tcp_read(stream, buf, sizeof(buf), soon())) > 0) {
		counters.bytes += (uint64_t)len;
		len = net_tcp_write(stream, buf, (size_t)len, soon());
		if (len < 0)
			break;
	}
	end(stream, len);
}

static void slow_session(void *arg)
{
	struct tcp_stream *stream = arg;
	char buf[BUF];
	long len;

	thread_sleep_until(platform_time_ns() + SECOND);
	while ((len = net_tcp_read(stream, buf, sizeof(buf), soon())) > 0)
		counters.bytes += (uint64_t)len;
	end(stream, len);
}

/* The alphabet over and over, from anywhere in it. */
static void bulk_session(void *arg)
{
	static char pattern[BULK + 26];
	struct tcp_stream *stream = arg;
	uint64_t sent = 0;
	int error = 0;

	for (size_t i = 0; i < sizeof(pattern) && !pattern[sizeof(pattern) - 1]; i++)
		pattern[i] = (char)('a' + i % 26);
	while (!error && sent < bulk) {
		size_t len = bulk - sent < BULK ? (size_t)(bulk - sent) : BULK;

		error = net_tcp_write(
			stream, pattern + sent % 26, len, platform_time_ns() + PATIENCE);
		sent += len;
	}
	end(stream, error);
}

struct service {
	uint16_t port;
	void (*session)(void *arg);
	struct tcp_listener *listener;
};

static struct service services[] = {
	{.port = 7, .session = echo_session},
	{.port = 9, .session = slow_session},
	{.port = 13, .session = bulk_session},
};

static void serve(void *arg)
{
	struct service *service = arg;
	struct tcp_stream *stream;

	while (net_tcp_accept(service->listener, &stream, PLATFORM_NEVER) == 0) {
		counters.accepted++;
		counters.sessions++;
		if (counters.sessions > SESSIONS ||
			thread_create("session", THREAD_STACK_DEFAULT, service->session, stream))
			end(stream, -ENOMEM);
	}
}

static int echo_main(void)
{
	static struct udp_socket *socket;
	int error = net_udp_listen(&socket, 7, reply_max, udp_echo, NULL);

	for (unsigned i = 0; !error && i < sizeof(services) / sizeof(services[0]); i++) {
		error = net_tcp_listen(&services[i].listener, services[i].port, 16);
		if (!error)
			error = thread_create("serve", THREAD_STACK_DEFAULT, serve, &services[i]);
	}
	if (error) {
		log_error("echo", "cannot listen: error %d", -error);
		return error;
	}
	if (net_wait_ready(PLATFORM_NEVER) == 0)
		log_info("echo", "ready");
	return 0;
}

/* ---- suspend: flushing takes a thread a while, as with a disk ---- */

static enum {
	FLUSH_IDLE,
	FLUSH_UNDER_WAY,
	FLUSH_DONE
} flush_state;

static void flush(void *arg)
{
	(void)arg;
	thread_sleep_until(platform_time_ns() + SECOND / 2);
	counters.flushed++;
	flush_state = FLUSH_DONE;
}

static bool suspend_ready(void)
{
	if (flush_state == FLUSH_IDLE && !thread_create("flush", THREAD_STACK_DEFAULT, flush, NULL))
		flush_state = FLUSH_UNDER_WAY;
	if (flush_state != FLUSH_DONE)
		return false;
	flush_state = FLUSH_IDLE;
	return true;
}

static void resumed(void)
{
	counters.resumed++;
}

const struct app app = {.name = "echo",
	.version = KINGLET_VERSION,
	.config = &config,
	.main = echo_main,
	.suspend_ready = suspend_ready,
	.resumed = resumed};
