/* SPDX-License-Identifier: ISC */
/* The larger fields of rdata, from presentation form; called by rdata.c only. */
#ifndef LIB_DNS_RDATA_FIELDS_H
#define LIB_DNS_RDATA_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/dns/rdata.h"

/* Moves on to the next word of this record; false, with PARSER->why, if there is none. */
bool dns_rdata_next(struct dns_rdata_parser *parser, const char *expected);

/*
 * Each reads what it needs, from the word at hand on, and appends it to PARSER->out. False with
 * PARSER->why when it is not as it should be. The first two read all words up to the line's end.
 */
bool dns_base64_parse(struct dns_rdata_parser *parser, bool rest);
bool dns_hex_parse(struct dns_rdata_parser *parser);
bool dns_base32hex_parse(struct dns_rdata_parser *parser);
bool dns_bitmap_parse(struct dns_rdata_parser *parser);
bool dns_time_parse(const char *text, size_t len, uint32_t *seconds);
bool dns_algorithm_parse(const char *text, size_t len, uint32_t *number);
bool dns_cert_type_parse(const char *text, size_t len, uint32_t *number);
bool dns_loc_parse(struct dns_rdata_parser *parser);
bool dns_params_parse(struct dns_rdata_parser *parser);

/* The whole rdata of DNS_FIELD_APL .. DNS_FIELD_NSAP: from text, and its length, or -1. */
bool dns_relay_parse(struct dns_rdata_parser *parser, uint8_t field);
int dns_relay_len(uint8_t field, const uint8_t *data, size_t len);

/* A scheme of DSYNC by its mnemonic or number (RFC 9859). */
bool dns_scheme_parse(const char *text, size_t len, uint32_t *number);

/* Bytes of service parameters in wire form that are in order; -1 when they are not. */
int dns_params_len(const uint8_t *data, size_t len);

#endif
