/* SPDX-License-Identifier: ISC */
/*
 * The network frontend (xen/io/netif.h): each vif of the domain becomes a struct netdev. The
 * machine's root calls netfront_init() before the devices are started; all else comes by events.
 * docs/netfront.md tells a packet's way and who owns each page when.
 */
#ifndef DRIVERS_NETFRONT_H
#define DRIVERS_NETFRONT_H

#include <stdbool.h>
#include <stddef.h>

/* Registers the driver with xenbus. */
void netfront_init(void);

/*
 * Says in one line why there is no working vif: "no vif", or of each that is not up which state its
 * backend is in. Empty when all are up. TEXT (SIZE bytes) gets a NUL.
 */
void netfront_explain(char *text, size_t size);

/* There is a vif, and every vif has a working backend. */
bool netfront_all_up(void);

#endif
