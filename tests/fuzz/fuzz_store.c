/* SPDX-License-Identifier: ISC */
/*
 * Any disk contents: a store opens or says why not; what opens can be read, written and opened
 * again. The input is pieces "offset, length, bytes" over a formatted disk; checksums are put
 * right, so that the search gets behind them.
 */
#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/store/crc32c.h"
#include "lib/store/store.h"
#include "tests/support/input.h"
#include "tests/support/simdisk.h"

#define BYTES ((size_t)8192 + 8 * 4096)

static const struct store_options options = {.batch_max = STORE_BATCH_MIN, .random = 5};

static void set_u32(uint8_t *p, uint32_t value)
{
	wire_set_u16(p, (uint16_t)(value >> 16));
	wire_set_u16(p + 2, (uint16_t)value);
}

/* As if whoever made the disk knew how: sums of the superblocks, and of frames by their length. */
static void put_sums_right(uint8_t *disk)
{
	uint32_t len, crc;
	size_t at;

	for (at = 0; at <= 4096; at += 4096)
		set_u32(disk + at + 64, crc32c(0, disk + at, 64));
	for (at = 8192; at < BYTES; at += 512) {
		len = (uint32_t)disk[at + 6] << 8 | disk[at + 7];
		if (memcmp(disk + at, "KLFR", 4) != 0 || len > BYTES - at - 32)
			continue;
		crc = crc32c(crc32c(0, disk + at, 28), disk + at + 32, len);
		set_u32(disk + at + 28, crc);
	}
}

static void damage(struct simdisk *sim)
{
	bool right = byte() & 1;
	size_t at, len;

	while (left) {
		at = half() % BYTES;
		for (len = byte() % 64; len && left && at < BYTES; len--)
			sim->seen[at++] = byte();
	}
	if (right)
		put_sums_right(sim->seen);
	memcpy(sim->durable, sim->seen, BYTES);
	sim->count = 0;
}

static size_t use(struct store *store)
{
	uint8_t key[STORE_KEY_MAX], value[4096];
	size_t key_len = 0, value_len, len, seen = 0, bad = 0;
	int error;

	for (; store_next(store, "", 0, key, &key_len, &value_len); seen++) {
		error = store_get(store, key, key_len, value, sizeof(value), &len);
		must(error == -EBADMSG || (error == 0 && len == value_len));
		bad += error != 0;
	}
	must(seen == store->records);
	store_check(store, &len);
	must(len == bad);
	return bad;
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct simdisk sim;
	struct store store;
	size_t records, bad;
	unsigned i;
	int error;

	data = input;
	left = size;
	simdisk_create(&sim, BYTES, 512);
	must(store_open(&store, &sim.disk, &options) == 0);
	for (i = 0; i < 3; i++) {
		must(store_put(&store, &"abc"[i], 1, "value", i + 1) == 0);
		must(store_commit(&store) == 0);
	}
	store_close(&store);
	damage(&sim);
	error = store_open(&store, &sim.disk, &options);
	must(!error || *store.message);
	if (!error) {
		bad = use(&store);
		for (i = 0; i < 40; i++) { /* past a compaction, which stops at damage */
			error = store_put(&store, "new", 3, sim.seen, 1000);
			must(!error || error == -ENOSPC || error == -ENOBUFS);
			error = store_commit(&store);
			must(!error || error == -ENOSPC || (bad && error == -EBADMSG));
		}
		records = store.records;
		must(use(&store) <= bad);
		store_close(&store);
		must(store_open(&store, &sim.disk, &options) == 0 && store.records == records);
		store_close(&store);
	}
	simdisk_destroy(&sim);
	return 0;
}
