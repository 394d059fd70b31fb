/* SPDX-License-Identifier: ISC */
/* Messages from the wire: see message.h. */
#include "lib/dns/message.h"

#include <string.h>

#include "lib/dns/rdata.h"
#include "lib/dns/types.h"

bool dns_message_open(struct dns_message *message, const uint8_t *data, size_t len)
{
	unsigned i;

	wire_reader_init(&message->in, data, len);
	message->id = wire_get_u16(&message->in);
	message->flags = wire_get_u16(&message->in);
	for (i = 0; i < 4; i++)
		message->counts[i] = wire_get_u16(&message->in);
	return !wire_failed(&message->in);
}

/* A pointer leads to before where the part that it ends began, so that none is followed twice. */
size_t dns_message_name(struct wire_reader *in, uint8_t out[DNS_NAME_MAX])
{
	struct wire_reader at = *in;
	size_t len = 0, target, began = wire_offset(in);
	bool jumped = false;
	const uint8_t *bytes;
	uint8_t label;

	while ((label = wire_get_u8(&at)) != 0) {
		if (label >= 0xc0) {
			target = (size_t)(label & 0x3f) << 8 | wire_get_u8(&at);
			if (!jumped)
				*in = at;
			jumped = true;
			if (at.failed || target >= began)
				return 0;
			began = target;
			at.at = at.start + target;
			continue;
		}
		bytes = wire_get_bytes(&at, label);
		if (!bytes || label > DNS_LABEL_MAX || len + label + 2 > DNS_NAME_MAX)
			return 0;
		out[len++] = label;
		memcpy(out + len, bytes, label);
		len += label;
	}
	if (at.failed)
		return 0;
	if (!jumped)
		*in = at;
	out[len] = 0;
	return len + 1;
}

bool dns_message_question(struct dns_message *message, struct dns_rr *rr)
{
	rr->owner_len = (uint8_t)dns_message_name(&message->in, rr->owner);
	rr->type = wire_get_u16(&message->in);
	rr->class = wire_get_u16(&message->in);
	return rr->owner_len && !wire_failed(&message->in);
}

static void lower_name(uint8_t *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] += 'a' - 'A';
	}
}

/* Rdata of a type whose names may be compressed, or are compared without case, into RR->buf. */
static bool expand(struct dns_rr *rr, const struct dns_type *layout, struct wire_reader *in)
{
	const uint8_t *end = in->at + rr->rdlen, *field, *bytes;
	size_t used = 0, len;
	int n;

	for (field = layout->fields; *field != DNS_FIELD_END; field++) {
		if (used + DNS_NAME_MAX > sizeof(rr->buf) || in->at > end)
			return false;
		if (*field == DNS_FIELD_NAME) {
			len = dns_message_name(in, rr->buf + used);
			if (!len)
				return false;
			lower_name(rr->buf + used, len);
			used += len;
			continue;
		}
		n = dns_field_len(*field, in->at, (size_t)(end - in->at));
		if (n < 0 || used + (size_t)n > sizeof(rr->buf))
			return false;
		bytes = wire_get_bytes(in, (size_t)n);
		memcpy(rr->buf + used, bytes, (size_t)n);
		used += (size_t)n;
	}
	if (in->at != end)
		return false;
	rr->rdata = rr->buf;
	rr->rdlen = (uint16_t)used;
	return true;
}

bool dns_message_record(struct dns_message *message, struct dns_rr *rr)
{
	struct wire_reader *in = &message->in;
	const struct dns_type *layout;
	struct wire_reader rdata;

	rr->at = wire_offset(in);
	if (!dns_message_question(message, rr))
		return false;
	rr->ttl = wire_get_u32(in);
	rr->rdlen = wire_get_u16(in);
	rdata = *in;
	rr->rdata = wire_get_bytes(in, rr->rdlen);
	if (!rr->rdata)
		return false;
	layout = dns_type_by_number(rr->type);
	if (!rr->rdlen || (layout && layout->flags & DNS_TYPE_META))
		return true;
	if (layout && layout->flags & DNS_TYPE_NODES && !expand(rr, layout, &rdata))
		return false;
	return dns_rdata_check(rr->type, rr->rdata, rr->rdlen);
}

size_t dns_message_answer(uint8_t *reply, size_t size, const uint8_t *data, size_t len,
	uint16_t flags, enum dns_rcode rcode)
{
	struct dns_message message;
	struct dns_rr rr;
	size_t end = 12;
	bool question;

	question = dns_message_open(&message, data, len) && message.counts[0] == 1 &&
		   dns_message_question(&message, &rr) && wire_offset(&message.in) <= size;
	if (question)
		end = wire_offset(&message.in);
	memcpy(reply, data, end);
	flags |= message.flags & (0x7800 | DNS_FLAG_RD);
	wire_set_u16(reply + 2, (uint16_t)(DNS_FLAG_QR | flags | (rcode & 15)));
	wire_set_u16(reply + 4, question);
	memset(reply + 6, 0, 6);
	return end;
}

static bool has_opt(const uint8_t *data, size_t len)
{
	struct dns_message message;
	struct dns_rr rr;
	unsigned i, records;

	if (!dns_message_open(&message, data, len))
		return false;
	records = message.counts[1] + message.counts[2] + message.counts[3];
	for (i = 0; i < message.counts[0]; i++) {
		if (!dns_message_question(&message, &rr))
			return false;
	}
	for (i = 0; i < records; i++) {
		if (!dns_message_record(&message, &rr))
			return false;
		if (rr.type == DNS_OPT)
			return true;
	}
	return false;
}

size_t dns_message_explain(uint8_t *reply, size_t reply_len, size_t size, const uint8_t *message,
	size_t len, uint16_t udp_size, enum dns_extended_error error)
{
	static const uint8_t opt[] = {
		0, 0, DNS_OPT, 0, 0, 0, 0, 0, 0, 0, 6, 0, DNS_OPTION_ERROR, 0, 2, 0, 0};
	uint8_t *p = reply + reply_len;

	if (size - reply_len < sizeof(opt) || !has_opt(message, len))
		return reply_len;
	memcpy(p, opt, sizeof(opt));
	wire_set_u16(p + 3, udp_size);
	wire_set_u16(p + 15, (uint16_t)error);
	reply[11] = 1;
	return reply_len + sizeof(opt);
}
