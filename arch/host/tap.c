/* SPDX-License-Identifier: ISC */
/*
 * A tap device as a network device: each read(2) is a frame received, each write(2) one sent.
 * Frames are read into a fixed pool of buffers that are lent to the stack. The device is up while
 * Linux says that the interface is (rtnetlink(7) tells of changes).
 */
#include "arch/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/netdev.h"
#include "lib/base/bytes.h"
#include "lib/base/list.h"

#define BUFFERS 64                         /* frames that can be on loan */
#define BUDGET  32                         /* frames read in one turn */
#define ROOM    (2 + NETDEV_FRAME_MAX + 4) /* 2: the IP header is then at a multiple of 4 */

struct buffer {
	struct list node;
	struct netdev_frame frame;
	uint8_t room[ROOM] __attribute__((aligned(4)));
};

struct tap {
	struct netdev dev;
	int fd;
	char name[IFNAMSIZ];
	struct list free;
	struct buffer buffers[BUFFERS];
	uint8_t tx_room[2 + NETDEV_PIECE_MAX] __attribute__((aligned(4)));
};

static int control = -1; /* a socket to ask about interfaces, another to hear of changes */
static int changes = -1;

static unsigned loss; /* percent */

void host_tap_lose(unsigned percent)
{
	loss = percent;
}

static bool is_lost(void)
{
	return loss && (unsigned)random() % 100 < loss;
}

static struct tap *tap_of(struct netdev *dev)
{
	return container_of(dev, struct tap, dev);
}

static uint8_t *tap_tx_begin(struct netdev *dev)
{
	if (!dev->up) {
		dev->stats.tx_dropped++;
		return NULL;
	}
	return tap_of(dev)->tx_room + 2;
}

static uint8_t *tap_tx_more(struct netdev *dev)
{
	(void)dev;
	return NULL;
}

static void tap_tx_commit(struct netdev *dev, size_t len, struct netdev_offload offload)
{
	struct tap *tap = tap_of(dev);

	(void)offload; /* none is offered */

	if (!len || is_lost())
		return;
	if (write(tap->fd, tap->tx_room + 2, len) == (ssize_t)len) {
		dev->stats.tx_frames++;
		dev->stats.tx_bytes += len;
	} else {
		dev->stats.tx_dropped++;
	}
}

static void tap_tx_flush(struct netdev *dev)
{
	(void)dev;
}

static void tap_frame_release(struct netdev *dev, struct netdev_frame *frame)
{
	struct buffer *buffer = container_of(frame, struct buffer, frame);

	list_push_front(&tap_of(dev)->free, &buffer->node);
}

static const struct netdev_ops tap_ops = {
	.tx_begin = tap_tx_begin,
	.tx_more = tap_tx_more,
	.tx_commit = tap_tx_commit,
	.tx_flush = tap_tx_flush,
	.frame_release = tap_frame_release,
};

/* Hands one frame of LEN bytes in BUFFER up, which then is on loan. */
static void deliver(struct tap *tap, struct buffer *buffer, size_t len)
{
	struct netdev *dev = &tap->dev;

	buffer->frame =
		(struct netdev_frame){.data = buffer->room + 2, .len = (uint16_t)len, .dev = dev};
	dev->stats.rx_frames++;
	dev->stats.rx_bytes += len;
	list_remove(&buffer->node);
	dev->input(dev, &buffer->frame, dev->ctx);
}

/* One frame. False when none is there. */
static bool receive(struct tap *tap)
{
	static uint8_t spare[ROOM]; /* a frame is read and lost when all buffers are on loan */
	bool have = !list_empty(&tap->free) && tap->dev.input;
	struct buffer *buffer = container_of(tap->free.next, struct buffer, node);
	ssize_t len = read(tap->fd, have ? buffer->room + 2 : spare, ROOM - 2);

	if (len < 0)
		return false;
	if (!have)
		tap->dev.stats.rx_dropped++;
	else if (is_lost())
		tap->dev.stats.rx_dropped++;
	else if (len < 14 || len > NETDEV_FRAME_MAX)
		tap->dev.stats.rx_bad++;
	else
		deliver(tap, buffer, (size_t)len);
	return true;
}

static bool tap_ready(void *ctx)
{
	for (unsigned i = 0; i < BUDGET; i++) {
		if (!receive(ctx))
			return false;
	}
	return true;
}

static void look_at_link(struct tap *tap)
{
	struct ifreq request = {0};
	bool up;

	memcpy(request.ifr_name, tap->name, IFNAMSIZ);
	up = ioctl(control, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_UP);
	if (up == tap->dev.up)
		return;
	tap->dev.up = up;
	if (tap->dev.changed)
		tap->dev.changed(&tap->dev, tap->dev.ctx);
}

static bool links_changed(void *ctx)
{
	char news[4096];

	(void)ctx;
	while (recv(changes, news, sizeof(news), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		;
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		struct netdev *dev = netdev_get(i);

		if (dev && dev->ops == &tap_ops)
			look_at_link(tap_of(dev));
	}
	return false;
}

/* Once, before the first device. */
static int watch_links(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};

	if (control >= 0)
		return 0;
	control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	changes = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (control < 0 || changes < 0 ||
		bind(changes, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	host_add_source(changes, links_changed, NULL);
	return 0;
}

static int attach(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	if (ioctl(fd, TUNSETIFF, &request) != 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

int host_tap_open(unsigned index, const char *name)
{
	static const uint8_t mac[6] = {0x02, 'k', 'n', 'g', 'l', 0};
	int error = watch_links();
	struct tap *tap;

	if (error)
		return error;
	if (strlen(name) >= IFNAMSIZ)
		return -ENAMETOOLONG;
	tap = calloc(1, sizeof(*tap));
	if (!tap)
		return -ENOMEM;
	tap->fd = attach(name);
	if (tap->fd < 0) {
		error = tap->fd;
		free(tap);
		return error;
	}
	memcpy(tap->name, name, strlen(name));
	list_init(&tap->free);
	for (unsigned i = 0; i < BUFFERS; i++)
		list_push_back(&tap->free, &tap->buffers[i].node);
	tap->dev.ops = &tap_ops;
	tap->dev.index = index;
	tap->dev.mtu = 1500;
	memcpy(tap->dev.mac, mac, 5);
	tap->dev.mac[5] = (uint8_t)index;
	look_at_link(tap);
	host_add_source(tap->fd, tap_ready, tap);
	return netdev_register(&tap->dev);
}
