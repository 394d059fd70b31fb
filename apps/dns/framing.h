/* SPDX-License-Identifier: ISC */
/*
 * Messages out of a stream of bytes, each behind its length (RFC 1035 section 4.2.2). Called by
 * stream.c with whatever came. A message's memory grows with what is there of it, so that a length
 * alone takes none, and all of it comes out of one budget.
 */
#ifndef APPS_DNS_FRAMING_H
#define APPS_DNS_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAMING_PREFIX 2u  /* bytes of length before each message */
#define FRAMING_LEAST  12u /* bytes of a message: its header */

/* Bytes that all streams together may hold, and do. */
struct framing_budget {
	size_t most, used;
};

/* Whoever wants no more than that gets it, whatever others have taken. */
#define FRAMING_SMALL 4608u

/* SIZE bytes of the budget, or NULL. To be given back with the same SIZE. */
void *framing_alloc(struct framing_budget *budget, size_t size);
void framing_free(struct framing_budget *budget, void *data, size_t size);

struct framing {
	struct framing_budget *budget;
	uint8_t *data; /* the message */
	size_t room, got;
	size_t len; /* of the message, once its prefix is there */
	uint8_t prefix[FRAMING_PREFIX];
	unsigned prefix_got;
};

enum framing_result {
	FRAMING_MORE,  /* is needed; all was taken */
	FRAMING_WHOLE, /* data has len bytes; then framing_next() */
	FRAMING_BAD,   /* a length that no message has */
	FRAMING_FULL,  /* there is no memory for it */
};

void framing_init(struct framing *frame, struct framing_budget *budget);
/* Takes up to LEN bytes: *USED of them. */
enum framing_result framing_take(
	struct framing *frame, const uint8_t *data, size_t len, size_t *used);
/* Whether a part of a message is there. */
bool framing_begun(const struct framing *frame);
/* Forgets the message. */
void framing_next(struct framing *frame);

#endif
