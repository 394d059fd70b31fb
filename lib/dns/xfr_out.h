/* SPDX-License-Identifier: ISC */
/*
 * Zone transfers out: AXFR (RFC 5936) and IXFR (RFC 1995) as a row of messages, each made when the
 * one before has been sent. Called by a primary's transports. The zone and the differences are held
 * while it lasts, so that changes meanwhile do not show.
 */
#ifndef LIB_DNS_XFR_OUT_H
#define LIB_DNS_XFR_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/change.h"
#include "lib/dns/zone.h"

#define DNS_XFR_MESSAGE 16384 /* bytes that a message aims at; one record may make it longer */

enum dns_xfr_phase {
	DNS_XFR_FIRST_SOA,
	DNS_XFR_RECORDS,
	DNS_XFR_LAST_SOA,
	DNS_XFR_DONE,
};

struct dns_xfr_out {
	struct dns_zone *zone;
	struct dns_change *change; /* IXFR: the one at hand; NULL: AXFR */
	size_t at;                 /* in its bytes */
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	const struct dns_record *record;
	enum dns_xfr_phase phase;
	bool single; /* the answer is the SOA alone */
	uint16_t id, flags, type;
	uint8_t name[DNS_NAME_MAX]; /* the question's, with its case */
	uint8_t name_len;
};

/*
 * Reads the request (a query for AXFR or IXFR that is known to be well formed up to its question,
 * for the apex of ZONE) and begins the transfer: incremental if JOURNAL (may be NULL) reaches back
 * to the client's serial. DATAGRAM: the answer is one message at most: to IXFR the SOA alone, which
 * sends the client to TCP if it is newer. 0; -EBADMSG: FORMERR.
 */
int dns_xfr_out_begin(struct dns_xfr_out *out, struct dns_zone *zone,
	const struct dns_journal *journal, const uint8_t *request, size_t len, bool datagram);

/*
 * The next message, to BUF (SIZE bytes, at least 65535 less what a signature takes): its length, or
 * 0 when the transfer is over.
 */
size_t dns_xfr_out_next(struct dns_xfr_out *out, uint8_t *buf, size_t size);

/* Lets zone and differences go; also when it is not over. */
void dns_xfr_out_end(struct dns_xfr_out *out);

#endif
