/* SPDX-License-Identifier: ISC */
/*
 * The query engine: RFC 1034 section 4.3.2 over the zones of a server. See server.h; the choices
 * that the RFCs leave open are told in docs/dns.md.
 */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/query.h"
#include "lib/dns/reply.h"
#include "lib/dns/server.h"
#include "lib/dns/types.h"

#define CHAIN_MAX 16 /* CNAMEs and DNAMEs followed for one query */
#define OPT_LEN   11

struct answer {
	const struct dns_server *server;
	const struct dns_zone *zone;
	struct dns_query query;
	struct dns_reply reply;
	uint16_t flags; /* of the reply's header: AA, TC */
	enum dns_rcode rcode;
	unsigned chain;
	/* The name looked for: QUERY.key, which aliases replace, and where it stands in the reply.
	 */
	struct dns_owner owner;
	const struct dns_rrset *aliases[CHAIN_MAX]; /* that are in the answer already */
};

/* ---- finding ---- */

/* The zone of the deepest apex that is KEY or above it, from suffix *FROM on. */
static const struct dns_zone *find_zone(
	const struct dns_server *server, const struct dns_key *key, size_t from)
{
	size_t i = key->labels > server->depth ? key->labels - server->depth : 0;
	const struct dns_zone *zone;
	uint32_t slot;

	for (i = MAX(i, from); server->count && i <= key->labels; i++) {
		slot = key->hash[i] & server->mask;
		for (; (zone = server->zones[slot]); slot = (slot + 1) & server->mask) {
			if (zone->name_hash == key->hash[i] &&
				zone->name_len == key->len - key->at[i] &&
				memcmp(zone->name, key->wire + key->at[i], zone->name_len) == 0)
				return zone;
		}
	}
	return NULL;
}

/* A zone's parent side knows the DS records, if it is served here too (RFC 4035 section 3.1.4.1).
 */
static const struct dns_zone *choose_zone(
	const struct dns_server *server, const struct dns_key *key, uint16_t type)
{
	const struct dns_zone *zone = find_zone(server, key, 0), *parent;

	if (type == DNS_DS && zone && zone->name_len == key->len && key->labels) {
		parent = find_zone(server, key, 1);
		if (parent)
			return parent;
	}
	return zone;
}

/* The deepest existing node that is KEY (then *EXACT) or above it. */
static const struct dns_node *find_node(
	const struct dns_zone *zone, const struct dns_key *key, bool *exact)
{
	size_t i = key->labels > zone->depth ? key->labels - zone->depth : 0;
	const struct dns_node *node;

	*exact = false;
	for (;; i++) { /* the apex ends it */
		node = dns_zone_find(zone, key, i);
		if (node)
			break;
	}
	if (node->flags & DNS_NODE_EXISTS) {
		*exact = i == 0;
		return node;
	}
	while (!(node->flags & DNS_NODE_EXISTS))
		node = node->parent;
	return node;
}

/* ---- sections ---- */

static bool truncate(struct answer *a)
{
	a->flags |= DNS_FLAG_TC;
	return false;
}

static bool put_answer(struct answer *a, const struct dns_rrset *rrset)
{
	return dns_reply_rrset(&a->reply, DNS_SECTION_ANSWER, a->owner, rrset, rrset->head) ||
	       truncate(a);
}

/* The addresses in RRSETS, as NAME's. False if they are there but one does not fit. */
static bool put_hosts(struct answer *a, const struct dns_node *name, const struct dns_rrset *rrset)
{
	uint16_t offset = dns_reply_find(&a->reply, name);
	bool fits = true;

	if (offset)
		return dns_reply_addresses(&a->reply, offset, rrset);
	for (; rrset; rrset = rrset->next) {
		if (rrset->type == DNS_A || rrset->type == DNS_AAAA)
			fits &= dns_reply_rrset(&a->reply, DNS_SECTION_ADDITIONAL,
				(struct dns_owner){name, 0}, rrset, rrset->head);
	}
	return fits;
}

/*
 * The addresses of NAME: its own, or those that a wildcard gives it. Not those below a cut, unless
 * they are glue: what a delegation's NS records lead to. False if they are there but do not fit.
 */
static bool put_addresses(struct answer *a, const struct dns_node *name, bool glue)
{
	const struct dns_node *from = name;

	while (from && !(from->flags & DNS_NODE_EXISTS))
		from = from->parent;
	if (!from)
		return true;
	if (from->cut && (!glue || !(from->cut->flags & DNS_NODE_DELEGATION)))
		return true;
	if (from != name) {
		from = from->cut ? NULL : from->wild;
		if (!from)
			return true;
	}
	return put_hosts(a, name, from->rrsets);
}

static const struct dns_node *last_name(const struct dns_record *record)
{
	return dns_record_names(record)[record->names - 1];
}

/* Whether an earlier record of the RRset has led to the same name. */
static bool seen_before(const struct dns_rrset *rrset, const struct dns_record *upto)
{
	const struct dns_record *record;

	for (record = rrset->records; record != upto; record = record->next) {
		if (last_name(record) == last_name(upto))
			return true;
	}
	return false;
}

/* RFC 1034 section 4.3.2 step 6: what the client will ask next. Optional: what does not fit is left
 * out. */
static void put_additional(struct answer *a, const struct dns_rrset *rrset)
{
	const struct dns_record *record;

	for (record = rrset->records; record; record = record->next) {
		if (!record->prefix || !seen_before(rrset, record))
			put_addresses(a, last_name(record), rrset->type == DNS_NS);
	}
}

/*
 * A delegation. Addresses of servers below it are the only way to them, so they come first, and if
 * one does not fit the answer is truncated (RFC 9471); those of other servers are optional, as
 * long as there is one.
 */
static void put_referral(struct answer *a, const struct dns_node *cut)
{
	const struct dns_rrset *ns = dns_node_rrset(cut, DNS_NS);
	const struct dns_record *record;
	bool others = false, fits = true;

	if (!dns_reply_rrset(
		    &a->reply, DNS_SECTION_AUTHORITY, (struct dns_owner){cut, 0}, ns, ns->head)) {
		truncate(a);
		return;
	}
	for (record = ns->records; record; record = record->next) {
		if (!(record->flags & DNS_RECORD_BELOW))
			others = true;
		else if (!put_addresses(a, last_name(record), true))
			truncate(a);
	}
	others &= !(a->flags & DNS_FLAG_TC);
	for (record = ns->records; record && others; record = record->next) {
		if (!(record->flags & DNS_RECORD_BELOW))
			fits &= put_addresses(a, last_name(record), true);
	}
	/* With no address at all the client might go round in circles. */
	if (!fits && !a->reply.counts[DNS_SECTION_ADDITIONAL])
		truncate(a);
}

static void put_negative(struct answer *a, enum dns_rcode rcode)
{
	const struct dns_zone *zone = a->zone;

	a->rcode = rcode;
	if (!dns_reply_rrset(&a->reply, DNS_SECTION_AUTHORITY, (struct dns_owner){zone->apex, 0},
		    zone->soa, zone->negative))
		truncate(a);
}

/* ---- answering ---- */

/*
 * ANY gets one RRset (RFC 8482 section 4.1): the first of a kind that is likely to be of use, else
 * any that is not DNSSEC's, else the last.
 */
static const struct dns_rrset *choose_any(const struct dns_node *node)
{
	const struct dns_rrset *rrset, *normal = NULL, *last = NULL;

	for (rrset = node->rrsets; rrset; rrset = rrset->next) {
		switch (rrset->type) {
		case DNS_A:
		case DNS_AAAA:
		case DNS_SOA:
		case DNS_MX:
		case DNS_PTR:
			return rrset;
		case DNS_DNSKEY:
		case DNS_RRSIG:
		case DNS_NSEC:
			last = rrset;
			break;
		default:
			normal = rrset;
		}
	}
	return normal ? normal : last;
}

/* What is to be said of a zone that is expired, or closed to who asks. */
static enum dns_rcode zone_rcode(const struct dns_server *server, const struct dns_zone *zone)
{
	if (zone->state & DNS_ZONE_CLOSED && (!server->may_ask || !server->may_ask(zone)))
		return DNS_REFUSED;
	return zone->state & DNS_ZONE_EXPIRED ? DNS_SERVFAIL : DNS_NOERROR;
}

/* Looks for the name TARGET (LEN bytes) next. False if the chain ends here. */
static bool follow(struct answer *a, const struct dns_rrset *alias, const uint8_t *target,
	size_t len, struct dns_owner owner)
{
	if (a->chain == CHAIN_MAX)
		return false;
	a->aliases[a->chain++] = alias;
	dns_key_init(&a->query.key, target, len);
	a->owner = owner;
	a->zone = choose_zone(a->server, &a->query.key, a->query.type);
	return a->zone && (!a->zone->state || zone_rcode(a->server, a->zone) == DNS_NOERROR);
}

/* Whether the answer has been led on by RRSET before. */
static bool in_chain(const struct answer *a, const struct dns_rrset *rrset)
{
	unsigned i;

	for (i = 0; i < a->chain; i++) {
		if (a->aliases[i] == rrset)
			return true;
	}
	return false;
}

/* A CNAME on the way: true if its target is to be looked for. */
static bool put_cname(struct answer *a, const struct dns_rrset *rrset, bool wild)
{
	const struct dns_node *target = last_name(rrset->records);
	bool again = in_chain(a, rrset);
	uint8_t name[DNS_NAME_MAX];
	size_t len;

	/* A loop ends where it closes; a wildcard's record is another one for each name. */
	if ((again && !wild) || !put_answer(a, rrset) || again)
		return false;
	len = dns_node_name(target, name);
	return follow(a, rrset, name, len, (struct dns_owner){target, 0});
}

/*
 * A DNAME above the name: it and the CNAME made from it are the answer so far (RFC 6672 section
 * 3.2). True if the new name is to be looked for.
 */
static bool put_dname(struct answer *a, const struct dns_node *node)
{
	const struct dns_rrset *rrset = dns_node_rrset(node, DNS_DNAME);
	const struct dns_node *target = last_name(rrset->records);
	size_t keep = a->query.key.len - (size_t)node->len, len, at;
	uint8_t name[2 * DNS_NAME_MAX];

	/* The same DNAME again leads round in circles, or nearly so: the client may go on. */
	if (in_chain(a, rrset))
		return false;
	if (!dns_reply_rrset(
		    &a->reply, DNS_SECTION_ANSWER, (struct dns_owner){node, 0}, rrset, rrset->head))
		return truncate(a);
	memcpy(name, a->query.key.wire, keep);
	len = keep + dns_node_name(target, name + keep);
	if (len > DNS_NAME_MAX) {
		a->rcode = DNS_YXDOMAIN;
		return false;
	}
	at = dns_reply_cname(&a->reply, a->owner, rrset->head + 4, name, keep, target);
	if (!at)
		return truncate(a);
	return a->query.type != DNS_CNAME &&
	       follow(a, rrset, name, len, (struct dns_owner){NULL, (uint16_t)at});
}

/* NODE is the name itself, or a wildcard that stands for it. True if an alias leads on. */
static bool answer_at(struct answer *a, const struct dns_node *node, bool wild)
{
	const struct dns_rrset *rrset;

	if (a->query.type == DNS_ANY)
		rrset = choose_any(node);
	else
		rrset = dns_node_rrset(node, a->query.type);
	if (rrset) {
		if (put_answer(a, rrset) && rrset->addresses)
			put_additional(a, rrset);
		return false;
	}
	rrset = dns_node_rrset(node, DNS_CNAME);
	if (rrset && a->query.type != DNS_ANY)
		return put_cname(a, rrset, wild);
	put_negative(a, DNS_NOERROR);
	return false;
}

/* A delegation is in the way; its own DS records are the parent's to tell, with authority. */
static bool is_referral(const struct dns_node *node, bool exact, uint16_t type)
{
	if (!node->cut || !(node->cut->flags & DNS_NODE_DELEGATION))
		return false;
	return !(exact && node->cut == node && type == DNS_DS);
}

/* One name in one zone. True if an alias leads on to another. */
static bool answer_name(struct answer *a)
{
	bool exact;
	const struct dns_node *node = find_node(a->zone, &a->query.key, &exact);

	/* What is in the message as part of the question can be pointed to. */
	if (!a->owner.node && a->owner.offset)
		dns_reply_know(
			&a->reply, node, a->owner.offset + a->query.key.len - (size_t)node->len);
	if (is_referral(node, exact, a->query.type)) {
		put_referral(a, node->cut);
		return false;
	}
	a->flags |= DNS_FLAG_AA;
	if (node->cut && !(node->cut->flags & DNS_NODE_DELEGATION))
		return put_dname(a, node->cut);
	if (exact)
		return answer_at(a, node, false);
	if (node->flags & DNS_NODE_DNAME)
		return put_dname(a, node);
	if (node->wild)
		return answer_at(a, node->wild, true);
	put_negative(a, DNS_NXDOMAIN);
	return false;
}

/* ---- the message ---- */

static bool is_transfer(uint16_t type)
{
	return type == DNS_AXFR || type == DNS_IXFR;
}

static void answer_question(struct answer *a)
{
	struct dns_query *query = &a->query;

	if (query->class != DNS_CLASS_IN || is_transfer(query->type)) {
		a->rcode = DNS_REFUSED;
		return;
	}
	a->zone = choose_zone(a->server, &query->key, query->type);
	if (!a->zone) {
		a->rcode = DNS_REFUSED;
		return;
	}
	if (a->zone->state) {
		a->rcode = zone_rcode(a->server, a->zone);
		if (a->rcode != DNS_NOERROR)
			return;
	}
	while (answer_name(a))
		;
}

/* The OPT record, for which room was kept. RFC 6891 section 6.1.2. */
static void put_opt(struct answer *a)
{
	uint8_t *p = a->reply.at;

	p[0] = 0;
	wire_set_u16(p + 1, DNS_OPT);
	wire_set_u16(p + 3, a->server->udp_size);
	p[5] = (uint8_t)(a->rcode >> 4);
	p[6] = 0;
	wire_set_u16(p + 7, a->query.dnssec_ok ? 0x8000 : 0);
	wire_set_u16(p + 9, 0);
	a->reply.at += OPT_LEN;
	a->reply.counts[DNS_SECTION_ADDITIONAL]++;
}

static void put_header(struct answer *a, const uint8_t *message)
{
	/* Opcode and RD. AD and CD are clear (RFC 4035 section 3.1.6). */
	const uint16_t keep = 0x7800 | DNS_FLAG_RD;
	uint8_t *p = a->reply.start;

	memcpy(p, message, 2);
	wire_set_u16(p + 2,
		(uint16_t)(DNS_FLAG_QR | (a->query.flags & keep) | a->flags | (a->rcode & 15)));
	wire_set_u16(p + 4, a->query.question_len > 0);
	wire_set_u16(p + 6, a->reply.counts[DNS_SECTION_ANSWER]);
	wire_set_u16(p + 8, a->reply.counts[DNS_SECTION_AUTHORITY]);
	wire_set_u16(p + 10, a->reply.counts[DNS_SECTION_ADDITIONAL]);
}

enum dns_result dns_server_answer(const struct dns_server *server, const uint8_t *query, size_t len,
	enum dns_transport transport, uint8_t *reply, size_t size, size_t *reply_len)
{
	struct answer a;
	size_t max, question;

	/* A response is never answered: two servers would talk to each other for ever. */
	if (len < DNS_HEADER || query[2] & 0x80 || size < DNS_REPLY_MIN)
		return DNS_DROP;
	a.server = server;
	a.flags = 0;
	a.chain = 0;
	a.rcode = dns_query_parse(&a.query, query, len);
	max = transport == DNS_TCP ? DNS_REPLY_MAX : MIN(a.query.udp_size, server->udp_size);
	max = MIN(max, size);
	question = a.query.question_len;
	memcpy(reply + DNS_HEADER, query + DNS_HEADER, question); /* with its case */
	dns_reply_init(&a.reply, reply, reply + DNS_HEADER + question,
		reply + max - (a.query.edns ? OPT_LEN : 0));
	a.owner = (struct dns_owner){NULL, question > 5 ? DNS_HEADER : 0};
	if (a.rcode == DNS_NOERROR)
		answer_question(&a);
	if (a.query.edns)
		put_opt(&a);
	put_header(&a, query);
	*reply_len = (size_t)(a.reply.at - reply);
	return DNS_ANSWER;
}
