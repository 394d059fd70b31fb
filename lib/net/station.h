/* SPDX-License-Identifier: ISC */
/* What net_station.c and net_router6.c hear of received frames. */
#ifndef LIB_NET_STATION_H
#define LIB_NET_STATION_H

#include <stddef.h>
#include <stdint.h>

struct net_iface;

/* FRAME is an ARP message, whole. */
void net_station_watch(const struct net_iface *iface, const uint8_t *frame);

/*
 * Hears of each IPv4 packet, with its fixed header, that says to be ICMP; NULL as long as nobody
 * has sent pings, and so what hears them is in no image that sends none.
 */
extern void (*net_icmp_watch)(const uint8_t *frame, size_t len);

/* FRAME is an IPv6 packet, with its whole header, that says to be ICMPv6. */
void net_router6_watch(const struct net_iface *iface, const uint8_t *frame, size_t len);

#endif
