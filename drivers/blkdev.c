/* SPDX-License-Identifier: ISC */
/* The table of block devices: drivers fill it, those who use disks look them up. */
#include "drivers/blkdev.h"

#include <errno.h>
#include <string.h>

static struct blkdev *devices[BLKDEV_MAX];
static void (*listener)(struct blkdev *dev, void *ctx);
static void *listener_ctx;

int blkdev_register(struct blkdev *dev)
{
	if (dev->index >= BLKDEV_MAX)
		return -EINVAL;
	if (devices[dev->index])
		return -EEXIST;
	devices[dev->index] = dev;
	if (listener)
		listener(dev, listener_ctx);
	return 0;
}

struct blkdev *blkdev_get(unsigned index)
{
	return index < BLKDEV_MAX ? devices[index] : NULL;
}

struct blkdev *blkdev_find(const char *name)
{
	for (unsigned i = 0; i < BLKDEV_MAX; i++) {
		if (devices[i] && !strcmp(devices[i]->name, name))
			return devices[i];
	}
	return NULL;
}

void blkdev_set_listener(void (*fn)(struct blkdev *dev, void *ctx), void *ctx)
{
	listener = fn;
	listener_ctx = ctx;
	for (unsigned i = 0; fn && i < BLKDEV_MAX; i++) {
		if (devices[i])
			fn(devices[i], ctx);
	}
}
