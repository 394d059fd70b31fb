/* SPDX-License-Identifier: ISC */
/* Catalog zones: see catalog.h. Sections are those of RFC 9432. */
#include "lib/dns/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "lib/dns/types.h"

#define TXT 16

/* The node for LABELS (wire form without the end) before NODE's name. */
static const struct dns_node *find_below(
	const struct dns_zone *zone, const struct dns_node *node, const uint8_t *labels, size_t len)
{
	uint8_t name[2 * DNS_NAME_MAX];
	struct dns_key key;
	size_t total;

	memcpy(name, labels, len);
	total = len + dns_node_name(node, name + len);
	if (total > DNS_NAME_MAX)
		return NULL;
	dns_key_init(&key, name, total);
	return dns_zone_find(zone, &key, 0);
}

/* The single string of the single TXT record there, or NULL. */
static const uint8_t *only_text(const struct dns_node *node)
{
	const struct dns_rrset *rrset = node ? dns_node_rrset(node, TXT) : NULL;
	const uint8_t *text;

	if (!rrset || rrset->count != 1)
		return NULL;
	text = dns_record_bytes(rrset->records);
	return rrset->records->len == text[0] + 1u ? text : NULL;
}

static const struct dns_node *find_zones(const struct dns_zone *zone)
{
	static const uint8_t label[] = "\005zones";

	return find_below(zone, zone->apex, label, 6);
}

/* The target of the single PTR record there, or NULL. */
static const struct dns_node *only_target(const struct dns_node *node)
{
	const struct dns_rrset *rrset = node ? dns_node_rrset(node, DNS_PTR) : NULL;

	return rrset && rrset->count == 1 ? dns_record_names(rrset->records)[0] : NULL;
}

/* The member's node that comes after NODE; after ZONES, its parent, the first. */
static const struct dns_node *next_member(const struct dns_node *zones, const struct dns_node *node)
{
	do
		node = node ? node->next : NULL;
	while (node && (node->parent != zones || !(node->flags & DNS_NODE_EXISTS) ||
			       !dns_node_rrset(node, DNS_PTR)));
	return node;
}

static const struct dns_node *find_coo(const struct dns_zone *zone, const struct dns_node *member)
{
	static const uint8_t label[] = "\003coo";

	return find_below(zone, member, label, 4);
}

static int by_address(const void *a, const void *b)
{
	const struct dns_node *const *first = a, *const *second = b;
	uintptr_t x = (uintptr_t)first[0], y = (uintptr_t)second[0];

	return (x > y) - (x < y);
}

/* Sections 4.1 and 4.3.1. TARGETS has room for all members'. */
static const char *check_members(
	const struct dns_zone *zone, const struct dns_node *zones, const struct dns_node **targets)
{
	const struct dns_node *node, *coo;
	size_t count = 0;

	for (node = next_member(zones, zones); node; node = next_member(zones, node)) {
		targets[count] = only_target(node);
		if (!targets[count++])
			return "expected one PTR record for each member";
		coo = find_coo(zone, node);
		if (coo && dns_node_rrset(coo, DNS_PTR) && !only_target(coo))
			return "expected one PTR record at coo below a member";
	}
	qsort(targets, count, sizeof(const struct dns_node *), by_address);
	for (size_t i = 1; i < count; i++) {
		if (targets[i] == targets[i - 1])
			return "expected each member once";
	}
	return NULL;
}

const char *dns_catalog_check(const struct dns_zone *zone)
{
	static const uint8_t label[] = "\007version";
	const uint8_t *text = only_text(find_below(zone, zone->apex, label, 8));
	const struct dns_node *zones = find_zones(zone), **targets;
	const char *why;

	if (!text || text[0] != 1 || text[1] != '2')
		return "expected a TXT record \"2\" at version below the apex";
	if (!zones || !zones->children)
		return NULL;
	targets = malloc(zones->children * sizeof(const struct dns_node *));
	why = targets ? check_members(zone, zones, targets) : "there is no memory for its members";
	free(targets);
	return why;
}

static void get_group(
	const struct dns_zone *zone, const struct dns_node *node, char group[DNS_GROUP_MAX])
{
	static const uint8_t label[] = "\005group";
	const uint8_t *text = only_text(find_below(zone, node, label, 6));

	group[0] = '\0';
	if (!text || text[0] >= DNS_GROUP_MAX || memchr(text + 1, 0, text[0]))
		return;
	memcpy(group, text + 1, text[0]);
	group[text[0]] = '\0';
}

void dns_catalog_members(const struct dns_zone *zone, dns_catalog_member *fn, void *ctx)
{
	const struct dns_node *zones = find_zones(zone), *node;
	uint8_t name[DNS_NAME_MAX];
	char group[DNS_GROUP_MAX];
	size_t len;

	for (node = next_member(zones, zones); node; node = next_member(zones, node)) {
		len = dns_node_name(only_target(node), name);
		get_group(zone, node, group);
		fn(ctx, name, len, node->label, group);
	}
}

bool dns_catalog_hands_over(
	const struct dns_zone *zone, const uint8_t *id, const struct dns_key *to)
{
	const struct dns_node *zones = find_zones(zone), *member, *target;
	uint8_t name[DNS_NAME_MAX];

	member = zones ? find_below(zone, zones, id, id[0] + 1u) : NULL;
	target = member ? only_target(find_coo(zone, member)) : NULL;
	return target && dns_node_name(target, name) == to->len &&
	       memcmp(name, to->wire, to->len) == 0;
}
