/* SPDX-License-Identifier: ISC */
/* Numbers, addresses, encodings and bitmaps in presentation form: see rdata.h, rdata_fields.h. */
#include "lib/dns/rdata_fields.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dns/types.h"

bool dns_number_parse(const char *text, size_t len, uint32_t max, uint32_t *value)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		sum = sum * 10 + (uint64_t)(text[i] - '0');
		if (sum > max)
			return false;
	}
	*value = (uint32_t)sum;
	return len > 0;
}

static uint32_t unit_seconds(char unit)
{
	switch (unit | 0x20) {
	case 'w':
		return 604800;
	case 'd':
		return 86400;
	case 'h':
		return 3600;
	case 'm':
		return 60;
	case 's':
		return 1;
	default:
		return 0;
	}
}

bool dns_period_parse(const char *text, size_t len, uint32_t *seconds)
{
	uint64_t sum = 0, part = 0;
	bool digits = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			part = part * 10 + (uint64_t)(text[i] - '0');
			digits = true;
		} else {
			if (!digits || !unit_seconds(text[i]))
				return false;
			sum += part * unit_seconds(text[i]);
			part = 0;
			digits = false;
		}
		if (part > UINT32_MAX || sum > UINT32_MAX)
			return false;
	}
	sum += part;
	*seconds = (uint32_t)sum;
	return len > 0 && sum <= UINT32_MAX && text[0] >= '0' && text[0] <= '9';
}

int dns_text_decode(uint8_t *out, size_t size, const char *text, size_t len)
{
	size_t i, used = 0;
	int value;

	for (i = 0; i < len; i++) {
		value = (uint8_t)text[i];
		if (value == '\\') {
			if (++i == len)
				return -1;
			value = (uint8_t)text[i];
			if (value >= '0' && value <= '9') {
				uint32_t number;

				if (len - i < 3 || !dns_number_parse(text + i, 3, 255, &number))
					return -1;
				value = (int)number;
				i += 2;
			}
		}
		if (used == size)
			return -1;
		out[used++] = (uint8_t)value;
	}
	return (int)used;
}

/* ---- addresses ---- */

bool dns_ip4_parse(const char *text, size_t len, uint8_t address[4])
{
	const char *p = text, *end = text + len, *start;
	unsigned value;
	int i;

	for (i = 0; i < 4; i++) {
		if (i > 0 && (p == end || *p++ != '.'))
			return false;
		for (value = 0, start = p; p < end && *p >= '0' && *p <= '9' && p - start < 4; p++)
			value = value * 10 + (unsigned)(*p - '0');
		if (p == start || p - start > 3 || value > 255)
			return false;
		address[i] = (uint8_t)value;
	}
	return p == end;
}

bool dns_ip6_parse(const char *text, size_t len, uint8_t address[16])
{
	const char *p = text, *end = text + len, *start;
	size_t used = 0, gap = SIZE_MAX;
	unsigned value;

	memset(address, 0, 16);
	if (len >= 2 && p[0] == ':' && p[1] == ':') {
		gap = 0;
		p += 2;
	}
	while (p < end) {
		if (used > 14)
			return false;
		for (value = 0, start = p; p < end && base_hex_digit(*p) >= 0 && p - start < 5; p++)
			value = value << 4 | (unsigned)base_hex_digit(*p);
		if (p < end && *p == '.') { /* the last 32 bits as an IPv4 address */
			if (used > 12 ||
				!dns_ip4_parse(start, (size_t)(end - start), address + used))
				return false;
			used += 4;
			break;
		}
		if (p == start || p - start > 4)
			return false;
		address[used++] = (uint8_t)(value >> 8);
		address[used++] = (uint8_t)value;
		if (p == end)
			break;
		if (*p++ != ':' || p == end)
			return false;
		if (*p == ':') {
			if (gap != SIZE_MAX)
				return false;
			gap = used;
			p++;
		}
	}
	if (gap == SIZE_MAX)
		return used == 16;
	if (used > 14) /* "::" stands for one group at least */
		return false;
	memmove(address + 16 - (used - gap), address + gap, used - gap);
	memset(address + gap, 0, 16 - used);
	return true;
}

/* ---- encodings ---- */

/* The next word of the field, if there is one. */
static bool more(struct dns_rdata_parser *parser)
{
	parser->token = dns_lexer_next(parser->lexer);
	return parser->token.kind == DNS_TOKEN_WORD;
}

bool dns_hex_parse(struct dns_rdata_parser *parser)
{
	int high = -1, digit;
	size_t i;

	parser->why = "expected an even number of hex digits";
	do {
		for (i = 0; i < parser->token.len; i++) {
			digit = base_hex_digit(parser->token.text[i]);
			if (digit < 0)
				return false;
			if (high < 0) {
				high = digit;
			} else {
				wire_put_u8(&parser->out, (uint8_t)(high << 4 | digit));
				high = -1;
			}
		}
	} while (more(parser));
	return high < 0;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648 section 4, padded. REST: goes on over all words of the record. */
bool dns_base64_parse(struct dns_rdata_parser *parser, bool rest)
{
	uint32_t bits = 0;
	unsigned count = 0, pads = 0;
	size_t i;
	int digit;

	parser->why = "expected base64";
	do {
		for (i = 0; i < parser->token.len; i++) {
			char c = parser->token.text[i];

			digit = base64_digit(c);
			if (c == '=')
				pads++;
			if ((c != '=' && (digit < 0 || pads)) || pads > 2)
				return false;
			bits = bits << 6 | (uint32_t)(c == '=' ? 0 : digit);
			if (++count % 4 == 0) {
				wire_put_u8(&parser->out, (uint8_t)(bits >> 16));
				if (pads < 2)
					wire_put_u8(&parser->out, (uint8_t)(bits >> 8));
				if (pads < 1)
					wire_put_u8(&parser->out, (uint8_t)bits);
			}
		}
	} while (rest && more(parser));
	return count % 4 == 0;
}

/* RFC 4648 section 7, without padding, as RFC 5155 section 3.3 wants it. */
bool dns_base32hex_parse(struct dns_rdata_parser *parser)
{
	const struct dns_token *token = &parser->token;
	uint64_t bits = 0;
	unsigned held = 0;
	size_t i;

	parser->why = "expected base32hex";
	if (token->len == 0 || token->len * 5 / 8 > 255)
		return false;
	wire_put_u8(&parser->out, (uint8_t)(token->len * 5 / 8));
	for (i = 0; i < token->len; i++) {
		char c = token->text[i] | 0x20;
		unsigned digit;

		if (token->text[i] >= '0' && token->text[i] <= '9')
			digit = (unsigned)(token->text[i] - '0');
		else if (c >= 'a' && c <= 'v')
			digit = (unsigned)(c - 'a' + 10);
		else
			return false;
		bits = bits << 5 | digit;
		held += 5;
		if (held >= 8) {
			held -= 8;
			wire_put_u8(&parser->out, (uint8_t)(bits >> held));
		}
	}
	return true;
}

/* Writes the bitmap's blocks and leaves it all 0 again. */
static void put_bitmap(struct dns_rdata_parser *parser, unsigned last_window)
{
	unsigned window, len;

	for (window = 0; window <= last_window; window++) {
		uint8_t *bits = parser->bitmap + (size_t)window * 32;

		for (len = 32; len > 0 && bits[len - 1] == 0; len--)
			;
		if (len == 0)
			continue;
		wire_put_u8(&parser->out, (uint8_t)window);
		wire_put_u8(&parser->out, (uint8_t)len);
		wire_put_bytes(&parser->out, bits, len);
		memset(bits, 0, len);
	}
}

bool dns_bitmap_parse(struct dns_rdata_parser *parser)
{
	unsigned last_window = 0;
	uint16_t type;

	while (parser->token.kind == DNS_TOKEN_WORD) {
		if (!dns_type_parse(parser->token.text, parser->token.len, &type)) {
			put_bitmap(parser, last_window);
			parser->why = "expected record types";
			return false;
		}
		parser->bitmap[type / 8] |= (uint8_t)(0x80 >> type % 8);
		last_window = MAX(last_window, (unsigned)type / 256);
		parser->token = dns_lexer_next(parser->lexer);
	}
	put_bitmap(parser, last_window);
	return true;
}

/* ---- words for numbers ---- */

/* Days from 1970-01-01 to a date of the Gregorian calendar, whose year may begin in March. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1, era = y / 400, year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

bool dns_time_parse(const char *text, size_t len, uint32_t *seconds)
{
	uint32_t year, month, day, hour, minute, second;

	if (len != 14)
		return dns_number_parse(text, len, UINT32_MAX, seconds);
	if (!dns_number_parse(text, 4, 9999, &year) || !dns_number_parse(text + 4, 2, 12, &month) ||
		!dns_number_parse(text + 6, 2, 31, &day) ||
		!dns_number_parse(text + 8, 2, 23, &hour) ||
		!dns_number_parse(text + 10, 2, 59, &minute) ||
		!dns_number_parse(text + 12, 2, 60, &second) || year < 1970 || !month || !day)
		return false;
	/* Serial arithmetic (RFC 4034 section 3.1.5): only the low 32 bits go on the wire. */
	*seconds = (uint32_t)((uint64_t)days(year, month, day) * 86400 + (uint64_t)hour * 3600 +
			      (uint64_t)minute * 60 + second);
	return true;
}

struct word {
	const char *text;
	uint16_t number;
};

static bool find_word(
	const struct word *words, size_t count, const char *text, size_t len, uint32_t *number)
{
	size_t i, j;

	for (i = 0; i < count; i++) {
		for (j = 0; j < len && words[i].text[j]; j++) {
			char c = text[j] >= 'a' && text[j] <= 'z' ? (char)(text[j] - 32) : text[j];

			if (c != words[i].text[j])
				break;
		}
		if (j == len && !words[i].text[j]) {
			*number = words[i].number;
			return true;
		}
	}
	return false;
}

bool dns_algorithm_parse(const char *text, size_t len, uint32_t *number)
{
	static const struct word words[] = {{"RSAMD5", 1}, {"DH", 2}, {"DSA", 3}, {"RSASHA1", 5},
		{"DSA-NSEC3-SHA1", 6}, {"RSASHA1-NSEC3-SHA1", 7}, {"RSASHA256", 8},
		{"RSASHA512", 10}, {"ECC-GOST", 12}, {"ECDSAP256SHA256", 13},
		{"ECDSAP384SHA384", 14}, {"ED25519", 15}, {"ED448", 16}, {"INDIRECT", 252},
		{"PRIVATEDNS", 253}, {"PRIVATEOID", 254}};

	return dns_number_parse(text, len, UINT8_MAX, number) ||
	       find_word(words, ARRAY_SIZE(words), text, len, number);
}

bool dns_cert_type_parse(const char *text, size_t len, uint32_t *number)
{
	static const struct word words[] = {{"PKIX", 1}, {"SPKI", 2}, {"PGP", 3}, {"IPKIX", 4},
		{"ISPKI", 5}, {"IPGP", 6}, {"ACPKIX", 7}, {"IACPKIX", 8}, {"URI", 253},
		{"OID", 254}};

	return dns_number_parse(text, len, UINT16_MAX, number) ||
	       find_word(words, ARRAY_SIZE(words), text, len, number);
}

bool dns_scheme_parse(const char *text, size_t len, uint32_t *number)
{
	static const struct word words[] = {{"NOTIFY", 1}};

	return dns_number_parse(text, len, UINT8_MAX, number) ||
	       find_word(words, ARRAY_SIZE(words), text, len, number);
}
