/* SPDX-License-Identifier: ISC */
/* What the two ways of a datagram (net_udp.c by lwIP, net_fast.c) share: sockets by port. */
#ifndef LIB_NET_UDP_H
#define LIB_NET_UDP_H

#include "lib/net/net.h"
#include <lwip/netif.h>

/* The socket that listens on PORT, or NULL. */
const struct udp_socket *net_udp_find(uint16_t port);
size_t net_udp_reply_max(const struct udp_socket *socket);
uint8_t net_udp_ttl(const struct udp_socket *socket);

/* Has the socket's handler answer into REPLY; the length, at most net_udp_reply_max(). */
size_t net_udp_ask(const struct udp_socket *socket, const struct net_addr *from,
	const struct net_addr *to, const uint8_t *data, size_t len, uint8_t *reply);

/* The same into a buffer that has room for any answer: *REPLY, until the next question; and sends
 * LEN bytes of it lwIP's way by NETIF, in fragments if need be. */
size_t net_udp_ask_aside(const struct udp_socket *socket, const struct net_addr *from,
	const struct net_addr *to, const uint8_t *data, size_t len, const uint8_t **reply);
void net_udp_send_aside(const struct udp_socket *socket, const struct net_addr *from,
	const struct net_addr *to, struct netif *netif, size_t len);

/* A handler runs, and a device's room may be taken for what it writes. */
bool net_udp_is_asking(void);

#endif
