/* SPDX-License-Identifier: ISC */
/* What the files of lib/net share. */
#ifndef LIB_NET_INTERNAL_H
#define LIB_NET_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/netdev.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"
#include <lwip/ip_addr.h>
#include <lwip/netif.h>

enum net_mode {
	NET_MODE_NONE,
	NET_MODE_STATIC,
	NET_MODE_AUTO /* DHCP, or SLAAC */
};

/* What the settings say of one interface. Addresses in network byte order. */
struct net_settings {
	enum net_mode mode4, mode6;
	uint8_t ip4[4], gateway4[4];
	uint8_t ip6[16], gateway6[16];
	unsigned length4, length6;
	bool has_gateway4, has_gateway6;
};

extern const char *net_hostname;
struct net_settings *net_settings_get(unsigned index);
/* What one setting alone cannot show. 0, or -EINVAL with one line in MESSAGE. */
int net_settings_check(char message[CONFIG_MESSAGE]);

struct net_iface {
	struct netif netif;
	struct netdev *dev; /* NULL: no such interface */
	ip6_addr_t gateway6;
	ip4_addr_t last4; /* what was said of it last, on the console */
	u8_t last6[LWIP_IPV6_NUM_ADDRESSES];
	struct timer again; /* when the addresses are announced once more */
	bool unflushed;     /* frames committed since the last flush */
};

extern struct net_iface net_ifaces[NETDEV_MAX];

static inline struct net_iface *net_iface_of(const struct netif *netif)
{
	return netif->state;
}

/* net_rx.c */
void net_rx_init(void);
void net_rx_input(struct netdev *dev, struct netdev_frame *frame, void *ctx);

/* net_tx.c: an interface's linkoutput; */
err_t net_tx_output(struct netif *netif, struct pbuf *p);
/* bytes of data that a segment of PCB should carry now. */
struct tcp_pcb;
uint16_t net_tcp_segment(const struct tcp_pcb *pcb);

/* lwIP's checks and sums of an interface; that of TCP is left to net_tx_output(). */
#define NET_CHECKS_ALL (NETIF_CHECKSUM_ENABLE_ALL & ~NETIF_CHECKSUM_GEN_TCP)

/* net_if.c: brings up the devices there are and those that come. */
void net_if_init(void);
void net_if_flush(void);

/* net_announce.c: called by lwIP when an address or the link's state has changed. */
void net_announce_init(struct net_iface *iface); /* once, before the others */
void net_announce_status(struct netif *netif);
void net_announce_link(struct net_iface *iface);
/* The address by which an interface can be reached now, for net_wait_ready(). */
bool net_iface_ready(const struct net_iface *iface);

/* net_time.c */
void net_time_init(void);
void net_time_wake(void); /* a packet has come or goes: the clocks must run */
void net_time_turn(void); /* once a turn: starts what has become necessary */

/* net_addr.c; an IPv6 address of link scope needs the interface it belongs to. */
void net_addr_from_lwip(
	struct net_addr *addr, const ip_addr_t *ip, uint16_t port, const struct netif *netif);
void net_addr_to_lwip(ip_addr_t *ip, const struct net_addr *addr);
struct netif *net_addr_netif(const struct net_addr *addr); /* NULL: any */

#endif
