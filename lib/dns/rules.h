/* SPDX-License-Identifier: ISC */
/*
 * What a zone's settings say: where it comes from, who is told of changes, and who may have what.
 * Read from the words of a zone= setting (docs/dns.md):
 *
 *   primaries=PEER,...       PEER: ADDRESS[@PORT][+key:NAME]
 *   notify=PEER,...
 *   allow-transfer=WHO,...   WHO: any, none, [!]PREFIX, [!]key:NAME or [!]PREFIX+key:NAME
 *   allow-update=WHO,...     allow-query=WHO,...     allow-notify=WHO,...
 *   size-limit=BYTES         journal=BYTES           catalog=yes
 *
 * Addresses are 16 bytes, IPv4 v4-mapped.
 */
#ifndef LIB_DNS_RULES_H
#define LIB_DNS_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/tsig.h"

#define DNS_PEERS_MAX 8
#define DNS_WHO_MAX   16
#define DNS_RULES_WHY 160 /* bytes of a message */
#define DNS_JOURNAL   (256u * 1024)

struct dns_peer {
	uint8_t ip[16];
	uint16_t port;
	char key_name[64]; /* "" for none */
	const struct dns_tsig_key *key;
};

struct dns_peers {
	unsigned count;
	struct dns_peer peer[DNS_PEERS_MAX];
};

/* Who may, or with DENY may not: an address within the prefix, and the key if one is named. */
struct dns_who {
	bool deny;
	uint8_t ip[16];
	uint8_t bits; /* of 128; 0 is every address */
	char key_name[64];
	const struct dns_tsig_key *key;
};

struct dns_access {
	bool given; /* by a setting */
	unsigned count;
	struct dns_who who[DNS_WHO_MAX];
};

struct dns_rules {
	struct dns_peers primaries, notify;
	struct dns_access transfer, update, query, told; /* told: allow-notify */
	uint64_t size_limit;                             /* bytes; 0: what memory allows */
	uint64_t journal;                                /* bytes */
	bool catalog;
};

/* Nothing is allowed but to ask. */
void dns_rules_init(struct dns_rules *rules);

/*
 * Takes in WORDS, separated by blanks; what was set before stays, unless it is set anew. 0, or
 * -EINVAL with a line in WHY: the word, and what was expected.
 */
int dns_rules_parse(struct dns_rules *rules, const char *words, char why[DNS_RULES_WHY]);

/* Finds the keys that are named. 0, or -ENOENT with a line in WHY. */
int dns_rules_find_keys(
	struct dns_rules *rules, const struct dns_tsig_key *keys, char why[DNS_RULES_WHY]);

/* Reads WHO,... as above, for lists that are no zone's. False: it is something else. */
bool dns_access_parse(struct dns_access *access, const char *text);

/* Whether ACCESS admits, by the first entry that means him, who comes from IP, with a valid
 * signature by KEY (NULL: none). */
bool dns_access_allows(
	const struct dns_access *access, const uint8_t ip[16], const struct dns_tsig_key *key);

#endif
