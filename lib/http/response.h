/* SPDX-License-Identifier: ISC */
/*
 * An answer before it is sent: status, fields, and the pieces of its body. The same for every
 * version of HTTP; who sends it adds what is of the connection.
 */
#ifndef LIB_HTTP_RESPONSE_H
#define LIB_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/http/range.h"
#include "lib/http/source.h"

#define HTTP_FIELDS_BYTES 1536
#define HTTP_PARTS_BYTES  1536 /* of text between the parts of multipart/byteranges */
#define HTTP_PIECES_MAX   (2 * HTTP_RANGES_MAX + 1)
#define HTTP_UNKNOWN      UINT64_MAX /* a length */

/* A piece of the body: LEN bytes of the file at OFFSET, or of TEXT. */
struct http_piece {
	const char *text; /* NULL: of the file */
	uint64_t offset, len;
};

struct http_response {
	int status;
	char fields[HTTP_FIELDS_BYTES]; /* "name: value\r\n" each, names in small letters */
	size_t fields_len;
	uint64_t length; /* of the body; HTTP_UNKNOWN when it is written as it comes */
	struct http_file file;
	struct http_piece pieces[HTTP_PIECES_MAX];
	size_t piece_count;
	char parts[HTTP_PARTS_BYTES];
	size_t parts_len;
};

void http_response_init(struct http_response *response, int status);

/*
 * Adds a field; FORMAT is that of printf. One that does not fit, or would hold a control byte, is
 * left out. False then.
 */
bool http_response_field(struct http_response *response, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same of a field whose value is VALUE as it is: without printf, for what each answer has. */
bool http_response_text(struct http_response *response, const char *name, const char *value);
/* Whole lines, LEN bytes of "name: value\r\n" each, that are known to be good. */
bool http_response_lines(struct http_response *response, const char *lines, size_t len);

/* Adds LEN bytes of TEXT, which must stay, or of the file when TEXT is NULL, to the body. */
void http_response_add(
	struct http_response *response, const char *text, uint64_t offset, uint64_t len);

/* "Not Found"; "" for a status that has no name here. */
const char *http_status_text(int status);

/* Whether an answer with this status has a body at all, RFC 9110 section 6.4.1. */
bool http_status_has_body(int status);

/* Takes the next field off *REST, which begins as the response's fields; false at their end. */
bool http_response_next(struct http_text *rest, struct http_text *name, struct http_text *value);

/*
 * HTTP/1.1's head into OUT: the status line, "date" when NOW (seconds since 1970) is not 0, the
 * fields, the body's framing by its length, "connection" and the empty line. The length, or 0 when
 * it does not fit into SIZE bytes.
 */
struct http_head_options {
	uint64_t now;
	bool chunked; /* of an unknown length: in chunks, else until the connection's end */
	bool close, keep_alive_10;
};
size_t http_response_head(const struct http_response *response,
	const struct http_head_options *options, char *out, size_t size);

#endif
