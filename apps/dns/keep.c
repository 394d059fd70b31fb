/* SPDX-License-Identifier: ISC */
/*
 * Updates on a disk: see keep.h. In the store are, for each zone that takes updates (its name in
 * lower-cased wire form):
 *
 *     "b" NAME           the zone in the archive that the updates began from: its serial, the
 * serial that they have led to, and a sum of all its records "c" NAME SERIAL    the difference that
 * starts from SERIAL: the serial that it leads to, and its records as change.h has them
 */
#include "apps/dns/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/wire.h"
#include "lib/crypto/hash.h"
#include "lib/disk/disk.h"
#include "lib/disk/disk_store.h"
#include "lib/disk/store_sync.h"
#include "lib/dns/edit.h"
#include "lib/store/store.h"

#define NS_PER_S  1000000000ull
#define DISK_S    10 /* seconds until the disk must be there */
#define SYNC_S    30 /* ... until a change must be durable */
#define SUM       32
#define BASE_LEN  (4 + 4 + SUM)
#define VALUE_MAX 65535u

static struct disk_store disk;
static struct store store;
static struct store_sync sync;
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
	error = store_open(&store, &disk.disk, &options);
	if (error) {
		log_error("dns", "disk=%s: %s", name, store.message);
		return error;
	}
	if (store_sync_start(&sync, &store)) {
		log_error("dns", "disk=%s: no memory", name);
		return -ENOMEM;
	}
	in_use = true;
	return 0;
}

bool keep_is_idle(void)
{
	return !in_use || store_sync_is_idle(&sync);
}

/* ---- names and values ---- */

static size_t base_key(const struct role *role, uint8_t key[STORE_KEY_MAX])
{
	size_t len = role->name.len;

	key[0] = 'b';
	/* A name of 250 bytes and more has its end left out: the rest of it is long enough. */
	len = len > STORE_KEY_MAX - 5 ? STORE_KEY_MAX - 5 : len;
	memcpy(key + 1, role->name.wire, len);
	return 1 + len;
}

static size_t change_key(const struct role *role, uint32_t serial, uint8_t key[STORE_KEY_MAX])
{
	size_t len = base_key(role, key);
	struct wire_writer w;

	key[0] = 'c';
	wire_writer_init(&w, key + len, 4);
	wire_put_u32(&w, serial);
	return len + 4;
}

/* A sum over all records that does not depend on their order. */
static void add_up(const struct dns_zone *zone, uint8_t *rdata, uint8_t sum[SUM])
{
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	const struct dns_record *record;
	struct crypto_hash_context context;
	uint8_t name[DNS_NAME_MAX], hash[SUM];

	memset(sum, 0, SUM);
	for (node = zone->first; node; node = node->next) {
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			for (record = rrset->records; record; record = record->next) {
				dns_record_rdata(record, rdata);
				crypto_hash_init(&context, CRYPTO_SHA256);
				crypto_hash_update(&context, name, dns_node_name(node, name));
				crypto_hash_update(&context, rrset->head, sizeof(rrset->head));
				crypto_hash_update(&context, rdata, record->rdlen);
				crypto_hash_result(&context, hash);
				for (unsigned i = 0; i < SUM; i++)
					sum[i] ^= hash[i];
			}
		}
	}
}

struct base {
	uint32_t from, to;
	uint8_t sum[SUM];
};

static void write_base(const struct base *base, uint8_t value[BASE_LEN])
{
	struct wire_writer w;

	wire_writer_init(&w, value, BASE_LEN);
	wire_put_u32(&w, base->from);
	wire_put_u32(&w, base->to);
	wire_put_bytes(&w, base->sum, SUM);
}

/* False when there is none. */
static bool read_base(const struct role *role, struct base *base)
{
	uint8_t key[STORE_KEY_MAX], value[BASE_LEN];
	struct wire_reader r;
	size_t len;

	if (store_get(&store, key, base_key(role, key), value, sizeof(value), &len) ||
		len != BASE_LEN)
		return false;
	wire_reader_init(&r, value, len);
	base->from = wire_get_u32(&r);
	base->to = wire_get_u32(&r);
	memcpy(base->sum, r.at, SUM);
	return true;
}

static int put_base(const struct role *role, const struct base *base)
{
	uint8_t key[STORE_KEY_MAX], value[BASE_LEN];

	write_base(base, value);
	return store_put(&store, key, base_key(role, key), value, sizeof(value));
}

/* ---- after a start ---- */

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

/* One difference, in place: nobody looks at the zone yet. */
static int replay_one(struct role *role, uint8_t *value)
{
	uint8_t key[STORE_KEY_MAX];
	uint32_t serial = dns_zone_serial(role->zone);
	struct dns_change *change;
	struct dns_edit edit;
	size_t len;
	int error = store_get(&store, key, change_key(role, serial, key), value, VALUE_MAX, &len);

	if (error || len < 4)
		return error ? error : -EBADMSG;
	error = dns_edit_begin(&edit, role->zone, true, SIZE_MAX / 2);
	if (!error)
		error = apply(&edit, value + 4, len - 4);
	if (error) {
		dns_edit_abandon(&edit);
		return error;
	}
	error = dns_edit_commit(&edit, &change);
	if (!error && change)
		dns_journal_add(&role->journal, change);
	return error;
}

static int replay(struct role *role, const struct base *base, uint8_t *value)
{
	unsigned count = 0;
	int error = 0;

	while (!error && dns_zone_serial(role->zone) != base->to) {
		error = replay_one(role, value);
		count++;
	}
	if (error) {
		log_error("dns", "zone %s: the updates on the disk cannot be read beyond serial %u",
			role->text, (unsigned)dns_zone_serial(role->zone));
		return error;
	}
	log_info("dns", "zone %s: %u updates from the disk lead to serial %u", role->text, count,
		(unsigned)base->to);
	return 0;
}

/* The archive has another zone, which is newer: what was kept for the one before it goes. */
static int start_anew(struct role *role)
{
	uint8_t key[STORE_KEY_MAX];
	size_t prefix = change_key(role, 0, key) - 4, len = prefix, value_len;
	uint8_t start[STORE_KEY_MAX];
	int error = 0;

	memcpy(start, key, prefix);
	while (!error && store_next(&store, start, prefix, key, &len, &value_len)) {
		if (len == prefix + 4)
			error = store_sync_put(
				&sync, key, len, NULL, 0, platform_time_ns() + SYNC_S * NS_PER_S);
	}
	return error;
}

static int restore(struct role *role, uint8_t *value)
{
	struct base base, now = {.from = dns_zone_serial(role->zone)};
	bool had = read_base(role, &base);
	int error = 0;

	now.to = now.from;
	add_up(role->zone, value, now.sum);
	if (had && base.from == now.from && memcmp(base.sum, now.sum, SUM) == 0)
		return replay(role, &base, value);
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
		error = start_anew(role);
	}
	if (!error)
		error = put_base(role, &now);
	if (!error)
		error = store_sync(&sync, platform_time_ns() + SYNC_S * NS_PER_S);
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
	value = malloc(VALUE_MAX);
	error = value ? restore(role, value) : -ENOMEM;
	free(value);
	return error;
}

/* ---- while it runs ---- */

/* What goes into one batch, or not at all. */
static int stage(const struct role *role, const struct dns_change *change)
{
	uint8_t key[STORE_KEY_MAX], *value;
	size_t len = 4 + change->bytes.len;
	struct store_mark mark = store_mark(&store);
	struct wire_writer w;
	struct base base;
	int error;

	if (len > VALUE_MAX || !read_base(role, &base))
		return -EFBIG;
	value = malloc(len);
	if (!value)
		return -ENOMEM;
	wire_writer_init(&w, value, len);
	wire_put_u32(&w, change->to);
	wire_put_bytes(&w, change->bytes.data, change->bytes.len);
	base.to = change->to;
	error = store_put(&store, key, change_key(role, change->from, key), value, len);
	if (!error)
		error = put_base(role, &base);
	if (error)
		store_undo(&store, mark);
	free(value);
	return error;
}

static int save(struct role *role, const struct dns_change *change)
{
	uint64_t deadline = platform_time_ns() + SYNC_S * NS_PER_S;
	int error = stage(role, change);

	if (error == -ENOBUFS) { /* the batch is full of others' */
		error = store_sync(&sync, deadline);
		if (!error)
			error = stage(role, change);
	}
	return error ? error : store_sync(&sync, deadline);
}

void keep_change(struct role *role, struct dns_change *change)
{
	if (is_kept(role) && !role->unsaved)
		role->unsaved = dns_change_hold(change);
}

int keep_all(struct role *role)
{
	struct dns_change *next;
	int error;

	while (role->unsaved) {
		error = save(role, role->unsaved);
		if (error) {
			log_error("dns", "zone %s: serial %u cannot be kept on the disk: %s",
				role->text, (unsigned)role->unsaved->to,
				error == -ENOSPC  ? "it is full"
				: error == -EFBIG ? "the update is too large"
						  : "it cannot be written");
			return error;
		}
		next = dns_change_hold(role->unsaved->next);
		dns_change_release(role->unsaved);
		role->unsaved = next;
	}
	return 0;
}
