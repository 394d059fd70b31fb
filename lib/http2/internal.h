/* SPDX-License-Identifier: ISC */
/* What the files of lib/http2 share: connections, their streams, and who may call nghttp2 when. */
#ifndef LIB_HTTP2_INTERNAL_H
#define LIB_HTTP2_INTERNAL_H

#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/http2/http2.h"
#include "lib/sched/sched.h"
#include <nghttp2/nghttp2.h>

#define IN_SIZE  4096u
#define OUT_SIZE 16384u
#define TEXT_MAX (HTTP2_HEADERS_MAX + 1024u) /* with the parts that are no fields */

struct h2 {
	const struct http_connection *conn;
	const struct http2_wake *wake;
	nghttp2_session *session;
	struct list streams;
	unsigned stream_count, handlers; /* streams that are open, and threads that run */
	bool reading;                    /* the connection's thread waits for the client */
	bool inside;                     /* it is in nghttp2, perhaps parked by a file's source */
	struct wait_queue outside;       /* those who wait until it is not */
	struct wait_queue ended; /* the connection's thread, until all handlers have ended */
	enum http_phase phase;   /* told last */
	bool wrote;              /* since then, which has another deadline */
	unsigned resets;         /* by the client, of what was under way, less those forgiven */
	uint64_t reset_at;       /* seconds since 1970: the last of them */
	size_t useless;          /* bytes that came since something came of them */
	int error;               /* nothing more comes or goes */
};

/* A request and its answer. */
struct stream {
	struct list node;
	struct h2 *h;
	int32_t id;
	/* The request. */
	struct http_request request;
	char *text; /* its parts, one behind the other */
	size_t text_len;
	struct http_text method, path, authority;
	bool too_large, closed; /* CLOSED: nghttp2 knows it no more, or the connection is over */
	/* Its body, while a handler reads it. */
	uint8_t *body; /* HTTP2_WINDOW bytes */
	size_t body_start, body_len;
	uint64_t body_got;
	bool body_ended;
	size_t dropped; /* bytes of it, with no handler to read them */
	/* The answer. */
	struct http_exchange exchange;
	struct http_response *response;
	size_t piece; /* of the response; bytes of it that are sent: */
	uint64_t piece_done;
	const struct http_handler *handler; /* its thread runs */
	uint8_t *out;                       /* OUT_SIZE bytes that the handler wrote */
	size_t out_len, out_sent;
	bool begun, ended;
	struct wait_queue changed; /* the handler waits: for its body, for room */
};

/* answer.c */
/* Answers the request that STREAM now is. */
void stream_answer(struct stream *stream);
/* Sends the answer's status and fields; READ gives the body, NULL when there is none. */
int stream_submit(struct stream *stream, nghttp2_data_source_read_callback2 read);

/* handler.c */
/* Starts the handler's thread. 0 or -Exxx. */
int stream_start_handler(struct stream *stream);

/* http2.c */
void stream_free(struct stream *stream);
/* Tells the connection's thread that nghttp2 has something to send. */
void h2_kick(struct h2 *h);

#endif
