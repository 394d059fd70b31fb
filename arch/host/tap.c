/* SPDX-License-Identifier: ISC */
/*
 * A tap device as a network device: each readv(2) is a frame received, each writev(2) one sent,
 * behind a header that tells of checksums left blank and of TCP segments joined or to be cut up
 * (struct virtio_net_hdr). Frames are read into a fixed pool of buffers that are lent to the stack;
 * a long one takes several. The device is up while Linux says that the interface is (rtnetlink(7)
 * tells of changes).
 */
#include "arch/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arch/host/tap_header.h"
#include "drivers/netdev.h"
#include "lib/base/bytes.h"
#include "lib/base/list.h"

#define BUFFERS 192u /* pieces that can be on loan, of 4 KiB */
#define BUDGET  32   /* frames read in one turn */
#define PIECE   4096u
#define PIECES  17u /* of the longest frame */
#define OFFSET  2u  /* the IP header is then at a multiple of 4 */

_Static_assert(OFFSET + NETDEV_TOTAL_MAX + 1 <= PIECES * PIECE, "a frame fits its pieces");

struct buffer {
	struct list node;
	struct netdev_frame frame;
	uint8_t room[PIECE] __attribute__((aligned(4)));
};

struct tap {
	struct netdev dev;
	int fd;
	char name[IFNAMSIZ];
	struct virtio_net_hdr header; /* of the frame that is read */
	struct list free;
	unsigned free_count;
	struct buffer *next[PIECES]; /* of those that are free, where the next frame is read to */
	struct iovec room[1 + PIECES];
	unsigned taken; /* pieces of `next` that are to be replaced */
	struct buffer buffers[BUFFERS];
	uint8_t tx_room[OFFSET + PIECES * NETDEV_PIECE_MAX] __attribute__((aligned(4)));
	unsigned tx_pieces; /* of the frame that is being built */
};

static int control = -1; /* a socket to ask about interfaces, another to hear of changes */
static int changes = -1;

static unsigned loss; /* percent */

void host_tap_lose(unsigned percent)
{
	loss = percent;
}

static bool plain;

void host_tap_plain(void)
{
	plain = true;
}

static bool is_lost(void)
{
	return loss && (unsigned)random() % 100 < loss;
}

static struct tap *tap_of(struct netdev *dev)
{
	return container_of(dev, struct tap, dev);
}

/* ---- sending ---- */

static uint8_t *tap_tx_begin(struct netdev *dev)
{
	struct tap *tap = tap_of(dev);

	if (!dev->up) {
		dev->stats.tx_dropped++;
		return NULL;
	}
	tap->tx_pieces = 1;
	return tap->tx_room + OFFSET;
}

/* One place after the other: the frame is written as a whole. */
static uint8_t *tap_tx_more(struct netdev *dev)
{
	struct tap *tap = tap_of(dev);

	if (!(dev->offloads & NETDEV_PIECES) || !tap->tx_pieces || tap->tx_pieces == PIECES)
		return NULL;
	return tap->tx_room + OFFSET + tap->tx_pieces++ * (size_t)NETDEV_PIECE_MAX;
}

static void tap_tx_commit(struct netdev *dev, size_t len, struct netdev_offload offload)
{
	struct tap *tap = tap_of(dev);
	uint8_t *frame = tap->tx_room + OFFSET;
	struct virtio_net_hdr header;
	struct iovec parts[] = {{.iov_base = &header, .iov_len = sizeof(header)},
		{.iov_base = frame, .iov_len = len}};

	tap->tx_pieces = 0;
	if (!len || is_lost())
		return;
	if (!tap_header_make(&header, frame, len, offload) ||
		writev(tap->fd, parts, 2) != (ssize_t)(sizeof(header) + len)) {
		dev->stats.tx_dropped++;
		return;
	}
	dev->stats.tx_frames++;
	dev->stats.tx_bytes += len;
}

static void tap_tx_flush(struct netdev *dev)
{
	(void)dev;
}

/* ---- receiving ---- */

static void give_back(struct tap *tap, struct buffer *buffer)
{
	list_push_front(&tap->free, &buffer->node);
	tap->free_count++;
}

static void tap_frame_release(struct netdev *dev, struct netdev_frame *frame)
{
	give_back(tap_of(dev), container_of(frame, struct buffer, frame));
}

static const struct netdev_ops tap_ops = {
	.tx_begin = tap_tx_begin,
	.tx_more = tap_tx_more,
	.tx_commit = tap_tx_commit,
	.tx_flush = tap_tx_flush,
	.frame_release = tap_frame_release,
};

/* Room for any frame, in buffers that nobody has. False: too many are on loan. */
static bool make_room(struct tap *tap)
{
	if (tap->free_count < tap->taken)
		return false;
	while (tap->taken) {
		struct buffer *buffer =
			container_of(list_pop_front(&tap->free), struct buffer, node);
		size_t offset = --tap->taken ? 0 : OFFSET;

		tap->free_count--;
		tap->next[tap->taken] = buffer;
		tap->room[1 + tap->taken] = (struct iovec){
			.iov_base = buffer->room + offset, .iov_len = PIECE - offset};
	}
	return true;
}

/* Hands the frame of LEN bytes up, which then is on loan. */
static void deliver(struct tap *tap, size_t len)
{
	struct netdev *dev = &tap->dev;
	struct netdev_frame *first = &tap->next[0]->frame, **link = &first;

	dev->stats.rx_frames++;
	dev->stats.rx_bytes += len;
	while (len) {
		const struct iovec *room = &tap->room[1 + tap->taken];
		size_t piece = MIN(len, room->iov_len);

		*link = &tap->next[tap->taken++]->frame;
		**link = (struct netdev_frame){
			.data = room->iov_base, .len = (uint16_t)piece, .dev = dev};
		link = &(*link)->next;
		len -= piece;
	}
	first->flags = tap_header_flags(&tap->header);
	first->gso_size = tap_header_segments(&tap->header) ? tap->header.gso_size : 0;
	dev->input(dev, first, dev->ctx);
}

static bool is_good(const struct tap *tap, size_t len)
{
	bool joined = tap_header_segments(&tap->header);

	if (tap->header.gso_type != VIRTIO_NET_HDR_GSO_NONE && !joined)
		return false;
	return len >= 14 && len <= (joined ? NETDEV_TOTAL_MAX : NETDEV_FRAME_MAX);
}

/* One frame. False when none is there. When too much is on loan it is read and lost. */
static bool receive(struct tap *tap)
{
	static uint8_t spare[sizeof(tap->header) + NETDEV_TOTAL_MAX];
	bool have = tap->dev.input && make_room(tap);
	ssize_t len =
		have ? readv(tap->fd, tap->room, 1 + PIECES) : read(tap->fd, spare, sizeof(spare));

	if (len < 0)
		return false;
	if (!have || is_lost())
		tap->dev.stats.rx_dropped++;
	else if (len < (ssize_t)sizeof(tap->header) ||
		 !is_good(tap, (size_t)len - sizeof(tap->header)))
		tap->dev.stats.rx_bad++;
	else
		deliver(tap, (size_t)len - sizeof(tap->header));
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

/* ---- up and down ---- */

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

/* ---- opening ---- */

static int attach(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int header = sizeof(struct virtio_net_hdr);

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	if (ioctl(fd, TUNSETIFF, &request) != 0 || ioctl(fd, TUNSETVNETHDRSZ, &header) != 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* What Linux may leave to us, and we to it: with one there is the other. */
static void agree_on_offloads(struct tap *tap)
{
	unsigned wanted = plain ? 0 : TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	if (ioctl(tap->fd, TUNSETOFFLOAD, wanted) == 0 && wanted)
		tap->dev.offloads =
			NETDEV_CSUM4 | NETDEV_CSUM6 | NETDEV_PIECES | NETDEV_GSO4 | NETDEV_GSO6;
}

static void make_pool(struct tap *tap)
{
	list_init(&tap->free);
	for (unsigned i = 0; i < BUFFERS; i++)
		give_back(tap, &tap->buffers[i]);
	tap->taken = PIECES;
	tap->room[0] = (struct iovec){.iov_base = &tap->header, .iov_len = sizeof(tap->header)};
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
	make_pool(tap);
	agree_on_offloads(tap);
	tap->dev.ops = &tap_ops;
	tap->dev.index = index;
	tap->dev.mtu = 1500;
	memcpy(tap->dev.mac, mac, 5);
	tap->dev.mac[5] = (uint8_t)index;
	look_at_link(tap);
	host_add_source(tap->fd, tap_ready, tap);
	return netdev_register(&tap->dev);
}
