/* SPDX-License-Identifier: ISC */
/* Rdata by its layout: see rdata.h. */
#include "lib/dns/rdata.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dns/rdata_fields.h"
#include "lib/dns/types.h"

/* ---- wire form ---- */

static int texts_len(const uint8_t *data, size_t len)
{
	size_t at = 0;

	while (at < len)
		at += (size_t)data[at] + 1;
	return at == len && len > 0 ? (int)len : -1;
}

/* Blocks of (window, length 1..32, bits) with windows rising and no trailing zero byte. */
static int bitmap_len(const uint8_t *data, size_t len)
{
	size_t at = 0;
	int last = -1;

	while (at < len) {
		if (len - at < 3 || data[at] <= last || data[at + 1] < 1 || data[at + 1] > 32)
			return -1;
		last = data[at];
		at += 2 + (size_t)data[at + 1];
		if (at > len || data[at - 1] == 0)
			return -1;
	}
	return (int)len;
}

static int counted_len(const uint8_t *data, size_t len, size_t least)
{
	return len > 0 && data[0] >= least && data[0] < len ? data[0] + 1 : -1;
}

static int fixed_len(uint8_t field)
{
	static const uint8_t bytes[] = {
		[DNS_FIELD_U8] = 1,
		[DNS_FIELD_U16] = 2,
		[DNS_FIELD_U32] = 4,
		[DNS_FIELD_PERIOD] = 4,
		[DNS_FIELD_TIME] = 4,
		[DNS_FIELD_ALGORITHM] = 1,
		[DNS_FIELD_SCHEME] = 1,
		[DNS_FIELD_CERT] = 2,
		[DNS_FIELD_TYPE] = 2,
		[DNS_FIELD_IP4] = 4,
		[DNS_FIELD_IP6] = 16,
		[DNS_FIELD_EUI48] = 6,
		[DNS_FIELD_EUI64] = 8,
		[DNS_FIELD_LOCATOR] = 8,
		[DNS_FIELD_LOC] = 16,
	};

	return field < sizeof(bytes) && bytes[field] ? bytes[field] : -1;
}

int dns_field_len(uint8_t field, const uint8_t *data, size_t len)
{
	int bytes;

	switch (field) {
	case DNS_FIELD_NAME:
		bytes = (int)dns_name_check(data, len);
		return bytes ? bytes : -1;
	case DNS_FIELD_TEXT:
	case DNS_FIELD_SALT:
		return counted_len(data, len, 0);
	case DNS_FIELD_TAG:
	case DNS_FIELD_HASH:
		return counted_len(data, len, 1);
	case DNS_FIELD_TEXTS:
		return texts_len(data, len);
	case DNS_FIELD_LONG_TEXT:
	case DNS_FIELD_HEX:
	case DNS_FIELD_BASE64:
		return (int)len;
	case DNS_FIELD_BITMAP:
		return bitmap_len(data, len);
	case DNS_FIELD_PARAMS:
		return dns_params_len(data, len);
	case DNS_FIELD_APL:
	case DNS_FIELD_IPSECKEY:
	case DNS_FIELD_AMTRELAY:
	case DNS_FIELD_HIP:
	case DNS_FIELD_NSAP:
		return dns_relay_len(field, data, len);
	default:
		bytes = fixed_len(field);
		return bytes > 0 && (size_t)bytes <= len ? bytes : -1;
	}
}

bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len)
{
	const struct dns_type *layout = dns_type_by_number(type);
	const uint8_t *field;
	size_t at = 0;
	int bytes;

	if (!layout)
		return true;
	for (field = layout->fields; *field != DNS_FIELD_END; field++) {
		bytes = dns_field_len(*field, rdata + at, len - at);
		if (bytes < 0)
			return false;
		at += (size_t)bytes;
	}
	return at == len;
}

/* ---- presentation form ---- */

bool dns_rdata_next(struct dns_rdata_parser *parser, const char *expected)
{
	parser->token = dns_lexer_next(parser->lexer);
	if (parser->token.kind == DNS_TOKEN_WORD || parser->token.kind == DNS_TOKEN_QUOTED)
		return true;
	parser->why = parser->token.kind == DNS_TOKEN_BAD ? parser->token.text : expected;
	return false;
}

static bool put_text(struct dns_rdata_parser *parser, bool counted, size_t least)
{
	struct wire_writer *out = &parser->out;
	uint8_t *at = out->at + counted;
	size_t room = wire_room(out);
	int got;

	parser->why = "text is too long (at most 255 bytes), or has a bad escape";
	if (room < 1)
		return false;
	got = dns_text_decode(at, counted ? MIN(room - 1, (size_t)255) : room, parser->token.text,
		parser->token.len);
	if (got < 0 || (size_t)got < least)
		return false;
	if (counted)
		*out->at = (uint8_t)got;
	out->at = at + got;
	return true;
}

static bool put_tag(struct dns_rdata_parser *parser)
{
	const struct dns_token *token = &parser->token;
	size_t i;

	parser->why = "expected a property tag of letters and digits";
	for (i = 0; i < token->len; i++) {
		char c = token->text[i] | 0x20;

		if (!(c >= 'a' && c <= 'z') && !(token->text[i] >= '0' && token->text[i] <= '9'))
			return false;
	}
	return put_text(parser, true, 1);
}

static bool put_texts(struct dns_rdata_parser *parser)
{
	do {
		if (!put_text(parser, true, 0))
			return false;
		parser->token = dns_lexer_next(parser->lexer);
	} while (parser->token.kind == DNS_TOKEN_WORD || parser->token.kind == DNS_TOKEN_QUOTED);
	return true;
}

static bool put_name(struct dns_rdata_parser *parser)
{
	uint8_t wire[DNS_NAME_MAX];
	size_t len = dns_name_parse(
		wire, parser->token.text, parser->token.len, parser->origin, &parser->why);

	wire_put_bytes(&parser->out, wire, len);
	return len > 0;
}

/* The token as a number of FIELD's kind. */
static bool parse_number(struct dns_rdata_parser *parser, uint8_t field, uint32_t *value)
{
	const char *text = parser->token.text;
	size_t len = parser->token.len;
	uint16_t type = 0;
	bool good;

	switch (field) {
	case DNS_FIELD_U8:
		parser->why = "expected a number from 0 to 255";
		return dns_number_parse(text, len, UINT8_MAX, value);
	case DNS_FIELD_U16:
		parser->why = "expected a number from 0 to 65535";
		return dns_number_parse(text, len, UINT16_MAX, value);
	case DNS_FIELD_U32:
		parser->why = "expected a number from 0 to 4294967295";
		return dns_number_parse(text, len, UINT32_MAX, value);
	case DNS_FIELD_PERIOD:
		parser->why = "expected seconds, or a period as 1h30m";
		return dns_period_parse(text, len, value);
	case DNS_FIELD_TIME:
		parser->why = "expected a time as YYYYMMDDHHmmSS, or seconds";
		return dns_time_parse(text, len, value);
	case DNS_FIELD_ALGORITHM:
		parser->why = "expected an algorithm's number or mnemonic";
		return dns_algorithm_parse(text, len, value);
	case DNS_FIELD_SCHEME:
		parser->why = "expected a scheme's number or mnemonic";
		return dns_scheme_parse(text, len, value);
	case DNS_FIELD_CERT:
		parser->why = "expected a certificate type's number or mnemonic";
		return dns_cert_type_parse(text, len, value);
	default:
		parser->why = "expected a record type";
		good = dns_type_parse(text, len, &type);
		*value = type;
		return good;
	}
}

static bool put_number(struct dns_rdata_parser *parser, uint8_t field)
{
	struct wire_writer *out = &parser->out;
	uint32_t value;

	if (!parse_number(parser, field, &value))
		return false;
	if (fixed_len(field) == 1)
		wire_put_u8(out, (uint8_t)value);
	else if (fixed_len(field) == 2)
		wire_put_u16(out, (uint16_t)value);
	else
		wire_put_u32(out, value);
	return true;
}

/* 00-00-5e-00-53-2a (GROUP 2 digits, separated by "-"), or 2001:0db8:1:2 (up to 4, by ":"). */
static bool put_groups(
	struct dns_rdata_parser *parser, size_t groups, size_t digits, char separator)
{
	const char *p = parser->token.text, *end = p + parser->token.len, *start;
	uint32_t value;

	parser->why = digits == 2 ? "expected pairs of hex digits separated by \"-\""
				  : "expected four groups of hex digits separated by \":\"";
	for (; groups; groups--) {
		for (value = 0, start = p; p < end && base_hex_digit(*p) >= 0; p++)
			value = value << 4 | (uint32_t)base_hex_digit(*p);
		if (p == start || (size_t)(p - start) > digits || (digits == 2 && p - start != 2))
			return false;
		if (digits == 2)
			wire_put_u8(&parser->out, (uint8_t)value);
		else
			wire_put_u16(&parser->out, (uint16_t)value);
		if (groups > 1 && (p == end || *p++ != separator))
			return false;
	}
	return p == end;
}

static bool put_address(struct dns_rdata_parser *parser, uint8_t field)
{
	uint8_t address[16];
	bool good;

	if (field == DNS_FIELD_IP4) {
		parser->why = "expected an IPv4 address as 192.0.2.1";
		good = dns_ip4_parse(parser->token.text, parser->token.len, address);
		wire_put_bytes(&parser->out, address, 4);
	} else {
		parser->why = "expected an IPv6 address as 2001:db8::1";
		good = dns_ip6_parse(parser->token.text, parser->token.len, address);
		wire_put_bytes(&parser->out, address, 16);
	}
	return good;
}

static bool put_salt(struct dns_rdata_parser *parser)
{
	const struct dns_token *token = &parser->token;
	size_t i;

	parser->why = "expected a salt in hex, or \"-\"";
	if (token->len == 1 && *token->text == '-') {
		wire_put_u8(&parser->out, 0);
		return true;
	}
	if (token->len % 2 || token->len / 2 > 255)
		return false;
	wire_put_u8(&parser->out, (uint8_t)(token->len / 2));
	for (i = 0; i < token->len; i += 2) {
		int high = base_hex_digit(token->text[i]), low = base_hex_digit(token->text[i + 1]);

		if (high < 0 || low < 0)
			return false;
		wire_put_u8(&parser->out, (uint8_t)(high << 4 | low));
	}
	return true;
}

/* Fields that go on to the line's end, and leave the parser's token there. */
static bool to_the_end(uint8_t field)
{
	return field == DNS_FIELD_TEXTS || field == DNS_FIELD_HEX || field == DNS_FIELD_BASE64 ||
	       field == DNS_FIELD_BITMAP || field == DNS_FIELD_PARAMS || field == DNS_FIELD_LOC ||
	       field >= DNS_FIELD_APL;
}

static bool put_field(struct dns_rdata_parser *parser, uint8_t field)
{
	switch (field) {
	case DNS_FIELD_NAME:
		return put_name(parser);
	case DNS_FIELD_IP4:
	case DNS_FIELD_IP6:
		return put_address(parser, field);
	case DNS_FIELD_EUI48:
		return put_groups(parser, 6, 2, '-');
	case DNS_FIELD_EUI64:
		return put_groups(parser, 8, 2, '-');
	case DNS_FIELD_LOCATOR:
		return put_groups(parser, 4, 4, ':');
	case DNS_FIELD_TEXT:
		return put_text(parser, true, 0);
	case DNS_FIELD_TAG:
		return put_tag(parser);
	case DNS_FIELD_LONG_TEXT:
		return put_text(parser, false, 0);
	case DNS_FIELD_SALT:
		return put_salt(parser);
	case DNS_FIELD_HASH:
		return dns_base32hex_parse(parser);
	case DNS_FIELD_LOC:
		return dns_loc_parse(parser);
	case DNS_FIELD_TEXTS:
		return put_texts(parser);
	case DNS_FIELD_HEX:
		return dns_hex_parse(parser);
	case DNS_FIELD_BASE64:
		return dns_base64_parse(parser, true);
	case DNS_FIELD_BITMAP:
		return dns_bitmap_parse(parser);
	case DNS_FIELD_PARAMS:
		return dns_params_parse(parser);
	case DNS_FIELD_APL:
	case DNS_FIELD_IPSECKEY:
	case DNS_FIELD_AMTRELAY:
	case DNS_FIELD_HIP:
	case DNS_FIELD_NSAP:
		return dns_relay_parse(parser, field);
	default:
		return put_number(parser, field);
	}
}

/* The words of a bitmap or of service parameters may be none at all. */
static bool may_be_empty(uint8_t field)
{
	return field == DNS_FIELD_BITMAP || field == DNS_FIELD_PARAMS;
}

/* "\#", a length, and as many bytes in hex (RFC 3597 section 5). */
static bool generic(struct dns_rdata_parser *parser, uint16_t type)
{
	uint32_t len;

	if (!dns_rdata_next(parser, "expected the length of the rdata after \\#"))
		return false;
	parser->why = "expected the length of the rdata after \\#";
	if (!dns_number_parse(parser->token.text, parser->token.len, UINT16_MAX, &len))
		return false;
	parser->token = dns_lexer_next(parser->lexer);
	if (parser->token.kind == DNS_TOKEN_WORD && !dns_hex_parse(parser))
		return false;
	parser->why = "the rdata is not as long as \\# says";
	if (wire_written(&parser->out) != len)
		return false;
	parser->why = "the rdata is not well formed for its type";
	return dns_rdata_check(type, parser->out.start, len);
}

static bool is_generic(const struct dns_token *token)
{
	return token->kind == DNS_TOKEN_WORD && token->len == 2 &&
	       memcmp(token->text, "\\#", 2) == 0;
}

static bool parse_layout(struct dns_rdata_parser *parser, const uint8_t *field)
{
	/* Here the token is the first word of the rdata. */
	for (;;) {
		if (!put_field(parser, *field))
			return false;
		if (to_the_end(*field))
			return true;
		field++;
		parser->token = dns_lexer_next(parser->lexer);
		if (*field == DNS_FIELD_END)
			return true;
		if (parser->token.kind != DNS_TOKEN_WORD &&
			parser->token.kind != DNS_TOKEN_QUOTED) {
			parser->why = parser->token.kind == DNS_TOKEN_BAD
					      ? parser->token.text
					      : "the record ends too early";
			if (!may_be_empty(*field))
				return false;
		}
	}
}

int dns_rdata_parse(struct dns_rdata_parser *parser, uint16_t type)
{
	const struct dns_type *layout = dns_type_by_number(type);
	bool good;

	if (!dns_rdata_next(parser, "the record ends before its rdata"))
		return -EINVAL;
	parser->why = "a type known by number only needs its rdata as \\# LENGTH HEX";
	if (is_generic(&parser->token))
		good = generic(parser, type);
	else
		good = layout && parse_layout(parser, layout->fields);
	if (!good)
		return -EINVAL;
	parser->why = parser->token.kind == DNS_TOKEN_BAD
			      ? parser->token.text
			      : "there is more on the line than the record has";
	if (parser->token.kind != DNS_TOKEN_EOL)
		return -EINVAL;
	parser->why = "the rdata is longer than 65535 bytes";
	return wire_overflowed(&parser->out) ? -EINVAL : 0;
}
