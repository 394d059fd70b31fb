/* SPDX-License-Identifier: ISC */
/* Pieces of text that point into somebody else's bytes, and what HTTP asks of them. */
#ifndef LIB_HTTP_TEXT_H
#define LIB_HTTP_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct http_text {
	const char *at;
	size_t len;
};

#define HTTP_TEXT(literal) ((struct http_text){(literal), sizeof(literal) - 1})

struct http_text http_text_trim(struct http_text text); /* blanks and tabs */

/* LEN bytes of each are the same but for letters' size; those of OTHER are small. */
bool http_text_same_nocase(const char *at, const char *other, size_t len);

/* Byte for byte. Inline, as the next one, so that a literal's length is not counted each time. */
static inline bool http_text_is(struct http_text text, const char *other)
{
	return strlen(other) == text.len && memcmp(text.at, other, text.len) == 0;
}

/* OTHER in small letters. */
static inline bool http_text_is_nocase(struct http_text text, const char *other)
{
	return strlen(other) == text.len && http_text_same_nocase(text.at, other, text.len);
}

static inline bool http_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline char http_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool http_is_token_byte(char c); /* RFC 9110 section 5.6.2 */
int http_hex_value(char c);      /* 0 to 15, or -1 */

/* A decimal number that is all of TEXT and fits; false otherwise. */
bool http_text_number(struct http_text text, uint64_t *number);

/* VALUE in decimal digits from AT on, at most HTTP_DIGITS; how many. No NUL follows. */
#define HTTP_DIGITS 20
size_t http_text_decimal(char *at, uint64_t value);

/* Takes the next item of a list (RFC 9110 section 5.6.1) off *LIST; false at its end. Commas within
 * quotes do not count. Empty items are skipped. */
bool http_text_next(struct http_text *list, char separator, struct http_text *item);

#endif
