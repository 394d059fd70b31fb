/* SPDX-License-Identifier: ISC */
/* See text.h. */
#include "lib/http/text.h"

bool http_text_same_nocase(const char *at, const char *other, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (http_lower(at[i]) != other[i])
			return false;
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct http_text http_text_trim(struct http_text text)
{
	while (text.len && is_blank(text.at[0])) {
		text.at++;
		text.len--;
	}
	while (text.len && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

bool http_is_token_byte(char c)
{
	return http_is_digit(c) || (http_lower(c) >= 'a' && http_lower(c) <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

int http_hex_value(char c)
{
	if (http_is_digit(c))
		return c - '0';
	c = http_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_text_number(struct http_text text, uint64_t *number)
{
	uint64_t value = 0;

	if (!text.len)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		unsigned digit = (unsigned)(text.at[i] - '0');

		if (!http_is_digit(text.at[i]) || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*number = value;
	return true;
}

size_t http_text_decimal(char *at, uint64_t value)
{
	char digits[HTTP_DIGITS];
	size_t n = 0, len;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	for (len = n; n; n--)
		*at++ = digits[n - 1];
	return len;
}

/* Bytes up to SEPARATOR outside of quotes, or to the end. */
static size_t item_length(struct http_text list, char separator)
{
	bool quoted = false;
	size_t i;

	for (i = 0; i < list.len; i++) {
		if (quoted && list.at[i] == '\\')
			i++;
		else if (list.at[i] == '"')
			quoted = !quoted;
		else if (!quoted && list.at[i] == separator)
			break;
	}
	return i < list.len ? i : list.len;
}

bool http_text_next(struct http_text *list, char separator, struct http_text *item)
{
	while (list->len) {
		size_t len = item_length(*list, separator);
		size_t taken = len < list->len ? len + 1 : len;

		*item = http_text_trim((struct http_text){list->at, len});
		list->at += taken;
		list->len -= taken;
		if (item->len)
			return true;
	}
	return false;
}
