/* SPDX-License-Identifier: ISC */
/* What a backend may do that it should not; see lies.h. The rules are those of xen/io/netif.h. */
#include "tests/rig/liar/lies.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xenbus.h>

#include "tests/rig/liar/store.h"

#define NO_ROOM "it posts no more buffers"

static void fill_random(void *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		((uint8_t *)data)[i] = (uint8_t)(random() >> 8);
}

/* Makes the guest send COUNT frames, which are not responded to yet. */
static bool provoke(struct vif *vif, unsigned count)
{
	uint8_t frame[FRAME_MAX];
	uint64_t end = now_ms() + 2000;

	vif->withhold = true;
	vif->withheld_count = 0;
	while (vif->withheld_count < count && now_ms() < end) {
		(void)vif_send(vif, frame, arp_frame(&vif->link, ARP_REQUEST, frame), 0);
		vif_pump(vif, 5);
	}
	vif->withhold = false;
	return vif->withheld_count >= count;
}

static void respond_withheld(struct vif *vif, int16_t status)
{
	for (unsigned i = 0; i < vif->withheld_count; i++)
		vif_respond_tx(vif, vif->withheld[i % RING], status);
	vif->withheld_count = 0;
}

/* ---- the transmit ring ---- */

static const char *tx_id_out_of_range(struct vif *vif)
{
	if (!provoke(vif, 1))
		return "it sends nothing";
	vif_respond_tx(vif, 60000, NETIF_RSP_OKAY);
	return NULL;
}

static const char *tx_response_twice(struct vif *vif)
{
	if (!provoke(vif, 2))
		return "it sends nothing";
	vif_respond_tx(vif, vif->withheld[0], NETIF_RSP_OKAY);
	vif_respond_tx(vif, vif->withheld[0], NETIF_RSP_OKAY);
	return NULL;
}

static const char *tx_index_too_far(struct vif *vif)
{
	STORE(vif->tx->rsp_prod, vif->tx_rsp + 1000);
	vif_notify(vif);
	return NULL;
}

/* Back by more than the guest may lag behind. */
static const char *tx_index_back(struct vif *vif)
{
	STORE(vif->tx->rsp_prod, vif->tx_rsp - 2 * RING);
	vif_notify(vif);
	return NULL;
}

static const char *tx_refused(struct vif *vif)
{
	static const int16_t statuses[] = {
		NETIF_RSP_ERROR, NETIF_RSP_DROPPED, INT16_MAX, INT16_MIN};

	for (unsigned i = 0; i < 4; i++) {
		if (!provoke(vif, 2))
			return "it sends nothing";
		respond_withheld(vif, statuses[i]);
	}
	return NULL;
}

/* As if it had been extra information. */
static const char *tx_null(struct vif *vif)
{
	if (!provoke(vif, 1))
		return "it sends nothing";
	respond_withheld(vif, NETIF_RSP_NULL);
	return NULL;
}

/* Nothing that the guest sends is taken for a while: it answers as long as it has slots to send by.
 */
static const char *deaf(struct vif *vif)
{
	uint8_t frame[FRAME_MAX];
	unsigned sent = 0;

	while (sent < 400 && vif_send(vif, frame, arp_frame(&vif->link, ARP_REQUEST, frame), 0))
		sent++;
	if (!sent)
		return NO_ROOM;
	pause_ms(50);
	vif_take_tx(vif);
	return NULL;
}

/* All is taken, nothing responded to, until the guest has no slot left; then in another order. */
static const char *miser(struct vif *vif)
{
	uint8_t frame[FRAME_MAX];

	vif->withhold = true;
	vif->withheld_count = 0;
	for (unsigned i = 0; i < 400; i++) {
		/* Without a slot to answer by the guest takes no more questions. */
		if (!vif_send(vif, frame, arp_frame(&vif->link, ARP_REQUEST, frame), 0))
			break;
		vif_take_tx(vif);
	}
	vif_pump(vif, 50);
	vif->withhold = false;
	if (!vif->withheld_count || vif->withheld_count > RING)
		return "it sends nothing, or more than it has slots";
	for (unsigned i = vif->withheld_count; i-- > 0;)
		vif_respond_tx(vif, vif->withheld[i], NETIF_RSP_OKAY);
	vif->withheld_count = 0;
	return NULL;
}

/* ---- the receive ring ---- */

static const char *rx_index_too_far(struct vif *vif)
{
	STORE(vif->rx->rsp_prod, vif->rx_rsp + 5000);
	vif_notify(vif);
	return NULL;
}

static const char *rx_index_back(struct vif *vif)
{
	STORE(vif->rx->rsp_prod, vif->rx_rsp - 2 * RING);
	vif_notify(vif);
	return NULL;
}

static const char *rx_bad_sizes(struct vif *vif)
{
	static const int statuses[] = {-1, -2, INT16_MIN, 0, 1, 13, 1515, 4095, 4096, INT16_MAX};
	static const unsigned offsets[] = {0, 1, 4037, 4095, 4096, UINT16_MAX};
	struct netif_rx_request request;

	for (unsigned s = 0; s < 10; s++)
		for (unsigned o = 0; o < 6; o++) {
			if (!vif_take_rx(vif, &request))
				return NO_ROOM;
			vif_respond_rx(vif, request.id, offsets[o], 0, statuses[s]);
		}
	for (unsigned o = 3; o < 6; o++) {
		if (!vif_take_rx(vif, &request))
			return NO_ROOM;
		vif_respond_rx(vif, request.id, offsets[o], 0, 60);
	}
	return NULL;
}

static const char *rx_wrong_ids(struct vif *vif)
{
	struct netif_rx_request request;
	uint8_t frame[FRAME_MAX];
	size_t len = arp_frame(&vif->link, ARP_REQUEST, frame);

	for (unsigned i = 0; i < 300; i++) {
		if (!vif_take_rx(vif, &request))
			return NO_ROOM;
		(void)grant_copy(vif, request.gref, 0, frame, len, true);
		vif_respond_rx(vif, (uint16_t)random(), 0, 0, (int)len);
		vif_take_tx(vif);
	}
	return NULL;
}

/* COUNT slots of one frame, then its end. */
static const char *chain(struct vif *vif, unsigned count, unsigned flags, unsigned last)
{
	struct netif_rx_request request;

	for (unsigned i = 0; i <= count; i++) {
		if (!vif_take_rx(vif, &request))
			return NO_ROOM;
		vif_respond_rx(vif, request.id, 0, i < count ? flags : last, 100);
	}
	return NULL;
}

static const char *rx_endless_chain(struct vif *vif)
{
	return chain(vif, 3000, NETRXF_more_data, 0);
}

/* Extra information of every type, with and without more; its flags stand in the second byte. */
static const char *rx_extra_info(struct vif *vif)
{
	struct netif_rx_request request;

	for (unsigned i = 0; i < 512; i++) {
		bool more = i % 3;

		if (!vif_take_rx(vif, &request))
			return NO_ROOM;
		vif_respond_rx(vif, request.id, 0, NETRXF_extra_info, 100);
		for (unsigned n = 0; n < 1 + 2u * more; n++) {
			unsigned again = more && n < 2 ? XEN_NETIF_EXTRA_FLAG_MORE : 0;

			if (!vif_take_rx(vif, &request))
				return NO_ROOM;
			vif_respond_rx(vif, (uint16_t)(i % 256 | again << 8), (unsigned)random(),
				(unsigned)random(), (int)random());
		}
	}
	return NULL;
}

/* The page of a frame that was handed over stays mapped, and is written to. */
static const char *rx_held_page(struct vif *vif)
{
	struct netif_rx_request request;
	uint8_t *page;

	if (!vif_take_rx(vif, &request))
		return NO_ROOM;
	page = grant_map(vif->domid, request.gref);
	if (!page)
		return "a posted page cannot be mapped";
	arp_frame(&vif->link, ARP_REQUEST, page);
	vif_respond_rx(vif, request.id, 0, 0, 60);
	for (unsigned i = 0; i < 40; i++) {
		fill_random(page, 4096);
		pause_ms(5);
	}
	grant_unmap(page);
	return NULL;
}

/*
 * Xen is asked to write to pages that were handed over: it refuses, or they are posted again, or
 * the guest finds that one is being written to, and closes.
 */
static const char *rx_late_writes(struct vif *vif)
{
	static uint8_t junk[4096];
	struct netif_rx_request request;
	unsigned refused = 0, frames = 0;

	fill_random(junk, sizeof(junk));
	for (; frames < 500 && vif_front_state(vif) == XenbusStateConnected; frames++) {
		vif_take_tx(vif);
		if (!vif_take_rx(vif, &request))
			break;
		arp_frame(&vif->link, ARP_REQUEST, junk);
		(void)grant_copy(vif, request.gref, 0, junk, 60, true);
		vif_respond_rx(vif, request.id, 0, 0, 60);
		for (unsigned n = 0; n < 4; n++)
			refused +=
				!grant_copy(vif, request.gref, 60, junk, sizeof(junk) - 60, true);
	}
	printf("# late writes to %u frames, %u refused by Xen\n", frames, refused);
	if (frames == 500 || vif_wait_front(vif, XenbusStateClosed, 1000))
		return NULL;
	return NO_ROOM;
}

static const char *rx_random_frames(struct vif *vif)
{
	uint8_t frame[FRAME_MAX];

	for (unsigned i = 0; i < 1500; i++) {
		size_t len = 14 + (unsigned)random() % (sizeof(frame) - 14);

		fill_random(frame, len);
		if (i % 2)
			memcpy(frame, vif->link.guest_mac, 6);
		if (i % 4)
			memcpy(frame + 12, i % 3 ? "\x08\x00\x45" : "\x86\xdd\x60", 3);
		if (!vif_send(vif, frame, len, (unsigned)random() & 3))
			return NO_ROOM;
		vif_take_tx(vif);
	}
	return NULL;
}

/* ---- whole pages ---- */

static void scribble(struct vif *vif, size_t from, size_t to)
{
	uint64_t end = now_ms() + 300;
	uint8_t *tx = (uint8_t *)vif->tx, *rx = (uint8_t *)vif->rx;

	while (now_ms() < end) {
		for (unsigned i = 0; i < 64; i++) {
			size_t at = from + (size_t)random() % (to - from);

			STORE(tx[at], (uint8_t)random());
			STORE(rx[at], (uint8_t)random());
		}
		vif_notify(vif);
	}
}

static const char *random_pages(struct vif *vif)
{
	scribble(vif, 0, 4096);
	return NULL;
}

static const char *random_indices(struct vif *vif)
{
	scribble(vif, 0, 16);
	return NULL;
}

/* Valid indices, and behind them whatever the entries hold. */
static const char *random_entries(struct vif *vif)
{
	for (unsigned round = 0; round < 64; round++) {
		fill_random(vif->rx->ring, sizeof(vif->rx->ring[0]) * RING);
		fill_random(vif->tx->ring, sizeof(vif->tx->ring[0]) * RING);
		STORE(vif->rx->rsp_prod, LOAD(vif->rx->rsp_prod) + 1);
		vif_notify(vif);
		pause_ms(2);
	}
	return NULL;
}

static const char *events(struct vif *vif)
{
	uint64_t end = now_ms() + 500;
	unsigned long count = 0;

	while (now_ms() < end) {
		for (unsigned i = 0; i < 100; i++)
			vif_notify(vif);
		count += 100;
	}
	printf("# %lu events in half a second\n", count);
	return NULL;
}

static const char *channel_closed(struct vif *vif)
{
	uint8_t frame[FRAME_MAX];

	vif_unbind(vif);
	(void)vif_send(vif, frame, arp_frame(&vif->link, ARP_REQUEST, frame), 0);
	pause_ms(20);
	return vif_bind(vif) ? NULL : "the channel cannot be bound again";
}

/* ---- the store ---- */

static const char *begins_anew(struct vif *vif)
{
	vif_set_state(vif, XenbusStateInitWait);
	if (!vif_wait_front(vif, XenbusStateClosed, 3000))
		return "it does not close";
	return vif_reopen(vif) ? NULL : "it does not begin anew";
}

static const char *any_state(struct vif *vif)
{
	static const char *const values[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "",
		"-1", "44444444444444444444", "four", "4 ", " 4", "0x4"};
	char path[128], junk[2000];

	snprintf(path, sizeof(path), "%s/state", vif->back);
	for (unsigned i = 0; i < 150; i++) {
		fill_random(junk, sizeof(junk));
		if (i % 15 == 7)
			store_write_bytes(path, junk, (size_t)random() % sizeof(junk));
		else if (i % 15 == 11)
			store_remove(path);
		else
			store_write(path, values[(unsigned)random() % 17]);
		if (i % 5 == 0)
			pause_ms((unsigned)random() % 20);
	}
	/* Whatever it made of that: an honest end, and an honest beginning. */
	vif_set_state(vif, XenbusStateUnknown);
	pause_ms(100);
	return vif_reopen(vif) ? NULL : "it does not begin anew";
}

static void put(const char *folder, const char *key, const void *value, size_t len)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	store_write_bytes(path, value, len);
}

static const char *store_nonsense(struct vif *vif)
{
	static const char *const front[] = {"backend-id", "mac", "mtu", "handle", "state",
		"tx-ring-ref", "rx-ring-ref", "event-channel", "backend"};
	static const char *const back[] = {"online", "state", "feature-rx-copy", "frontend"};
	char junk[2000], above[64];
	unsigned n;

	for (unsigned i = 0; i < 120; i++) {
		size_t len = (size_t)random() % (i % 4 ? 20 : sizeof(junk));

		fill_random(junk, len);
		n = (unsigned)random();
		if (i % 3)
			put(vif->front, front[n % 9], junk, len);
		else
			put(vif->back, back[n % 4], junk, len);
		if (i % 6 == 0)
			pause_ms((unsigned)random() % 10);
	}
	/* Frontends that nobody can serve. */
	snprintf(above, sizeof(above), "/local/domain/%u/device/vif", vif->domid);
	for (n = 0; n < 3; n++)
		put(above, ((const char *const[]){"99", "4294967296", "x"})[n], "", 0);
	pause_ms(50);
	for (n = 0; n < 3; n++) {
		snprintf(junk, sizeof(junk), "%s/%s", above,
			((const char *const[]){"99", "4294967296", "x"})[n]);
		store_remove(junk);
	}
	return NULL;
}

static const char *vanishes(struct vif *vif)
{
	vif_disconnect(vif);
	store_remove(vif->back);
	return NULL;
}

static const char *front_vanishes(struct vif *vif)
{
	store_remove(vif->front);
	return NULL;
}

#define BREACH "the backend breaks the protocol: "

const struct lie lies[LIE_COUNT] = {
	{"transmit response with an id out of range", tx_id_out_of_range, BREAKS,
		BREACH "a response to a frame that was not sent"},
	{"transmit response twice", tx_response_twice, BREAKS,
		BREACH "a response to a frame that was not sent"},
	{"transmit index too far", tx_index_too_far, BREAKS,
		BREACH "more transmit responses than requests"},
	{"transmit index back", tx_index_back, BREAKS,
		BREACH "more transmit responses than requests"},
	{"every sent frame refused", tx_refused, SERVES, NULL},
	{"a null response to a frame", tx_null, BREAKS,
		BREACH "a response to extra information that was not sent"},
	{"nothing taken for a while", deaf, SERVES, NULL},
	{"responses withheld", miser, SERVES, NULL},
	{"receive index too far", rx_index_too_far, BREAKS,
		BREACH "more receive responses than requests"},
	{"receive index back", rx_index_back, BREAKS,
		BREACH "more receive responses than requests"},
	{"offsets and sizes beyond the page", rx_bad_sizes, SERVES, NULL},
	{"wrong ids of received frames", rx_wrong_ids, SERVES, NULL},
	{"a frame of 3000 slots", rx_endless_chain, SERVES, NULL},
	{"extra information", rx_extra_info, SERVES, NULL},
	{"a received page that stays mapped", rx_held_page, BREAKS,
		BREACH "a received page is still in use"},
	{"late writes to received pages", rx_late_writes, LIVES, NULL},
	{"random frames", rx_random_frames, SERVES, NULL},
	{"random bytes over both rings", random_pages, LIVES, NULL},
	{"random indices", random_indices, BREAKS, BREACH},
	{"random entries", random_entries, LIVES, NULL},
	{"a storm of events", events, SERVES, NULL},
	{"event channel closed and bound again", channel_closed, SERVES, NULL},
	{"begins anew while connected", begins_anew, SERVES, "the backend begins anew"},
	{"any state after any", any_state, SERVES, "the backend"},
	{"nonsense in the store", store_nonsense, LIVES, NULL},
	{"vanishes with its nodes", vanishes, LIVES, "the backend has gone"},
	{"the frontend's nodes vanish", front_vanishes, LIVES, "detached"},
};
