/* SPDX-License-Identifier: ISC */
/* Records in wire form, and copies of zones: see edit.h. */
#include <stdlib.h>
#include <string.h>

#include "lib/dns/edit.h"

#define WASTE_SPARED (64u * 1024) /* bytes that do not matter */

/* ---- records ---- */

void dns_record_rdata(const struct dns_record *record, uint8_t *out)
{
	const uint8_t *bytes = dns_record_bytes(record);
	unsigned i;

	memcpy(out, bytes, record->prefix);
	out += record->prefix;
	for (i = 0; i < record->names; i++)
		out += dns_node_name(dns_record_names(record)[i], out);
	memcpy(out, bytes + record->prefix, (size_t)(record->len - record->prefix));
}

bool dns_record_is(const struct dns_record *record, const uint8_t *rdata, size_t len)
{
	const uint8_t *bytes = dns_record_bytes(record);
	uint8_t name[DNS_NAME_MAX];
	size_t n;
	unsigned i;

	if (record->rdlen != len || memcmp(bytes, rdata, record->prefix) != 0)
		return false;
	rdata += record->prefix;
	for (i = 0; i < record->names; i++, rdata += n) {
		n = dns_node_name(dns_record_names(record)[i], name);
		/* What it is compared with is well formed: its name ends within it. */
		if (memcmp(name, rdata, n) != 0)
			return false;
	}
	return memcmp(bytes + record->prefix, rdata, (size_t)(record->len - record->prefix)) == 0;
}

const struct dns_record *dns_rrset_find(
	const struct dns_rrset *rrset, const uint8_t *rdata, size_t len)
{
	const struct dns_record *record = rrset ? rrset->records : NULL;

	while (record && !dns_record_is(record, rdata, len))
		record = record->next;
	return record;
}

/* ---- zones as a whole ---- */

bool dns_zone_in_place(const struct dns_zone *zone)
{
	return !zone->holds && !zone->dnssec;
}

bool dns_zone_wasteful(const struct dns_zone *zone, size_t base)
{
	return zone->arena.used > base + base / 2 + WASTE_SPARED;
}

static const char *copy_set(struct dns_zone *copy, const struct dns_key *owner,
	const struct dns_rrset *rrset, uint8_t *rdata)
{
	struct dns_node *node = dns_zone_node(copy, owner);
	const struct dns_record *record;
	const char *why = NULL, *warning;

	if (!node)
		return "";
	for (record = rrset->records; record && !why; record = record->next) {
		dns_record_rdata(record, rdata);
		why = dns_zone_add(copy, node, rrset->type, dns_rrset_ttl(rrset), rdata,
			record->rdlen, &warning);
	}
	return why;
}

static const char *copy_all(struct dns_zone *copy, const struct dns_zone *zone, uint8_t *rdata)
{
	const struct dns_rrset *rrset;
	const struct dns_node *node;
	uint8_t name[DNS_NAME_MAX];
	const char *why = NULL;
	struct dns_key owner;

	for (node = zone->first; node && !why; node = node->next) {
		if (!node->rrsets)
			continue;
		dns_key_init(&owner, name, dns_node_name(node, name));
		for (rrset = node->rrsets; rrset && !why; rrset = rrset->next)
			why = copy_set(copy, &owner, rrset, rdata);
	}
	return why;
}

struct dns_zone *dns_zone_copy(const struct dns_zone *zone, size_t limit, void (*pause)(void))
{
	uint8_t *rdata = malloc(UINT16_MAX);
	struct dns_zone *copy = NULL;
	struct dns_key apex;

	dns_key_init(&apex, zone->name, zone->name_len);
	if (rdata)
		copy = dns_zone_create(&apex, zone->arena.used, limit);
	if (copy)
		copy->pause = pause;
	if (copy && copy_all(copy, zone, rdata)) {
		dns_zone_free(copy);
		copy = NULL;
	}
	if (copy)
		copy->state = zone->state;
	free(rdata);
	return copy;
}
