/* SPDX-License-Identifier: ISC */
/*
 * System use areas of ISO 9660 directory records: the System Use Sharing Protocol 1.12 with its
 * continuations, and of the Rock Ridge Interchange Protocol 1.12 what a tree needs. Every length is
 * checked against the bytes that are there. Called by iso.c.
 */
#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/tree/internal.h"

#define CONTINUATIONS_MAX 32 /* of one record: a circle of them ends */
/* Blocks of continuations that are read, for what names may take: more are damage. */
#define READS_FACTOR 16u
#define READS_MIN    64u

enum {
	NM_CONTINUE = 1,
	NM_CURRENT = 2,
	NM_PARENT = 4,
	TF_CREATED = 1,
	TF_MODIFIED = 2,
	TF_LONG = 0x80
};

uint32_t iso_u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t days(int64_t year, unsigned month, unsigned day)
{
	static const uint16_t before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
	int64_t past = month > 2 ? year : year - 1; /* years whose leap day is over */

	return (year - 1970) * 365 + (past / 4 - past / 100 + past / 400) - 477 +
	       before[month - 1] + day - 1;
}

int64_t iso_date(const uint8_t *date)
{
	int64_t seconds;

	if (date[1] < 1 || date[1] > 12 || date[2] < 1 || date[2] > 31 || date[3] > 23 ||
		date[4] > 59 || date[5] > 60)
		return 0;
	seconds = days(1900 + date[0], date[1], date[2]) * 86400;
	return seconds + date[3] * 3600 + date[4] * 60 + date[5] - (int8_t)date[6] * 900;
}

/* ---- entries: a signature of two letters, length, version, then their own ---- */

static int take_name(struct tree *tree, struct rock_ridge *rock, const uint8_t *entry, size_t len)
{
	if (len < 5)
		return tree_fail(tree, -EINVAL, "damaged: a name's entry has %zu bytes", len);
	rock->has_name = true;
	rock->special |= (entry[4] & (NM_CURRENT | NM_PARENT)) != 0;
	if (len - 5 > sizeof(rock->name) - rock->name_len)
		return tree_fail(tree, -EINVAL, "a name is too long: expected at most %d bytes",
			TREE_NAME_MAX);
	memcpy(rock->name + rock->name_len, entry + 5, len - 5);
	rock->name_len += len - 5;
	return 0;
}

static void take_times(struct rock_ridge *rock, const uint8_t *entry, size_t len)
{
	size_t at = len > 4 && entry[4] & TF_CREATED ? 12 : 5;

	if (len >= at + 7 && entry[4] & TF_MODIFIED && !(entry[4] & TF_LONG))
		rock->mtime = iso_date(entry + at);
}

static bool is(const uint8_t *entry, const char *signature)
{
	return entry[0] == (uint8_t)signature[0] && entry[1] == (uint8_t)signature[1];
}

static int take_entry(struct tree *tree, struct rock_ridge *rock, const uint8_t *entry, size_t len)
{
	if (is(entry, "NM"))
		return take_name(tree, rock, entry, len);
	if (is(entry, "TF"))
		take_times(rock, entry, len);
	else if (is(entry, "PX") && len >= 8)
		rock->mode = iso_u32(entry + 4);
	else if (is(entry, "CL") && len >= 8)
		rock->child = iso_u32(entry + 4);
	else if (is(entry, "RE"))
		rock->relocated = true;
	else if (is(entry, "SL"))
		rock->link = true;
	else if (is(entry, "ZF"))
		rock->compressed = true;
	else if (is(entry, "SP") && len >= 7 && entry[4] == 0xbe && entry[5] == 0xef) {
		rock->susp = true;
		rock->susp_skip = entry[6];
	}
	return 0;
}

/* ---- areas ---- */

/* LEN bytes of the block at AT, from SKIP on. */
struct area {
	uint64_t at;
	size_t skip, len; /* 0 bytes: there is none */
};

static int take_continuation(struct tree *tree, struct area *next, const uint8_t *entry, size_t len)
{
	uint32_t skip = len >= 28 ? iso_u32(entry + 12) : ISO_BLOCK;
	uint32_t size = len >= 28 ? iso_u32(entry + 20) : 0;

	if (skip >= ISO_BLOCK || size > ISO_BLOCK - skip)
		return tree_fail(tree, -EINVAL, "damaged: a name's continuation is nowhere");
	*next = (struct area){
		.at = (uint64_t)iso_u32(entry + 4) * ISO_BLOCK, .skip = skip, .len = size};
	return 0;
}

static int load(struct tree *tree, struct rock_cache *cache, uint64_t at)
{
	int error;

	if (cache->at == at)
		return 0;
	if (++cache->reads > tree->memory_max / ISO_BLOCK * READS_FACTOR + READS_MIN)
		return tree_fail(tree, -ENOMEM, "its names are continued in more than %u places",
			cache->reads - 1);
	cache->at = 0;
	error = tree_read_image(tree, at, cache->block, ISO_BLOCK);
	if (!error)
		cache->at = at;
	return error;
}

static int take_area(struct tree *tree, struct rock_ridge *rock, struct area *next,
	const uint8_t *data, size_t len)
{
	size_t entry_len;
	int error = 0;

	for (; len >= 4 && !error; data += entry_len, len -= entry_len) {
		entry_len = data[2];
		if (is(data, "ST") || !data[0])
			break;
		if (entry_len < 4 || entry_len > len)
			return tree_fail(tree, -EINVAL,
				"damaged: an entry of a directory record runs over its end");
		error = is(data, "CE") ? take_continuation(tree, next, data, entry_len)
				       : take_entry(tree, rock, data, entry_len);
	}
	return error;
}

int rock_ridge_parse(struct tree *tree, struct rock_cache *cache, struct rock_ridge *rock,
	const uint8_t *data, size_t len)
{
	struct area next = {.len = 0}, here;
	unsigned count;
	int error;

	*rock = (struct rock_ridge){.name_len = 0};
	error = take_area(tree, rock, &next, data, len);
	for (count = 0; !error && next.len; count++) {
		if (count == CONTINUATIONS_MAX)
			return tree_fail(tree, -EINVAL, "damaged: a name has no end");
		here = next;
		next.len = 0;
		error = load(tree, cache, here.at);
		error = error ? error
			      : take_area(tree, rock, &next, cache->block + here.skip, here.len);
	}
	return error;
}
