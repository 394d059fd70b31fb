/* SPDX-License-Identifier: ISC */
/*
 * When a secondary looks for a new version of its zone, and when the one it has is too old (RFC
 * 1034 section 4.3.5, RFC 1996 section 4.4): a state, driven by what happens and by the time. Times
 * are in nanoseconds on any clock that does not go back.
 */
#ifndef LIB_DNS_SECONDARY_H
#define LIB_DNS_SECONDARY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/dns/zone.h"

#define DNS_REFRESH_MIN 1u            /* seconds; a SOA may say what it likes */
#define DNS_REFRESH_MAX (28u * 86400) /* the others of the SOA's numbers, too */
#define DNS_RETRY_FIRST 2u            /* of a zone that was never there, doubled each time */
#define DNS_RETRY_MAX   600u

struct dns_secondary {
	bool have;                       /* a version of the zone, expired or not */
	bool busy;                       /* somebody is asking a primary */
	bool again;                      /* told of a change meanwhile */
	uint32_t refresh, retry, expire; /* seconds, of the SOA */
	uint32_t failures;               /* in a row */
	uint64_t next;                   /* when to ask */
	uint64_t expires;                /* when the zone is too old */
};

/* Nothing is there: ask at once. */
void dns_secondary_init(struct dns_secondary *secondary, uint64_t now);

/* Starts to ask, if it is time: then true, and success or failure must follow. */
bool dns_secondary_start(struct dns_secondary *secondary, uint64_t now);

/*
 * A primary has said that ZONE is current, or has sent it. RANDOM spreads what many zones would do
 * at once.
 */
void dns_secondary_success(struct dns_secondary *secondary, const struct dns_zone *zone,
	uint64_t now, uint32_t random);
/* No primary could be asked, or none had anything good. */
void dns_secondary_failure(struct dns_secondary *secondary, uint64_t now, uint32_t random);
/* A primary has told of a change. */
void dns_secondary_notified(struct dns_secondary *secondary, uint64_t now);

/* Whether the version that is there must not be served any more. */
bool dns_secondary_expired(const struct dns_secondary *secondary, uint64_t now);
/* When something is to be done next: to ask, or to expire. */
uint64_t dns_secondary_due(const struct dns_secondary *secondary, uint64_t now);

#endif
