/* SPDX-License-Identifier: ISC */
/*
 * The difference between two versions of a zone: records to delete, then records to add, each part
 * led by its SOA, just as IXFR sends it (RFC 1995 section 4). A row of them is a zone's journal,
 * from which IXFR is served and which may be kept on a disk. Made by dns_edit (edit.h) and by
 * transfers.
 */
#ifndef LIB_DNS_CHANGE_H
#define LIB_DNS_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/name.h"

struct dns_change_record {
	bool add;
	uint8_t owner_len;
	uint16_t type, rdlen;
	uint32_t ttl;
	const uint8_t *owner; /* lower-cased wire form */
	const uint8_t *rdata; /* uncompressed */
};

/* Records in a row, as bytes: what a change is made of, and how it is kept on a disk. */
struct dns_change_bytes {
	uint8_t *data; /* malloc'd */
	size_t len, room;
	uint32_t count;
};

/* Appends a record. 0, -ENOMEM, or -EFBIG when it would be more than LIMIT bytes. */
int dns_change_put(
	struct dns_change_bytes *bytes, const struct dns_change_record *record, size_t limit);
/* The record at *AT, which moves on. False at the end, or where the bytes are not well formed. */
bool dns_change_get(const uint8_t *data, size_t len, size_t *at, struct dns_change_record *record);
/* Takes out the record that is like RECORD in all but ADD. False if there is none. */
bool dns_change_cancel(struct dns_change_bytes *bytes, const struct dns_change_record *record);
void dns_change_bytes_fini(struct dns_change_bytes *bytes);

struct dns_change {
	struct dns_change *next; /* of which it has a hold */
	unsigned holds;
	uint32_t from, to; /* serials */
	struct dns_change_bytes bytes;
};

/* A change from BYTES, which are its own from then on; NULL: no memory, and they are freed. */
struct dns_change *dns_change_create(uint32_t from, uint32_t to, struct dns_change_bytes *bytes);
struct dns_change *dns_change_hold(struct dns_change *change);
/* The last holder's release frees it, and releases the next. NULL is fine. */
void dns_change_release(struct dns_change *change);

/* The latest changes of a zone, oldest first, each starting where the one before ended. */
struct dns_journal {
	struct dns_change *first, *last;
	size_t bytes, limit;
};

void dns_journal_init(struct dns_journal *journal, size_t limit);
/*
 * Takes CHANGE over. What does not continue the journal starts it anew; the oldest go when there is
 * more than the limit.
 */
void dns_journal_add(struct dns_journal *journal, struct dns_change *change);
/* The change that starts from SERIAL, or NULL. */
struct dns_change *dns_journal_find(const struct dns_journal *journal, uint32_t serial);
void dns_journal_clear(struct dns_journal *journal);

/* Serials, RFC 1982: whether A is newer than B. */
static inline bool dns_serial_newer(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

#endif
