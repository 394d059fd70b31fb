/* SPDX-License-Identifier: ISC */
/*
 * A network device as the stack above sees it: netfront in a guest, a tap device on Linux.
 *
 * Receiving: the driver calls input() from platform_poll(), once a frame, with a loan of the
 * frame's bytes; the stack may keep the loan and gives it back with netdev_frame_release(), in any
 * order. Nobody else writes to the bytes while they are on loan (a frontend revokes its grant
 * first).
 *
 * Sending: netdev_tx_begin() gives the place in which to build one frame, netdev_tx_commit() sends
 * it, netdev_tx_flush() tells the device of all that were committed since the last flush.
 *
 * Devices may come and go while the machine runs. A device that has gone (or is broken) drops what
 * is sent to it and calls nobody; its struct stays valid for ever.
 */
#ifndef DRIVERS_NETDEV_H
#define DRIVERS_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETDEV_MAX       8    /* devices a machine may have */
#define NETDEV_FRAME_MAX 1514 /* bytes of an Ethernet frame without FCS at MTU 1500 */

struct netdev;

/* netdev_frame.flags */
#define NETDEV_CSUM_OK    1u /* the transport checksum was validated by the sender's side */
#define NETDEV_CSUM_BLANK 2u /* not filled in, and need not be: it never left the host */

struct netdev_frame {
	uint8_t *data; /* from the Ethernet header on */
	uint16_t len;
	uint16_t flags;
	struct netdev *dev;
};

struct netdev_stats {
	uint64_t rx_frames, rx_bytes, rx_dropped, rx_bad;
	uint64_t tx_frames, tx_bytes, tx_dropped;
};

struct netdev_ops {
	/* Room for NETDEV_FRAME_MAX bytes, aligned so that the IP header is at a multiple of 4, or
	 * NULL when the device is full or not up (counted in tx_dropped). Valid until commit. */
	uint8_t *(*tx_begin)(struct netdev *dev);
	/* Sends the first LEN bytes (14 to NETDEV_FRAME_MAX); 0 gives the room back unsent. */
	void (*tx_commit)(struct netdev *dev, size_t len);
	void (*tx_flush)(struct netdev *dev);
	void (*frame_release)(struct netdev *dev, struct netdev_frame *frame);
};

struct netdev {
	const struct netdev_ops *ops;
	unsigned index; /* vif number: 0 for the first */
	uint8_t mac[6];
	uint16_t mtu;
	bool up; /* the backend is connected, frames can flow */
	struct netdev_stats stats;
	/* Set by the stack; NULL drops what comes. */
	void (*input)(struct netdev *dev, struct netdev_frame *frame, void *ctx);
	void (*changed)(struct netdev *dev, void *ctx); /* up has changed */
	void *ctx;
};

static inline uint8_t *netdev_tx_begin(struct netdev *dev)
{
	return dev->ops->tx_begin(dev);
}

static inline void netdev_tx_commit(struct netdev *dev, size_t len)
{
	dev->ops->tx_commit(dev, len);
}

static inline void netdev_tx_flush(struct netdev *dev)
{
	dev->ops->tx_flush(dev);
}

static inline void netdev_frame_release(struct netdev_frame *frame)
{
	frame->dev->ops->frame_release(frame->dev, frame);
}

/*
 * The devices that there are. A driver registers each device once; `dev->index` is its own
 * choice below NETDEV_MAX. The listener (the stack, or NULL) hears of each device registered
 * before and after it was set.
 */
/* 0, -EEXIST, -EINVAL. */
int netdev_register(struct netdev *dev);
/* Or NULL. */
struct netdev *netdev_get(unsigned index);
void netdev_set_listener(void (*fn)(struct netdev *dev, void *ctx), void *ctx);

#endif
