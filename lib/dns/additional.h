/* SPDX-License-Identifier: ISC */
/*
 * The additional section: addresses of the names in an answer's records, and a delegation's glue
 * (RFC 1034 section 4.3.2 step 6, RFC 9471). Called by the query engine and by the maker of images.
 */
#ifndef LIB_DNS_ADDITIONAL_H
#define LIB_DNS_ADDITIONAL_H

#include "lib/dns/reply.h"

/*
 * What the client will ask next, of an RRset that says `addresses`. What does not fit is left out.
 * DNSSEC: with RRSIG records, as far as they fit.
 */
void dns_additional_put(struct dns_reply *reply, const struct dns_rrset *rrset, bool dnssec);

/*
 * The addresses of a delegation's servers. Those below it are the only way to them, so they come
 * first; false if one of them does not fit, or if no address at all does. DNSSEC: with the RRSIG
 * records of those that are the zone's own, as far as they fit.
 */
bool dns_glue_put(struct dns_reply *reply, const struct dns_rrset *ns, bool dnssec);

#endif
