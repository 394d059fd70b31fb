/* SPDX-License-Identifier: ISC */
/* Reads a query's header, question and EDNS (RFC 1035 section 4.1, RFC 6891). Called by answer.c.
 */
#ifndef LIB_DNS_QUERY_H
#define LIB_DNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "lib/dns/name.h"

enum dns_rcode {
	DNS_NOERROR = 0,
	DNS_FORMERR = 1,
	DNS_SERVFAIL = 2,
	DNS_NXDOMAIN = 3,
	DNS_NOTIMP = 4,
	DNS_REFUSED = 5,
	DNS_YXDOMAIN = 6,
	DNS_YXRRSET = 7,
	DNS_NXRRSET = 8,
	DNS_NOTAUTH = 9,
	DNS_NOTZONE = 10,
	DNS_BADVERS = 16,
	DNS_BADCOOKIE = 23,
};

/* Bits of the header's third and fourth byte, as one number. */
enum {
	DNS_FLAG_QR = 0x8000,
	DNS_FLAG_AA = 0x0400,
	DNS_FLAG_TC = 0x0200,
	DNS_FLAG_RD = 0x0100,
};

enum {
	DNS_OPTION_NSID = 3,    /* RFC 5001 */
	DNS_OPTION_COOKIE = 10, /* RFC 7873 */
	DNS_OPTION_ERROR = 15,  /* RFC 8914 */
};

/* RFC 8914 section 4. */
enum dns_extended_error {
	DNS_ERROR_NOT_READY = 14, /* a secondary that has no version of the zone yet */
	DNS_ERROR_PROHIBITED = 18,
	DNS_ERROR_NOT_AUTHORITATIVE = 20,
	DNS_ERROR_INVALID_DATA = 24, /* an expired zone */
	DNS_ERROR_ITERATIONS = 27,   /* RFC 9276 */
	DNS_ERROR_INVALID_TYPE = 30, /* RFC 9824 */
};

struct dns_query {
	uint16_t flags;
	uint16_t type, class;
	uint16_t question_len; /* 0 until the question has been read */
	bool edns, dnssec_ok;
	bool nsid;             /* asks who the server is */
	const uint8_t *cookie; /* the first COOKIE option's data, within the message, or NULL */
	uint16_t cookie_len;
	uint16_t udp_size;  /* what the client can take; 512 without EDNS */
	struct dns_key key; /* the question's name */
};

/*
 * Reads the message, of DNS_HEADER bytes at least. DNS_NOERROR; or what is wrong with it, with as
 * much of QUERY set as was read: then question_len tells whether the question can be repeated, edns
 * whether the reply has OPT.
 */
enum dns_rcode dns_query_parse(struct dns_query *query, const uint8_t *message, size_t len);

/* ---- the same for most queries, where each instruction counts ---- */

/* What P, behind the question, has that is no plain OPT record: LEFT bytes. */
enum dns_rcode dns_query_rest(
	struct dns_query *query, const uint8_t *message, const uint8_t *p, size_t left);

/*
 * Little-endian numbers, so that most queries are seen to be plain by a few compares: one question
 * and no record but OPT in the header's counts; and OPT without options but for its size and flags.
 */
#define DNS_PLAIN_COUNTS     0x100u
#define DNS_PLAIN_ADDITIONAL (1ull << 56)
#define DNS_OPT_MASK         0x00ff000000ffffffull
#define DNS_OPT_START        0x290000ull

/* What most queries have behind their question: nothing, or OPT of version 0 without options. */
static inline bool dns_query_plain(
	struct dns_query *query, const uint8_t *p, size_t left, uint64_t counts)
{
	uint16_t size, options;
	uint64_t start;

	if ((counts & ~DNS_PLAIN_ADDITIONAL) != DNS_PLAIN_COUNTS)
		return false;
	if (left == 0)
		return counts == DNS_PLAIN_COUNTS;
	if (left != 11 || counts == DNS_PLAIN_COUNTS)
		return false;
	memcpy(&start, p, 8);
	memcpy(&options, p + 9, 2);
	if ((start & DNS_OPT_MASK) != DNS_OPT_START || options)
		return false;
	size = (uint16_t)(p[3] << 8 | p[4]);
	query->edns = true;
	query->dnssec_ok = p[7] >> 7;
	query->udp_size = size > 512 ? size : 512;
	return true;
}

/* As dns_query_parse(), with none of the key's hashes: dns_key_hash() is left to the caller. */
static inline enum dns_rcode dns_query_read(
	struct dns_query *query, const uint8_t *message, size_t len)
{
	const uint8_t *p = message + 12, *end = message + len;
	size_t name_len;
	uint64_t counts;

	memcpy(&counts, message + 4, 8);
	query->question_len = 0;
	query->edns = query->dnssec_ok = query->nsid = false;
	query->cookie = NULL;
	query->udp_size = 512;
	query->flags = (uint16_t)(message[2] << 8 | message[3]);
	if (query->flags >> 11 & 15)
		return DNS_NOTIMP;
	if ((uint16_t)counts != DNS_PLAIN_COUNTS)
		return DNS_FORMERR;
	/* The name may not be compressed: there is nothing before it to point to. */
	name_len = dns_key_read(&query->key, p, (size_t)(end - p));
	if (name_len == 0 || (size_t)(end - p) < name_len + 4)
		return DNS_FORMERR;
	p += name_len;
	query->type = (uint16_t)(p[0] << 8 | p[1]);
	query->class = (uint16_t)(p[2] << 8 | p[3]);
	query->question_len = (uint16_t)(name_len + 4);
	p += 4;
	if (dns_query_plain(query, p, (size_t)(end - p), counts))
		return DNS_NOERROR;
	return dns_query_rest(query, message, p, (size_t)(end - p));
}

#endif
