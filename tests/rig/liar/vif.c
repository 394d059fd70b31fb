/* SPDX-License-Identifier: ISC */
/* A network backend in a process; see vif.h. Grants and events come by /dev/xen (xen/gntdev.h). */
#include "tests/rig/liar/vif.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <xen/grant_table.h>
#include <xen/evtchn.h>
#include <xen/gntdev.h>
#include <xen/io/xenbus.h>

#include "tests/rig/liar/store.h"

#define PAGE 4096u

static int gntdev, evtchn;

uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void pause_ms(unsigned ms)
{
	(void)poll(NULL, 0, (int)ms);
}

bool vif_open_devices(void)
{
	gntdev = open("/dev/xen/gntdev", O_RDWR | O_CLOEXEC);
	evtchn = open("/dev/xen/evtchn", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return gntdev >= 0 && evtchn >= 0;
}

/* ---- grants ---- */

void *grant_map(unsigned domid, unsigned ref)
{
	struct ioctl_gntdev_map_grant_ref map = {
		.count = 1, .refs = {{.domid = domid, .ref = ref}}};
	struct ioctl_gntdev_unmap_grant_ref unmap = {.count = 1};
	void *page;

	if (ioctl(gntdev, IOCTL_GNTDEV_MAP_GRANT_REF, &map))
		return NULL;
	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, gntdev, (off_t)map.index);
	if (page != MAP_FAILED)
		return page;
	unmap.index = map.index;
	ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap);
	return NULL;
}

void grant_unmap(void *page)
{
	struct ioctl_gntdev_get_offset_for_vaddr get = {.vaddr = (uintptr_t)page};
	struct ioctl_gntdev_unmap_grant_ref unmap = {.count = 1};

	if (ioctl(gntdev, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &get))
		return;
	munmap(page, PAGE);
	unmap.index = get.offset;
	ioctl(gntdev, IOCTL_GNTDEV_UNMAP_GRANT_REF, &unmap);
}

bool grant_copy(
	struct vif *vif, unsigned ref, unsigned offset, void *data, size_t len, bool to_guest)
{
	struct gntdev_grant_copy_segment segment = {.len = (uint16_t)len};
	struct ioctl_gntdev_grant_copy copy = {.count = 1, .segments = &segment};

	if (to_guest) {
		segment.flags = GNTCOPY_dest_gref;
		segment.source.virt = data;
		segment.dest.foreign.ref = ref;
		segment.dest.foreign.offset = (uint16_t)offset;
		segment.dest.foreign.domid = (uint16_t)vif->domid;
	} else {
		segment.flags = GNTCOPY_source_gref;
		segment.dest.virt = data;
		segment.source.foreign.ref = ref;
		segment.source.foreign.offset = (uint16_t)offset;
		segment.source.foreign.domid = (uint16_t)vif->domid;
	}
	return !ioctl(gntdev, IOCTL_GNTDEV_GRANT_COPY, &copy) && segment.status == GNTST_okay;
}

/* ---- the store ---- */

static void write_at(const char *folder, const char *key, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	store_write(path, value);
}

static long number_at(const char *folder, const char *key)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, key);
	return store_read_number(path);
}

void vif_set_state(struct vif *vif, unsigned state)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", state);
	write_at(vif->back, "state", text);
}

long vif_front_state(struct vif *vif)
{
	return number_at(vif->front, "state");
}

bool vif_wait_front(struct vif *vif, long state, unsigned ms)
{
	uint64_t end = now_ms() + ms;

	while (vif_front_state(vif) != state) {
		if (now_ms() >= end)
			return false;
		pause_ms(5);
	}
	return true;
}

bool vif_attach(struct vif *vif)
{
	const uint8_t *mac = vif->link.guest_mac;
	char text[64];

	vif->sequence++;
	vif->connected = vif->withhold = vif->guest_known = false;
	vif->withheld_count = 0;
	vif->port = -1;
	snprintf(vif->front, sizeof(vif->front), "/local/domain/%u/device/vif/%u", vif->domid,
		vif->index);
	snprintf(vif->back, sizeof(vif->back), "/local/domain/0/liar/%u/%u", vif->domid,
		vif->sequence);
	if (!store_make(vif->back, 0, vif->domid))
		return false;
	write_at(vif->back, "frontend", vif->front);
	snprintf(text, sizeof(text), "%u", vif->domid);
	write_at(vif->back, "frontend-id", text);
	write_at(vif->back, "online", "1");
	write_at(vif->back, "feature-rx-copy", "1");
	vif_set_state(vif, XenbusStateInitWait);
	if (!store_make(vif->front, vif->domid, 0))
		return false;
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	write_at(vif->front, "mac", text);
	write_at(vif->front, "handle", "1");
	write_at(vif->front, "state", "1");
	write_at(vif->front, "backend-id", "0");
	write_at(vif->front, "backend", vif->back);
	return true;
}

/* As the toolstack does, which waits for the guest, but not for long. */
void vif_detach(struct vif *vif)
{
	write_at(vif->back, "online", "0");
	vif_set_state(vif, XenbusStateClosing);
	(void)vif_wait_front(vif, XenbusStateClosed, 500);
	vif_disconnect(vif);
	vif_set_state(vif, XenbusStateClosed);
	store_remove(vif->front);
	store_remove(vif->back);
}

/* ---- rings and events ---- */

bool vif_bind(struct vif *vif)
{
	struct ioctl_evtchn_bind_interdomain bind = {
		.remote_domain = vif->domid, .remote_port = vif->guest_port};

	vif->port = ioctl(evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &bind);
	return vif->port >= 0;
}

void vif_unbind(struct vif *vif)
{
	struct ioctl_evtchn_unbind unbind = {.port = (unsigned)vif->port};

	if (vif->port >= 0)
		ioctl(evtchn, IOCTL_EVTCHN_UNBIND, &unbind);
	vif->port = -1;
}

void vif_notify(struct vif *vif)
{
	struct ioctl_evtchn_notify notify = {.port = (unsigned)vif->port};

	if (vif->port >= 0)
		ioctl(evtchn, IOCTL_EVTCHN_NOTIFY, &notify);
}

static bool map_rings(struct vif *vif)
{
	long tx = number_at(vif->front, "tx-ring-ref"), rx = number_at(vif->front, "rx-ring-ref");
	long port = number_at(vif->front, "event-channel");

	if (tx < 0 || rx < 0 || port < 0)
		return false;
	vif->tx_ref = (unsigned)tx;
	vif->rx_ref = (unsigned)rx;
	vif->guest_port = (unsigned)port;
	vif->tx = grant_map(vif->domid, vif->tx_ref);
	vif->rx = grant_map(vif->domid, vif->rx_ref);
	return vif->tx && vif->rx && vif_bind(vif);
}

bool vif_connect(struct vif *vif, unsigned ms)
{
	if (!vif_wait_front(vif, XenbusStateConnected, ms))
		return false;
	vif->connected = true;
	if (!map_rings(vif)) {
		vif_disconnect(vif);
		return false;
	}
	vif->tx_cons = vif->tx_rsp = LOAD(vif->tx->rsp_prod);
	vif->rx_cons = vif->rx_rsp = LOAD(vif->rx->rsp_prod);
	STORE(vif->tx->req_event, vif->tx_cons + 1);
	vif_set_state(vif, XenbusStateConnected);
	return true;
}

void vif_disconnect(struct vif *vif)
{
	if (!vif->connected)
		return;
	vif->connected = false;
	vif_unbind(vif);
	if (vif->tx)
		grant_unmap(vif->tx);
	if (vif->rx)
		grant_unmap(vif->rx);
	vif->tx = NULL;
	vif->rx = NULL;
}

bool vif_reopen(struct vif *vif)
{
	vif_disconnect(vif);
	vif_set_state(vif, XenbusStateClosed);
	if (!vif_wait_front(vif, XenbusStateInitialising, 3000))
		return false;
	vif_set_state(vif, XenbusStateInitWait);
	return vif_connect(vif, 3000);
}

/* ---- from the guest ---- */

static void hear(struct vif *vif, const uint8_t *frame, size_t len)
{
	uint8_t reply[60];

	vif->frames++;
	if (arp_is(&vif->link, ARP_REQUEST, frame, len))
		(void)vif_send(vif, reply, arp_frame(&vif->link, ARP_REPLY, reply), 0);
	else if (arp_is(&vif->link, ARP_REPLY, frame, len))
		vif->guest_known = true;
	else if (vif->asked && question_answered_by(vif->asked, &vif->link, frame, len))
		vif->answered = true;
}

void vif_respond_tx(struct vif *vif, uint16_t id, int16_t status)
{
	struct netif_tx_response response = {.id = id, .status = status};

	STORE(vif->tx->ring[vif->tx_rsp % RING].rsp, response);
	vif->tx_rsp++;
	__sync_synchronize();
	STORE(vif->tx->rsp_prod, vif->tx_rsp);
	vif_notify(vif);
}

static void take_one(struct vif *vif)
{
	struct netif_tx_request request = LOAD(vif->tx->ring[vif->tx_cons % RING].req);
	uint8_t frame[FRAME_MAX];
	int16_t status = NETIF_RSP_ERROR;

	vif->tx_cons++;
	if (request.size >= 14 && request.size <= sizeof(frame) &&
		request.offset + request.size <= PAGE &&
		grant_copy(vif, request.gref, request.offset, frame, request.size, false)) {
		status = NETIF_RSP_OKAY;
		hear(vif, frame, request.size);
	} else {
		printf("# the guest sends what cannot be taken: ref %u, offset %u, %u bytes\n",
			request.gref, request.offset, request.size);
	}
	if (vif->withhold)
		vif->withheld[vif->withheld_count++ % RING] = request.id;
	else
		vif_respond_tx(vif, request.id, status);
}

void vif_take_tx(struct vif *vif)
{
	do {
		uint32_t prod = LOAD(vif->tx->req_prod);

		__sync_synchronize();
		while (vif->tx_cons != prod)
			take_one(vif);
		STORE(vif->tx->req_event, vif->tx_cons + 1);
		__sync_synchronize();
	} while (LOAD(vif->tx->req_prod) != vif->tx_cons);
}

static void wait_event(struct vif *vif, unsigned ms)
{
	struct pollfd ready = {.fd = evtchn, .events = POLLIN};
	uint32_t port;

	if (poll(&ready, 1, (int)ms) <= 0)
		return;
	while (read(evtchn, &port, sizeof(port)) == sizeof(port))
		if ((int)port == vif->port && write(evtchn, &port, sizeof(port)) < 0)
			perror("liar: /dev/xen/evtchn");
}

static bool satisfied(const struct vif *vif)
{
	return vif->answered && vif->guest_known;
}

void vif_pump(struct vif *vif, unsigned ms)
{
	uint64_t end = now_ms() + ms, now;

	vif_take_tx(vif);
	while (!satisfied(vif) && (now = now_ms()) < end) {
		wait_event(vif, (unsigned)(end - now));
		vif_take_tx(vif);
	}
}

/* ---- to the guest ---- */

bool vif_take_rx(struct vif *vif, struct netif_rx_request *request)
{
	uint64_t end = now_ms() + 1000;

	while (LOAD(vif->rx->req_prod) == vif->rx_cons) {
		STORE(vif->rx->req_event, vif->rx_cons + 1);
		if (now_ms() >= end)
			return false;
		wait_event(vif, 5);
	}
	__sync_synchronize();
	*request = LOAD(vif->rx->ring[vif->rx_cons % RING].req);
	vif->rx_cons++;
	return true;
}

void vif_respond_rx(struct vif *vif, uint16_t id, unsigned offset, unsigned flags, int status)
{
	struct netif_rx_response response = {.id = id,
		.offset = (uint16_t)offset,
		.flags = (uint16_t)flags,
		.status = (int16_t)status};

	STORE(vif->rx->ring[vif->rx_rsp % RING].rsp, response);
	vif->rx_rsp++;
	__sync_synchronize();
	STORE(vif->rx->rsp_prod, vif->rx_rsp);
	vif_notify(vif);
}

bool vif_send(struct vif *vif, const void *frame, size_t len, unsigned flags)
{
	struct netif_rx_request request;
	uint8_t copy[PAGE];

	if (!vif_take_rx(vif, &request))
		return false;
	memcpy(copy, frame, len);
	if (!grant_copy(vif, request.gref, 0, copy, len, true)) {
		vif_respond_rx(vif, request.id, 0, 0, NETIF_RSP_ERROR);
		return false;
	}
	vif_respond_rx(vif, request.id, 0, flags, (int)len);
	return true;
}

bool vif_ask(struct vif *vif)
{
	uint8_t frame[FRAME_MAX];
	struct question q;
	bool answered;

	if (!vif->connected)
		return false;
	question_new(&q);
	vif->asked = &q;
	vif->answered = false;
	/* The guest has to know us, and we answer if it asks; after what was done to it, lost
	 * frames are no surprise. */
	for (unsigned tries = 0; tries < 5 && !satisfied(vif); tries++) {
		(void)vif_send(vif, frame, arp_frame(&vif->link, ARP_REQUEST, frame), 0);
		(void)vif_send(vif, frame, question_frame(&q, &vif->link, frame), 0);
		vif_pump(vif, 600);
	}
	vif->asked = NULL;
	answered = satisfied(vif);
	vif->answered = false;
	return answered;
}
