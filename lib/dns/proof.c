/* SPDX-License-Identifier: ISC */
/*
 * Authenticated denial of existence: which NSEC records (RFC 4035 section 3.1.3) or NSEC3 records
 * (RFC 5155 section 7.2) a reply needs. See answer.h.
 */
#include <string.h>

#include "lib/dns/answer.h"
#include "lib/dns/types.h"

static const uint8_t wildcard_label[8] = {1, '*'};

static bool wants(struct answer *a)
{
	if (!a->query.dnssec_ok)
		return false;
	if (a->zone->chain.kind == DNS_CHAIN_COSTLY)
		a->error = DNS_ERROR_ITERATIONS;
	return a->zone->chain.kind == DNS_CHAIN_NSEC || a->zone->chain.kind == DNS_CHAIN_NSEC3;
}

/* How the owner of a link is written: its labels up to a name that the question has. */
static struct dns_owner owner_of(const struct answer *a, const struct dns_node *node)
{
	const struct dns_node *known = node;
	struct dns_owner owner;

	if (a->chain)
		return (struct dns_owner){node, NULL, 0};
	while (known != a->encloser && known != a->zone->apex)
		known = known->parent;
	owner = dns_answer_owner(a, known);
	if (known == node)
		return owner;
	return (struct dns_owner){node, known, owner.offset};
}

static struct dns_proof proof_at(const struct answer *a, const struct dns_node *node)
{
	uint16_t type = a->zone->chain.kind == DNS_CHAIN_NSEC ? DNS_NSEC : DNS_NSEC3;

	return (struct dns_proof){node, dns_node_rrset(node, type)};
}

static void put_proof(struct answer *a, struct dns_proof proof)
{
	unsigned i;

	for (i = 0; i < a->proof_count; i++) {
		if (a->proofs[i].rrset == proof.rrset)
			return;
	}
	if (i < DNS_PROOFS_MAX)
		a->proofs[a->proof_count++] = proof;
	dns_answer_put(a, DNS_SECTION_AUTHORITY, owner_of(a, proof.node), proof.rrset);
}

static void put(struct answer *a, const struct dns_node *node)
{
	put_proof(a, proof_at(a, node));
}

/* ---- NSEC ---- */

/* What stands before suffix I of the name or, with WILD, before "*" below it. */
static const struct dns_node *before(const struct answer *a, size_t i, bool wild)
{
	struct dns_labels labels;

	if (wild && a->encloser == a->zone->apex)
		return a->zone->chain.wild;
	dns_labels_init(&labels, &a->query.key, i, a->zone->chain.apex_labels);
	if (wild)
		labels.label[labels.count++] = wildcard_label;
	return dns_chain_before(&a->zone->chain, &labels);
}

/* NODE's own NSEC; a name that only has others below it has none. */
static void put_own(struct answer *a, const struct dns_node *node)
{
	if (dns_node_rrset(node, DNS_NSEC))
		put(a, node);
	else
		put(a, before(a, a->query.key.labels - (size_t)node->labels, false));
}

/* ---- NSEC3 ---- */

/*
 * The closest encloser that the chain knows of (under opt-out it need not know all), and that there
 * is nothing between: RFC 5155 section 7.2.1. Returns it.
 */
static const struct dns_node *put_encloser(struct answer *a, const struct dns_node *node)
{
	const struct dns_node *below = NULL;

	while (!node->nsec3->matches && node != a->zone->apex) {
		below = node;
		node = node->parent;
	}
	put(a, node->nsec3->own);
	if (below)
		put(a, below->nsec3->own);
	return below ? node : NULL;
}

/* What covers the name one label longer than the closest encloser. */
static const struct dns_node *next_closer(const struct answer *a)
{
	const struct dns_key *key = &a->query.key;
	size_t i = key->labels - (size_t)a->encloser->labels - 1;
	uint8_t hash[DNS_NSEC3_HASH];
	bool matches;

	dns_nsec3_hash(
		&a->zone->chain, key->wire + key->at[i], key->len - (size_t)key->at[i], hash);
	return dns_chain_hashed(&a->zone->chain, hash, &matches);
}

/* ---- both ---- */

void dns_prove_no_data(struct answer *a, const struct dns_node *node)
{
	if (!wants(a))
		return;
	if (a->zone->chain.kind == DNS_CHAIN_NSEC)
		put_own(a, node);
	else
		put_encloser(a, node);
}

void dns_prove_no_wildcard(struct answer *a)
{
	if (wants(a))
		put(a, before(a, a->query.key.labels - (size_t)a->encloser->labels, true));
}

void dns_prove_no_such(struct answer *a)
{
	const struct dns_node *node = before(a, 0, false);

	if (node != a->zone->chain.wild)
		dns_answer_put(a, DNS_SECTION_AUTHORITY, owner_of(a, node),
			dns_node_rrset(node, DNS_NSEC));
}

void dns_prove_no_name(struct answer *a)
{
	const struct dns_node *known;

	if (!wants(a))
		return;
	if (a->zone->chain.kind == DNS_CHAIN_NSEC) {
		dns_prove_no_wildcard(a);
		put(a, before(a, 0, false));
		return;
	}
	known = put_encloser(a, a->encloser);
	if (!known) {
		known = a->encloser;
		put(a, next_closer(a));
	}
	if (known->nsec3->wild)
		put(a, known->nsec3->wild);
}

void dns_prove_no_closer(struct answer *a)
{
	const struct dns_node *node;

	if (!wants(a))
		return;
	node = a->zone->chain.kind == DNS_CHAIN_NSEC ? before(a, 0, false) : next_closer(a);
	a->waiting[a->waiting_count++] = proof_at(a, node);
}

void dns_prove_all_waiting(struct answer *a)
{
	unsigned i;

	for (i = 0; i < a->waiting_count; i++)
		put_proof(a, a->waiting[i]);
	a->waiting_count = 0;
}

void dns_prove_no_wild_data(struct answer *a, const struct dns_node *wild)
{
	if (!wants(a))
		return;
	if (a->zone->chain.kind == DNS_CHAIN_NSEC) {
		/* A wildcard without records, only names below it, has no NSEC either. */
		if (dns_node_rrset(wild, DNS_NSEC))
			put(a, wild);
		else
			put(a, before(a, a->query.key.labels - (size_t)a->encloser->labels, true));
		put(a, before(a, 0, false));
		return;
	}
	put_encloser(a, a->encloser);
	put(a, next_closer(a));
	put(a, wild->nsec3->own);
}
