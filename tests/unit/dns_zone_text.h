/* SPDX-License-Identifier: ISC */
/*
 * For unit tests: all records of a zone as sorted lines, and the answers to many questions as
 * sorted lines, so that zones that came about in different ways can be compared.
 */
#ifndef TESTS_UNIT_DNS_ZONE_TEXT_H
#define TESTS_UNIT_DNS_ZONE_TEXT_H

#include <stdlib.h>

#include "lib/dns/edit.h"
#include "tests/unit/dns_ask.h"

#define LINES_MAX 20000

static inline int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines of TEXT. The caller frees it. */
static inline char *sort_lines(const char *text)
{
	static char *lines[LINES_MAX];
	char *copy = strdup(text), *sorted = malloc(strlen(text) + 2), *out = sorted, *line, *rest;
	size_t count = 0;

	for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		ck_assert_uint_lt(count, LINES_MAX);
		lines[count++] = line;
	}
	qsort(lines, count, sizeof(*lines), by_text);
	*out = '\0';
	for (size_t i = 0; i < count; i++)
		out += sprintf(out, "%s\n", lines[i]);
	free(copy);
	return sorted;
}

static inline size_t record_text(char *out, const struct dns_node *node,
	const struct dns_rrset *rrset, const struct dns_record *record)
{
	static uint8_t rdata[65536];
	char name[DNS_NAME_TEXT], type[12], *at = out;

	dns_node_text(name, sizeof(name), node);
	at += sprintf(at, "%s %u %s ", name, (unsigned)dns_rrset_ttl(rrset),
		dns_type_text(type, rrset->type));
	dns_record_rdata(record, rdata);
	for (unsigned i = 0; i < record->rdlen; i++)
		at += sprintf(at, "%02x", rdata[i]);
	at += sprintf(at, "\n");
	return (size_t)(at - out);
}

/* All records. The caller frees it. */
static inline char *zone_text(const struct dns_zone *zone)
{
	static char text[1 << 22];
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	const struct dns_record *record;
	size_t len = 0, count = 0;

	text[0] = '\0';
	for (node = zone->first; node; node = node->next) {
		ck_assert(!node->rrsets || node->flags & DNS_NODE_EXISTS);
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			unsigned in_set = 0;

			for (record = rrset->records; record; record = record->next, in_set++)
				len += record_text(text + len, node, rrset, record);
			ck_assert_uint_eq(in_set, rrset->count);
			count += in_set;
		}
	}
	ck_assert_uint_eq(count, zone->records);
	return sort_lines(text);
}

#endif
