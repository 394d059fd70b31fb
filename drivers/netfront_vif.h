/* SPDX-License-Identifier: ISC */
/*
 * One vif, as the negotiation (netfront_xs.c) keeps it and as people are told of it
 * (netfront_explain.c).
 */
#ifndef DRIVERS_NETFRONT_VIF_H
#define DRIVERS_NETFRONT_VIF_H

#include <stdbool.h>
#include <stdint.h>

#include "drivers/netfront_ring.h"
#include "xen/alarm.h"
#include "xen/xenbus.h"

enum netfront_phase {
	NETFRONT_IDLE,      /* nothing is shared */
	NETFRONT_ASKING,    /* what the backend offers is being read */
	NETFRONT_PUBLISHED, /* rings and channel are written, the backend has not connected yet */
	NETFRONT_UP,
	NETFRONT_CLOSING, /* it began anew while we were up: first it has to see that we close */
};

struct netfront_vif {
	struct netfront_ring ring;
	struct xenbus_device bus;
	struct xenbus_batch batch;
	enum netfront_phase phase;
	uint16_t mtu;  /* as the toolstack wants it */
	bool known;    /* MAC and MTU are here */
	bool disabled; /* its settings are no good; until it is attached anew */
	bool registered;
	struct alarm retry;
	uint64_t retry_ns; /* how long it was left alone last; 0: there was no trouble */
	uint64_t up_since;
	bool resting;        /* it is left alone until the alarm */
	bool all_groups;     /* no filter of multicast groups is to be asked for */
	bool filters_change; /* it can be asked for and given up at any time */
};

/* NULL: never seen. INDEX is below NETDEV_MAX. */
const struct netfront_vif *netfront_vif_get(unsigned index);

#endif
