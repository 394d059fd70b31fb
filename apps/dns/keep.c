/* SPDX-License-Identifier: ISC */
/* Updates on a disk: see keep.h; what is on it, and in which form, keep_store.h. */
#include "apps/dns/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dns/keep_store.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/crypto/hash.h"
#include "lib/disk/disk.h"
#include "lib/disk/disk_store.h"
#include "lib/dns/edit.h"

#define NS_PER_S 1000000000ull
#define DISK_S   10           /* seconds until the disk must be there */
#define FOLD_MIN (64u * 1024) /* bytes of differences that are not worth it */

static struct disk_store disk;
static bool in_use;

int keep_open(const char *name)
{
	struct store_options options = {0};
	struct blkdev *dev;
	int error;

	if (!*name)
		return 0;
	if (disk_wait(&dev, name, platform_time_ns() + DISK_S * NS_PER_S)) {
		log_error("dns", "disk=%s: expected a disk of that name within %d s", name, DISK_S);
		return -ENODEV;
	}
	disk_store_init(&disk, dev);
	platform_random(&options.random, sizeof(options.random));
	error = store_open(&keep_store, &disk.disk, &options);
	if (error) {
		log_error("dns", "disk=%s: %s", name, keep_store.message);
		return error;
	}
	if (store_sync_start(&keep_sync, &keep_store)) {
		log_error("dns", "disk=%s: no memory", name);
		return -ENOMEM;
	}
	in_use = true;
	return 0;
}

bool keep_is_idle(void)
{
	return !in_use || store_sync_is_idle(&keep_sync);
}

/* ---- after a start ---- */

/* A sum over all records that does not depend on their order. */
static void add_up(const struct dns_zone *zone, uint8_t *rdata, uint8_t sum[KEEP_SUM])
{
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	const struct dns_record *record;
	struct crypto_hash_context context;
	uint8_t name[DNS_NAME_MAX], hash[KEEP_SUM];

	memset(sum, 0, KEEP_SUM);
	for (node = zone->first; node; node = node->next) {
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			for (record = rrset->records; record; record = record->next) {
				dns_record_rdata(record, rdata);
				crypto_hash_init(&context, CRYPTO_SHA256);
				crypto_hash_update(&context, name, dns_node_name(node, name));
				crypto_hash_update(&context, rrset->head, sizeof(rrset->head));
				crypto_hash_update(&context, rdata, record->rdlen);
				crypto_hash_result(&context, hash);
				for (unsigned i = 0; i < KEEP_SUM; i++)
					sum[i] ^= hash[i];
			}
		}
	}
}

static int apply(struct dns_edit *edit, const uint8_t *data, size_t len)
{
	struct dns_change_record record;
	struct dns_key owner;
	size_t at = 0;
	int error = 0;

	while (!error && dns_change_get(data, len, &at, &record)) {
		dns_key_init(&owner, record.owner, record.owner_len);
		error = record.add ? dns_edit_add(edit, &owner, record.type, record.ttl,
					     record.rdata, record.rdlen)
				   : dns_edit_delete(
					     edit, &owner, record.type, record.rdata, record.rdlen);
	}
	return error ? error : at == len ? 0 : -EBADMSG;
}

/* One difference, of a zone that nobody looks at; *SERIAL, which it starts from, moves on. */
static int replay_one(struct role *role, struct dns_zone *zone, bool in_place, uint32_t *serial)
{
	struct dns_change *change;
	struct dns_edit edit;
	uint8_t *data;
	size_t len;
	int error = keep_read(role, KEEP_CHANGE, *serial, &data, &len);

	if (error)
		return error;
	error = dns_edit_begin(&edit, zone, in_place, SIZE_MAX / 2);
	if (!error) {
		error = apply(&edit, data + KEEP_HEAD, len - KEEP_HEAD);
		if (error)
			dns_edit_abandon(&edit);
		else
			error = dns_edit_commit(&edit, &change);
	}
	if (!error) {
		*serial = keep_leads_to(data);
		if (change)
			dns_journal_add(&role->journal, change);
	}
	free(data);
	return error;
}

/* Serves ZONE, which is not finished yet, instead of the one there is. */
static int serve(struct role *role, struct dns_zone *zone)
{
	int error = dns_zone_finish(zone, NULL, NULL) ? -EBADMSG : role_put_zone(role, zone);

	if (error)
		dns_zone_free(zone);
	return error;
}

/* In place as far as that goes; the rest, where there are records of DNSSEC, on one copy. */
static int replay_all(struct role *role, const struct keep_base *base, unsigned *count)
{
	uint32_t serial = dns_zone_serial(role->zone);
	struct dns_zone *copy;
	int error = dns_zone_in_place(role->zone) ? 0 : -EXDEV;

	for (; !error && serial != base->to; *count += !error)
		error = replay_one(role, role->zone, true, &serial);
	if (error != -EXDEV || serial == base->to)
		return error == -EXDEV ? 0 : error;
	copy = dns_zone_copy(role->zone, role_limit(role), thread_yield);
	error = copy ? 0 : -ENOMEM;
	for (; !error && serial != base->to; *count += !error)
		error = replay_one(role, copy, false, &serial);
	if (!error)
		return serve(role, copy);
	dns_zone_free(copy);
	return error;
}

static int add_record(struct dns_zone *zone, const struct dns_change_record *record)
{
	struct dns_key owner;
	struct dns_node *node;
	const char *unused;

	dns_key_init(&owner, record->owner, record->owner_len);
	node = dns_zone_node(zone, &owner);
	if (!node)
		return -ENOMEM;
	return dns_zone_add(
		       zone, node, record->type, record->ttl, record->rdata, record->rdlen, &unused)
		       ? -EBADMSG
		       : 0;
}

/* The snapshot takes the place of the archive's zone. */
static int restore_snapshot(struct role *role, const struct keep_base *base)
{
	struct dns_change_record record;
	struct dns_zone *zone;
	uint8_t *data;
	size_t len, at = KEEP_HEAD;
	int error = keep_read(role, KEEP_SNAPSHOT, base->snapshot, &data, &len);

	if (error)
		return error;
	zone = dns_zone_create(&role->name, len, role_limit(role));
	error = zone ? 0 : -ENOMEM;
	if (zone)
		zone->pause = thread_yield;
	while (!error && dns_change_get(data, len, &at, &record))
		error = add_record(zone, &record);
	if (!error && at != len)
		error = -EBADMSG;
	free(data);
	if (!error)
		return serve(role, zone);
	dns_zone_free(zone);
	return error;
}

static int replay(struct role *role, const struct keep_base *base)
{
	unsigned count = 0;
	int error = base->folded ? restore_snapshot(role, base) : 0;

	if (!error)
		error = replay_all(role, base, &count);
	if (!error)
		error = keep_sweep(role, base);
	if (error) {
		log_error("dns", "zone %s: the updates on the disk cannot be read beyond serial %u",
			role->text, (unsigned)dns_zone_serial(role->zone));
		return error;
	}
	log_info("dns", "zone %s: %u updates from the disk lead to serial %u", role->text, count,
		(unsigned)base->to);
	return 0;
}

static int restore(struct role *role, uint8_t *value)
{
	struct keep_base base, now = {.from = dns_zone_serial(role->zone)};
	bool had = keep_base_read(role, &base);
	int error = 0;

	now.to = now.from;
	add_up(role->zone, value, now.sum);
	if (had && base.from == now.from && memcmp(base.sum, now.sum, KEEP_SUM) == 0)
		return replay(role, &base);
	if (had && base.to != base.from && !dns_serial_newer(now.from, base.to)) {
		log_error("dns",
			"zone %s: the archive's zone has changed: expected a serial above %u, to "
			"which updates had led, got %u",
			role->text, (unsigned)base.to, (unsigned)now.from);
		return -EINVAL;
	}
	if (had) {
		log_info(
			"dns", "zone %s: the archive's zone is newer than all updates", role->text);
		error = keep_sweep(role, NULL);
	}
	if (!error)
		error = keep_base_put(role, &now);
	if (!error)
		error = store_sync(&keep_sync, keep_soon());
	if (error)
		log_error("dns", "zone %s: the disk cannot be written", role->text);
	return error;
}

static bool is_kept(const struct role *role)
{
	return in_use && role->rules->update.count && !role_is_secondary(role);
}

int keep_restore(struct role *role)
{
	uint8_t *value;
	int error;

	if (!is_kept(role))
		return 0;
	value = malloc(UINT16_MAX);
	error = value ? restore(role, value) : -ENOMEM;
	free(value);
	return error;
}

/* ---- while it runs ---- */

static int save(struct role *role, const struct dns_change *change)
{
	struct keep_writer w;
	struct keep_base base;
	int error;

	if (!keep_base_read(role, &base))
		return -ENOENT;
	base.to = change->to;
	error = keep_begin(&w, role, KEEP_CHANGE, change->from, change->to);
	if (!error)
		error = keep_put(&w, change->bytes.data, change->bytes.len);
	error = keep_end(&w, &base, error);
	role->kept += error ? 0 : w.all;
	return error;
}

/* ---- folding ---- */

static int put_record(struct keep_writer *w, struct dns_change_bytes *bytes, const uint8_t *owner,
	size_t owner_len, const struct dns_rrset *rrset, const struct dns_record *record,
	uint8_t *rdata)
{
	struct dns_change_record plain = {true, (uint8_t)owner_len, rrset->type, record->rdlen,
		dns_rrset_ttl(rrset), owner, rdata};
	int error;

	dns_record_rdata(record, rdata);
	bytes->len = 0;
	error = dns_change_put(bytes, &plain, SIZE_MAX);
	return error ? error : keep_put(w, bytes->data, bytes->len);
}

static int put_zone(struct keep_writer *w, const struct dns_zone *zone, uint8_t *rdata)
{
	struct dns_change_bytes bytes = {0};
	const struct dns_record *record;
	const struct dns_rrset *rrset;
	const struct dns_node *node;
	uint8_t name[DNS_NAME_MAX];
	size_t len;
	int error = 0;

	for (node = zone->first; node && !error; node = node->next) {
		len = dns_node_name(node, name);
		for (rrset = node->rrsets; rrset && !error; rrset = rrset->next) {
			for (record = rrset->records; record && !error; record = record->next)
				error = put_record(w, &bytes, name, len, rrset, record, rdata);
		}
	}
	dns_change_bytes_fini(&bytes);
	return error;
}

/* The zone as it is now takes the place of all differences on the disk. */
static int fold(struct role *role)
{
	uint32_t serial = dns_zone_serial(role->zone);
	uint8_t *rdata = malloc(UINT16_MAX);
	size_t kept = role->kept;
	struct keep_base base;
	struct keep_writer w;
	int error = -ENOMEM;

	if (rdata && keep_base_read(role, &base)) {
		base.folded = true;
		base.snapshot = base.to = serial;
		error = keep_begin(&w, role, KEEP_SNAPSHOT, serial, serial);
		if (!error)
			error = put_zone(&w, role->zone, rdata);
		error = keep_end(&w, &base, error);
	}
	free(rdata);
	if (!error)
		error = keep_sweep(role, &base);
	if (!error)
		log_info("dns", "zone %s: %zu KiB of updates on the disk are folded into serial %u",
			role->text, kept / 1024, (unsigned)serial);
	return error;
}

/* Whether the differences take more than the zone does: then each costs no more than twice. */
static bool is_long(const struct role *role)
{
	return role->kept > FOLD_MIN + dns_zone_memory(role->zone);
}

void keep_change(struct role *role, struct dns_change *change)
{
	if (is_kept(role) && !role->unsaved)
		role->unsaved = dns_change_hold(change);
}

/* All that waits is in the zone: folding it in makes it durable, too. */
static bool fold_unsaved(struct role *role)
{
	if (fold(role))
		return false;
	dns_change_release(role->unsaved);
	role->unsaved = NULL;
	return true;
}

int keep_all(struct role *role)
{
	struct dns_change *next;
	int error;

	while (role->unsaved) {
		error = save(role, role->unsaved);
		/* Folding makes room where differences have piled up. */
		if (error == -ENOSPC && role->kept && fold_unsaved(role))
			break;
		if (error) {
			log_error("dns", "zone %s: serial %u cannot be kept on the disk: %s",
				role->text, (unsigned)role->unsaved->to,
				error == -ENOSPC ? "it is full" : "it cannot be written");
			return error;
		}
		next = dns_change_hold(role->unsaved->next);
		dns_change_release(role->unsaved);
		role->unsaved = next;
	}
	/* What has been kept stays kept if that fails: it is tried again with the next one. */
	if (is_kept(role) && is_long(role) && fold(role))
		log_warning("dns", "zone %s: the updates on the disk cannot be folded", role->text);
	return 0;
}
