/* SPDX-License-Identifier: ISC */
/*
 * What is told when an interface's addresses or link change: to the console, to the threads that
 * wait for the network, and to the neighbours (RFC 5227 section 2.3 by lwIP's gratuitous ARP, and
 * RFC 4861 section 7.2.6), whose caches may name a machine that was here before.
 */
#include "lib/net/internal.h"

#include <errno.h>
#include <string.h>

#include "lib/base/inet.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/net/net_fast.h"
#include "lib/sched/sched.h"
#include <lwip/etharp.h>
#include <lwip/icmp6.h>
#include <lwip/inet_chksum.h>
#include <lwip/ip6.h>
#include <lwip/nd6.h>
#include <lwip/pbuf.h>
#include <lwip/prot/nd6.h>

#define AGAIN_NS  2000000000ull /* RFC 5227 section 1.1: ANNOUNCE_INTERVAL */
#define HOP_LIMIT 255           /* RFC 4861 section 4.4: neighbours take nothing less */

static struct wait_queue waiters = {LIST_INIT(waiters.waiters)};

/* ---- unsolicited neighbour advertisement ---- */

static void fill_advertisement(struct pbuf *p, const struct netif *netif, const ip6_addr_t *address)
{
	struct na_header *header = p->payload;
	struct lladdr_option *option = (void *)(header + 1);

	memset(header, 0, p->len);
	header->type = ICMP6_TYPE_NA;
	header->flags = ND6_FLAG_OVERRIDE;
	memcpy(&header->target_address, address->addr, 16);
	option->type = ND6_OPTION_TYPE_TARGET_LLADDR;
	option->length = 1;
	memcpy(option->addr, netif->hwaddr, 6);
}

static void advertise(struct netif *netif, const ip6_addr_t *address)
{
	struct pbuf *p = pbuf_alloc(PBUF_IP, sizeof(struct na_header) + 8, PBUF_RAM);
	ip6_addr_t everyone;

	if (!p)
		return;
	fill_advertisement(p, netif, address);
	ip6_addr_set_allnodes_linklocal(&everyone);
	ip6_addr_assign_zone(&everyone, IP6_MULTICAST, netif);
	((struct na_header *)p->payload)->chksum =
		ip6_chksum_pseudo(p, IP6_NEXTH_ICMP6, p->len, address, &everyone);
	ip6_output_if(p, address, &everyone, HOP_LIMIT, 0, IP6_NEXTH_ICMP6, netif);
	pbuf_free(p);
}

/* ---- addresses ---- */

static bool link_is_up(const struct net_iface *iface)
{
	return iface->dev->up && netif_is_link_up(&iface->netif);
}

static void look_at4(struct net_iface *iface)
{
	const struct netif *netif = &iface->netif;
	const uint8_t *mac = netif->hwaddr;
	char ip[INET_TEXT], gateway[INET_TEXT];

	if (ip4_addr_eq(netif_ip4_addr(netif), &iface->last4))
		return;
	ip4_addr_copy(iface->last4, *netif_ip4_addr(netif));
	if (ip4_addr_isany(&iface->last4)) {
		log_warning("net", "vif %u: the IPv4 address is lost", iface->dev->index);
		return;
	}
	inet_format4((const uint8_t *)&iface->last4.addr, ip);
	inet_format4((const uint8_t *)&netif_ip4_gw(netif)->addr, gateway);
	log_info("net", "vif %u: %s/%d, gateway %s, MAC %02x:%02x:%02x:%02x:%02x:%02x",
		iface->dev->index, ip, __builtin_popcount(netif_ip4_netmask(netif)->addr),
		ip4_addr_isany(netif_ip4_gw(netif)) ? "none" : gateway, mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
}

static void look_at6(struct net_iface *iface, int i)
{
	struct netif *netif = &iface->netif;
	u8_t state = netif_ip6_addr_state(netif, i), before = iface->last6[i];
	char text[INET_TEXT];

	iface->last6[i] = state;
	inet_format6((const uint8_t *)netif_ip6_addr(netif, i)->addr, text);
	if (ip6_addr_isduplicated(state) && !ip6_addr_isduplicated(before)) {
		log_error("net", "vif %u: %s belongs to another machine on the link, not used",
			iface->dev->index, text);
	} else if (ip6_addr_isvalid(state) && !ip6_addr_isvalid(before)) {
		log_info("net", "vif %u: %s", iface->dev->index, text);
		if (link_is_up(iface))
			advertise(netif, netif_ip6_addr(netif, i));
	}
}

void net_announce_status(struct netif *netif)
{
	struct net_iface *iface = net_iface_of(netif);

	net_fast_forget();
	look_at4(iface);
	for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++)
		look_at6(iface, i);
	if (net_iface_ready(iface))
		wait_queue_wake_all(&waiters);
}

static void advertise_all(struct netif *netif)
{
	for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
		if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)))
			advertise(netif, netif_ip6_addr(netif, i));
	}
}

/* The first may come before the other side forwards, as after a migration. */
static void announce_again(struct timer *timer)
{
	struct netif *netif = &container_of(timer, struct net_iface, again)->netif;

	if (!ip4_addr_isany(netif_ip4_addr(netif)))
		etharp_gratuitous(netif);
	advertise_all(netif);
}

void net_announce_init(struct net_iface *iface)
{
	timer_init(&iface->again, announce_again);
}

/* lwIP itself announces the IPv4 address as the link comes up. */
void net_announce_link(struct net_iface *iface)
{
	log_info("net", "vif %u: link is %s", iface->dev->index, iface->dev->up ? "up" : "down");
	timer_cancel(&iface->again);
	if (iface->dev->up) {
		advertise_all(&iface->netif);
		timer_set(&iface->again, platform_time_ns() + AGAIN_NS);
	}
	if (net_iface_ready(iface))
		wait_queue_wake_all(&waiters);
}

/* ---- waiting for the network ---- */

/* The link-local address alone counts only where nothing better is to come. */
bool net_iface_ready(const struct net_iface *iface)
{
	const struct netif *netif = &iface->netif;

	if (!iface->dev || !link_is_up(iface))
		return false;
	if (!ip4_addr_isany(netif_ip4_addr(netif)))
		return true;
	for (int i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
		bool local = ip6_addr_islinklocal(netif_ip6_addr(netif, i));

		if (ip6_addr_isvalid(netif_ip6_addr_state(netif, i)) &&
			(!local || net_settings_get(iface->dev->index)->mode4 == NET_MODE_NONE))
			return true;
	}
	return false;
}

static bool any_ready(void)
{
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		if (net_iface_ready(&net_ifaces[i]))
			return true;
	}
	return false;
}

static bool any_configured(void)
{
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		const struct net_settings *set = net_settings_get(i);

		if (set->mode4 != NET_MODE_NONE || set->mode6 != NET_MODE_NONE)
			return true;
	}
	return false;
}

int net_wait_ready(uint64_t deadline)
{
	if (!any_configured())
		return -EADDRNOTAVAIL;
	while (!any_ready()) {
		int error = wait_queue_wait(&waiters, deadline);

		if (error)
			return error;
	}
	return 0;
}

const char *net_explain(void)
{
	const struct net_iface *first = &net_ifaces[0];

	if (any_ready())
		return "the network is up";
	if (!any_configured())
		return "no address is set for any interface: expected ip= or ip6=";
	for (unsigned i = 0; !first->dev && i < NETDEV_MAX; i++) {
		if (net_ifaces[i].dev)
			first = &net_ifaces[i];
	}
	if (!first->dev)
		return "there is no network device: expected vif=[...] in the domain's "
		       "configuration";
	if (!first->dev->up)
		return "the first network device is not connected: its backend has not come";
	if (net_settings_get(first->dev->index)->mode4 == NET_MODE_AUTO)
		return "no DHCP server has given an address, nor has an IPv6 router";
	return "no address has become usable";
}
