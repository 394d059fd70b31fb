/* SPDX-License-Identifier: ISC */
/*
 * What a query asks for: RFC 1034 section 4.3.2 over the zones of a server. See answer.h; the
 * choices that the RFCs leave open are told in docs/dns.md.
 */
#include "lib/dns/answer.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/additional.h"
#include "lib/dns/image.h"
#include "lib/dns/types.h"

/* ---- finding ---- */

/* Whether the wire name A is suffix I of KEY; both are padded to whole chunks of 8 bytes. */
static inline bool is_suffix(const uint8_t *a, size_t len, const struct dns_key *key, size_t i)
{
	const uint8_t *b = key->wire + key->at[i];
	uint64_t x, y;

	if (len != (size_t)key->len - key->at[i])
		return false;
	for (; len > 8; len -= 8, a += 8, b += 8) {
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		if (x != y)
			return false;
	}
	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	return (x ^ y) << (64 - 8 * len) == 0;
}

/* The zone of the deepest apex that is KEY or above it, from suffix FROM on; there are several. */
static __attribute__((noinline)) const struct dns_zone *find_zone(
	const struct dns_server *server, struct dns_key *key, size_t from)
{
	size_t i = key->labels > server->depth ? key->labels - server->depth : 0;
	const struct dns_zone *zone;
	uint32_t slot;

	i = MAX(i, from);
	dns_key_hash(key, i);
	for (; server->count && i <= key->labels; i++) {
		slot = key->hash[i] & server->mask;
		for (; (zone = server->zones[slot]); slot = (slot + 1) & server->mask) {
			if (zone->name_hash == key->hash[i] &&
				is_suffix(zone->name, zone->name_len, key, i))
				return zone;
		}
	}
	return NULL;
}

/* A zone's parent side knows the DS records, if it is served here too (RFC 4035 section 3.1.4.1).
 */
static inline const struct dns_zone *choose_zone(
	const struct dns_server *server, struct dns_key *key, uint16_t type)
{
	const struct dns_zone *zone = server->only, *parent;
	size_t i;

	if (zone) {
		if (!zone->apex->labels)
			return zone; /* all names are the root's */
		i = (size_t)key->labels - zone->apex->labels;
		return i <= key->labels && is_suffix(zone->name, zone->name_len, key, i) ? zone
											 : NULL;
	}
	zone = find_zone(server, key, 0);
	if (type == DNS_DS && zone && zone->name_len == key->len && key->labels) {
		parent = find_zone(server, key, 1);
		if (parent)
			return parent;
	}
	return zone;
}

/*
 * From the apex down: the deepest existing node that is KEY (then *EXACT) or above it, but none
 * below what stands in the way. No label is looked at beyond the one that is not there.
 */
static const struct dns_node *find_node(
	const struct dns_zone *zone, const struct dns_key *key, bool *exact)
{
	size_t i = (size_t)key->labels - zone->apex->labels;
	const struct dns_node *node = zone->apex, *child;
	uint32_t hash = zone->name_hash;
	const uint8_t *label;

	for (; i > 0; node = child) {
		label = key->wire + key->at[i - 1];
		hash = dns_hash_label(hash, label);
		child = dns_zone_child(zone, node, label, hash);
		if (!child || !(child->flags & DNS_NODE_EXISTS))
			break;
		i--;
		if (child->cut) {
			node = child;
			break;
		}
	}
	*exact = i == 0;
	return node;
}

/* The deepest existing node that is KEY or above it, below a delegation too: there is glue. */
static const struct dns_node *find_below(const struct dns_zone *zone, struct dns_key *key)
{
	const struct dns_node *node = NULL;
	size_t i;

	dns_key_hash(key, 0);
	for (i = 0; !node || !(node->flags & DNS_NODE_EXISTS); i++) /* the apex ends it */
		node = dns_zone_lookup(zone, key, i);
	return node;
}

/* ---- sections ---- */

bool dns_answer_truncate(struct answer *a)
{
	a->flags |= DNS_FLAG_TC;
	return false;
}

struct dns_owner dns_answer_owner(const struct answer *a, const struct dns_node *node)
{
	struct dns_owner owner = {NULL, NULL, 0};

	if (a->chain)
		owner.node = node;
	else if (node->parent)
		owner.offset = (uint16_t)(DNS_HEADER + a->query.key.len - node->len);
	return owner;
}

static const struct dns_rrset *sigs_of(const struct answer *a, const struct dns_rrset *rrset)
{
	return a->query.dnssec_ok ? rrset->sigs : NULL;
}

bool dns_answer_put(struct answer *a, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset)
{
	const struct dns_rrset *sigs = sigs_of(a, rrset);

	return dns_reply_signed(&a->reply, section, owner, rrset, rrset->head, sigs,
		       sigs ? sigs->head : NULL) ||
	       dns_answer_truncate(a);
}

/*
 * IMAGE (or NULL) as the whole answer. False, with nothing done, where that cannot be: after an
 * alias, where a client wants more, or where not all of it fits.
 */
static inline bool put_image(struct answer *a, const struct dns_image *image)
{
	if (!image || a->chain)
		return false;
	if (a->query.dnssec_ok) {
		image = image->dnssec;
		if (!image)
			return false;
	}
	if ((size_t)(a->reply.limit - a->reply.at) < image->len)
		return false;
	dns_image_put(&a->reply, image, a->question_end);
	return true;
}

void dns_answer_rrset(struct answer *a, const struct dns_rrset *rrset, bool wild)
{
	/* Changing a zone in place leaves images with addresses that may have gone. */
	if (!wild && !(a->zone->edited && dns_rrset_addresses(rrset)) && put_image(a, rrset->image))
		return;
	if (!dns_answer_put(a, DNS_SECTION_ANSWER, a->owner, rrset))
		return;
	dns_prove_waiting(a);
	if (dns_rrset_addresses(rrset))
		dns_additional_put(&a->reply, rrset, a->query.dnssec_ok);
}

/* Whether the delegation is a signed one (RFC 4035 section 3.1.4), or that it is not. */
static void put_ds(struct answer *a, const struct dns_node *cut, struct dns_owner owner)
{
	const struct dns_rrset *ds;

	if (!a->query.dnssec_ok || !a->zone->soa->sigs)
		return;
	ds = dns_node_rrset(cut, DNS_DS);
	if (ds)
		dns_answer_put(a, DNS_SECTION_AUTHORITY, owner, ds);
	else
		dns_prove_no_data(a, cut);
}

/*
 * A delegation. Glue that is needed and does not fit truncates the answer (RFC 9471), as do
 * records of DNSSEC.
 */
void dns_answer_referral(struct answer *a, const struct dns_node *cut)
{
	const struct dns_rrset *ns = dns_node_rrset(cut, DNS_NS);
	struct dns_owner owner = dns_answer_owner(a, cut);

	dns_prove_waiting(a);
	a->encloser = cut;
	if (!dns_reply_rrset(&a->reply, DNS_SECTION_AUTHORITY, owner, ns, ns->head)) {
		dns_answer_truncate(a);
		return;
	}
	put_ds(a, cut, owner);
	if (!(a->flags & DNS_FLAG_TC) && !dns_glue_put(&a->reply, ns, a->query.dnssec_ok))
		dns_answer_truncate(a);
}

/* The same by its image. False, with nothing done, if that cannot be. */
static inline bool put_referral_image(struct answer *a, const struct dns_node *cut)
{
	return !a->zone->edited && put_image(a, dns_node_rrset(cut, DNS_NS)->image);
}

void dns_answer_soa(struct answer *a)
{
	const struct dns_zone *zone = a->zone;
	struct dns_owner owner;

	if (put_image(a, zone->negative_image))
		return;
	owner = dns_answer_owner(a, zone->apex);
	dns_prove_waiting(a);
	if (!dns_reply_signed(&a->reply, DNS_SECTION_AUTHORITY, owner, zone->soa, zone->negative,
		    sigs_of(a, zone->soa), zone->negative_sig))
		dns_answer_truncate(a);
}

/* There is no such name. */
static void put_no_name(struct answer *a)
{
	const struct dns_image *image = a->zone->denial_image;

	a->rcode = DNS_NXDOMAIN;
	if (image && a->query.dnssec_ok && a->encloser == a->zone->apex && !a->chain &&
		(size_t)(a->reply.limit - a->reply.at) >= image->len) {
		dns_image_put(&a->reply, image, a->question_end);
		dns_prove_no_such(a);
	} else {
		dns_answer_soa(a);
		dns_prove_no_name(a);
	}
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

/* Whether a zone is not expired, and open to who asks. */
static bool is_open(const struct answer *a, const struct dns_zone *zone)
{
	if (zone->state & DNS_ZONE_EXPIRED)
		return false;
	return a->server->may_ask && a->server->may_ask(zone);
}

static void refuse_zone(struct answer *a, const struct dns_zone *zone)
{
	bool closed =
		zone->state & DNS_ZONE_CLOSED && !(a->server->may_ask && a->server->may_ask(zone));

	a->rcode = closed ? DNS_REFUSED : DNS_SERVFAIL;
	if (closed)
		a->error = DNS_ERROR_PROHIBITED;
	else
		a->error = zone->soa ? DNS_ERROR_INVALID_DATA : DNS_ERROR_NOT_READY;
}

/* Looks for the name TARGET (LEN bytes) next. False if the chain ends here. */
static bool follow(struct answer *a, const struct dns_rrset *alias, const uint8_t *target,
	size_t len, struct dns_owner owner)
{
	if (a->chain == DNS_CHAIN_MAX)
		return false;
	a->aliases[a->chain++] = alias;
	dns_key_init(&a->query.key, target, len);
	a->owner = owner;
	a->zone = choose_zone(a->server, &a->query.key, a->query.type);
	return a->zone && (!a->zone->state || is_open(a, a->zone));
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
	const struct dns_node *target = dns_record_names(rrset->records)[0];
	bool again = in_chain(a, rrset);
	uint8_t name[DNS_NAME_MAX];
	size_t len;

	/* A loop ends where it closes; a wildcard's record is another one for each name. */
	if ((again && !wild) || !dns_answer_put(a, DNS_SECTION_ANSWER, a->owner, rrset))
		return false;
	if (wild)
		dns_prove_no_closer(a);
	if (again)
		return false;
	len = dns_node_name(target, name);
	return follow(a, rrset, name, len, (struct dns_owner){target, NULL, 0});
}

/*
 * A DNAME above the name: it and the CNAME made from it are the answer so far (RFC 6672 section
 * 3.2). True if the new name is to be looked for.
 */
static bool put_dname(struct answer *a, const struct dns_node *node)
{
	const struct dns_rrset *rrset = dns_node_rrset(node, DNS_DNAME);
	const struct dns_node *target = dns_record_names(rrset->records)[0];
	size_t keep = a->query.key.len - (size_t)node->len, len, at;
	uint8_t name[2 * DNS_NAME_MAX];

	/* The same DNAME again leads round in circles, or nearly so: the client may go on. */
	if (in_chain(a, rrset))
		return false;
	if (!dns_answer_put(a, DNS_SECTION_ANSWER, dns_answer_owner(a, node), rrset))
		return false;
	memcpy(name, a->query.key.wire, keep);
	len = keep + dns_node_name(target, name + keep);
	if (len > DNS_NAME_MAX) {
		a->rcode = DNS_YXDOMAIN;
		return false;
	}
	at = dns_reply_cname(&a->reply, a->owner, rrset->head + 4, name, keep, target);
	if (!at)
		return dns_answer_truncate(a);
	return a->query.type != DNS_CNAME &&
	       follow(a, rrset, name, len, (struct dns_owner){NULL, NULL, (uint16_t)at});
}

/* All RRSIG records of a name, whatever they cover. */
static void put_all_sigs(struct answer *a, const struct dns_rrset *rrset)
{
	for (; rrset; rrset = rrset->next) {
		if (rrset->type == DNS_RRSIG &&
			!dns_answer_put(a, DNS_SECTION_ANSWER, a->owner, rrset))
			return;
	}
}

static void put_no_data(struct answer *a, const struct dns_node *node, bool wild)
{
	dns_answer_soa(a);
	if (wild)
		dns_prove_no_wild_data(a, node);
	else
		dns_prove_no_data(a, node);
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
		if (wild)
			dns_prove_no_closer(a);
		if (rrset->type == DNS_RRSIG)
			put_all_sigs(a, node->rrsets);
		else
			dns_answer_rrset(a, rrset, wild);
		return false;
	}
	rrset = dns_node_rrset(node, DNS_CNAME);
	if (rrset && a->query.type != DNS_ANY)
		return put_cname(a, rrset, wild);
	put_no_data(a, node, wild);
	return false;
}

/* A delegation is in the way; its own DS records are the parent's to tell, with authority. */
static bool is_referral(const struct dns_node *node, bool exact, uint16_t type)
{
	if (!node->cut || !(node->cut->flags & DNS_NODE_DELEGATION))
		return false;
	return !(exact && node->cut == node && type == DNS_DS);
}

/* What is in the message as part of the question can be pointed to. */
static void know_name(struct answer *a, const struct dns_node *node)
{
	if (!a->owner.node && a->owner.offset)
		dns_reply_know(
			&a->reply, node, a->owner.offset + a->query.key.len - (size_t)node->len);
}

/* One name in one zone. True if an alias leads on to another. */
static bool answer_name(struct answer *a)
{
	bool exact;
	const struct dns_node *node = a->encloser = find_node(a->zone, &a->query.key, &exact);
	bool referral = is_referral(node, exact, a->query.type);

	if (referral && put_referral_image(a, node->cut))
		return false;
	know_name(a, referral ? find_below(a->zone, &a->query.key) : node);
	if (referral) {
		dns_answer_referral(a, node->cut);
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
	put_no_name(a);
	return false;
}

void dns_answer_question(struct answer *a)
{
	a->zone = choose_zone(a->server, &a->query.key, a->query.type);
	if (!a->zone) {
		a->rcode = DNS_REFUSED;
		a->error = DNS_ERROR_NOT_AUTHORITATIVE;
		return;
	}
	if (a->zone->state && !is_open(a, a->zone)) {
		refuse_zone(a, a->zone);
		return;
	}
	while (answer_name(a))
		;
	dns_prove_waiting(a);
}
