/* SPDX-License-Identifier: ISC */
/*
 * Writes a reply: RRsets with name compression (RFC 1035 section 4.1.4), whole ones only. Called by
 * the query engine. Names are nodes of a zone's tree, so a name that is already in the message is
 * found by its pointer; nothing is compared byte by byte.
 */
#ifndef LIB_DNS_REPLY_H
#define LIB_DNS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/dns/zone.h"

#define DNS_HEADER      12
#define DNS_POINTER_MAX 0x3fff /* the highest offset that a compression pointer can hold */

enum dns_section {
	DNS_SECTION_ANSWER,
	DNS_SECTION_AUTHORITY,
	DNS_SECTION_ADDITIONAL
};

/* Names that the message holds: how many are remembered, and the slots that find them. */
#define DNS_REPLY_NAMES 160
#define DNS_REPLY_SLOTS 256 /* slots are u8, so their number wraps by itself */

struct dns_reply {
	uint8_t *start, *at, *limit;
	uint16_t counts[4];              /* of the sections; the last is not used */
	uint16_t pointers_max, pointers; /* room and use of WHERE */
	uint16_t *where; /* told where each compression pointer stands, unless NULL */
	/* The table of names, which many replies need not have: until then only its first name. */
	bool ready;
	bool full;     /* something has not fitted */
	uint8_t names; /* entries used */
	uint16_t first_offset;
	const struct dns_node *first; /* known at FIRST_OFFSET, with its ancestors, or NULL */
	struct {
		const struct dns_node *node;
		uint16_t offset;
		uint8_t slot;
	} name[DNS_REPLY_NAMES];
	uint8_t slots[DNS_REPLY_SLOTS]; /* entry + 1, or 0 */
};

/*
 * How an owner's name is written: NODE by what the reply knows of it; or with KNOWN, an ancestor of
 * NODE that stands at OFFSET, as labels up to there. Without NODE: as what stands at OFFSET. At
 * OFFSET 0 stands the root.
 */
struct dns_owner {
	const struct dns_node *node, *known;
	uint16_t offset;
};

/* The header and question are at START and end at AT; LIMIT is where the reply must end. */
static inline void dns_reply_init(
	struct dns_reply *reply, uint8_t *start, uint8_t *at, uint8_t *limit)
{
	reply->start = start;
	reply->at = at;
	reply->limit = limit;
	memset(reply->counts, 0, sizeof(reply->counts));
	reply->pointers = 0;
	reply->where = NULL;
	reply->ready = reply->full = false;
	reply->names = 0;
	reply->first = NULL;
}

/* The message holds NODE's name at OFFSET: remembers it and its ancestors. */
void dns_reply_know_more(struct dns_reply *reply, const struct dns_node *node, size_t offset);

static inline void dns_reply_know(
	struct dns_reply *reply, const struct dns_node *node, size_t offset)
{
	if (reply->ready || reply->first) {
		dns_reply_know_more(reply, node, offset);
		return;
	}
	reply->first = node;
	reply->first_offset = (uint16_t)offset;
}

/* Where NODE's name stands in the message, or 0. */
uint16_t dns_reply_find(struct dns_reply *reply, const struct dns_node *node);

/* What has been written so far, to be gone back to. */
struct dns_reply_mark {
	uint8_t *at;
	uint16_t counts[3];
	uint8_t names;
};

static inline struct dns_reply_mark dns_reply_mark(const struct dns_reply *reply)
{
	return (struct dns_reply_mark){
		reply->at, {reply->counts[0], reply->counts[1], reply->counts[2]}, reply->names};
}

void dns_reply_undo(struct dns_reply *reply, const struct dns_reply_mark *mark);

/*
 * Adds an RRset with HEAD (type, class, TTL) in its records. Returns false, with the reply as it
 * was before, when it does not fit.
 */
bool dns_reply_rrset(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8]);

/* The same RRset and, with SIGS, its RRSIG records with the head SIG_HEAD: both or neither. */
bool dns_reply_signed(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8], const struct dns_rrset *sigs,
	const uint8_t sig_head[8]);

/*
 * Adds the A and AAAA RRsets of a node's list to the additional section, with the owner that stands
 * at OFFSET (not 0). An RRset that does not fit is left out; returns false if one was.
 */
bool dns_reply_addresses(struct dns_reply *reply, uint16_t offset, const struct dns_rrset *rrsets);

/*
 * Adds a CNAME record made from a DNAME: its target is LEN bytes of labels at PREFIX, and then
 * NODE's name. Returns where the target stands, or 0, with the reply as it was, when it does not
 * fit.
 */
size_t dns_reply_cname(struct dns_reply *reply, struct dns_owner owner, const uint8_t ttl[4],
	const uint8_t *prefix, size_t len, const struct dns_node *node);

#endif
