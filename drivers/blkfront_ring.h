/* SPDX-License-Identifier: ISC */
/*
 * The ring half of blkfront, used by its negotiation half (blkfront_xs.c): the ring, the pages that
 * travel over it, and the struct blkdev above. It knows nothing of xenstore.
 *
 * A request of the caller's waits in a queue, is cut into parts of as many pages as the backend
 * takes at once, and each part stands in one slot of the ring until it is answered. A slot's state
 * is ours alone; ids and indices that the backend writes are checked against it. On a breach of the
 * protocol the ring stops itself.
 */
#ifndef DRIVERS_BLKFRONT_RING_H
#define DRIVERS_BLKFRONT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/blkdev.h"

#define BLKFRONT_RING         32  /* entries of a one-page ring (xen/io/blkif.h) */
#define BLKFRONT_SEGMENTS     11  /* pages of a request whose descriptors stand in the ring */
#define BLKFRONT_SEGMENTS_MAX 128 /* pages of a request that we make, with indirect descriptors */
#define BLKFRONT_BUDGET       128 /* pages copied in a turn, in each direction */
#define BLKFRONT_NO_PAGE      UINT16_MAX
#define BLKFRONT_NO_OP        UINT8_MAX

struct blkif_sring;

/* A page for data or for indirect descriptors; granted from its allocation to the ring's closing.
 */
struct blkfront_page {
	void *page;
	uint32_t ref;
	uint16_t next; /* in the list of a slot, or of what is free */
};

/* One entry of the ring. Free when it has no request. */
struct blkfront_slot {
	struct blkdev_request *request;
	uint32_t first, count; /* its part, in sectors */
	uint16_t pages;        /* the first that holds its data */
	uint16_t indirect;     /* the one with its descriptors */
	uint8_t op;            /* as the backend is to repeat it */
};

struct blkfront_ring_stats {
	uint64_t events, idle_events; /* calls by the event channel; those without any work */
	uint64_t requests;            /* parts put into the ring */
	uint64_t errors;              /* parts that were answered with an error */
	uint64_t again;               /* requests that were begun anew after a resume */
	uint64_t failures;            /* breaches of the protocol */
};

struct blkfront_ring;

struct blkfront_ring_calls {
	/* The backend has broken the protocol: nothing of the ring is read any more. May close it.
	 */
	void (*failed)(struct blkfront_ring *ring, const char *why);
};

struct blkfront_ring {
	struct blkdev blkdev;
	const struct blkfront_ring_calls *calls;
	uint16_t handle; /* the low half of the vbd's number, as requests repeat it */

	bool open;    /* the backend may use the ring */
	bool started; /* open, and connected: requests are put in */
	bool stopped; /* open, but broken: nothing is read any more */
	const char *why;
	uint16_t domid;
	uint32_t port;

	struct blkif_sring *shared;
	uint32_t shared_ref;
	/* Indices of ours; what stands in the shared page is only ever written by us. */
	uint32_t prod, pushed, cons;

	struct blkfront_slot slots[BLKFRONT_RING];
	uint8_t slot_free[BLKFRONT_RING]; /* a stack of slots */
	unsigned slot_free_count;

	struct blkfront_page *pages;
	unsigned page_count, page_max; /* those that there are, and may be */
	unsigned page_free_count;
	uint16_t page_free; /* a stack, so that few pages are used often */

	/* What the backend of this opening takes. */
	unsigned segments; /* pages of a part */
	uint8_t flush_op;  /* how it flushes; BLKFRONT_NO_OP: it does not */
	bool barrier;      /* it may be asked for barriers in place of flushes */

	/* Requests that are not, or not wholly, in the ring. Only the first may be there in part.
	 */
	struct blkdev_request *waiting, **waiting_end;
	unsigned budget; /* pages that may still be copied in this turn */
	bool more;       /* there is work that the budget does not allow */

	struct blkfront_ring_stats stats;
};

/* RING is zeroed. Once. */
void blkfront_ring_init(struct blkfront_ring *ring, const struct blkfront_ring_calls *calls);

/* Grants the ring's page to DOMID and opens an event channel. 0, -ENOMEM, -ENOSPC. */
int blkfront_ring_open(struct blkfront_ring *ring, uint16_t domid);

struct blkfront_offer {
	unsigned segments; /* of indirect descriptors; 0: there are none */
	bool flush, barrier, discard;
};

/*
 * The backend has connected; the blkdev's geometry is set. Sets its flush and discard. Takes the
 * pages without which it is not worth it: 0 or -ENOMEM.
 */
int blkfront_ring_start(struct blkfront_ring *ring, const struct blkfront_offer *offer);

/*
 * Revokes everything, from any state, opened or half opened; what the backend still holds is
 * quarantined. Requests under way go back into the queue.
 */
void blkfront_ring_close(struct blkfront_ring *ring);

/* Completes all requests of a ring that is not started with ERROR. Those that their done() submits
 * are refused, as the blkdev is not up. */
void blkfront_ring_fail(struct blkfront_ring *ring, int error);

#endif
