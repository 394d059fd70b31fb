/* SPDX-License-Identifier: ISC */
/* Domain names: see name.h. */
#include "lib/dns/name.h"

#include <string.h>

#include "lib/base/bytes.h"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

void dns_key_init(struct dns_key *key, const uint8_t *name, size_t len)
{
	size_t i, at;

	memcpy(key->wire, name, len);
	dns_copy_lower(key->wire, key->wire, len);
	for (i = 0, at = 0; key->wire[at]; at += (size_t)key->wire[at] + 1)
		key->at[i++] = (uint8_t)at;
	dns_key_finish(key, len, i);
	dns_key_hash(key, 0);
}

size_t dns_name_check(const uint8_t *name, size_t len)
{
	size_t at = 0, max = MIN(len, DNS_NAME_MAX);

	while (at < max) {
		if (name[at] == 0)
			return at + 1;
		if (name[at] > DNS_LABEL_MAX)
			return 0;
		at += (size_t)name[at] + 1;
	}
	return 0;
}

size_t dns_name_len(const uint8_t *wire)
{
	size_t at = 0;

	while (wire[at])
		at += (size_t)wire[at] + 1;
	return at + 1;
}

bool dns_name_equal(const uint8_t *a, const uint8_t *b)
{
	size_t i, len = dns_name_len(a);

	for (i = 0; i < len; i++) {
		if (lower(a[i]) != lower(b[i]))
			return false;
	}
	return true;
}

/* Decodes the escape after a backslash (\DDD or \X); -1 when it is none. */
static int unescape(const char **at, const char *end)
{
	const char *p = *at;
	int value;

	if (p == end)
		return -1;
	if (*p < '0' || *p > '9') {
		*at = p + 1;
		return (uint8_t)*p;
	}
	if (end - p < 3 || p[1] < '0' || p[1] > '9' || p[2] < '0' || p[2] > '9')
		return -1;
	value = (p[0] - '0') * 100 + (p[1] - '0') * 10 + p[2] - '0';
	*at = p + 3;
	return value <= 255 ? value : -1;
}

/* Puts ORIGIN (or the root) behind the LEN bytes of labels at WIRE. */
static size_t append_origin(uint8_t *wire, size_t len, const uint8_t *origin, const char **why)
{
	size_t tail = origin ? dns_name_len(origin) : 1;

	if (len + tail > DNS_NAME_MAX) {
		*why = "name is longer than 255 bytes";
		return 0;
	}
	if (origin)
		memcpy(wire + len, origin, tail);
	else
		wire[len] = 0;
	return len + tail;
}

size_t dns_name_parse(uint8_t wire[DNS_NAME_MAX], const char *text, size_t len,
	const uint8_t *origin, const char **why)
{
	const char *p = text, *end = text + len;
	size_t at = 1, label = 0; /* where the next byte goes; where this label's length goes */
	int c;

	if (len == 1 && *text == '@')
		return append_origin(wire, 0, origin, why);
	if (len == 1 && *text == '.')
		return append_origin(wire, 0, NULL, why);
	*why = "name is empty";
	if (len == 0)
		return 0;
	while (p < end) {
		c = (uint8_t)*p++;
		if (c == '.') {
			*why = "name has an empty label";
			if (at == label + 1)
				return 0;
			wire[label] = (uint8_t)(at - label - 1);
			label = at++;
			continue;
		}
		if (c == '\\') {
			c = unescape(&p, end);
			*why = "name has a bad escape: expected \\DDD up to \\255, or \\X";
			if (c < 0)
				return 0;
		}
		*why = "label is longer than 63 bytes";
		if (at - label > DNS_LABEL_MAX)
			return 0;
		*why = "name is longer than 255 bytes";
		if (at >= DNS_NAME_MAX)
			return 0;
		wire[at++] = (uint8_t)c;
	}
	if (at == label + 1) /* it ended in a dot */
		return append_origin(wire, label, NULL, why);
	wire[label] = (uint8_t)(at - label - 1);
	return append_origin(wire, at, origin, why);
}

/* One byte of a label in presentation form; returns how many bytes it took (at most 4). */
static size_t escape(char out[4], uint8_t c)
{
	if (c > ' ' && c < 127) {
		bool special = c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' ||
			       c == ')' || c == '@' || c == '$';

		out[0] = special ? '\\' : (char)c;
		out[1] = (char)c;
		return special ? 2 : 1;
	}
	out[0] = '\\';
	out[1] = (char)('0' + c / 100);
	out[2] = (char)('0' + c / 10 % 10);
	out[3] = (char)('0' + c % 10);
	return 4;
}

char *dns_name_text(char *text, size_t size, const uint8_t *wire)
{
	size_t used = 0, got, i;
	char out[4];

	if (!wire[0] && size > 1)
		text[used++] = '.';
	for (; wire[0]; wire += (size_t)wire[0] + 1) {
		for (i = 1; i <= wire[0]; i++) {
			got = escape(out, wire[i]);
			if (used + got + 2 > size)
				break;
			memcpy(text + used, out, got);
			used += got;
		}
		if (used + 1 < size)
			text[used++] = '.';
	}
	text[used] = 0;
	return text;
}
