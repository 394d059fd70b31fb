/* SPDX-License-Identifier: ISC */
/* The additional section: see additional.h. */
#include "lib/dns/additional.h"

#include "lib/dns/types.h"

static bool is_address(const struct dns_rrset *rrset)
{
	return rrset->type == DNS_A || rrset->type == DNS_AAAA;
}

/*
 * Where the addresses of NAME are: with itself, or with a wildcard that stands for it. Not below a
 * cut, unless they are glue: what a delegation's NS records lead to. NULL: nowhere.
 */
static const struct dns_node *host_of(const struct dns_node *name, bool glue)
{
	const struct dns_node *from = name;

	while (from && !(from->flags & DNS_NODE_EXISTS))
		from = from->parent;
	if (!from)
		return NULL;
	if (from->cut && (!glue || !(from->cut->flags & DNS_NODE_DELEGATION)))
		return NULL;
	if (from != name)
		return from->cut ? NULL : from->wild;
	return from;
}

/* One RRset of addresses as NAME's; its signatures only if there is room left. */
static bool put_host(struct dns_reply *reply, const struct dns_node *name,
	const struct dns_rrset *rrset, bool dnssec)
{
	struct dns_owner owner = {name, NULL, 0};

	if (!dns_reply_rrset(reply, DNS_SECTION_ADDITIONAL, owner, rrset, rrset->head))
		return false;
	if (dnssec && rrset->sigs)
		dns_reply_rrset(
			reply, DNS_SECTION_ADDITIONAL, owner, rrset->sigs, rrset->sigs->head);
	return true;
}

/* The addresses of NAME. False if they are there but one does not fit. */
static bool put_addresses(
	struct dns_reply *reply, const struct dns_node *name, bool glue, bool dnssec)
{
	const struct dns_node *host = host_of(name, glue);
	const struct dns_rrset *rrset;
	bool fits = true;
	uint16_t offset;

	if (!host)
		return true;
	dnssec &= !host->cut;
	offset = dns_reply_find(reply, name);
	if (offset && !dnssec)
		return dns_reply_addresses(reply, offset, host->rrsets);
	for (rrset = host->rrsets; rrset; rrset = rrset->next) {
		if (is_address(rrset))
			fits &= put_host(reply, name, rrset, dnssec);
	}
	return fits;
}

static const struct dns_node *last_name(const struct dns_record *record)
{
	return dns_record_names(record)[record->names - 1];
}

/* Whether an earlier record of the RRset has led to the same name. */
static bool seen_before(const struct dns_rrset *rrset, const struct dns_record *upto)
{
	const struct dns_record *record;

	for (record = rrset->records; record != upto; record = record->next) {
		if (last_name(record) == last_name(upto))
			return true;
	}
	return false;
}

void dns_additional_put(struct dns_reply *reply, const struct dns_rrset *rrset, bool dnssec)
{
	const struct dns_record *record;

	for (record = rrset->records; record; record = record->next) {
		if (!record->prefix || !seen_before(rrset, record))
			put_addresses(reply, last_name(record), rrset->type == DNS_NS, dnssec);
	}
}

bool dns_glue_put(struct dns_reply *reply, const struct dns_rrset *ns, bool dnssec)
{
	const struct dns_record *record;
	bool others = false, needed = true, fits = true;

	for (record = ns->records; record; record = record->next) {
		if (!(record->flags & DNS_RECORD_BELOW))
			others = true;
		else
			needed &= put_addresses(reply, last_name(record), true, dnssec);
	}
	if (!needed)
		return false;
	for (record = ns->records; record && others; record = record->next) {
		if (!(record->flags & DNS_RECORD_BELOW))
			fits &= put_addresses(reply, last_name(record), true, dnssec);
	}
	/* With no address at all the client might go round in circles. */
	return fits || reply->counts[DNS_SECTION_ADDITIONAL];
}
