/* SPDX-License-Identifier: ISC */
/* Records as a reply has them: see image.h. Made by the writer of replies itself. */
#include "lib/dns/image.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/wire.h"
#include "lib/dns/additional.h"
#include "lib/dns/types.h"

#define IMAGE_MAX    4096 /* bytes of both parts; what is longer is written record by record */
#define POINTERS_MAX 512

/* What an image is made in. */
struct workshop {
	struct dns_reply reply;
	uint16_t where[POINTERS_MAX];
	uint8_t message[DNS_HEADER + DNS_NAME_MAX + 4 + IMAGE_MAX];
};

/* Stored so that adding the question's end gives the pointer. */
static uint16_t relative(const struct workshop *w, unsigned pointer, size_t question_end)
{
	const uint8_t *p = w->message + w->where[pointer];

	return (uint16_t)((p[0] << 8 | p[1]) - question_end);
}

/*
 * Whether the records from FROM on can be an image: distances are single bytes, and nothing may
 * point beyond HEAD_END, since other records may come between the RRset and its addresses.
 */
static bool can_be_told(const struct workshop *w, size_t from, unsigned first, size_t head_end)
{
	size_t last = from;
	unsigned i;

	for (i = first; i < w->reply.pointers; i++) {
		size_t to = (w->message[w->where[i]] & 0x3f) << 8 | w->message[w->where[i] + 1];

		if (w->where[i] - last > UINT8_MAX || to >= head_end)
			return false;
		last = w->where[i];
	}
	return w->reply.pointers < w->reply.pointers_max;
}

/* The bytes of the reply from FROM on, which have the pointers from FIRST on. */
static struct dns_image *copy(struct arena *arena, const struct workshop *w, size_t from,
	unsigned first, size_t question_end)
{
	unsigned pointers = w->reply.pointers - first, i;
	size_t len = (size_t)(w->reply.at - w->message) - from, last = from;
	struct dns_image *image = arena_alloc(arena, sizeof(*image) + pointers + len, 8);
	uint8_t *records;
	uint16_t value;

	if (!image)
		return NULL;
	image->len = (uint16_t)len;
	image->pointers = (uint16_t)pointers;
	records = image->data + pointers;
	memcpy(records, w->message + from, len);
	for (i = 0; i < pointers; i++) {
		size_t at = w->where[first + i];

		image->data[i] = (uint8_t)(at - last);
		value = relative(w, first + i, question_end);
		memcpy(records + (at - from), &value, sizeof(value));
		last = at;
	}
	return image;
}

/* A reply to a question for NODE's own name, but for its header. Returns where the question ends.
 */
static size_t begin(struct workshop *w, const struct dns_node *node)
{
	size_t end = DNS_HEADER + dns_node_name(node, w->message + DNS_HEADER) + 4;

	dns_reply_init(&w->reply, w->message, w->message + end, w->message + end + IMAGE_MAX);
	w->reply.where = w->where;
	w->reply.pointers = 0;
	w->reply.pointers_max = POINTERS_MAX;
	dns_reply_know(&w->reply, node, DNS_HEADER);
	return end;
}

/*
 * The addresses for RRSET, whose own image ends at FROM. False: they cannot be told; with *MORE as
 * NULL: there are none.
 */
static bool make_additional(struct arena *arena, struct workshop *w, const struct dns_node *node,
	const struct dns_rrset *rrset, size_t from, size_t question_end, struct dns_image **more)
{
	unsigned first = w->reply.pointers;
	bool fits = true;

	*more = NULL;
	if (node->cut)
		fits = dns_glue_put(&w->reply, rrset, false);
	else
		dns_additional_put(&w->reply, rrset, false);
	/* With little room left, something may have been left out. */
	if (!fits || (size_t)(w->reply.limit - w->reply.at) < DNS_NAME_MAX ||
		!can_be_told(w, from, first, from))
		return false;
	if (!w->reply.counts[DNS_SECTION_ADDITIONAL])
		return true;
	*more = copy(arena, w, from, first, question_end);
	if (*more)
		(*more)->records = w->reply.counts[DNS_SECTION_ADDITIONAL];
	return true;
}

/* The image of RRSET with its addresses; *RESULT is NULL where there can be none. */
static void make(struct dns_zone *zone, struct workshop *w, const struct dns_node *node,
	const struct dns_rrset *rrset, const uint8_t head[8], const struct dns_image **result)
{
	size_t question_end = begin(w, node), head_end;
	struct dns_owner owner = {NULL, NULL, node->parent ? DNS_HEADER : 0};
	struct dns_image *image, *more = NULL;

	if (!dns_reply_rrset(&w->reply, DNS_SECTION_ANSWER, owner, rrset, head))
		return;
	head_end = (size_t)(w->reply.at - w->message);
	if (!can_be_told(w, question_end, 0, head_end))
		return;
	image = copy(&zone->arena, w, question_end, 0, question_end);
	if (!image)
		return;
	image->records = rrset->count;
	if (dns_rrset_addresses(rrset)) {
		image->partly_signed = dns_additional_signed(rrset);
		if (!make_additional(&zone->arena, w, node, rrset, head_end, question_end, &more))
			return;
		image->additional = more;
	}
	*result = image;
}

/* Those that are worth it: where addresses go with the records, or more than one name is in them.
 */
static bool is_worth_it(const struct dns_node *node, const struct dns_rrset *rrset)
{
	if (node->cut)
		return node->cut == node && rrset->type == DNS_NS;
	return rrset->type == DNS_SOA || dns_rrset_addresses(rrset);
}

bool dns_images_make(struct dns_zone *zone)
{
	struct workshop *w = malloc(sizeof(*w));
	const struct dns_node *node;
	struct dns_rrset *rrset;

	for (node = zone->first; w && node; node = node->next) {
		if (!(node->flags & DNS_NODE_EXISTS))
			continue;
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			if (is_worth_it(node, rrset))
				make(zone, w, node, rrset, rrset->head, &rrset->image);
		}
	}
	if (w)
		make(zone, w, zone->apex, zone->soa, zone->negative, &zone->negative_image);
	free(w);
	return w && !arena_failed(&zone->arena);
}

void dns_image_put(struct dns_reply *reply, enum dns_section section, const struct dns_image *image,
	size_t question_end)
{
	const uint8_t *distance = image->data, *last = distance + image->pointers;
	uint8_t *p = reply->at;
	uint16_t value;

	memcpy(p, last, image->len);
	reply->at += image->len;
	reply->counts[section] += image->records;
	while (distance < last) {
		p += *distance++;
		memcpy(&value, p, sizeof(value));
		wire_set_u16(p, (uint16_t)(value + question_end));
	}
}
