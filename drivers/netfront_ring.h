/* SPDX-License-Identifier: ISC */
/*
 * The ring half of netfront, used by its negotiation half (netfront_xs.c): the two rings, the
 * pages that travel over them, and the struct netdev above. It knows nothing of xenstore.
 *
 * A frame stands in one slot of a ring or, in pieces, in several; the first may be followed by one
 * of extra information.
 *
 * A slot's or buffer's state is ours alone; ids and indices that the backend writes are checked
 * against it. On a breach of the protocol the ring stops itself.
 */
#ifndef DRIVERS_NETFRONT_RING_H
#define DRIVERS_NETFRONT_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/netdev.h"

#define NETFRONT_RING   256   /* entries of a one-page ring (xen/io/netif.h) */
#define NETFRONT_BUDGET 64    /* received pieces per turn, */
#define NETFRONT_BYTES  32768 /* fewer when their frames have so many bytes */
#define NETFRONT_PIECES 18    /* of a frame: XEN_NETIF_NR_SLOTS_MIN, which any backend takes */
#define NETFRONT_GROUPS 32    /* multicast addresses that can be listened to */

struct netif_tx_sring;
struct netif_rx_sring;

enum netfront_rx_state {
	RX_EMPTY,  /* no page */
	RX_IDLE,   /* a page, not granted */
	RX_POSTED, /* granted to the backend, in the ring */
	RX_LOANED, /* revoked, with the stack, or waiting for the rest of its frame */
};

struct netfront_rx {
	struct netdev_frame frame; /* while on loan */
	uint8_t *page;
	uint32_t ref;
	enum netfront_rx_state state;
};

enum netfront_tx_state {
	TX_EMPTY,    /* no page */
	TX_FREE,     /* a page (granted while the ring is open) */
	TX_BUILDING, /* with the stack, between tx_begin and tx_commit */
	TX_SENT,     /* in the ring */
	TX_CONTROL,  /* in the ring, not as a frame */
};

struct netfront_tx {
	uint8_t *page;
	uint32_t ref;
	enum netfront_tx_state state;
};

struct netfront_ring_stats {
	uint64_t events, idle_events; /* calls by the event channel; those without any work */
	uint64_t tx_errors;           /* sent frames that the backend refused */
	uint64_t rx_errors;           /* buffers that came back with an error or with nonsense */
	uint64_t rx_chains; /* frames in several slots that were not offered or not right */
	uint64_t failures;  /* breaches of the protocol */
};

struct netfront_ring;

/* Called by the event handler; failed() may close the ring. */
struct netfront_ring_calls {
	/* The backend has broken the protocol: nothing of the rings is read any more. */
	void (*failed)(struct netfront_ring *ring, const char *why);
	/* It does not let the groups through that it was told. */
	void (*deaf)(struct netfront_ring *ring);
};

struct netfront_ring {
	struct netdev netdev;
	const struct netfront_ring_calls *calls;

	bool open;    /* the backend may use the rings */
	bool stopped; /* open, but broken: nothing is read any more */
	const char *why;
	bool keep; /* pages are kept for the next opening */
	uint16_t domid;
	uint32_t port;    /* of received frames, and of sent ones if there is no other */
	uint32_t tx_port; /* with split event channels: sent ones; else 0 */

	struct netif_tx_sring *tx_shared;
	struct netif_rx_sring *rx_shared;
	uint32_t tx_shared_ref, rx_shared_ref;

	/* Indices of ours; what stands in the shared pages is only ever written by us. */
	uint32_t tx_prod, tx_pushed, tx_cons;
	uint32_t rx_prod, rx_pushed, rx_cons;
	unsigned tx_extras;   /* entries of extra information that are with the backend */
	unsigned tx_controls; /* requests that are no frames */

	struct netfront_tx *tx;
	unsigned tx_count;
	uint16_t *tx_free; /* a stack of slots in TX_FREE */
	unsigned tx_free_count;
	struct netfront_tx *building[NETFRONT_PIECES]; /* pieces of the frame that is being built */
	unsigned building_count;

	struct netfront_rx *rx;
	unsigned rx_count;
	uint16_t rx_posted[NETFRONT_RING]; /* which buffer stands at an index of the ring */
	bool polling;                      /* the event handler runs, and shows what was posted */
	bool rx_pieces;                    /* frames may come in pieces, or joined from segments */

	/* The frame whose pieces are coming. */
	struct {
		struct netfront_rx *first, *last; /* NULL: none yet, or given back */
		unsigned pieces, total;
		uint16_t gso_size;
		bool extra; /* the next entry is extra information */
		bool more;  /* and there is another piece after that */
		bool bad;   /* it is followed to its end and dropped */
	} joint;

	/* Multicast groups of the stack's, kept for the next backend. */
	uint8_t groups[NETFRONT_GROUPS][6];
	unsigned group_count, groups_told; /* the first of them are known to the backend */
	bool filters;                      /* it lets only these through */
	bool groups_refused;               /* it cannot keep all of them */

	struct netfront_ring_stats stats;
};

/* RING is zeroed; its netdev's index is set by the caller. Once. */
void netfront_ring_init(struct netfront_ring *ring, const struct netfront_ring_calls *calls);

/* What the backend of this opening offers. */
struct netfront_offer {
	unsigned offloads; /* NETDEV_CSUM4 and so on */
	bool split;        /* an event channel for each direction */
	bool filters;      /* it can be told which multicast groups to let through */
};

/* Whether there will be buffers enough to receive frames in pieces. */
bool netfront_ring_takes_pieces(void);

/*
 * Takes pages, grants them to DOMID, fills the receive ring, opens an event channel. 0, -ENOMEM,
 * -ENOSPC; on failure everything is given back.
 */
int netfront_ring_open(
	struct netfront_ring *ring, uint16_t domid, const struct netfront_offer *offer);

/* Looks at the rings in the next turn, whether an event comes or not. */
void netfront_ring_kick(struct netfront_ring *ring);

/*
 * Revokes everything, from any state, opened or half opened. What the backend still holds is
 * quarantined. With KEEP the pages stay for the next opening, else they go as soon as the stack has
 * given back its loans.
 */
void netfront_ring_close(struct netfront_ring *ring, bool keep);

#endif
