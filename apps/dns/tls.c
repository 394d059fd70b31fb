/* SPDX-License-Identifier: ISC */
/*
 * DNS over TLS (RFC 7858), and zone transfers over it (RFC 9103). A thread that waits for the
 * client's bytes does so outside of TLS, so that others can send meanwhile: what it gets is put
 * before lib/tls, which finds it or nothing.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dns/certificates.h"
#include "apps/dns/secure.h"
#include "apps/dns/stream.h"
#include "apps/dns/turn.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/sched/sched.h"
#include "lib/tls/settings.h"
#include "lib/tls/tls.h"

#define NS_PER_S   1000000000ull
#define AHEAD      1024u
#define HEAP_GUESS ((size_t)24 * 1024) /* of one connection; more in its handshake */

static uint64_t port = 853;
static struct tls_server *server;
static uint64_t handshakes, resumed_sessions;

struct secure {
	struct tcp_stream *tcp;
	struct tls_conn *tls;
	struct turn turn; /* who is in lib/tls */
	bool shaking;     /* the handshake reads from TCP itself */
	bool eof;
	uint64_t deadline;
	uint8_t ahead[AHEAD]; /* bytes AT to LEN have come and lib/tls has not had them */
	size_t at, len;
};

/* ---- below TLS ---- */

static long io_read(void *ctx, void *data, size_t len)
{
	struct secure *s = ctx;
	size_t n = MIN(len, s->len - s->at);

	if (s->shaking)
		return net_tcp_read(s->tcp, data, len, s->deadline);
	if (!n)
		return s->eof ? 0 : -ETIMEDOUT;
	memcpy(data, s->ahead + s->at, n);
	s->at += n;
	return (long)n;
}

static int io_write(void *ctx, const void *data, size_t len)
{
	struct secure *s = ctx;

	return net_tcp_write(s->tcp, data, len, s->deadline);
}

/* ---- a connection ---- */

/* RFC 9103 section 7.1: zones travel by TLS 1.3 alone. */
static void tell_of(const struct secure *s, bool *transfers)
{
	struct tls_info info;

	tls_get_info(s->tls, &info);
	*transfers = !strcmp(info.version, "TLSv1.3");
	handshakes++;
	resumed_sessions += info.resumed;
}

static int open_secure(struct tcp_stream *tcp, uint64_t deadline, void **ctx, bool *transfers)
{
	struct secure *s = calloc(1, sizeof(*s));
	const struct tls_io io = {io_read, io_write, s};
	char message[TLS_MESSAGE];
	int error;

	if (!s)
		return -ENOMEM;
	s->tcp = tcp;
	s->deadline = deadline;
	s->shaking = true;
	turn_init(&s->turn);
	error = tls_accept(server, &io, &s->tls, message);
	if (error) {
		log_debug("dns", "TLS: %s", message);
		free(s);
		return error;
	}
	s->shaking = false;
	tell_of(s, transfers);
	*ctx = s;
	return 0;
}

static long read_secure(void *ctx, void *data, size_t len, uint64_t deadline)
{
	struct secure *s = ctx;

	for (;;) {
		long n = turn_take(&s->turn, deadline);

		if (n)
			return n;
		/* It may have something to say, too: new keys, or what is wrong. */
		s->deadline = platform_time_ns() + stream_settings.write * NS_PER_S;
		n = tls_read(s->tls, data, len);
		turn_give(&s->turn);
		if (n != -ETIMEDOUT)
			return n;
		n = net_tcp_read(s->tcp, s->ahead, sizeof(s->ahead), deadline);
		if (n < 0)
			return n;
		s->eof = n == 0;
		s->at = 0;
		s->len = (size_t)n;
	}
}

static int write_secure(void *ctx, const void *data, size_t len, uint64_t deadline)
{
	struct secure *s = ctx;
	int error = turn_take(&s->turn, deadline);

	if (error)
		return error;
	s->deadline = deadline;
	error = tls_write(s->tls, data, len);
	turn_give(&s->turn);
	return error;
}

static void close_secure(void *ctx, bool broken)
{
	struct secure *s = ctx;

	s->deadline = platform_time_ns(); /* it is said if there is room for it */
	tls_close(s->tls);
	if (broken)
		net_tcp_abort(s->tcp);
	else
		net_tcp_close(s->tcp);
	free(s);
}

static const struct stream_kind kind = {
	.name = "dns/tls",
	.stack = TLS_STACK + (size_t)16 * 1024,
	.heap = HEAP_GUESS,
	.encrypted = true,
	.open = open_secure,
	.read = read_secure,
	.write = write_secure,
	.close = close_secure,
};

/* ---- settings ---- */

static const struct config_key keys[] = {
	{.name = "tls-port",
		.type = CONFIG_NUMBER,
		.target = &port,
		.low = 1,
		.high = 65535,
		.expected = "a port number",
		.help = "TCP port of TLS"},
	TLS_SETTINGS,
};

const struct config_table secure_config = {"dns over TLS", keys, ARRAY_SIZE(keys)};

/* ---- the start, and the end ---- */

int secure_load(void)
{
	int error = certificates_load();

	if (error)
		log_error("dns", "no memory for certificates");
	return error ? error : tls_start(&server, &certificates, "dot");
}

static void listen_on(void *arg)
{
	int error = stream_serve(&kind, (uint16_t)port);

	(void)arg;
	log_error("dns", "tls-port=%u cannot be opened: error %d", (unsigned)port, -error);
	platform_exit(PLATFORM_FAILED);
}

int secure_start(void)
{
	stream_fit_memory(&kind);
	log_info("dns", "serving TLS with %zu certificates on port %u", tls_server_sites(server),
		(unsigned)port);
	if (!thread_create("dns/tls-accept", THREAD_STACK_DEFAULT, listen_on, NULL))
		return 0;
	log_error("dns", "no memory for threads");
	return -ENOMEM;
}

void secure_resumed(void)
{
	if (server)
		tls_server_renew_keys(server);
}

void secure_stopping(void)
{
	struct tls_memory memory;

	tls_get_memory(&memory);
	log_info("dns",
		"%llu queries by TLS, %llu handshakes (%llu resumed), %zu KiB of heap at most, a "
		"connection %zu KiB",
		(unsigned long long)stream_stats.queries[1], (unsigned long long)handshakes,
		(unsigned long long)resumed_sessions, memory.most / 1024, memory.most_one / 1024);
}
