/* SPDX-License-Identifier: ISC */
/* Adding records to a zone, and the checks that RFC 1034 and its successors ask for: see zone.h. */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/rdata.h"
#include "lib/dns/types.h"
#include "lib/dns/zone.h"

/* Bytes of records that fit a message beside its header, shortest question and OPT. */
#define RRSET_SIZE_MAX (65535 - 12 - 5 - 11)

static const char no_memory[] = "the zone does not fit the memory";

/* ---- rdata from the wire to a record ---- */

/* Where the names of rdata stand. */
struct parts {
	size_t prefix, names, rest; /* bytes before the names, how many names, bytes after them */
	const uint8_t *name;
};

/* The layout's fixed bytes, then names, then the rest; RDATA is well formed. */
static struct parts split(const struct dns_type *layout, const uint8_t *rdata, size_t len)
{
	struct parts parts = {.prefix = len};
	const uint8_t *field;
	size_t at = 0;

	if (!layout || !(layout->flags & DNS_TYPE_NODES))
		return parts;
	for (field = layout->fields; *field != DNS_FIELD_END; field++) {
		if (*field == DNS_FIELD_NAME && parts.names++ == 0) {
			parts.prefix = at;
			parts.name = rdata + at;
		}
		at += (size_t)dns_field_len(*field, rdata + at, len - at);
		if (*field == DNS_FIELD_NAME)
			parts.rest = len - at;
	}
	return parts;
}

static struct dns_record *make_record(
	struct dns_zone *zone, const struct dns_type *layout, const uint8_t *rdata, size_t len)
{
	struct parts parts = split(layout, rdata, len);
	size_t names = parts.names * sizeof(struct dns_node *), i, name_len;
	size_t bytes = parts.prefix + parts.rest;
	struct dns_record *record = arena_alloc(&zone->arena, sizeof(*record) + names + bytes, 8);
	struct dns_node **node;
	struct dns_key key;

	if (!record)
		return NULL;
	record->len = (uint16_t)bytes;
	record->prefix = (uint16_t)parts.prefix;
	record->rdlen = (uint16_t)len;
	record->names = (uint8_t)parts.names;
	record->flags = layout && layout->flags & DNS_TYPE_COMPRESS ? DNS_RECORD_COMPRESS : 0;
	node = (struct dns_node **)(void *)(record + 1);
	for (i = 0; i < parts.names; i++) {
		name_len = dns_name_len(parts.name);
		dns_key_init(&key, parts.name, name_len);
		node[i] = dns_zone_node(zone, &key);
		if (!node[i])
			return NULL;
		parts.name += name_len;
	}
	memcpy(&node[parts.names], rdata, parts.prefix);
	memcpy((uint8_t *)&node[parts.names] + parts.prefix, rdata + len - parts.rest, parts.rest);
	return record;
}

static bool same_record(const struct dns_record *a, const struct dns_record *b)
{
	size_t names = a->names * sizeof(struct dns_node *);

	return a->len == b->len && a->prefix == b->prefix && a->names == b->names &&
	       memcmp(a + 1, b + 1, names + a->len) == 0;
}

/* ---- RRsets ---- */

/* Types that may stand beside a CNAME (RFC 4034 sections 3 and 4, RFC 2181 section 10.1). */
static bool beside_cname(uint16_t type)
{
	return type == DNS_CNAME || type == DNS_RRSIG || type == DNS_NSEC || type == 24 ||
	       type == 25 || type == 30;
}

static const char *check_owner(
	const struct dns_zone *zone, const struct dns_node *owner, uint16_t type)
{
	const struct dns_rrset *rrset;

	if (type == DNS_SOA && owner != zone->apex)
		return "a SOA record stands elsewhere than at the zone's apex";
	for (rrset = owner->rrsets; rrset; rrset = rrset->next) {
		if ((rrset->type == DNS_CNAME && !beside_cname(type)) ||
			(type == DNS_CNAME && !beside_cname(rrset->type)))
			return "a name with a CNAME record has other records too";
	}
	return NULL;
}

uint32_t dns_record_size(const struct dns_record *record)
{
	if (record->flags & DNS_RECORD_COMPRESS)
		return 10 + record->len + 3 * (uint32_t)record->names;
	return 10 + (uint32_t)record->rdlen;
}

static bool too_large(const struct dns_rrset *rrset, const struct dns_record *record)
{
	return rrset->size + dns_record_size(record) + 2 * ((size_t)rrset->count + 1) >
	       RRSET_SIZE_MAX;
}

static void set_head(struct dns_rrset *rrset, uint32_t ttl)
{
	wire_set_u16(rrset->head, rrset->type);
	wire_set_u16(rrset->head + 2, DNS_CLASS_IN);
	wire_set_u32(rrset->head + 4, ttl);
}

/* The node, and with it its ancestors up to the apex, is now part of the zone. */
static void mark_existing(struct dns_node *node)
{
	for (; !(node->flags & DNS_NODE_EXISTS); node = node->parent) {
		node->flags |= DNS_NODE_EXISTS;
		node->parent->children++;
	}
}

struct dns_rrset *dns_node_set(const struct dns_node *node, uint16_t type, uint16_t covers)
{
	struct dns_rrset *rrset = node->rrsets;

	while (rrset && (rrset->type != type || (type == DNS_RRSIG && rrset->covers != covers)))
		rrset = rrset->next;
	return rrset;
}

bool dns_type_is_linked(uint16_t type)
{
	return type == DNS_RRSIG || type == DNS_NSEC || type == DNS_NSEC3 ||
	       type == DNS_NSEC3PARAM || type == DNS_DNSKEY;
}

static struct dns_rrset *add_rrset(struct dns_zone *zone, struct dns_node *owner, uint16_t type,
	uint16_t covers, const struct dns_type *layout)
{
	struct dns_rrset *rrset = arena_alloc(&zone->arena, sizeof(*rrset), 8), **at;

	if (!rrset)
		return NULL;
	rrset->type = type;
	if (type == DNS_RRSIG)
		rrset->covers = covers;
	else
		rrset->addresses = layout && layout->flags & DNS_TYPE_ADDRESSES;
	for (at = &owner->rrsets; *at; at = &(*at)->next)
		;
	*at = rrset;
	zone->rrsets++;
	zone->dnssec |= dns_type_is_linked(type);
	if (!dns_rrset_is_hashed(rrset))
		mark_existing(owner);
	if (type == DNS_NS && owner != zone->apex)
		owner->flags |= DNS_NODE_DELEGATION;
	if (type == DNS_DNAME)
		owner->flags |= DNS_NODE_DNAME;
	return rrset;
}

/* Whether NODE is APEX or below it. */
static bool is_below(const struct dns_node *node, const struct dns_node *apex)
{
	while (node->labels > apex->labels)
		node = node->parent;
	return node == apex;
}

static const char *check_more(const struct dns_rrset *rrset, const struct dns_type *layout,
	const struct dns_record *record)
{
	if (rrset->count && layout && layout->flags & DNS_TYPE_SINGLE) {
		switch (rrset->type) {
		case DNS_SOA:
			return "the zone has more than one SOA record";
		case DNS_CNAME:
			return "the name has more than one CNAME record";
		default:
			return "the name has more than one DNAME record";
		}
	}
	if (too_large(rrset, record))
		return "the records of this name and type do not fit a message of 64 KiB";
	return NULL;
}

/* The records of an RRset share one TTL, the lowest (RFC 2181 section 5.2). */
static void join_ttl(struct dns_rrset *rrset, uint32_t ttl, const char **warning)
{
	uint32_t had = dns_rrset_ttl(rrset);

	if (rrset->count && had != ttl)
		*warning = "the TTLs of one RRset differ: the lowest is used";
	if (!rrset->count || ttl < had)
		set_head(rrset, ttl);
}

const char *dns_zone_add(struct dns_zone *zone, struct dns_node *owner, uint16_t type, uint32_t ttl,
	const uint8_t *rdata, size_t len, const char **warning)
{
	const struct dns_type *layout = dns_type_by_number(type);
	uint16_t covers = dns_covered_type(type, rdata);
	struct dns_rrset *rrset = dns_node_set(owner, type, covers);
	struct dns_record *record, **at;
	const char *why = NULL;

	*warning = NULL;
	if (!is_below(owner, zone->apex))
		return "the name is not within the zone";
	if (!rrset) {
		why = check_owner(zone, owner, type);
		if (why)
			return why;
		rrset = add_rrset(zone, owner, type, covers, layout);
	}
	record = rrset ? make_record(zone, layout, rdata, len) : NULL;
	if (!record)
		return no_memory;
	for (at = &rrset->records; *at; at = &(*at)->next) {
		if (same_record(*at, record)) {
			*warning = "the record is there already: dropped";
			return NULL;
		}
	}
	why = check_more(rrset, layout, record);
	if (why)
		return why;
	join_ttl(rrset, ttl, warning);
	if (record->names && is_below(dns_record_names(record)[record->names - 1], owner))
		record->flags |= DNS_RECORD_BELOW;
	*at = record;
	rrset->count++;
	rrset->size += (uint16_t)dns_record_size(record);
	zone->records++;
	dns_zone_worked(zone, 2000);
	return NULL;
}
