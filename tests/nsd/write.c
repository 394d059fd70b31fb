/* SPDX-License-Identifier: ISC */
/* A zone as a master file that any server reads: see write.h. */
#include "tests/nsd/write.h"

#include <ctype.h>
#include <string.h>

static void write_name(FILE *file, const struct dns_node *node)
{
	if (!node->parent)
		fputc('.', file);
	for (; node->parent; node = node->parent) {
		for (unsigned i = 1; i <= node->label[0]; i++) {
			if (isalnum(node->label[i]) || node->label[i] == '-')
				fputc(node->label[i], file);
			else
				fprintf(file, "\\%03u", node->label[i]);
		}
		fputc('.', file);
	}
}

static void write_hex(FILE *file, const uint8_t *bytes, size_t len)
{
	while (len-- > 0)
		fprintf(file, "%02x", *bytes++);
}

static void write_record(FILE *file, const struct dns_node *owner, const struct dns_rrset *rrset,
	const struct dns_record *record)
{
	const uint8_t *bytes = dns_record_bytes(record);
	uint8_t name[DNS_NAME_MAX];
	size_t len;

	write_name(file, owner);
	fprintf(file, " %u IN TYPE%u \\# %u ", dns_rrset_ttl(rrset), rrset->type, record->rdlen);
	write_hex(file, bytes, record->prefix);
	for (unsigned i = 0; i < record->names; i++) {
		len = dns_node_name(dns_record_names(record)[i], name);
		write_hex(file, name, len);
	}
	write_hex(file, bytes + record->prefix, (size_t)(record->len - record->prefix));
	fputc('\n', file);
}

void zone_write(FILE *file, const struct dns_zone *zone)
{
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	const struct dns_record *record;

	for (node = zone->first; node; node = node->next) {
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			for (record = rrset->records; record; record = record->next)
				write_record(file, node, rrset, record);
		}
	}
}
