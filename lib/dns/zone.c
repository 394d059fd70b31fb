/* SPDX-License-Identifier: ISC */
/* The database of one zone, its tree of names: see zone.h. Records are added in zone_add.c. */
#include "lib/dns/zone.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/types.h"

uint32_t dns_rrset_ttl(const struct dns_rrset *rrset)
{
	return wire_u32(rrset->head + 4);
}

uint32_t dns_zone_serial(const struct dns_zone *zone)
{
	return wire_u32(dns_record_bytes(zone->soa->records));
}

size_t dns_zone_memory(const struct dns_zone *zone)
{
	return sizeof(*zone) + zone->arena.held + ((size_t)zone->mask + 1) * sizeof(*zone->buckets);
}

struct dns_node *dns_zone_find(const struct dns_zone *zone, const struct dns_key *key, size_t i)
{
	return dns_zone_lookup(zone, key, i);
}

size_t dns_node_name(const struct dns_node *node, uint8_t name[DNS_NAME_MAX])
{
	size_t at = 0;

	for (; node->parent; node = node->parent) {
		memcpy(name + at, node->label, (size_t)node->label[0] + 1);
		at += (size_t)node->label[0] + 1;
	}
	name[at] = 0;
	return at + 1;
}

char *dns_node_text(char *text, size_t size, const struct dns_node *node)
{
	uint8_t name[DNS_NAME_MAX];

	dns_node_name(node, name);
	return dns_name_text(text, size, name);
}

/* Twice the buckets. Without memory the table stays as it is: slower, but right. */
static void grow(struct dns_zone *zone)
{
	uint32_t mask = zone->mask * 2 + 1;
	struct dns_node **buckets = calloc((size_t)mask + 1, sizeof(*buckets)), *node;

	if (!buckets)
		return;
	for (node = zone->first; node; node = node->next) {
		node->chain = buckets[node->hash & mask];
		buckets[node->hash & mask] = node;
		dns_zone_worked(zone, 100);
	}
	free(zone->buckets);
	zone->buckets = buckets;
	zone->mask = mask;
}

static struct dns_node *add_node(
	struct dns_zone *zone, const struct dns_key *key, size_t i, struct dns_node *parent)
{
	const uint8_t *label = key->wire + key->at[i];
	size_t len = (size_t)label[0] + 1;
	size_t size = offsetof(struct dns_node, label) + (len + 7) / 8 * 8;
	struct dns_node *node = arena_alloc(&zone->arena, MAX(size, sizeof(*node)), 8);

	if (!node)
		return NULL;
	memcpy(node->label, label, len);
	node->parent = parent;
	node->hash = key->hash[i];
	node->labels = (uint8_t)(key->labels - i);
	node->len = (uint8_t)(key->len - key->at[i]);
	node->chain = zone->buckets[node->hash & zone->mask];
	zone->buckets[node->hash & zone->mask] = node;
	if (zone->last)
		zone->last->next = node;
	else
		zone->first = node;
	zone->last = node;
	if (++zone->nodes > zone->mask)
		grow(zone);
	return node;
}

struct dns_node *dns_zone_node(struct dns_zone *zone, const struct dns_key *key)
{
	struct dns_node *node = NULL;
	size_t i = 0;

	while (i <= key->labels && !(node = dns_zone_find(zone, key, i)))
		i++;
	while (i-- > 0) {
		node = add_node(zone, key, i, node);
		if (!node)
			return NULL;
	}
	return node;
}

struct dns_zone *dns_zone_create(const struct dns_key *apex, size_t size, size_t limit)
{
	struct dns_zone *zone = calloc(1, sizeof(*zone));

	if (!zone)
		return NULL;
	arena_init(&zone->arena, size > 65536 ? 65536 : 8192, limit);
	zone->mask = 63;
	zone->buckets = calloc((size_t)zone->mask + 1, sizeof(*zone->buckets));
	if (zone->buckets)
		zone->apex = dns_zone_node(zone, apex);
	if (!zone->apex) {
		dns_zone_free(zone);
		return NULL;
	}
	zone->apex->flags |= DNS_NODE_EXISTS;
	zone->name_len = (uint8_t)apex->len;
	zone->name_hash = apex->hash[0];
	memcpy(zone->name, apex->wire, apex->len);
	return zone;
}

void dns_zone_hold(struct dns_zone *zone)
{
	zone->holds++;
}

void dns_zone_free(struct dns_zone *zone)
{
	if (!zone)
		return;
	if (zone->holds) {
		zone->holds--;
		return;
	}
	arena_fini(&zone->arena);
	free(zone->buckets);
	free(zone);
}
