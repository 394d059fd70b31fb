/* SPDX-License-Identifier: ISC */
/*
 * Superblocks: finding the one that counts, and formatting a blank disk. Two of them, written in
 * turns, so that a cut leaves one. See internal.h and docs/store.md.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/store/internal.h"

#define BLANK_BYTES ((uint64_t)1024 * 1024) /* what must be zero on a blank disk */

/* Positions in the log are 32 bits wide. */
#define AREA_BYTES_MAX ((uint64_t)STORE_GRAIN << 32)

int store_fail(struct store *store, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(store->message, sizeof(store->message), format, args);
	va_end(args);
	return error;
}

/* splitmix64, with MIX stirred in. */
uint64_t store_random(struct store *store, uint64_t mix)
{
	uint64_t x = store->random += 0x9e3779b97f4a7c15ull + mix;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static uint64_t disk_bytes(const struct store *store)
{
	return store->disk->sectors * store->disk->sector_size;
}

/* ---- writing ---- */

static int write_slot(struct store *store, uint32_t slot, const void *unit, uint32_t bytes)
{
	uint32_t size = store->disk->sector_size;

	return store->disk->write(
		store->disk, slot * STORE_SUPER_STRIDE / size, unit, bytes / size);
}

int store_super_write(struct store *store, const struct store_super *super)
{
	store_super_encode(store->output, super);
	return write_slot(store, super->serial & 1, store->output, super->unit);
}

/* ---- formatting ---- */

/* What formatting leaves when it is cut short: part of the magic number, or all, then anything. */
static bool is_begun(const uint8_t *slot, size_t len)
{
	size_t i;

	if (memcmp(slot, store_magic, sizeof(store_magic)) == 0)
		return true;
	for (i = 0; i < len; i++) {
		if (slot[i] && (i >= sizeof(store_magic) || slot[i] != (uint8_t)store_magic[i]))
			return false;
	}
	return true;
}

static bool is_zero(const uint8_t *data, size_t len)
{
	for (; len; len--) {
		if (*data++)
			return false;
	}
	return true;
}

/* 1 blank, 0 not, or -Exxx. BUFFER has STORE_SUPER_STRIDE bytes. */
static int is_blank(struct store *store, uint8_t *buffer)
{
	uint64_t at, size = MIN(disk_bytes(store), BLANK_BYTES);
	uint32_t sector = store->disk->sector_size, len;
	int error;

	for (at = 0; at < size; at += STORE_SUPER_STRIDE) {
		len = (uint32_t)MIN(size - at, STORE_SUPER_STRIDE);
		error = store->disk->read(store->disk, at / sector, buffer, len / sector);
		if (error)
			return store_fail(store, error, "cannot read the disk: error %d", -error);
		if (at == STORE_SUPER_STRIDE ? !is_begun(buffer, len) : !is_zero(buffer, len))
			return 0;
	}
	return 1;
}

/* How a disk is divided; -EINVAL if it is too small. */
static int lay_out(struct store *store, const struct store_options *options)
{
	struct store_super *super = &store->super;
	uint64_t area;

	super->unit = MIN(MAX(store->disk->sector_size, store->disk->physical_sector_size), 4096);
	super->batch_max = options->batch_max ? options->batch_max : STORE_BATCH_DEFAULT;
	if (disk_bytes(store) < STORE_LOG_START + 8 * (uint64_t)super->batch_max)
		return store_fail(store, -EINVAL,
			"the disk is too small: expected %llu bytes, got %llu",
			(unsigned long long)(STORE_LOG_START + 8 * (uint64_t)super->batch_max),
			(unsigned long long)disk_bytes(store));
	area = MIN((disk_bytes(store) - STORE_LOG_START) / 2, AREA_BYTES_MAX - super->unit);
	super->area_units = (uint32_t)(area / super->unit);
	super->area = 0;
	super->id = store_random(store, 0);
	super->salt = store_random(store, super->id);
	super->serial = 1;
	super->first = 1;
	return 0;
}

/*
 * The magic number alone is written first: a disk that has it there is ours, however the superblock
 * itself is torn. What an older store left in the other slot must not count.
 */
static int write_first(struct store *store, uint8_t *buffer)
{
	uint8_t other[sizeof(store_magic)];
	int error;

	memset(buffer, 0, STORE_SUPER_STRIDE);
	memcpy(other, store_magic, sizeof(other));
	error = write_slot(store, 0, buffer, STORE_SUPER_STRIDE);
	memcpy(buffer, other, sizeof(other));
	error = error ? error : write_slot(store, 1, buffer, store->super.unit);
	error = error ? error : store_flush(store);
	if (error)
		return error;
	store_super_encode(buffer, &store->super);
	error = write_slot(store, 1, buffer, store->super.unit);
	return error ? error : store_flush(store);
}

static int format(struct store *store, const struct store_options *options, uint8_t *buffer)
{
	int error = options->format ? 1 : is_blank(store, buffer);

	if (error < 0)
		return error;
	if (!error)
		return store_fail(store, -EINVAL,
			"the disk has something else on it: expected a store or a blank disk");
	if (store->disk->read_only)
		return store_fail(
			store, -EROFS, "the disk has no store on it and cannot be written");
	error = lay_out(store, options);
	if (error)
		return error;
	error = write_first(store, buffer);
	return error ? store_fail(store, error, "cannot format the disk: error %d", -error) : 0;
}

/* ---- finding ---- */

static bool is_power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

/* Whether what a superblock says fits this disk, so that all that follows may rely on it. */
static int validate(struct store *store, const struct store_super *super)
{
	uint64_t area = (uint64_t)super->area_units * super->unit;

	if (!is_power_of_two(super->unit) || super->unit < 512 || super->unit > 4096 ||
		super->area > 1 || super->batch_max < STORE_BATCH_MIN ||
		super->batch_max > STORE_BATCH_MAX || super->batch_max % 4096 ||
		area < 3 * (uint64_t)super->batch_max || area >= AREA_BYTES_MAX)
		return store_fail(store, -EINVAL, "the superblock has values that no store has");
	if (super->unit % store->disk->sector_size)
		return store_fail(store, -EINVAL,
			"the disk's sectors are too large: expected at most %u bytes, got %u",
			super->unit, store->disk->sector_size);
	if (STORE_LOG_START + 2 * area > disk_bytes(store))
		return store_fail(store, -EINVAL,
			"the disk has shrunk: expected %llu bytes, got %llu",
			(unsigned long long)(STORE_LOG_START + 2 * area),
			(unsigned long long)disk_bytes(store));
	return 0;
}

/* The valid superblock with the higher serial number. 0, -ENOENT: none, or -Exxx. */
static int find(struct store *store, struct store_super *best, uint8_t *buffer)
{
	uint32_t slot, version, size = store->disk->sector_size;
	struct store_super super;
	bool found = false;
	int error;

	for (slot = 0; slot < 2; slot++) {
		error = store->disk->read(store->disk, slot * STORE_SUPER_STRIDE / size, buffer,
			STORE_SUPER_STRIDE / size);
		if (error)
			return store_fail(store, error, "cannot read the disk: error %d", -error);
		error = store_super_decode(&super, buffer, &version);
		if (error == -EINVAL)
			return store_fail(store, error, "the store is of version %u: expected %u",
				version, STORE_VERSION);
		if (error || (found && super.serial < best->serial))
			continue;
		*best = super;
		found = true;
	}
	return found ? validate(store, best) : -ENOENT;
}

static bool is_same(const struct store_super *a, const struct store_super *b)
{
	return a->id == b->id && a->salt == b->salt && a->serial == b->serial;
}

/* Whether the log's last batch is where it was, which it is not on an older copy of the disk. */
static int recognise_log(struct store *store, const struct store_super *super, uint8_t *buffer)
{
	bool next = super->area != store->super.area;
	uint32_t at = next ? store->next_last : store->last;
	uint64_t sequence = next ? store->next_sequence : store->sequence;
	struct store_frame frame;
	int error;

	if (sequence == super->first)
		return 0; /* it has none */
	error = store_read_units(store, super->area, at, buffer, 1);
	if (error)
		return error;
	return store_frame_decode(&frame, buffer) && frame.salt == super->salt &&
			       frame.sequence == sequence - 1
		       ? 0
		       : -ESTALE;
}

static int recognise(struct store *store, uint8_t *buffer)
{
	struct store_super super = {0};
	int error = find(store, &super, buffer);

	if (error == -ENOENT || error == -EINVAL)
		return -ESTALE;
	if (error)
		return error;
	if (!is_same(&super, &store->super) &&
		!(store->switching && is_same(&super, &store->next_super)))
		return -ESTALE;
	return recognise_log(store, &super, buffer);
}

int store_recognise(struct store *store)
{
	int got = store->disk->renew ? store->disk->renew(store->disk) : 0;
	uint8_t *buffer;

	if (got < 0)
		return got;
	store->suspect |= got > 0;
	if (!store->suspect)
		return 0;
	buffer = malloc(STORE_SUPER_STRIDE);
	if (!buffer)
		return -ENOMEM;
	got = recognise(store, buffer);
	free(buffer);
	if (!got)
		store->suspect = false;
	return got;
}

/* ---- both ---- */

static int check_disk(struct store *store, const struct store_options *options)
{
	uint32_t size = store->disk->sector_size;

	if (!is_power_of_two(size) || size < 512 || size > 4096)
		return store_fail(store, -EINVAL,
			"the disk's sectors: expected 512 to 4096 bytes, got %u", size);
	if (options->batch_max &&
		(options->batch_max % 4096 || options->batch_max < STORE_BATCH_MIN ||
			options->batch_max > STORE_BATCH_MAX))
		return store_fail(store, -EINVAL,
			"the batch: expected a multiple of 4096 bytes up to %u, got %u",
			STORE_BATCH_MAX, options->batch_max);
	if (disk_bytes(store) < STORE_LOG_START)
		return store_fail(store, -EINVAL, "the disk is too small: got %llu bytes",
			(unsigned long long)disk_bytes(store));
	return 0;
}

int store_load_super(struct store *store, const struct store_options *options)
{
	int error = check_disk(store, options);
	uint8_t *buffer;

	if (error)
		return error;
	buffer = malloc(STORE_SUPER_STRIDE);
	if (!buffer)
		return store_fail(store, -ENOMEM, "no memory");
	error = options->format ? -ENOENT : find(store, &store->super, buffer);
	if (error == -ENOENT)
		error = format(store, options, buffer);
	free(buffer);
	return error;
}
