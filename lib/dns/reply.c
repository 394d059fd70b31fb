/* SPDX-License-Identifier: ISC */
/* Records onto the wire: see reply.h. */
#include "lib/dns/reply.h"

#include <string.h>

#include "lib/base/wire.h"
#include "lib/dns/types.h"

#define POINTER_MAX 0x3fff /* the highest offset that a compression pointer can hold */

void dns_reply_init(struct dns_reply *reply, uint8_t *start, uint8_t *at, uint8_t *limit)
{
	reply->start = start;
	reply->at = at;
	reply->limit = limit;
	memset(reply->counts, 0, sizeof(reply->counts));
	reply->names = 0;
	memset(reply->slots, 0, sizeof(reply->slots));
}

/*
 * Where NODE's name stands, or 0 (where no name can stand); *SLOT is the slot for it. There are
 * more slots than names, so the search ends at an empty one.
 */
static inline __attribute__((always_inline)) uint16_t find_name(
	const struct dns_reply *reply, const struct dns_node *node, uint8_t *slot)
{
	uint8_t i = (uint8_t)node->hash, entry;

	while ((entry = reply->slots[i]) != 0) {
		*slot = i++;
		if (reply->name[entry - 1].node == node)
			return reply->name[entry - 1].offset;
	}
	*slot = i;
	return 0;
}

uint16_t dns_reply_find(const struct dns_reply *reply, const struct dns_node *node)
{
	uint8_t slot;

	return find_name(reply, node, &slot);
}

static inline void add_name(
	struct dns_reply *reply, const struct dns_node *node, size_t offset, uint8_t slot)
{
	if (offset > POINTER_MAX || reply->names == DNS_REPLY_NAMES)
		return;
	reply->name[reply->names].node = node;
	reply->name[reply->names].offset = (uint16_t)offset;
	reply->name[reply->names].slot = slot;
	reply->slots[slot] = ++reply->names;
}

void dns_reply_know(struct dns_reply *reply, const struct dns_node *node, size_t offset)
{
	uint8_t slot;

	for (; node->parent; node = node->parent) {
		if (find_name(reply, node, &slot))
			return;
		add_name(reply, node, offset, slot);
		offset += (size_t)node->label[0] + 1;
	}
}

/* Forgets the names that were added after the first COUNT, last first. */
static void forget(struct dns_reply *reply, uint8_t count)
{
	while (reply->names > count)
		reply->slots[reply->name[--reply->names].slot] = 0;
}

/* NODE's name at P, compressed; the caller has seen to room for all of it. Returns its end. */
static inline uint8_t *put_name(struct dns_reply *reply, uint8_t *p, const struct dns_node *node)
{
	uint16_t offset;
	uint8_t slot;

	for (; node->parent; node = node->parent) {
		offset = find_name(reply, node, &slot);
		if (offset) {
			wire_set_u16(p, 0xc000 | offset);
			return p + 2;
		}
		add_name(reply, node, (size_t)(p - reply->start), slot);
		memcpy(p, node->label, (size_t)node->label[0] + 1);
		p += (size_t)node->label[0] + 1;
	}
	*p = 0;
	return p + 1;
}

static uint8_t *put_plain_name(uint8_t *p, const struct dns_node *node)
{
	return p + dns_node_name(node, p);
}

/* Rdata with names in it, at P, with its length before; there is room for it uncompressed. */
static uint8_t *put_names(struct dns_reply *reply, uint8_t *p, const struct dns_record *record)
{
	const uint8_t *bytes = dns_record_bytes(record);
	uint8_t *len = p;
	unsigned i;

	p += 2;
	if (record->prefix) {
		memcpy(p, bytes, record->prefix);
		p += record->prefix;
	}
	for (i = 0; i < record->names; i++) {
		const struct dns_node *name = dns_record_names(record)[i];

		p = record->flags & DNS_RECORD_COMPRESS ? put_name(reply, p, name)
							: put_plain_name(p, name);
	}
	if (record->len > record->prefix) {
		memcpy(p, bytes + record->prefix, (size_t)(record->len - record->prefix));
		p += record->len - record->prefix;
	}
	wire_set_u16(len, (uint16_t)(p - len - 2));
	return p;
}

/* Rdata at P, with its length before it. */
static inline uint8_t *put_rdata(
	struct dns_reply *reply, uint8_t *p, const struct dns_record *record)
{
	const uint8_t *bytes = dns_record_bytes(record);

	if (record->names)
		return put_names(reply, p, record);
	wire_set_u16(p, record->len);
	if (record->len == 4) /* the two most frequent lengths, without a call */
		memcpy(p + 2, bytes, 4);
	else if (record->len == 16)
		memcpy(p + 2, bytes, 16);
	else
		memcpy(p + 2, bytes, record->len);
	return p + 2 + record->len;
}

/* The most bytes that the owner takes, for the test of room. */
static size_t owner_size(struct dns_owner owner)
{
	return owner.node ? owner.node->len : 2;
}

static inline uint8_t *put_owner(struct dns_reply *reply, uint8_t *p, struct dns_owner owner)
{
	if (owner.node)
		return put_name(reply, p, owner.node);
	if (owner.offset == 0) { /* the root */
		*p = 0;
		return p + 1;
	}
	wire_set_u16(p, 0xc000 | owner.offset);
	return p + 2;
}

/* Bytes that NODE's name takes now. */
static size_t measure_name(const struct dns_reply *reply, const struct dns_node *node)
{
	size_t size = 0;
	uint8_t slot;

	for (; node->parent; node = node->parent) {
		if (find_name(reply, node, &slot))
			return size + 2;
		size += (size_t)node->label[0] + 1;
	}
	return size + 1;
}

/* Bytes that RECORD takes now; more than it will if its own names share a suffix that is new. */
static size_t measure(
	const struct dns_reply *reply, struct dns_owner owner, const struct dns_record *record)
{
	size_t size = 10 + (owner.node ? measure_name(reply, owner.node) : 2);
	unsigned i;

	if (!(record->flags & DNS_RECORD_COMPRESS))
		return size + record->rdlen;
	for (i = 0; i < record->names; i++)
		size += measure_name(reply, dns_record_names(record)[i]);
	return size + record->len;
}

/* The owner as the second record has it: where the first has put it, or found it. */
static struct dns_owner again(const struct dns_reply *reply, struct dns_owner owner)
{
	uint8_t slot;
	uint16_t offset;

	if (!owner.node)
		return owner;
	offset = find_name(reply, owner.node, &slot);
	return offset || !owner.node->parent ? (struct dns_owner){NULL, offset} : owner;
}

bool dns_reply_rrset(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8])
{
	const struct dns_record *record = rrset->records;
	uint8_t *p = reply->at, names = reply->names;
	size_t room;

	for (;;) {
		room = (size_t)(reply->limit - p);
		/* Mostly there is room for it uncompressed; else find out what it takes. */
		if (room < owner_size(owner) + 10 + record->rdlen &&
			room < measure(reply, owner, record)) {
			forget(reply, names);
			return false;
		}
		p = put_owner(reply, p, owner);
		memcpy(p, head, 8);
		p = put_rdata(reply, p + 8, record);
		record = record->next;
		if (!record)
			break;
		if (owner.node)
			owner = again(reply, owner);
	}
	reply->at = p;
	reply->counts[section] += rrset->count;
	return true;
}

/* LEN is constant in each call, so that the copies are single moves. */
static inline uint8_t *put_fixed(
	uint8_t *p, uint16_t offset, const struct dns_rrset *rrset, uint16_t len)
{
	const struct dns_record *record;

	for (record = rrset->records; record; record = record->next) {
		wire_set_u16(p, 0xc000 | offset);
		memcpy(p + 2, rrset->head, 8);
		wire_set_u16(p + 10, len);
		memcpy(p + 12, dns_record_bytes(record), len);
		p += 12 + len;
	}
	return p;
}

bool dns_reply_addresses(struct dns_reply *reply, uint16_t offset, const struct dns_rrset *rrset)
{
	bool fits = true;

	for (; rrset; rrset = rrset->next) {
		if (rrset->type != DNS_A && rrset->type != DNS_AAAA)
			continue;
		/* RRSET->size is without owners, which are pointers here. */
		if ((size_t)(reply->limit - reply->at) < rrset->size + 2 * (size_t)rrset->count) {
			fits = false;
			continue;
		}
		reply->at = rrset->type == DNS_A ? put_fixed(reply->at, offset, rrset, 4)
						 : put_fixed(reply->at, offset, rrset, 16);
		reply->counts[DNS_SECTION_ADDITIONAL] += rrset->count;
	}
	return fits;
}

size_t dns_reply_cname(struct dns_reply *reply, struct dns_owner owner, const uint8_t ttl[4],
	const uint8_t *prefix, size_t len, const struct dns_node *node)
{
	static const uint8_t type_class[4] = {0, DNS_CNAME, 0, DNS_CLASS_IN};
	uint8_t *p = reply->at, *end;

	if ((size_t)(reply->limit - p) < owner_size(owner) + 10 + len + measure_name(reply, node))
		return 0;
	p = put_owner(reply, p, owner);
	memcpy(p, type_class, 4);
	memcpy(p + 4, ttl, 4);
	memcpy(p + 10, prefix, len);
	end = put_name(reply, p + 10 + len, node);
	wire_set_u16(p + 8, (uint16_t)(end - p - 10));
	reply->at = end;
	reply->counts[DNS_SECTION_ANSWER]++;
	return (size_t)(p + 10 - reply->start);
}
