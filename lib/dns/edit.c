/* SPDX-License-Identifier: ISC */
/* Changing zones: see edit.h. */
#include "lib/dns/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/dns/types.h"

/* ---- undoing ---- */

struct saved {
	void *at;
	size_t size; /* what was there precedes this, as the last is undone first */
};

/* Remembers the SIZE bytes at AT. False when there is no memory. */
static bool save(struct dns_edit *edit, void *at, size_t size)
{
	struct saved saved = {at, size};
	size_t need = edit->undo.len + size + sizeof(saved);
	uint8_t *data;

	if (!edit->in_place)
		return true;
	if (need > edit->undo.room) {
		data = realloc(edit->undo.data, need * 2);
		if (!data)
			return false;
		edit->undo.data = data;
		edit->undo.room = need * 2;
	}
	memcpy(edit->undo.data + edit->undo.len, at, size);
	memcpy(edit->undo.data + edit->undo.len + size, &saved, sizeof(saved));
	edit->undo.len = need;
	return true;
}

#define SAVE(edit, lvalue) save(edit, &(lvalue), sizeof(lvalue))

static void undo(struct dns_edit *edit)
{
	struct saved saved;

	while (edit->undo.len) {
		edit->undo.len -= sizeof(saved);
		memcpy(&saved, edit->undo.data + edit->undo.len, sizeof(saved));
		edit->undo.len -= saved.size;
		memcpy(saved.at, edit->undo.data + edit->undo.len, saved.size);
	}
}

static bool save_zone(struct dns_edit *edit)
{
	struct dns_zone *zone = edit->zone;

	return SAVE(edit, zone->soa) && SAVE(edit, zone->ns) && SAVE(edit, zone->negative) &&
	       SAVE(edit, zone->negative_sig) && SAVE(edit, zone->dnssec) &&
	       SAVE(edit, zone->rrsets) && SAVE(edit, zone->records) &&
	       SAVE(edit, zone->arena.failed);
}

/* NODE, and those above it that come to be or cease to be with it. */
static bool save_path(struct dns_edit *edit, struct dns_node *node)
{
	bool fits = SAVE(edit, node->rrsets);

	for (; node && fits; node = node->parent) {
		fits = SAVE(edit, node->flags) && SAVE(edit, node->children);
		if (node == edit->zone->apex)
			break;
	}
	return fits;
}

/* All RRsets of NODE, and the records of those of TYPE, which lose their image. */
static bool save_sets(struct dns_edit *edit, struct dns_node *node, uint16_t type)
{
	struct dns_rrset *rrset;
	struct dns_record *record;
	bool fits = true;

	for (rrset = node->rrsets; rrset && fits; rrset = rrset->next) {
		fits = SAVE(edit, *rrset);
		if (rrset->type != type)
			continue;
		rrset->image = NULL;
		for (record = rrset->records; record && fits; record = record->next)
			fits = SAVE(edit, record->next);
	}
	return fits;
}

static bool touch(struct dns_edit *edit, struct dns_node *node, bool below)
{
	size_t room = edit->touched_room * 2 + 8;
	struct dns_touched *touched;

	touched = edit->touched_len ? &edit->touched[edit->touched_len - 1] : NULL;
	if (touched && touched->node == node) {
		touched->below |= below;
		return true;
	}
	if (!edit->touched || edit->touched_len == edit->touched_room) {
		touched = realloc(edit->touched, room * sizeof(*touched));
		if (!touched)
			return false;
		edit->touched = touched;
		edit->touched_room = room;
	}
	edit->touched[edit->touched_len++] = (struct dns_touched){node, below};
	return true;
}

static int prepare(struct dns_edit *edit, struct dns_node *node, uint16_t type)
{
	bool below = type == DNS_DNAME || (type == DNS_NS && node != edit->zone->apex);

	if (!edit->in_place)
		return 0;
	if (dns_type_is_linked(type)) {
		edit->needs_copy = true;
		return -EXDEV;
	}
	if (!touch(edit, node, below) || !save_path(edit, node) || !save_sets(edit, node, type))
		return -ENOMEM;
	return 0;
}

/* ---- single changes ---- */

int dns_edit_begin(struct dns_edit *edit, struct dns_zone *zone, bool in_place, size_t limit)
{
	const struct dns_rrset *soa = dns_node_rrset(zone->apex, DNS_SOA);

	memset(edit, 0, sizeof(*edit));
	edit->zone = zone;
	edit->in_place = in_place;
	edit->limit = limit;
	zone->soa = soa;
	edit->from = dns_zone_serial(zone);
	return save_zone(edit) ? 0 : -ENOMEM;
}

/* Notes what was done; what is undone by it was not done. */
static int note(struct dns_edit *edit, const struct dns_change_record *record)
{
	struct dns_change_bytes *other = record->add ? &edit->gone : &edit->added;

	edit->dirty = true;
	if (!edit->limit)
		return 0;
	if (dns_change_cancel(other, record))
		return 0;
	return dns_change_put(record->add ? &edit->added : &edit->gone, record, edit->limit);
}

int dns_edit_add(struct dns_edit *edit, const struct dns_key *owner, uint16_t type, uint32_t ttl,
	const uint8_t *rdata, size_t len)
{
	struct dns_node *node = dns_zone_node(edit->zone, owner);
	const char *warning;
	int error;

	if (!node)
		return -ENOMEM;
	if (dns_rrset_find(dns_node_set(node, type, dns_covered_type(type, rdata)), rdata, len))
		return -EEXIST;
	error = prepare(edit, node, type);
	if (error)
		return error;
	edit->why = dns_zone_add(edit->zone, node, type, ttl, rdata, len, &warning);
	if (edit->why)
		return arena_failed(&edit->zone->arena) ? -ENOMEM : -EINVAL;
	return note(edit, &(struct dns_change_record){true, (uint8_t)owner->len, type,
				  (uint16_t)len, ttl, owner->wire, rdata});
}

/* Whether records make NODE a name of the zone. */
static bool has_records(const struct dns_node *node)
{
	const struct dns_rrset *rrset = node->rrsets;

	while (rrset && dns_rrset_is_hashed(rrset))
		rrset = rrset->next;
	return rrset;
}

/* Without records and anything below, a name is none; and so on with what is above. */
static void fade(struct dns_zone *zone, struct dns_node *node)
{
	while (node != zone->apex && node->flags & DNS_NODE_EXISTS && !has_records(node) &&
		!node->children) {
		node->flags &= (uint8_t)~DNS_NODE_EXISTS;
		node = node->parent;
		node->children--;
	}
}

static void remove_set(struct dns_zone *zone, struct dns_node *node, struct dns_rrset *rrset)
{
	struct dns_rrset **at = &node->rrsets;

	while (*at && *at != rrset)
		at = &(*at)->next;
	if (*at)
		*at = rrset->next;
	zone->rrsets--;
	if (rrset->type == DNS_NS)
		node->flags &= (uint8_t)~DNS_NODE_DELEGATION;
	if (rrset->type == DNS_DNAME)
		node->flags &= (uint8_t)~DNS_NODE_DNAME;
	fade(zone, node);
}

static void remove_record(struct dns_zone *zone, struct dns_node *node, struct dns_rrset *rrset,
	const struct dns_record *record)
{
	struct dns_record **at = &rrset->records;

	while (*at && *at != record)
		at = &(*at)->next;
	if (*at)
		*at = record->next;
	rrset->count--;
	rrset->size -= dns_record_size(record);
	zone->records--;
	if (!rrset->count)
		remove_set(zone, node, rrset);
}

static struct dns_node *existing(const struct dns_edit *edit, const struct dns_key *owner)
{
	struct dns_node *node = dns_zone_find(edit->zone, owner, 0);

	return node && node->rrsets ? node : NULL;
}

int dns_edit_delete(struct dns_edit *edit, const struct dns_key *owner, uint16_t type,
	const uint8_t *rdata, size_t len)
{
	struct dns_node *node = existing(edit, owner);
	struct dns_rrset *rrset =
		node ? dns_node_set(node, type, dns_covered_type(type, rdata)) : NULL;
	const struct dns_record *record = rrset ? dns_rrset_find(rrset, rdata, len) : NULL;
	int error;

	if (!record)
		return -ENOENT;
	error = prepare(edit, node, type);
	if (!error)
		error = note(
			edit, &(struct dns_change_record){false, (uint8_t)owner->len, type,
				      (uint16_t)len, dns_rrset_ttl(rrset), owner->wire, rdata});
	if (!error)
		remove_record(edit->zone, node, rrset, record);
	return error;
}

/* The rdata is copied out, for it goes with the record. */
static int delete_first(struct dns_edit *edit, const struct dns_key *owner, uint16_t type,
	const struct dns_record *record)
{
	uint8_t *rdata = malloc(record->rdlen ? record->rdlen : 1u);
	int error;

	if (!rdata)
		return -ENOMEM;
	dns_record_rdata(record, rdata);
	error = dns_edit_delete(edit, owner, type, rdata, record->rdlen);
	free(rdata);
	return error;
}

int dns_edit_delete_set(
	struct dns_edit *edit, const struct dns_key *owner, uint16_t type, unsigned *count)
{
	struct dns_node *node = existing(edit, owner);
	const struct dns_rrset *rrset;
	int error = 0;

	*count = 0;
	while (node && !error) {
		rrset = type == DNS_ANY ? node->rrsets : dns_node_rrset(node, type);
		if (!rrset)
			break;
		error = delete_first(edit, owner, rrset->type, rrset->records);
		++*count;
	}
	return error;
}

bool dns_edit_dirty(const struct dns_edit *edit)
{
	return edit->limit ? edit->gone.count || edit->added.count : edit->dirty;
}

/* ---- the end ---- */

static void fini(struct dns_edit *edit)
{
	dns_change_bytes_fini(&edit->gone);
	dns_change_bytes_fini(&edit->added);
	free(edit->undo.data);
	free(edit->touched);
}

void dns_edit_abandon(struct dns_edit *edit)
{
	undo(edit);
	fini(edit);
}

static void relink(struct dns_zone *zone, struct dns_node *node)
{
	node->cut = NULL;
	if (node->flags & DNS_NODE_EXISTS)
		dns_zone_link(zone, node);
	else if (node->parent->wild == node)
		node->parent->wild = NULL;
}

/* From the apex down to NODE, since each takes over what is in the way to the one above. */
static void relink_path(struct dns_zone *zone, struct dns_node *node)
{
	struct dns_node *path[DNS_LABELS_MAX];
	unsigned depth = 0;

	for (; node != zone->apex; node = node->parent)
		path[depth++] = node;
	while (depth)
		relink(zone, path[--depth]);
}

static void relink_all(struct dns_edit *edit)
{
	struct dns_zone *zone = edit->zone;
	struct dns_node *node;
	bool below = false;
	size_t i;

	for (i = 0; i < edit->touched_len; i++) {
		node = edit->touched[i].node;
		relink_path(zone, node);
		below |= edit->touched[i].below && node->children;
	}
	for (node = below ? zone->apex->next : NULL; node; node = node->next) {
		if (node->labels > zone->apex->labels)
			relink(zone, node);
	}
}

/* Puts the records of FROM behind those of INTO: its SOA first. */
static int join(struct dns_change_bytes *into, const struct dns_change_bytes *from)
{
	struct dns_change_record record;
	int error = 0;

	for (int soa = 1; soa >= 0; soa--) {
		size_t at = 0;

		while (!error && dns_change_get(from->data, from->len, &at, &record)) {
			if ((record.type == DNS_SOA) == soa)
				error = dns_change_put(into, &record, SIZE_MAX);
		}
	}
	return error;
}

static int make_change(struct dns_edit *edit, struct dns_change **change)
{
	struct dns_change_bytes bytes = {0};
	int error = join(&bytes, &edit->gone);

	if (!error)
		error = join(&bytes, &edit->added);
	if (error) {
		dns_change_bytes_fini(&bytes);
		return error;
	}
	*change = dns_change_create(edit->from, dns_zone_serial(edit->zone), &bytes);
	return *change ? 0 : -ENOMEM;
}

int dns_edit_commit(struct dns_edit *edit, struct dns_change **change)
{
	int error = -EINVAL;

	*change = NULL;
	if (!dns_edit_dirty(edit)) {
		dns_edit_abandon(edit);
		return 0;
	}
	edit->why = dns_zone_set_apex(edit->zone);
	if (!edit->why && !dns_serial_newer(dns_zone_serial(edit->zone), edit->from))
		edit->why = "the serial of the SOA does not grow";
	if (!edit->why)
		error = edit->limit ? make_change(edit, change) : 0;
	if (error) {
		dns_edit_abandon(edit);
		return error;
	}
	if (edit->in_place) {
		relink_all(edit);
		edit->zone->edited = true;
		edit->zone->negative_image = edit->zone->denial_image = NULL;
	}
	fini(edit);
	return 0;
}
