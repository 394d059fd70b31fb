/* SPDX-License-Identifier: ISC */
/* Options of a connection: see options.h. */
#include "lib/dns/options.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/types.h"

#define HEADER     12u
#define FIXED      10u /* of a record, behind its owner */
#define OPTION_LEN 4u  /* of an option without its data */
#define KEEPALIVE  11u
#define PADDING    12u

/* Where what follows the name at AT begins; above LEN when it is cut off. */
static size_t behind_name(const uint8_t *message, size_t len, size_t at)
{
	while (at < len && message[at] && message[at] < 64)
		at += (size_t)message[at] + 1;
	if (at >= len)
		return len + 1;
	return at + (message[at] ? 2u : 1u);
}

/* Where the fixed part of the OPT record is, or 0. */
static size_t find_opt(const uint8_t *message, size_t len)
{
	size_t at = HEADER;
	unsigned records;

	if (len < HEADER)
		return 0;
	for (unsigned i = wire_u16(message + 4); i && at <= len; i--)
		at = behind_name(message, len, at) + 4;
	records = (unsigned)wire_u16(message + 6) + wire_u16(message + 8) + wire_u16(message + 10);
	for (; records && at < len; records--) {
		bool root = message[at] == 0;

		at = behind_name(message, len, at);
		if (at + FIXED > len || at + FIXED + wire_u16(message + at + 8) > len)
			return 0;
		if (root && wire_u16(message + at) == DNS_OPT)
			return at;
		at += FIXED + wire_u16(message + at + 8);
	}
	return 0;
}

void dns_wishes_read(struct dns_wishes *wishes, const uint8_t *query, size_t len)
{
	size_t at = find_opt(query, len), end;

	*wishes = (struct dns_wishes){false, false};
	if (!at)
		return;
	end = at + FIXED + wire_u16(query + at + 8);
	at += FIXED;
	while (at + OPTION_LEN <= end) {
		uint16_t code = wire_u16(query + at), option = wire_u16(query + at + 2);

		at += OPTION_LEN + option;
		wishes->keepalive |= code == KEEPALIVE && option == 0;
		wishes->padding |= code == PADDING && at <= end;
	}
}

/* Room for an option with DATA bytes at the end: sets its head. The new length, or 0. */
static size_t add_option(uint8_t *reply, size_t len, size_t size, uint16_t code, size_t data)
{
	size_t opt = find_opt(reply, len), rdlen;

	if (!opt || len + OPTION_LEN + data > size)
		return 0;
	rdlen = wire_u16(reply + opt + 8);
	if (opt + FIXED + rdlen != len || rdlen + OPTION_LEN + data > UINT16_MAX)
		return 0;
	wire_set_u16(reply + opt + 8, (uint16_t)(rdlen + OPTION_LEN + data));
	wire_set_u16(reply + len, code);
	wire_set_u16(reply + len + 2, (uint16_t)data);
	return len + OPTION_LEN + data;
}

size_t dns_add_keepalive(uint8_t *reply, size_t len, size_t size, uint16_t tenths)
{
	size_t end = add_option(reply, len, size, KEEPALIVE, sizeof(tenths));

	if (!end)
		return len;
	wire_set_u16(reply + end - sizeof(tenths), tenths);
	return end;
}

size_t dns_add_padding(uint8_t *reply, size_t len, size_t size, size_t behind)
{
	size_t bare = len + OPTION_LEN + behind, end;
	size_t zeros = (DNS_PADDING_BLOCK - bare % DNS_PADDING_BLOCK) % DNS_PADDING_BLOCK;

	if (bare > size)
		return len;
	zeros = MIN(zeros, size - bare);
	end = add_option(reply, len, size, PADDING, zeros);
	if (!end)
		return len;
	memset(reply + end - zeros, 0, zeros);
	return end;
}
