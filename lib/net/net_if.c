/* SPDX-License-Identifier: ISC */
/*
 * Interfaces: glue between network devices and lwIP. A frame that arrives goes up on loan, without
 * a copy, and back to its driver when lwIP lets go of it; what is kept for long (out of order,
 * a fragment) takes up loans, so that when they run low frames are copied instead.
 */
#include "lib/net/internal.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/net/net_fast.h"
#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/pbuf.h>
#include <lwip/prot/udp.h>
#include <netif/ethernet.h>

#define LOANS 32 /* frames of all devices that may be on loan to lwIP */

struct loan {
	struct pbuf_custom custom; /* first: lwIP gives us back its pbuf */
	struct netdev_frame *frame;
	struct loan *next;
};

struct net_iface net_ifaces[NETDEV_MAX];

static struct loan loans[LOANS];
static struct loan *free_loans;

/* ---- receiving ---- */

static void give_back(struct pbuf *p)
{
	struct loan *loan = (struct loan *)(void *)p;

	netdev_frame_release(loan->frame);
	loan->next = free_loans;
	free_loans = loan;
}

/* The stack may write to what it borrows: headers are turned to host byte order in place. */
static struct pbuf *borrow(struct netdev_frame *frame)
{
	struct loan *loan = free_loans;

	if (!loan)
		return NULL;
	free_loans = loan->next;
	loan->frame = frame;
	loan->custom.custom_free_function = give_back;
	return pbuf_alloced_custom(
		PBUF_RAW, frame->len, PBUF_REF, &loan->custom, frame->data, frame->len);
}

static struct pbuf *copy(struct netdev_frame *frame)
{
	struct pbuf *p = pbuf_alloc(PBUF_RAW, frame->len, PBUF_POOL);

	if (p)
		pbuf_take(p, frame->data, frame->len);
	else
		frame->dev->stats.rx_dropped++;
	netdev_frame_release(frame);
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
		return NETIF_CHECKSUM_ENABLE_ALL;
	if (is_fragment(frame) && !is_plain6(frame))
		return NETIF_CHECKSUM_ENABLE_ALL;
	return NETIF_CHECKSUM_ENABLE_ALL & ~(NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP);
}

/* ARP, or ND as it is commonly sent; what is hidden behind other headers is noticed within a
 * second. */
static bool is_about_neighbours(const struct netdev_frame *frame)
{
	const uint8_t *data = frame->data;
	unsigned type = (unsigned)(data[12] << 8 | data[13]);

	return type == ETHTYPE_ARP || (type == ETHTYPE_IPV6 && data[20] == IP6_NEXTH_ICMP6);
}

static void input(struct netdev *dev, struct netdev_frame *frame, void *ctx)
{
	struct net_iface *iface = ctx;
	u16_t checks = checks_for(frame);
	struct pbuf *p;

	net_time_wake();
	if (is_too_short(frame)) {
		dev->stats.rx_bad++;
		netdev_frame_release(frame);
		return;
	}
	if (net_fast_input(iface, frame)) {
		netdev_frame_release(frame);
		return;
	}
	if (is_about_neighbours(frame))
		net_fast_forget();
	p = needs_slack(frame) ? NULL : borrow(frame);
	if (!p)
		p = copy(frame);
	if (!p)
		return;
	NETIF_SET_CHECKSUM_CTRL(&iface->netif, checks);
	if (iface->netif.input(p, &iface->netif) != ERR_OK)
		pbuf_free(p);
	NETIF_SET_CHECKSUM_CTRL(&iface->netif, NETIF_CHECKSUM_ENABLE_ALL);
	net_fast_left_over();
}

/* ---- sending ---- */

static err_t output(struct netif *netif, struct pbuf *p)
{
	struct net_iface *iface = net_iface_of(netif);
	uint8_t *room;

	net_time_wake();
	if (p->tot_len > NETDEV_FRAME_MAX)
		return ERR_BUF;
	room = netdev_tx_begin(iface->dev);
	if (!room)
		return ERR_MEM;
	pbuf_copy_partial(p, room, p->tot_len, 0);
	net_fast_watch(iface, room, p->tot_len);
	netdev_tx_commit(iface->dev, p->tot_len);
	iface->unflushed = true;
	return ERR_OK;
}

void net_if_flush(void)
{
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		if (net_ifaces[i].unflushed) {
			net_ifaces[i].unflushed = false;
			netdev_tx_flush(net_ifaces[i].dev);
		}
	}
}

/* ---- coming up ---- */

static err_t setup(struct netif *netif)
{
	struct net_iface *iface = net_iface_of(netif);

	netif->name[0] = 'v';
	netif->name[1] = 'f';
	netif->hwaddr_len = ETH_HWADDR_LEN;
	memcpy(netif->hwaddr, iface->dev->mac, ETH_HWADDR_LEN);
	netif->mtu = MIN(iface->dev->mtu, 1500);
	netif->mtu6 = netif->mtu;
	netif->flags =
		NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6;
	netif->output = etharp_output;
	netif->output_ip6 = ethip6_output;
	netif->linkoutput = output;
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
		iface->netif.mtu = iface->netif.mtu6 = MIN(dev->mtu, 1500);
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
	dev->input = input;
	if (dev->up)
		changed(dev, iface);
}

void net_if_init(void)
{
	for (unsigned i = 0; i < LOANS; i++) {
		loans[i].next = free_loans;
		free_loans = &loans[i];
	}
	netdev_set_listener(add, NULL);
}
