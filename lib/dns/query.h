/* SPDX-License-Identifier: ISC */
/* Reads a query's header, question and EDNS (RFC 1035 section 4.1, RFC 6891). Called by answer.c.
 */
#ifndef LIB_DNS_QUERY_H
#define LIB_DNS_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

#endif
