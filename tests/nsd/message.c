/* SPDX-License-Identifier: ISC */
/* Replies as sorted text: see message.h. */
#include "tests/nsd/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dns/rdata.h"
#include "lib/dns/types.h"

struct reader {
	const uint8_t *data;
	size_t len, at;
	const char *fault;
};

static unsigned get(struct reader *r, unsigned bytes)
{
	unsigned value = 0;

	if (r->len - r->at < bytes) {
		r->fault = "it is cut off";
		r->at = r->len;
		return 0;
	}
	while (bytes--)
		value = value << 8 | r->data[r->at++];
	return value;
}

/* A name that may be compressed, decompressed and lower-cased, in wire form. Pointers go back only.
 */
static size_t get_name(struct reader *r, uint8_t name[256])
{
	size_t at = r->at, len = 0, resume = 0, low = r->at, i;

	for (;;) {
		unsigned label = at < r->len ? r->data[at] : 0x40;

		if (label >= 0xc0 && at + 1 < r->len) {
			if (!resume)
				resume = at + 2;
			at = (size_t)(label & 0x3f) << 8 | r->data[at + 1];
			if (at >= low) {
				r->fault = "a compression pointer does not point back";
				break;
			}
			low = at;
			continue;
		}
		if (label > 63 || at + 1 + label > r->len || len + 1 + label > 255) {
			r->fault = "a name is malformed";
			break;
		}
		for (i = 0; i <= label; i++) {
			uint8_t c = r->data[at + i];

			name[len++] = i && c >= 'A' && c <= 'Z' ? c | 0x20 : c;
		}
		at += 1 + label;
		if (!label)
			break;
	}
	r->at = resume ? resume : at;
	if (r->fault) {
		name[0] = 0;
		r->at = r->len;
	}
	return len;
}

/* Rdata in hex, with names as text. */
static void show_rdata(struct reader *r, uint16_t type, size_t len, char *out, size_t size)
{
	const struct dns_type *layout = dns_type_by_number(type);
	const uint8_t *field = layout ? layout->fields : (const uint8_t *)"";
	size_t end = r->at + len, used = 0, i;
	uint8_t name[256];

	for (; *field && r->at < end && !r->fault; field++) {
		int bytes;

		if (*field == DNS_FIELD_NAME) {
			get_name(r, name);
			dns_name_text(out + used, size - used, name);
			used += strlen(out + used);
			out[used++] = ' ';
			continue;
		}
		bytes = dns_field_len(*field, r->data + r->at, end - r->at);
		if (bytes < 0) {
			r->fault = "rdata is malformed";
			return;
		}
		for (i = 0; i < (size_t)bytes; i++)
			used += (size_t)snprintf(out + used, size - used, "%02x", r->data[r->at++]);
		out[used++] = ' ';
	}
	for (; r->at < end && r->at < r->len; r->at++)
		used += (size_t)snprintf(out + used, size - used, "%02x", r->data[r->at]);
	if (r->at != end)
		r->fault = "rdata is not as long as it says";
	out[used] = 0;
}

static void get_record(struct reader *r, struct message *m, struct section *section)
{
	static char text[300000];
	uint8_t name[256];
	char type_text[12];
	unsigned type, class, ttl, len;
	size_t used;

	get_name(r, name);
	type = get(r, 2);
	class = get(r, 2);
	ttl = get(r, 4);
	len = get(r, 2);
	if (!r->fault && len > r->len - r->at)
		r->fault = "it is cut off";
	if (r->fault)
		return;
	if (type == DNS_OPT) {
		if (m->edns || section != &m->sections[ADDITIONAL])
			r->fault = "OPT is where it should not be";
		m->edns = true;
		m->udp_size = (uint16_t) class;
		m->rcode |= ttl >> 24 << 4;
		m->edns_flags = (uint16_t)ttl;
		r->at += len;
		return;
	}
	dns_name_text(text, sizeof(text), name);
	used = strlen(text);
	used += (size_t)sprintf(text + used, " %u ", ttl);
	if (class != DNS_CLASS_IN)
		used += (size_t)sprintf(text + used, "CLASS%u ", class);
	used += (size_t)sprintf(text + used, "%s ", dns_type_text(type_text, (uint16_t)type));
	show_rdata(r, (uint16_t)type, len, text + used, sizeof(text) - used);
	if (section->count == RECORDS_MAX)
		r->fault = "it has too many records for this program";
	else
		section->record[section->count++] = strdup(text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void message_parse(struct message *m, const uint8_t *data, size_t len)
{
	struct reader r = {.data = data, .len = len};
	unsigned counts[SECTIONS], i, n;
	uint8_t name[256];

	memset(m, 0, sizeof(*m));
	m->len = len;
	m->id = (uint16_t)get(&r, 2);
	m->flags = (uint16_t)get(&r, 2);
	m->rcode = m->flags & 15;
	m->questions = get(&r, 2);
	for (i = 0; i < SECTIONS; i++)
		counts[i] = get(&r, 2);
	m->question_at = r.at;
	for (n = 0; n < m->questions && !r.fault; n++) {
		get_name(&r, name);
		get(&r, 4);
		if (n == 0)
			m->question_len = r.at - m->question_at;
	}
	for (i = 0; i < SECTIONS; i++) {
		for (n = 0; n < counts[i] && !r.fault; n++)
			get_record(&r, m, &m->sections[i]);
		qsort(m->sections[i].record, m->sections[i].count, sizeof(char *), by_text);
	}
	if (!r.fault && r.at != len)
		r.fault = "there is something behind its last record";
	m->fault = r.fault;
}

void message_free(struct message *m)
{
	size_t i, n;

	for (i = 0; i < SECTIONS; i++) {
		for (n = 0; n < m->sections[i].count; n++)
			free(m->sections[i].record[n]);
		m->sections[i].count = 0;
	}
}

bool section_within(const struct section *a, const struct section *b)
{
	size_t i, j = 0;

	for (i = 0; i < a->count; i++) {
		while (j < b->count && strcmp(b->record[j], a->record[i]) < 0)
			j++;
		if (j == b->count || strcmp(b->record[j], a->record[i]) != 0)
			return false;
		j++;
	}
	return true;
}
