/* SPDX-License-Identifier: ISC */
/*
 * Master files (RFC 1035 section 5, RFC 2308 section 4, RFC 3597 section 5, BIND's $GENERATE) to
 * zones. Called by apps when they start, and by tests. No I/O: the caller brings the bytes, also
 * those of included files.
 */
#ifndef LIB_DNS_MASTER_H
#define LIB_DNS_MASTER_H

#include <stddef.h>

#include "lib/dns/zone.h"

#define DNS_MESSAGE       320     /* bytes enough for any message */
#define DNS_INCLUDE_DEPTH 8       /* files within files */
#define DNS_INCLUDES_MAX  1000    /* $INCLUDE lines in all */
#define DNS_GENERATE_MAX  65536   /* records of one $GENERATE line */
#define DNS_GENERATES_MAX 1000000 /* records of all of them */

struct dns_load {
	/* The zone's name, absolute or not: "example.org". NULL: the owner of the SOA, which comes
	 * first. */
	const char *apex;
	/* The file's name for messages, and its text, which is needed during the call only. */
	const char *file;
	const char *text;
	size_t len;
	/*
	 * Finds the file that $INCLUDE names (as written there; NAME ends in NUL). 0, or -Exxx. The
	 * text must stay until the load is done. NULL: $INCLUDE is an error.
	 */
	int (*include)(void *ctx, const char *name, const char **text, size_t *len);
	/* Told what is strange but accepted: "file:line: what". May be NULL. */
	void (*warn)(void *ctx, const char *message);
	void *ctx;
	size_t limit;        /* bytes of memory for the zone; 0: none */
	void (*pause)(void); /* called now and then (zone.h), or NULL */
};

/*
 * Loads a zone. NULL on the first error, with one line "file:line: why" in MESSAGE (at least
 * DNS_MESSAGE bytes). While it works it takes about 75 KB of heap beside the zone.
 */
struct dns_zone *dns_zone_load(const struct dns_load *load, char message[DNS_MESSAGE]);

#endif
