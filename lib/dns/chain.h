/* SPDX-License-Identifier: ISC */
/*
 * The NSEC chain (RFC 4034 section 4) or NSEC3 chain (RFC 5155) of a signed zone: its owners in an
 * array, in canonical order or in that of their hashes, so that what denies a name is found by
 * binary search. Built by zone_finish.c, searched by proof.c.
 */
#ifndef LIB_DNS_CHAIN_H
#define LIB_DNS_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/name.h"

#define DNS_NSEC3_HASH 20 /* bytes of SHA-1, the only algorithm there is */

/*
 * A hash costs ITERATIONS + 1 rounds of SHA-1, and whoever asks makes the server compute one. RFC
 * 9276 wants 0; above this no proofs are sent (validators would not take them either).
 */
#define DNS_NSEC3_ITERATIONS 150

struct dns_node;
struct dns_zone;

enum dns_chain_kind {
	DNS_CHAIN_NONE, /* the zone is not signed */
	DNS_CHAIN_NSEC,
	DNS_CHAIN_NSEC3,
	DNS_CHAIN_COSTLY, /* NSEC3 with too many iterations: not used */
};

/* KEY orders as the names (or hashes) do; where two are the same, the names themselves decide. */
struct dns_link {
	uint64_t key;
	const struct dns_node *node;
};

struct dns_chain {
	enum dns_chain_kind kind;
	uint32_t count;
	struct dns_link *links;
	const struct dns_node *wild; /* NSEC: what there is before "*" below the apex, or is it */
	size_t apex_labels;
	uint16_t iterations;
	uint8_t salt_len;
	const uint8_t *salt;
};

/* What an NSEC3 chain says of a name that exists; hashed once, when the zone is finished. */
struct dns_nsec3_proof {
	const struct dns_node *own;  /* the NSEC3 of the name; or what covers it, if not MATCHES */
	const struct dns_node *wild; /* the same for "*" below it, which MATCHES if it exists */
	bool matches;
};

/* The labels of a name from the zone's apex down, the apex's own left out. */
struct dns_labels {
	const uint8_t *label[DNS_LABELS_MAX];
	size_t count;
};

/*
 * Finds and sorts the chain of a zone whose nodes are linked. Returns NULL, or why not (no memory).
 * *WARNING: what is wrong with a chain that is not used, or NULL.
 */
const char *dns_chain_build(struct dns_zone *zone, const char **warning);

/* Sets the keys of COUNT links whose nodes are set, of ZONE, and sorts them canonically. */
void dns_links_sort(struct dns_zone *zone, struct dns_link *links, uint32_t count);

/* The labels of suffix I of KEY, which is APEX_LABELS long at least. */
void dns_labels_init(
	struct dns_labels *labels, const struct dns_key *key, size_t i, size_t apex_labels);

/* NSEC: the owner that is the name or the last one before it. */
const struct dns_node *dns_chain_before(
	const struct dns_chain *chain, const struct dns_labels *labels);

/* NSEC3: the hash of a lower-cased wire name, and the owner that is it (*MATCHES) or covers it. */
void dns_nsec3_hash(const struct dns_chain *chain, const uint8_t *name, size_t len,
	uint8_t hash[DNS_NSEC3_HASH]);
const struct dns_node *dns_chain_hashed(
	const struct dns_chain *chain, const uint8_t hash[DNS_NSEC3_HASH], bool *matches);

#endif
