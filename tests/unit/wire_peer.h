/* SPDX-License-Identifier: ISC */
/*
 * A network device for tests of lib/net: what the stack sends is kept frame by frame, what it is to
 * receive is made of parts. The peer is 10.0.0.1 and fd00::1 with MAC 02:00:00:00:00:01.
 * Included once, by a test program's main file, after machine.h.
 */
#ifndef TESTS_UNIT_WIRE_PEER_H
#define TESTS_UNIT_WIRE_PEER_H

#include <stdlib.h>
#include <string.h>

#include "drivers/netdev.h"
#include "lib/base/wire.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define PEER_FRAMES 512

static struct {
	struct netdev dev;
	uint8_t room[2 + 18 * NETDEV_PIECE_MAX];
	unsigned pieces; /* of the frame that is being built */
	struct {
		uint8_t *data; /* its own memory */
		size_t len;
		struct netdev_offload offload;
	} sent[PEER_FRAMES];
	unsigned count, taken; /* frames sent by the stack, and looked at by the test */
	unsigned unflushed, loans;
	bool full; /* the device takes no frame */
} peer;

static uint8_t *peer_tx_begin(struct netdev *dev)
{
	(void)dev;
	peer.pieces = 1;
	return peer.full || peer.count == PEER_FRAMES ? NULL : peer.room + 2;
}

static uint8_t *peer_tx_more(struct netdev *dev)
{
	if (!(dev->offloads & NETDEV_PIECES) || peer.pieces == 18)
		return NULL;
	return peer.room + 2 + peer.pieces++ * NETDEV_PIECE_MAX;
}

static void peer_tx_commit(struct netdev *dev, size_t len, struct netdev_offload offload)
{
	(void)dev;
	if (!len)
		return;
	free(peer.sent[peer.count].data);
	peer.sent[peer.count].data = malloc(len);
	memcpy(peer.sent[peer.count].data, peer.room + 2, len);
	peer.sent[peer.count].offload = offload;
	peer.sent[peer.count++].len = len;
	peer.unflushed++;
}

static void peer_tx_flush(struct netdev *dev)
{
	(void)dev;
	peer.unflushed = 0;
}

static void peer_frame_release(struct netdev *dev, struct netdev_frame *frame)
{
	(void)dev;
	peer.loans--;
	free((void *)(uintptr_t)frame->data);
	free(frame);
}

static const struct netdev_ops peer_ops = {.tx_begin = peer_tx_begin,
	.tx_more = peer_tx_more,
	.tx_commit = peer_tx_commit,
	.tx_flush = peer_tx_flush,
	.frame_release = peer_frame_release};

static inline void peer_register(void)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 2};

	peer.dev.ops = &peer_ops;
	peer.dev.mtu = 1500;
	peer.dev.up = true;
	memcpy(peer.dev.mac, mac, 6);
	netdev_register(&peer.dev);
}

/* Starts the scheduler and the stack: 10.0.0.2/24 and fd00::2/64, the peer is the router. */
static inline void peer_start_stack(void)
{
	static const struct config_table *const tables[] = {&net_config};
	static const char settings[] = "ip=10.0.0.2/24 gateway=10.0.0.1 ip6=fd00::2/64";
	struct config_seen seen = {0};
	char message[CONFIG_MESSAGE];

	sched_init();
	if (config_apply(tables, 1, CONFIG_CMDLINE, "test", settings, strlen(settings), &seen, NULL,
		    message) != 0 ||
		net_init() != 0)
		abort();
	peer_register();
}

/* Gives the stack one frame, alone in memory of its length. */
static inline void peer_deliver(const void *data, size_t len, uint16_t flags)
{
	struct netdev_frame *frame = malloc(sizeof(*frame));
	uint8_t *copy = malloc(len);

	memcpy(copy, data, len);
	*frame = (struct netdev_frame){
		.data = copy, .len = (uint16_t)len, .flags = flags, .dev = &peer.dev};
	peer.loans++;
	peer.dev.input(&peer.dev, frame, peer.dev.ctx);
}

/* The next frame that the stack has sent, as a reader behind its Ethernet header, or false. */
static inline bool peer_take(struct wire_reader *r, uint16_t *type)
{
	if (peer.taken == peer.count) {
		peer.taken = peer.count = 0;
		return false;
	}
	wire_reader_init(r, peer.sent[peer.taken].data, peer.sent[peer.taken].len);
	peer.taken++;
	wire_get_bytes(r, 12);
	*type = wire_get_u16(r);
	return true;
}

static inline void peer_forget(void)
{
	peer.taken = peer.count = 0;
}

/* ---- making frames ---- */

static inline uint32_t peer_sum(uint32_t sum, const uint8_t *p, size_t len)
{
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	return len & 1 ? sum + (uint32_t)(p[len - 1] << 8) : sum;
}

static inline uint16_t peer_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

struct peer_packet {
	uint8_t bytes[2000];
	struct wire_writer w;
	size_t payload; /* where the transport's header begins */
};

static inline void peer_ethernet(struct peer_packet *p, uint16_t type)
{
	static const uint8_t macs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};

	wire_writer_init(&p->w, p->bytes, sizeof(p->bytes));
	wire_put_bytes(&p->w, macs, 12);
	wire_put_u16(&p->w, type);
}

/* An IPv4 header from SOURCE to DEST; its length and checksum are filled in by peer_send(). */
static inline void peer_ip4(
	struct peer_packet *p, uint32_t source, uint32_t dest, uint8_t protocol, uint16_t fragment)
{
	peer_ethernet(p, 0x0800);
	wire_put_u16(&p->w, 0x4500);
	wire_put_u16(&p->w, 0);
	wire_put_u16(&p->w, 0x1234);
	wire_put_u16(&p->w, fragment);
	wire_put_u8(&p->w, 64);
	wire_put_u8(&p->w, protocol);
	wire_put_u16(&p->w, 0);
	wire_put_u32(&p->w, source);
	wire_put_u32(&p->w, dest);
	p->payload = wire_written(&p->w);
}

/* Fills in lengths and checksums; CHECKSUM_AT: the transport's checksum, 0 for none. */
static inline void peer_send(struct peer_packet *p, size_t checksum_at, uint16_t flags)
{
	size_t len = wire_written(&p->w), transport = len - p->payload;
	uint8_t *ip = p->bytes + 14;

	wire_set_u16(ip + 2, (uint16_t)(len - 14));
	wire_set_u16(ip + 10, peer_fold(peer_sum(0, ip, 20)));
	if (checksum_at) {
		uint32_t sum = peer_sum(ip[9] + (uint32_t)transport, ip + 12, 8);

		wire_set_u16(p->bytes + p->payload + checksum_at,
			peer_fold(peer_sum(sum, p->bytes + p->payload, transport)));
	}
	peer_deliver(p->bytes, len, flags);
}

#define PEER_IP 0x0a000001u
#define OUR_IP  0x0a000002u

/* "Who has 10.0.0.2? Tell SOURCE": afterwards the stack knows SOURCE's MAC address. */
static inline void peer_arp(uint32_t source)
{
	struct peer_packet p;
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1}, none[6];

	peer_ethernet(&p, 0x0806);
	wire_put_u16(&p.w, 1);
	wire_put_u16(&p.w, 0x0800);
	wire_put_u16(&p.w, 0x0604);
	wire_put_u16(&p.w, 1);
	wire_put_bytes(&p.w, mac, 6);
	wire_put_u32(&p.w, source);
	wire_put_bytes(&p.w, none, 6);
	wire_put_u32(&p.w, OUR_IP);
	peer_deliver(p.bytes, wire_written(&p.w), 0);
}

/* "I am fd00::1 at 02:00:00:00:00:01", as an answer that was asked for (RFC 4861 section 4.4). */
static inline void peer_tell6(void)
{
	static const uint8_t peer6[16] = {0xfd, [15] = 1}, our6[16] = {0xfd, [15] = 2};
	struct peer_packet p;
	uint8_t *ip = p.bytes + 14;
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

	peer_ethernet(&p, 0x86dd);
	wire_put_u32(&p.w, 0x60000000);
	wire_put_u16(&p.w, 32);
	wire_put_u16(&p.w, 0x3aff);
	wire_put_bytes(&p.w, peer6, 16);
	wire_put_bytes(&p.w, our6, 16);
	wire_put_u32(&p.w, 0x88000000);
	wire_put_u32(&p.w, 0x60000000);
	wire_put_bytes(&p.w, peer6, 16);
	wire_put_u16(&p.w, 0x0201);
	wire_put_bytes(&p.w, mac, 6);
	wire_set_u16(ip + 42, peer_fold(peer_sum(peer_sum(58 + 32, ip + 8, 32), ip + 40, 32)));
	peer_deliver(p.bytes, wire_written(&p.w), 0);
}

static inline void peer_udp(
	uint32_t source, uint16_t port, uint16_t dest_port, const void *data, size_t len)
{
	struct peer_packet p;

	peer_ip4(&p, source, OUR_IP, 17, 0);
	wire_put_u16(&p.w, port);
	wire_put_u16(&p.w, dest_port);
	wire_put_u16(&p.w, (uint16_t)(8 + len));
	wire_put_u16(&p.w, 0);
	wire_put_bytes(&p.w, data, len);
	peer_send(&p, 6, 0);
}

enum {
	FIN = 1,
	SYN = 2,
	RST = 4,
	PSH = 8,
	ACK = 16
};

struct peer_segment {
	uint32_t source;
	uint16_t port, dest_port;
	uint32_t seq, ack;
	unsigned flags;
	uint16_t window;
	const void *data;
	size_t len;
};

static inline void peer_tcp(const struct peer_segment *s)
{
	struct peer_packet p;

	peer_ip4(&p, s->source, OUR_IP, 6, 0);
	wire_put_u16(&p.w, s->port);
	wire_put_u16(&p.w, s->dest_port);
	wire_put_u32(&p.w, s->seq);
	wire_put_u32(&p.w, s->ack);
	wire_put_u16(&p.w, (uint16_t)(0x5000 | s->flags));
	wire_put_u16(&p.w, s->window);
	wire_put_u32(&p.w, 0);
	wire_put_bytes(&p.w, s->data, s->len);
	peer_send(&p, 16, 0);
}

/* The next TCP segment that the stack has sent; DATA points into the frame. False: none. */
static inline bool peer_take_tcp(struct peer_segment *s)
{
	struct wire_reader r;
	uint16_t type, offset;

	while (peer_take(&r, &type)) {
		const uint8_t *ip = wire_get_bytes(&r, 20);

		if (type != 0x0800 || ip[9] != 6)
			continue;
		s->port = wire_get_u16(&r);
		s->dest_port = wire_get_u16(&r);
		s->seq = wire_get_u32(&r);
		s->ack = wire_get_u32(&r);
		offset = wire_get_u16(&r);
		s->flags = offset & 0x3f;
		s->window = wire_get_u16(&r);
		wire_get_bytes(&r, (size_t)(offset >> 12) * 4 - 16);
		s->len = (size_t)(ip[2] << 8 | ip[3]) - 20 - (offset >> 12) * 4u;
		s->data = wire_get_bytes(&r, s->len);
		return true;
	}
	return false;
}

#endif
