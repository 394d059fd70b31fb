/* SPDX-License-Identifier: ISC */
/*
 * Dynamic updates (RFC 2136): reads a request, holds its prerequisites against a zone, and changes
 * it as a whole or not at all. A pure engine; who may update, and what becomes of the difference,
 * is the caller's.
 */
#ifndef LIB_DNS_UPDATE_H
#define LIB_DNS_UPDATE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/dns/edit.h"
#include "lib/dns/query.h"

/*
 * The zone that the request is for, as the server has to find it, into ZONE. DNS_NOERROR, or
 * DNS_FORMERR.
 */
enum dns_rcode dns_update_zone(struct dns_key *zone, const uint8_t *request, size_t len);

/*
 * Performs the request on EDIT's zone, which is the one it names. DNS_NOERROR: the caller commits
 * EDIT, whose zone has a new serial if anything is different. Any other code: the answer; the
 * caller abandons EDIT.
 */
enum dns_rcode dns_update_apply(struct dns_edit *edit, const uint8_t *request, size_t len);

#endif
