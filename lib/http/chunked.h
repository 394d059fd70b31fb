/* SPDX-License-Identifier: ISC */
/* A request's body in chunks (RFC 9112 section 7.1), decoded as its bytes come in. */
#ifndef LIB_HTTP_CHUNKED_H
#define LIB_HTTP_CHUNKED_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_CHUNK_LINE_MAX 256  /* bytes of a chunk's size with its extensions */
#define HTTP_TRAILER_MAX    4096 /* bytes of all fields after the last chunk, which are dropped */

enum http_chunked_result {
	HTTP_CHUNKED_MORE, /* needs more bytes, or more room */
	HTTP_CHUNKED_DONE, /* the body's end */
	HTTP_CHUNKED_BAD,  /* 400 */
};

/* Zeroed at the start of a body. */
struct http_chunked {
	int state;
	uint64_t left; /* bytes of the chunk */
	size_t line;   /* bytes of this line, or of the trailer */
	unsigned digits;
};

/* Takes *USED of the LEN bytes IN and gives *GOT bytes, at most SIZE, in OUT, which may be IN. */
enum http_chunked_result http_chunked_read(struct http_chunked *chunked, const uint8_t *in,
	size_t len, size_t *used, uint8_t *out, size_t size, size_t *got);

#endif
