/* SPDX-License-Identifier: ISC */
/*
 * Connections: each has a green thread, and there are limits to all of them, to those of one
 * address and to handshakes. Whoever comes above a limit is turned away, and nobody else is.
 */
#include "apps/https/serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define NS_PER_S   1000000000ull
#define SLOW_BYTES 1024u /* a second: who is slower with a request's body is cut off */
#define STACK      (TLS_STACK + (size_t)16 * 1024)
#define BACKLOG    16

struct serve_stats serve_stats;

struct connection {
	struct list node;
	struct tcp_stream *stream;
	struct net_addr peer;
	char peer_text[46];
	bool secure, shaking;
	uint64_t deadline;
	uint64_t body_start, body_bytes; /* of the request that is being read */
	struct tls_conn *tls;
};

struct listener {
	struct tcp_listener *tcp;
	bool secure;
};

static struct http_server plain_server, secure_server;
static struct tls_server *tls_server;
static struct list connections;
static unsigned shaking;

static uint64_t after(uint64_t seconds)
{
	return platform_time_ns() + seconds * NS_PER_S;
}

/* ---- bytes ---- */

static long read_tcp(void *ctx, void *data, size_t len)
{
	struct connection *c = ctx;
	long n = net_tcp_read(c->stream, data, len, c->deadline);

	/* Nobody cancels a connection's thread but to wake it from here. */
	if (thread_is_cancelled())
		thread_uncancel();
	return n == -ECANCELED ? -EINTR : n;
}

static int write_tcp(void *ctx, const void *data, size_t len)
{
	struct connection *c = ctx;

	return net_tcp_write(c->stream, data, len, c->deadline);
}

static long read_http(void *ctx, void *data, size_t len)
{
	struct connection *c = ctx;
	long n = c->tls ? tls_read(c->tls, data, len) : read_tcp(c, data, len);

	if (n > 0)
		c->body_bytes += (uint64_t)n;
	return n;
}

static int write_http(void *ctx, const void *data, size_t len)
{
	struct connection *c = ctx;

	return c->tls ? tls_write(c->tls, data, len) : write_tcp(c, data, len);
}

static void on_phase(void *ctx, enum http_phase phase)
{
	struct connection *c = ctx;

	switch (phase) {
	case HTTP_PHASE_IDLE:
		c->deadline = after(serve_settings.idle_time);
		break;
	case HTTP_PHASE_HEAD:
		c->deadline = after(serve_settings.head_time);
		c->body_start = 0;
		break;
	case HTTP_PHASE_BODY:
		if (!c->body_start) {
			c->body_start = platform_time_ns();
			c->body_bytes = 0;
		}
		c->deadline = c->body_start +
			      (serve_settings.body_time + c->body_bytes / SLOW_BYTES) * NS_PER_S;
		break;
	case HTTP_PHASE_REPLY:
		c->deadline = after(serve_settings.reply_time);
		break;
	}
}

/* ---- a connection ---- */

/* False when it came to nothing. */
static bool shake_hands(struct connection *c)
{
	const struct tls_io io = {read_tcp, write_tcp, c};
	char message[TLS_MESSAGE];
	struct tls_info info;
	int error;

	c->deadline = after(serve_settings.handshake_time);
	error = tls_accept(tls_server, &io, &c->tls, message);
	c->shaking = false;
	shaking--;
	if (error) {
		serve_stats.failed++;
		log_debug("https", "%s: %s", c->peer_text, message);
		return false;
	}
	serve_stats.handshakes++;
	tls_get_info(c->tls, &info);
	serve_stats.resumed += info.resumed;
	return true;
}

static void serve_http(struct connection *c)
{
	const struct http_connection http = {
		.server = c->secure ? &secure_server : &plain_server,
		.io = {read_http, write_http, on_phase, c},
		.stats = &serve_stats.http,
		.peer = c->peer_text,
		.secure = c->secure,
	};
	struct tls_info info = {.alpn = ""};

	if (c->tls)
		tls_get_info(c->tls, &info);
	protocols_serve(info.alpn, &http, thread_current());
}

static void connection(void *arg)
{
	struct connection *c = arg;

	if (!c->secure || shake_hands(c))
		serve_http(c);
	c->deadline = after(1); /* for what TLS says at the end */
	if (c->tls)
		tls_close(c->tls);
	net_tcp_close(c->stream);
	list_remove(&c->node);
	free(c);
	serve_stats.open--;
}

/* ---- limits ---- */

/* Connections of PEER; or only those that shake hands. */
static unsigned open_from(const struct net_addr *peer, bool only_shaking)
{
	const struct list *node;
	unsigned n = 0;

	list_for_each (node, &connections) {
		const struct connection *c = container_of(node, struct connection, node);

		n += (!only_shaking || c->shaking) &&
		     memcmp(c->peer.ip, peer->ip, sizeof(peer->ip)) == 0;
	}
	return n;
}

static bool allowed(const struct net_addr *peer, bool secure)
{
	/* No address has all handshakes: who is slow at them keeps nobody else away. */
	uint64_t most = serve_settings.handshakes - serve_settings.handshakes / 4;

	return serve_stats.open < serve_settings.connections &&
	       (!secure || (shaking < serve_settings.handshakes && open_from(peer, true) < most)) &&
	       open_from(peer, false) < serve_settings.per_address;
}

/* Without TLS there are words for it. */
static void turn_away(struct tcp_stream *stream, bool secure)
{
	static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\n"
				   "content-length: 0\r\nconnection: close\r\n\r\n";

	serve_stats.refused++;
	/* It fits into what may wait to be sent: nothing has to be waited for. */
	if (!secure)
		net_tcp_write(stream, busy, sizeof(busy) - 1, platform_time_ns());
	net_tcp_close(stream);
}

static void take(struct tcp_stream *stream, bool secure)
{
	struct connection *c;
	struct net_addr peer;

	net_tcp_peer(stream, &peer);
	c = allowed(&peer, secure) ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		turn_away(stream, secure);
		return;
	}
	*c = (struct connection){.stream = stream, .peer = peer, .secure = secure};
	net_addr_format(&peer, c->peer_text);
	if (thread_create("https", STACK, connection, c)) {
		free(c);
		turn_away(stream, secure);
		return;
	}
	list_push_back(&connections, &c->node);
	c->shaking = secure; /* from now on, not when its thread first runs */
	shaking += secure;
	serve_stats.connections++;
	serve_stats.open++;
	serve_stats.open_most = MAX(serve_stats.open_most, serve_stats.open);
}

static void accept_all(void *arg)
{
	const struct listener *listener = arg;
	struct tcp_stream *stream;

	while (net_tcp_accept(listener->tcp, &stream, PLATFORM_NEVER) == 0)
		take(stream, listener->secure);
}

static int listen_on(struct listener *listener, uint64_t port, const char *key)
{
	int error;

	if (!port)
		return 0;
	error = net_tcp_listen(&listener->tcp, (uint16_t)port, BACKLOG);
	if (!error)
		error = thread_create("https/accept", THREAD_STACK_DEFAULT, accept_all, listener);
	if (error)
		log_error("https", "%s=%u: expected a port that can be opened, got error %d", key,
			(unsigned)port, -error);
	return error;
}

int serve_start(const struct http_server *server, struct tls_server *tls)
{
	static struct listener secure = {.secure = true}, plain;
	int error;

	secure_server = plain_server = *server;
	plain_server.redirect = (unsigned)serve_settings.port;
	tls_server = tls;
	list_init(&connections);
	error = listen_on(&secure, serve_settings.port, "port");
	return error ? error : listen_on(&plain, serve_settings.http_port, "http-port");
}
