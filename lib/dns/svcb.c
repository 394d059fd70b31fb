/* SPDX-License-Identifier: ISC */
/* Service parameters of SVCB and HTTPS records (RFC 9460 section 2 and 7). Called by rdata.c. */
#include "lib/dns/rdata_fields.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"

enum {
	MANDATORY,
	ALPN,
	NO_DEFAULT_ALPN,
	PORT,
	IPV4HINT,
	ECH,
	IPV6HINT,
	DOHPATH,
	OHTTP
};

#define VALUE_MAX 2048

static const char *const keys[] = {"mandatory", "alpn", "no-default-alpn", "port", "ipv4hint",
	"ech", "ipv6hint", "dohpath", "ohttp"};

/* A key's name, or key123. */
static bool parse_key(const char *text, size_t len, uint16_t *key)
{
	uint32_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (len == strlen(keys[i]) && memcmp(text, keys[i], len) == 0) {
			*key = (uint16_t)i;
			return true;
		}
	}
	if (len < 4 || memcmp(text, "key", 3) != 0 ||
		!dns_number_parse(text + 3, len - 3, 65534, &number))
		return false;
	*key = (uint16_t)number;
	return true;
}

/* ---- values ---- */

/* The next item of a list separated by commas, moving *AT behind it. */
static size_t item(const char **at, const char *end, const char **start)
{
	const char *p = *at;

	*start = p;
	while (p < end && *p != ',')
		p++;
	*at = p < end ? p + 1 : p;
	return (size_t)(p - *start);
}

/* Protocol names with a length each; "\," and "\\" within one stand for themselves. */
static bool put_alpn(struct wire_writer *out, const char *p, size_t len)
{
	const char *end = p + len;
	uint8_t *count, name[255];
	size_t used = 0;

	for (;; p++) {
		if (p == end || *p == ',') {
			if (used == 0)
				return false;
			count = wire_put_space(out, 1);
			if (count)
				*count = (uint8_t)used;
			wire_put_bytes(out, name, used);
			used = 0;
			if (p == end)
				return true;
			continue;
		}
		if (*p == '\\' && ++p == end)
			return false;
		if (used == sizeof(name))
			return false;
		name[used++] = (uint8_t)*p;
	}
}

static bool put_hints(struct wire_writer *out, const char *p, size_t len, size_t size)
{
	const char *end = p + len, *start;
	uint8_t address[16];
	size_t got;

	do {
		got = item(&p, end, &start);
		if (size == 4 ? !dns_ip4_parse(start, got, address)
			      : !dns_ip6_parse(start, got, address))
			return false;
		wire_put_bytes(out, address, size);
	} while (p < end);
	return end[-1] != ',';
}

/* Keys in rising order. */
static bool put_mandatory(struct wire_writer *out, const char *p, size_t len)
{
	const char *end = p + len, *start;
	uint16_t list[32], key;
	size_t got, count = 0, i;

	do {
		got = item(&p, end, &start);
		if (!parse_key(start, got, &key) || key == MANDATORY || count == ARRAY_SIZE(list))
			return false;
		for (i = count++; i > 0 && list[i - 1] >= key; i--) {
			if (list[i - 1] == key)
				return false;
			list[i] = list[i - 1];
		}
		list[i] = key;
	} while (p < end);
	for (i = 0; i < count; i++)
		wire_put_u16(out, list[i]);
	return true;
}

static bool put_base64(struct dns_rdata_parser *parser, const char *text, size_t len)
{
	struct dns_token token = parser->token;
	bool good;

	parser->token.text = text;
	parser->token.len = len;
	good = dns_base64_parse(parser, false);
	parser->token = token;
	return good;
}

static bool put_value(struct dns_rdata_parser *parser, uint16_t key, const char *text, size_t len)
{
	struct wire_writer *out = &parser->out;
	uint32_t number;

	if (key == NO_DEFAULT_ALPN || key == OHTTP)
		return len == 0;
	if (key <= DOHPATH && len == 0)
		return false;
	switch (key) {
	case MANDATORY:
		return put_mandatory(out, text, len);
	case ALPN:
		return put_alpn(out, text, len);
	case PORT:
		wire_put_u16(
			out, dns_number_parse(text, len, 65535, &number) ? (uint16_t)number : 0);
		return dns_number_parse(text, len, 65535, &number);
	case IPV4HINT:
		return put_hints(out, text, len, 4);
	case IPV6HINT:
		return put_hints(out, text, len, 16);
	case ECH:
		return put_base64(parser, text, len);
	default:
		wire_put_bytes(out, text, len);
		return true;
	}
}

/* ---- parameters ---- */

static void reverse(uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len / 2; i++) {
		uint8_t c = p[i];

		p[i] = p[len - 1 - i];
		p[len - 1 - i] = c;
	}
}

/* Moves the parameter at LAST, the end of those that begin at START, to its place by key. */
static bool sort_in(uint8_t *start, uint8_t *last, const uint8_t *end)
{
	uint8_t *p = start;
	uint16_t key = wire_u16(last);

	while (p < last && wire_u16(p) < key)
		p += 4 + wire_u16(p + 2);
	if (p < last && wire_u16(p) == key)
		return false;
	reverse(p, (size_t)(last - p));
	reverse(last, (size_t)(end - last));
	reverse(p, (size_t)(end - p));
	return true;
}

/* One word, key=value or key="value" or key, appended to the parameters that begin at START. */
static bool put_param(struct dns_rdata_parser *parser, uint8_t *start)
{
	const char *text = parser->token.text, *end = text + parser->token.len;
	const char *equals = memchr(text, '=', parser->token.len);
	uint8_t value[VALUE_MAX], *last = parser->out.at;
	int len = 0;
	uint16_t key;

	if (!parse_key(text, (size_t)((equals ? equals : end) - text), &key))
		return false;
	if (equals) {
		equals++;
		if (end - equals >= 2 && *equals == '"' && end[-1] == '"') {
			equals++;
			end--;
		}
		len = dns_text_decode(value, sizeof(value), equals, (size_t)(end - equals));
	}
	if (len < 0)
		return false;
	wire_put_u16(&parser->out, key);
	wire_put_u16(&parser->out, 0);
	if (!put_value(parser, key, (const char *)value, (size_t)len))
		return false;
	if (wire_overflowed(&parser->out))
		return false;
	wire_set_u16(last + 2, (uint16_t)(parser->out.at - last - 4));
	return sort_in(start, last, parser->out.at);
}

bool dns_params_parse(struct dns_rdata_parser *parser)
{
	uint8_t *start = parser->out.at;

	while (parser->token.kind == DNS_TOKEN_WORD) {
		parser->why = "expected service parameters as alpn=h2 or key123=value, each once";
		if (!put_param(parser, start))
			return false;
		parser->token = dns_lexer_next(parser->lexer);
	}
	return true;
}

int dns_params_len(const uint8_t *data, size_t len)
{
	size_t at = 0;
	int last = -1;

	while (at < len) {
		if (len - at < 4 || wire_u16(data + at) <= last)
			return -1;
		last = wire_u16(data + at);
		at += 4 + (size_t)wire_u16(data + at + 2);
		if (at > len)
			return -1;
	}
	return (int)len;
}
