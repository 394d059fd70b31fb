/* SPDX-License-Identifier: ISC */
/* What net_station.c hears of received frames. */
#ifndef LIB_NET_STATION_H
#define LIB_NET_STATION_H

#include <stdint.h>

struct net_iface;

/* FRAME is an ARP message, whole. */
void net_station_watch(const struct net_iface *iface, const uint8_t *frame);

#endif
