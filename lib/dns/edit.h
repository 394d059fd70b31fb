/* SPDX-License-Identifier: ISC */
/*
 * Changing a zone that is complete, by updates and incremental transfers: one record at a time, all
 * or nothing, and recorded as a difference.
 *
 * Two ways, and the caller takes the cheaper one that is allowed:
 * - in place, which costs what is changed and not what the zone holds. Nothing may look at the zone
 *   between dns_edit_begin() and dns_edit_commit(), so the caller does not give way in between; and
 *   a zone that somebody holds (a transfer on its way out), or that is signed, is not changed so.
 *   Answers that bring addresses along are written record by record from then on (zone.edited).
 * - on a copy, which then takes the zone's place; making it may give way to others.
 *
 * A zone's memory is an arena, which takes nothing back: what was deleted in place stays as waste
 * until the zone is copied once more. The caller does that as dns_zone_wasteful() asks.
 */
#ifndef LIB_DNS_EDIT_H
#define LIB_DNS_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/change.h"
#include "lib/dns/zone.h"

/* Whether ZONE may be changed in place now. */
bool dns_zone_in_place(const struct dns_zone *zone);

/*
 * A copy of ZONE, which the caller holds, without the last step, dns_zone_finish(). PAUSE (may be
 * NULL) is its zone.pause. LIMIT as in dns_zone_create(). NULL: no memory.
 */
struct dns_zone *dns_zone_copy(const struct dns_zone *zone, size_t limit, void (*pause)(void));

/* Whether so much memory is waste that ZONE, which took BASE bytes when it was new, asks for it. */
bool dns_zone_wasteful(const struct dns_zone *zone, size_t base);

/* Bytes of a record's rdata in wire form, to OUT, which has room for record->rdlen. */
void dns_record_rdata(const struct dns_record *record, uint8_t *out);
/* Whether it is RDATA: uncompressed, and its names lower-cased where the database has nodes. */
bool dns_record_is(const struct dns_record *record, const uint8_t *rdata, size_t len);
/* The record in RRSET that is RDATA, or NULL. */
const struct dns_record *dns_rrset_find(
	const struct dns_rrset *rrset, const uint8_t *rdata, size_t len);

struct dns_edit {
	struct dns_zone *zone;
	bool in_place;
	bool needs_copy;                     /* -EXDEV: it cannot be done in place */
	const char *why;                     /* of the last -EINVAL: a text to show a person */
	uint32_t from;                       /* the serial before */
	struct dns_change_bytes gone, added; /* what has been done so far */
	size_t limit;                        /* bytes of each */
	bool dirty;                          /* something was done */
	struct {
		uint8_t *data;
		size_t len, room;
	} undo;
	struct dns_touched {
		struct dns_node *node;
		bool below; /* a delegation or DNAME came or went: what is below is another's */
	} * touched;
	size_t touched_len, touched_room;
};

/*
 * Begins to change ZONE: finished and IN_PLACE, or a copy before its finish. LIMIT bounds the
 * bytes that are recorded, each way; with 0 nothing is, and no difference comes of it. 0 or
 * -ENOMEM.
 */
int dns_edit_begin(struct dns_edit *edit, struct dns_zone *zone, bool in_place, size_t limit);

/*
 * Adds or deletes one record; RDATA as dns_record_is() has it. 0; -EEXIST or -ENOENT when there is
 * nothing to do, and nothing was done; -EINVAL when the zone cannot have it (edit->why); -EXDEV:
 * records of DNSSEC are not changed in place; -ENOMEM, -EFBIG. After the last four all that is left
 * to do is dns_edit_abandon().
 */
int dns_edit_add(struct dns_edit *edit, const struct dns_key *owner, uint16_t type, uint32_t ttl,
	const uint8_t *rdata, size_t len);
int dns_edit_delete(struct dns_edit *edit, const struct dns_key *owner, uint16_t type,
	const uint8_t *rdata, size_t len);
/* All records of that name and type (for type ANY: of that name). 0 and how many in *COUNT. */
int dns_edit_delete_set(
	struct dns_edit *edit, const struct dns_key *owner, uint16_t type, unsigned *count);

/* Whether anything is different now. */
bool dns_edit_dirty(const struct dns_edit *edit);

/*
 * Sees that the zone is whole and ends. With a *CHANGE that the caller then owns (NULL with 0: it
 * is as it was). -EINVAL (edit->why), -ENOMEM: as after dns_edit_abandon(). A copy still wants
 * dns_zone_finish().
 */
int dns_edit_commit(struct dns_edit *edit, struct dns_change **change);

/* Ends; in place, all is as it was before. */
void dns_edit_abandon(struct dns_edit *edit);

#endif
