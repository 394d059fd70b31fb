/* SPDX-License-Identifier: ISC */
/*
 * Interfaces: network devices as lwIP sees them, from their coming up on. What they receive goes by
 * net_rx.c, what is sent by net_tx.c.
 */
#include "lib/net/internal.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/net/limits.h"
#include "lib/net/net_fast.h"
#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/mld6.h>
#include <netif/ethernet.h>

#define MTU_MAX 9000 /* jumbo frames: beyond, a frame is too much of a small guest's buffers */

struct net_iface net_ifaces[NETDEV_MAX];

void net_if_flush(void)
{
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		if (net_ifaces[i].unflushed) {
			net_ifaces[i].unflushed = false;
			netdev_tx_flush(net_ifaces[i].dev);
		}
	}
}

static void set_mtu(struct net_iface *iface)
{
	iface->netif.mtu = iface->netif.mtu6 = MIN(iface->dev->mtu, (uint16_t)MTU_MAX);
}

/* RFC 2464 section 7. Groups that were left are still heard, and what comes of them is dropped. */
static err_t hear_group(
	struct netif *netif, const ip6_addr_t *group, enum netif_mac_filter_action action)
{
	uint8_t mac[ETH_HWADDR_LEN] = {0x33, 0x33};

	if (action == NETIF_ADD_MAC_FILTER) {
		memcpy(mac + 2, &group->addr[3], 4);
		netdev_multicast(net_iface_of(netif)->dev, mac);
	}
	return ERR_OK;
}

static err_t setup(struct netif *netif)
{
	static const uint8_t all_nodes[ETH_HWADDR_LEN] = {0x33, 0x33, 0, 0, 0, 1};
	struct net_iface *iface = net_iface_of(netif);

	netif->name[0] = 'v';
	netif->name[1] = 'f';
	netif->hwaddr_len = ETH_HWADDR_LEN;
	memcpy(netif->hwaddr, iface->dev->mac, ETH_HWADDR_LEN);
	set_mtu(iface);
	netif->flags =
		NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6;
	netif->output = etharp_output;
	netif->output_ip6 = ethip6_output;
	netif->linkoutput = net_tx_output;
	netif_set_mld_mac_filter(netif, hear_group);
	netdev_multicast(iface->dev, all_nodes);
	NETIF_SET_CHECKSUM_CTRL(netif, NET_CHECKS_ALL);
	return ERR_OK;
}

/*
 * Our own address gets endless lifetimes rather than lwIP's "static" mark, which would make its
 * whole /64 be on the link: net_hook_gateway6() knows the true length.
 */
static void add_static6(struct net_iface *iface, const struct net_settings *set)
{
	struct netif *netif = &iface->netif;
	ip6_addr_t address = {0};
	s8_t index;

	memcpy(address.addr, set->ip6, 16);
	if (netif_add_ip6_address(netif, &address, &index) != ERR_OK)
		return;
	netif_ip6_addr_set_valid_life(netif, index, IP6_ADDR_LIFE_INFINITE);
	netif_ip6_addr_set_pref_life(netif, index, IP6_ADDR_LIFE_INFINITE);
}

static void configure6(struct net_iface *iface, const struct net_settings *set)
{
	struct netif *netif = &iface->netif;

	netif_set_ip6_autoconfig_enabled(netif, set->mode6 == NET_MODE_AUTO);
	if (set->mode6 == NET_MODE_NONE)
		return;
	netif_create_ip6_linklocal_address(netif, 1);
	if (set->mode6 == NET_MODE_STATIC)
		add_static6(iface, set);
	memset(&iface->gateway6, 0, sizeof(iface->gateway6));
	memcpy(iface->gateway6.addr, set->gateway6, 16);
	ip6_addr_assign_zone(&iface->gateway6, IP6_UNICAST, netif);
}

static void configure4(struct net_iface *iface, const struct net_settings *set)
{
	ip4_addr_t ip, mask, gateway;

	if (set->mode4 == NET_MODE_AUTO && dhcp_start(&iface->netif) != ERR_OK)
		log_error("net", "vif %u: no memory for the DHCP client", iface->dev->index);
	if (set->mode4 != NET_MODE_STATIC)
		return;
	memcpy(&ip.addr, set->ip4, 4);
	mask.addr = PP_HTONL(set->length4 ? 0xffffffffu << (32 - set->length4) : 0);
	memcpy(&gateway.addr, set->gateway4, 4);
	netif_set_addr(&iface->netif, &ip, &mask, &gateway);
}

static void changed(struct netdev *dev, void *ctx)
{
	struct net_iface *iface = ctx;

	net_fast_forget();
	if (dev->up) {
		memcpy(iface->netif.hwaddr, dev->mac, ETH_HWADDR_LEN);
		set_mtu(iface);
		netif_set_link_up(&iface->netif);
	} else {
		netif_set_link_down(&iface->netif);
		etharp_cleanup_netif(&iface->netif); /* who comes back may be another network */
	}
	net_announce_link(iface);
}

static void add(struct netdev *dev, void *ctx)
{
	struct net_iface *iface = &net_ifaces[dev->index];
	const struct net_settings *set = net_settings_get(dev->index);

	(void)ctx;
	iface->dev = dev;
	net_announce_init(iface);
	if (!netif_add(&iface->netif, NULL, NULL, NULL, iface, setup, ethernet_input)) {
		log_error("net", "vif %u: lwIP does not take it", dev->index);
		return;
	}
	netif_set_hostname(&iface->netif, net_hostname);
	netif_set_status_callback(&iface->netif, net_announce_status);
	if (!netif_default)
		netif_set_default(&iface->netif);
	configure6(iface, set);
	netif_set_up(&iface->netif);
	configure4(iface, set);
	dev->ctx = iface;
	dev->changed = changed;
	dev->input = net_rx_input;
	if (dev->up)
		changed(dev, iface);
}

void net_if_init(void)
{
	net_rx_init();
	netdev_set_listener(add, NULL);
}
