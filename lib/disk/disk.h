/* SPDX-License-Identifier: ISC */
/*
 * Disks for green threads: calls that return when the work is done, over drivers/blkdev.h. Called
 * in threads only; any number may use a disk at a time.
 *
 * A call returns 0 or the first error: -ENODEV when the disk has gone, -EINVAL beyond its end,
 * -EROFS, -EIO ..., and then any part of it may have been done. It takes as long as the disk takes:
 * what is on its way has the caller's buffer, so that cancelling the thread does not end the call;
 * the thread's next wait hears of it.
 */
#ifndef LIB_DISK_DISK_H
#define LIB_DISK_DISK_H

#include <stddef.h>
#include <stdint.h>

struct blkdev;

/* COUNT sectors from SECTOR on, of any number: they are split as the disk needs it. */
int disk_read(struct blkdev *dev, uint64_t sector, void *data, uint32_t count);
int disk_write(struct blkdev *dev, uint64_t sector, const void *data, uint32_t count);
/* Makes all that was written before durable. Nothing is to be done where writes always are. */
int disk_flush(struct blkdev *dev);
/* The sectors' contents are needed no more. 0 also when the disk does not care. */
int disk_discard(struct blkdev *dev, uint64_t sector, uint64_t count);

/* LEN bytes from byte OFFSET on, however they lie in sectors. Also -ENOMEM. */
int disk_read_bytes(struct blkdev *dev, uint64_t offset, void *data, size_t len);

/*
 * The disk called NAME ("xvda"), once it is there and up. 0, -ETIMEDOUT at DEADLINE, -ECANCELED.
 */
int disk_wait(struct blkdev **dev, const char *name, uint64_t deadline);
/* Until DEV, which may have gone, is up. 0, -ETIMEDOUT, -ECANCELED. */
int disk_wait_up(struct blkdev *dev, uint64_t deadline);

/* How often DEV has gone so far: when it is up again, it may be another disk. */
unsigned disk_losses(const struct blkdev *dev);

#endif
