/* SPDX-License-Identifier: ISC */
/*
 * A network backend over fakexen and fakestore, honest unless a test writes into its rings. It
 * follows the frontend's state as Linux's netback does.
 */
#ifndef TESTS_FAKEXEN_FAKENETBACK_H
#define TESTS_FAKEXEN_FAKENETBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netif_tx_sring;
struct netif_rx_sring;

struct fakenetback {
	unsigned vif;
	uint16_t domid;
	char front[64], back[64];
	bool attached, connected;
	uint32_t tx_ref, rx_ref;
	uint32_t port, tx_port; /* the same, or split */
	struct netif_tx_sring *tx;
	struct netif_rx_sring *rx;
	uint32_t tx_cons, tx_rsp; /* requests taken, responses given */
	uint32_t rx_cons, rx_rsp;
	uint64_t notified;               /* events sent to the guest */
	uint8_t groups[64][6];           /* that the guest wants to hear */
	unsigned group_count, group_max; /* more than group_max are refused */
};

/* What `xl network-attach` writes; the backend is in InitWait unless STATE says otherwise. */
void fakenetback_attach(struct fakenetback *back, unsigned vif, const char *state);
/* Writes the features of Linux's netback; between attach and the guest's next turn. */
void fakenetback_offer_all(struct fakenetback *back);
/* What `xl network-detach` begins: the backend goes to Closing, and all is removed when closed. */
void fakenetback_detach(struct fakenetback *back);
/* Removes both folders at once, connected or not, as when the toolstack is forced. */
void fakenetback_vanish(struct fakenetback *back);
void fakenetback_set_state(struct fakenetback *back, const char *state);
/* Follows the frontend's state. Returns whether anything changed. */
bool fakenetback_turn(struct fakenetback *back);

/* A frame for the guest, with NETRXF_ FLAGS. False: no buffer is posted. */
bool fakenetback_send(struct fakenetback *back, const void *frame, size_t len, uint16_t flags);
/* The same in pieces of PIECE bytes; with GSO_SIZE as joined from segments (of IPv6 or IPv4). */
bool fakenetback_send_pieces(struct fakenetback *back, const void *frame, size_t len, size_t piece,
	uint16_t flags, uint16_t gso_size, bool ipv6);
/* A response of any kind to the next posted buffer; nothing is copied. False: none is posted. */
bool fakenetback_respond(
	struct fakenetback *back, uint16_t id, uint16_t offset, uint16_t flags, int16_t status);
/* What the requests said of a frame from the guest. */
struct fakenetback_told {
	unsigned pieces, flags, gso_size, gso_type;
};
/*
 * The next frame from the guest, all its pieces, answered with STATUS; requests about groups are
 * obeyed on the way. 0: none. Aborts at what Linux's netback would take for an attack.
 */
size_t fakenetback_receive(struct fakenetback *back, void *frame, size_t size, int16_t status);
size_t fakenetback_receive_told(struct fakenetback *back, void *frame, size_t size, int16_t status,
	struct fakenetback_told *told);
/* Buffers that the guest has posted and that are not used yet. */
unsigned fakenetback_posted(const struct fakenetback *back);
void fakenetback_notify(struct fakenetback *back);

#endif
