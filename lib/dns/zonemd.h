/* SPDX-License-Identifier: ISC */
/*
 * The digest of a whole zone (RFC 8976), which shows that a file or a transfer is what its maker
 * made. Called by the loader.
 */
#ifndef LIB_DNS_ZONEMD_H
#define LIB_DNS_ZONEMD_H

#include "lib/dns/zone.h"

/*
 * Holds a finished zone against its ZONEMD records. NULL when one of them is right, or when there
 * is none of the SIMPLE scheme with SHA-384 or SHA-512; else why not. While it works it takes 16
 * bytes of heap for each name, and room for the largest RRset.
 */
const char *dns_zonemd_check(struct dns_zone *zone);

#endif
