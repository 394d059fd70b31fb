/* SPDX-License-Identifier: ISC */
/* Records onto the wire: see reply.h. */
#include "lib/dns/reply.h"

#include <string.h>

#include "lib/base/wire.h"
#include "lib/dns/types.h"

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

static inline void add_name(
	struct dns_reply *reply, const struct dns_node *node, size_t offset, uint8_t slot)
{
	if (offset > DNS_POINTER_MAX || reply->names == DNS_REPLY_NAMES)
		return;
	reply->name[reply->names].node = node;
	reply->name[reply->names].offset = (uint16_t)offset;
	reply->name[reply->names].slot = slot;
	reply->slots[slot] = ++reply->names;
}

static void know(struct dns_reply *reply, const struct dns_node *node, size_t offset)
{
	uint8_t slot;

	for (; node->parent; node = node->parent) {
		if (find_name(reply, node, &slot))
			return;
		add_name(reply, node, offset, slot);
		offset += (size_t)node->label[0] + 1;
	}
}

/* From here on the table is needed. */
static void make_ready(struct dns_reply *reply)
{
	if (reply->ready)
		return;
	memset(reply->slots, 0, sizeof(reply->slots));
	reply->ready = true;
	if (reply->first)
		know(reply, reply->first, reply->first_offset);
}

uint16_t dns_reply_find(struct dns_reply *reply, const struct dns_node *node)
{
	uint8_t slot;

	make_ready(reply);
	return find_name(reply, node, &slot);
}

void dns_reply_know_more(struct dns_reply *reply, const struct dns_node *node, size_t offset)
{
	make_ready(reply);
	know(reply, node, offset);
}

/* Forgets the names that were added after the first COUNT, last first. */
static void forget(struct dns_reply *reply, uint8_t count)
{
	while (reply->names > count)
		reply->slots[reply->name[--reply->names].slot] = 0;
}

/* A pointer to OFFSET at P. Returns its end. */
static inline uint8_t *put_pointer(struct dns_reply *reply, uint8_t *p, uint16_t offset)
{
	wire_set_u16(p, 0xc000 | offset);
	if (reply->where && reply->pointers < reply->pointers_max)
		reply->where[reply->pointers++] = (uint16_t)(p - reply->start);
	return p + 2;
}

/* NODE's name at P, compressed; the caller has seen to room for all of it. Returns its end. */
static inline uint8_t *put_name(struct dns_reply *reply, uint8_t *p, const struct dns_node *node)
{
	uint16_t offset;
	uint8_t slot;

	for (; node->parent; node = node->parent) {
		offset = find_name(reply, node, &slot);
		if (offset)
			return put_pointer(reply, p, offset);
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
	const struct dns_node *node = owner.node;

	if (node && !owner.known)
		return put_name(reply, p, node);
	for (; node && node != owner.known; node = node->parent) {
		memcpy(p, node->label, (size_t)node->label[0] + 1);
		p += (size_t)node->label[0] + 1;
	}
	if (owner.offset)
		return put_pointer(reply, p, owner.offset);
	*p = 0; /* the root */
	return p + 1;
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
	size_t size = 10;
	unsigned i;

	if (owner.node && !owner.known)
		size += measure_name(reply, owner.node);
	else
		size += owner_size(owner);
	if (!(record->flags & DNS_RECORD_COMPRESS))
		return size + record->rdlen;
	for (i = 0; i < record->names; i++)
		size += measure_name(reply, dns_record_names(record)[i]);
	return size + record->len;
}

/* The owner as the second record has it: where the first, at AT, has put it, or found it. */
static struct dns_owner again(const struct dns_reply *reply, struct dns_owner owner, size_t at)
{
	uint8_t slot;
	uint16_t offset;

	if (!owner.node)
		return owner;
	if (!owner.node->parent)
		return (struct dns_owner){NULL, NULL, 0};
	if (owner.known)
		return at <= DNS_POINTER_MAX ? (struct dns_owner){NULL, NULL, (uint16_t)at} : owner;
	offset = find_name(reply, owner.node, &slot);
	return offset ? (struct dns_owner){NULL, NULL, offset} : owner;
}

/* Records with names in them, or with an owner that is to be looked up. */
static bool put_records(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8])
{
	const struct dns_record *record = rrset->records;
	uint8_t *p = reply->at, names;
	uint16_t pointers = reply->pointers;
	size_t room;

	make_ready(reply);
	names = reply->names;
	for (;;) {
		room = (size_t)(reply->limit - p);
		/* Mostly there is room for it uncompressed; else find out what it takes. */
		if (room < owner_size(owner) + 10 + record->rdlen &&
			room < measure(reply, owner, record)) {
			forget(reply, names);
			reply->pointers = pointers;
			reply->full = true;
			return false;
		}
		p = put_owner(reply, p, owner);
		memcpy(p, head, 8);
		p = put_rdata(reply, p + 8, record);
		record = record->next;
		if (!record)
			break;
		owner = again(reply, owner, (size_t)(reply->at - reply->start));
	}
	reply->at = p;
	reply->counts[section] += rrset->count;
	return true;
}

/* Records without names, which is most of DNSSEC's: no table is needed. */
static bool put_flat(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8])
{
	const struct dns_record *record = rrset->records;
	uint8_t *p = reply->at;

	if ((size_t)(reply->limit - p) <
		rrset->size + owner_size(owner) + 2 * ((size_t)rrset->count - 1))
		return false;
	p = put_owner(reply, p, owner);
	for (;;) {
		memcpy(p, head, 8);
		p = put_rdata(reply, p + 8, record);
		record = record->next;
		if (!record)
			break;
		owner = again(reply, owner, (size_t)(reply->at - reply->start));
		p = put_owner(reply, p, owner);
	}
	reply->at = p;
	reply->counts[section] += rrset->count;
	return true;
}

/* Records whose owner is the LEN (1 or 2) bytes of OWNER, each; there is room for all. */
static inline uint8_t *put_pointed(uint8_t *p, uint16_t owner, size_t len,
	const struct dns_record *record, const uint8_t head[8])
{
	uint64_t head_bytes;

	memcpy(&head_bytes, head, 8);
	for (; record; record = record->next) {
		memcpy(p, &owner, 2);
		p += len;
		memcpy(p, &head_bytes, 8);
		wire_set_u16(p + 8, record->len);
		p = (uint8_t *)memcpy(p + 10, dns_record_bytes(record), record->len) + record->len;
	}
	return p;
}

bool dns_reply_rrset(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8])
{
	bool looked_up = owner.node && (!owner.known || reply->at - reply->start > DNS_POINTER_MAX);

	if (!looked_up && !rrset->records->names && put_flat(reply, section, owner, rrset, head))
		return true;
	return put_records(reply, section, owner, rrset, head);
}

void dns_reply_undo(struct dns_reply *reply, const struct dns_reply_mark *mark)
{
	reply->at = mark->at;
	memcpy(reply->counts, mark->counts, sizeof(mark->counts));
	forget(reply, mark->names);
}

/*
 * An RRset without names and its signatures, of an owner that the question has, or has the end of:
 * what most of DNSSEC is. False if it is something else or does not fit.
 */
static bool put_signed_flat(struct dns_reply *reply, enum dns_section section,
	struct dns_owner owner, const struct dns_rrset *rrset, const uint8_t head[8],
	const struct dns_rrset *sigs, const uint8_t sig_head[8])
{
	const struct dns_record *record = rrset->records;
	uint8_t *p = reply->at;
	size_t at = (size_t)(p - reply->start), len = 2;
	uint16_t pointer;

	if (record->names || (owner.node && !owner.known) || at > DNS_POINTER_MAX || reply->where ||
		(size_t)(reply->limit - p) < (size_t)rrset->size + sigs->size + owner_size(owner) +
						     2 * ((size_t)rrset->count + sigs->count))
		return false;
	if (owner.node) {
		p = put_owner(reply, p, owner);
		memcpy(p, head, 8);
		p = put_rdata(reply, p + 8, record);
		record = record->next;
		owner.offset = (uint16_t)at;
	}
	pointer = 0;
	if (owner.offset)
		wire_set_u16((uint8_t *)&pointer, 0xc000 | owner.offset);
	else
		len = 1; /* the root */
	p = put_pointed(p, pointer, len, record, head);
	reply->at = put_pointed(p, pointer, len, sigs->records, sig_head);
	reply->counts[section] += rrset->count + sigs->count;
	return true;
}

bool dns_reply_signed(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8], const struct dns_rrset *sigs,
	const uint8_t sig_head[8])
{
	struct dns_reply_mark mark;

	if (!sigs)
		return dns_reply_rrset(reply, section, owner, rrset, head);
	if (put_signed_flat(reply, section, owner, rrset, head, sigs, sig_head))
		return true;
	mark = dns_reply_mark(reply);
	if (!dns_reply_rrset(reply, section, owner, rrset, head))
		return false;
	owner = again(reply, owner, (size_t)(mark.at - reply->start));
	if (dns_reply_rrset(reply, section, owner, sigs, sig_head))
		return true;
	dns_reply_undo(reply, &mark);
	return false;
}

/* LEN is constant in each call, so that the copies are single moves. */
static inline uint8_t *put_fixed(
	struct dns_reply *reply, uint16_t offset, const struct dns_rrset *rrset, uint16_t len)
{
	uint8_t *p = reply->at;
	const struct dns_record *record;

	for (record = rrset->records; record; record = record->next) {
		put_pointer(reply, p, offset);
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
			reply->full = true;
			continue;
		}
		reply->at = rrset->type == DNS_A ? put_fixed(reply, offset, rrset, 4)
						 : put_fixed(reply, offset, rrset, 16);
		reply->counts[DNS_SECTION_ADDITIONAL] += rrset->count;
	}
	return fits;
}

size_t dns_reply_cname(struct dns_reply *reply, struct dns_owner owner, const uint8_t ttl[4],
	const uint8_t *prefix, size_t len, const struct dns_node *node)
{
	static const uint8_t type_class[4] = {0, DNS_CNAME, 0, DNS_CLASS_IN};
	uint8_t *p = reply->at, *end;

	make_ready(reply);
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
