/* SPDX-License-Identifier: ISC */
/*
 * What a server of IPv6 hosts needs of a router's side of RFC 4861: it hears solicitations, which
 * lwIP drops, sends ICMPv6 messages as a router does, and joins groups.
 */
#include "lib/net/net.h"

#include <errno.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/net/internal.h"
#include "lib/net/station.h"
#include "lib/net/udp.h"
#include <lwip/icmp6.h>
#include <lwip/inet_chksum.h>
#include <lwip/ip6.h>
#include <lwip/mld6.h>
#include <lwip/pbuf.h>
#include <lwip/prot/ethernet.h>
#include <lwip/prot/ip6.h>

#define HOP_LIMIT   255 /* RFC 4861 section 6.1.1: it has not come by a router */
#define SOLICIT_LEN 8
#define MESSAGE_MAX 1200

static void (*on_solicit)(void *ctx, unsigned netif);
static void *on_solicit_ctx;

static struct netif *netif_of(unsigned index)
{
	if (index >= NETDEV_MAX || !net_ifaces[index].dev || !net_ifaces[index].dev->up)
		return NULL;
	return &net_ifaces[index].netif;
}

int net_join6(unsigned index, const uint8_t group[16])
{
	struct netif *netif = netif_of(index);
	ip6_addr_t address = {0};

	if (!netif)
		return -ENETUNREACH;
	memcpy(address.addr, group, 16);
	return mld6_joingroup_netif(netif, &address) == ERR_OK ? 0 : -ENOMEM;
}

void net_on_solicit6(void (*fn)(void *ctx, unsigned netif), void *ctx)
{
	on_solicit = fn;
	on_solicit_ctx = ctx;
}

static bool has_link_local(const struct netif *netif)
{
	return ip6_addr_isvalid(netif_ip6_addr_state(netif, 0)) &&
	       ip6_addr_islinklocal(netif_ip6_addr(netif, 0));
}

bool net_link_local6(unsigned index, uint8_t address[16])
{
	struct netif *netif = netif_of(index);

	if (!netif || !has_link_local(netif))
		return false;
	memcpy(address, netif_ip6_addr(netif, 0)->addr, 16);
	return true;
}

int net_icmp6_send(unsigned index, const uint8_t to[16], const void *message, size_t len)
{
	struct netif *netif = netif_of(index);
	ip6_addr_t dest = {0};
	struct pbuf *p;
	err_t error;

	ASSERT(!net_udp_is_asking());
	ASSERT(len >= 4 && len <= MESSAGE_MAX);
	if (!netif || !has_link_local(netif))
		return -ENETUNREACH;
	p = pbuf_alloc(PBUF_IP, (u16_t)len, PBUF_RAM);
	if (!p)
		return -ENOMEM;
	memcpy(dest.addr, to, 16);
	ip6_addr_assign_zone(&dest, IP6_UNKNOWN, netif);
	pbuf_take(p, message, (u16_t)len);
	((struct icmp6_hdr *)p->payload)->chksum = 0;
	((struct icmp6_hdr *)p->payload)->chksum =
		ip6_chksum_pseudo(p, IP6_NEXTH_ICMP6, p->tot_len, netif_ip6_addr(netif, 0), &dest);
	error = ip6_output_if(
		p, netif_ip6_addr(netif, 0), &dest, HOP_LIMIT, 0, IP6_NEXTH_ICMP6, netif);
	pbuf_free(p);
	return error == ERR_OK ? 0 : -ENOMEM;
}

/*
 * Section 6.1.1, but for the checksum and the options: what is wrong costs an advertisement, of
 * which there are few a second whatever comes.
 */
void net_router6_watch(const struct net_iface *iface, const uint8_t *frame, size_t len)
{
	const uint8_t *ip = frame + SIZEOF_ETH_HDR;

	if (!on_solicit || len < SIZEOF_ETH_HDR + IP6_HLEN + SOLICIT_LEN || ip[7] != HOP_LIMIT ||
		ip[IP6_HLEN] != ICMP6_TYPE_RS || ip[IP6_HLEN + 1] != 0)
		return;
	on_solicit(on_solicit_ctx, iface->dev->index);
}
