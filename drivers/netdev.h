/* SPDX-License-Identifier: ISC */
/*
 * A network device as the stack above sees it: netfront in a guest, a tap device on Linux.
 *
 * Receiving: the driver calls input() from platform_poll(), once a frame, with a loan of the
 * frame's bytes; the stack may keep the loan and gives it back with netdev_frame_release(), in any
 * order. Nobody else writes to the bytes while they are on loan (a frontend revokes its grant
 * first). A large frame comes in pieces, each a loan of its own.
 *
 * Sending: netdev_tx_begin() gives the place in which to build one frame, netdev_tx_more() the
 * place where it goes on when that is full, netdev_tx_commit() sends it, netdev_tx_flush() tells
 * the device of all that were committed since the last flush.
 *
 * Devices may come and go while the machine runs. A device that has gone (or is broken) drops what
 * is sent to it and calls nobody; its struct stays valid for ever.
 */
#ifndef DRIVERS_NETDEV_H
#define DRIVERS_NETDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NETDEV_MAX       8 /* devices a machine may have */
#define NETDEV_MTU       1500
#define NETDEV_FRAME_MAX 1514  /* bytes of an Ethernet frame without FCS at MTU 1500 */
#define NETDEV_PIECE_MAX 4094  /* bytes of each piece of a frame to be sent, but for the last */
#define NETDEV_TOTAL_MAX 65535 /* bytes of a frame in pieces, sent or received */

struct netdev;

/* netdev_frame.flags, and those of a frame to be sent */
#define NETDEV_CSUM_OK    1u /* received: the sender's side has validated the transport checksum */
#define NETDEV_CSUM_BLANK 2u /* the transport checksum holds the pseudo-header's sum alone */

/* netdev.offloads: what the device takes from us; void while it is not up */
#define NETDEV_CSUM4  1u  /* frames with NETDEV_CSUM_BLANK: TCP and UDP over IPv4, */
#define NETDEV_CSUM6  2u  /* over IPv6 without extension headers */
#define NETDEV_PIECES 4u  /* frames in several pieces */
#define NETDEV_GSO4   8u  /* TCP segments over IPv4 beyond the MTU, which it cuts up, */
#define NETDEV_GSO6   16u /* over IPv6 */

/* A frame received, or a piece of one. The first piece has the headers, and speaks for all. */
struct netdev_frame {
	uint8_t *data; /* from the Ethernet header on */
	uint16_t len;  /* of this piece */
	uint16_t flags;
	uint16_t gso_size;         /* joined from TCP segments with so many bytes of data; 0: not */
	struct netdev_frame *next; /* the frame goes on there; NULL: it ends here */
	struct netdev *dev;
};

struct netdev_stats {
	uint64_t rx_frames, rx_bytes, rx_dropped, rx_bad;
	uint64_t tx_frames, tx_bytes, tx_dropped;
};

/* How a frame is to be completed by the device: all zero when it is complete. */
struct netdev_offload {
	uint16_t flags; /* NETDEV_CSUM_BLANK, if the device offers it for the frame's protocols */
	uint16_t gso_size; /* bytes of data in each TCP segment to be made of it; 0: it stays one */
};

struct netdev_ops {
	/* Room for NETDEV_PIECE_MAX bytes, aligned so that the IP header is at a multiple of 4, or
	 * NULL when the device is full or not up (counted in tx_dropped). Valid until commit. */
	uint8_t *(*tx_begin)(struct netdev *dev);
	/* As much again, for what follows a piece of NETDEV_PIECE_MAX bytes; or NULL, not counted:
	 * the device has no more, or does not take pieces. What was built stays. */
	uint8_t *(*tx_more)(struct netdev *dev);
	/* Sends the first LEN bytes (14 to mtu + 14, or with gso_size up to NETDEV_TOTAL_MAX);
	 * 0 gives the room back unsent. */
	void (*tx_commit)(struct netdev *dev, size_t len, struct netdev_offload offload);
	void (*tx_flush)(struct netdev *dev);
	/* Frames to the group MAC are wanted from now on. NULL: the device hears all. */
	void (*multicast)(struct netdev *dev, const uint8_t mac[6]);
	void (*frame_release)(struct netdev *dev, struct netdev_frame *frame);
};

struct netdev {
	const struct netdev_ops *ops;
	unsigned index; /* vif number: 0 for the first */
	uint8_t mac[6];
	uint16_t mtu;      /* beyond 1500 only with NETDEV_PIECES */
	unsigned offloads; /* NETDEV_CSUM4 and so on; may change when changed() is called */
	bool up;           /* the backend is connected, frames can flow */
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

static inline uint8_t *netdev_tx_more(struct netdev *dev)
{
	return dev->ops->tx_more(dev);
}

static inline void netdev_tx_commit(struct netdev *dev, size_t len)
{
	dev->ops->tx_commit(dev, len, (struct netdev_offload){0});
}

static inline void netdev_tx_commit_offload(
	struct netdev *dev, size_t len, struct netdev_offload offload)
{
	dev->ops->tx_commit(dev, len, offload);
}

static inline void netdev_tx_flush(struct netdev *dev)
{
	dev->ops->tx_flush(dev);
}

static inline void netdev_multicast(struct netdev *dev, const uint8_t mac[6])
{
	if (dev->ops->multicast)
		dev->ops->multicast(dev, mac);
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
