/* SPDX-License-Identifier: ISC */
/*
 * Answers as a reply has them, made once when a zone is finished: all that follows the question,
 * with the signatures, proofs and addresses that belong to it. All compression pointers in an image
 * are told from the end of the question, whose name is the owner or below it, so that putting one
 * into a reply is a copy and an addition for each pointer.
 */
#ifndef LIB_DNS_IMAGE_H
#define LIB_DNS_IMAGE_H

#include "lib/dns/reply.h"

struct dns_image {
	/* The same for who wants DNSSEC: this one itself if nothing is signed, NULL if there is
	 * none. */
	const struct dns_image *dnssec;
	uint64_t counts;   /* added to those of the sections, all at once */
	uint16_t len;      /* bytes of the records */
	uint16_t pointers; /* how many */
	uint16_t near; /* of them, the first ones: to less than 128 bytes from the question's end */
	/*
	 * Where each pointer stands in the records, of the near ones the second byte; then the
	 * records. In them a near pointer has its first byte, and the distance as the second one;
	 * any other is a number to which the question's end is to be added.
	 */
	uint16_t data[];
};

/*
 * Makes the images of a zone whose nodes and chain are linked: of delegations, of the RRsets that
 * are asked for and have names in them, and of denials at the apex. False: no memory.
 */
bool dns_images_make(struct dns_zone *zone);

/* Adds MORE to the pointers of IMAGE, whose records are at P, from the Ith on. */
void dns_image_add_far(uint8_t *p, const struct dns_image *image, unsigned i, size_t more);

/* The second bytes of the COUNT pointers that stand at P + AT[..], which carry nothing over. */
static inline void dns_image_add_near(uint8_t *p, const uint16_t *at, unsigned count, uint8_t more)
{
	for (; count >= 4; count -= 4, at += 4) {
		p[at[0]] = (uint8_t)(p[at[0]] + more);
		p[at[1]] = (uint8_t)(p[at[1]] + more);
		p[at[2]] = (uint8_t)(p[at[2]] + more);
		p[at[3]] = (uint8_t)(p[at[3]] + more);
	}
	for (; count; count--, at++)
		p[*at] = (uint8_t)(p[*at] + more);
}

/*
 * Adds IMAGE to a reply that has nothing but its question yet, which ends at QUESTION_END. The
 * caller has seen to room for it.
 */
static inline void dns_image_put(
	struct dns_reply *reply, const struct dns_image *image, size_t question_end)
{
	unsigned near = question_end <= 128 ? image->near : 0;
	uint8_t *p = reply->at;

	memcpy(p, image->data + image->pointers, image->len);
	reply->at = p + image->len;
	memcpy(reply->counts, &image->counts, sizeof(reply->counts));
	dns_image_add_near(p, image->data, near, (uint8_t)question_end);
	if (near < image->pointers)
		dns_image_add_far(p, image, near, question_end);
}

#endif
