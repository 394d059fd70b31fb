/* SPDX-License-Identifier: ISC */
/* What lwIP asks of us in the middle of its work (LWIP_HOOK_FILENAME); bodies in lib/net. */
#ifndef LIB_NET_HOOKS_H
#define LIB_NET_HOOKS_H

#include <lwip/ip_addr.h>
#include <lwip/netif.h>

/* The interface for a packet from SOURCE (any or NULL: not known yet) to DEST, or NULL. */
struct netif *net_hook_route4(const ip4_addr_t *source, const ip4_addr_t *dest);
struct netif *net_hook_route6(const ip6_addr_t *source, const ip6_addr_t *dest);

/* Where a packet to DEST goes next by our settings: DEST itself when it is on the link, or NULL. */
const ip6_addr_t *net_hook_gateway6(struct netif *netif, const ip6_addr_t *dest);

/*
 * Before the first segment of PCB that is not sent is looked at: WND bytes may be under way. It may
 * be split here.
 */
struct tcp_pcb;
struct tcp_hdr;
void net_hook_tcp_fit(struct tcp_pcb *pcb, const struct netif *netif, uint32_t wnd);
/* A segment P is about to be sent; nothing is added to its OPTIONS. */
uint32_t *net_hook_tcp_options(
	struct pbuf *p, const struct tcp_hdr *hdr, const struct tcp_pcb *pcb, uint32_t *options);
/* A segment with the data P has come for PCB. */
err_t net_hook_tcp_input(struct tcp_pcb *pcb, const struct pbuf *p);

/* RFC 6528. */
u32_t net_hook_tcp_isn(
	const ip_addr_t *local_ip, u16_t local_port, const ip_addr_t *remote_ip, u16_t remote_port);

#endif
