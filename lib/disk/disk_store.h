/* SPDX-License-Identifier: ISC */
/* A block device as the disk below a store (lib/store/disk.h): its calls park the calling thread.
 */
#ifndef LIB_DISK_DISK_STORE_H
#define LIB_DISK_DISK_STORE_H

#include "lib/store/disk.h"

struct blkdev;

struct disk_store {
	struct store_disk disk; /* for store_open() */
	struct blkdev *dev;
	unsigned losses; /* of the disk, when the store last looked whether it is the same */
};

/* DEV is up. Owned by the caller, while the store is open. */
void disk_store_init(struct disk_store *store, struct blkdev *dev);

#endif
