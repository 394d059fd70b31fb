/* SPDX-License-Identifier: ISC */
/*
 * The backend of a guest's vif as a program in dom0 (xen/io/netif.h), for tests: honest here, and
 * open to the lies of lies.c, which write to the rings and the store behind its back.
 *
 * The vif's backend lies at /local/domain/0/liar, where neither netback nor the toolstack looks.
 */
#ifndef TESTS_RIG_LIAR_VIF_H
#define TESTS_RIG_LIAR_VIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/io/netif.h>

#include "tests/rig/liar/question.h"

#define RING 256u

struct vif {
	unsigned domid, index, sequence;
	struct link link;
	char front[64], back[64];
	char device[64]; /* device/vif/N of the guest, whole path */

	bool connected;
	int port; /* ours, -1: none */
	unsigned guest_port;
	unsigned tx_ref, rx_ref;
	struct netif_tx_sring *tx;
	struct netif_rx_sring *rx;
	uint32_t tx_cons, tx_rsp, rx_cons, rx_rsp;

	bool withhold; /* take what the guest sends, but do not respond */
	uint16_t withheld[RING];
	unsigned withheld_count;

	const struct question *asked;
	bool answered, guest_known;
	unsigned long frames; /* that the guest has sent */
};

/* What the compiler must neither double nor leave out. */
#define LOAD(field)         (*(volatile __typeof__(field) *)&(field))
#define STORE(field, value) (*(volatile __typeof__(field) *)&(field) = (value))

uint64_t now_ms(void);
void pause_ms(unsigned ms); /* between two looks at something that tells no event */

bool vif_open_devices(void);

/* The toolstack's part: makes the vif with a backend in InitWait, takes it away. */
bool vif_attach(struct vif *vif);
void vif_detach(struct vif *vif);

void vif_set_state(struct vif *vif, unsigned state);
long vif_front_state(struct vif *vif);
bool vif_wait_front(struct vif *vif, long state, unsigned ms);

/* The backend's part. */
bool vif_connect(
	struct vif *vif, unsigned ms); /* waits for the frontend, maps, goes to Connected */
void vif_disconnect(struct vif *vif);  /* unmaps; the store stays as it is */
bool vif_reopen(struct vif *vif);      /* Closed, follows the frontend to Connected */
bool vif_bind(struct vif *vif);
void vif_unbind(struct vif *vif);
void vif_notify(struct vif *vif);
void vif_pump(struct vif *vif, unsigned ms); /* serves events for that long */
void vif_take_tx(struct vif *vif);           /* what the guest has sent; responds unless withhold */
void vif_respond_tx(struct vif *vif, uint16_t id, int16_t status);
/* A request for a frame, within a second. */
bool vif_take_rx(struct vif *vif, struct netif_rx_request *request);
void vif_respond_rx(struct vif *vif, uint16_t id, unsigned offset, unsigned flags, int status);
bool vif_send(struct vif *vif, const void *frame, size_t len, unsigned flags);
/* The guest gives the right answer over this vif, within a few tries. */
bool vif_ask(struct vif *vif);

/* Copies to or from a page that the guest has granted; false: Xen refuses. */
bool grant_copy(
	struct vif *vif, unsigned ref, unsigned offset, void *data, size_t len, bool to_guest);
void *grant_map(unsigned domid, unsigned ref);
void grant_unmap(void *page);

#endif
