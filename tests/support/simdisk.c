/* SPDX-License-Identifier: ISC */
/* A disk that forgets what was not flushed: see simdisk.h. */
#include "tests/support/simdisk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

static struct simdisk *sim_of(struct store_disk *disk)
{
	return (struct simdisk *)(void *)((char *)disk - offsetof(struct simdisk, disk));
}

/* Counts an I/O; true if it fails. */
static bool fails(struct simdisk *sim)
{
	sim->ios++;
	if (!sim->fail_in || --sim->fail_in)
		return false;
	sim->fail_in = sim->cut ? 1 : 0;
	sim->failed |= !sim->cut;
	return true;
}

static bool is_outside(const struct simdisk *sim, uint64_t sector, uint32_t count)
{
	return sector > sim->disk.sectors || count > sim->disk.sectors - sector;
}

static int sim_read(struct store_disk *disk, uint64_t sector, void *data, uint32_t count)
{
	struct simdisk *sim = sim_of(disk);

	if (is_outside(sim, sector, count))
		abort();
	if (fails(sim)) {
		sim->dead = sim->cut;
		return -EIO;
	}
	memcpy(data, sim->seen + sector * disk->sector_size, (size_t)count * disk->sector_size);
	return 0;
}

static void remember(struct simdisk *sim, size_t at, const uint8_t *data)
{
	if (sim->count == sim->room) {
		sim->room = sim->room ? 2 * sim->room : 64;
		sim->pieces = realloc(sim->pieces, sim->room * sizeof(*sim->pieces));
		if (!sim->pieces)
			abort();
	}
	sim->pieces[sim->count].at = at;
	memcpy(sim->pieces[sim->count++].data, data, SIMDISK_PIECE);
}

/* One that fails may have reached the disk all the same, and a read may show it; after a cut, none
 * does. */
static int sim_write(struct store_disk *disk, uint64_t sector, const void *data, uint32_t count)
{
	struct simdisk *sim = sim_of(disk);
	size_t at = sector * disk->sector_size, len = (size_t)count * disk->sector_size, i;
	bool fail = fails(sim);

	if (is_outside(sim, sector, count) || disk->read_only)
		abort();
	sim->writes++;
	if (sim->dead)
		return -EIO;
	for (i = 0; i < len; i += SIMDISK_PIECE)
		remember(sim, at + i, (const uint8_t *)data + i);
	sim->dead = fail && sim->cut;
	if (!fail || sim->cut || sim->writes % 2)
		memcpy(sim->seen + at, data, len);
	return fail ? -EIO : 0;
}

/* One that fails without a cut forgets half of what it was for, though reads show it still. */
static int sim_flush(struct store_disk *disk)
{
	struct simdisk *sim = sim_of(disk);
	bool fail = fails(sim);
	size_t i;

	if (fail && sim->cut) {
		sim->dead = true;
		return -EIO;
	}
	for (i = 0; i < sim->count; i++) {
		if (!fail || (sim->ios + i) % 2)
			memcpy(sim->durable + sim->pieces[i].at, sim->pieces[i].data,
				SIMDISK_PIECE);
	}
	sim->count = 0;
	sim->flushes++;
	return fail ? -EIO : 0;
}

void simdisk_create(struct simdisk *sim, size_t bytes, uint32_t sector_size)
{
	*sim = (struct simdisk){
		.bytes = bytes, .seen = calloc(1, bytes), .durable = calloc(1, bytes)};
	if (!sim->seen || !sim->durable)
		abort();
	sim->disk = (struct store_disk){.read = sim_read,
		.write = sim_write,
		.flush = sim_flush,
		.sectors = bytes / sector_size,
		.sector_size = sector_size};
}

void simdisk_destroy(struct simdisk *sim)
{
	free(sim->seen);
	free(sim->durable);
	free(sim->pieces);
}

void simdisk_crash(struct simdisk *sim,
	enum simdisk_fate (*choose)(void *ctx, size_t i, size_t *split), void *ctx)
{
	size_t i, from, to, split;

	for (i = 0; i < sim->count; i++) {
		split = SIMDISK_PIECE / 2;
		from = 0;
		to = SIMDISK_PIECE;
		switch (choose(ctx, i, &split)) {
		case SIMDISK_LOST:
			to = 0;
			break;
		case SIMDISK_HEAD:
			to = MIN(split, SIMDISK_PIECE);
			break;
		case SIMDISK_TAIL:
			from = MIN(split, SIMDISK_PIECE);
			break;
		case SIMDISK_KEPT:
			break;
		}
		memcpy(sim->durable + sim->pieces[i].at + from, sim->pieces[i].data + from,
			to - from);
	}
	memcpy(sim->seen, sim->durable, sim->bytes);
	sim->count = 0;
	sim->fail_in = 0;
	sim->cut = sim->dead = sim->failed = false;
}
