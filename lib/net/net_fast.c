/* SPDX-License-Identifier: ISC */
/* UDP from frame to frame: RFC 768, RFC 791, RFC 8200, and RFC 1122 section 3.2.1.3 on addresses.
 */
#include "lib/net/net_fast.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/net/checksum.h"
#include "lib/net/udp.h"
#include <lwip/ip.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/ip6.h>
#include <lwip/prot/udp.h>
#include <lwip/stats.h>

#define HEADERS4   (SIZEOF_ETH_HDR + IP_HLEN + UDP_HLEN)
#define HEADERS6   (SIZEOF_ETH_HDR + IP6_HLEN + UDP_HLEN)
#define NEIGHBOURS 16 /* a power of two */

struct datagram {
	const uint8_t *source, *dest; /* addresses of IP_LEN bytes, side by side */
	size_t ip_len;                /* 4 or 16 */
	const uint8_t *udp;
	size_t udp_len;
	bool checked; /* the sender's side vouches for the checksum */
};

/* By whom an address is reached: as lwIP has lately sent there. */
struct neighbour {
	const struct net_iface *iface; /* NULL: none */
	uint8_t ip[16];
	uint8_t mac[ETH_HWADDR_LEN];
};

static struct neighbour neighbours[NEIGHBOURS];
static struct neighbour wanted; /* of an answer that lwIP is about to make */
static uint16_t identification;

static unsigned get16(const uint8_t *p)
{
	return (unsigned)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, size_t value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* ---- neighbours ---- */

void net_fast_forget(void)
{
	for (unsigned i = 0; i < NEIGHBOURS; i++)
		neighbours[i].iface = NULL;
}

/* Those beyond the network share their router's entry; for IPv6, which may have several, they do
 * not. */
static inline __attribute__((always_inline)) void next_hop(
	struct neighbour *hop, const struct net_iface *iface, const struct datagram *datagram)
{
	const ip4_addr_t *ours = netif_ip4_addr(&iface->netif),
			 *mask = netif_ip4_netmask(&iface->netif),
			 *gateway = netif_ip4_gw(&iface->netif);
	ip4_addr_t peer;

	hop->iface = iface;
	memset(hop->ip, 0, sizeof(hop->ip));
	if (datagram->ip_len == 16) {
		memcpy(hop->ip, datagram->source, 16);
		return;
	}
	memcpy(&peer.addr, datagram->source, 4);
	if (!ip4_addr_net_eq(&peer, ours, mask) && !ip4_addr_isany(gateway))
		peer = *gateway;
	memcpy(hop->ip, &peer.addr, 4);
}

static struct neighbour *place_of(const struct neighbour *hop)
{
	return &neighbours[(hop->ip[3] ^ hop->ip[15] ^ hop->iface->dev->index) % NEIGHBOURS];
}

static inline __attribute__((always_inline)) const struct neighbour *find_neighbour(
	const struct neighbour *hop)
{
	const struct neighbour *entry = place_of(hop);

	return entry->iface == hop->iface && memcmp(entry->ip, hop->ip, 16) == 0 ? entry : NULL;
}

void net_fast_watch(const struct net_iface *iface, const uint8_t *frame, size_t len)
{
	if (wanted.iface != iface || len < HEADERS4 || (frame[0] & 1))
		return;
	if (get16(frame + 12) != ETHTYPE_IP && get16(frame + 12) != ETHTYPE_IPV6)
		return;
	memcpy(wanted.mac, frame, ETH_HWADDR_LEN);
	*place_of(&wanted) = wanted;
	wanted.iface = NULL;
}

void net_fast_left_over(void)
{
	wanted.iface = NULL;
}

/* ---- looking at what has come ---- */

/* A host's address, and not ours; those of a link (RFC 3927) are never reached by a router. */
static inline __attribute__((always_inline)) bool is_host4(
	const struct netif *netif, const uint8_t *ip)
{
	ip4_addr_t addr;

	memcpy(&addr.addr, ip, 4);
	return ip[0] != 0 && ip[0] != 127 && ip[0] < 224 && get16(ip) != 0xa9fe &&
	       !ip4_addr_isbroadcast(&addr, netif) && !ip4_addr_eq(&addr, netif_ip4_addr(netif));
}

static bool parse4(const struct netif *netif, const uint8_t *ip, size_t len, struct datagram *out)
{
	size_t total = get16(ip + 2);

	if (len < IP_HLEN + UDP_HLEN || ip[0] != 0x45 || ip[9] != IP_PROTO_UDP ||
		(get16(ip + 6) & (IP_MF | IP_OFFMASK)) || total > len ||
		total < IP_HLEN + UDP_HLEN || net_sum_fold(net_sum_words(ip, IP_HLEN)) != 0xffff)
		return false;
	if (ip4_addr_isany(netif_ip4_addr(netif)) ||
		memcmp(ip + 16, &netif_ip4_addr(netif)->addr, 4) != 0 || !is_host4(netif, ip + 12))
		return false;
	out->source = ip + 12;
	out->dest = ip + 16;
	out->ip_len = 4;
	out->udp = ip + IP_HLEN;
	out->udp_len = total - IP_HLEN;
	return true;
}

static bool is_ours6(const struct netif *netif, const uint8_t *ip)
{
	for (unsigned i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
		if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
			memcmp(netif_ip6_addr(netif, i)->addr, ip, 16) == 0)
			return true;
	}
	return false;
}

/* Global addresses only: those of a link need no speed. */
static bool parse6(const struct netif *netif, const uint8_t *ip, size_t len, struct datagram *out)
{
	static const uint8_t special[10]; /* ::, ::1, and IPv4 addresses within IPv6 */
	size_t payload = get16(ip + 4);
	const uint8_t *source = ip + 8;

	if (len < IP6_HLEN + UDP_HLEN || ip[0] >> 4 != 6 || ip[6] != IP6_NEXTH_UDP ||
		payload < UDP_HLEN || payload > len - IP6_HLEN)
		return false;
	if (source[0] >= 0xfe || memcmp(source, special, sizeof(special)) == 0 ||
		!is_ours6(netif, ip + 24) || is_ours6(netif, source))
		return false;
	out->source = source;
	out->dest = ip + 24;
	out->ip_len = 16;
	out->udp = ip + IP6_HLEN;
	out->udp_len = payload;
	return true;
}

/* Of the UDP header, its data and the pseudo-header; 0xffff when the checksum in it is right. */
static uint16_t transport_sum(
	const uint8_t *addresses, size_t ip_len, const uint8_t *udp, size_t len)
{
	uint64_t sum = net_checksum(udp, (int)len);

	return net_sum_fold(sum + net_sum_pseudo(addresses, ip_len, IP_PROTO_UDP, len));
}

static bool is_well_formed(const struct datagram *d)
{
	bool summed = get16(d->udp + 6) != 0;

	/* Port 0 cannot be answered; without a checksum only IPv4 may be (RFC 8200 section 8.1). */
	if (get16(d->udp + 4) != d->udp_len || !get16(d->udp))
		return false;
	if (d->checked)
		return true;
	if (!summed)
		return d->ip_len == 4;
	return transport_sum(d->source, d->ip_len, d->udp, d->udp_len) == 0xffff;
}

static bool parse(
	const struct net_iface *iface, const struct netdev_frame *frame, struct datagram *datagram)
{
	const uint8_t *data = frame->data;
	const struct netif *netif = &iface->netif;
	size_t len = frame->len;

	if (len < HEADERS4 || frame->next || frame->gso_size ||
		memcmp(data, netif->hwaddr, ETH_HWADDR_LEN) != 0)
		return false;
	datagram->checked = frame->flags & (NETDEV_CSUM_OK | NETDEV_CSUM_BLANK);
	switch (get16(data + 12)) {
	case ETHTYPE_IP:
		return parse4(netif, data + SIZEOF_ETH_HDR, len - SIZEOF_ETH_HDR, datagram);
	case ETHTYPE_IPV6:
		return parse6(netif, data + SIZEOF_ETH_HDR, len - SIZEOF_ETH_HDR, datagram);
	default:
		return false;
	}
}

/* ---- answering ---- */

static void put_ip4(uint8_t *ip, const struct datagram *asked, size_t len, uint8_t ttl)
{
	uint16_t sum;

	put16(ip, 0x4500);
	put16(ip + 2, IP_HLEN + len);
	put16(ip + 4, identification++);
	put16(ip + 6, 0);
	ip[8] = ttl;
	ip[9] = IP_PROTO_UDP;
	put16(ip + 10, 0);
	memcpy(ip + 12, asked->dest, 4);
	memcpy(ip + 16, asked->source, 4);
	sum = (uint16_t)~net_sum_fold(net_sum_words(ip, IP_HLEN));
	memcpy(ip + 10, &sum, 2);
}

static void put_ip6(uint8_t *ip, const struct datagram *asked, size_t len, uint8_t ttl)
{
	put16(ip, 0x6000);
	put16(ip + 2, 0);
	put16(ip + 4, len);
	ip[6] = IP6_NEXTH_UDP;
	ip[7] = ttl;
	memcpy(ip + 8, asked->dest, 16);
	memcpy(ip + 24, asked->source, 16);
}

/* True when the checksum is left to the device. */
static bool put_udp(uint8_t *udp, const struct datagram *asked, size_t len, unsigned offloads)
{
	bool blank = offloads & (asked->ip_len == 4 ? NETDEV_CSUM4 : NETDEV_CSUM6);
	uint16_t sum;

	memcpy(udp, asked->udp + 2, 2);
	memcpy(udp + 2, asked->udp, 2);
	put16(udp + 4, len);
	put16(udp + 6, 0);
	/* The pseudo-header's addresses are the question's, in the other order. */
	if (blank)
		sum = net_sum_fold(net_sum_pseudo(asked->source, asked->ip_len, IP_PROTO_UDP, len));
	else
		sum = (uint16_t)~transport_sum(asked->source, asked->ip_len, udp, len);
	if (!sum)
		sum = 0xffff;
	memcpy(udp + 6, &sum, 2);
	return blank;
}

static void to_addr(
	struct net_addr *addr, const uint8_t *ip, size_t len, const uint8_t *port, unsigned netif)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	memcpy(addr->ip, mapped, sizeof(mapped));
	memcpy(addr->ip + sizeof(addr->ip) - len, ip, len);
	addr->port = (uint16_t)get16(port);
	addr->netif = (uint8_t)netif;
}

/* The headers around LEN bytes of answer in the frame ROOM, which is sent. */
static void send_answer(struct net_iface *iface, const struct udp_socket *socket,
	const struct datagram *d, const struct neighbour *neighbour, uint8_t *room, size_t len)
{
	size_t headers = d->ip_len == 4 ? HEADERS4 : HEADERS6;
	uint8_t *ip = room + SIZEOF_ETH_HDR, *udp = room + headers - UDP_HLEN;
	struct netdev_offload offload = {0};

	memcpy(room, neighbour->mac, ETH_HWADDR_LEN);
	memcpy(room + ETH_HWADDR_LEN, iface->netif.hwaddr, ETH_HWADDR_LEN);
	if (d->ip_len == 4) {
		put16(room + 12, ETHTYPE_IP);
		put_ip4(ip, d, UDP_HLEN + len, net_udp_ttl(socket));
	} else {
		put16(room + 12, ETHTYPE_IPV6);
		put_ip6(ip, d, UDP_HLEN + len, net_udp_ttl(socket));
	}
	if (put_udp(udp, d, UDP_HLEN + len, iface->dev->offloads))
		offload.flags = NETDEV_CSUM_BLANK;
	UDP_STATS_INC(udp.xmit);
	netdev_tx_commit_offload(iface->dev, headers + len, offload);
	iface->unflushed = true;
}

/* Has the handler answer in the frame that is sent; or, if its answers may be longer than a frame,
 * ASIDE, from where a short one is copied. */
static void answer(struct net_iface *iface, const struct udp_socket *socket,
	const struct datagram *d, const struct neighbour *neighbour, bool aside)
{
	size_t headers = d->ip_len == 4 ? HEADERS4 : HEADERS6, len = d->udp_len - UDP_HLEN;
	const uint8_t *data = d->udp + UDP_HLEN, *reply = NULL;
	struct net_addr from, to;
	uint8_t *room;

	to_addr(&from, d->source, d->ip_len, d->udp, iface->dev->index);
	to_addr(&to, d->dest, d->ip_len, d->udp + 2, iface->dev->index);
	if (aside) {
		len = net_udp_ask_aside(socket, &from, &to, data, len, &reply);
		if (len > NET_FAST_REPLY_MAX)
			net_udp_send_aside(socket, &to, &from, &iface->netif, len);
		if (!len || len > NET_FAST_REPLY_MAX)
			return;
	}
	room = netdev_tx_begin(iface->dev);
	if (!room)
		return; /* the device has counted it */
	if (aside)
		memcpy(room + headers, reply, len);
	else
		len = net_udp_ask(socket, &from, &to, data, len, room + headers);
	if (len)
		send_answer(iface, socket, d, neighbour, room, len);
	else
		netdev_tx_commit(iface->dev, 0);
}

/* To a handler that never answers by itself nobody's neighbour matters. */
static void tell(
	const struct net_iface *iface, const struct udp_socket *socket, const struct datagram *d)
{
	struct net_addr from, to;

	to_addr(&from, d->source, d->ip_len, d->udp, iface->dev->index);
	to_addr(&to, d->dest, d->ip_len, d->udp + 2, iface->dev->index);
	(void)net_udp_ask(socket, &from, &to, d->udp + UDP_HLEN, d->udp_len - UDP_HLEN, NULL);
}

bool net_fast_input(struct net_iface *iface, const struct netdev_frame *frame)
{
	const struct neighbour *neighbour;
	const struct udp_socket *socket;
	struct datagram datagram;
	struct neighbour hop;
	size_t reply_max;

	if (!parse(iface, frame, &datagram))
		return false;
	socket = net_udp_find((uint16_t)get16(datagram.udp + 2));
	if (!socket || iface->dev->mtu < 1500 || !is_well_formed(&datagram))
		return false;
	reply_max = net_udp_reply_max(socket);
	if (!reply_max) {
		UDP_STATS_INC(udp.recv);
		tell(iface, socket, &datagram);
		return true;
	}
	next_hop(&hop, iface, &datagram);
	neighbour = find_neighbour(&hop);
	if (!neighbour) {
		wanted = hop;
		return false;
	}
	UDP_STATS_INC(udp.recv);
	answer(iface, socket, &datagram, neighbour, reply_max > NET_FAST_REPLY_MAX);
	return true;
}

/* ---- sending ---- */

/* The interface by which lwIP would send to the host IP, if frames can go by it now. */
static struct net_iface *way_to(const uint8_t ip[4])
{
	struct net_iface *iface;
	struct netif *netif;
	ip4_addr_t dest;

	memcpy(&dest.addr, ip, 4);
	netif = ip4_route(&dest);
	if (!netif || ip4_addr_isany(netif_ip4_addr(netif)) || !is_host4(netif, ip))
		return NULL;
	iface = net_iface_of(netif);
	return iface->dev->up && iface->dev->mtu >= 1500 ? iface : NULL;
}

int net_fast_send(const struct udp_socket *socket, const uint8_t ip[4], const uint8_t ports[4],
	const void *data, size_t len)
{
	struct net_iface *iface = len <= NET_FAST_REPLY_MAX ? way_to(ip) : NULL;
	struct datagram asked = {.ip_len = 4, .udp = ports};
	uint8_t addresses[8]; /* side by side, as in a header */
	const struct neighbour *neighbour;
	struct neighbour hop;
	uint8_t *room;

	if (!iface)
		return -EAGAIN;
	net_time_wake();
	memcpy(addresses, ip, 4);
	memcpy(addresses + 4, &netif_ip4_addr(&iface->netif)->addr, 4);
	asked.source = addresses;
	asked.dest = addresses + 4;
	next_hop(&hop, iface, &asked);
	neighbour = find_neighbour(&hop);
	if (!neighbour) {
		wanted = hop;
		return -EAGAIN;
	}
	room = netdev_tx_begin(iface->dev);
	if (!room)
		return -ENOMEM;
	memcpy(room + HEADERS4, data, len);
	send_answer(iface, socket, &asked, neighbour, room, len);
	return 0;
}
