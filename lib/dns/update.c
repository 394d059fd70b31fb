/* SPDX-License-Identifier: ISC */
/* Dynamic updates: see update.h. Sections are those of RFC 2136. */
#include "lib/dns/update.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/message.h"
#include "lib/dns/rdata.h"
#include "lib/dns/types.h"

#define CLASS_NONE        254
#define PREREQUISITES_MAX 1000 /* each is held against the others */

enum {
	ZONE,
	PREREQUISITE,
	UPDATE,
	ADDITIONAL
}; /* the sections' places in the header */

struct update {
	struct dns_edit *edit;
	struct dns_zone *zone;
	struct dns_message message;
	struct dns_rr rr;
	struct dns_key owner; /* of RR */
	struct dns_node *node;
	bool soa_given; /* the serial is the client's */
};

enum dns_rcode dns_update_zone(struct dns_key *zone, const uint8_t *request, size_t len)
{
	struct dns_message message;
	struct dns_rr rr;

	if (!dns_message_open(&message, request, len) || message.counts[ZONE] != 1 ||
		!dns_message_question(&message, &rr) || rr.type != DNS_SOA)
		return DNS_FORMERR;
	dns_key_init(zone, rr.owner, rr.owner_len);
	return rr.class == DNS_CLASS_IN ? DNS_NOERROR : DNS_NOTAUTH;
}

/* ---- records of the request ---- */

static bool is_within(const struct update *u)
{
	const struct dns_key *owner = &u->owner;
	const struct dns_zone *zone = u->zone;
	size_t i;

	if (owner->labels < zone->apex->labels)
		return false;
	i = (size_t)(owner->labels - zone->apex->labels);
	return owner->len - owner->at[i] == zone->name_len &&
	       memcmp(owner->wire + owner->at[i], zone->name, zone->name_len) == 0;
}

/* The next record and, if it exists, its owner's node. */
static enum dns_rcode next_record(struct update *u)
{
	if (!dns_message_record(&u->message, &u->rr))
		return DNS_FORMERR;
	dns_key_init(&u->owner, u->rr.owner, u->rr.owner_len);
	if (!is_within(u))
		return DNS_NOTZONE;
	u->node = dns_zone_find(u->zone, &u->owner, 0);
	return DNS_NOERROR;
}

static bool is_meta(uint16_t type)
{
	const struct dns_type *layout = dns_type_by_number(type);

	return type == 0 || (layout && layout->flags & DNS_TYPE_META) || type == DNS_IXFR ||
	       type == DNS_AXFR || type == DNS_MAILA || type == DNS_MAILB || type == DNS_ANY;
}

static const struct dns_rrset *set_of(const struct update *u, uint16_t type)
{
	return u->node ? dns_node_rrset(u->node, type) : NULL;
}

/* ---- prerequisites, section 3.2 ---- */

/* Whether RR is one of the set that the record at hand belongs to. */
static bool is_same_set(const struct update *u, const struct dns_rr *rr)
{
	return rr->class == DNS_CLASS_IN && rr->type == u->rr.type &&
	       dns_name_equal(rr->owner, u->owner.wire);
}

/* Whether RECORD stands in the prerequisites; *FIRST is where the set of the one at hand begins. */
static bool is_required(const struct update *u, const struct dns_message *section,
	const struct dns_record *record, size_t *first)
{
	struct dns_message again = *section;
	struct dns_rr rr;
	unsigned i;

	*first = 0;
	for (i = u->message.counts[PREREQUISITE]; i; i--) {
		if (!dns_message_record(&again, &rr))
			return false;
		if (!is_same_set(u, &rr))
			continue;
		if (!*first)
			*first = rr.at;
		if (dns_record_is(record, rr.rdata, rr.rdlen))
			return true;
	}
	return false;
}

/*
 * "RRset exists, value dependent": the records of one name and type in the request are, as a set,
 * those in the zone. Each looks for itself in the zone, and the first one also the other way round.
 */
static enum dns_rcode check_value(struct update *u, const struct dns_message *section)
{
	const struct dns_rrset *rrset = set_of(u, u->rr.type);
	const struct dns_record *record;
	size_t first;

	if (is_meta(u->rr.type) || !dns_rdata_check(u->rr.type, u->rr.rdata, u->rr.rdlen))
		return DNS_FORMERR;
	if (!dns_rrset_find(rrset, u->rr.rdata, u->rr.rdlen) ||
		rrset->count > u->message.counts[PREREQUISITE])
		return DNS_NXRRSET;
	for (record = rrset->records; record; record = record->next) {
		if (!is_required(u, section, record, &first))
			return DNS_NXRRSET;
		if (first != u->rr.at)
			break; /* the first one has looked */
	}
	return DNS_NOERROR;
}

static enum dns_rcode check_prerequisite(struct update *u, const struct dns_message *section)
{
	bool any = u->rr.type == DNS_ANY;
	bool there = any ? u->node && u->node->rrsets : set_of(u, u->rr.type) != NULL;

	if (u->rr.ttl)
		return DNS_FORMERR;
	if (u->rr.class == DNS_CLASS_IN)
		return check_value(u, section);
	if (u->rr.rdlen || (!any && is_meta(u->rr.type)))
		return DNS_FORMERR;
	if (u->rr.class == DNS_CLASS_ANY)
		return there ? DNS_NOERROR : any ? DNS_NXDOMAIN : DNS_NXRRSET;
	if (u->rr.class == CLASS_NONE)
		return !there ? DNS_NOERROR : any ? DNS_YXDOMAIN : DNS_YXRRSET;
	return DNS_FORMERR;
}

static enum dns_rcode check_prerequisites(struct update *u)
{
	struct dns_message section = u->message;
	enum dns_rcode rcode = DNS_NOERROR;
	unsigned i;

	for (i = u->message.counts[PREREQUISITE]; i && rcode == DNS_NOERROR; i--) {
		rcode = next_record(u);
		if (rcode == DNS_NOERROR)
			rcode = check_prerequisite(u, &section);
	}
	return rcode;
}

/* ---- the update section, 3.4 ---- */

/* Section 3.4.1: what no update may hold. */
static enum dns_rcode prescan_record(const struct dns_rr *rr)
{
	switch (rr->class) {
	case DNS_CLASS_IN:
		return !is_meta(rr->type) && dns_rdata_check(rr->type, rr->rdata, rr->rdlen)
			       ? DNS_NOERROR
			       : DNS_FORMERR;
	case DNS_CLASS_ANY:
		return !rr->ttl && !rr->rdlen && (rr->type == DNS_ANY || !is_meta(rr->type))
			       ? DNS_NOERROR
			       : DNS_FORMERR;
	case CLASS_NONE:
		return !rr->ttl && !is_meta(rr->type) &&
				       dns_rdata_check(rr->type, rr->rdata, rr->rdlen)
			       ? DNS_NOERROR
			       : DNS_FORMERR;
	default:
		return DNS_FORMERR;
	}
}

static enum dns_rcode prescan(struct update *u)
{
	struct dns_message section = u->message;
	enum dns_rcode rcode = DNS_NOERROR;
	unsigned i;

	for (i = u->message.counts[UPDATE]; i && rcode == DNS_NOERROR; i--) {
		rcode = next_record(u);
		if (rcode == DNS_NOERROR)
			rcode = prescan_record(&u->rr);
	}
	for (i = u->message.counts[ADDITIONAL]; i && rcode == DNS_NOERROR; i--) {
		if (!dns_message_record(&u->message, &u->rr))
			rcode = DNS_FORMERR;
	}
	if (rcode == DNS_NOERROR && wire_left(&u->message.in))
		rcode = DNS_FORMERR;
	u->message = section;
	return rcode;
}

static enum dns_rcode rcode_of(int error)
{
	switch (error) {
	case 0:
	case -EEXIST:
	case -ENOENT:
		return DNS_NOERROR;
	case -EINVAL: /* the zone cannot have it */
		return DNS_REFUSED;
	default:
		return DNS_SERVFAIL;
	}
}

/* Types that may stand beside a CNAME: those of DNSSEC. */
static bool beside_cname(uint16_t type)
{
	return type == DNS_RRSIG || type == DNS_NSEC || type == 24 || type == 25 || type == 30;
}

/* Section 3.4.2.2: a CNAME and other data keep each other out, without an error. */
static bool is_kept_out(const struct update *u)
{
	const struct dns_rrset *rrset;

	if (beside_cname(u->rr.type) || !u->node)
		return false;
	if (u->rr.type != DNS_CNAME)
		return set_of(u, DNS_CNAME) != NULL;
	for (rrset = u->node->rrsets; rrset; rrset = rrset->next) {
		if (rrset->type != DNS_CNAME && !beside_cname(rrset->type))
			return true;
	}
	return false;
}

/* The records of RRSET as bytes, with the request's TTL. */
static int copy_out(
	const struct update *u, const struct dns_rrset *rrset, struct dns_change_bytes *row)
{
	uint8_t *rdata = malloc(DNS_RDATA_MAX);
	const struct dns_record *record;
	int error = rdata ? 0 : -ENOMEM;

	for (record = rrset->records; record && !error; record = record->next) {
		dns_record_rdata(record, rdata);
		error = dns_change_put(row,
			&(struct dns_change_record){true, (uint8_t)u->owner.len, rrset->type,
				record->rdlen, u->rr.ttl, u->owner.wire, rdata},
			SIZE_MAX);
	}
	free(rdata);
	return error;
}

/*
 * The records of an RRset share the TTL of the one that was added last (RFC 2181 section 5.2). As
 * the database keeps the lowest, all must have gone before the first comes back.
 */
static int set_ttl(struct update *u, const struct dns_rrset *rrset)
{
	struct dns_change_bytes row = {0};
	struct dns_change_record record;
	int error = copy_out(u, rrset, &row);
	unsigned count;
	size_t at = 0;

	if (!error)
		error = dns_edit_delete_set(u->edit, &u->owner, u->rr.type, &count);
	while (!error && dns_change_get(row.data, row.len, &at, &record))
		error = dns_edit_add(
			u->edit, &u->owner, record.type, record.ttl, record.rdata, record.rdlen);
	dns_change_bytes_fini(&row);
	return error;
}

static uint32_t serial_in(const struct dns_rr *rr)
{
	return wire_u32(rr->rdata + rr->rdlen - 20);
}

/* Section 3.4.2.2: a SOA replaces the zone's if it is newer. */
static bool is_newer_soa(struct update *u)
{
	if (u->node != u->zone->apex)
		return false;
	return dns_serial_newer(serial_in(&u->rr), u->edit->from);
}

static enum dns_rcode add(struct update *u)
{
	const struct dns_type *layout = dns_type_by_number(u->rr.type);
	const struct dns_rrset *rrset = set_of(u, u->rr.type);
	unsigned count;
	int error = 0;

	if (is_kept_out(u) || (u->rr.type == DNS_SOA && !is_newer_soa(u)))
		return DNS_NOERROR;
	if (rrset && dns_rrset_ttl(rrset) != u->rr.ttl)
		error = set_ttl(u, rrset);
	if (!error && dns_rrset_find(set_of(u, u->rr.type), u->rr.rdata, u->rr.rdlen))
		return DNS_NOERROR;
	if (!error && rrset && layout && layout->flags & DNS_TYPE_SINGLE)
		error = dns_edit_delete_set(u->edit, &u->owner, u->rr.type, &count);
	if (!error)
		error = dns_edit_add(
			u->edit, &u->owner, u->rr.type, u->rr.ttl, u->rr.rdata, u->rr.rdlen);
	if (!error && u->rr.type == DNS_SOA)
		u->soa_given = true;
	return rcode_of(error);
}

/* Whether sections 3.4.2.3 and 3.4.2.4 keep the type at the apex. */
static bool is_kept(const struct update *u, uint16_t type)
{
	return u->node == u->zone->apex && (type == DNS_SOA || type == DNS_NS);
}

static enum dns_rcode delete_sets(struct update *u)
{
	const struct dns_rrset *rrset;
	unsigned count;
	int error = 0;

	if (!u->node)
		return DNS_NOERROR;
	if (u->rr.type != DNS_ANY) {
		if (!is_kept(u, u->rr.type))
			error = dns_edit_delete_set(u->edit, &u->owner, u->rr.type, &count);
		return rcode_of(error);
	}
	do {
		for (rrset = u->node->rrsets; rrset && is_kept(u, rrset->type); rrset = rrset->next)
			;
		if (rrset)
			error = dns_edit_delete_set(u->edit, &u->owner, rrset->type, &count);
	} while (rrset && !error);
	return rcode_of(error);
}

static enum dns_rcode delete_record(struct update *u)
{
	const struct dns_rrset *rrset = set_of(u, u->rr.type);

	if (u->rr.type == DNS_SOA || !rrset)
		return DNS_NOERROR;
	if (is_kept(u, u->rr.type) && rrset->count == 1)
		return DNS_NOERROR; /* the last name server of the zone */
	return rcode_of(dns_edit_delete(u->edit, &u->owner, u->rr.type, u->rr.rdata, u->rr.rdlen));
}

/* Section 3.6: what has changed has a new serial, unless the client gave it one. */
static enum dns_rcode renew_serial(struct update *u)
{
	const struct dns_rrset *rrset = dns_node_rrset(u->zone->apex, DNS_SOA);
	const struct dns_record *record = rrset->records;
	uint32_t serial = u->edit->from + 1, ttl = dns_rrset_ttl(rrset);
	uint8_t rdata[2 * DNS_NAME_MAX + 20], *p;
	size_t len = record->rdlen;
	struct dns_key apex;
	unsigned count;
	int error;

	if (u->soa_given || !dns_edit_dirty(u->edit))
		return DNS_NOERROR;
	dns_record_rdata(record, rdata);
	p = rdata + len - 20;
	if (!serial)
		serial = 1;
	wire_set_u32(p, serial);
	dns_key_init(&apex, u->zone->name, u->zone->name_len);
	error = dns_edit_delete_set(u->edit, &apex, DNS_SOA, &count);
	if (!error)
		error = dns_edit_add(u->edit, &apex, DNS_SOA, ttl, rdata, len);
	return rcode_of(error);
}

enum dns_rcode dns_update_apply(struct dns_edit *edit, const uint8_t *request, size_t len)
{
	struct update u = {.edit = edit, .zone = edit->zone};
	enum dns_rcode rcode;
	unsigned i;

	if (!dns_message_open(&u.message, request, len) || !dns_message_question(&u.message, &u.rr))
		return DNS_FORMERR;
	rcode = check_prerequisites(&u);
	if (rcode == DNS_NOERROR)
		rcode = prescan(&u);
	for (i = u.message.counts[UPDATE]; i && rcode == DNS_NOERROR; i--) {
		rcode = next_record(&u);
		if (rcode != DNS_NOERROR)
			break;
		if (u.rr.class == DNS_CLASS_IN)
			rcode = add(&u);
		else if (u.rr.class == DNS_CLASS_ANY)
			rcode = delete_sets(&u);
		else
			rcode = delete_record(&u);
	}
	return rcode == DNS_NOERROR ? renew_serial(&u) : rcode;
}
