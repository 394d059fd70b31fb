/* SPDX-License-Identifier: ISC */
/* Addresses: ours to and from lwIP's, and as text. */
#include "lib/net/internal.h"

#include <string.h>

#include "lib/base/inet.h"

static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};

bool net_addr_is_v4(const struct net_addr *addr)
{
	return inet_is_v4(addr->ip);
}

void net_addr_format(const struct net_addr *addr, char text[46])
{
	if (net_addr_is_v4(addr))
		inet_format4(addr->ip + 12, text);
	else
		inet_format6(addr->ip, text);
}

void net_addr_from_lwip(
	struct net_addr *addr, const ip_addr_t *ip, uint16_t port, const struct netif *netif)
{
	if (IP_IS_V4(ip)) {
		memcpy(addr->ip, v4_mapped, sizeof(v4_mapped));
		memcpy(addr->ip + 12, &ip_2_ip4(ip)->addr, 4);
	} else {
		memcpy(addr->ip, ip_2_ip6(ip)->addr, 16);
	}
	addr->port = port;
	addr->netif = netif ? (uint8_t)net_iface_of(netif)->dev->index : NET_ANY;
}

struct netif *net_addr_netif(const struct net_addr *addr)
{
	if (addr->netif >= NETDEV_MAX || !net_ifaces[addr->netif].dev)
		return NULL;
	return &net_ifaces[addr->netif].netif;
}

void net_addr_to_lwip(ip_addr_t *ip, const struct net_addr *addr)
{
	struct netif *netif = net_addr_netif(addr);

	memset(ip, 0, sizeof(*ip));
	if (net_addr_is_v4(addr)) {
		IP_SET_TYPE(ip, IPADDR_TYPE_V4);
		memcpy(&ip_2_ip4(ip)->addr, addr->ip + 12, 4);
		return;
	}
	IP_SET_TYPE(ip, IPADDR_TYPE_V6);
	memcpy(ip_2_ip6(ip)->addr, addr->ip, 16);
	if (netif)
		ip6_addr_assign_zone(ip_2_ip6(ip), IP6_UNKNOWN, netif);
}
