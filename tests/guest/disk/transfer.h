/* SPDX-License-Identifier: ISC */
/* Much data from or to a disk, some requests of it under way at a time; for threads. */
#ifndef TESTS_GUEST_DISK_TRANSFER_H
#define TESTS_GUEST_DISK_TRANSFER_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/blkdev.h"

struct transfer {
	struct blkdev *dev;
	bool write;
	bool pattern;          /* write or check tests/guest/disk/pattern.h; else any bytes */
	uint64_t first, count; /* units of 512 bytes, multiples of the disk's sectors */
	uint64_t seed;
	uint32_t size;  /* bytes of a request, a multiple of 4096 */
	unsigned depth; /* requests under way */
	/* Results: */
	uint64_t bad; /* units that did not hold the pattern */
	uint64_t bad_first;
};

/* 0, or the first error of a request; -ENOMEM. */
int transfer_run(struct transfer *transfer);
/* Flush, or discard; waits for it. 0 or the request's error. */
int transfer_simple(struct blkdev *dev, enum blkdev_op op, uint64_t first, uint64_t count);

#endif
