/* SPDX-License-Identifier: ISC */
/*
 * Handlers on HTTP/2: each runs in a thread. It shares nghttp2 with the connection's thread, which
 * does all I/O: a handler puts what it has into its stream's buffer and calls that thread.
 */
#include <errno.h>
#include <stdlib.h>

#include "lib/base/platform.h"
#include "lib/http2/internal.h"

#define STACK ((size_t)16 * 1024)

static unsigned running;

static struct stream *stream_of(struct http_exchange *exchange)
{
	return container_of(exchange, struct stream, exchange);
}

/* Waits until something changes. 0, or -Exxx when there is nobody to answer any more. */
static int wait_change(struct stream *stream)
{
	int error = 0;

	if (!stream->closed)
		error = wait_queue_wait(&stream->changed, PLATFORM_NEVER);
	return stream->closed ? -ECONNRESET : error;
}

/* Until nghttp2 may be called. */
static int enter(struct stream *stream)
{
	int error = 0;

	while (stream->h->inside && !error)
		error = wait_queue_wait(&stream->h->outside, PLATFORM_NEVER);
	return stream->closed ? -ECONNRESET : error;
}

/* ---- what a handler calls ---- */

static long take_body(struct stream *stream, void *data, size_t len)
{
	size_t n = MIN(len, stream->body_len - stream->body_start);

	memcpy(data, stream->body + stream->body_start, n);
	stream->body_start += n;
	if (stream->body_start == stream->body_len)
		stream->body_start = stream->body_len = 0;
	stream->body_got += n;
	stream->h->useless = 0;
	if (stream->body_got > stream->h->conn->server->body_max)
		return -EMSGSIZE;
	if (enter(stream) == 0) {
		nghttp2_session_consume(stream->h->session, stream->id, n);
		h2_kick(stream->h);
	}
	return (long)n;
}

static long exchange_read(struct http_exchange *exchange, void *data, size_t len)
{
	struct stream *stream = stream_of(exchange);
	int error = 0;

	while (!error && stream->body_start == stream->body_len && !stream->body_ended)
		error = wait_change(stream);
	if (error)
		return error;
	return stream->body_start == stream->body_len || !len ? 0 : take_body(stream, data, len);
}

static nghttp2_ssize read_out(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
	uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct stream *stream = source->ptr;
	size_t n = MIN(size, stream->out_len - stream->out_sent);

	(void)session, (void)id, (void)ctx;
	if (!n && !stream->ended)
		return NGHTTP2_ERR_DEFERRED;
	memcpy(out, stream->out + stream->out_sent, n);
	stream->out_sent += n;
	stream->h->conn->stats->bytes += n;
	stream->h->useless = 0;
	if (stream->out_sent == stream->out_len) {
		stream->out_sent = stream->out_len = 0;
		if (stream->ended)
			*flags |= NGHTTP2_DATA_FLAG_EOF;
	}
	wait_queue_wake_all(&stream->changed);
	return (nghttp2_ssize)n;
}

static int exchange_begin(struct http_exchange *exchange, uint64_t length)
{
	struct stream *stream = stream_of(exchange);
	int error = enter(stream);

	if (error)
		return error;
	stream->begun = true;
	stream->response->length = length;
	if (stream_submit(stream, read_out))
		return -ENOMEM;
	h2_kick(stream->h);
	return 0;
}

/* What was written is to be sent. */
static int push(struct stream *stream)
{
	int error = enter(stream);

	if (error)
		return error;
	nghttp2_session_resume_data(stream->h->session, stream->id);
	h2_kick(stream->h);
	return 0;
}

static bool has_body(const struct stream *stream)
{
	return stream->request.method != HTTP_HEAD &&
	       http_status_has_body(stream->response->status);
}

static int exchange_write(struct http_exchange *exchange, const void *data, size_t len)
{
	struct stream *stream = stream_of(exchange);
	const uint8_t *p = data;
	int error = stream->closed ? -ECONNRESET : 0;

	if (!has_body(stream))
		return error;
	while (len && !error) {
		size_t n = MIN(len, OUT_SIZE - stream->out_len);

		memcpy(stream->out + stream->out_len, p, n);
		stream->out_len += n;
		p += n;
		len -= n;
		if (stream->out_len == OUT_SIZE)
			error = push(stream);
		while (!error && stream->out_len == OUT_SIZE)
			error = wait_change(stream);
	}
	return error ? error : push(stream);
}

static const struct http_exchange_ops ops = {exchange_read, exchange_begin, exchange_write};

/* ---- its thread ---- */

/* A body that is shorter than it was told of ends with an error, which the client must see. */
static void finish(struct stream *stream)
{
	stream->ended = true;
	if (enter(stream))
		return;
	if (!stream->begun) {
		http_site_error(
			stream->exchange.site, 500, stream->h->conn->secure, stream->response);
		memcpy(stream->out, stream->response->parts, stream->response->parts_len);
		stream->out_len = stream->response->parts_len;
		stream->response->length = stream->out_len;
		stream_submit(stream, read_out);
		h2_kick(stream->h);
	} else if (has_body(stream)) {
		push(stream);
	}
}

static void run(void *arg)
{
	struct stream *stream = arg;
	struct h2 *h = stream->h;

	stream->handler->serve(&stream->exchange, stream->handler->ctx);
	finish(stream);
	stream->handler = NULL;
	running--;
	h->handlers--;
	wait_queue_wake_all(&h->ended);
	if (stream->closed)
		stream_free(stream);
}

int stream_start_handler(struct stream *stream)
{
	if (running >= HTTP2_HANDLERS_MAX)
		return -EAGAIN;
	stream->out = malloc(OUT_SIZE);
	stream->body = stream->body_ended ? NULL : malloc(HTTP2_WINDOW);
	if (!stream->out || (!stream->body && !stream->body_ended))
		return -ENOMEM;
	stream->exchange.ops = &ops;
	http_response_init(stream->response, 200);
	http_site_protect(stream->exchange.site, stream->h->conn->secure, stream->response);
	if (thread_create("http2/handler", STACK, run, stream))
		return -ENOMEM;
	running++;
	stream->h->handlers++;
	return 0;
}
