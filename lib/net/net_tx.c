/* SPDX-License-Identifier: ISC */
/*
 * Sending what lwIP sends: frames are copied into the device's room, in pieces if they are long.
 * TCP's checksum is never lwIP's work: the device completes it, or it is made here. Segments beyond
 * the MTU, which a device that offers it cuts up, are as long as net_hook_tcp_fit() allows.
 */
#include "lib/net/internal.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/net/checksum.h"
#include "lib/net/hooks.h"
#include "lib/net/net_fast.h"
#include <lwip/inet_chksum.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/tcp.h>

#define HEADERS_MAX 120u /* of IPv6 and TCP, each with what lwIP may add */

/* ---- checksums ---- */

/* Where the addresses and the TCP header of a frame are. */
struct tcp_place {
	const uint8_t *addresses;
	size_t ip_len; /* of each address: 4 or 16 */
	size_t offset; /* of the TCP header */
};

static unsigned get16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

/* lwIP builds all headers of a segment in one piece of memory, and adds no extension headers. */
static bool find_tcp(const struct pbuf *p, struct tcp_place *place)
{
	const uint8_t *data = p->payload, *ip = data + SIZEOF_ETH_HDR;

	if (p->len < SIZEOF_ETH_HDR + IP_HLEN + TCP_HLEN)
		return false;
	if (get16(data + 12) == ETHTYPE_IP && ip[9] == IP_PROTO_TCP &&
		!(get16(ip + 6) & (IP_MF | IP_OFFMASK))) {
		*place = (struct tcp_place){ip + 12, 4, SIZEOF_ETH_HDR + (size_t)(ip[0] & 15) * 4};
	} else if (get16(data + 12) == ETHTYPE_IPV6 && ip[6] == IP_PROTO_TCP) {
		*place = (struct tcp_place){ip + 8, 16, SIZEOF_ETH_HDR + IP6_HLEN};
	} else {
		return false;
	}
	return p->len >= place->offset + TCP_HLEN;
}

/* True when the device completes the checksum. */
static bool put_checksum(const struct net_iface *iface, struct pbuf *p)
{
	struct tcp_place at;
	uint64_t sum;
	uint16_t value;
	bool blank;
	size_t len;

	if (!find_tcp(p, &at))
		return false;
	len = p->tot_len - at.offset;
	blank = iface->dev->offloads & (at.ip_len == 4 ? NETDEV_CSUM4 : NETDEV_CSUM6);
	sum = net_sum_pseudo(at.addresses, at.ip_len, IP_PROTO_TCP, len);
	memset((uint8_t *)p->payload + at.offset + 16, 0, 2);
	if (!blank) {
		pbuf_remove_header(p, at.offset);
		sum += (uint16_t)~inet_chksum_pbuf(p);
		pbuf_add_header(p, at.offset);
	}
	value = net_sum_fold(sum);
	value = blank ? value : (uint16_t)~value;
	memcpy((uint8_t *)p->payload + at.offset + 16, &value, sizeof(value));
	return blank;
}

/* ---- segments beyond the MTU ---- */

static bool cuts_up(const struct netdev *dev, bool ipv6)
{
	return dev->up && (dev->offloads & (ipv6 ? NETDEV_GSO6 : NETDEV_GSO4));
}

/* The longest segment that may be sent as one frame: as long as MSS, or many times that. */
static uint16_t segment_max(const struct tcp_pcb *pcb, const struct netif *netif)
{
	unsigned most = NETDEV_TOTAL_MAX - SIZEOF_ETH_HDR - HEADERS_MAX;

	if (!netif || !cuts_up(net_iface_of(netif)->dev, IP_IS_V6_VAL(pcb->remote_ip)))
		return pcb->mss;
	return (uint16_t)(most - most % pcb->mss);
}

static unsigned last_unsent_len(const struct tcp_pcb *pcb)
{
	const struct tcp_seg *seg = pcb->unsent;

	while (seg && seg->next)
		seg = seg->next;
	return seg ? seg->len : 0;
}

/*
 * A segment is at most half of what may be under way, so that the next is made while it travels;
 * and at most a quarter of the buffer.
 */
uint16_t net_tcp_segment(const struct tcp_pcb *pcb)
{
	struct netif *netif = ip_route(&pcb->local_ip, &pcb->remote_ip);
	unsigned most = segment_max(pcb, netif), mss = pcb->mss;

	most = MIN(most, MIN(pcb->cwnd / 2, (unsigned)TCP_SND_BUF / 4));
	most = MAX(most - most % mss, mss);
	/* lwIP adds to the last that was made, which may have been allowed to be longer. */
	return (uint16_t)MAX(most, last_unsent_len(pcb) + pcb->unsent_oversize);
}

/* Splits the first segment that is to be sent, which stays the first. */
static void split(struct tcp_pcb *pcb, unsigned len)
{
	u16_t mss = pcb->mss;

	pcb->mss = (u16_t)len; /* which lwIP holds to be the most */
	(void)tcp_split_unsent_seg(pcb, (u16_t)len);
	pcb->mss = mss;
}

/*
 * What was made long, and cannot be sent as it is: the window has become smaller (a loss), or the
 * device is another. When nothing is under way, something that fits has to remain.
 */
void net_hook_tcp_fit(struct tcp_pcb *pcb, const struct netif *netif, uint32_t wnd)
{
	const struct tcp_seg *seg = pcb->unsent;
	uint32_t room, max, ahead;

	if (!seg || seg->len <= pcb->mss)
		return;
	ahead = lwip_ntohl(seg->tcphdr->seqno) - pcb->lastack;
	room = ahead < wnd ? wnd - ahead : 0;
	max = segment_max(pcb, netif);
	if (seg->len > max)
		split(pcb, max);
	if (seg->len <= room)
		return;
	room -= room % pcb->mss;
	if (room >= seg->len / 2u || (!pcb->unacked && room))
		split(pcb, room);
	else if (!pcb->unacked)
		split(pcb, pcb->mss);
}

uint32_t *net_hook_tcp_options(
	struct pbuf *p, const struct tcp_hdr *hdr, const struct tcp_pcb *pcb, uint32_t *options)
{
	size_t len = p->tot_len - TCPH_HDRLEN_BYTES(hdr);

	p->gso_size = pcb && len > pcb->mss ? pcb->mss : 0;
	return options;
}

/* ---- frames ---- */

/* Copies P into the device's room. The first piece, or NULL: there is no room for all of it. */
static uint8_t *build(struct netdev *dev, const struct pbuf *p)
{
	uint8_t *first = netdev_tx_begin(dev), *room = first;

	for (unsigned at = 0; room && at < p->tot_len; at += NETDEV_PIECE_MAX) {
		if (at)
			room = netdev_tx_more(dev);
		if (room)
			pbuf_copy_partial(p, room,
				(u16_t)MIN((unsigned)NETDEV_PIECE_MAX, p->tot_len - at), (u16_t)at);
	}
	if (room)
		return first;
	if (first)
		netdev_tx_commit(dev, 0);
	return NULL;
}

/* Made for a device that was other than it is now. */
static bool does_not_fit(const struct netdev *dev, const struct pbuf *p)
{
	if (!p->gso_size)
		return p->tot_len > SIZEOF_ETH_HDR + MAX(dev->mtu, NETDEV_MTU);
	return !(dev->offloads & (NETDEV_GSO4 | NETDEV_GSO6));
}

err_t net_tx_output(struct netif *netif, struct pbuf *p)
{
	struct net_iface *iface = net_iface_of(netif);
	struct netdev_offload offload = {.gso_size = p->gso_size};
	uint8_t *room;

	net_time_wake();
	if (does_not_fit(iface->dev, p)) {
		iface->dev->stats.tx_dropped++;
		return ERR_BUF;
	}
	if (put_checksum(iface, p))
		offload.flags = NETDEV_CSUM_BLANK;
	room = build(iface->dev, p);
	if (!room)
		return ERR_MEM;
	net_fast_watch(iface, room, p->tot_len);
	netdev_tx_commit_offload(iface->dev, p->tot_len, offload);
	iface->unflushed = true;
	return ERR_OK;
}
