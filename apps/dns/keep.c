/* SPDX-License-Identifier: ISC */
/*
 * Updates on a disk: see keep.h. In the store are, for each zone that takes updates (its name in
 * lower-cased wire form):
 *
 *     "b" NAME                   where the rest begins from and leads to: struct base
 *     "c" NAME SERIAL [PIECE]    the difference that starts from SERIAL: the serial that it leads
 *                                to, and its records as change.h has them
 *     "s" NAME SERIAL [PIECE]    the zone as it was at SERIAL, in the same form: what came before
 *                                has been folded into it
 *
 * What is longer than one value goes on in pieces 1, 2 ...; one that is not full is the last. The
 * base is written with the last piece, so that what it does not lead to does not count.
 */
#include "apps/dns/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
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
#define BASE_LEN  (4 + 4 + SUM) /* without a snapshot; with one four more bytes */
#define VALUE_MAX STORE_VALUE_MAX
#define FOLD_MIN  (64u * 1024) /* bytes of differences that are not worth it */

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

enum {
	CHANGE = 'c',
	SNAPSHOT = 's'
};

static size_t base_key(const struct role *role, uint8_t key[STORE_KEY_MAX])
{
	size_t len = role->name.len;

	key[0] = 'b';
	/* A name of 249 bytes and more has its end left out: the rest of it is long enough. */
	len = len > STORE_KEY_MAX - 7 ? STORE_KEY_MAX - 7 : len;
	memcpy(key + 1, role->name.wire, len);
	return 1 + len;
}

static size_t piece_key(const struct role *role, char kind, uint32_t serial, unsigned piece,
	uint8_t key[STORE_KEY_MAX])
{
	size_t len = base_key(role, key);
	struct wire_writer w;

	key[0] = (uint8_t)kind;
	wire_writer_init(&w, key + len, 6);
	wire_put_u32(&w, serial);
	if (piece)
		wire_put_u16(&w, (uint16_t)piece);
	return len + (piece ? 6 : 4);
}

static void write_u32(uint8_t out[4], uint32_t value)
{
	struct wire_writer w;

	wire_writer_init(&w, out, 4);
	wire_put_u32(&w, value);
}

static uint64_t soon(void)
{
	return platform_time_ns() + SYNC_S * NS_PER_S;
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
	uint32_t from, to; /* the archive's zone; the version that all leads to */
	uint8_t sum[SUM];  /* of the archive's zone */
	bool folded;       /* there is a snapshot, of: */
	uint32_t snapshot;
};

/* False when there is none. */
static bool read_base(const struct role *role, struct base *base)
{
	uint8_t key[STORE_KEY_MAX], value[BASE_LEN + 4];
	struct wire_reader r;
	size_t len;

	if (store_get(&store, key, base_key(role, key), value, sizeof(value), &len) ||
		(len != BASE_LEN && len != BASE_LEN + 4))
		return false;
	wire_reader_init(&r, value, len);
	base->from = wire_get_u32(&r);
	base->to = wire_get_u32(&r);
	memcpy(base->sum, wire_get_bytes(&r, SUM), SUM);
	base->folded = len > BASE_LEN;
	base->snapshot = wire_get_u32(&r);
	return true;
}

static int put_base(const struct role *role, const struct base *base)
{
	uint8_t key[STORE_KEY_MAX], value[BASE_LEN + 4];
	struct wire_writer w;

	wire_writer_init(&w, value, sizeof(value));
	wire_put_u32(&w, base->from);
	wire_put_u32(&w, base->to);
	wire_put_bytes(&w, base->sum, SUM);
	wire_put_u32(&w, base->snapshot);
	return store_put(
		&store, key, base_key(role, key), value, base->folded ? BASE_LEN + 4 : BASE_LEN);
}

/* The serial from which the differences start. */
static uint32_t start_of(const struct base *base)
{
	return base->folded ? base->snapshot : base->from;
}

/* ---- what is in pieces ---- */

/* Bytes that are written one after the other. */
struct writer {
	const struct role *role;
	char kind;
	uint32_t serial;
	unsigned pieces; /* that are written */
	uint8_t *data;   /* of the next one */
	size_t len, all;
};

static int begin_pieces(struct writer *w, const struct role *role, char kind, uint32_t serial)
{
	*w = (struct writer){role, kind, serial, 0, malloc(VALUE_MAX), 0, 0};
	return w->data ? 0 : -ENOMEM;
}

/* Pieces that are full go to the disk at once; they do not count yet. */
static int put_bytes(struct writer *w, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint8_t key[STORE_KEY_MAX];
	size_t part;
	int error;

	for (w->all += len; len; p += part, len -= part) {
		part = MIN(len, VALUE_MAX - w->len);
		memcpy(w->data + w->len, p, part);
		w->len += part;
		if (w->len < VALUE_MAX)
			continue;
		if (w->pieces == UINT16_MAX)
			return -EFBIG;
		error = store_sync_put(&sync, key,
			piece_key(w->role, w->kind, w->serial, w->pieces, key), w->data, w->len,
			soon());
		if (error)
			return error;
		w->pieces++;
		w->len = 0;
	}
	return 0;
}

/* The last piece, and the base that counts it, in one batch; that much fits an empty one. */
static int stage_end(struct writer *w, const struct base *base)
{
	struct store_mark mark = store_mark(&store);
	uint8_t key[STORE_KEY_MAX];
	int error = store_put(&store, key, piece_key(w->role, w->kind, w->serial, w->pieces, key),
		w->data, w->len);

	if (!error)
		error = put_base(w->role, base);
	if (error)
		store_undo(&store, mark);
	return error;
}

/* With an ERROR nothing is written. Ends the writer. */
static int end_pieces(struct writer *w, const struct base *base, int error)
{
	/* What was staged so far must be durable before what counts it. */
	if (!error && w->pieces)
		error = store_sync(&sync, soon());
	if (!error)
		error = stage_end(w, base);
	if (error == -ENOBUFS) { /* the batch is full of others' */
		error = store_sync(&sync, soon());
		if (!error)
			error = stage_end(w, base);
	}
	free(w->data);
	return error ? error : store_sync(&sync, soon());
}

/* All pieces in one; the caller frees *DATA. */
static int read_pieces(
	const struct role *role, char kind, uint32_t serial, uint8_t **data, size_t *len)
{
	uint8_t key[STORE_KEY_MAX], *more;
	size_t got = VALUE_MAX;
	unsigned piece;
	int error = 0;

	*data = NULL;
	*len = 0;
	for (piece = 0; !error && got == VALUE_MAX && piece <= UINT16_MAX; piece++) {
		more = realloc(*data, *len + VALUE_MAX);
		if (!more) {
			error = -ENOMEM;
			break;
		}
		*data = more;
		error = store_get(&store, key, piece_key(role, kind, serial, piece, key),
			*data + *len, VALUE_MAX, &got);
		*len += error ? 0 : got;
	}
	if (!error && *len < 4)
		error = -EBADMSG;
	if (error) {
		free(*data);
		*data = NULL;
	}
	return error;
}

static uint32_t leads_to(const uint8_t *data)
{
	struct wire_reader r;

	wire_reader_init(&r, data, 4);
	return wire_get_u32(&r);
}

/*
 * Deletes what does not count: with BASE the differences before its snapshot and other snapshots;
 * without, all. KEPT: the bytes of differences that stay.
 */
static int sweep(const struct role *role, const struct base *base, char kind, size_t *kept)
{
	uint8_t key[STORE_KEY_MAX], prefix[STORE_KEY_MAX];
	size_t prefix_len = piece_key(role, kind, 0, 0, prefix) - 4, len, value_len;
	uint32_t serial;
	bool counts;
	int error = 0;

	memcpy(key, prefix, prefix_len);
	len = prefix_len;
	while (!error && store_next(&store, prefix, prefix_len, key, &len, &value_len)) {
		if (len != prefix_len + 4 && len != prefix_len + 6)
			continue;
		serial = leads_to(key + prefix_len);
		counts = base && (kind == CHANGE ? !dns_serial_newer(start_of(base), serial)
						 : base->folded && serial == base->snapshot);
		if (counts)
			*kept += value_len;
		else
			error = store_sync_put(&sync, key, len, NULL, 0, soon());
	}
	return error;
}

static int sweep_all(struct role *role, const struct base *base)
{
	size_t unused = 0;
	int error;

	role->kept = 0;
	error = sweep(role, base, CHANGE, &role->kept);
	return error ? error : sweep(role, base, SNAPSHOT, &unused);
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

/* One difference, of a zone that nobody looks at; *SERIAL, which it starts from, moves on. */
static int replay_one(struct role *role, struct dns_zone *zone, bool in_place, uint32_t *serial)
{
	struct dns_change *change;
	struct dns_edit edit;
	uint8_t *data;
	size_t len;
	int error = read_pieces(role, CHANGE, *serial, &data, &len);

	if (error)
		return error;
	error = dns_edit_begin(&edit, zone, in_place, SIZE_MAX / 2);
	if (!error) {
		error = apply(&edit, data + 4, len - 4);
		if (error)
			dns_edit_abandon(&edit);
		else
			error = dns_edit_commit(&edit, &change);
	}
	if (!error) {
		*serial = leads_to(data);
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
static int replay_all(struct role *role, const struct base *base, unsigned *count)
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
static int restore_snapshot(struct role *role, const struct base *base)
{
	struct dns_change_record record;
	struct dns_zone *zone;
	uint8_t *data;
	size_t len, at = 4;
	int error = read_pieces(role, SNAPSHOT, base->snapshot, &data, &len);

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

static int replay(struct role *role, const struct base *base)
{
	unsigned count = 0;
	int error = base->folded ? restore_snapshot(role, base) : 0;

	if (!error)
		error = replay_all(role, base, &count);
	if (!error)
		error = sweep_all(role, base);
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
	struct base base, now = {.from = dns_zone_serial(role->zone)};
	bool had = read_base(role, &base);
	int error = 0;

	now.to = now.from;
	add_up(role->zone, value, now.sum);
	if (had && base.from == now.from && memcmp(base.sum, now.sum, SUM) == 0)
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
		error = sweep_all(role, NULL);
	}
	if (!error)
		error = put_base(role, &now);
	if (!error)
		error = store_sync(&sync, soon());
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

static int save(struct role *role, const struct dns_change *change)
{
	struct writer w;
	struct base base;
	uint8_t to[4];
	int error;

	if (!read_base(role, &base))
		return -ENOENT;
	error = begin_pieces(&w, role, CHANGE, change->from);
	if (error)
		return error;
	write_u32(to, change->to);
	error = put_bytes(&w, to, sizeof(to));
	if (!error)
		error = put_bytes(&w, change->bytes.data, change->bytes.len);
	base.to = change->to;
	error = end_pieces(&w, &base, error);
	role->kept += error ? 0 : w.all;
	return error;
}

/* ---- folding ---- */

static int put_record(struct writer *w, struct dns_change_bytes *bytes, const uint8_t *owner,
	size_t owner_len, const struct dns_rrset *rrset, const struct dns_record *record,
	uint8_t *rdata)
{
	struct dns_change_record plain = {true, (uint8_t)owner_len, rrset->type, record->rdlen,
		dns_rrset_ttl(rrset), owner, rdata};
	int error;

	dns_record_rdata(record, rdata);
	bytes->len = 0;
	error = dns_change_put(bytes, &plain, SIZE_MAX);
	return error ? error : put_bytes(w, bytes->data, bytes->len);
}

static int put_zone(struct writer *w, const struct dns_zone *zone, uint8_t *rdata)
{
	struct dns_change_bytes bytes = {0};
	const struct dns_record *record;
	const struct dns_rrset *rrset;
	const struct dns_node *node;
	uint8_t name[DNS_NAME_MAX], serial[4];
	size_t len;
	int error;

	write_u32(serial, w->serial);
	error = put_bytes(w, serial, sizeof(serial));
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
	uint8_t *rdata = malloc(UINT16_MAX);
	size_t kept = role->kept;
	struct base base;
	struct writer w;
	int error = rdata && read_base(role, &base) ? 0 : -ENOMEM;

	if (!error)
		error = begin_pieces(&w, role, SNAPSHOT, dns_zone_serial(role->zone));
	if (!error) {
		error = put_zone(&w, role->zone, rdata);
		base.folded = true;
		base.snapshot = base.to = w.serial;
		error = end_pieces(&w, &base, error);
	}
	if (!error)
		error = sweep_all(role, &base);
	free(rdata);
	if (!error)
		log_info("dns", "zone %s: %zu KiB of updates on the disk are folded into serial %u",
			role->text, kept / 1024, (unsigned)base.to);
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
