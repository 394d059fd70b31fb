/* SPDX-License-Identifier: ISC */
/* The table of network devices: drivers fill it, the stack listens. */
#include "drivers/netdev.h"

#include <errno.h>

static struct netdev *devices[NETDEV_MAX];
static void (*listener)(struct netdev *dev, void *ctx);
static void *listener_ctx;

int netdev_register(struct netdev *dev)
{
	if (dev->index >= NETDEV_MAX)
		return -EINVAL;
	if (devices[dev->index])
		return -EEXIST;
	devices[dev->index] = dev;
	if (listener)
		listener(dev, listener_ctx);
	return 0;
}

struct netdev *netdev_get(unsigned index)
{
	return index < NETDEV_MAX ? devices[index] : NULL;
}

void netdev_set_listener(void (*fn)(struct netdev *dev, void *ctx), void *ctx)
{
	listener = fn;
	listener_ctx = ctx;
	for (unsigned i = 0; fn && i < NETDEV_MAX; i++) {
		if (devices[i])
			fn(devices[i], ctx);
	}
}
