/* SPDX-License-Identifier: ISC */
/*
 * Zones change here: by updates, and by differences that a primary sent. In place where that is
 * allowed and small; else on a copy, which takes the zone's place when it is whole. Queries are
 * answered meanwhile, from the zone as it was.
 */
#include <errno.h>
#include <stdlib.h>

#include "apps/dns/keep.h"
#include "apps/dns/roles.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/dns/edit.h"
#include "lib/dns/update.h"

#define CHANGE_MAX ((size_t)4 * 1024 * 1024) /* bytes of one update's difference */
#define PLACE_MAX  1000u                     /* records changed in one go: a millisecond or so */

/* ---- where it is done ---- */

/* An edit of the role's zone, or of a copy. */
struct work {
	struct role *role;
	struct dns_zone *zone;
	struct dns_edit edit;
	bool in_place;
};

static int begin(struct work *work, struct role *role, unsigned records, size_t limit)
{
	struct dns_zone *old = role->zone;
	int error;

	work->role = role;
	work->zone = old;
	work->in_place = records <= PLACE_MAX && dns_zone_in_place(old) &&
			 !dns_zone_wasteful(old, role->base);
	if (!work->in_place) {
		dns_zone_hold(old);
		work->zone = dns_zone_copy(old, role_limit(role), thread_yield);
		dns_zone_free(old);
		if (!work->zone)
			return -ENOMEM;
	}
	error = dns_edit_begin(&work->edit, work->zone, work->in_place, limit);
	if (error && !work->in_place)
		dns_zone_free(work->zone);
	return error;
}

static void abandon(struct work *work)
{
	dns_edit_abandon(&work->edit);
	if (!work->in_place)
		dns_zone_free(work->zone);
}

/* A copy takes the zone's place. 0, -EINVAL with *WHY, -ENOMEM, -ENOENT. */
static int publish(struct work *work, const char **why)
{
	int error;

	if (work->in_place)
		return 0;
	*why = dns_zone_finish(work->zone, NULL, NULL);
	if (*why)
		error = -EINVAL;
	else if (work->role->dead) /* by now: finishing gives way to others */
		error = -ENOENT;
	else
		error = role_put_zone(work->role, work->zone);
	if (error)
		dns_zone_free(work->zone);
	return error;
}

/* ---- updates ---- */

static enum dns_rcode commit(struct work *work)
{
	struct role *role = work->role;
	struct dns_change *change = NULL;
	const char *why = NULL;
	int error = dns_edit_commit(&work->edit, &change);

	if (error) {
		why = work->edit.why;
		if (!work->in_place)
			dns_zone_free(work->zone);
	} else if (!change && !work->in_place) {
		dns_zone_free(work->zone); /* nothing is different */
	} else {
		error = publish(work, &why);
	}
	if (error) {
		log_warning(
			"dns", "zone %s: an update fails: %s", role->text, why ? why : "no memory");
		dns_change_release(change);
		return error == -EINVAL ? DNS_REFUSED : DNS_SERVFAIL;
	}
	if (change) {
		log_debug("dns", "zone %s: updated to serial %u", role->text, (unsigned)change->to);
		keep_change(role, change);
		dns_journal_add(&role->journal, change);
		role_changed(role);
	}
	return keep_all(role) ? DNS_SERVFAIL : DNS_NOERROR;
}

/* RECORDS as for begin(): many ask for a copy. */
static enum dns_rcode update(
	struct role *role, const uint8_t *request, size_t len, unsigned records, bool *needs_copy)
{
	struct work work;
	enum dns_rcode rcode;

	*needs_copy = false;
	if (!role_is_served(role) || begin(&work, role, records, CHANGE_MAX))
		return DNS_SERVFAIL;
	rcode = dns_update_apply(&work.edit, request, len);
	if (rcode == DNS_NOERROR)
		return commit(&work);
	*needs_copy = work.edit.needs_copy;
	abandon(&work);
	return rcode;
}

enum dns_rcode change_update(struct role *role, const uint8_t *request, size_t len)
{
	enum dns_rcode rcode;
	bool needs_copy;

	if (role_lock(role))
		return DNS_SERVFAIL;
	rcode = update(role, request, len, 0, &needs_copy);
	if (needs_copy)
		rcode = update(role, request, len, PLACE_MAX + 1, &needs_copy);
	role_unlock(role);
	return rcode;
}

/* ---- differences ---- */

static int apply_record(struct dns_edit *edit, const struct dns_change_record *record)
{
	struct dns_key owner;
	int error;

	dns_key_init(&owner, record->owner, record->owner_len);
	if (record->add)
		error = dns_edit_add(
			edit, &owner, record->type, record->ttl, record->rdata, record->rdlen);
	else
		error = dns_edit_delete(edit, &owner, record->type, record->rdata, record->rdlen);
	/* NSD 4.6 makes differences that add again what they did not delete: no harm is done. */
	if (error == -EEXIST)
		return 0;
	if (error == -ENOENT)
		edit->why = "it deletes a record that is not there";
	return error;
}

/* All records of all differences. What comes of them is known: the serial that they lead to. */
static int apply_all(struct work *work, const struct dns_change *changes)
{
	const struct dns_change *change;
	struct dns_change_record record;
	unsigned count = 0;
	int error = 0;

	for (change = changes; change && !error; change = change->next) {
		size_t at = 0;

		while (!error &&
			dns_change_get(change->bytes.data, change->bytes.len, &at, &record)) {
			error = apply_record(&work->edit, &record);
			if (!work->in_place && ++count % 256 == 0)
				thread_yield();
		}
	}
	return error;
}

static void note_all(struct role *role, struct dns_change *changes)
{
	struct dns_change *next;

	for (; changes; changes = next) {
		next = changes->next;
		changes->next = NULL;
		dns_journal_add(&role->journal, changes);
	}
}

static unsigned count_records(const struct dns_change *change)
{
	unsigned count = 0;

	for (; change; change = change->next)
		count += change->bytes.count;
	return count;
}

static int apply(
	struct role *role, const struct dns_change *changes, unsigned records, const char **why)
{
	struct dns_change *none;
	struct work work;
	int error;

	*why = "no memory";
	if (changes->from != dns_zone_serial(role->zone)) {
		*why = "the differences start from another version";
		return -EINVAL;
	}
	error = begin(&work, role, records, 0);
	if (error)
		return error;
	error = apply_all(&work, changes);
	if (error) {
		if (work.edit.why)
			*why = work.edit.why;
		abandon(&work);
		return error;
	}
	error = dns_edit_commit(&work.edit, &none);
	if (!error)
		return publish(&work, why);
	if (work.edit.why)
		*why = work.edit.why;
	if (!work.in_place)
		dns_zone_free(work.zone);
	return error;
}

int change_apply(struct role *role, struct dns_change *changes)
{
	const char *why;
	int error = role_lock(role);

	if (error) {
		dns_change_release(changes);
		return error;
	}
	error = apply(role, changes, count_records(changes), &why);
	if (error == -EXDEV)
		error = apply(role, changes, PLACE_MAX + 1, &why);
	if (error) {
		log_warning("dns", "zone %s: an incremental transfer does not fit: %s", role->text,
			why);
		dns_change_release(changes);
	} else {
		note_all(role, changes);
		role_changed(role);
	}
	role_unlock(role);
	return error;
}
