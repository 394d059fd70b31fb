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

#include "lib/dns/zone.h"

#define DNS_HEADER 12

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
	uint16_t counts[3];
	uint8_t names; /* entries used */
	struct {
		const struct dns_node *node;
		uint16_t offset;
		uint8_t slot;
	} name[DNS_REPLY_NAMES];
	uint8_t slots[DNS_REPLY_SLOTS]; /* entry + 1, or 0 */
};

/* An owner that is not a node: it stands in the message already, at OFFSET. */
struct dns_owner {
	const struct dns_node *node; /* NULL: use OFFSET */
	uint16_t offset;
};

/* The header and question are at START and end at AT; LIMIT is where the reply must end. */
void dns_reply_init(struct dns_reply *reply, uint8_t *start, uint8_t *at, uint8_t *limit);

/* The message holds NODE's name at OFFSET: remembers it and its ancestors. */
void dns_reply_know(struct dns_reply *reply, const struct dns_node *node, size_t offset);

/* Where NODE's name stands in the message, or 0. */
uint16_t dns_reply_find(const struct dns_reply *reply, const struct dns_node *node);

/*
 * Adds an RRset with HEAD (type, class, TTL) in its records. Returns false, with the reply as it
 * was before, when it does not fit.
 */
bool dns_reply_rrset(struct dns_reply *reply, enum dns_section section, struct dns_owner owner,
	const struct dns_rrset *rrset, const uint8_t head[8]);

/*
 * Adds the A and AAAA RRsets of a node's list to the additional section, with the owner that stands
 * at OFFSET (not 0). An RRset that does not fit is left out; returns false if one was. Most of a
 * referral is this.
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
