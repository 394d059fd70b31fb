/* SPDX-License-Identifier: ISC */
/*
 * Who asks just now, and what the engine has to say of a query beside its reply: for limits, logs
 * and counters. Its address is set before dns_server_answer(), which sets the rest.
 */
#ifndef LIB_DNS_CLIENT_H
#define LIB_DNS_CLIENT_H

#include <stdint.h>

#include "lib/dns/query.h"

/* What a reply is, as far as limits care. */
enum dns_kind {
	DNS_KIND_ANSWER,
	DNS_KIND_REFERRAL,
	DNS_KIND_NO_DATA,
	DNS_KIND_NO_NAME,
	DNS_KIND_ERROR,
};
#define DNS_KINDS 5

enum dns_cookie {
	DNS_COOKIE_NONE,   /* no cookie, or cookies are off */
	DNS_COOKIE_CLIENT, /* the client's own: it asks for one */
	DNS_COOKIE_BAD,    /* not of a length that a cookie has */
	DNS_COOKIE_WRONG,  /* not ours, or too old */
	DNS_COOKIE_VALID,  /* the client has had a reply from here at this address */
};
#define DNS_COOKIES 5

struct dns_client {
	uint8_t ip[16]; /* IPv4 v4-mapped */

	enum dns_rcode rcode; /* with the bits that OPT has */
	uint16_t type;        /* asked for; 0 where the question could not be read */
	uint8_t kind;         /* enum dns_kind */
	uint8_t cookie;       /* enum dns_cookie */
	uint16_t question_end;
	uint16_t opt; /* where the reply has OPT; 0: it has none */
	/* A number for what the reply is about, of which there are not more than a zone has names:
	 * the name, wildcard or delegation that it comes from, or the zone. */
	uint32_t name;
};

#endif
