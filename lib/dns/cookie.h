/* SPDX-License-Identifier: ISC */
/*
 * Server cookies (RFC 7873), made as all servers of an anycast set can (RFC 9018): a keyed hash of
 * the client's cookie and address, and the time. Nothing is kept of a client.
 */
#ifndef LIB_DNS_COOKIE_H
#define LIB_DNS_COOKIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/client.h"

#define DNS_COOKIE_SECRET     16
#define DNS_COOKIE_CLIENT_LEN 8
#define DNS_COOKIE_LEN        24 /* of the client's cookie and ours */

#define DNS_COOKIE_OLD    3600 /* seconds that one is good for (RFC 9018 section 4.3) */
#define DNS_COOKIE_RENEW  1800 /* ... until a newer one goes out */
#define DNS_COOKIE_FUTURE 300  /* ... that another server's clock may be ahead */

struct dns_cookies {
	/* The first makes cookies; those of both are good. */
	uint8_t secret[2][DNS_COOKIE_SECRET];
	unsigned secrets;      /* 1 or 2 */
	bool required;         /* over UDP, of clients that know of cookies: else BADCOOKIE */
	uint32_t (*now)(void); /* seconds since 1970 */
};

/*
 * What the LEN bytes of a COOKIE option from IP (16 bytes, IPv4 v4-mapped) are. Unless they are
 * DNS_COOKIE_BAD, REPLY gets what goes back: the same where it is new enough, else a new one.
 */
enum dns_cookie dns_cookie_take(const struct dns_cookies *cookies, const uint8_t ip[16],
	const uint8_t *cookie, size_t len, uint8_t reply[DNS_COOKIE_LEN]);

/* Reads "HEX" or "HEX,HEX", of 32 digits each. False: it is something else, and nothing is set. */
bool dns_cookie_parse(struct dns_cookies *cookies, const char *text);

#endif
