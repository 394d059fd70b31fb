/* SPDX-License-Identifier: ISC */
/* What the parts of the master file parser share; included by master*.c only. */
#ifndef LIB_DNS_MASTER_PARSER_H
#define LIB_DNS_MASTER_PARSER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/dns/lexer.h"
#include "lib/dns/master.h"
#include "lib/dns/rdata.h"
#include "lib/dns/zone.h"

struct dns_master {
	const struct dns_load *load;
	char *message;
	struct dns_zone *zone; /* NULL until the apex is known */
	struct dns_lexer *lexer;
	const char *file;
	unsigned depth, includes, generated;

	uint8_t origin[DNS_NAME_MAX];
	struct dns_node *owner; /* of the last record */
	const char *owner_text; /* as it was written, if ORIGIN is still what it was */
	size_t owner_len;
	uint32_t default_ttl, last_ttl;
	bool has_default, has_last; /* $TTL; an explicit TTL */

	struct dns_key key; /* of the name read last: not on the stack, which $INCLUDE makes deep */
	struct dns_rdata_parser rdata;
	uint8_t buf[DNS_RDATA_MAX];
};

/* Writes "file:line: WHY" as the message. Always -EINVAL. */
int dns_master_fail(struct dns_master *master, const char *why);
/* The same with the word at fault in it. */
int dns_master_fail_word(struct dns_master *master, const char *why, const struct dns_token *word);

/* One record, from OWNER (not read when it is NULL: the last one) on to its line's end. */
int dns_master_record(struct dns_master *master, const struct dns_token *owner);

/* A $GENERATE line, after that word, up to its end. */
int dns_master_generate(struct dns_master *master);

#endif
