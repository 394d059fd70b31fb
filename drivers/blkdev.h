/* SPDX-License-Identifier: ISC */
/*
 * A block device as the code above sees it: blkfront in a guest, a file on Linux. Requests are
 * asynchronous; each that was taken completes exactly once, from platform_poll() and never from
 * within the call that submits it, by its done(): with 0, with the disk's error, or with -ENODEV
 * when the disk has gone meanwhile.
 *
 * What is promised of data: a write that has completed is durable once a flush that was submitted
 * after that has completed. Until then any part of it may be on the disk or not, in any order with
 * other writes. Requests under way at the same time may be done in any order.
 *
 * Disks may come and go while the machine runs. One that has gone is not up: it takes no request
 * (-ENODEV). Its struct stays valid for ever, and is the same when a disk comes back in its place;
 * geometry and features may then be others. A suspended machine's disks are up when it goes on, and
 * what was under way is done then.
 */
#ifndef DRIVERS_BLKDEV_H
#define DRIVERS_BLKDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BLKDEV_MAX      16 /* disks a machine may have */
#define BLKDEV_NAME_MAX 16 /* bytes of a name, with the NUL */

struct blkdev;

enum blkdev_op {
	BLKDEV_READ,
	BLKDEV_WRITE,
	BLKDEV_FLUSH,
	BLKDEV_DISCARD, /* the sectors' contents are needed no more */
};

/* Owned by the caller, who leaves it and its buffer alone until done() was called. */
struct blkdev_request {
	enum blkdev_op op;
	uint64_t sector; /* in units of blkdev.sector_size */
	uint32_t count;  /* sectors: 1 to blkdev.request_max, or any number to discard */
	void *data;      /* count * sector_size bytes; NULL for flush and discard */
	void (*done)(struct blkdev_request *request, int error); /* 0 or -Exxx; may submit anew */
	void *ctx;
	/* The driver's, while the request is under way. */
	struct blkdev_request *next;
	uint32_t progress; /* sectors that were handed on */
	uint32_t parts;    /* of it that are not answered yet */
	int error;
};

struct blkdev_ops {
	/*
	 * 0 when done() will be called, -EAGAIN when the queue is full (room comes with a done()),
	 * -ENODEV when the disk is not up, -EINVAL beyond its end or of a wrong count, -EROFS,
	 * -EOPNOTSUPP for a flush or discard that it does not offer.
	 */
	int (*submit)(struct blkdev *dev, struct blkdev_request *request);
};

struct blkdev {
	const struct blkdev_ops *ops;
	unsigned index;             /* below BLKDEV_MAX: in the order of their appearance */
	char name[BLKDEV_NAME_MAX]; /* the host's word for it: "xvda", "xvdb" ... */
	/* All that follows is to be read while the disk is up. */
	uint64_t sectors;
	uint32_t sector_size;          /* bytes: 512, 1024, 2048 or 4096 */
	uint32_t physical_sector_size; /* writes aligned to it are not read-modify-write */
	uint32_t request_max;          /* sectors of one request */
	bool up;                       /* requests are taken */
	bool read_only;
	bool cdrom;
	/*
	 * BLKDEV_FLUSH is needed, and works; without it writes are taken for durable at once. A
	 * host may stop to offer it at any time: flushes under way complete with 0 then, and it is
	 * false from there on. Of discard likewise, with -EOPNOTSUPP.
	 */
	bool flush;
	bool discard;
	/*
	 * Set by the one who uses the disk: up has changed. Called from platform_poll(); of a disk
	 * that has gone when all its requests have completed. Not called for the first time up,
	 * which the listener sees.
	 */
	void (*changed)(struct blkdev *dev, void *ctx);
	void *ctx;
};

static inline int blkdev_submit(struct blkdev *dev, struct blkdev_request *request)
{
	return dev->ops->submit(dev, request);
}

/*
 * The disks that there are. A driver registers each once, when it first comes up; the listener (or
 * NULL) hears of each registered before and after it was set.
 */
/* 0, -EEXIST, -EINVAL. */
int blkdev_register(struct blkdev *dev);
/* Or NULL. */
struct blkdev *blkdev_get(unsigned index);
struct blkdev *blkdev_find(const char *name);
void blkdev_set_listener(void (*fn)(struct blkdev *dev, void *ctx), void *ctx);

#endif
