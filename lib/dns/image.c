/* SPDX-License-Identifier: ISC */
/* Answers as a reply has them: see image.h. Made by the engine itself, record by record. */
#include "lib/dns/image.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/wire.h"
#include "lib/dns/answer.h"
#include "lib/dns/types.h"

#define IMAGE_MAX    4096 /* bytes; what is longer is written record by record */
#define POINTERS_MAX 512

#define HEAD offsetof(struct dns_image, data)

/* What an image is made in. */
struct workshop {
	struct dns_zone *zone;
	struct answer answer;
	uint16_t where[POINTERS_MAX];
	uint8_t message[DNS_HEADER + DNS_NAME_MAX + 4 + IMAGE_MAX];
	/* The image of it, before it is stored. */
	struct dns_image *image;
};

/* What makes an answer in the workshop. */
typedef void write_answer(struct answer *a, const struct dns_node *node, const void *what);

/* A reply to a question for NODE's own name, but for its header. */
static void begin(struct workshop *w, const struct dns_node *node, bool dnssec)
{
	struct answer *a = &w->answer;
	size_t len = dns_node_name(node, w->message + DNS_HEADER), end = DNS_HEADER + len + 4;

	a->zone = w->zone;
	a->encloser = node;
	a->query.dnssec_ok = dnssec;
	dns_key_init(&a->query.key, w->message + DNS_HEADER, len);
	a->question_end = end;
	a->flags = 0;
	a->chain = a->proof_count = a->waiting_count = 0;
	a->owner = (struct dns_owner){NULL, NULL, node->parent ? DNS_HEADER : 0};
	dns_reply_init(&a->reply, w->message, w->message + end, w->message + end + IMAGE_MAX);
	a->reply.where = w->where;
	a->reply.pointers_max = POINTERS_MAX;
	dns_reply_know(&a->reply, node, DNS_HEADER);
}

/* How far behind the question's end (or before it) the pointer leads that stands at AT. */
static int distance(const struct workshop *w, size_t at)
{
	return ((w->message[at] & 0x3f) << 8 | w->message[at + 1]) - (int)w->answer.question_end;
}

/* Adds to IMAGE those pointers that are NEAR, or those that are not. */
static void add_pointers(struct workshop *w, uint8_t *records, bool near)
{
	const struct dns_reply *reply = &w->answer.reply;
	struct dns_image *image = w->image;
	uint16_t at, value;
	int to;
	unsigned i;

	for (i = 0; i < reply->pointers; i++) {
		to = distance(w, w->where[i]);
		if ((to == (int8_t)to) != near)
			continue;
		at = (uint16_t)(w->where[i] - w->answer.question_end);
		image->data[image->pointers++] = (uint16_t)(at + near);
		value = near ? (uint16_t)(0xc0 | (to & 0xff) << 8) : (uint16_t)(0xc000 + to);
		memcpy(records + at, &value, sizeof(value));
	}
}

/* What the message has behind the question, as an image; its size. */
static size_t render(struct workshop *w)
{
	const struct dns_reply *reply = &w->answer.reply;
	size_t from = w->answer.question_end, len = (size_t)(reply->at - w->message) - from;
	struct dns_image *image = w->image;
	uint8_t *records = (uint8_t *)(image->data + reply->pointers);

	image->dnssec = NULL;
	memcpy(&image->counts, reply->counts, sizeof(image->counts));
	image->len = (uint16_t)len;
	image->pointers = 0;
	memcpy(records, w->message + from, len);
	add_pointers(w, records, true);
	image->near = image->pointers;
	add_pointers(w, records, false);
	return HEAD + 2 * (size_t)reply->pointers + len;
}

/*
 * One image. If it is the same as PLAIN (or NULL), that one. NULL if there is no memory, or if it
 * would not be the whole answer.
 */
static struct dns_image *make_one(struct workshop *w, const struct dns_node *node,
	struct dns_image *plain, bool dnssec, write_answer *write, const void *what)
{
	const struct dns_reply *reply = &w->answer.reply;
	struct dns_image *image;
	size_t size;

	begin(w, node, dnssec);
	write(&w->answer, node, what);
	if (reply->full || w->answer.flags & DNS_FLAG_TC || reply->pointers == reply->pointers_max)
		return NULL;
	size = render(w);
	if (plain && !memcmp(plain, w->image, HEAD) &&
		!memcmp(plain->data, w->image->data, size - HEAD))
		return plain;
	image = arena_alloc(&w->zone->arena, size, 8);
	if (image)
		memcpy(image, w->image, size);
	return image;
}

/* The image of an answer for both kinds of clients, or NULL. */
static const struct dns_image *make(
	struct workshop *w, const struct dns_node *node, write_answer *write, const void *what)
{
	struct dns_image *image = make_one(w, node, NULL, false, write, what);

	if (image)
		image->dnssec =
			w->zone->dnssec ? make_one(w, node, image, true, write, what) : image;
	return image;
}

static void write_rrset(struct answer *a, const struct dns_node *node, const void *rrset)
{
	(void)node;
	dns_answer_rrset(a, rrset, false);
}

static void write_referral(struct answer *a, const struct dns_node *node, const void *what)
{
	(void)what;
	dns_answer_referral(a, node);
}

static void write_negative(struct answer *a, const struct dns_node *node, const void *what)
{
	(void)node, (void)what;
	dns_answer_soa(a);
}

/* What all names that are missing just below the apex have in common. */
static void write_denial(struct answer *a, const struct dns_node *node, const void *what)
{
	(void)node, (void)what;
	dns_answer_soa(a);
	dns_prove_no_wildcard(a);
}

/* Where addresses go with the records, or more than one name is in them. */
static bool is_worth_it(const struct dns_rrset *rrset)
{
	return rrset->type == DNS_SOA || dns_rrset_addresses(rrset);
}

/* Of a delegation also its DS records, which are asked for as often. */
static void make_of_node(struct workshop *w, const struct dns_node *node)
{
	struct dns_rrset *rrset;

	for (rrset = node->rrsets; rrset; rrset = rrset->next) {
		if (node->cut == node && rrset->type == DNS_NS)
			rrset->image = make(w, node, write_referral, NULL);
		else if (node->cut == node ? rrset->type == DNS_DS && rrset->sigs
					   : !node->cut && is_worth_it(rrset))
			rrset->image = make(w, node, write_rrset, rrset);
	}
}

bool dns_images_make(struct dns_zone *zone)
{
	struct workshop *w = malloc(sizeof(*w) + HEAD + 2 * POINTERS_MAX + IMAGE_MAX);
	const struct dns_node *node;

	if (!w)
		return false;
	w->zone = zone;
	w->image = (struct dns_image *)(w + 1);
	/* An answer that is being made must not find its image, nor a part of it. */
	zone->denial_image = zone->negative_image = NULL;
	for (node = zone->first; node; node = node->next) {
		if (node->flags & DNS_NODE_EXISTS)
			make_of_node(w, node);
		dns_zone_worked(zone, 400);
	}
	if (zone->chain.kind == DNS_CHAIN_NSEC)
		zone->denial_image = make_one(w, zone->apex, NULL, true, write_denial, NULL);
	zone->negative_image = make(w, zone->apex, write_negative, NULL);
	free(w);
	return !arena_failed(&zone->arena);
}

void dns_image_add_far(uint8_t *p, const struct dns_image *image, unsigned i, size_t more)
{
	uint16_t value;

	for (; i < image->near; i++)
		wire_set_u16(p + image->data[i] - 1,
			(uint16_t)(0xc000 + (int8_t)p[image->data[i]] + (int)more));
	for (; i < image->pointers; i++) {
		memcpy(&value, p + image->data[i], sizeof(value));
		wire_set_u16(p + image->data[i], (uint16_t)(value + more));
	}
}
