/* SPDX-License-Identifier: ISC */
/*
 * HTTP/2 (RFC 9113), by nghttp2: many requests at a time on one connection. What is a file is sent
 * by the connection's thread; each handler has a thread of its own. Limits make every flood of
 * frames end the connection.
 */
#ifndef LIB_HTTP2_HTTP2_H
#define LIB_HTTP2_HTTP2_H

#include "lib/http/server.h"

#define HTTP2_STREAMS_MAX  32    /* requests at a time on a connection */
#define HTTP2_HANDLERS_MAX 32    /* handlers' threads of all connections; above: 503 */
#define HTTP2_HEADERS_MAX  8192  /* bytes of a request's fields */
#define HTTP2_WINDOW       16384 /* bytes of a request's body that wait for its handler */

/*
 * How the connection's thread is called back from a wait in its read, which then gives -EINTR.
 * Called by other threads, only while it reads.
 */
struct http2_wake {
	void (*wake)(void *ctx);
	void *ctx;
};

/* Serves until the connection is to be closed, which is the caller's to do. */
void http2_serve(const struct http_connection *connection, const struct http2_wake *wake);

#endif
