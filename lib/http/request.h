/* SPDX-License-Identifier: ISC */
/*
 * The head of an HTTP/1.1 request (RFC 9112), strictly: what two readers could understand in two
 * ways is refused, so that nothing can be smuggled past whoever stands in front. Nothing is copied:
 * texts point into the bytes given, which are not changed.
 */
#ifndef LIB_HTTP_REQUEST_H
#define LIB_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http/text.h"

#define HTTP_FIELDS_MAX 64   /* of a head; more are refused (431) */
#define HTTP_HEAD_MAX   8192 /* bytes of a head; longer ones are refused (431, 414) */

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_PATCH,
	HTTP_OTHER, /* a token that is none of these */
};

struct http_field {
	struct http_text name, value;
};

struct http_request {
	enum http_method method;
	struct http_text method_text;
	struct http_text target;      /* in origin form: the path, and the query with its '?' */
	struct http_text path, query; /* the query without its '?'; may be empty */
	struct http_text authority;   /* of Host or an absolute target; without its port: */
	struct http_text host;
	unsigned minor;           /* HTTP/1.MINOR */
	bool keep_alive;          /* the client wants the connection to stay */
	bool expects;             /* "Expect: 100-continue" */
	bool has_length, chunked; /* how its body is framed; neither: it has none */
	uint64_t length;          /* has_length */
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t field_count;
};

/*
 * The bytes of the head at the start of DATA, with its empty line; 0 when it is not whole yet.
 * Empty lines before it, of which RFC 9112 section 2.2 allows some, are part of it.
 */
size_t http_head_length(const uint8_t *data, size_t len);

/*
 * Reads the head that DATA is, LEN bytes by http_head_length(). 0, or the status to answer with
 * before the connection is closed: 400, 417, 431, 501 or 505.
 */
int http_request_read(struct http_request *request, const uint8_t *data, size_t len);

/*
 * A request whose parts another version of HTTP brings: METHOD, TARGET in origin form and
 * AUTHORITY, which may be empty. Its fields, keep_alive and framing are the caller's to set. 0, or
 * 400.
 */
int http_request_compose(struct http_request *request, struct http_text method,
	struct http_text target, struct http_text authority);

/* The value of the first field NAME (in small letters); false, and an empty one, without any. */
bool http_request_field(
	const struct http_request *request, const char *name, struct http_text *value);
/* How many fields NAME has. */
size_t http_request_count(const struct http_request *request, const char *name);
/* Whether the list in field NAME, which may be given several times, has ITEM (small letters). */
bool http_request_lists(const struct http_request *request, const char *name, const char *item);

/* Whether HOST is the name or address of a host, as in a Host field, without a port. */
bool http_host_valid(struct http_text host);

#endif
