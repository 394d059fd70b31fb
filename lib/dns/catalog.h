/* SPDX-License-Identifier: ISC */
/*
 * Catalog zones, version 2 (RFC 9432): which zones a fleet of servers has, told by a zone. Called
 * by the app when a catalog has a new version.
 */
#ifndef LIB_DNS_CATALOG_H
#define LIB_DNS_CATALOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/zone.h"

#define DNS_GROUP_MAX 64

/*
 * Whether ZONE is a catalog that can be followed: NULL, or why not (a text for a person). One that
 * is broken changes nothing (section 5.1). To be asked before the others.
 */
const char *dns_catalog_check(const struct dns_zone *zone);

/*
 * Calls FN for each member: its name, the label of its node (which changes when the member is to
 * be fetched anew, section 5.4) and its group, or "".
 */
typedef void dns_catalog_member(
	void *ctx, const uint8_t *name, size_t len, const uint8_t *id, const char *group);
void dns_catalog_members(const struct dns_zone *zone, dns_catalog_member *fn, void *ctx);

/* Whether the member of ZONE with the label ID may go over to the catalog TO (section 4.3.1). */
bool dns_catalog_hands_over(
	const struct dns_zone *zone, const uint8_t *id, const struct dns_key *to);

#endif
