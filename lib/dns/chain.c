/* SPDX-License-Identifier: ISC */
/* NSEC and NSEC3 chains: see chain.h. */
#include "lib/dns/chain.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/crypto/hash.h"
#include "lib/dns/types.h"
#include "lib/dns/zone.h"

#define HASH_LABEL 32 /* a hash in base32hex */

static const char no_memory[] = "the zone does not fit the memory";

/* ---- canonical order (RFC 4034 section 6.1) ---- */

void dns_labels_init(
	struct dns_labels *labels, const struct dns_key *key, size_t i, size_t apex_labels)
{
	size_t j = key->labels - apex_labels;

	labels->count = 0;
	while (j-- > i)
		labels->label[labels->count++] = key->wire + key->at[j];
}

static void labels_of_node(
	struct dns_labels *labels, const struct dns_node *node, size_t apex_labels)
{
	size_t i = labels->count = node->labels - apex_labels;

	for (; i > 0; node = node->parent)
		labels->label[--i] = node->label;
}

static int compare_label(const uint8_t *a, const uint8_t *b)
{
	int difference = memcmp(a + 1, b + 1, MIN(a[0], b[0]));

	return difference ? difference : a[0] - b[0];
}

static int compare_labels(const struct dns_labels *a, const struct dns_labels *b)
{
	size_t i, count = MIN(a->count, b->count);
	int difference;

	for (i = 0; i < count; i++) {
		difference = compare_label(a->label[i], b->label[i]);
		if (difference)
			return difference;
	}
	return a->count < b->count ? -1 : a->count > b->count;
}

/* Up to eight bytes of a padded LABEL, the first one highest, behind them 0. */
static inline uint64_t first_bytes(const uint8_t *label)
{
	size_t len = label[0];
	uint64_t bytes;

	memcpy(&bytes, label, 8);
	bytes >>= 8;
	if (len < 8)
		bytes &= (1ull << 8 * len) - 1;
	else
		bytes |= (uint64_t)label[8] << 56;
	return __builtin_bswap64(bytes);
}

/*
 * The first eight bytes of labels in their order, so that numbers compare as names do. The end of a
 * label goes in as 0, the two lowest bytes, which no host's name has, share a 1: nothing goes in
 * after one of them.
 */
static uint64_t order_key(const struct dns_labels *labels)
{
	const uint64_t ones = 0x0101010101010101;
	unsigned room = 64, i;
	uint64_t key = 0, bytes, low;
	size_t n;

	for (n = 0; n < labels->count && room; n++) {
		unsigned len = MIN(labels->label[n][0], 8u);

		bytes = first_bytes(labels->label[n]);
		/* The highest bit of each byte that is 0 or 1, of the LEN ones that count. */
		low = (bytes - 2 * ones) & ~bytes & (0x80 * ones) &
		      ~(UINT64_MAX >> 1 >> (8 * len - 1));
		if (low) {
			i = (unsigned)__builtin_clzll(low) / 8;
			bytes = (bytes & ~(UINT64_MAX >> 8 * i)) | 1ull << (56 - 8 * i);
			return key | bytes >> (64 - room);
		}
		key |= bytes >> (64 - room);
		room -= MIN(room, 8 * (len + 1));
	}
	return key;
}

/* ---- hashes ---- */

static int base32hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'v' ? c - 'a' + 10 : -1;
}

/* The first eight bytes of the hash that LABEL is; false if it is none. */
static bool hash_key(const uint8_t *label, uint64_t *key)
{
	unsigned i;
	int digit;

	if (label[0] != HASH_LABEL)
		return false;
	*key = 0;
	for (i = 1; i <= HASH_LABEL; i++) {
		digit = base32hex_digit(label[i]);
		if (digit < 0)
			return false;
		if (i <= 12) /* twelve digits are 60 bits */
			*key = *key << 5 | (unsigned)digit;
		else if (i == 13)
			*key = *key << 4 | (unsigned)digit >> 1;
	}
	return true;
}

static void hash_label(const uint8_t hash[DNS_NSEC3_HASH], uint8_t label[1 + HASH_LABEL])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
	uint64_t bits;
	unsigned i, j;

	label[0] = HASH_LABEL;
	for (i = 0; i < 4; i++) { /* five bytes are eight digits */
		for (bits = 0, j = 0; j < 5; j++)
			bits = bits << 8 | hash[i * 5 + j];
		for (j = 8; j > 0; j--, bits >>= 5)
			label[i * 8 + j] = (uint8_t)digits[bits & 31];
	}
}

void dns_nsec3_hash(const struct dns_chain *chain, const uint8_t *name, size_t len,
	uint8_t hash[DNS_NSEC3_HASH])
{
	struct crypto_hash_context context;
	unsigned rounds = chain->iterations;

	crypto_hash_init(&context, CRYPTO_SHA1);
	for (;; rounds--) {
		crypto_hash_update(&context, name, len);
		crypto_hash_update(&context, chain->salt, chain->salt_len);
		crypto_hash_result(&context, hash);
		if (!rounds)
			break;
		crypto_hash_init(&context, CRYPTO_SHA1);
		name = hash;
		len = DNS_NSEC3_HASH;
	}
}

/* ---- searching ---- */

/* The last link whose key is KEY or before it; -1: none. There is at least one link. */
static int64_t last_upto(const struct dns_chain *chain, uint64_t key)
{
	const struct dns_link *low = chain->links;
	uint32_t count = chain->count, half;

	/* If one is to be found it is among the COUNT from LOW on. */
	while (count > 1) {
		half = count / 2;
		if (low[half].key <= key)
			low += half;
		count -= half;
	}
	return low - chain->links - (low->key > key);
}

/* As last_upto(), but where a key is shared the order of NODE's labels and LABELS decides. */
static int64_t last_name(const struct dns_chain *chain, int64_t i, uint64_t key,
	const struct dns_labels *labels, size_t apex_labels)
{
	int64_t high = i, low = i;
	struct dns_labels other;
	uint32_t step;

	/* Back to where the run of KEY begins, by longer and longer steps, then by halves. */
	for (step = 1; low >= 0 && chain->links[low].key == key; step *= 2)
		low -= step;
	low = MAX(low, (int64_t)-1);
	while (low < high) {
		int64_t middle = low + (high - low + 1) / 2;
		bool upto = chain->links[middle].key < key;

		if (!upto) {
			labels_of_node(&other, chain->links[middle].node, apex_labels);
			upto = compare_labels(&other, labels) <= 0;
		}
		if (upto)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

/* The last link of all comes before the first: both orders are circles. */
static const struct dns_node *link_at(const struct dns_chain *chain, int64_t i)
{
	return chain->links[i < 0 ? chain->count - 1 : i].node;
}

const struct dns_node *dns_chain_before(
	const struct dns_chain *chain, const struct dns_labels *labels)
{
	uint64_t key = order_key(labels);
	int64_t i = last_upto(chain, key);

	if (i >= 0 && chain->links[i].key == key)
		i = last_name(chain, i, key, labels, chain->apex_labels);
	return link_at(chain, i);
}

const struct dns_node *dns_chain_hashed(
	const struct dns_chain *chain, const uint8_t hash[DNS_NSEC3_HASH], bool *matches)
{
	uint8_t label[1 + HASH_LABEL];
	uint64_t key = 0;
	int64_t i;
	int order = -1;

	for (i = 0; i < 8; i++)
		key = key << 8 | hash[i];
	i = last_upto(chain, key);
	*matches = false;
	if (i < 0 || chain->links[i].key != key)
		return link_at(chain, i);
	hash_label(hash, label);
	while (i >= 0 && (order = memcmp(chain->links[i].node->label, label, sizeof(label))) > 0)
		i--;
	*matches = i >= 0 && order == 0;
	return link_at(chain, i);
}

/* ---- sorting ---- */

static bool is_before(const struct dns_link *a, const struct dns_link *b, size_t apex_labels)
{
	struct dns_labels x, y;

	if (a->key != b->key)
		return a->key < b->key;
	labels_of_node(&x, a->node, apex_labels);
	labels_of_node(&y, b->node, apex_labels);
	return compare_labels(&x, &y) < 0;
}

static void sift(struct dns_link *links, uint32_t i, uint32_t count, size_t apex_labels)
{
	struct dns_link moved = links[i];
	uint32_t child;

	for (; (child = i * 2 + 1) < count; i = child) {
		if (child + 1 < count && is_before(&links[child], &links[child + 1], apex_labels))
			child++;
		if (!is_before(&moved, &links[child], apex_labels))
			break;
		links[i] = links[child];
	}
	links[i] = moved;
}

/* In place and with no worst case; nothing to do for the files that signers write. */
static void sort(struct dns_zone *zone, struct dns_link *links, uint32_t count)
{
	size_t apex_labels = zone->apex->labels;
	struct dns_link last;
	uint32_t i, n;

	for (i = 1; i < count && is_before(&links[i - 1], &links[i], apex_labels); i++)
		dns_zone_worked(zone, 200);
	if (i >= count)
		return;
	for (i = count / 2; i-- > 0;) {
		sift(links, i, count, apex_labels);
		dns_zone_worked(zone, 3000);
	}
	for (n = count; n-- > 1;) {
		last = links[n];
		links[n] = links[0];
		links[0] = last;
		sift(links, 0, n, apex_labels);
		dns_zone_worked(zone, 3000);
	}
}

void dns_links_sort(struct dns_zone *zone, struct dns_link *links, uint32_t count)
{
	struct dns_labels labels;
	uint32_t i;

	for (i = 0; i < count; i++) {
		labels_of_node(&labels, links[i].node, zone->apex->labels);
		links[i].key = order_key(&labels);
		dns_zone_worked(zone, 400);
	}
	sort(zone, links, count);
}

/* ---- building ---- */

/* The parameters that NSEC3 and NSEC3PARAM rdata begin with, but for the flags. */
static bool same_params(const struct dns_chain *chain, const uint8_t *rdata)
{
	return rdata[0] == 1 && (rdata[2] << 8 | rdata[3]) == chain->iterations &&
	       rdata[4] == chain->salt_len && memcmp(rdata + 5, chain->salt, rdata[4]) == 0;
}

/* Whether NODE is a link of the chain that is being built, and with what key. */
static bool is_link(const struct dns_zone *zone, const struct dns_node *node, struct dns_link *link)
{
	const struct dns_chain *chain = &zone->chain;
	struct dns_labels labels;
	const struct dns_rrset *rrset;

	link->node = node;
	if (chain->kind == DNS_CHAIN_NSEC) {
		if (!(node->flags & DNS_NODE_EXISTS) || (node->cut && node->cut != node) ||
			!dns_node_rrset(node, DNS_NSEC))
			return false;
		labels_of_node(&labels, node, chain->apex_labels);
		link->key = order_key(&labels);
		return true;
	}
	rrset = node->parent == zone->apex ? dns_node_rrset(node, DNS_NSEC3) : NULL;
	return rrset && same_params(chain, dns_record_bytes(rrset->records)) &&
	       hash_key(node->label, &link->key);
}

/* All links of the kind that is set. False: no memory. */
static bool collect(struct dns_zone *zone)
{
	struct dns_chain *chain = &zone->chain;
	const struct dns_node *node;
	struct dns_link link;

	chain->count = 0;
	for (node = zone->first; node; node = node->next) {
		chain->count += is_link(zone, node, &link);
		dns_zone_worked(zone, 500);
	}
	if (!chain->count)
		return true;
	chain->links = arena_alloc(&zone->arena, chain->count * sizeof(link), 8);
	if (!chain->links)
		return false;
	chain->count = 0;
	for (node = zone->first; node; node = node->next) {
		if (is_link(zone, node, &link))
			chain->links[chain->count++] = link;
		dns_zone_worked(zone, 500);
	}
	sort(zone, chain->links, chain->count);
	return true;
}

/* A chain is whole only if it has the apex (RFC 5155 section 7.2 leaves the choice to the server).
 */
static const char *try_params(struct dns_zone *zone, const uint8_t *rdata)
{
	struct dns_chain *chain = &zone->chain;
	uint8_t hash[DNS_NSEC3_HASH];
	bool matches = false;

	if (rdata[0] != 1 || rdata[1] != 0)
		return NULL;
	chain->iterations = (uint16_t)(rdata[2] << 8 | rdata[3]);
	chain->salt_len = rdata[4];
	chain->salt = rdata + 5;
	if (chain->iterations > DNS_NSEC3_ITERATIONS) {
		chain->kind = DNS_CHAIN_COSTLY;
		return NULL;
	}
	chain->kind = DNS_CHAIN_NSEC3;
	if (!collect(zone))
		return no_memory;
	if (chain->count) {
		dns_nsec3_hash(chain, zone->name, zone->name_len, hash);
		dns_chain_hashed(chain, hash, &matches);
	}
	if (!matches)
		chain->kind = DNS_CHAIN_NONE;
	return NULL;
}

/* The proof for the LEN bytes of lower-cased NAME: what is the hash or covers it. */
static const struct dns_node *prove(
	const struct dns_chain *chain, const uint8_t *name, size_t len, bool *matches)
{
	uint8_t hash[DNS_NSEC3_HASH];

	dns_nsec3_hash(chain, name, len, hash);
	return dns_chain_hashed(chain, hash, matches);
}

/* Hashes each name that can be asked for, and the wildcard below it. */
static bool hash_nodes(struct dns_zone *zone)
{
	const struct dns_chain *chain = &zone->chain;
	uint8_t name[2 + DNS_NAME_MAX] = {1, '*'};
	struct dns_nsec3_proof *proof;
	struct dns_node *node;
	size_t len;
	bool unused;

	for (node = zone->first; node; node = node->next) {
		if (!(node->flags & DNS_NODE_EXISTS) || (node->cut && node->cut != node))
			continue;
		if (node->labels < zone->apex->labels)
			continue;
		proof = arena_alloc(&zone->arena, sizeof(*proof), 8);
		if (!proof)
			return false;
		len = dns_node_name(node, name + 2);
		proof->own = prove(chain, name + 2, len, &proof->matches);
		/* Names below a delegation, or with no room below them, are not asked for here. */
		if (!node->cut && len + 2 <= DNS_NAME_MAX)
			proof->wild = prove(chain, name, len + 2, &unused);
		node->nsec3 = proof;
		dns_zone_worked(zone, 5000 * (chain->iterations + 1u));
	}
	return true;
}

const char *dns_chain_build(struct dns_zone *zone, const char **warning)
{
	const struct dns_rrset *params = dns_node_rrset(zone->apex, DNS_NSEC3PARAM);
	struct dns_chain *chain = &zone->chain;
	const struct dns_record *record;
	const struct dns_labels wild = {{(const uint8_t *)"\1*\0\0\0\0\0"}, 1}; /* padded */
	const char *why = NULL;

	*warning = NULL;
	chain->apex_labels = zone->apex->labels;
	if (!zone->soa->sigs)
		return NULL;
	for (record = params ? params->records : NULL; record; record = record->next) {
		why = try_params(zone, dns_record_bytes(record));
		if (why || chain->kind == DNS_CHAIN_NSEC3)
			break;
	}
	if (why)
		return why;
	if (chain->kind == DNS_CHAIN_NSEC3)
		return hash_nodes(zone) ? NULL : no_memory;
	if (dns_node_rrset(zone->apex, DNS_NSEC)) {
		chain->kind = DNS_CHAIN_NSEC;
		if (!collect(zone))
			return no_memory;
		chain->wild = dns_chain_before(chain, &wild);
		return NULL;
	}
	*warning = chain->kind == DNS_CHAIN_COSTLY
			   ? "more than 150 iterations of NSEC3: denials are sent without proofs"
			   : "the zone is signed, but has no whole chain of NSEC or NSEC3 records";
	return NULL;
}
