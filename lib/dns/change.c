/* SPDX-License-Identifier: ISC */
/* Differences and the journal: see change.h. */
#include "lib/dns/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"

#define HEAD 10 /* bytes of a record beside owner and rdata */

static int reserve(struct dns_change_bytes *bytes, size_t more, size_t limit)
{
	size_t room = MAX(bytes->room, (size_t)128);
	uint8_t *data;

	if (bytes->len + more > limit)
		return -EFBIG;
	while (room < bytes->len + more)
		room += room / 2;
	if (room == bytes->room)
		return 0;
	data = realloc(bytes->data, room);
	if (!data)
		return -ENOMEM;
	bytes->data = data;
	bytes->room = room;
	return 0;
}

int dns_change_put(
	struct dns_change_bytes *bytes, const struct dns_change_record *record, size_t limit)
{
	size_t size = HEAD + (size_t)record->owner_len + record->rdlen;
	int error = reserve(bytes, size, limit);
	struct wire_writer out;

	if (error)
		return error;
	wire_writer_init(&out, bytes->data + bytes->len, size);
	wire_put_u8(&out, record->add);
	wire_put_u8(&out, record->owner_len);
	wire_put_bytes(&out, record->owner, record->owner_len);
	wire_put_u16(&out, record->type);
	wire_put_u32(&out, record->ttl);
	wire_put_u16(&out, record->rdlen);
	wire_put_bytes(&out, record->rdata, record->rdlen);
	bytes->len += size;
	bytes->count++;
	return 0;
}

bool dns_change_get(const uint8_t *data, size_t len, size_t *at, struct dns_change_record *record)
{
	struct wire_reader in;

	if (*at >= len)
		return false;
	wire_reader_init(&in, data + *at, len - *at);
	record->add = wire_get_u8(&in);
	record->owner_len = wire_get_u8(&in);
	record->owner = wire_get_bytes(&in, record->owner_len);
	record->type = wire_get_u16(&in);
	record->ttl = wire_get_u32(&in);
	record->rdlen = wire_get_u16(&in);
	record->rdata = wire_get_bytes(&in, record->rdlen);
	if (wire_failed(&in) ||
		dns_name_check(record->owner, record->owner_len) != record->owner_len)
		return false;
	*at += wire_offset(&in);
	return true;
}

static bool same(const struct dns_change_record *a, const struct dns_change_record *b)
{
	return a->type == b->type && a->ttl == b->ttl && a->rdlen == b->rdlen &&
	       a->owner_len == b->owner_len && memcmp(a->rdata, b->rdata, a->rdlen) == 0 &&
	       memcmp(a->owner, b->owner, a->owner_len) == 0;
}

bool dns_change_cancel(struct dns_change_bytes *bytes, const struct dns_change_record *record)
{
	struct dns_change_record other;
	size_t at = 0, start = 0;

	while (dns_change_get(bytes->data, bytes->len, &at, &other)) {
		if (same(&other, record)) {
			memmove(bytes->data + start, bytes->data + at, bytes->len - at);
			bytes->len -= at - start;
			bytes->count--;
			return true;
		}
		start = at;
	}
	return false;
}

void dns_change_bytes_fini(struct dns_change_bytes *bytes)
{
	free(bytes->data);
	memset(bytes, 0, sizeof(*bytes));
}

struct dns_change *dns_change_create(uint32_t from, uint32_t to, struct dns_change_bytes *bytes)
{
	struct dns_change *change = calloc(1, sizeof(*change));

	if (!change) {
		dns_change_bytes_fini(bytes);
		return NULL;
	}
	change->holds = 1;
	change->from = from;
	change->to = to;
	change->bytes = *bytes;
	memset(bytes, 0, sizeof(*bytes));
	return change;
}

struct dns_change *dns_change_hold(struct dns_change *change)
{
	if (change)
		change->holds++;
	return change;
}

void dns_change_release(struct dns_change *change)
{
	struct dns_change *next;

	for (; change && --change->holds == 0; change = next) {
		next = change->next;
		dns_change_bytes_fini(&change->bytes);
		free(change);
	}
}

void dns_journal_init(struct dns_journal *journal, size_t limit)
{
	memset(journal, 0, sizeof(*journal));
	journal->limit = limit;
}

static size_t size_of(const struct dns_change *change)
{
	return sizeof(*change) + change->bytes.room;
}

static void drop_first(struct dns_journal *journal)
{
	struct dns_change *first = journal->first;

	journal->bytes -= size_of(first);
	journal->first = dns_change_hold(first->next);
	if (!journal->first)
		journal->last = NULL;
	dns_change_release(first);
}

void dns_journal_clear(struct dns_journal *journal)
{
	while (journal->first)
		drop_first(journal);
}

void dns_journal_add(struct dns_journal *journal, struct dns_change *change)
{
	if (journal->last && journal->last->to != change->from)
		dns_journal_clear(journal);
	if (journal->last)
		journal->last->next = change;
	else
		journal->first = change;
	journal->last = change;
	journal->bytes += size_of(change);
	while (journal->bytes > journal->limit)
		drop_first(journal);
}

struct dns_change *dns_journal_find(const struct dns_journal *journal, uint32_t serial)
{
	struct dns_change *change;

	for (change = journal->first; change && change->from != serial; change = change->next)
		;
	return change;
}
