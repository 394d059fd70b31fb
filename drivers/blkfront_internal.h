/* SPDX-License-Identifier: ISC */
/* What the files of blkfront's ring half share; see blkfront_ring.h for what it is. */
#ifndef DRIVERS_BLKFRONT_INTERNAL_H
#define DRIVERS_BLKFRONT_INTERNAL_H

#include <stdbool.h>

#include "drivers/blkfront_ring.h"
#include "lib/base/list.h"

static inline struct blkfront_ring *blkfront_ring_of(struct blkdev *dev)
{
	return container_of(dev, struct blkfront_ring, blkdev);
}

static inline bool blkfront_usable(const struct blkfront_ring *ring)
{
	return ring->started && !ring->stopped;
}

/* Nothing of the ring is read any more; failed() is called by the event handler. */
void blkfront_stop(struct blkfront_ring *ring, const char *why);

/* blkfront_io.c: the blkdev's call, */
int blkfront_submit(struct blkdev *dev, struct blkdev_request *request);
/* puts what waits into the ring, as far as slots, pages and the turn's budget go (true: any); */
bool blkfront_issue(struct blkfront_ring *ring);
/* a slot was answered: with BLKIF_RSP_ STATUS; */
void blkfront_answered(struct blkfront_ring *ring, struct blkfront_slot *slot, int status);
/* all requests under way are to be begun anew. */
void blkfront_take_back(struct blkfront_ring *ring);

/* blkfront_pages.c: the table of pages, of as many as memory allows; 0 or -ENOMEM, */
int blkfront_pages_open(struct blkfront_ring *ring);
/* its end: all are revoked and freed, or quarantined, */
void blkfront_pages_close(struct blkfront_ring *ring);
/* COUNT pages as a list; BLKFRONT_NO_PAGE, and none taken, if there are not so many, */
uint16_t blkfront_pages_take(struct blkfront_ring *ring, unsigned count);
void blkfront_pages_give(struct blkfront_ring *ring, uint16_t first);

#endif
