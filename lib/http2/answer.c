/* SPDX-License-Identifier: ISC */
/* From a request's fields to an answer: who gives it, and the body of those that are files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/http/date.h"
#include "lib/http2/internal.h"

#define FIELDS_OUT 32 /* of an answer */

/* ---- status and fields ---- */

static void add(nghttp2_nv *fields, size_t *count, struct http_text name, struct http_text value)
{
	if (*count == FIELDS_OUT)
		return;
	fields[(*count)++] = (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name.at,
		.namelen = name.len,
		.value = (uint8_t *)(uintptr_t)value.at,
		.valuelen = value.len};
}

int stream_submit(struct stream *stream, nghttp2_data_source_read_callback2 read)
{
	const struct http_response *response = stream->response;
	struct http_text rest = {response->fields, response->fields_len}, name, value;
	nghttp2_data_provider2 provider = {.source.ptr = stream, .read_callback = read};
	char status[8], date[HTTP_DATE_LEN + 1], length[24];
	nghttp2_nv fields[FIELDS_OUT];
	size_t count = 0;

	snprintf(status, sizeof(status), "%d", response->status);
	add(fields, &count, HTTP_TEXT(":status"), (struct http_text){status, strlen(status)});
	http_date_write(stream->h->conn->server->now(), date);
	add(fields, &count, HTTP_TEXT("date"), (struct http_text){date, HTTP_DATE_LEN});
	while (http_response_next(&rest, &name, &value))
		add(fields, &count, name, value);
	if (response->length != HTTP_UNKNOWN && http_status_has_body(response->status)) {
		snprintf(length, sizeof(length), "%llu", (unsigned long long)response->length);
		add(fields, &count, HTTP_TEXT("content-length"),
			(struct http_text){length, strlen(length)});
	}
	/* Without a body the fields are the end. Clients take back requests whose end comes late.
	 */
	if (stream->request.method == HTTP_HEAD || !http_status_has_body(response->status) ||
		response->length == 0)
		read = NULL;
	return nghttp2_submit_response2(
		stream->h->session, stream->id, fields, count, read ? &provider : NULL);
}

/* ---- bodies that are pieces ---- */

/* Up to SIZE bytes of PIECE into OUT. How many, or -Exxx. */
static long read_piece(
	struct stream *stream, const struct http_piece *piece, uint8_t *out, size_t size)
{
	const struct http_file *file = &stream->response->file;
	size_t n = (size_t)MIN(piece->len - stream->piece_done, (uint64_t)size);
	uint64_t at = piece->offset + stream->piece_done;
	const struct http_source *source =
		stream->exchange.site ? stream->exchange.site->source : NULL;

	if (piece->text)
		memcpy(out, piece->text + stream->piece_done, n);
	else if (file->data)
		memcpy(out, file->data + at, n);
	else if (!source || source->read(source->ctx, file, at, out, n))
		return -EIO;
	return (long)n;
}

static nghttp2_ssize read_pieces(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
	uint32_t *flags, nghttp2_data_source *source, void *ctx)
{
	struct stream *stream = source->ptr;
	const struct http_response *response = stream->response;
	size_t done = 0;

	(void)session, (void)id, (void)ctx;
	while (stream->piece < response->piece_count && done < size) {
		const struct http_piece *piece = &response->pieces[stream->piece];
		long n = read_piece(stream, piece, out + done, size - done);

		if (n < 0)
			return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
		done += (size_t)n;
		stream->piece_done += (uint64_t)n;
		if (stream->piece_done == piece->len) {
			stream->piece++;
			stream->piece_done = 0;
		}
	}
	stream->h->conn->stats->bytes += done;
	stream->h->useless = 0;
	if (stream->piece == response->piece_count)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (nghttp2_ssize)done;
}

static void submit_pieces(struct stream *stream)
{
	stream->begun = stream->ended = true;
	stream_submit(stream, read_pieces);
}

static void answer_error(struct stream *stream, int status)
{
	http_site_error(stream->exchange.site, status, stream->h->conn->secure, stream->response);
	submit_pieces(stream);
}

/* ---- who answers ---- */

/* Fields were noted as places in the text, which has moved since. */
static int compose(struct stream *stream)
{
	struct http_request *request = &stream->request;
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t count = request->field_count;
	struct http_text length;
	int status;

	memcpy(fields, request->fields, sizeof(fields[0]) * count);
	status = http_request_compose(request, stream->method, stream->path, stream->authority);
	memcpy(request->fields, fields, sizeof(fields[0]) * count);
	request->field_count = count;
	request->keep_alive = true;
	if (http_request_field(request, "content-length", &length)) /* nghttp2 holds it */
		request->has_length = http_text_number(length, &request->length);
	return status;
}

static void answer_request(struct stream *stream)
{
	const struct http_connection *conn = stream->h->conn;
	const struct http_server *server = conn->server;

	stream->exchange.site = server->site(server->ctx, stream->request.host);
	stream->handler =
		http_handler_find(server->handlers, server->handler_count, &stream->request);
	if (stream->handler) {
		if (stream_start_handler(stream)) {
			stream->handler = NULL;
			answer_error(stream, 503);
		}
	} else if (stream->exchange.site) {
		http_site_answer(
			stream->exchange.site, &stream->request, conn->secure, stream->response);
		submit_pieces(stream);
	} else {
		answer_error(stream, 421);
	}
}

void stream_answer(struct stream *stream)
{
	const struct http_connection *conn = stream->h->conn;
	int status;

	stream->response = malloc(sizeof(*stream->response));
	if (!stream->response) {
		nghttp2_submit_rst_stream(
			stream->h->session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_REFUSED_STREAM);
		return;
	}
	status = compose(stream);
	stream->exchange.request = &stream->request;
	stream->exchange.peer = conn->peer;
	stream->exchange.secure = conn->secure;
	stream->exchange.response = stream->response;
	if (stream->too_large)
		status = 431;
	else if (!status && stream->request.length > conn->server->body_max)
		status = 413;
	if (status) {
		conn->stats->bad++;
		answer_error(stream, status);
		return;
	}
	conn->stats->requests++;
	stream->h->useless = 0;
	answer_request(stream);
	if (!stream->handler) { /* the answer does not point to it */
		free(stream->text);
		stream->text = NULL;
	}
}
