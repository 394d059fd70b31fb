/* SPDX-License-Identifier: ISC */
/*
 * What a server of hosts without an address needs below UDP: datagrams to a station by its MAC
 * (RFC 2131 section 4.1), which ARP could not find, and ARP probes of addresses that nobody should
 * have (RFC 5227 section 2.1.1). Frames are built in the device's room; lwIP sees none of them.
 */
#include "lib/net/net.h"

#include <errno.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/list.h"
#include "lib/base/wire.h"
#include "lib/net/checksum.h"
#include "lib/net/internal.h"
#include "lib/net/station.h"
#include "lib/net/udp.h"
#include <lwip/ip4.h>
#include <lwip/pbuf.h>
#include <lwip/prot/etharp.h>
#include <lwip/prot/icmp.h>
#include <lwip/prot/ip.h>
#include <lwip/prot/ip4.h>
#include <lwip/prot/udp.h>

#define TTL       64
#define PING_ID   0x4b4b
#define ARP_FRAME (SIZEOF_ETH_HDR + SIZEOF_ETHARP_HDR)

static struct list probes = LIST_INIT(probes), pings = LIST_INIT(pings);

/* The interface, if frames can go by it now. */
static struct net_iface *iface_of(unsigned netif)
{
	if (netif >= NETDEV_MAX || !net_ifaces[netif].dev || !net_ifaces[netif].dev->up)
		return NULL;
	return &net_ifaces[netif];
}

bool net_static4(unsigned netif, uint8_t ip[4], unsigned *length)
{
	const struct net_settings *set = net_settings_get(netif);

	if (set->mode4 != NET_MODE_STATIC)
		return false;
	memcpy(ip, set->ip4, 4);
	*length = set->length4;
	return true;
}

bool net_static6(unsigned netif, uint8_t ip[16], unsigned *length)
{
	const struct net_settings *set = net_settings_get(netif);

	if (set->mode6 != NET_MODE_STATIC)
		return false;
	memcpy(ip, set->ip6, 16);
	*length = set->length6;
	return true;
}

bool net_mac(unsigned netif, uint8_t mac[6])
{
	if (netif >= NETDEV_MAX || !net_ifaces[netif].dev)
		return false;
	memcpy(mac, net_ifaces[netif].dev->mac, 6);
	return true;
}

static void put_ethernet(
	struct wire_writer *w, const struct net_iface *iface, const uint8_t mac[6], uint16_t type)
{
	wire_put_bytes(w, mac, ETH_HWADDR_LEN);
	wire_put_bytes(w, iface->netif.hwaddr, ETH_HWADDR_LEN);
	wire_put_u16(w, type);
}

static void put_ip4(
	struct wire_writer *w, const struct net_addr *from, const struct net_addr *to, size_t len)
{
	uint8_t *ip = w->at;
	uint16_t sum;

	wire_put_u16(w, 0x4500);
	wire_put_u16(w, (uint16_t)(IP_HLEN + UDP_HLEN + len));
	wire_put_u16(w, 0); /* whole in itself: RFC 6864 section 4.1 */
	wire_put_u16(w, IP_DF);
	wire_put_u8(w, TTL);
	wire_put_u8(w, IP_PROTO_UDP);
	wire_put_u16(w, 0);
	wire_put_bytes(w, from->ip + 12, 4);
	wire_put_bytes(w, to->ip + 12, 4);
	sum = (uint16_t)~net_sum_fold(net_sum_words(ip, IP_HLEN));
	memcpy(ip + 10, &sum, sizeof(sum));
}

static void put_udp4(struct wire_writer *w, const struct net_addr *from, const struct net_addr *to,
	const void *data, size_t len)
{
	uint8_t *udp = w->at;
	uint64_t sum;
	uint16_t value;

	wire_put_u16(w, from->port);
	wire_put_u16(w, to->port);
	wire_put_u16(w, (uint16_t)(UDP_HLEN + len));
	wire_put_u16(w, 0);
	wire_put_bytes(w, data, len);
	sum = net_checksum(udp, (int)(UDP_HLEN + len));
	sum += net_sum_pseudo(udp - 8, 4, IP_PROTO_UDP, UDP_HLEN + len);
	value = (uint16_t)~net_sum_fold(sum);
	value = value ? value : 0xffff;
	memcpy(udp + 6, &value, sizeof(value));
}

int net_udp_send_station(const struct net_addr *from, const struct net_addr *to,
	const uint8_t mac[6], const void *data, size_t len)
{
	struct net_iface *iface = iface_of(from->netif);
	struct wire_writer w;
	uint8_t *room;

	ASSERT(!net_udp_is_asking()); /* the device's room may be taken by the answer */
	if (!iface)
		return -ENETUNREACH;
	if (len > (size_t)iface->dev->mtu - IP_HLEN - UDP_HLEN || len > NET_STATION_MAX)
		return -EMSGSIZE;
	net_time_wake();
	room = netdev_tx_begin(iface->dev);
	if (!room)
		return -ENOMEM;
	wire_writer_init(&w, room, NETDEV_FRAME_MAX);
	put_ethernet(&w, iface, mac, ETHTYPE_IP);
	put_ip4(&w, from, to, len);
	put_udp4(&w, from, to, data, len);
	ASSERT(!wire_overflowed(&w));
	netdev_tx_commit(iface->dev, wire_written(&w));
	iface->unflushed = true;
	return 0;
}

/* ---- ARP probes ---- */

static void put_probe(struct wire_writer *w, const struct net_iface *iface, const uint8_t ip[4])
{
	static const uint8_t everyone[ETH_HWADDR_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
			     nobody[ETH_HWADDR_LEN];

	put_ethernet(w, iface, everyone, ETHTYPE_ARP);
	wire_put_u16(w, 1); /* Ethernet */
	wire_put_u16(w, ETHTYPE_IP);
	wire_put_u8(w, ETH_HWADDR_LEN);
	wire_put_u8(w, 4);
	wire_put_u16(w, ARP_REQUEST);
	wire_put_bytes(w, iface->netif.hwaddr, ETH_HWADDR_LEN);
	wire_put_u32(w, 0); /* no sender: caches stay as they are */
	wire_put_bytes(w, nobody, ETH_HWADDR_LEN);
	wire_put_bytes(w, ip, 4);
}

int net_probe_send(struct net_probe *probe, unsigned netif, const uint8_t ip[4])
{
	struct net_iface *iface = iface_of(netif);
	struct wire_writer w;
	uint8_t *room;

	ASSERT(!net_udp_is_asking());
	memcpy(probe->ip, ip, 4);
	probe->netif = netif;
	probe->answered = false;
	if (!iface)
		return -ENETUNREACH;
	room = netdev_tx_begin(iface->dev);
	if (!room)
		return -ENOMEM;
	wire_writer_init(&w, room, NETDEV_FRAME_MAX);
	put_probe(&w, iface, ip);
	ASSERT(wire_written(&w) == ARP_FRAME);
	netdev_tx_commit(iface->dev, ARP_FRAME);
	iface->unflushed = true;
	list_push_back(&probes, &probe->node);
	return 0;
}

/* ---- ICMP ---- */

/* An echo reply of ours; that it is a forger's is no worse than a forger who has the address. */
static void hear(const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + SIZEOF_ETH_HDR;
	size_t header = (ip[0] & 0xfu) * 4u;
	struct icmp_echo_hdr echo;
	struct list *node;

	if (list_empty(&pings) || header < IP_HLEN || len < SIZEOF_ETH_HDR + header + sizeof(echo))
		return;
	memcpy(&echo, ip + header, sizeof(echo));
	if (echo.type != ICMP_ER || echo.id != PING_ID)
		return;
	list_for_each (node, &pings) {
		struct net_probe *probe = container_of(node, struct net_probe, node);

		if (memcmp(ip + 12, probe->ip, 4) == 0)
			probe->answered = true;
	}
}

int net_ping_send(struct net_probe *probe, const uint8_t ip[4])
{
	const struct icmp_echo_hdr echo = {.type = ICMP_ECHO, .id = PING_ID};
	struct icmp_echo_hdr *header;
	struct pbuf *p;
	ip4_addr_t to;
	err_t error;

	ASSERT(!net_udp_is_asking());
	memcpy(probe->ip, ip, 4);
	probe->answered = false;
	memcpy(&to.addr, ip, 4);
	net_time_wake();
	p = pbuf_alloc(PBUF_IP, sizeof(echo), PBUF_RAM);
	if (!p)
		return -ENOMEM;
	header = p->payload;
	*header = echo;
	header->chksum = (uint16_t)~net_sum_fold(net_sum_words((uint8_t *)header, sizeof(echo)));
	error = ip4_output(p, NULL, &to, TTL, 0, IP_PROTO_ICMP);
	pbuf_free(p);
	if (error)
		return error == ERR_RTE ? -ENETUNREACH : -ENOMEM;
	net_icmp_watch = hear;
	list_push_back(&pings, &probe->node);
	return 0;
}

void net_probe_end(struct net_probe *probe)
{
	list_remove(&probe->node);
}

/* Whoever names an address as its own has it, whether that was an answer or not. */
void net_station_watch(const struct net_iface *iface, const uint8_t *frame)
{
	struct list *node;

	list_for_each (node, &probes) {
		struct net_probe *probe = container_of(node, struct net_probe, node);

		if (probe->netif == iface->dev->index &&
			memcmp(frame + SIZEOF_ETH_HDR + 14, probe->ip, 4) == 0) {
			probe->answered = true;
			memcpy(probe->mac, frame + SIZEOF_ETH_HDR + 8, ETH_HWADDR_LEN);
		}
	}
}
