/* SPDX-License-Identifier: ISC */
/*
 * One zone in memory: built once (by lib/dns/master.h, later by a transfer), then only read. Called
 * by the parser, the query engine and the tests.
 *
 * All names are nodes of one tree with a hash table over it: owners, their ancestors, and the names
 * inside rdata, so that glue and targets are one pointer away and a name is compressed by
 * looking up a pointer. Nodes, RRsets and records stand in one arena. Why a hash and not a sorted
 * tree: a query costs one probe for an exact match and one a label for the closest encloser,
 * whatever the zone's size. Signed zones have an array of their NSEC or NSEC3 owners in order
 * beside it (chain.h).
 */
#ifndef LIB_DNS_ZONE_H
#define LIB_DNS_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/base/arena.h"
#include "lib/dns/chain.h"
#include "lib/dns/name.h"
#include "lib/dns/types.h"

enum {
	DNS_RECORD_COMPRESS = 1, /* the names may be compressed */
	DNS_RECORD_BELOW = 2, /* the last name is the owner's or below it: only glue leads there */
};

/* One record's rdata: PREFIX bytes, then NAMES names, then the other bytes. */
struct dns_record {
	struct dns_record *next;
	uint16_t len;    /* all bytes that are not names' */
	uint16_t prefix; /* those of them before the names */
	uint16_t rdlen;  /* of the uncompressed rdata on the wire */
	uint8_t names;
	uint8_t flags; /* DNS_RECORD_... */
		       /* struct dns_node *[NAMES], then LEN bytes: use the functions below. */
};

struct dns_image;

/*
 * All records of one type at one name, in the order of the zone file. RRSIG records form one such
 * set for each type that they cover, since their TTL is that type's.
 */
struct dns_rrset {
	struct dns_rrset *next; /* of the node, in the order of the zone file */
	struct dns_record *records;
	const struct dns_rrset *sigs;  /* the RRSIG records over these, or NULL */
	const struct dns_image *image; /* the reply to a question that it answers, or NULL */
	uint16_t type;
	uint16_t count;
	uint16_t size; /* of the records on the wire at least, without owners */
	union {
		uint16_t covers;   /* RRSIG: which type */
		uint8_t addresses; /* others: the last name of each record wants its addresses added
				    */
	};
	uint8_t head[8]; /* type, class and TTL as on the wire */
};

enum {
	DNS_NODE_EXISTS = 1,     /* within the zone: owns records, or something below it does */
	DNS_NODE_DELEGATION = 2, /* has NS, below the apex */
	DNS_NODE_DNAME = 4,
};

struct dns_node {
	struct dns_node *parent; /* NULL: the root */
	struct dns_node *chain;  /* the next of its bucket */
	struct dns_node *next;   /* in order of creation: parents before children */
	struct dns_rrset *rrsets;
	/*
	 * What stands in the way to this name, seen from the apex: the delegation at or above
	 * it, or the DNAME above it. NULL: its records are the zone's own.
	 */
	struct dns_node *cut;
	struct dns_node *wild;               /* its child "*", if that exists */
	const struct dns_nsec3_proof *nsec3; /* where the zone has an NSEC3 chain, or NULL */
	uint32_t hash;
	uint32_t children; /* that exist */
	uint8_t flags;
	uint8_t labels;  /* without the root's */
	uint8_t len;     /* of its whole wire name */
	uint8_t label[]; /* length byte and bytes, lower-cased; padded, for it is read 8 at a time
			  */
};

/* What keeps a zone from being answered from, or for everybody. */
enum {
	DNS_ZONE_EXPIRED = 1, /* a secondary's, too old or never had: SERVFAIL */
	DNS_ZONE_CLOSED = 2,  /* for those only whom dns_server.may_ask admits, else REFUSED */
};

struct dns_zone {
	struct dns_node *apex;
	const struct dns_rrset *soa, *ns; /* at the apex */
	/* The heads of a SOA and of its RRSIG in a negative answer (RFC 2308 section 5); the image
	 * of both; and of these with what denies the wildcard at the apex. */
	uint8_t negative[8], negative_sig[8];
	const struct dns_image *negative_image, *denial_image;
	struct dns_chain chain; /* the owners of NSEC or NSEC3 in their order */
	uint8_t name_len;
	uint8_t name[DNS_NAME_MAX + 8]; /* the apex's, lower-cased and padded */
	uint32_t name_hash;
	uint8_t state;  /* DNS_ZONE_... */
	bool edited;    /* in place: images are right but for the addresses that they lead to */
	bool dnssec;    /* has records that are linked to others when it is finished */
	unsigned holds; /* by dns_zone_hold() */
	/*
	 * While it is built and nobody sees it: called now and then, so that others are not kept
	 * waiting; or NULL. The server that it is put in ends that.
	 */
	void (*pause)(void);
	uint32_t work; /* since the last pause */

	struct dns_node *first, *last; /* all nodes, in order of creation */
	struct dns_node **buckets;
	uint32_t mask; /* buckets - 1 */
	uint32_t nodes, rrsets, records;
	struct arena arena;
};

static inline const struct dns_node *const *dns_record_names(const struct dns_record *record)
{
	return (const struct dns_node *const *)(const void *)(record + 1);
}

static inline const uint8_t *dns_record_bytes(const struct dns_record *record)
{
	return (const uint8_t *)(record + 1) + record->names * sizeof(struct dns_node *);
}

/* Whether the addresses of the records' last names go to the additional section. */
static inline bool dns_rrset_addresses(const struct dns_rrset *rrset)
{
	return rrset->addresses && rrset->type != DNS_RRSIG;
}

/* NSEC3 and what signs it: its owner is a hash, not a name of the zone (RFC 5155 section 7.2.8). */
static inline bool dns_rrset_is_hashed(const struct dns_rrset *rrset)
{
	return rrset->type == DNS_NSEC3 || (rrset->type == DNS_RRSIG && rrset->covers == DNS_NSEC3);
}

/* The TTL of an RRset. */
uint32_t dns_rrset_ttl(const struct dns_rrset *rrset);

/* The RRset of a type that is not RRSIG (of which there may be more than one), or NULL. */
static inline const struct dns_rrset *dns_node_rrset(const struct dns_node *node, uint16_t type)
{
	const struct dns_rrset *rrset;

	for (rrset = node->rrsets; rrset && rrset->type != type; rrset = rrset->next)
		;
	return rrset;
}

/* The RRset of a type; of RRSIG, that which covers COVERS. */
struct dns_rrset *dns_node_set(const struct dns_node *node, uint16_t type, uint16_t covers);

/* The type that RRSIG rdata covers; 0 for other types. */
static inline uint16_t dns_covered_type(uint16_t type, const uint8_t *rdata)
{
	return type == DNS_RRSIG ? (uint16_t)(rdata[0] << 8 | rdata[1]) : 0;
}

/* Whether records of this type are linked to others when a zone is finished: those of DNSSEC. */
bool dns_type_is_linked(uint16_t type);

/* The node of suffix I of KEY, existing or not, or NULL. */
struct dns_node *dns_zone_find(const struct dns_zone *zone, const struct dns_key *key, size_t i);

/*
 * Whether two labels are the same. Both are padded to whole chunks of 8 bytes; what is behind the
 * label does not matter.
 */
static inline bool dns_label_same(const uint8_t *a, const uint8_t *b)
{
	size_t left = (size_t)a[0] + 1;
	uint64_t x, y;

	for (; left > 8; left -= 8, a += 8, b += 8) {
		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		if (x != y)
			return false;
	}
	memcpy(&x, a, 8);
	memcpy(&y, b, 8);
	return (x ^ y) << (64 - 8 * left) == 0;
}

/* Whether the labels of NODE are those of KEY from suffix I on. */
static inline bool dns_node_is(const struct dns_node *node, const struct dns_key *key, size_t i)
{
	if (node->len != key->len - key->at[i])
		return false;
	for (; node->parent; node = node->parent, i++) {
		if (!dns_label_same(node->label, key->wire + key->at[i]))
			return false;
	}
	return true;
}

/* The same as dns_zone_find(), for where each instruction counts. */
static inline struct dns_node *dns_zone_lookup(
	const struct dns_zone *zone, const struct dns_key *key, size_t i)
{
	uint32_t hash = key->hash[i];
	struct dns_node *node = zone->buckets[hash & zone->mask];

	while (node && (node->hash != hash || !dns_node_is(node, key, i)))
		node = node->chain;
	return node;
}

/* The child LABEL (lower-cased and padded) of NODE, whose name has HASH; or NULL. */
static inline struct dns_node *dns_zone_child(const struct dns_zone *zone,
	const struct dns_node *node, const uint8_t *label, uint32_t hash)
{
	struct dns_node *child = zone->buckets[hash & zone->mask];

	while (child && (child->hash != hash || child->parent != node ||
				!dns_label_same(child->label, label)))
		child = child->chain;
	return child;
}

/* What may be done between two pauses, in instructions, roughly: a tenth of a millisecond. */
#define DNS_WORK_MAX 200000u

/* Some of the work of building ZONE has been done, about so many instructions or, where memory is
 * waited for, as long. */
static inline void dns_zone_worked(struct dns_zone *zone, uint32_t instructions)
{
	zone->work += instructions;
	if (zone->work >= DNS_WORK_MAX && zone->pause) {
		zone->work = 0;
		zone->pause();
	}
}

/* The wire name of NODE, into NAME. Returns its length. */
size_t dns_node_name(const struct dns_node *node, uint8_t name[DNS_NAME_MAX]);

/* The same in presentation form. Returns TEXT. */
char *dns_node_text(char *text, size_t size, const struct dns_node *node);

/* The serial of the zone's SOA. */
uint32_t dns_zone_serial(const struct dns_zone *zone);

/* Bytes of memory that the zone takes. */
size_t dns_zone_memory(const struct dns_zone *zone);

/*
 * Building. LIMIT bounds the zone's memory (0: none), SIZE is a guess at the bytes of its text.
 * NULL when there is no memory.
 */
struct dns_zone *dns_zone_create(const struct dns_key *apex, size_t size, size_t limit);

/* The node for KEY, made with its ancestors if need be; NULL when there is no memory. */
struct dns_node *dns_zone_node(struct dns_zone *zone, const struct dns_key *key);

/*
 * Adds a record with the uncompressed rdata RDATA, which must be well formed for its type. Returns
 * NULL when all is well, else why not (a text to show a person). *WARNING is set to a text when the
 * record was taken with a change (a duplicate dropped, a TTL lowered), else to NULL.
 */
const char *dns_zone_add(struct dns_zone *zone, struct dns_node *owner, uint16_t type, uint32_t ttl,
	const uint8_t *rdata, size_t len, const char **warning);

/*
 * Ends building: checks the zone as a whole and prepares it for queries. WARN(CTX, NODE, TEXT), if
 * given, is told what is strange but served. Returns NULL, or why the zone cannot be served.
 */
typedef void dns_zone_warn(void *ctx, const struct dns_node *node, const char *text);
const char *dns_zone_finish(struct dns_zone *zone, dns_zone_warn *warn, void *ctx);

/* The least that RECORD takes in a message, without its owner. */
uint32_t dns_record_size(const struct dns_record *record);

/* The steps of dns_zone_finish(), for who changes a finished zone (edit.h). */
const char *dns_zone_set_apex(struct dns_zone *zone);
void dns_zone_link(struct dns_zone *zone, struct dns_node *node);

/*
 * Gives the zone back; NULL is fine. Who holds it beside its owner has it unchanged until it gives
 * it back in the same way: the last one frees it.
 */
void dns_zone_hold(struct dns_zone *zone);
void dns_zone_free(struct dns_zone *zone);

#endif
