/* SPDX-License-Identifier: ISC */
/* A zone as a whole: checked, and prepared for queries. See zone.h. */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/image.h"
#include "lib/dns/types.h"
#include "lib/dns/zone.h"

static const char no_memory[] = "the zone does not fit the memory";

void dns_zone_link(struct dns_zone *zone, struct dns_node *node)
{
	struct dns_node *parent = node->parent;

	if (node == zone->apex || !(node->flags & DNS_NODE_EXISTS))
		return;
	if (parent->cut)
		node->cut = parent->cut;
	else if (parent->flags & DNS_NODE_DNAME)
		node->cut = parent;
	else if (node->flags & DNS_NODE_DELEGATION)
		node->cut = node;
	if (node->label[0] == 1 && node->label[1] == '*')
		parent->wild = node;
}

/* A delegation's servers below it need addresses here, or nobody finds them. */
static void check_glue(const struct dns_node *node, dns_zone_warn *warn, void *ctx)
{
	const struct dns_rrset *ns = dns_node_rrset(node, DNS_NS);
	const struct dns_record *record;
	const struct dns_node *target;

	for (record = ns->records; record; record = record->next) {
		target = dns_record_names(record)[0];
		if (record->flags & DNS_RECORD_BELOW && !dns_node_rrset(target, DNS_A) &&
			!dns_node_rrset(target, DNS_AAAA))
			warn(ctx, target, "a name server below its own delegation has no address");
	}
}

static void check_node(
	const struct dns_zone *zone, const struct dns_node *node, dns_zone_warn *warn, void *ctx)
{
	const struct dns_rrset *rrset;

	if (node->flags & DNS_NODE_DELEGATION && node->cut == node)
		check_glue(node, warn, ctx);
	if (node == zone->apex) {
		check_glue(node, warn, ctx);
		if (dns_node_rrset(node, DNS_DS))
			warn(ctx, node, "a DS record at the apex belongs to the parent zone");
	}
	if (!node->cut || node->cut == node)
		return;
	if (node->cut->flags & DNS_NODE_DELEGATION) {
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			if (rrset->type != DNS_A && rrset->type != DNS_AAAA) {
				warn(ctx, node, "records below a delegation are not served");
				break;
			}
		}
	} else if (node->rrsets) {
		warn(ctx, node, "records below a DNAME are not served");
	}
}

/* Leads from each RRset to the RRSIG records that cover it. */
static void link_sigs(struct dns_node *node, dns_zone_warn *warn, void *ctx)
{
	const struct dns_rrset *sigs;
	struct dns_rrset *rrset;

	for (sigs = node->rrsets; sigs; sigs = sigs->next) {
		if (sigs->type != DNS_RRSIG)
			continue;
		rrset = (struct dns_rrset *)dns_node_rrset(node, sigs->covers);
		if (!rrset || rrset->type == DNS_RRSIG) {
			if (warn)
				warn(ctx, node, "an RRSIG record covers a type that is not there");
			continue;
		}
		rrset->sigs = sigs;
		if (warn && dns_rrset_ttl(rrset) != dns_rrset_ttl(sigs))
			warn(ctx, node, "an RRSIG record has another TTL than what it covers");
	}
}

/* Negative answers last as long as the SOA record says, and no longer than itself. */
static void set_negative(struct dns_zone *zone)
{
	uint32_t minimum = wire_u32(dns_record_bytes(zone->soa->records) + 16);
	uint32_t ttl = MIN(minimum, dns_rrset_ttl(zone->soa));

	memcpy(zone->negative, zone->soa->head, 4);
	wire_set_u32(zone->negative + 4, ttl);
	memcpy(zone->negative_sig, zone->negative, 8);
	wire_set_u16(zone->negative_sig, DNS_RRSIG);
}

const char *dns_zone_set_apex(struct dns_zone *zone)
{
	zone->soa = dns_node_rrset(zone->apex, DNS_SOA);
	zone->ns = dns_node_rrset(zone->apex, DNS_NS);
	if (arena_failed(&zone->arena))
		return no_memory;
	if (!zone->soa)
		return "the zone has no SOA record at its apex";
	if (!zone->ns)
		return "the zone has no NS record at its apex";
	set_negative(zone);
	return NULL;
}

const char *dns_zone_finish(struct dns_zone *zone, dns_zone_warn *warn, void *ctx)
{
	const char *why = dns_zone_set_apex(zone), *warning;
	struct dns_node *node;

	if (why)
		return why;
	for (node = zone->first; node; node = node->next) {
		dns_zone_link(zone, node);
		link_sigs(node, warn, ctx);
		dns_zone_worked(zone, 400);
	}
	for (node = zone->first; node && warn; node = node->next) {
		check_node(zone, node, warn, ctx);
		dns_zone_worked(zone, 400);
	}
	why = dns_chain_build(zone, &warning);
	if (why)
		return why;
	if (warning && warn)
		warn(ctx, zone->apex, warning);
	return dns_images_make(zone) ? NULL : no_memory;
}
