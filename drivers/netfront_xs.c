/* SPDX-License-Identifier: ISC */
/*
 * The negotiation of netfront with its backend over xenstore (xen/io/netif.h, xen/io/xenbus.h); see
 * netfront.h. A state machine that is driven by xenbus's callbacks alone: any state of the
 * backend may follow any other, at boot as later.
 *
 * What is advertised is implemented, and only what the backend offers is used of it: each side's
 * words hold for what it is sent. A guest with few buffers does not take frames in pieces, and so
 * no joined segments either. Several queues are not asked for: one vCPU would serve them all.
 */
#include "drivers/netfront.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/netdev.h"
#include "drivers/netfront_ring.h"
#include "drivers/netfront_vif.h"
#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "xen/alarm.h"
#include "xen/gnttab.h"
#include "xen/xenbus.h"

#define MTU_LEAST 68    /* RFC 791: what every internet module must forward */
#define MTU_MOST  65521 /* with the Ethernet header, what a frame's length can say */

/* A vif whose backend broke the protocol is tried again after a second, then after two, and so on.
 */
#define RETRY_NS     1000000000ull
#define RETRY_MAX_NS (64 * RETRY_NS)

/* Allocated when first seen, never freed: a netdev is valid for ever. */
static struct netfront_vif *vifs[NETDEV_MAX];

static void step(struct netfront_vif *vif);

static struct netfront_vif *vif_of_bus(struct xenbus_device *bus)
{
	return container_of(bus, struct netfront_vif, bus);
}

static void set_up(struct netfront_vif *vif, bool up)
{
	struct netdev *dev = &vif->ring.netdev;

	if (dev->up == up)
		return;
	dev->up = up;
	if (dev->changed)
		dev->changed(dev, dev->ctx);
}

static void stop_resting(struct netfront_vif *vif)
{
	vif->resting = false;
	alarm_stop(&vif->retry);
}

static void disconnect(struct netfront_vif *vif, bool keep)
{
	vif->phase = NETFRONT_IDLE;
	/* What we are is asked for whatever the backend does meanwhile. */
	if (vif->known)
		xenbus_batch_cancel(&vif->batch);
	set_up(vif, false);
	netfront_ring_close(&vif->ring, keep);
	(void)gnttab_reap();
}

static void disable(struct netfront_vif *vif)
{
	vif->disabled = true;
	disconnect(vif, false);
	xenbus_set_state(&vif->bus, XenbusStateClosed);
}

/* Leaves the vif alone for a while, each time for longer if it had not worked for long. */
static void rest(struct netfront_vif *vif, const char *why)
{
	uint64_t now = platform_time_ns();
	bool worked = vif->up_since && now - vif->up_since > RETRY_MAX_NS;

	vif->retry_ns = vif->retry_ns && !worked ? MIN(2 * vif->retry_ns, RETRY_MAX_NS) : RETRY_NS;
	vif->up_since = 0;
	vif->resting = true;
	alarm_set(&vif->retry, now + vif->retry_ns);
	disconnect(vif, false);
	xenbus_set_state(&vif->bus, XenbusStateClosed);
	log_error("netfront", "vif %u: %s; it is closed, next try in %u s", vif->ring.netdev.index,
		why, (unsigned)(vif->retry_ns / 1000000000));
}

static void ring_failed(struct netfront_ring *ring, const char *why)
{
	char text[96];

	snprintf(text, sizeof(text), "the backend breaks the protocol: %s", why);
	rest(container_of(ring, struct netfront_vif, ring), text);
}

static void close_to_begin_anew(struct netfront_vif *vif)
{
	disconnect(vif, true);
	vif->phase = NETFRONT_CLOSING;
	xenbus_set_state(&vif->bus, XenbusStateClosed);
}

static void filter_given_up(struct xenbus_batch *batch)
{
	if (batch->items[0].error)
		close_to_begin_anew(batch->ctx);
}

/* So all groups have to come; a backend that cannot be told so now will be told next time. */
static void ring_deaf(struct netfront_ring *ring)
{
	struct netfront_vif *vif = container_of(ring, struct netfront_vif, ring);

	vif->all_groups = true;
	log_info("netfront", "vif %u: the backend cannot filter so many multicast groups",
		ring->netdev.index);
	if (vif->phase == NETFRONT_UP && vif->filters_change) {
		xenbus_batch_init(&vif->batch, vif->bus.path);
		xenbus_batch_add_text(&vif->batch, "request-multicast-control", "0");
		vif->batch.done = filter_given_up;
		vif->batch.ctx = vif;
		xenbus_batch_write(&vif->batch);
	} else {
		close_to_begin_anew(vif);
	}
}

static const struct netfront_ring_calls ring_calls = {.failed = ring_failed, .deaf = ring_deaf};

/* ---- who we are ---- */

/* "00:16:3e:01:02:03", an address of one station. */
static bool parse_mac(const char *text, uint8_t mac[6])
{
	for (unsigned i = 0; i < 6; i++, text += 3) {
		int high = base_hex_digit(text[0]);
		int low = high < 0 ? -1 : base_hex_digit(text[1]);

		if (low < 0 || text[2] != (i < 5 ? ':' : 0))
			return false;
		mac[i] = (uint8_t)(high << 4 | low);
	}
	return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static uint16_t choose_mtu(const struct xenbus_batch *batch)
{
	uint64_t mtu = xenbus_batch_number(batch, "mtu", UINT16_MAX, NETDEV_MTU);

	return mtu < MTU_LEAST || mtu > MTU_MOST ? NETDEV_MTU : (uint16_t)mtu;
}

static void attributes_known(struct xenbus_batch *batch)
{
	struct netfront_vif *vif = batch->ctx;
	struct netdev *dev = &vif->ring.netdev;
	const char *mac = xenbus_batch_text(batch, "mac");
	uint8_t bytes[6];
	int error;

	if (!mac || !parse_mac(mac, bytes)) {
		log_error("netfront", "%s/mac: expected an address as 00:16:3e:01:02:03, got %s",
			vif->bus.path, mac ? mac : "none");
		disable(vif);
		return;
	}
	memcpy(dev->mac, bytes, sizeof(bytes));
	vif->mtu = choose_mtu(batch);
	dev->mtu = MIN(vif->mtu, NETDEV_MTU); /* more if the backend takes pieces */
	vif->known = true;
	if (!vif->registered) {
		vif->registered = true;
		error = netdev_register(dev);
		if (error)
			log_error(
				"netfront", "vif %u cannot be registered (%d)", dev->index, error);
	}
	step(vif);
}

static void identified(struct xenbus_device *bus)
{
	struct netfront_vif *vif = vif_of_bus(bus);

	vif->known = vif->disabled = vif->all_groups = false;
	vif->retry_ns = 0;
	stop_resting(vif);
	xenbus_batch_init(&vif->batch, bus->path);
	xenbus_batch_add(&vif->batch, "mac");
	xenbus_batch_add(&vif->batch, "mtu");
	vif->batch.done = attributes_known;
	vif->batch.ctx = vif;
	xenbus_batch_read(&vif->batch);
}

/* ---- connecting ---- */

static void published(struct xenbus_batch *batch)
{
	struct netfront_vif *vif = batch->ctx;

	for (unsigned i = 0; i < batch->count; i++) {
		if (!batch->items[i].error)
			continue;
		log_error("netfront", "%s/%s cannot be written (%d)", vif->bus.path,
			batch->items[i].key, batch->items[i].error);
		rest(vif, "the store does not take what the backend must know");
		return;
	}
}

/*
 * Everything goes to the store at once, our state last: requests are answered in order, and the
 * backend looks at the rest only when the state says so.
 */
static void publish(struct netfront_vif *vif)
{
	const struct netfront_ring *ring = &vif->ring;
	struct xenbus_batch *batch = &vif->batch;

	xenbus_batch_init(batch, vif->bus.path);
	xenbus_batch_add_number(batch, "tx-ring-ref", ring->tx_shared_ref);
	xenbus_batch_add_number(batch, "rx-ring-ref", ring->rx_shared_ref);
	if (ring->tx_port) {
		xenbus_batch_add_number(batch, "event-channel-tx", ring->tx_port);
		xenbus_batch_add_number(batch, "event-channel-rx", ring->port);
	} else {
		xenbus_batch_add_number(batch, "event-channel", ring->port);
	}
	xenbus_batch_add_text(batch, "request-rx-copy", "1");
	xenbus_batch_add_text(batch, "feature-rx-notify", "1");
	xenbus_batch_add_text(batch, "feature-ipv6-csum-offload", "1");
	xenbus_batch_add_text(batch, "feature-sg", ring->rx_pieces ? "1" : "0");
	xenbus_batch_add_text(batch, "feature-gso-tcpv4", ring->rx_pieces ? "1" : "0");
	xenbus_batch_add_text(batch, "feature-gso-tcpv6", ring->rx_pieces ? "1" : "0");
	xenbus_batch_add_text(batch, "request-multicast-control", ring->filters ? "1" : "0");
	batch->done = published;
	batch->ctx = vif;
	xenbus_batch_write(batch);
	xenbus_set_state(&vif->bus, XenbusStateConnected);
}

static bool offers(const struct netfront_vif *vif, const char *key)
{
	return xenbus_batch_number(&vif->batch, key, 1, 0);
}

static unsigned offered_offloads(const struct netfront_vif *vif)
{
	unsigned offloads = 0;

	if (!offers(vif, "feature-no-csum-offload"))
		offloads |= NETDEV_CSUM4;
	if (offers(vif, "feature-ipv6-csum-offload"))
		offloads |= NETDEV_CSUM6;
	if (!offers(vif, "feature-sg"))
		return offloads;
	offloads |= NETDEV_PIECES;
	/* Segments are made with checksums: one is not to be had without the other. */
	if ((offloads & NETDEV_CSUM4) && offers(vif, "feature-gso-tcpv4"))
		offloads |= NETDEV_GSO4;
	if ((offloads & NETDEV_CSUM6) && offers(vif, "feature-gso-tcpv6"))
		offloads |= NETDEV_GSO6;
	return offloads;
}

static void open_rings(struct netfront_vif *vif, const struct netfront_offer *offer)
{
	struct netdev *dev = &vif->ring.netdev;
	int error = netfront_ring_open(&vif->ring, vif->bus.backend_domid, offer);

	if (error) {
		rest(vif, "no memory or grants for the rings");
		return;
	}
	dev->mtu = vif->mtu;
	if (dev->mtu > NETDEV_MTU && !(vif->ring.rx_pieces && (dev->offloads & NETDEV_PIECES)))
		dev->mtu = NETDEV_MTU;
	vif->phase = NETFRONT_PUBLISHED;
	publish(vif);
}

static void offer_known(struct xenbus_batch *batch)
{
	struct netfront_vif *vif = batch->ctx;
	struct netfront_offer offer = {.offloads = offered_offloads(vif),
		.split = offers(vif, "feature-split-event-channels"),
		.filters = offers(vif, "feature-multicast-control") && !vif->all_groups &&
			   vif->ring.group_count};

	vif->filters_change = offers(vif, "feature-dynamic-multicast-control");
	vif->phase = NETFRONT_IDLE;
	if (vif->bus.backend_state == XenbusStateInitWait)
		open_rings(vif, &offer);
}

static void connect(struct netfront_vif *vif)
{
	struct xenbus_batch *batch = &vif->batch;

	vif->phase = NETFRONT_ASKING;
	xenbus_batch_init(batch, vif->bus.backend);
	xenbus_batch_add(batch, "feature-no-csum-offload");
	xenbus_batch_add(batch, "feature-ipv6-csum-offload");
	xenbus_batch_add(batch, "feature-sg");
	xenbus_batch_add(batch, "feature-gso-tcpv4");
	xenbus_batch_add(batch, "feature-gso-tcpv6");
	xenbus_batch_add(batch, "feature-split-event-channels");
	xenbus_batch_add(batch, "feature-multicast-control");
	xenbus_batch_add(batch, "feature-dynamic-multicast-control");
	batch->done = offer_known;
	batch->ctx = vif;
	xenbus_batch_read(batch);
}

static void backend_connected(struct netfront_vif *vif)
{
	if (vif->phase != NETFRONT_PUBLISHED)
		return;
	vif->phase = NETFRONT_UP;
	vif->up_since = platform_time_ns();
	set_up(vif, true);
	netfront_ring_kick(&vif->ring);
}

/* ---- ending, and beginning anew ---- */

/*
 * A backend that was loaded anew finds us connected, and may have taken up the old rings by now, or
 * not: it does not say. Both is undone by our going to Closed; it follows, and then we begin.
 */
static void restart(struct netfront_vif *vif)
{
	log_warning("netfront", "vif %u: the backend begins anew; waiting for it to close first",
		vif->ring.netdev.index);
	close_to_begin_anew(vif);
}

static bool may_connect(const struct netfront_vif *vif)
{
	return vif->known && !vif->disabled && !vif->resting;
}

static void online_known(struct xenbus_batch *batch)
{
	struct netfront_vif *vif = batch->ctx;

	if (vif->bus.backend_state == XenbusStateClosed && may_connect(vif) &&
		xenbus_batch_number(batch, "online", 1, 0))
		xenbus_set_state(&vif->bus, XenbusStateInitialising);
}

/* A closed backend that the toolstack has not taken away opens again if its frontend begins. */
static void look_whether_online(struct netfront_vif *vif)
{
	xenbus_batch_init(&vif->batch, vif->bus.backend);
	xenbus_batch_add(&vif->batch, "online");
	vif->batch.done = online_known;
	vif->batch.ctx = vif;
	xenbus_batch_read(&vif->batch);
}

static void backend_closed(struct netfront_vif *vif)
{
	if (vif->phase == NETFRONT_PUBLISHED || vif->phase == NETFRONT_UP)
		log_info("netfront",
			"vif %u: the backend closes; waiting for it to open again, or for another",
			vif->ring.netdev.index);
	disconnect(vif, true);
	if (vif->bus.state != XenbusStateClosed)
		xenbus_set_state(&vif->bus, XenbusStateClosed);
	if (vif->bus.backend_state == XenbusStateClosed && may_connect(vif))
		look_whether_online(vif);
}

/* What the backend's state means for us now. */
static void step(struct netfront_vif *vif)
{
	switch (vif->bus.backend_state) {
	case XenbusStateInitWait:
		if (vif->phase == NETFRONT_UP)
			restart(vif);
		else if (vif->phase == NETFRONT_IDLE && may_connect(vif))
			connect(vif);
		break;
	case XenbusStateConnected:
		backend_connected(vif);
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
		backend_closed(vif);
		break;
	case XenbusStateUnknown:
	case XenbusStateInitialising:
		/* It is not there, or not yet: what was shared with an earlier one is void. */
		if (vif->phase == NETFRONT_UP || vif->phase == NETFRONT_CLOSING) {
			log_warning("netfront", "vif %u: the backend has gone; waiting for one",
				vif->ring.netdev.index);
			disconnect(vif, true);
		}
		break;
	default:
		break;
	}
}

static void retry(struct alarm *alarm)
{
	struct netfront_vif *vif = container_of(alarm, struct netfront_vif, retry);

	vif->resting = false;
	step(vif);
}

static void backend_changed(struct xenbus_device *bus, enum xenbus_state state)
{
	struct netfront_vif *vif = vif_of_bus(bus);

	log_debug(
		"netfront", "vif %u: backend %s", vif->ring.netdev.index, xenbus_state_name(state));
	step(vif);
}

static void gone(struct xenbus_device *bus)
{
	struct netfront_vif *vif = vif_of_bus(bus);

	xenbus_batch_cancel(&vif->batch);
	vif->known = false;
	stop_resting(vif);
	disconnect(vif, bus->resuming);
	if (!bus->resuming)
		log_info("netfront", "vif %u: detached; %zu KiB of memory are free",
			vif->ring.netdev.index, platform_memory_free() / 1024);
}

static struct xenbus_device *probe(uint32_t id)
{
	if (id >= NETDEV_MAX)
		return NULL;
	if (!vifs[id]) {
		vifs[id] = calloc(1, sizeof(*vifs[id]));
		if (!vifs[id])
			return NULL;
		netfront_ring_init(&vifs[id]->ring, &ring_calls);
		vifs[id]->retry.fire = retry;
		vifs[id]->ring.netdev.index = id;
	}
	return &vifs[id]->bus;
}

static struct xenbus_driver driver = {
	.type = "vif",
	.probe = probe,
	.identified = identified,
	.backend_changed = backend_changed,
	.gone = gone,
};

void netfront_init(void)
{
	xenbus_register(&driver);
}

const struct netfront_vif *netfront_vif_get(unsigned index)
{
	return vifs[index];
}
