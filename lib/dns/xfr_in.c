/* SPDX-License-Identifier: ISC */
/* Zone transfers in: see xfr_in.h. */
#include "lib/dns/xfr_in.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/query.h"
#include "lib/dns/rdata.h"
#include "lib/dns/types.h"
#include "lib/dns/zonemd.h"

#define SOA_NUMBERS 20 /* bytes of a SOA's rdata behind its names */

static uint32_t serial_of(const uint8_t *soa, size_t len)
{
	return wire_u32(soa + len - SOA_NUMBERS);
}

/* ---- questions ---- */

static void put_question(
	struct wire_writer *w, const struct dns_key *name, uint16_t id, uint16_t type, bool soa)
{
	wire_put_u16(w, id);
	wire_put_u16(w, 0);
	wire_put_u16(w, 1);
	wire_put_u16(w, 0);
	wire_put_u16(w, soa);
	wire_put_u16(w, 0);
	wire_put_bytes(w, name->wire, name->len);
	wire_put_u16(w, type);
	wire_put_u16(w, DNS_CLASS_IN);
}

size_t dns_soa_query(const struct dns_key *name, uint16_t id, uint8_t *buf, size_t size)
{
	struct wire_writer w;

	wire_writer_init(&w, buf, size);
	put_question(&w, name, id, DNS_SOA, false);
	return wire_written(&w);
}

size_t dns_xfr_in_query(struct dns_xfr_in *in, uint16_t id, uint8_t *buf, size_t size)
{
	struct wire_writer w;

	in->id = id;
	wire_writer_init(&w, buf, size);
	put_question(&w, &in->name, id, in->incremental ? DNS_IXFR : DNS_AXFR, in->incremental);
	if (in->incremental) { /* RFC 1995 section 3: only its serial matters */
		wire_put_u16(&w, 0xc000 | 12);
		wire_put_u16(&w, DNS_SOA);
		wire_put_u16(&w, DNS_CLASS_IN);
		wire_put_u32(&w, 0);
		wire_put_u16(&w, 2 + SOA_NUMBERS);
		wire_put_u16(&w, 0);
		wire_put_u32(&w, in->serial);
		memset(wire_put_space(&w, SOA_NUMBERS - 4), 0, SOA_NUMBERS - 4);
	}
	return wire_written(&w);
}

static bool is_answer(const struct dns_message *message, uint16_t id)
{
	return message->id == id && message->flags & DNS_FLAG_QR &&
	       DNS_OPCODE(message->flags) == DNS_QUERY && !(message->flags & DNS_FLAG_TC);
}

/* Steps over the questions, which must be ours. */
static bool skip_questions(
	struct dns_message *message, struct dns_rr *rr, const struct dns_key *name)
{
	unsigned i;

	for (i = message->counts[0]; i; i--) {
		if (!dns_message_question(message, rr) || !dns_name_equal(rr->owner, name->wire))
			return false;
	}
	return true;
}

int dns_soa_answer(
	const struct dns_key *name, uint16_t id, const uint8_t *data, size_t len, uint32_t *serial)
{
	struct dns_message message;
	struct dns_rr rr;
	unsigned i;

	if (!dns_message_open(&message, data, len) || !is_answer(&message, id) ||
		message.flags & 15 || !(message.flags & DNS_FLAG_AA) ||
		!skip_questions(&message, &rr, name))
		return -EBADMSG;
	for (i = message.counts[1]; i; i--) {
		if (!dns_message_record(&message, &rr))
			return -EBADMSG;
		if (rr.type == DNS_SOA && rr.rdlen > SOA_NUMBERS &&
			dns_name_equal(rr.owner, name->wire)) {
			*serial = serial_of(rr.rdata, rr.rdlen);
			return 0;
		}
	}
	return -EBADMSG;
}

/* ---- answers ---- */

void dns_xfr_in_begin(struct dns_xfr_in *in, const struct dns_key *name, bool incremental,
	bool have, uint32_t serial, size_t limit)
{
	memset(in, 0, sizeof(*in));
	in->name = *name;
	in->incremental = incremental && have;
	in->have = have;
	in->serial = serial;
	in->limit = limit ? limit : SIZE_MAX;
}

void dns_xfr_in_end(struct dns_xfr_in *in)
{
	dns_zone_free(in->zone);
	dns_change_release(in->changes);
	dns_change_bytes_fini(&in->bytes);
	in->zone = NULL;
	in->changes = in->last = NULL;
	in->state = XFR_OVER;
}

static enum dns_xfr_result fail(struct dns_xfr_in *in, const char *why)
{
	dns_xfr_in_end(in);
	in->why = why;
	return DNS_XFR_FAILED;
}

static enum dns_xfr_result add_to_zone(struct dns_xfr_in *in, const struct dns_rr *rr)
{
	struct dns_node *node;
	struct dns_key owner;
	const char *why, *warning;

	dns_key_init(&owner, rr->owner, rr->owner_len);
	node = dns_zone_node(in->zone, &owner);
	if (!node)
		return fail(in, "the zone does not fit its size limit or the memory");
	why = dns_zone_add(in->zone, node, rr->type, rr->ttl, rr->rdata, rr->rdlen, &warning);
	return why ? fail(in, why) : DNS_XFR_MORE;
}

static enum dns_xfr_result add_to_change(struct dns_xfr_in *in, const struct dns_rr *rr, bool add)
{
	struct dns_change_record record = {
		add, rr->owner_len, rr->type, rr->rdlen, rr->ttl, NULL, rr->rdata};
	struct dns_key owner;
	int error;

	dns_key_init(&owner, rr->owner, rr->owner_len);
	record.owner = owner.wire;
	error = dns_change_put(&in->bytes, &record, in->limit - in->change_bytes);
	if (error)
		return fail(in, "the differences do not fit their limit or the memory");
	return DNS_XFR_MORE;
}

static enum dns_xfr_result end_change(struct dns_xfr_in *in)
{
	struct dns_change *change;

	in->change_bytes += in->bytes.len;
	change = dns_change_create(in->from, in->to, &in->bytes);
	if (!change)
		return fail(in, "no memory for the differences");
	if (in->last)
		in->last->next = change;
	else
		in->changes = change;
	in->last = change;
	return DNS_XFR_MORE;
}

/* A difference begins with the SOA before it. */
static enum dns_xfr_result begin_change(
	struct dns_xfr_in *in, const struct dns_rr *rr, uint32_t expected)
{
	in->from = serial_of(rr->rdata, rr->rdlen);
	if (in->from != expected)
		return fail(in, "a difference does not start from the version before it");
	in->state = XFR_DELETE;
	return add_to_change(in, rr, false);
}

static enum dns_xfr_result finish_zone(struct dns_xfr_in *in)
{
	const char *why = dns_zone_finish(in->zone, NULL, NULL);

	if (!why)
		why = dns_zonemd_check(in->zone);
	if (why)
		return fail(in, why);
	in->state = XFR_OVER;
	return DNS_XFR_ZONE;
}

static bool is_first_soa(const struct dns_xfr_in *in, const struct dns_rr *rr)
{
	return rr->rdlen == in->soa_len && memcmp(rr->rdata, in->soa, in->soa_len) == 0;
}

static enum dns_xfr_result take_first(struct dns_xfr_in *in, const struct dns_rr *rr)
{
	if (rr->type != DNS_SOA)
		return fail(in, "the transfer does not begin with a SOA");
	in->target = serial_of(rr->rdata, rr->rdlen);
	memcpy(in->soa, rr->rdata, rr->rdlen);
	in->soa_len = rr->rdlen;
	in->soa_ttl = rr->ttl;
	in->state = XFR_SECOND;
	if (in->have && in->target == in->serial) {
		in->state = XFR_OVER;
		return DNS_XFR_CURRENT;
	}
	if (in->have && !dns_serial_newer(in->target, in->serial))
		return fail(in, "the primary's serial is older than ours");
	return DNS_XFR_MORE;
}

/* The second record tells which kind of answer it is. */
static enum dns_xfr_result take_second(struct dns_xfr_in *in, const struct dns_rr *rr)
{
	struct dns_rr soa;
	enum dns_xfr_result result;

	if (in->incremental && rr->type == DNS_SOA && !is_first_soa(in, rr))
		return begin_change(in, rr, in->serial);
	in->zone = dns_zone_create(&in->name, 0, in->limit == SIZE_MAX ? 0 : in->limit);
	if (!in->zone)
		return fail(in, "no memory for the zone");
	in->zone->pause = in->pause;
	in->state = XFR_AXFR;
	memcpy(soa.owner, in->name.wire, in->name.len);
	soa.owner_len = (uint8_t)in->name.len;
	soa.type = DNS_SOA;
	soa.ttl = in->soa_ttl;
	soa.rdata = in->soa;
	soa.rdlen = in->soa_len;
	result = add_to_zone(in, &soa);
	if (result != DNS_XFR_MORE)
		return result;
	if (rr->type == DNS_SOA)
		return is_first_soa(in, rr) ? finish_zone(in)
					    : fail(in, "the transfer's SOA records differ");
	return add_to_zone(in, rr);
}

static enum dns_xfr_result take_in_change(struct dns_xfr_in *in, const struct dns_rr *rr)
{
	enum dns_xfr_result result;

	if (rr->type != DNS_SOA)
		return add_to_change(in, rr, in->state == XFR_ADD);
	if (in->state == XFR_DELETE) {
		in->to = serial_of(rr->rdata, rr->rdlen);
		if (!dns_serial_newer(in->to, in->from) || dns_serial_newer(in->to, in->target))
			return fail(in, "a difference leads to a serial that it cannot lead to");
		in->state = XFR_ADD;
		return add_to_change(in, rr, true);
	}
	result = end_change(in);
	if (result != DNS_XFR_MORE)
		return result;
	if (in->to != in->target)
		return begin_change(in, rr, in->to);
	if (!is_first_soa(in, rr))
		return fail(in, "the transfer's SOA records differ");
	in->state = XFR_OVER;
	return DNS_XFR_CHANGES;
}

static bool is_within(const struct dns_xfr_in *in, const struct dns_rr *rr)
{
	struct dns_key owner;
	size_t i;

	dns_key_init(&owner, rr->owner, rr->owner_len);
	if (owner.labels < in->name.labels)
		return false;
	i = (size_t)(owner.labels - in->name.labels);
	if (rr->type == DNS_SOA && i)
		return false;
	return owner.len - owner.at[i] == in->name.len &&
	       memcmp(owner.wire + owner.at[i], in->name.wire, in->name.len) == 0;
}

static bool is_data(const struct dns_rr *rr)
{
	const struct dns_type *layout = dns_type_by_number(rr->type);

	return rr->class == DNS_CLASS_IN && !(layout && layout->flags & DNS_TYPE_META) &&
	       dns_rdata_check(rr->type, rr->rdata, rr->rdlen);
}

static enum dns_xfr_result take_record(struct dns_xfr_in *in, const struct dns_rr *rr)
{
	if (!is_data(rr))
		return fail(in, "a record that cannot be in a zone");
	if (!is_within(in, rr))
		return fail(in, "a record outside of the zone");
	in->records++;
	switch (in->state) {
	case XFR_START:
		return take_first(in, rr);
	case XFR_SECOND:
		return take_second(in, rr);
	case XFR_AXFR:
		if (rr->type != DNS_SOA)
			return add_to_zone(in, rr);
		return is_first_soa(in, rr) ? finish_zone(in)
					    : fail(in, "the transfer's SOA records differ");
	case XFR_DELETE:
	case XFR_ADD:
		return take_in_change(in, rr);
	default:
		return fail(in, "records behind the transfer's end");
	}
}

static enum dns_xfr_result judge_rcode(struct dns_xfr_in *in, unsigned rcode)
{
	/* Some say so of IXFR what they would not say of AXFR. */
	if (in->incremental && in->state == XFR_START) {
		dns_xfr_in_end(in);
		return DNS_XFR_NO_IXFR;
	}
	switch (rcode) {
	case DNS_REFUSED:
		return fail(in, "the primary says REFUSED");
	case DNS_NOTAUTH:
		return fail(in, "the primary says NOTAUTH");
	default:
		return fail(in, "the primary says that it failed");
	}
}

/*
 * A lone SOA that is newer, as the whole of an answer over TCP: what some servers send that have no
 * differences (RFC 1995 section 2 has it for UDP); others send it as the first of many messages.
 * These are told apart by what follows, so the reader waits for more.
 */
enum dns_xfr_result dns_xfr_in_take(struct dns_xfr_in *in, const uint8_t *data, size_t len)
{
	enum dns_xfr_result result = DNS_XFR_MORE;
	struct dns_message message;
	struct dns_rr rr;
	unsigned i;

	if (!dns_message_open(&message, data, len) || !is_answer(&message, in->id))
		return fail(in, "a message that is no answer to the question");
	if (message.flags & 15)
		return judge_rcode(in, message.flags & 15);
	if (!skip_questions(&message, &rr, &in->name))
		return fail(in, "an answer to another question");
	if (!message.counts[1])
		return fail(in, "a message without records");
	for (i = message.counts[1]; i; i--) {
		if (!dns_message_record(&message, &rr))
			return fail(in, "a malformed record");
		if (result != DNS_XFR_MORE)
			return fail(in, "records behind the transfer's end");
		result = take_record(in, &rr);
		if (result == DNS_XFR_FAILED || result == DNS_XFR_CURRENT)
			return result; /* what follows is of no use */
	}
	return result;
}
