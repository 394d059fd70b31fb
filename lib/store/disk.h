/* SPDX-License-Identifier: ISC */
/*
 * The disk below a store: calls that return when the work is done. An adapter makes one of a block
 * device (where a call parks the calling thread), of a file, or of a test's simulation.
 *
 * What is asked of it: a write that has returned 0 is durable once a later flush has returned 0.
 * Until then any part of it may be on the disk or not, in any order with other writes.
 */
#ifndef LIB_STORE_DISK_H
#define LIB_STORE_DISK_H

#include <stdbool.h>
#include <stdint.h>

struct store_disk {
	/* COUNT sectors from SECTOR on. 0 or -Exxx. The store stays within [0, sectors). */
	int (*read)(struct store_disk *disk, uint64_t sector, void *data, uint32_t count);
	int (*write)(struct store_disk *disk, uint64_t sector, const void *data, uint32_t count);
	int (*flush)(struct store_disk *disk);
	/*
	 * For disks that come and go, else NULL; asked before each call of the store. 0: nothing
	 * has happened. 1: it was away, and may be another one; all three calls above failed with
	 * -ENODEV from then on up to now. -ENODEV: it is away. -ESTALE: it is another one.
	 */
	int (*renew)(struct store_disk *disk);
	uint64_t sectors;
	uint32_t sector_size;          /* bytes: a power of two, 512 to 4096 */
	uint32_t physical_sector_size; /* what a torn write may spoil as a whole; 0: sector_size */
	bool read_only;
};

#endif
