/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/message.h"

#include <string.h>

#define COOKIE     0x63825363
#define SNAME_AT   44
#define SNAME_LEN  64
#define FILE_AT    108
#define FILE_LEN   128
#define PIECE_MAX  255 /* bytes of a value that one length byte can tell */
#define CHADDR_LEN 16

enum overload { /* bits of option 52 */
	OVERLOAD_FILE = 1,
	OVERLOAD_SNAME = 2
};

/* The fields that hold options, in the order of RFC 3396 section 7. */
struct field {
	const uint8_t *at;
	size_t len;
};

static bool read_fixed(struct dhcp_fixed *fixed, const uint8_t *data)
{
	struct wire_reader r;

	wire_reader_init(&r, data, DHCP_FIXED);
	fixed->op = wire_get_u8(&r);
	fixed->htype = wire_get_u8(&r);
	fixed->hlen = wire_get_u8(&r);
	fixed->hops = wire_get_u8(&r);
	fixed->xid = wire_get_u32(&r);
	fixed->secs = wire_get_u16(&r);
	fixed->flags = wire_get_u16(&r);
	fixed->ciaddr = wire_get_u32(&r);
	fixed->yiaddr = wire_get_u32(&r);
	fixed->siaddr = wire_get_u32(&r);
	fixed->giaddr = wire_get_u32(&r);
	if (fixed->op != DHCP_OP_REQUEST || fixed->hlen > CHADDR_LEN)
		return false;
	memset(fixed->chaddr, 0, sizeof(fixed->chaddr));
	memcpy(fixed->chaddr, wire_get_bytes(&r, CHADDR_LEN), fixed->hlen);
	wire_get_bytes(&r, SNAME_LEN + FILE_LEN);
	return wire_get_u32(&r) == COOKIE;
}

/* Moves to the next option; false at END, or past the field's end, which latches failure. */
static bool next_option(struct wire_reader *r, uint8_t *code, const uint8_t **value, size_t *len)
{
	do
		*code = wire_get_u8(r);
	while (*code == DHCP_OPTION_PAD && !wire_failed(r));
	if (*code == DHCP_OPTION_END || wire_failed(r))
		return false;
	*len = wire_get_u8(r);
	*value = wire_get_bytes(r, *len);
	return !wire_failed(r);
}

/* The options of a message in the order in which each comes first. */
struct census {
	uint8_t codes[UINT8_MAX];
	unsigned count;
};

static void count_bytes(
	struct dhcp_message *message, struct census *census, uint8_t code, size_t len)
{
	uint32_t bit = 1u << code % 32;

	if (!(message->present[code / 32] & bit)) {
		message->present[code / 32] |= bit;
		message->len[code] = 0;
		census->codes[census->count++] = code;
	}
	message->len[code] = (uint16_t)(message->len[code] + len);
}

/*
 * Counts each option's bytes. OVERLOAD: NULL but for the options field itself, where option 52
 * stands; its value in another field means nothing.
 */
static bool measure(struct dhcp_message *message, struct census *census, const struct field *field,
	unsigned *overload)
{
	struct wire_reader r;
	const uint8_t *value;
	uint8_t code;
	size_t len;

	wire_reader_init(&r, field->at, field->len);
	while (next_option(&r, &code, &value, &len)) {
		count_bytes(message, census, code, len);
		if (code != DHCP_OPTION_OVERLOAD || !overload)
			continue;
		if (len != 1 || value[0] < 1 || value[0] > 3)
			return false;
		*overload = value[0];
	}
	return !wire_failed(&r);
}

/* Copies the field's options, which are known to be sound, to where the next piece of each goes. */
static void gather(struct dhcp_message *message, const struct field *field, uint16_t *next)
{
	struct wire_reader r;
	const uint8_t *value;
	uint8_t code;
	size_t len;

	wire_reader_init(&r, field->at, field->len);
	while (next_option(&r, &code, &value, &len)) {
		memcpy(message->bytes + next[code], value, len);
		next[code] = (uint16_t)(next[code] + len);
	}
}

static bool read_options(struct dhcp_message *message, const uint8_t *data, size_t len)
{
	struct field fields[3] = {{data + DHCP_FIXED, len - DHCP_FIXED}};
	struct census census = {.count = 0};
	unsigned overload = 0;
	uint16_t next[256], at = 0;
	size_t count = 1;

	if (!measure(message, &census, &fields[0], &overload))
		return false;
	if (overload & OVERLOAD_FILE)
		fields[count++] = (struct field){data + FILE_AT, FILE_LEN};
	if (overload & OVERLOAD_SNAME)
		fields[count++] = (struct field){data + SNAME_AT, SNAME_LEN};
	for (size_t i = 1; i < count; i++)
		if (!measure(message, &census, &fields[i], NULL))
			return false;
	for (unsigned i = 0; i < census.count; i++) {
		uint8_t code = census.codes[i];

		message->start[code] = next[code] = at; /* the sum is below LEN: it fits bytes[] */
		at = (uint16_t)(at + message->len[code]);
	}
	for (size_t i = 0; i < count; i++)
		gather(message, &fields[i], next);
	return true;
}

static bool from_client(uint8_t type)
{
	return type == DHCP_DISCOVER || type == DHCP_REQUEST || type == DHCP_DECLINE ||
	       type == DHCP_RELEASE || type == DHCP_INFORM || type == DHCP_LEASEQUERY;
}

enum dhcp_verdict dhcp_message_read(struct dhcp_message *message, const void *data, size_t len)
{
	const uint8_t *type;
	size_t type_len;

	if (len < DHCP_FIXED || len > DHCP_MESSAGE_MAX)
		return DHCP_BAD_SIZE;
	memset(message->present, 0, sizeof(message->present));
	if (!read_fixed(&message->fixed, data))
		return DHCP_BAD_HEADER;
	if (!read_options(message, data, len))
		return DHCP_BAD_OPTIONS;
	type = dhcp_message_option(message, DHCP_OPTION_TYPE, &type_len);
	if (!type || type_len != 1 || !from_client(type[0]))
		return DHCP_BAD_TYPE;
	message->type = type[0];
	return DHCP_TAKEN;
}

const uint8_t *dhcp_message_option(const struct dhcp_message *message, uint8_t code, size_t *len)
{
	if (!(message->present[code / 32] >> code % 32 & 1))
		return NULL;
	*len = message->len[code];
	return message->bytes + message->start[code];
}

bool dhcp_message_option_u32(const struct dhcp_message *message, uint8_t code, uint32_t *value)
{
	struct wire_reader r;
	size_t len;
	const uint8_t *bytes = dhcp_message_option(message, code, &len);

	if (!bytes || len != 4)
		return false;
	wire_reader_init(&r, bytes, len);
	*value = wire_get_u32(&r);
	return true;
}

void dhcp_reply_begin(struct wire_writer *w, const struct dhcp_fixed *fixed)
{
	uint8_t *names;

	wire_put_u8(w, DHCP_OP_REPLY);
	wire_put_u8(w, fixed->htype);
	wire_put_u8(w, fixed->hlen);
	wire_put_u8(w, fixed->hops);
	wire_put_u32(w, fixed->xid);
	wire_put_u16(w, fixed->secs);
	wire_put_u16(w, fixed->flags);
	wire_put_u32(w, fixed->ciaddr);
	wire_put_u32(w, fixed->yiaddr);
	wire_put_u32(w, fixed->siaddr);
	wire_put_u32(w, fixed->giaddr);
	wire_put_bytes(w, fixed->chaddr, CHADDR_LEN);
	names = wire_put_space(w, SNAME_LEN + FILE_LEN);
	if (names)
		memset(names, 0, SNAME_LEN + FILE_LEN);
	wire_put_u32(w, COOKIE);
}

void dhcp_reply_option(struct wire_writer *w, uint8_t code, const void *value, size_t len)
{
	const uint8_t *at = value;
	uint8_t *p;
	size_t piece;

	do {
		piece = len < PIECE_MAX ? len : PIECE_MAX;
		p = wire_put_space(w, 2 + piece);
		if (!p)
			return;
		p[0] = code;
		p[1] = (uint8_t)piece;
		if (piece)
			memcpy(p + 2, at, piece);
		at = piece ? at + piece : at;
		len -= piece;
	} while (len);
}

void dhcp_reply_end(struct wire_writer *w)
{
	uint8_t *pads;
	size_t len;

	wire_put_u8(w, DHCP_OPTION_END);
	if (wire_written(w) >= DHCP_MESSAGE_MIN)
		return;
	len = DHCP_MESSAGE_MIN - wire_written(w);
	pads = wire_put_space(w, len);
	if (pads)
		memset(pads, DHCP_OPTION_PAD, len);
}
