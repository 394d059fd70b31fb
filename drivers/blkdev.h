/* SPDX-License-Identifier: ISC */
/*
 * A block device as the code above sees it: blkfront in a guest, a file on Linux. Requests are
 * asynchronous; each completes exactly once, from platform_poll(), by its done().
 */
#ifndef DRIVERS_BLKDEV_H
#define DRIVERS_BLKDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blkdev;

enum blkdev_op {
	BLKDEV_READ,
	BLKDEV_WRITE,
	BLKDEV_FLUSH,
	BLKDEV_DISCARD
};

/* Owned by the caller, who leaves it and its buffer alone until done() was called. */
struct blkdev_request {
	enum blkdev_op op;
	uint64_t sector; /* in units of blkdev.sector_size */
	uint32_t count;  /* sectors */
	void *data;      /* count * sector_size bytes; NULL for flush and discard */
	void (*done)(struct blkdev_request *request, int error); /* 0 or -Exxx */
	void *ctx;
};

struct blkdev_ops {
	/* 0 when done() will be called, -EAGAIN when the queue is full, else -Exxx. */
	int (*submit)(struct blkdev *dev, struct blkdev_request *request);
};

struct blkdev {
	const struct blkdev_ops *ops;
	unsigned index;
	uint64_t sectors;
	uint32_t sector_size;          /* bytes: 512 or 4096 */
	uint32_t physical_sector_size; /* writes aligned to it are not read-modify-write */
	bool read_only;
	bool flush; /* BLKDEV_FLUSH makes completed writes durable */
};

#endif
