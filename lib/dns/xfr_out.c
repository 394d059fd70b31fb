/* SPDX-License-Identifier: ISC */
/* Zone transfers out: see xfr_out.h. */
#include "lib/dns/xfr_out.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/message.h"
#include "lib/dns/query.h"
#include "lib/dns/types.h"

#define QUESTION_AT 12

/* ---- what was asked ---- */

/* The serial that an IXFR request's SOA tells (RFC 1995 section 3). */
static bool get_serial(struct dns_message *message, struct dns_rr *rr, uint32_t *serial)
{
	unsigned i;

	for (i = message->counts[1] + message->counts[2]; i; i--) {
		if (!dns_message_record(message, rr))
			return false;
		if (rr->type == DNS_SOA && rr->rdlen >= 20) {
			*serial = wire_u32(rr->rdata + rr->rdlen - 20);
			return true;
		}
	}
	return false;
}

int dns_xfr_out_begin(struct dns_xfr_out *out, struct dns_zone *zone,
	const struct dns_journal *journal, const uint8_t *request, size_t len, bool datagram)
{
	struct dns_message message;
	struct dns_rr rr;
	uint32_t serial = 0;

	memset(out, 0, sizeof(*out));
	if (!dns_message_open(&message, request, len) || !dns_message_question(&message, &rr))
		return -EBADMSG;
	out->id = message.id;
	out->flags = message.flags;
	out->type = rr.type;
	memcpy(out->name, rr.owner, rr.owner_len);
	out->name_len = rr.owner_len;
	if (rr.type == DNS_IXFR) {
		if (!get_serial(&message, &rr, &serial))
			return -EBADMSG;
		out->single = datagram || !dns_serial_newer(dns_zone_serial(zone), serial);
		if (!out->single && journal)
			out->change = dns_change_hold(dns_journal_find(journal, serial));
	}
	out->zone = zone;
	dns_zone_hold(zone);
	out->node = zone->first;
	return 0;
}

void dns_xfr_out_end(struct dns_xfr_out *out)
{
	dns_zone_free(out->zone);
	dns_change_release(out->change);
	out->zone = NULL;
	out->change = NULL;
}

/* ---- records ---- */

/* Where in NAME the zone's own name starts, or its length if it is not below the zone. */
static size_t find_apex(const struct dns_zone *zone, const uint8_t *name, size_t len)
{
	size_t at = 0;

	while (at < len && len - at != zone->name_len)
		at += (size_t)name[at] + 1;
	return at < len && memcmp(name + at, zone->name, zone->name_len) == 0 ? at : len;
}

/* Names within the zone end in a pointer to the question. */
static void put_name(
	const struct dns_xfr_out *out, struct wire_writer *w, const uint8_t *name, size_t len)
{
	size_t apex = find_apex(out->zone, name, len);

	if (apex == len || out->zone->name_len < 3) {
		wire_put_bytes(w, name, len);
		return;
	}
	wire_put_bytes(w, name, apex);
	wire_put_u16(w, 0xc000 | QUESTION_AT);
}

static void put_owner_node(
	const struct dns_xfr_out *out, struct wire_writer *w, const struct dns_node *node)
{
	uint8_t name[DNS_NAME_MAX];
	size_t len = dns_node_name(node, name);

	put_name(out, w, name, len);
}

static void put_rdata(
	const struct dns_xfr_out *out, struct wire_writer *w, const struct dns_record *record)
{
	const uint8_t *bytes = dns_record_bytes(record);
	size_t len_at = wire_written(w);
	uint8_t name[DNS_NAME_MAX];
	unsigned i;
	size_t len;

	wire_put_u16(w, 0);
	wire_put_bytes(w, bytes, record->prefix);
	for (i = 0; i < record->names; i++) {
		len = dns_node_name(dns_record_names(record)[i], name);
		if (record->flags & DNS_RECORD_COMPRESS)
			put_name(out, w, name, len);
		else
			wire_put_bytes(w, name, len);
	}
	wire_put_bytes(w, bytes + record->prefix, (size_t)(record->len - record->prefix));
	if (!wire_overflowed(w))
		wire_set_u16(w->start + len_at, (uint16_t)(wire_written(w) - len_at - 2));
}

static bool put_record(struct dns_xfr_out *out, struct wire_writer *w, const struct dns_node *node,
	const struct dns_rrset *rrset, const struct dns_record *record)
{
	put_owner_node(out, w, node);
	wire_put_bytes(w, rrset->head, sizeof(rrset->head));
	put_rdata(out, w, record);
	return !wire_overflowed(w);
}

static bool put_soa(struct dns_xfr_out *out, struct wire_writer *w)
{
	const struct dns_zone *zone = out->zone;

	return put_record(out, w, zone->apex, zone->soa, zone->soa->records);
}

/* ---- one step: a record written (true), or none that fits or is left (false) ---- */

static bool move_on(struct dns_xfr_out *out)
{
	while (!out->record) {
		if (out->rrset) {
			out->rrset = out->rrset->next;
		} else {
			if (!out->node)
				return false;
			out->rrset = out->node->rrsets;
		}
		if (!out->rrset)
			out->node = out->node->next;
		else if (out->rrset != out->zone->soa)
			out->record = out->rrset->records;
	}
	return true;
}

static bool step_zone(struct dns_xfr_out *out, struct wire_writer *w)
{
	if (!move_on(out)) {
		out->phase = DNS_XFR_LAST_SOA;
		return true;
	}
	if (!put_record(out, w, out->node, out->rrset, out->record))
		return false;
	out->record = out->record->next;
	return true;
}

static bool step_change(struct dns_xfr_out *out, struct wire_writer *w)
{
	const struct dns_change_bytes *bytes = &out->change->bytes;
	struct dns_change_record record;
	struct dns_change *next;
	size_t at = out->at;

	if (!dns_change_get(bytes->data, bytes->len, &at, &record)) {
		/* What came after the transfer's beginning is not for it. */
		bool last = out->change->to == dns_zone_serial(out->zone);

		next = last ? NULL : dns_change_hold(out->change->next);
		if (!next) {
			out->phase = DNS_XFR_LAST_SOA;
			return true;
		}
		dns_change_release(out->change);
		out->change = next;
		out->at = 0;
		return true;
	}
	put_name(out, w, record.owner, record.owner_len);
	wire_put_u16(w, record.type);
	wire_put_u16(w, DNS_CLASS_IN);
	wire_put_u32(w, record.ttl);
	wire_put_u16(w, record.rdlen);
	wire_put_bytes(w, record.rdata, record.rdlen);
	if (wire_overflowed(w))
		return false;
	out->at = at;
	return true;
}

static bool step(struct dns_xfr_out *out, struct wire_writer *w, uint16_t *count)
{
	uint8_t *before = w->at;
	bool going;

	switch (out->phase) {
	case DNS_XFR_FIRST_SOA:
		going = put_soa(out, w);
		if (going)
			out->phase = out->single ? DNS_XFR_DONE : DNS_XFR_RECORDS;
		break;
	case DNS_XFR_RECORDS:
		going = out->change ? step_change(out, w) : step_zone(out, w);
		break;
	case DNS_XFR_LAST_SOA:
		going = put_soa(out, w);
		if (going)
			out->phase = DNS_XFR_DONE;
		break;
	default:
		going = false;
	}
	if (w->failed) { /* for the next message */
		w->at = before;
		w->failed = false;
	}
	*count += w->at != before;
	return going;
}

size_t dns_xfr_out_next(struct dns_xfr_out *out, uint8_t *buf, size_t size)
{
	struct wire_writer w;
	uint16_t count = 0;

	if (out->phase == DNS_XFR_DONE)
		return 0;
	wire_writer_init(&w, buf, size);
	wire_put_u16(&w, out->id);
	wire_put_u16(&w, (uint16_t)(DNS_FLAG_QR | DNS_FLAG_AA | (out->flags & DNS_FLAG_RD)));
	wire_put_u16(&w, 1);
	wire_put_u16(&w, 0);
	wire_put_u32(&w, 0);
	wire_put_bytes(&w, out->name, out->name_len);
	wire_put_u16(&w, out->type);
	wire_put_u16(&w, DNS_CLASS_IN);
	while (wire_written(&w) < DNS_XFR_MESSAGE && step(out, &w, &count))
		;
	wire_set_u16(buf + 6, count);
	return count ? wire_written(&w) : 0;
}
