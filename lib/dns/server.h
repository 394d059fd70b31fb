/* SPDX-License-Identifier: ISC */
/*
 * An authoritative server as a pure function: the zones it serves, and the reply to one query. No
 * I/O, no clock, nothing allocated for a query; no bytes on the wire can crash it. Called by
 * apps/dns and by tests. RFC 1034 section 4.3.2 as mended by RFC 2181, 2308, 4592, 6672, 6891,
 * 8482.
 */
#ifndef LIB_DNS_SERVER_H
#define LIB_DNS_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/dns/client.h"
#include "lib/dns/cookie.h"
#include "lib/dns/zone.h"

#define DNS_UDP_SIZE     1232 /* the default of dns_server.udp_size */
#define DNS_IDENTITY_MAX 63
#define DNS_REPLY_MIN    300   /* room for any header, question and OPT */
#define DNS_REPLY_MAX    65535 /* room that is enough for any reply over TCP */

/* The zones, by name. Small enough to copy. */
struct dns_server {
	struct dns_zone **zones; /* open addressing by the hash of the apex */
	struct dns_zone *only;   /* the zone, if there is but one */
	uint32_t mask;           /* slots - 1; zones may be NULL when it is 0 */
	uint32_t count;
	uint16_t depth;    /* labels of the deepest apex */
	uint16_t udp_size; /* replies over UDP are never larger; also told to clients with EDNS */
	/* Who this is and what runs here, for those who ask (identity.c); NULL: not told. At most
	 * DNS_IDENTITY_MAX bytes each. */
	const char *identity, *version;
	/* Whether who asks just now may ask for names of ZONE, which is DNS_ZONE_CLOSED. */
	bool (*may_ask)(const struct dns_zone *zone);
	/* Who asks just now, and what is to be known of the reply; NULL: nobody wants to know. */
	struct dns_client *client;
	/* Cookies, which need a client; NULL: they are ignored. */
	const struct dns_cookies *cookies;
};

/* No zones. UDP_SIZE: 512..4096, or 0 for the default. */
void dns_server_init(struct dns_server *server, uint16_t udp_size);

/*
 * Puts ZONE (finished) in the place of the zone of that name, or beside the others. The server
 * owns it from then on. *OLD is the one that was there, or NULL: the caller frees it. Queries see
 * the old zone before the call and the new one after. 0 or -ENOMEM (nothing has changed).
 */
int dns_server_put_zone(struct dns_server *server, struct dns_zone *zone, struct dns_zone **old);

/* The zone with just this name, or NULL. */
struct dns_zone *dns_server_find_zone(const struct dns_server *server, const struct dns_key *key);

/* The zone with this name, which is no longer served; the caller frees it. NULL if there is none.
 */
struct dns_zone *dns_server_take_zone(struct dns_server *server, const struct dns_key *key);

/* Frees all zones. */
void dns_server_fini(struct dns_server *server);

/* For walking all zones: ZONES[i] for i in 0..MASK, those that are not NULL. */

enum dns_transport {
	DNS_UDP,
	DNS_TCP
};

enum dns_result {
	DNS_ANSWER, /* send the reply */
	DNS_DROP,   /* send nothing: not a query, or no room to answer it */
};

/*
 * Answers the LEN bytes of QUERY into REPLY (SIZE bytes, at least DNS_REPLY_MIN, not overlapping
 * QUERY), *REPLY_LEN bytes of it. Over TCP both are without the two bytes of length; give
 * DNS_REPLY_MAX of room there, or long answers come truncated. Uses about 6 KB of stack.
 */
enum dns_result dns_server_answer(const struct dns_server *server, const uint8_t *query, size_t len,
	enum dns_transport transport, uint8_t *reply, size_t size, size_t *reply_len);

#endif
