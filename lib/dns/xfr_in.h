/* SPDX-License-Identifier: ISC */
/*
 * Zone transfers in: the questions a secondary asks, and the reader of what a primary answers to
 * AXFR (RFC 5936) and IXFR (RFC 1995). Messages in, a zone or a row of differences out. Nothing
 * that comes is believed: what breaks off, lies about its serial, leaves the zone or grows past its
 * limit ends in DNS_XFR_FAILED, with what it has built given back.
 */
#ifndef LIB_DNS_XFR_IN_H
#define LIB_DNS_XFR_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/change.h"
#include "lib/dns/message.h"
#include "lib/dns/zone.h"

enum dns_xfr_result {
	DNS_XFR_MORE,    /* more messages are to come */
	DNS_XFR_ZONE,    /* over: ->zone is the new version, finished, the caller's */
	DNS_XFR_CHANGES, /* over: ->changes lead to it, oldest first, the caller's */
	DNS_XFR_CURRENT, /* over: the primary has nothing newer */
	DNS_XFR_NO_IXFR, /* the primary cannot or will not: ask for AXFR */
	DNS_XFR_FAILED,  /* ->why says why */
};

struct dns_xfr_in {
	struct dns_key name;
	bool incremental; /* what was asked for */
	bool have;        /* there is a version: SERIAL */
	uint32_t serial;
	size_t limit;        /* bytes of the zone, and of the differences */
	void (*pause)(void); /* of the zone (zone.h), or NULL; to be set after the beginning */
	uint16_t id;

	enum {
		XFR_START, /* before the first record */
		XFR_SECOND,
		XFR_AXFR,
		XFR_DELETE,
		XFR_ADD,
		XFR_OVER
	} state;
	uint32_t target;                  /* the serial that it leads to */
	uint32_t from, to;                /* of the difference at hand */
	uint8_t soa[DNS_RDATA_NAMES_MAX]; /* the first record */
	uint16_t soa_len;
	uint32_t soa_ttl;
	struct dns_change_bytes bytes;
	size_t change_bytes;
	uint32_t records;
	struct dns_change *last;

	struct dns_zone *zone;
	struct dns_change *changes;
	const char *why;
};

/*
 * Begins a transfer of the zone NAME. With HAVE, SERIAL is the version that is there, and
 * INCREMENTAL asks for what is new since.
 */
void dns_xfr_in_begin(struct dns_xfr_in *in, const struct dns_key *name, bool incremental,
	bool have, uint32_t serial, size_t limit);

/* The question with identifier ID, to BUF: its length. SIZE: at least 600. */
size_t dns_xfr_in_query(struct dns_xfr_in *in, uint16_t id, uint8_t *buf, size_t size);

/* Takes in the next message of the answer, which was verified before. */
enum dns_xfr_result dns_xfr_in_take(struct dns_xfr_in *in, const uint8_t *message, size_t len);

/* Gives back all but what was handed over: after the end, and instead of going on. */
void dns_xfr_in_end(struct dns_xfr_in *in);

/* The question for a zone's SOA with identifier ID, to BUF (SIZE: at least 300). Its length. */
size_t dns_soa_query(const struct dns_key *name, uint16_t id, uint8_t *buf, size_t size);
/* The serial in the answer. 0, or -EBADMSG: it is none, or not an authority's. */
int dns_soa_answer(const struct dns_key *name, uint16_t id, const uint8_t *message, size_t len,
	uint32_t *serial);

#endif
