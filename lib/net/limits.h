/* SPDX-License-Identifier: ISC */
/*
 * How much of everything lwIP and the streams above it may hold, by the memory of the machine: what
 * lwipopts.h leaves to run time.
 */
#ifndef LIB_NET_LIMITS_H
#define LIB_NET_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct net_limits {
	uint32_t window; /* bytes that a TCP peer may send ahead, and that we hold for it */
	size_t heap;     /* bytes that lwIP may allocate: data to be sent */
	unsigned chunks; /* KiB of data received that nobody has read, of all connections */
	unsigned loans;  /* received frames, or pieces of them, that lwIP may keep */
};
extern struct net_limits net_limits;

void net_limits_init(void);

#endif
