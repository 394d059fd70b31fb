/* SPDX-License-Identifier: ISC */
/* See chunked.h. Lines end with CR LF; the size has digits and no blanks before it. */
#include "lib/http/chunked.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/http/text.h"

enum {
	SIZE,      /* at the start of a chunk */
	EXTENSION, /* after its size */
	SIZE_LF,   /* after the CR that ends its line */
	DATA,
	DATA_CR, /* after its data */
	DATA_LF,
	TRAILER,    /* at the start of a line after the last chunk */
	TRAILER_IN, /* within one */
	TRAILER_LF, /* after the CR that ends one */
	LAST_LF,    /* after the CR of the empty line */
	DONE,
	BAD,
};

/* Up to 15 digits, so that the number fits. */
static int take_size(struct http_chunked *c, uint8_t byte)
{
	int digit = http_hex_value((char)byte);

	if (digit >= 0) {
		c->left = c->left << 4 | (unsigned)digit;
		return ++c->digits > 15 ? BAD : SIZE;
	}
	if (!c->digits)
		return BAD;
	if (byte == '\r')
		return SIZE_LF;
	return byte == ';' ? EXTENSION : BAD;
}

/* Field lines and extensions may hold anything that is no control byte. */
static bool is_text(uint8_t byte)
{
	return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

static int take_extension(uint8_t byte)
{
	if (byte == '\r')
		return SIZE_LF;
	return is_text(byte) ? EXTENSION : BAD;
}

/* At a line's start only what may begin a field's name. */
static int take_trailer(int state, uint8_t byte)
{
	if (byte == '\r')
		return state == TRAILER ? LAST_LF : TRAILER_LF;
	if (state == TRAILER)
		return http_is_token_byte((char)byte) ? TRAILER_IN : BAD;
	return is_text(byte) ? TRAILER_IN : BAD;
}

static int after_size(struct http_chunked *c, uint8_t byte)
{
	if (byte != '\n')
		return BAD;
	c->line = 0;
	c->digits = 0;
	return c->left ? DATA : TRAILER;
}

static int take_byte(struct http_chunked *c, uint8_t byte)
{
	switch (c->state) {
	case SIZE:
		return take_size(c, byte);
	case EXTENSION:
		return take_extension(byte);
	case SIZE_LF:
		return after_size(c, byte);
	case DATA_CR:
		return byte == '\r' ? DATA_LF : BAD;
	case DATA_LF:
		c->line = 0;
		return byte == '\n' ? SIZE : BAD;
	case TRAILER:
	case TRAILER_IN:
		return take_trailer(c->state, byte);
	case TRAILER_LF:
		return byte == '\n' ? TRAILER : BAD;
	case LAST_LF:
		return byte == '\n' ? DONE : BAD;
	default:
		return c->state;
	}
}

static void take_line_byte(struct http_chunked *c, uint8_t byte)
{
	size_t most = c->state >= TRAILER ? HTTP_TRAILER_MAX : HTTP_CHUNK_LINE_MAX;

	c->state = ++c->line > most ? BAD : take_byte(c, byte);
}

enum http_chunked_result http_chunked_read(struct http_chunked *c, const uint8_t *in, size_t len,
	size_t *used, uint8_t *out, size_t size, size_t *got)
{
	*used = *got = 0;
	while (*used < len && c->state != DONE && c->state != BAD) {
		size_t n;

		if (c->state != DATA) {
			take_line_byte(c, in[(*used)++]);
			continue;
		}
		n = (size_t)MIN(c->left, (uint64_t)MIN(len - *used, size - *got));
		if (!n)
			break; /* no room */
		memmove(out + *got, in + *used, n);
		*used += n;
		*got += n;
		c->left -= n;
		if (!c->left)
			c->state = DATA_CR;
	}
	if (c->state == BAD)
		return HTTP_CHUNKED_BAD;
	return c->state == DONE ? HTTP_CHUNKED_DONE : HTTP_CHUNKED_MORE;
}
