/* SPDX-License-Identifier: ISC */
/*
 * Receiving: a frame goes up to lwIP on loan, without a copy, and back to its driver when lwIP lets
 * go of it; what is kept for long (out of order, a fragment, unread) takes up loans, so that when
 * they run low frames are copied instead. A frame in pieces becomes a chain of pbufs, each a loan.
 */
#include "lib/net/internal.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/net/hooks.h"
#include "lib/net/limits.h"
#include "lib/net/net_fast.h"
#include "lib/net/station.h"
#include <lwip/pbuf.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/etharp.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/udp.h>

#define LOANS 128 /* pieces of all devices that may be on loan to lwIP; fewer in a small guest */

struct loan {
	struct pbuf_custom custom; /* first: lwIP gives us back its pbuf */
	struct netdev_frame *frame;
	struct loan *next;
};

static struct loan loans[LOANS];
static struct loan *free_loans;
static unsigned free_count;

static void give_back(struct pbuf *p)
{
	struct loan *loan = (struct loan *)(void *)p;

	netdev_frame_release(loan->frame);
	loan->next = free_loans;
	free_loans = loan;
	free_count++;
}

/* The stack may write to what it borrows: headers are turned to host byte order in place. */
static struct pbuf *borrow_piece(struct netdev_frame *piece)
{
	struct loan *loan = free_loans;

	free_loans = loan->next;
	free_count--;
	loan->frame = piece;
	loan->custom.custom_free_function = give_back;
	return pbuf_alloced_custom(
		PBUF_RAW, piece->len, PBUF_REF, &loan->custom, piece->data, piece->len);
}

static struct pbuf *borrow(struct netdev_frame *frame)
{
	struct netdev_frame *next = frame->next;
	unsigned pieces = 0;
	struct pbuf *p;

	for (const struct netdev_frame *at = frame; at; at = at->next)
		pieces++;
	if (pieces > free_count)
		return NULL;
	p = borrow_piece(frame);
	while (next) {
		struct netdev_frame *piece = next;

		next = piece->next;
		pbuf_cat(p, borrow_piece(piece));
	}
	return p;
}

static void release(struct netdev_frame *frame)
{
	while (frame) {
		struct netdev_frame *next = frame->next;

		netdev_frame_release(frame);
		frame = next;
	}
}

static size_t total_len(const struct netdev_frame *frame)
{
	size_t len = 0;

	for (; frame; frame = frame->next)
		len += frame->len;
	return len;
}

static struct pbuf *copy(struct netdev_frame *frame)
{
	size_t len = total_len(frame), at = 0;
	struct pbuf *p = len <= UINT16_MAX ? pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_POOL) : NULL;

	for (const struct netdev_frame *piece = frame; p && piece; piece = piece->next) {
		pbuf_take_at(p, piece->data, piece->len, (u16_t)at);
		at += piece->len;
	}
	if (!p)
		frame->dev->stats.rx_dropped++;
	release(frame);
	return p;
}

/* lwIP reads whole headers before it looks at the length: what cannot hold them stops here. */
static bool is_too_short(const struct netdev_frame *frame)
{
	unsigned type;

	if (frame->len < SIZEOF_ETH_HDR)
		return true;
	type = (unsigned)(frame->data[12] << 8 | frame->data[13]);
	switch (type) {
	case ETHTYPE_IP:
		return frame->len < SIZEOF_ETH_HDR + IP_HLEN;
	case ETHTYPE_IPV6:
		return frame->len < SIZEOF_ETH_HDR + IP6_HLEN;
	case ETHTYPE_ARP:
		return frame->len < SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR;
	default:
		return false;
	}
}

/*
 * lwIP reads a little past the end of some packets: for an address that is not ours it looks for
 * DHCP's port in a UDP header that need not be there (a last fragment may be shorter), and in
 * IPv6's extension headers for an option's length. Such a frame is copied to where there is room
 * behind it.
 */
static bool needs_slack(const struct netdev_frame *frame)
{
	const uint8_t *ip = frame->data + SIZEOF_ETH_HDR;

	switch (frame->data[12] << 8 | frame->data[13]) {
	case ETHTYPE_IP:
		return ip[9] == IP_PROTO_UDP &&
		       frame->len < SIZEOF_ETH_HDR + (ip[0] & 15) * 4 + UDP_HLEN;
	case ETHTYPE_IPV6:
		return ip[6] != IP6_NEXTH_TCP && ip[6] != IP6_NEXTH_UDP && ip[6] != IP6_NEXTH_ICMP6;
	default:
		return false;
	}
}

/* A fragment's flags speak of the fragment, not of the datagram that it becomes part of. */
static bool is_fragment(const struct netdev_frame *frame)
{
	const uint8_t *data = frame->data;

	if (frame->len < 14 + 20 || data[12] != 0x08 || data[13] != 0x00)
		return true; /* IPv6 says it in a chain of headers: flags are taken for IPv4 only */
	return (data[20] & 0x3f) || data[21];
}

static bool is_plain6(const struct netdev_frame *frame)
{
	const uint8_t *data = frame->data;

	return frame->len >= 14 + 40 && data[12] == 0x86 && data[13] == 0xdd &&
	       (data[20] == IP6_NEXTH_TCP || data[20] == IP6_NEXTH_UDP);
}

static u16_t checks_for(const struct netdev_frame *frame)
{
	if (!(frame->flags & (NETDEV_CSUM_OK | NETDEV_CSUM_BLANK)))
		return NET_CHECKS_ALL;
	if (is_fragment(frame) && !is_plain6(frame))
		return NET_CHECKS_ALL;
	return NET_CHECKS_ALL & ~(NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP);
}

/* ARP, or ND as it is commonly sent; what is hidden behind other headers is noticed within a
 * second. */
static bool is_about_neighbours(const struct netdev_frame *frame)
{
	const uint8_t *data = frame->data;
	unsigned type = (unsigned)(data[12] << 8 | data[13]);

	return type == ETHTYPE_ARP || (type == ETHTYPE_IPV6 && data[20] == IP6_NEXTH_ICMP6);
}

void (*net_icmp_watch)(const uint8_t *frame, size_t len);

void net_rx_input(struct netdev *dev, struct netdev_frame *frame, void *ctx)
{
	struct net_iface *iface = ctx;
	u16_t checks = checks_for(frame);
	struct pbuf *p;

	net_time_wake();
	if (is_too_short(frame)) {
		dev->stats.rx_bad++;
		release(frame);
		return;
	}
	if (net_fast_input(iface, frame)) {
		netdev_frame_release(frame);
		return;
	}
	if (is_about_neighbours(frame)) {
		net_fast_forget();
		if (frame->data[12] == 0x08)
			net_station_watch(iface, frame->data);
		else
			net_router6_watch(iface, frame->data, frame->len);
	} else if (net_icmp_watch && frame->data[12] == 0x08 && frame->data[13] == 0 &&
		   frame->data[SIZEOF_ETH_HDR + 9] == IP_PROTO_ICMP) {
		net_icmp_watch(frame->data, frame->len);
	}
	p = needs_slack(frame) ? NULL : borrow(frame);
	if (!p)
		p = copy(frame);
	if (!p)
		return;
	NETIF_SET_CHECKSUM_CTRL(&iface->netif, checks);
	if (iface->netif.input(p, &iface->netif) != ERR_OK)
		pbuf_free(p);
	NETIF_SET_CHECKSUM_CTRL(&iface->netif, NET_CHECKS_ALL);
	net_fast_left_over();
}

/*
 * What was joined from segments is as if they had come one by one, and two of them are worth an ACK
 * (RFC 9293 section 3.8.6.3): the sender may have nothing more to send before it comes.
 */
err_t net_hook_tcp_input(struct tcp_pcb *pcb, const struct pbuf *p)
{
	if (pcb->state == ESTABLISHED && p->tot_len > pcb->mss)
		tcp_set_flags(pcb, TF_ACK_NOW);
	return ERR_OK;
}

void net_rx_init(void)
{
	free_loans = NULL;
	free_count = MIN(net_limits.loans, (unsigned)LOANS);
	for (unsigned i = 0; i < free_count; i++) {
		loans[i].next = free_loans;
		free_loans = &loans[i];
	}
}
