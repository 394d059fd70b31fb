/* SPDX-License-Identifier: ISC */
/* The digest of a whole zone: see zonemd.h. Sections of RFC 8976. */
#include "lib/dns/zonemd.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/crypto/hash.h"
#include "lib/dns/edit.h"
#include "lib/dns/types.h"

#define SCHEME_SIMPLE 1
#define RDATA_FIXED   6  /* serial, scheme, algorithm */
#define SIGNER        18 /* where RRSIG rdata has its signer's name */

static const char no_memory[] = "no memory to check the ZONEMD record";

struct digest {
	const struct dns_zone *zone;
	struct crypto_hash_context hash;
	uint8_t *room; /* the rdata of one RRset, and where each begins */
	size_t size;
};

struct rdata {
	uint16_t len;
	uint8_t *bytes;
};

/* Section 2.2.3; 0 for those that are not known here. */
static size_t digest_len(const uint8_t *rdata, enum crypto_hash *kind)
{
	if (rdata[4] != SCHEME_SIMPLE || rdata[5] < 1 || rdata[5] > 2)
		return 0;
	*kind = rdata[5] == 1 ? CRYPTO_SHA384 : CRYPTO_SHA512;
	return crypto_hash_len(*kind);
}

static int by_bytes(const void *a, const void *b)
{
	const struct rdata *x = a, *y = b;
	int order = memcmp(x->bytes, y->bytes, MIN(x->len, y->len));

	return order ? order : x->len - y->len;
}

/* A signer's name is in lower case in what is signed (RFC 4034 section 6.2); others are already. */
static void lower_signer(uint8_t *rdata, size_t len)
{
	size_t end = SIGNER + dns_name_check(rdata + SIGNER, len - SIGNER), i;

	for (i = SIGNER; i < end; i++) {
		if (rdata[i] >= 'A' && rdata[i] <= 'Z')
			rdata[i] |= 0x20;
	}
}

/* The records of RRSET in canonical order, in the digest's room; NULL: no memory. */
static struct rdata *sorted(struct digest *digest, const struct dns_rrset *rrset)
{
	const struct dns_record *record;
	size_t need = rrset->count * sizeof(struct rdata), i = 0;
	struct rdata *list;
	uint8_t *at;

	for (record = rrset->records; record; record = record->next)
		need += record->rdlen;
	if (need > digest->size) {
		at = realloc(digest->room, need);
		if (!at)
			return NULL;
		digest->room = at;
		digest->size = need;
	}
	list = (struct rdata *)(void *)digest->room;
	at = (uint8_t *)(list + rrset->count);
	for (record = rrset->records; record; record = record->next, i++) {
		dns_record_rdata(record, at);
		if (rrset->type == DNS_RRSIG)
			lower_signer(at, record->rdlen);
		list[i] = (struct rdata){record->rdlen, at};
		at += record->rdlen;
	}
	qsort(list, rrset->count, sizeof(*list), by_bytes);
	return list;
}

/* Section 3.3.1: one RRset in the form and order of RFC 4034 section 6. */
static bool add_rrset(struct digest *digest, const uint8_t *owner, size_t owner_len,
	const struct dns_rrset *rrset)
{
	struct rdata *list = sorted(digest, rrset);
	uint8_t len[2];
	unsigned i;

	for (i = 0; list && i < rrset->count; i++) {
		wire_set_u16(len, list[i].len);
		crypto_hash_update(&digest->hash, owner, owner_len);
		crypto_hash_update(&digest->hash, rrset->head, sizeof(rrset->head));
		crypto_hash_update(&digest->hash, len, sizeof(len));
		crypto_hash_update(&digest->hash, list[i].bytes, list[i].len);
	}
	return list;
}

static uint32_t order_of(const struct dns_rrset *rrset)
{
	return (uint32_t)rrset->type << 16 | (rrset->type == DNS_RRSIG ? rrset->covers : 0);
}

/* Section 3.3.2: the digest itself, and what signs it, are left out. */
static bool is_left_out(
	const struct dns_zone *zone, const struct dns_node *node, const struct dns_rrset *rrset)
{
	return node == zone->apex &&
	       (rrset->type == DNS_ZONEMD ||
		       (rrset->type == DNS_RRSIG && rrset->covers == DNS_ZONEMD));
}

static bool add_node(struct digest *digest, const struct dns_node *node)
{
	const struct dns_rrset *rrset, *next;
	uint8_t owner[DNS_NAME_MAX];
	size_t len = dns_node_name(node, owner);
	int64_t last = -1;

	for (;; last = order_of(next)) {
		next = NULL;
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			if (order_of(rrset) > last && (!next || order_of(rrset) < order_of(next)))
				next = rrset;
		}
		if (!next)
			return true;
		if (!is_left_out(digest->zone, node, next) && !add_rrset(digest, owner, len, next))
			return false;
	}
}

/* Section 3.4. False: no memory. */
static bool compute(struct dns_zone *zone, enum crypto_hash kind, uint8_t *result)
{
	struct digest digest = {.zone = zone};
	struct dns_link *links = malloc(zone->nodes * sizeof(*links));
	const struct dns_node *node;
	uint32_t count = 0, i;
	bool good = links;

	for (node = zone->first; node && links; node = node->next) {
		if (node->rrsets)
			links[count++].node = node;
	}
	if (links)
		dns_links_sort(zone, links, count);
	crypto_hash_init(&digest.hash, kind);
	for (i = 0; i < count && good; i++) {
		good = add_node(&digest, links[i].node);
		dns_zone_worked(zone, 10000);
	}
	crypto_hash_result(&digest.hash, result);
	free(digest.room);
	free(links);
	return good;
}

const char *dns_zonemd_check(struct dns_zone *zone)
{
	const struct dns_rrset *rrset = dns_node_rrset(zone->apex, DNS_ZONEMD);
	const struct dns_record *record;
	uint8_t result[CRYPTO_HASH_MAX];
	const char *why = NULL;
	enum crypto_hash kind;
	size_t len;

	for (record = rrset ? rrset->records : NULL; record; record = record->next) {
		const uint8_t *rdata = dns_record_bytes(record);

		len = digest_len(rdata, &kind);
		if (!len)
			continue;
		why = "the serial of the ZONEMD record is not that of the SOA record";
		if (memcmp(rdata, dns_record_bytes(zone->soa->records), 4) != 0)
			continue;
		if (!compute(zone, kind, result))
			return no_memory;
		if (record->len == RDATA_FIXED + len &&
			memcmp(rdata + RDATA_FIXED, result, len) == 0)
			return NULL;
		why = "the zone is not what its ZONEMD record says";
	}
	return why;
}
