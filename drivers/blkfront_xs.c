/* SPDX-License-Identifier: ISC */
/*
 * The negotiation of blkfront with its backend over xenstore (xen/io/blkif.h, xen/io/xenbus.h); see
 * blkfront.h. A state machine that is driven by xenbus's callbacks alone: any state of the backend
 * may follow any other, at boot as later.
 *
 * What is not asked for: several queues, since one vCPU would serve them all; a ring of several
 * pages, since a page has room for 32 requests of up to 512 KiB each, more than is good to have
 * under way; `feature-large-sector-size`, since on the wire a sector is 512 bytes for everybody.
 */
#include "drivers/blkfront.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>
#include <xen/io/protocols.h>

#include "drivers/blkdev.h"
#include "drivers/blkfront_name.h"
#include "drivers/blkfront_ring.h"
#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "xen/alarm.h"
#include "xen/gnttab.h"
#include "xen/xenbus.h"

#define REQUEST_MAX  (4u << 20) /* bytes; what is longer than the ring takes is cut up */
#define WIRE_SECTOR  512u
#define SECTOR_MAX   4096u
#define PHYSICAL_MAX (1u << 20)

/* A vbd whose backend broke the protocol is tried again after a second, then after two, and so on.
 */
#define SECOND       1000000000ull
#define RETRY_NS     SECOND
#define RETRY_MAX_NS (64 * RETRY_NS)
#define PATIENCE_NS  (60 * SECOND) /* for a disk that was there before the domain was suspended */

enum phase {
	PHASE_IDLE,      /* nothing is shared */
	PHASE_PUBLISHED, /* ring and channel are written, the backend has not connected yet */
	PHASE_ASKING,    /* it has; what it offers is being read */
	PHASE_UP,
	PHASE_CLOSING, /* it began anew while we were up: first it has to see that we close */
};

struct vbd {
	struct blkfront_ring ring;
	struct xenbus_device bus;
	struct xenbus_batch batch;
	enum phase phase;
	bool known;       /* what the toolstack says of it is here */
	bool disabled;    /* that is no good; until it is attached anew */
	bool named_cdrom; /* it is one by the toolstack's word */
	bool registered;
	bool resting;       /* it is left alone until the alarm */
	bool resuming;      /* the domain was resumed: it is up, and its requests wait */
	struct alarm alarm; /* the end of either */
	uint64_t retry_ns;  /* how long it was left alone last; 0: there was no trouble */
	uint64_t up_since;
};

/* What the backend tells of a disk. */
struct geometry {
	uint64_t sectors;
	uint32_t sector_size, physical_sector_size;
	bool read_only, cdrom;
};

/* Allocated when first seen, never freed: a blkdev is valid for ever. */
static struct vbd *vbds[BLKDEV_MAX];

static struct alarm reaper;
static uint64_t reap_ns;

static void step(struct vbd *vbd);

static struct vbd *vbd_of_bus(struct xenbus_device *bus)
{
	return container_of(bus, struct vbd, bus);
}

static const char *name_of(const struct vbd *vbd)
{
	return vbd->ring.blkdev.name;
}

/* ---- up and down ---- */

static void set_up(struct vbd *vbd)
{
	struct blkdev *dev = &vbd->ring.blkdev;
	int error;

	if (dev->up)
		return;
	dev->up = true;
	if (vbd->registered) {
		if (dev->changed)
			dev->changed(dev, dev->ctx);
		return;
	}
	vbd->registered = true;
	error = blkdev_register(dev);
	if (error)
		log_error("blkfront", "%s cannot be registered (%d)", dev->name, error);
}

static void set_down(struct vbd *vbd)
{
	struct blkdev *dev = &vbd->ring.blkdev;

	vbd->resuming = false;
	if (!dev->up)
		return;
	dev->up = false;
	blkfront_ring_fail(&vbd->ring, -ENODEV);
	if (dev->changed)
		dev->changed(dev, dev->ctx);
}

/* A backend unmaps our pages when it gets to it: what it still held is looked at again, later. */
static void reap(void)
{
	if (!gnttab_reap()) {
		alarm_stop(&reaper);
		return;
	}
	alarm_set(&reaper, platform_time_ns() + reap_ns);
	reap_ns = MIN(2 * reap_ns, RETRY_MAX_NS);
}

static void reap_again(struct alarm *alarm)
{
	(void)alarm;
	reap();
}

static void disconnect(struct vbd *vbd)
{
	vbd->phase = PHASE_IDLE;
	/* What we are is asked for whatever the backend does meanwhile. */
	if (vbd->known)
		xenbus_batch_cancel(&vbd->batch);
	blkfront_ring_close(&vbd->ring);
	if (!vbd->resuming)
		set_down(vbd);
	reap_ns = RETRY_NS;
	reap();
}

static void end(struct vbd *vbd)
{
	vbd->resuming = false;
	disconnect(vbd);
}

static void disable(struct vbd *vbd)
{
	vbd->disabled = true;
	end(vbd);
	xenbus_set_state(&vbd->bus, XenbusStateClosed);
}

/* Leaves the vbd alone for a while, each time for longer if it had not worked for long. */
static void rest(struct vbd *vbd, const char *why)
{
	uint64_t now = platform_time_ns();
	bool worked = vbd->up_since && now - vbd->up_since > RETRY_MAX_NS;

	vbd->retry_ns = vbd->retry_ns && !worked ? MIN(2 * vbd->retry_ns, RETRY_MAX_NS) : RETRY_NS;
	vbd->up_since = 0;
	vbd->resting = true;
	alarm_set(&vbd->alarm, now + vbd->retry_ns);
	end(vbd);
	xenbus_set_state(&vbd->bus, XenbusStateClosed);
	log_error("blkfront", "%s: %s; it is closed, next try in %u s", name_of(vbd), why,
		(unsigned)(vbd->retry_ns / SECOND));
}

static void ring_failed(struct blkfront_ring *ring, const char *why)
{
	char text[96];

	snprintf(text, sizeof(text), "the backend breaks the protocol: %s", why);
	rest(container_of(ring, struct vbd, ring), text);
}

static const struct blkfront_ring_calls ring_calls = {.failed = ring_failed};

/* ---- who we are ---- */

static void attributes_known(struct xenbus_batch *batch)
{
	struct vbd *vbd = batch->ctx;
	const char *type = xenbus_batch_text(batch, "device-type");

	if (xenbus_batch_number(batch, "virtual-device", UINT32_MAX, vbd->bus.id) != vbd->bus.id) {
		log_error("blkfront", "%s/virtual-device: expected the same number, got %s",
			vbd->bus.path, xenbus_batch_text(batch, "virtual-device"));
		disable(vbd);
		return;
	}
	vbd->named_cdrom = type && !strcmp(type, "cdrom");
	vbd->known = true;
	step(vbd);
}

static void identified(struct xenbus_device *bus)
{
	struct vbd *vbd = vbd_of_bus(bus);

	vbd->known = vbd->disabled = vbd->resting = false;
	vbd->retry_ns = 0;
	if (!vbd->resuming)
		alarm_stop(&vbd->alarm);
	xenbus_batch_init(&vbd->batch, bus->path);
	xenbus_batch_add(&vbd->batch, "virtual-device");
	xenbus_batch_add(&vbd->batch, "device-type");
	vbd->batch.done = attributes_known;
	vbd->batch.ctx = vbd;
	xenbus_batch_read(&vbd->batch);
}

/* ---- connecting ---- */

static void published(struct xenbus_batch *batch)
{
	struct vbd *vbd = batch->ctx;

	for (unsigned i = 0; i < batch->count; i++) {
		if (!batch->items[i].error)
			continue;
		log_error("blkfront", "%s/%s cannot be written (%d)", vbd->bus.path,
			batch->items[i].key, batch->items[i].error);
		rest(vbd, "the store does not take what the backend must know");
		return;
	}
}

/*
 * Everything goes to the store at once, our state last: requests are answered in order, and the
 * backend looks at the rest only when the state says so.
 */
static void connect(struct vbd *vbd)
{
	struct xenbus_batch *batch = &vbd->batch;

	if (blkfront_ring_open(&vbd->ring, vbd->bus.backend_domid)) {
		rest(vbd, "no memory or grants for the ring");
		return;
	}
	vbd->phase = PHASE_PUBLISHED;
	xenbus_batch_init(batch, vbd->bus.path);
	xenbus_batch_add_number(batch, "ring-ref", vbd->ring.shared_ref);
	xenbus_batch_add_number(batch, "event-channel", vbd->ring.port);
	xenbus_batch_add_text(batch, "protocol", XEN_IO_PROTO_ABI_NATIVE);
	xenbus_batch_add_text(batch, "feature-persistent", "1");
	batch->done = published;
	batch->ctx = vbd;
	xenbus_batch_write(batch);
	xenbus_set_state(&vbd->bus, XenbusStateInitialised);
}

static bool offers(const struct vbd *vbd, const char *key)
{
	return xenbus_batch_number(&vbd->batch, key, 1, 0);
}

static bool is_power_of_two(uint64_t number)
{
	return number && !(number & (number - 1));
}

/* NULL, or what is wrong with what the backend tells. */
static const char *parse_geometry(const struct vbd *vbd, struct geometry *geometry)
{
	const struct xenbus_batch *batch = &vbd->batch;
	uint64_t sectors = xenbus_batch_number(batch, "sectors", UINT64_MAX / WIRE_SECTOR, 0);
	uint64_t size = xenbus_batch_number(batch, "sector-size", UINT32_MAX, WIRE_SECTOR);
	uint64_t physical = xenbus_batch_number(batch, "physical-sector-size", PHYSICAL_MAX, size);
	uint64_t info = xenbus_batch_number(batch, "info", UINT32_MAX, 0);
	const char *mode = xenbus_batch_text(batch, "mode");

	if (!is_power_of_two(size) || size < WIRE_SECTOR || size > SECTOR_MAX)
		return "its sectors are not of 512 to 4096 bytes";
	geometry->sectors = sectors / (size / WIRE_SECTOR);
	if (!geometry->sectors)
		return "it has no sectors";
	geometry->sector_size = (uint32_t)size;
	/* A multiple of it; anything else is of no use. */
	geometry->physical_sector_size =
		(uint32_t)(is_power_of_two(physical) && physical > size ? physical : size);
	geometry->read_only = (info & VDISK_READONLY) || (mode && !strcmp(mode, "r"));
	geometry->cdrom = (info & VDISK_CDROM) || vbd->named_cdrom;
	return NULL;
}

/* Whether requests made before still mean what they meant. */
static bool is_same(const struct blkdev *dev, const struct geometry *geometry)
{
	return dev->sectors == geometry->sectors && dev->sector_size == geometry->sector_size &&
	       dev->read_only == geometry->read_only && dev->cdrom == geometry->cdrom;
}

static void set_geometry(struct blkdev *dev, const struct geometry *geometry)
{
	dev->sectors = geometry->sectors;
	dev->sector_size = geometry->sector_size;
	dev->physical_sector_size = geometry->physical_sector_size;
	dev->read_only = geometry->read_only;
	dev->cdrom = geometry->cdrom;
	dev->request_max = REQUEST_MAX / dev->sector_size;
}

static const char *flush_name(const struct blkfront_ring *ring)
{
	if (ring->blkdev.read_only)
		return "read-only";
	if (ring->flush_op == BLKIF_OP_FLUSH_DISKCACHE)
		return "flushed on demand";
	return ring->flush_op == BLKIF_OP_WRITE_BARRIER
		       ? "flushed by barriers"
		       : "cannot be flushed: what it has written is taken for durable";
}

static void came_up(struct vbd *vbd)
{
	const struct blkdev *dev = &vbd->ring.blkdev;

	vbd->phase = PHASE_UP;
	vbd->up_since = platform_time_ns();
	xenbus_set_state(&vbd->bus, XenbusStateConnected);
	log_info("blkfront", "%s: %s%llu KiB in sectors of %u bytes, %s%s", dev->name,
		dev->cdrom ? "CD-ROM, " : "",
		(unsigned long long)(dev->sectors * dev->sector_size / 1024), dev->sector_size,
		flush_name(&vbd->ring), vbd->resuming ? "; it goes on" : "");
	if (vbd->resuming) {
		vbd->resuming = false;
		alarm_stop(&vbd->alarm);
	}
	set_up(vbd);
}

static void offer_known(struct xenbus_batch *batch)
{
	struct vbd *vbd = batch->ctx;
	struct blkdev *dev = &vbd->ring.blkdev;
	struct geometry geometry = {0};
	const char *wrong = parse_geometry(vbd, &geometry);
	struct blkfront_offer offer = {.flush = offers(vbd, "feature-flush-cache"),
		.barrier = offers(vbd, "feature-barrier"),
		.discard = offers(vbd, "feature-discard"),
		.segments = (unsigned)xenbus_batch_number(
			batch, "feature-max-indirect-segments", UINT32_MAX, 0)};

	if (wrong) {
		rest(vbd, wrong);
		return;
	}
	if (vbd->resuming && !is_same(dev, &geometry)) {
		log_warning("blkfront", "%s: since the resume it is another disk", dev->name);
		set_down(vbd);
	}
	set_geometry(dev, &geometry);
	if (blkfront_ring_start(&vbd->ring, &offer))
		rest(vbd, "no memory or grants for its pages");
	else
		came_up(vbd);
}

/* All of it is written by the time that the backend says that it has connected. */
static void backend_connected(struct vbd *vbd)
{
	static const char *const keys[] = {"sectors", "sector-size", "physical-sector-size", "info",
		"mode", "feature-flush-cache", "feature-barrier", "feature-discard",
		"feature-max-indirect-segments"};

	if (vbd->phase != PHASE_PUBLISHED)
		return;
	vbd->phase = PHASE_ASKING;
	xenbus_batch_init(&vbd->batch, vbd->bus.backend);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		xenbus_batch_add(&vbd->batch, keys[i]);
	vbd->batch.done = offer_known;
	vbd->batch.ctx = vbd;
	xenbus_batch_read(&vbd->batch);
}

/* ---- ending, and beginning anew ---- */

/*
 * A backend that was loaded anew finds us connected, and may have taken up the old ring by now, or
 * not: it does not say. Both is undone by our going to Closed; it follows, and then we begin.
 */
static void restart(struct vbd *vbd)
{
	log_warning("blkfront", "%s: the backend begins anew; waiting for it to close first",
		name_of(vbd));
	end(vbd);
	vbd->phase = PHASE_CLOSING;
	xenbus_set_state(&vbd->bus, XenbusStateClosed);
}

static bool may_connect(const struct vbd *vbd)
{
	return vbd->known && !vbd->disabled && !vbd->resting;
}

static void online_known(struct xenbus_batch *batch)
{
	struct vbd *vbd = batch->ctx;

	if (vbd->bus.backend_state == XenbusStateClosed && may_connect(vbd) &&
		xenbus_batch_number(batch, "online", 1, 0))
		xenbus_set_state(&vbd->bus, XenbusStateInitialising);
}

/* A closed backend that the toolstack has not taken away opens again if its frontend begins. */
static void look_whether_online(struct vbd *vbd)
{
	xenbus_batch_init(&vbd->batch, vbd->bus.backend);
	xenbus_batch_add(&vbd->batch, "online");
	vbd->batch.done = online_known;
	vbd->batch.ctx = vbd;
	xenbus_batch_read(&vbd->batch);
}

static void backend_closed(struct vbd *vbd)
{
	if (vbd->phase == PHASE_UP)
		log_info("blkfront",
			"%s: the backend closes; waiting for it to open again, or for another",
			name_of(vbd));
	end(vbd);
	if (vbd->bus.state != XenbusStateClosed)
		xenbus_set_state(&vbd->bus, XenbusStateClosed);
	if (vbd->bus.backend_state == XenbusStateClosed && may_connect(vbd))
		look_whether_online(vbd);
}

/* It is not there, or not yet: what was shared with an earlier one is void. */
static void backend_gone(struct vbd *vbd)
{
	if (vbd->phase == PHASE_IDLE)
		return;
	if (vbd->phase != PHASE_PUBLISHED)
		log_warning("blkfront", "%s: the backend has gone; waiting for one", name_of(vbd));
	disconnect(vbd);
}

/* What the backend's state means for us now. */
static void step(struct vbd *vbd)
{
	switch (vbd->bus.backend_state) {
	case XenbusStateInitWait:
	case XenbusStateInitialised:
		if (vbd->phase == PHASE_UP || vbd->phase == PHASE_ASKING)
			restart(vbd);
		else if (vbd->phase == PHASE_IDLE && may_connect(vbd))
			connect(vbd);
		break;
	case XenbusStateConnected:
		backend_connected(vbd);
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
		backend_closed(vbd);
		break;
	case XenbusStateUnknown:
	case XenbusStateInitialising:
		backend_gone(vbd);
		break;
	default:
		break;
	}
}

static void alarm_fired(struct alarm *alarm)
{
	struct vbd *vbd = container_of(alarm, struct vbd, alarm);

	if (vbd->resuming) {
		log_error("blkfront", "%s: not there again %u s after the resume", name_of(vbd),
			(unsigned)(PATIENCE_NS / SECOND));
		set_down(vbd);
		return;
	}
	vbd->resting = false;
	step(vbd);
}

static void backend_changed(struct xenbus_device *bus, enum xenbus_state state)
{
	struct vbd *vbd = vbd_of_bus(bus);

	log_debug("blkfront", "%s: backend %s", name_of(vbd), xenbus_state_name(state));
	step(vbd);
}

static void gone(struct xenbus_device *bus)
{
	struct vbd *vbd = vbd_of_bus(bus);

	xenbus_batch_cancel(&vbd->batch);
	vbd->known = vbd->resting = false;
	alarm_stop(&vbd->alarm);
	vbd->resuming = bus->resuming && vbd->ring.blkdev.up;
	if (vbd->resuming)
		alarm_set(&vbd->alarm, platform_time_ns() + PATIENCE_NS);
	disconnect(vbd);
	if (!bus->resuming)
		log_info("blkfront", "%s: detached; %zu KiB of memory are free", name_of(vbd),
			platform_memory_free() / 1024);
}

/* ---- which disk it is ---- */

/* Attached now (a detached one keeps its struct). */
static bool attached(const struct vbd *vbd)
{
	return vbd->bus.node.next && !list_empty(&vbd->bus.node);
}

static struct vbd *make(unsigned index, const char *name)
{
	struct vbd *vbd = calloc(1, sizeof(*vbd));

	if (!vbd)
		return NULL;
	blkfront_ring_init(&vbd->ring, &ring_calls);
	vbd->alarm.fire = alarm_fired;
	vbd->ring.blkdev.index = index;
	snprintf(vbd->ring.blkdev.name, sizeof(vbd->ring.blkdev.name), "%s", name);
	vbds[index] = vbd;
	return vbd;
}

/* Said once, as such a device is looked at again whenever another comes or goes. */
static struct xenbus_device *refuse(uint32_t id, const char *why)
{
	static uint32_t last = UINT32_MAX;

	if (id != last)
		log_error("blkfront", "device/vbd/%u: %s", (unsigned)id, why);
	last = id;
	return NULL;
}

static struct xenbus_device *probe(uint32_t id)
{
	char name[BLKDEV_NAME_MAX];
	struct vbd *vbd = NULL;
	unsigned i;

	if (blkfront_name(id, name, sizeof(name)))
		return refuse(id, "expected the number of a disk, as 51712 for xvda");
	for (i = 0; i < BLKDEV_MAX && vbds[i] && !vbd; i++)
		if (!strcmp(name_of(vbds[i]), name))
			vbd = vbds[i];
	if (vbd && attached(vbd))
		return refuse(id, "there is a disk of that name already");
	if (!vbd && i < BLKDEV_MAX)
		vbd = make(i, name);
	if (!vbd)
		return NULL;
	vbd->ring.handle = (uint16_t)id;
	return &vbd->bus;
}

static struct xenbus_driver driver = {
	.type = "vbd",
	.probe = probe,
	.identified = identified,
	.backend_changed = backend_changed,
	.gone = gone,
};

void blkfront_init(void)
{
	reaper.fire = reap_again;
	xenbus_register(&driver);
}
