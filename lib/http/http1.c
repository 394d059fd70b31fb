/* SPDX-License-Identifier: ISC */
/*
 * A connection of HTTP/1.1 (RFC 9112): requests one after the other, as many as the client sends
 * ahead. An idle connection holds nothing; when bytes come, it takes its buffers until all that
 * came is answered.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base/bytes.h"
#include "lib/base/heap.h"
#include "lib/base/list.h"
#include "lib/http/chunked.h"
#include "lib/http/server.h"

#define OUT_SIZE  16384u /* a TLS record's worth */
#define IN_SIZE   (HTTP_HEAD_MAX + 4096u)
#define DRAIN_MAX 65536u /* bytes of a body that nobody read, taken to keep the connection */

struct http1 {
	const struct http_connection *conn;
	struct http_exchange exchange; /* of the request that is being answered */
	/* Its body. */
	struct http_chunked chunks;
	uint64_t body_left; /* has_length */
	uint64_t body_got;
	bool body_done, body_bad, must_continue;
	/* The answer. */
	bool begun, chunked, close;
	uint64_t reply_left; /* of a body whose length was told */
	int error;           /* of the connection */
	/*
	 * What came and is not used lies from IN_START to IN_END. Before IN_BASE is the head of the
	 * request that is being answered, at most HTTP_HEAD_MAX bytes, whose texts are pointed to.
	 */
	size_t in_base, in_start, in_end;
	size_t out_len;
	size_t in_most, out_most; /* bytes that were ever in use; of out, until it was last sent */
	/* From here on, what was not written is not read. */
	struct http_request request;
	struct http_response response;
	uint8_t in[IN_SIZE];
	uint8_t out[OUT_SIZE];
};

const size_t http1_memory = sizeof(struct http1);

/* ---- bytes ---- */

static void phase(const struct http1 *h, enum http_phase phase)
{
	h->conn->io.phase(h->conn->io.ctx, phase);
}

static void compact(struct http1 *h)
{
	memmove(h->in + h->in_base, h->in + h->in_start, h->in_end - h->in_start);
	h->in_end -= h->in_start - h->in_base;
	h->in_start = h->in_base;
}

static int send_all(struct http1 *h, const void *data, size_t len)
{
	if (!h->error && len) {
		phase(h, HTTP_PHASE_REPLY);
		h->error = h->conn->io.write(h->conn->io.ctx, data, len);
	}
	return h->error;
}

static int flush(struct http1 *h)
{
	size_t len = h->out_len;

	h->out_most = MAX(h->out_most, len);
	h->out_len = 0;
	return send_all(h, h->out, len);
}

/* Reads more of what the client sends. False when there is no more, or no room. */
static bool fill(struct http1 *h)
{
	long n;

	if (h->in_start == h->in_end)
		h->in_start = h->in_end = h->in_base;
	if (h->in_end == sizeof(h->in))
		compact(h);
	if (h->in_end == sizeof(h->in))
		return false;
	n = h->conn->io.read(h->conn->io.ctx, h->in + h->in_end, sizeof(h->in) - h->in_end);
	if (n <= 0) {
		h->error = n ? (int)n : -ECONNRESET;
		return false;
	}
	h->in_end += (size_t)n;
	h->in_most = MAX(h->in_most, h->in_end);
	return true;
}

/* Collects what is small; what is large goes out from where it lies, behind what was collected. */
static int put(struct http1 *h, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len && !h->error) {
		size_t n = MIN(len, OUT_SIZE - h->out_len);

		if (!h->out_len && len >= OUT_SIZE) {
			size_t whole = ROUND_DOWN(len, (size_t)OUT_SIZE);

			send_all(h, p, whole);
			p += whole;
			len -= whole;
			continue;
		}
		memcpy(h->out + h->out_len, p, n);
		h->out_len += n;
		p += n;
		len -= n;
		if (h->out_len == OUT_SIZE)
			flush(h);
	}
	return h->error;
}

/* ---- the request's body ---- */

static int say_continue(struct http1 *h)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	h->must_continue = false;
	put(h, text, sizeof(text) - 1);
	return flush(h);
}

/* Reads more of it. What is owed to the client goes first: it may wait for that before it goes on.
 */
static bool fill_body(struct http1 *h)
{
	if (flush(h))
		return false;
	phase(h, HTTP_PHASE_BODY);
	return fill(h);
}

static long read_chunked(struct http1 *h, void *data, size_t len)
{
	for (;;) {
		enum http_chunked_result result;
		size_t used, got;

		result = http_chunked_read(&h->chunks, h->in + h->in_start, h->in_end - h->in_start,
			&used, data, len, &got);
		h->in_start += used;
		h->body_done = result == HTTP_CHUNKED_DONE;
		if (result == HTTP_CHUNKED_BAD) {
			h->body_bad = true;
			return -EINVAL;
		}
		if (got || h->body_done)
			return (long)got;
		if (!fill_body(h))
			return h->error ? h->error : -EINVAL;
	}
}

static long read_length(struct http1 *h, void *data, size_t len)
{
	size_t n;

	if (h->in_start == h->in_end && !fill_body(h))
		return h->error;
	n = (size_t)MIN(h->body_left, (uint64_t)MIN(len, h->in_end - h->in_start));
	memcpy(data, h->in + h->in_start, n);
	h->in_start += n;
	h->body_left -= n;
	h->body_done = !h->body_left;
	return (long)n;
}

static long exchange_read(struct http_exchange *exchange, void *data, size_t len)
{
	struct http1 *h = container_of(exchange, struct http1, exchange);
	long n;

	if (h->error || h->body_bad)
		return h->error ? h->error : -EINVAL;
	if (h->body_done || !len)
		return 0;
	if (h->must_continue && h->in_start == h->in_end && say_continue(h))
		return h->error;
	n = h->request.chunked ? read_chunked(h, data, len) : read_length(h, data, len);
	if (n <= 0)
		return n;
	h->body_got += (uint64_t)n;
	if (h->body_got > h->conn->server->body_max) {
		h->body_bad = true;
		return -EMSGSIZE;
	}
	return n;
}

static void body_begin(struct http1 *h)
{
	h->chunks = (struct http_chunked){0};
	h->body_left = h->request.length;
	h->body_got = 0;
	h->body_bad = false;
	h->body_done = !h->request.chunked && !h->request.length;
	h->must_continue = h->request.expects && !h->body_done;
}

/* Takes what nobody read of the body, if that is soon done. False: the connection must close. */
static bool body_drain(struct http1 *h)
{
	uint8_t waste[256];
	size_t taken = 0;

	if (h->must_continue)
		return false; /* whether it will come is the client's to choose */
	while (!h->body_done) {
		long n = taken < DRAIN_MAX ? exchange_read(&h->exchange, waste, sizeof(waste)) : -1;

		if (n < 0 || (n == 0 && !h->body_done))
			return false;
		taken += (size_t)n;
	}
	return true;
}

/* ---- the answer ---- */

static bool body_is_sent(const struct http1 *h)
{
	return h->request.method != HTTP_HEAD && http_status_has_body(h->response.status);
}

static int exchange_begin(struct http_exchange *exchange, uint64_t length)
{
	struct http1 *h = container_of(exchange, struct http1, exchange);
	struct http_head_options options = {.now = h->conn->server->now()};
	char head[HTTP_FIELDS_BYTES + 512];
	size_t len;

	h->begun = true;
	h->response.length = h->reply_left = length;
	h->chunked = length == HTTP_UNKNOWN && h->request.minor > 0;
	if ((length == HTTP_UNKNOWN && !h->chunked) || (h->conn->ending && *h->conn->ending))
		h->close = true;
	options.chunked = h->chunked;
	options.close = h->close;
	options.keep_alive_10 = h->request.minor == 0;
	len = http_response_head(&h->response, &options, head, sizeof(head));
	if (!len)
		return h->error = -ENOBUFS;
	return put(h, head, len);
}

static int write_chunk(struct http1 *h, const void *data, size_t len)
{
	char size[24];

	put(h, size, (size_t)snprintf(size, sizeof(size), "%zx\r\n", len));
	put(h, data, len);
	return put(h, "\r\n", 2);
}

static int exchange_write(struct http_exchange *exchange, const void *data, size_t len)
{
	struct http1 *h = container_of(exchange, struct http1, exchange);

	if (!len)
		return flush(h);
	if (!h->chunked && h->reply_left != HTTP_UNKNOWN) {
		len = (size_t)MIN((uint64_t)len, h->reply_left);
		h->reply_left -= len;
	}
	if (!body_is_sent(h))
		return h->error;
	h->conn->stats->bytes += len;
	return h->chunked ? write_chunk(h, data, len) : put(h, data, len);
}

static const struct http_exchange_ops ops = {exchange_read, exchange_begin, exchange_write};

static int write_piece(struct http1 *h, const struct http_piece *piece)
{
	const struct http_source *source = h->exchange.site ? h->exchange.site->source : NULL;
	uint8_t *buffer;
	uint64_t done = 0;

	if (piece->text || h->response.file.data)
		return exchange_write(&h->exchange,
			piece->text ? piece->text
				    : (const char *)h->response.file.data + piece->offset,
			(size_t)piece->len);
	buffer = malloc(OUT_SIZE);
	if (!buffer || !source)
		h->error = -ENOMEM;
	while (done < piece->len && !h->error) {
		size_t n = (size_t)MIN(piece->len - done, (uint64_t)OUT_SIZE);

		h->error = source->read(
			source->ctx, &h->response.file, piece->offset + done, buffer, n);
		if (!h->error)
			exchange_write(&h->exchange, buffer, n);
		done += n;
	}
	free(buffer);
	return h->error;
}

/* Sends what h->response is. */
static void reply(struct http1 *h)
{
	if (exchange_begin(&h->exchange, h->response.length))
		return;
	for (size_t i = 0; body_is_sent(h) && i < h->response.piece_count; i++) {
		if (write_piece(h, &h->response.pieces[i]))
			return;
	}
	h->reply_left = 0;
}

static void reply_error(struct http1 *h, int status, bool close)
{
	h->close |= close;
	http_site_error(h->exchange.site, status, h->conn->secure, &h->response);
	reply(h);
}

/* ---- requests ---- */

static void serve_handler(struct http1 *h, const struct http_handler *handler)
{
	http_response_init(&h->response, 200);
	http_site_protect(h->exchange.site, h->conn->secure, &h->response);
	handler->serve(&h->exchange, handler->ctx);
	if (!h->begun && !h->error) {
		reply_error(h, h->body_bad ? 400 : 500, h->body_bad);
		return;
	}
	if (h->chunked && body_is_sent(h))
		put(h, "0\r\n\r\n", 5);
	else if (h->reply_left && h->reply_left != HTTP_UNKNOWN && body_is_sent(h))
		h->close = true; /* it told of more than it gave: the client must see that */
}

static void serve_request(struct http1 *h)
{
	const struct http_server *server = h->conn->server;
	const struct http_handler *handler;

	h->exchange.site = server->site(server->ctx, h->request.host);
	if (h->request.has_length && h->request.length > server->body_max) {
		reply_error(h, 413, true);
		return;
	}
	if (server->redirect) {
		http_redirect_secure(&h->request, server->redirect, &h->response);
		reply(h);
		return;
	}
	handler = http_handler_find(server->handlers, server->handler_count, &h->request);
	if (handler) {
		serve_handler(h, handler);
	} else if (h->exchange.site) {
		http_site_answer(h->exchange.site, &h->request, h->conn->secure, &h->response);
		reply(h);
	} else {
		reply_error(h, 421, false);
	}
}

/*
 * Waits for a head. Its length; 0 when there will be none, with the status to say so in *STATUS, or
 * 0 to say nothing.
 */
static size_t wait_head(struct http1 *h, int *status)
{
	size_t len;

	*status = 0;
	phase(h, HTTP_PHASE_HEAD);
	while (!(len = http_head_length(h->in + h->in_start, h->in_end - h->in_start))) {
		if (h->in_end - h->in_start >= HTTP_HEAD_MAX) {
			*status = memchr(h->in + h->in_start, '\n', HTTP_HEAD_MAX) ? 431 : 414;
			return 0;
		}
		if (!fill(h) && h->error) {
			if (h->error == -ETIMEDOUT) {
				h->error = 0;
				*status = 408;
			}
			return 0;
		}
	}
	return len;
}

/* Answers one request. False when the connection is to be closed. */
static bool serve_one(struct http1 *h)
{
	int status;
	size_t len;

	h->in_base = 0;
	len = wait_head(h, &status);
	if (h->in_start + len > HTTP_HEAD_MAX)
		compact(h);
	h->begun = h->chunked = h->close = false;
	h->exchange = (struct http_exchange){.request = &h->request,
		.peer = h->conn->peer,
		.secure = h->conn->secure,
		.response = &h->response,
		.ops = &ops};
	if (len)
		status = http_request_read(&h->request, h->in + h->in_start, len);
	if (!len && !status)
		return false;
	if (status) {
		h->conn->stats->bad++;
		h->request.method = HTTP_GET; /* so that the answer has its body */
		h->request.minor = 1;
		reply_error(h, status, true);
		flush(h);
		return false;
	}
	h->in_base = h->in_start += len;
	h->conn->stats->requests++;
	h->close = !h->request.keep_alive;
	body_begin(h);
	serve_request(h);
	if (!h->error && !h->close && !body_drain(h))
		h->close = true; /* and it was not told; it may happen at any time */
	return !h->error && !h->close;
}

static bool has_next(const struct http1 *h)
{
	return h->in_end > h->in_start;
}

/* No bytes of client or site stay behind in the heap. Most of the buffers was never used. */
static void wipe(struct http1 *h)
{
	memset(h->in, 0, h->in_most);
	memset(h->out, 0, MAX(h->out_most, h->out_len));
	memset(h->response.fields, 0, sizeof(h->response.fields));
	heap_free_public(h);
}

/* Serves with FIRST as the first byte. False when the connection is to be closed. */
static bool serve_burst(const struct http_connection *conn, uint8_t first)
{
	struct http1 *h = malloc(sizeof(*h));
	bool going;

	if (!h)
		return false;
	memset(h, 0, offsetof(struct http1, request));
	h->conn = conn;
	h->in[0] = first;
	h->in_end = h->in_most = 1;
	do {
		going = serve_one(h);
		/* Answers to what was sent ahead leave together. */
		if (!going || !http_head_length(h->in + h->in_start, h->in_end - h->in_start))
			flush(h);
	} while (going && !h->error && has_next(h));
	going = going && !h->error;
	wipe(h);
	return going;
}

void http1_serve(const struct http_connection *conn)
{
	uint8_t first;

	do {
		if (conn->ending && *conn->ending)
			return;
		conn->io.phase(conn->io.ctx, HTTP_PHASE_IDLE);
		if (conn->io.read(conn->io.ctx, &first, 1) != 1)
			return;
	} while (serve_burst(conn, first));
}
