/* SPDX-License-Identifier: ISC */
/*
 * A block device in memory, for tests of what stands on drivers/blkdev.h: requests wait until
 * fakeblk_poll() ends them, in another order than they came; the disk can fail, be full, go and
 * come back. It aborts when it is used against the interface.
 */
#ifndef TESTS_SUPPORT_FAKEBLK_H
#define TESTS_SUPPORT_FAKEBLK_H

#include "drivers/blkdev.h"

#define FAKEBLK_DEPTH 16

struct fakeblk {
	struct blkdev dev;
	uint8_t *data;
	size_t bytes;
	struct blkdev_request *pending[FAKEBLK_DEPTH];
	unsigned count;
	unsigned depth;     /* requests that it takes at a time, up to FAKEBLK_DEPTH */
	unsigned per_poll;  /* of which a poll ends so many; 0: none */
	unsigned fail_in;   /* the request of this number from now on fails */
	int fail_with;      /* with this */
	bool withdraws;     /* it offers no flush any more, from the next request on */
	bool takes_nothing; /* -EAGAIN to all, as if others had filled it */
	unsigned served[4]; /* by enum blkdev_op */
	unsigned refused;   /* with -EAGAIN */
	unsigned dice;
};

/* Registers it as the disk INDEX, up. */
void fakeblk_create(
	struct fakeblk *fake, unsigned index, const char *name, size_t bytes, uint32_t sector_size);
void fakeblk_destroy(struct fakeblk *fake);

/* Ends some of what is pending. True when there is more. */
bool fakeblk_poll(struct fakeblk *fake);

/* It goes: all that is pending ends with -ENODEV; half of the writes have been done. */
void fakeblk_pull(struct fakeblk *fake);
void fakeblk_put_back(struct fakeblk *fake);

#endif
