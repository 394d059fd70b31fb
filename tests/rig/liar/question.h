/* SPDX-License-Identifier: ISC */
/*
 * A DNS question whose right answer is known, as a message (RFC 1035) and as an Ethernet frame, and
 * the check of what comes back. The zone is the DNS image's own, with host-00 to host-15.
 */
#ifndef TESTS_RIG_LIAR_QUESTION_H
#define TESTS_RIG_LIAR_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 1514

struct question {
	uint16_t id, port; /* of the message, of ours */
	unsigned host;
};

/* Who speaks with whom, on a network that has nobody else. */
struct link {
	uint8_t our_mac[6], guest_mac[6];
	uint8_t our_ip[4], guest_ip[4];
};

void question_new(struct question *q);
size_t question_message(const struct question *q, uint8_t *message);
/* The right answer, and no other. */
bool question_answered(const struct question *q, const uint8_t *message, size_t len);

size_t question_frame(const struct question *q, const struct link *link, uint8_t *frame);
/* The frame carries the right answer, with right addresses, lengths and checksums. */
bool question_answered_by(
	const struct question *q, const struct link *link, const uint8_t *frame, size_t len);

enum {
	ARP_REQUEST = 1,
	ARP_REPLY = 2
};

size_t arp_frame(const struct link *link, uint16_t operation, uint8_t *frame);
/* The guest asks for us (ARP_REQUEST), or tells us its address (ARP_REPLY). */
bool arp_is(const struct link *link, uint16_t operation, const uint8_t *frame, size_t len);

#endif
