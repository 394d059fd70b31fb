/* SPDX-License-Identifier: ISC */
/*
 * The store's view of a block device. One that was away is not touched before the store has looked
 * whether it is still the same (store_disk.renew): see disk_store.h.
 */
#include "lib/disk/disk_store.h"

#include <errno.h>

#include "drivers/blkdev.h"
#include "lib/base/list.h"
#include "lib/disk/disk.h"

static struct disk_store *store_of(struct store_disk *disk)
{
	return container_of(disk, struct disk_store, disk);
}

static int check(const struct disk_store *store)
{
	return disk_losses(store->dev) == store->losses ? 0 : -ENODEV;
}

static int read_sectors(struct store_disk *disk, uint64_t sector, void *data, uint32_t count)
{
	struct disk_store *store = store_of(disk);
	int error = check(store);

	return error ? error : disk_read(store->dev, sector, data, count);
}

static int write_sectors(struct store_disk *disk, uint64_t sector, const void *data, uint32_t count)
{
	struct disk_store *store = store_of(disk);
	int error = check(store);

	return error ? error : disk_write(store->dev, sector, data, count);
}

static int flush(struct store_disk *disk)
{
	struct disk_store *store = store_of(disk);
	int error = check(store);

	return error ? error : disk_flush(store->dev);
}

/* What the store has laid out by them must not change below it. */
static bool is_alike(const struct store_disk *disk, const struct blkdev *dev)
{
	return dev->sectors == disk->sectors && dev->sector_size == disk->sector_size &&
	       (disk->read_only || !dev->read_only);
}

static int renew(struct store_disk *disk)
{
	struct disk_store *store = store_of(disk);

	if (!store->dev->up)
		return -ENODEV;
	if (check(store) == 0)
		return 0;
	if (!is_alike(disk, store->dev))
		return -ESTALE;
	store->losses = disk_losses(store->dev);
	return 1;
}

void disk_store_init(struct disk_store *store, struct blkdev *dev)
{
	*store = (struct disk_store){
		.disk = {.read = read_sectors,
			.write = write_sectors,
			.flush = flush,
			.renew = renew,
			.sectors = dev->sectors,
			.sector_size = dev->sector_size,
			.physical_sector_size = dev->physical_sector_size,
			.read_only = dev->read_only},
		.dev = dev,
		.losses = disk_losses(dev),
	};
}
