/* SPDX-License-Identifier: ISC */
/*
 * A connection of HTTP/2: its thread reads what the client sends, lets nghttp2 make of it what it
 * means, and sends what nghttp2 has for the client.
 */
#include "lib/http2/http2.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/platform.h"
#include "lib/http2/internal.h"

/* Frames that cost the server more than the client are few, or the connection ends. */
#define RESETS_BURST  64    /* requests that the client takes back before they are answered */
#define RESETS_RATE   8     /* of these are forgiven in a second */
#define RESETS_LATE   2000  /* and of all, also answered ones: at once, and in a second */
#define ACKS_MAX      128   /* answers to PING and SETTINGS that wait to be sent */
#define SETTINGS_MOST 16    /* in one frame */
#define USELESS_MOST  65536 /* bytes that came while nothing was answered, taken or sent */
#define DRAIN_MAX     65536 /* bytes of a body that nobody reads, before the stream is closed */

/* ---- streams ---- */

void stream_free(struct stream *stream)
{
	free(stream->text);
	free(stream->body);
	free(stream->response);
	free(stream->out);
	free(stream);
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct h2 *h = ctx;
	struct stream *stream;

	if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	stream->h = h;
	stream->id = frame->hd.stream_id;
	wait_queue_init(&stream->changed);
	list_push_back(&h->streams, &stream->node);
	h->stream_count++;
	nghttp2_session_set_stream_user_data(session, stream->id, stream);
	return 0;
}

/* Copies a text to where it stays. Its room is taken at once, so that nothing that was copied
 * moves. */
static bool keep(struct stream *stream, const uint8_t *data, size_t len, struct http_text *text)
{
	if (!stream->text)
		stream->text = malloc(TEXT_MAX);
	if (!stream->text || len > TEXT_MAX - stream->text_len)
		return false;
	text->at = stream->text + stream->text_len;
	text->len = len;
	memcpy(stream->text + stream->text_len, data, len);
	stream->text_len += len;
	return true;
}

static struct http_text *part_of(struct stream *stream, const uint8_t *name, size_t len)
{
	struct http_text text = {(const char *)name, len};

	if (http_text_is(text, ":method"))
		return &stream->method;
	if (http_text_is(text, ":path"))
		return &stream->path;
	return http_text_is(text, ":authority") ? &stream->authority : NULL;
}

static bool keep_field(struct stream *stream, const uint8_t *name, size_t name_len,
	const uint8_t *value, size_t value_len)
{
	struct http_request *request = &stream->request;
	struct http_field *field;

	if (request->field_count == HTTP_FIELDS_MAX)
		return false;
	field = &request->fields[request->field_count++];
	if (!keep(stream, name, name_len, &field->name) ||
		!keep(stream, value, value_len, &field->value)) {
		request->field_count--;
		return false;
	}
	if (!stream->authority.len && http_text_is(field->name, "host"))
		stream->authority = field->value;
	return true;
}

static int on_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *ctx)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
	struct http_text *part;
	bool kept = true;

	(void)flags, (void)ctx;
	if (!stream || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0; /* trailers */
	part = part_of(stream, name, name_len);
	if (part)
		kept = keep(stream, value, value_len, part);
	else if (name_len && name[0] != ':')
		kept = keep_field(stream, name, name_len, value, value_len);
	stream->too_large |= !kept;
	return 0;
}

/* Whether the client takes back more than it may of what is under way. */
static bool resets_too_much(struct h2 *h)
{
	uint64_t now = h->conn->server->now(), since = now - MIN(now, h->reset_at);

	h->resets -= (unsigned)MIN((uint64_t)h->resets, since * RESETS_RATE);
	h->reset_at = now;
	return ++h->resets > RESETS_BURST;
}

/*
 * One that takes back an answered request does no harm: curl does so when it has all bytes before
 * it has looked at the end of their frame.
 */
static int on_reset(struct stream *stream)
{
	struct h2 *h = stream->h;

	if (resets_too_much(h))
		nghttp2_session_terminate_session(h->session, NGHTTP2_ENHANCE_YOUR_CALM);
	return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *ctx)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);

	(void)ctx;
	if (stream && frame->hd.type == NGHTTP2_RST_STREAM)
		return on_reset(stream);
	if (!stream || (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
		return 0;
	if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
		stream->body_ended = true;
		wait_queue_wake_all(&stream->changed);
	}
	if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		stream_answer(stream);
	return 0;
}

/* A body that nobody reads: the answer is under way, and the client will often stop by itself. */
static void drop_data(struct stream *stream, size_t len)
{
	nghttp2_session *session = stream->h->session;

	nghttp2_session_consume(session, stream->id, len);
	stream->dropped += len;
	if (stream->dropped > DRAIN_MAX && stream->dropped - len <= DRAIN_MAX)
		nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
}

/* What a handler will read waits for it, within the window. */
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
	size_t len, void *ctx)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(session, id);

	(void)flags, (void)ctx;
	if (!stream)
		return nghttp2_session_consume(session, id, len);
	if (!stream->handler || !stream->body) {
		drop_data(stream, len);
		return 0;
	}
	if (stream->body_start) {
		memmove(stream->body, stream->body + stream->body_start,
			stream->body_len - stream->body_start);
		stream->body_len -= stream->body_start;
		stream->body_start = 0;
	}
	if (len > HTTP2_WINDOW - stream->body_len)
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	memcpy(stream->body + stream->body_len, data, len);
	stream->body_len += len;
	wait_queue_wake_all(&stream->changed);
	return 0;
}

static void stream_close(struct stream *stream)
{
	stream->closed = true;
	list_remove(&stream->node);
	stream->h->stream_count--;
	if (stream->handler)
		wait_queue_wake_all(&stream->changed); /* its thread frees it */
	else
		stream_free(stream);
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *ctx)
{
	struct stream *stream = nghttp2_session_get_stream_user_data(session, id);

	(void)code, (void)ctx;
	if (stream)
		stream_close(stream);
	return 0;
}

/* ---- the connection ---- */

void h2_kick(struct h2 *h)
{
	if (h->reading) {
		h->reading = false;
		h->wake->wake(h->wake->ctx);
	}
}

static void leave(struct h2 *h)
{
	h->inside = false;
	wait_queue_wake_all(&h->outside);
}

static void write_out(struct h2 *h, const uint8_t *data, size_t len)
{
	if (h->error || !len)
		return;
	h->conn->io.phase(h->conn->io.ctx, HTTP_PHASE_REPLY);
	h->wrote = true;
	h->error = h->conn->io.write(h->conn->io.ctx, data, len);
}

/* Sends all that may be sent now, in pieces of a TLS record. */
static void send_frames(struct h2 *h, uint8_t out[OUT_SIZE])
{
	size_t len = 0;

	while (!h->error) {
		const uint8_t *data;
		nghttp2_ssize n;

		h->inside = true;
		n = nghttp2_session_mem_send2(h->session, &data);
		if (n > 0 && len + (size_t)n <= OUT_SIZE) {
			memcpy(out + len, data, (size_t)n);
			len += (size_t)n;
		} else if (n > 0) { /* it stays where it is until nghttp2 is called again */
			write_out(h, out, len);
			len = (size_t)n <= OUT_SIZE ? (size_t)n : 0;
			memcpy(out, data, len);
			if (!len)
				write_out(h, data, (size_t)n);
		} else {
			leave(h);
			if (n < 0)
				h->error = -EPROTO;
			break;
		}
		leave(h);
	}
	write_out(h, out, len);
}

static bool flush(struct h2 *h)
{
	uint8_t *out;

	if (!nghttp2_session_want_write(h->session) || h->error)
		return !h->error;
	out = malloc(OUT_SIZE);
	if (!out)
		h->error = -ENOMEM;
	else
		send_frames(h, out);
	free(out);
	return !h->error;
}

/* Whether it is the client's turn: some request is not whole, or some answer waits for its window.
 */
static bool client_is_late(const struct h2 *h)
{
	const struct list *node;

	list_for_each (node, &h->streams) {
		const struct stream *stream = container_of(node, struct stream, node);

		if (!stream->handler || stream->out_len || !stream->body_ended)
			return true;
	}
	return false;
}

/* Whether a handler waits for its request's body. */
static bool has_upload(const struct h2 *h)
{
	const struct list *node;

	list_for_each (node, &h->streams) {
		const struct stream *stream = container_of(node, struct stream, node);

		if (stream->handler && !stream->body_ended)
			return true;
	}
	return false;
}

/* The deadline of being idle, or of bodies together, is that of when it began. */
static void choose_phase(struct h2 *h)
{
	const struct http_io *io = &h->conn->io;
	enum http_phase phase = !h->stream_count ? HTTP_PHASE_IDLE
				: has_upload(h)  ? HTTP_PHASE_BODY
						 : HTTP_PHASE_REPLY;

	if (phase == HTTP_PHASE_BODY && h->phase != phase)
		io->phase(io->ctx, HTTP_PHASE_HEAD);
	if (phase != HTTP_PHASE_IDLE || h->phase != phase || h->wrote)
		io->phase(io->ctx, phase);
	h->phase = phase;
	h->wrote = false;
}

/* Reads once. False when the connection is over. */
static bool read_frames(struct h2 *h)
{
	uint8_t in[IN_SIZE];
	long n;

	choose_phase(h);
	h->reading = true;
	n = h->conn->io.read(h->conn->io.ctx, in, sizeof(in));
	h->reading = false;
	if (n == -EINTR)
		return true;
	if (n == -ETIMEDOUT && h->phase != HTTP_PHASE_IDLE && !client_is_late(h))
		return true;
	if (n == -ETIMEDOUT)
		nghttp2_session_terminate_session(h->session, NGHTTP2_NO_ERROR);
	else if (n <= 0)
		h->error = n ? (int)n : -ECONNRESET;
	if (n <= 0)
		return false;
	h->inside = true;
	h->useless += (size_t)n;
	if (nghttp2_session_mem_recv2(h->session, in, (size_t)n) < 0 || h->useless > USELESS_MOST)
		h->error = -EPROTO;
	leave(h);
	return !h->error;
}

static nghttp2_session_callbacks *make_callbacks(void)
{
	static nghttp2_session_callbacks *callbacks;

	if (callbacks || nghttp2_session_callbacks_new(&callbacks))
		return callbacks;
	nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
	nghttp2_session_callbacks_set_on_header_callback(callbacks, on_field);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
	return callbacks;
}

static nghttp2_option *make_option(void)
{
	static nghttp2_option *option;

	if (option || nghttp2_option_new(&option))
		return option;
	nghttp2_option_set_no_auto_window_update(option, 1);
	nghttp2_option_set_stream_reset_rate_limit(option, RESETS_LATE, RESETS_LATE);
	nghttp2_option_set_max_outbound_ack(option, ACKS_MAX);
	nghttp2_option_set_max_settings(option, SETTINGS_MOST);
	nghttp2_option_set_no_closed_streams(option, 1);
	nghttp2_option_set_server_fallback_rfc7540_priorities(option, 0);
	return option;
}

static bool start(struct h2 *h)
{
	static const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, HTTP2_STREAMS_MAX},
		{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, HTTP2_WINDOW},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP2_HEADERS_MAX},
		{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0},
	};
	nghttp2_session_callbacks *callbacks = make_callbacks();
	nghttp2_option *option = make_option();

	return callbacks && option &&
	       nghttp2_session_server_new2(&h->session, callbacks, h, option) == 0 &&
	       nghttp2_submit_settings(
		       h->session, NGHTTP2_FLAG_NONE, settings, ARRAY_SIZE(settings)) == 0;
}

/* Handlers hear that it is over, and hold the connection until they have ended. */
static void finish(struct h2 *h)
{
	struct list *node, *after;

	list_for_each_safe (node, after, &h->streams)
		stream_close(container_of(node, struct stream, node));
	while (h->handlers) {
		thread_uncancel();
		wait_queue_wait(&h->ended, PLATFORM_NEVER);
	}
	if (h->session)
		nghttp2_session_del(h->session);
}

void http2_serve(const struct http_connection *conn, const struct http2_wake *wake)
{
	struct h2 h = {.conn = conn, .wake = wake, .phase = HTTP_PHASE_HEAD};
	bool going;

	list_init(&h.streams);
	wait_queue_init(&h.outside);
	wait_queue_init(&h.ended);
	going = start(&h);
	while (going) {
		going = flush(&h) &&
			(nghttp2_session_want_read(h.session) ||
				nghttp2_session_want_write(h.session)) &&
			read_frames(&h);
		if (conn->ending && *conn->ending)
			going = false;
	}
	if (h.session)
		flush(&h); /* what says why */
	finish(&h);
}
