/* SPDX-License-Identifier: ISC */
/* What the files of netfront's ring half share; see netfront_ring.h for what it is. */
#ifndef DRIVERS_NETFRONT_INTERNAL_H
#define DRIVERS_NETFRONT_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/netfront_ring.h"
#include "lib/base/list.h"

#define RING_INDEX(i) ((i) % NETFRONT_RING)
#define ETHERNET      14u /* bytes of an Ethernet header */

static inline struct netfront_ring *netfront_ring_of(struct netdev *dev)
{
	return container_of(dev, struct netfront_ring, netdev);
}

/* Nothing of the rings is read any more; failed() is called by the event handler. */
void netfront_stop(struct netfront_ring *ring, const char *why);

static inline bool netfront_usable(const struct netfront_ring *ring)
{
	return ring->open && !ring->stopped;
}

/* Shows the backend the requests up to PROD; true if it wants an event for them. */
bool netfront_push(
	uint32_t *shared_prod, const uint32_t *shared_event, uint32_t prod, uint32_t *pushed);
void netfront_notify(struct netfront_ring *ring, uint32_t port);

/* netfront_tx.c: the netdev's calls, */
uint8_t *netfront_tx_begin(struct netdev *dev);
uint8_t *netfront_tx_more(struct netdev *dev);
void netfront_tx_commit(struct netdev *dev, size_t len, struct netdev_offload offload);
void netfront_tx_flush(struct netdev *dev);
void netfront_multicast(struct netdev *dev, const uint8_t mac[6]);
/* the responses (true: there were any), */
bool netfront_tx_reap(struct netfront_ring *ring);
void netfront_tx_expect_events(struct netfront_ring *ring);
/* those groups of the stack's that the backend does not know yet, */
void netfront_tx_tell_groups(struct netfront_ring *ring);
/* False: every slot is with the backend, and an event will come when one is back. */
bool netfront_tx_has_room(struct netfront_ring *ring);
/* and one slot's page: granted (false: without one, for now), revoked, freed. */
bool netfront_tx_open(struct netfront_ring *ring, struct netfront_tx *slot);
void netfront_tx_close(struct netfront_tx *slot);
void netfront_tx_drop_page(struct netfront_tx *slot);

/* netfront_rx.c: the netdev's call, */
void netfront_frame_release(struct netdev *dev, struct netdev_frame *frame);
/* at most NETFRONT_BUDGET pieces (true: there are more; *WORK: there were any), */
bool netfront_rx_poll(struct netfront_ring *ring, bool *work);
void netfront_rx_push(struct netfront_ring *ring);
/* A frame that has not come whole is dropped; the ring is closed. */
void netfront_rx_forget_joint(struct netfront_ring *ring);
/* and one buffer's page: posted, revoked, freed. */
bool netfront_rx_open(struct netfront_ring *ring, struct netfront_rx *buffer);
void netfront_rx_close(struct netfront_rx *buffer);
void netfront_rx_drop_page(struct netfront_rx *buffer);

#endif
