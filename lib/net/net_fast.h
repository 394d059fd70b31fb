/* SPDX-License-Identifier: ISC */
/*
 * The short way of a datagram: well-formed, unfragmented, to a port that is served, from a client
 * whose neighbour (itself or its router) is known. Its handler is called with the frame's own
 * bytes and builds the answer in the frame to be sent; lwIP sees neither. What a handler's thread
 * sends later to such a client over IPv4 goes that way, too. All else goes lwIP's way,
 * and both ways give the same bytes (but for IPv4's identification, a counter on either).
 *
 * What lwIP knows it keeps knowing: neighbours are learnt by watching its answers, and are
 * forgotten with every second, ARP or ND message, or change of an address or link, so that lwIP
 * sends the next answer, notes the neighbour's use and asks for it again in time.
 */
#ifndef LIB_NET_NET_FAST_H
#define LIB_NET_NET_FAST_H

#include "lib/net/internal.h"

struct udp_socket;

/* The longest answer that fits a frame over either family, at an MTU of 1500. */
#define NET_FAST_REPLY_MAX 1452

/* True if FRAME has been dealt with (the caller still owns it); false: it is lwIP's. */
bool net_fast_input(struct net_iface *iface, const struct netdev_frame *frame);

/*
 * Sends LEN bytes to the host IP from PORTS: its port and the socket's, two bytes each. 0; -ENOMEM
 * when the device has no room; -EAGAIN: it is lwIP's, then net_fast_left_over().
 */
int net_fast_send(const struct udp_socket *socket, const uint8_t ip[4], const uint8_t ports[4],
	const void *data, size_t len);

/* lwIP is done with what net_fast_input() or net_fast_send() left to it. */
void net_fast_left_over(void);

/* lwIP sends a frame of LEN bytes, to a neighbour perhaps that is wanted. */
void net_fast_watch(const struct net_iface *iface, const uint8_t *frame, size_t len);

/* Every neighbour is to be learnt anew. */
void net_fast_forget(void);

#endif
