/* SPDX-License-Identifier: ISC */
/*
 * Handlers: functions of an app that answer requests for a path. Each runs in a green thread and
 *may take its time: it reads the request's body and writes the answer's piece by piece, and waits
 * when the client is slow. docs/https.md has an example.
 *
 *	static void hello(struct http_exchange *x, void *ctx)
 *	{
 *		http_response_field(x->response, "content-type", "text/plain");
 *		if (!http_reply_begin(x, HTTP_UNKNOWN))
 *			http_reply_write(x, "hello\n", 6);
 *	}
 */
#ifndef LIB_HTTP_HANDLER_H
#define LIB_HTTP_HANDLER_H

#include "lib/http/request.h"
#include "lib/http/response.h"
#include "lib/http/site.h"

struct http_exchange {
	const struct http_request *request;
	const struct http_site *site;   /* the request's; may be NULL */
	const char *peer;               /* the client's address as text */
	bool secure;                    /* over TLS */
	struct http_response *response; /* status 200, without fields but those of the site */
	const struct http_exchange_ops *ops;
};

/* How the version of HTTP does it. */
struct http_exchange_ops {
	long (*read)(struct http_exchange *exchange, void *data, size_t len);
	int (*begin)(struct http_exchange *exchange, uint64_t length);
	int (*write)(struct http_exchange *exchange, const void *data, size_t len);
};

/*
 * 1..LEN bytes of the request's body; 0 at its end; -EMSGSIZE when it is longer than the server
 * takes, -EINVAL when it is framed wrongly, or -Exxx of the connection: the handler then returns.
 */
static inline long http_body_read(struct http_exchange *exchange, void *data, size_t len)
{
	return exchange->ops->read(exchange, data, len);
}

/*
 * Sends status and fields of exchange->response; a body of LENGTH bytes is to follow, or, with
 * HTTP_UNKNOWN, one that ends when the handler returns. 0 or -Exxx of the connection.
 */
static inline int http_reply_begin(struct http_exchange *exchange, uint64_t length)
{
	return exchange->ops->begin(exchange, length);
}

/*
 * Sends LEN bytes more of the body; with LEN 0, all that waits to be sent. 0 or -Exxx of the
 * connection. What a HEAD request asks for has a body, too, which is not sent.
 */
static inline int http_reply_write(struct http_exchange *exchange, const void *data, size_t len)
{
	return exchange->ops->write(exchange, data, len);
}

struct http_handler {
	const char *path; /* "/status.json": just this one; "/api/": all below it */
	void (*serve)(struct http_exchange *exchange, void *ctx);
	void *ctx;
};

/* The handler of COUNT for REQUEST's path as it was sent, or NULL. */
const struct http_handler *http_handler_find(
	const struct http_handler *handlers, size_t count, const struct http_request *request);

#endif
