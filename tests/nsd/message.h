/* SPDX-License-Identifier: ISC */
/*
 * A reply taken apart for comparing: its records as text, sorted within each section, with names
 * decompressed and lower-cased. Used by tests/nsd/compare.c only. Independent of lib/dns's own
 * reader of messages, so that one mistake is not made twice; only the table of rdata layouts is
 * shared.
 */
#ifndef TESTS_NSD_MESSAGE_H
#define TESTS_NSD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDS_MAX 4096

enum {
	ANSWER,
	AUTHORITY,
	ADDITIONAL,
	SECTIONS
};

struct section {
	char *record[RECORDS_MAX]; /* "owner ttl type rdata", sorted; from malloc */
	size_t count;
};

struct message {
	const char *fault; /* why it is malformed; NULL if it is not */
	uint16_t id, flags;
	unsigned rcode; /* with EDNS's upper bits */
	bool edns;
	uint16_t udp_size, edns_flags;
	size_t question_at, question_len; /* of the first question */
	unsigned questions;
	size_t len;
	struct section sections[SECTIONS]; /* without OPT */
};

void message_parse(struct message *message, const uint8_t *data, size_t len);
void message_free(struct message *message);

/* Whether all of A's records are among B's. */
bool section_within(const struct section *a, const struct section *b);

#endif
