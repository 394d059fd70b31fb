/* SPDX-License-Identifier: ISC */
/*
 * Rdata whose parts depend on one another: APL (RFC 3123), NSAP (RFC 1706), and those with a
 * gateway of several kinds: IPSECKEY (RFC 4025), AMTRELAY (RFC 8777), HIP (RFC 8005). Each is one
 * field that takes the whole rdata. See rdata_fields.h.
 */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dns/rdata_fields.h"
#include "lib/dns/types.h"

/* What a gateway or relay is, by the number before it. */
enum {
	GATEWAY_NONE,
	GATEWAY_IP4,
	GATEWAY_IP6,
	GATEWAY_NAME
};

/* ---- wire form ---- */

/* Bytes of a gateway of KIND at the start of the LEN bytes at DATA, or -1. */
static int gateway_len(unsigned kind, const uint8_t *data, size_t len)
{
	static const int bytes[] = {[GATEWAY_NONE] = 0, [GATEWAY_IP4] = 4, [GATEWAY_IP6] = 16};
	size_t name;

	if (kind == GATEWAY_NAME) {
		name = dns_name_check(data, len);
		return name ? (int)name : -1;
	}
	return kind < ARRAY_SIZE(bytes) && (size_t)bytes[kind] <= len ? bytes[kind] : -1;
}

static bool ipseckey_good(const uint8_t *data, size_t len)
{
	return len >= 3 && gateway_len(data[1], data + 3, len - 3) >= 0;
}

static bool amtrelay_good(const uint8_t *data, size_t len)
{
	return len >= 2 && gateway_len(data[1] & 0x7f, data + 2, len - 2) == (int)len - 2;
}

static bool hip_good(const uint8_t *data, size_t len)
{
	size_t at, name;

	if (len < 4 || !data[0])
		return false;
	at = 4 + (size_t)data[0] + (size_t)(data[2] << 8 | data[3]);
	for (; at < len; at += name) {
		name = dns_name_check(data + at, len - at);
		if (!name)
			return false;
	}
	return at == len;
}

/* Items of a family, a prefix's length, a sign with a number of bytes, and those bytes. */
static bool apl_good(const uint8_t *data, size_t len)
{
	size_t at = 0, bytes;
	unsigned family;

	while (at < len) {
		if (len - at < 4)
			return false;
		family = (unsigned)data[at] << 8 | data[at + 1];
		bytes = data[at + 3] & 0x7f;
		if ((family == 1 && (data[at + 2] > 32 || bytes > 4)) ||
			(family == 2 && (data[at + 2] > 128 || bytes > 16)))
			return false;
		at += 4 + bytes;
		if (at > len || (bytes && !data[at - 1]))
			return false;
	}
	return true;
}

int dns_relay_len(uint8_t field, const uint8_t *data, size_t len)
{
	bool good = len > 0;

	if (field == DNS_FIELD_APL)
		good = apl_good(data, len);
	else if (field == DNS_FIELD_IPSECKEY)
		good = ipseckey_good(data, len);
	else if (field == DNS_FIELD_AMTRELAY)
		good = amtrelay_good(data, len);
	else if (field == DNS_FIELD_HIP)
		good = hip_good(data, len);
	return good ? (int)len : -1;
}

/* ---- presentation form ---- */

static bool more(struct dns_rdata_parser *parser)
{
	parser->token = dns_lexer_next(parser->lexer);
	return parser->token.kind == DNS_TOKEN_WORD;
}

/* The number at hand, below 256; the next word is then at hand. */
static bool get_u8(struct dns_rdata_parser *parser, uint32_t max, uint8_t *value)
{
	uint32_t number;

	parser->why = "expected a number";
	if (!dns_number_parse(parser->token.text, parser->token.len, max, &number))
		return false;
	*value = (uint8_t)number;
	parser->why = "the record ends too early";
	return more(parser);
}

/* The gateway of KIND at hand. */
static bool put_gateway(struct dns_rdata_parser *parser, unsigned kind)
{
	const struct dns_token *token = &parser->token;
	uint8_t bytes[DNS_NAME_MAX];
	size_t len = 0;
	bool good;

	parser->why = "expected a gateway as its type says: \".\", an address or a name";
	if (kind == GATEWAY_NONE) {
		good = token->len == 1 && *token->text == '.';
	} else if (kind == GATEWAY_IP4) {
		good = dns_ip4_parse(token->text, token->len, bytes);
		len = 4;
	} else if (kind == GATEWAY_IP6) {
		good = dns_ip6_parse(token->text, token->len, bytes);
		len = 16;
	} else {
		len = dns_name_parse(bytes, token->text, token->len, parser->origin, &parser->why);
		good = len > 0;
	}
	if (good)
		wire_put_bytes(&parser->out, bytes, len);
	return good;
}

static bool put_ipseckey(struct dns_rdata_parser *parser)
{
	uint8_t precedence, kind, algorithm;

	if (!get_u8(parser, UINT8_MAX, &precedence) || !get_u8(parser, GATEWAY_NAME, &kind) ||
		!get_u8(parser, UINT8_MAX, &algorithm))
		return false;
	wire_put_u8(&parser->out, precedence);
	wire_put_u8(&parser->out, kind);
	wire_put_u8(&parser->out, algorithm);
	if (!put_gateway(parser, kind))
		return false;
	return !more(parser) || dns_base64_parse(parser, true); /* there may be no key */
}

static bool put_amtrelay(struct dns_rdata_parser *parser)
{
	uint8_t precedence, discovery, kind;

	if (!get_u8(parser, UINT8_MAX, &precedence) || !get_u8(parser, 1, &discovery) ||
		!get_u8(parser, GATEWAY_NAME, &kind))
		return false;
	wire_put_u8(&parser->out, precedence);
	wire_put_u8(&parser->out, (uint8_t)(discovery << 7 | kind));
	if (!put_gateway(parser, kind))
		return false;
	more(parser);
	return true;
}

/* One word in hex or base64, which ends at the word's end. */
static bool put_word(struct dns_rdata_parser *parser, bool hex)
{
	struct dns_lexer rest = *parser->lexer, nothing = {0};
	struct dns_token word = parser->token;
	bool good;

	if (!hex)
		return dns_base64_parse(parser, false);
	/* The parser of hex goes on over all words that there are: here there are no more. */
	dns_lexer_init(&nothing, word.text + word.len, 0);
	*parser->lexer = nothing;
	good = dns_hex_parse(parser);
	*parser->lexer = rest;
	return good;
}

static bool put_hip(struct dns_rdata_parser *parser)
{
	uint8_t algorithm, *start = parser->out.at, wire[DNS_NAME_MAX];
	size_t tag, key, len;

	if (!get_u8(parser, UINT8_MAX, &algorithm))
		return false;
	wire_put_u32(&parser->out, 0);
	if (!put_word(parser, true))
		return false;
	tag = wire_written(&parser->out) - (size_t)(start - parser->out.start) - 4;
	parser->why = "expected a host identity tag of 1 to 255 bytes, and a key";
	if (!tag || tag > UINT8_MAX || !more(parser) || !put_word(parser, false) ||
		wire_overflowed(&parser->out))
		return false;
	key = wire_written(&parser->out) - (size_t)(start - parser->out.start) - 4 - tag;
	start[0] = (uint8_t)tag;
	start[1] = algorithm;
	wire_set_u16(start + 2, (uint16_t)key);
	while (more(parser)) {
		len = dns_name_parse(
			wire, parser->token.text, parser->token.len, parser->origin, &parser->why);
		if (!len)
			return false;
		wire_put_bytes(&parser->out, wire, len);
	}
	return true;
}

/* One item: [!]FAMILY:ADDRESS/PREFIX */
static bool put_item(struct dns_rdata_parser *parser)
{
	const char *p = parser->token.text, *end = p + parser->token.len, *address, *slash;
	bool negated = p < end && *p == '!', ip4;
	uint8_t bytes[16];
	uint32_t prefix;
	unsigned len;

	p += negated;
	if (end - p < 4 || (*p != '1' && *p != '2') || p[1] != ':')
		return false;
	ip4 = *p == '1';
	address = p + 2;
	slash = memchr(address, '/', (size_t)(end - address));
	if (!slash ||
		!dns_number_parse(slash + 1, (size_t)(end - slash - 1), ip4 ? 32 : 128, &prefix))
		return false;
	if (ip4 ? !dns_ip4_parse(address, (size_t)(slash - address), bytes)
		: !dns_ip6_parse(address, (size_t)(slash - address), bytes))
		return false;
	for (len = ip4 ? 4 : 16; len && !bytes[len - 1]; len--)
		; /* trailing zeros are not sent */
	wire_put_u16(&parser->out, ip4 ? 1 : 2);
	wire_put_u8(&parser->out, (uint8_t)prefix);
	wire_put_u8(&parser->out, (uint8_t)(negated << 7 | len));
	wire_put_bytes(&parser->out, bytes, len);
	return true;
}

static bool put_apl(struct dns_rdata_parser *parser)
{
	for (; parser->token.kind == DNS_TOKEN_WORD; more(parser)) {
		parser->why = "expected address prefixes as 1:192.0.2.0/24 or !2:2001:db8::/32";
		if (!put_item(parser))
			return false;
	}
	return true;
}

/* 0x and hex digits in pairs, with dots between that mean nothing. */
static bool put_nsap(struct dns_rdata_parser *parser)
{
	const char *p = parser->token.text, *end = p + parser->token.len;
	unsigned value = 0, digits = 0;

	parser->why = "expected 0x and an even number of hex digits";
	if (end - p < 4 || p[0] != '0' || (p[1] | 0x20) != 'x')
		return false;
	for (p += 2; p < end; p++) {
		unsigned c = (uint8_t)*p | 0x20;

		if (*p == '.')
			continue;
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		value = value << 4 | (c <= '9' ? c - '0' : c - 'a' + 10);
		if (++digits % 2 == 0)
			wire_put_u8(&parser->out, (uint8_t)value);
	}
	more(parser);
	return digits && digits % 2 == 0;
}

bool dns_relay_parse(struct dns_rdata_parser *parser, uint8_t field)
{
	switch (field) {
	case DNS_FIELD_APL:
		return put_apl(parser);
	case DNS_FIELD_IPSECKEY:
		return put_ipseckey(parser);
	case DNS_FIELD_AMTRELAY:
		return put_amtrelay(parser);
	case DNS_FIELD_HIP:
		return put_hip(parser);
	default:
		return put_nsap(parser);
	}
}
