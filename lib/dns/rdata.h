/* SPDX-License-Identifier: ISC */
/*
 * Rdata from presentation form to uncompressed wire form, by the layouts of types.h, and the check
 * of wire rdata against them. Called by the zone parser; the check also by the database.
 */
#ifndef LIB_DNS_RDATA_H
#define LIB_DNS_RDATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/wire.h"
#include "lib/dns/lexer.h"
#include "lib/dns/name.h"

#define DNS_RDATA_MAX 65535

/* Reads one record's rdata from LEXER, up to and with the end of its line. */
struct dns_rdata_parser {
	struct dns_lexer *lexer;
	const uint8_t *origin;    /* for relative names */
	struct dns_token token;   /* the one at hand */
	struct wire_writer out;   /* the caller's, of DNS_RDATA_MAX bytes */
	const char *why;          /* what is wrong */
	uint8_t bitmap[256 * 32]; /* for DNS_FIELD_BITMAP; all 0 between uses */
};

/*
 * Rdata of TYPE in PARSER->out. The parser's token is the one before the rdata, and afterwards the
 * line's end. 0, or -EINVAL with PARSER->why set.
 */
int dns_rdata_parse(struct dns_rdata_parser *parser, uint16_t type);

/*
 * Whether LEN bytes of RDATA are well formed for TYPE (always, for a type unknown to the table).
 * Names are uncompressed.
 */
bool dns_rdata_check(uint16_t type, const uint8_t *rdata, size_t len);

/*
 * The bytes that one field (enum dns_field) takes at the start of the LEN bytes at DATA, or -1 if
 * it does not fit or is malformed.
 */
int dns_field_len(uint8_t field, const uint8_t *data, size_t len);

/* A TTL or another period: seconds, or numbers with the units w d h m s (1h30m). */
bool dns_period_parse(const char *text, size_t len, uint32_t *seconds);

/* A whole number up to MAX. */
bool dns_number_parse(const char *text, size_t len, uint32_t max, uint32_t *value);

/* IPv4 and IPv6 addresses. */
bool dns_ip4_parse(const char *text, size_t len, uint8_t address[4]);
bool dns_ip6_parse(const char *text, size_t len, uint8_t address[16]);

/*
 * Decodes escapes of a character-string's text into OUT (room for SIZE bytes): the number of
 * bytes, or -1 when an escape is bad or it does not fit.
 */
int dns_text_decode(uint8_t *out, size_t size, const char *text, size_t len);

#endif
