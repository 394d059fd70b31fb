/* SPDX-License-Identifier: ISC */
/*
 * Records as a reply has them, made once when a zone is finished: an RRset whose rdata has names,
 * and the addresses that go with it. All compression pointers in an image are told from the end of
 * the question, whose name is the owner or below it, so that putting one into a reply is a copy and
 * an addition for each pointer.
 */
#ifndef LIB_DNS_IMAGE_H
#define LIB_DNS_IMAGE_H

#include "lib/dns/reply.h"

struct dns_image {
	const struct dns_image *additional; /* addresses for the records, or NULL */
	uint16_t len;                       /* bytes of the records */
	uint16_t records;
	uint16_t pointers;
	bool partly_signed; /* RRSIG records belong to it that it does not have */
	uint8_t data[];     /* for each pointer, its distance from the one before; the records */
};

/*
 * Makes the images of a zone whose nodes are linked: of the RRsets that are asked for and have
 * names that need it. False: no memory.
 */
bool dns_images_make(struct dns_zone *zone);

/*
 * Adds IMAGE to a reply; the question, at DNS_HEADER, ends at QUESTION_END. The caller has seen to
 * room for it.
 */
void dns_image_put(struct dns_reply *reply, enum dns_section section, const struct dns_image *image,
	size_t question_end);

#endif
