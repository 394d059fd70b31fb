/* SPDX-License-Identifier: ISC */
/* Catalog zones: see catalog.h. Sections are those of RFC 9432. */
#include "lib/dns/catalog.h"

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

const char *dns_catalog_check(const struct dns_zone *zone)
{
	static const uint8_t label[] = "\007version";
	const uint8_t *text = only_text(find_below(zone, zone->apex, label, 8));

	if (!text || text[0] != 1 || text[1] != '2')
		return "expected a TXT record \"2\" at version below the apex";
	return NULL;
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
	const struct dns_rrset *ptr;
	uint8_t name[DNS_NAME_MAX];
	char group[DNS_GROUP_MAX];
	size_t len;

	for (node = zones ? zone->first : NULL; node; node = node->next) {
		if (node->parent != zones || !(node->flags & DNS_NODE_EXISTS))
			continue;
		ptr = dns_node_rrset(node, DNS_PTR);
		if (!ptr || ptr->count != 1) /* section 4.1 */
			continue;
		len = dns_node_name(dns_record_names(ptr->records)[0], name);
		get_group(zone, node, group);
		fn(ctx, name, len, node->label, group);
	}
}
