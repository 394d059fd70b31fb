/* SPDX-License-Identifier: ISC */
/* Positions on the earth, in presentation form (RFC 1876 section 3). Called by rdata.c. */
#include "lib/dns/rdata_fields.h"

#define EQUATOR 0x80000000u /* of 1/1000 seconds of arc */
#define SEA     10000000    /* cm: altitudes are counted from 100 km below */

/* A number with up to DECIMALS decimals and an optional "m", as an integer of that many decimals.
 */
static bool decimal(const struct dns_token *token, unsigned decimals, uint64_t max, uint64_t *value)
{
	const char *p = token->text, *end = p + token->len;
	bool digits = false;
	int point = -1;

	if (end > p && end[-1] == 'm')
		end--;
	for (*value = 0; p < end; p++) {
		if (*p == '.' && point < 0) {
			point = 0;
		} else if (*p >= '0' && *p <= '9' && point < (int)decimals) {
			*value = *value * 10 + (uint64_t)(*p - '0');
			point += point >= 0;
			digits = true;
		} else {
			return false;
		}
		if (*value > max)
			return false;
	}
	for (point = point < 0 ? 0 : point; point < (int)decimals; point++)
		*value *= 10;
	return digits && *value <= max;
}

/* Degrees [minutes [seconds]] and a letter; leaves the token behind the letter. */
static bool angle(struct dns_rdata_parser *parser, char plus, char minus, uint32_t degrees)
{
	static const uint32_t scale[] = {3600000, 60000, 1};
	const uint64_t max[] = {degrees, 59, 59999};
	uint64_t part, sum = 0;
	unsigned i;
	char letter;

	for (i = 0;; i++) {
		letter = *parser->token.text & ~0x20;
		if (i > 0 && parser->token.len == 1 && (letter == plus || letter == minus))
			break;
		if (i == 3 || !decimal(&parser->token, i == 2 ? 3 : 0, max[i], &part))
			return false;
		sum += part * scale[i];
		if (!dns_rdata_next(parser, "a position ends too early"))
			return false;
	}
	if (sum > (uint64_t)degrees * 3600000)
		return false;
	wire_put_u32(
		&parser->out, letter == plus ? EQUATOR + (uint32_t)sum : EQUATOR - (uint32_t)sum);
	return dns_rdata_next(parser, "a position ends too early");
}

static bool altitude(struct dns_rdata_parser *parser)
{
	struct dns_token token = parser->token;
	bool below = token.len > 1 && *token.text == '-';
	uint64_t cm;

	token.text += below;
	token.len -= below;
	if (!decimal(&token, 2, below ? SEA : UINT32_MAX - SEA, &cm))
		return false;
	wire_put_u32(&parser->out, (uint32_t)(below ? SEA - cm : SEA + cm));
	parser->token = dns_lexer_next(parser->lexer);
	return true;
}

/* Size and precisions: one decimal digit and a power of ten, in cm. */
static bool precision(struct dns_rdata_parser *parser, uint8_t *out)
{
	uint64_t cm;
	uint8_t power = 0;

	if (parser->token.kind != DNS_TOKEN_WORD)
		return true; /* the default stays */
	if (!decimal(&parser->token, 2, 9000000000, &cm))
		return false;
	for (; cm > 9; cm /= 10)
		power++;
	*out = (uint8_t)(cm << 4 | power);
	parser->token = dns_lexer_next(parser->lexer);
	return true;
}

bool dns_loc_parse(struct dns_rdata_parser *parser)
{
	uint8_t *head = wire_put_space(&parser->out, 4);

	parser->why = "expected a position as 52 22 23.000 N 4 53 32.000 E -2.00m 0m 10000m 10m";
	if (!head)
		return false;
	head[0] = 0;
	head[1] = 0x12; /* 1 m */
	head[2] = 0x16; /* 10 km */
	head[3] = 0x13; /* 10 m */
	return angle(parser, 'N', 'S', 90) && angle(parser, 'E', 'W', 180) && altitude(parser) &&
	       precision(parser, head + 1) && precision(parser, head + 2) &&
	       precision(parser, head + 3);
}
