/* SPDX-License-Identifier: ISC */
/*
 * The fuzzer plays xenstored, below xenbus, netfront and lifecycle: for each request the bytes
 * choose between the truth, a lie, an error and silence; besides, raw bytes, indices and events;
 * and the domain is suspended at any moment, to go on as another or as itself. What must hold: no
 * crash, every round comes to its rest, and after a clean start of the ring all that the lies
 * brought up is gone without a trace.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/xs_wire.h>

#include "drivers/netdev.h"
#include "lib/base/log.h"
#include "tests/fakexen/boot.h"
#include "tests/support/input.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/lifecycle.h"
#include "xen/suspend.h"
#include "xen/xenstore.h"

static unsigned base_frames, base_free, base_watches;

static const char *const words[] = {"", "0", "1", "2", "4", "5", "6", "9", "-1", "poweroff",
	"reboot", "suspend", "vif", "0\0001\0002", "/local/domain/0/backend/vif/7/0", "ENOENT",
	"EAGAIN", "EACCES", "00:16:3e:00:00:07", "99999999999999999999", "device", "device/vif/0",
	"device/vif/0/backend", "control/shutdown", "device/vif",
	"/local/domain/0/backend/vif/7/0/state"};

/* A payload by the bytes: a known word, or anything. */
static size_t payload(char *buffer)
{
	uint8_t kind = byte();
	size_t len;

	if (kind < 200) {
		const char *text = words[kind % (sizeof(words) / sizeof(words[0]))];

		len = kind % 26 == 13 ? 6 : strlen(text) + (kind & 1);
		memcpy(buffer, text, len);
		return len;
	}
	len = (size_t)byte() * (kind & 1 ? 16 : 1);
	for (size_t i = 0; i < len; i++)
		buffer[i] = (char)(i < 32 ? byte() : 'a');
	return len;
}

static bool lie(uint32_t type, uint32_t id, const char *request, size_t request_len)
{
	char buffer[4096];
	uint8_t how = left ? byte() : 0;
	size_t len;

	(void)request;
	(void)request_len;
	if (how < 128)
		return false; /* the truth */
	if (how < 140)
		return true; /* silence */
	len = payload(buffer);
	if (how < 200)
		fakestore_say(type, id, (uint32_t)len, buffer, len);
	else if (how < 220)
		fakestore_say(XS_ERROR, id, (uint32_t)len, buffer, len);
	else if (how < 230)
		fakestore_say(byte(), id, (uint32_t)len, buffer, len);
	else if (how < 240)
		fakestore_say(type, id + byte(), (uint32_t)len, buffer, len);
	else
		fakestore_say(type, id, word() % 5000, buffer, len);
	return true;
}

static void say_event(void)
{
	char buffer[200];
	const char *path = words[byte() % (sizeof(words) / sizeof(words[0]))];
	int len = snprintf(buffer, sizeof(buffer), "%s%c%x", path, 0, byte());

	fakestore_say(XS_WATCH_EVENT, 0, (uint32_t)len + 1, buffer, (size_t)len + 1);
}

static void step(void)
{
	struct xenstore_domain_interface *ring = fakexen_store();
	char path[64];

	switch (byte() % 16) {
	case 0:
		say_event();
		break;
	case 1:
		ring->rsp[byte() * 4u] = (char)byte();
		ring->rsp_prod += byte();
		break;
	case 2:
		if (byte() > 200)
			ring->rsp_prod = word();
		break;
	case 3:
		if (byte() > 200)
			ring->req_cons = word();
		break;
	case 4:
		snprintf(path, sizeof(path), "/local/domain/0/backend/vif/7/0/state");
		fakestore_write(path, words[byte() % 8]);
		break;
	case 5:
		fakestore_write("control/shutdown", words[9 + byte() % 3]);
		break;
	case 6:
		fakestore_remove(byte() & 1 ? "device/vif/0" : "device");
		break;
	case 7:
		fakestore_write("device/vif/0/backend", words[byte() % 15]);
		break;
	case 8:
		fakexen_raise(FAKEXEN_STORE_PORT);
		break;
	case 9:
		boot_cancel = byte() & 1;
		if (byte() & 1)
			suspend_ask();
		break;
	default:
		(void)xen_poll(); /* suspends, too, if the store has said so */
		if (ring->req_prod - ring->req_cons <= XENSTORE_RING_SIZE &&
			ring->rsp_prod - ring->rsp_cons <= XENSTORE_RING_SIZE)
			(void)boot_host();
	}
}

static void before_load(const void *at, size_t size)
{
	uint8_t *target = (uint8_t *)(uintptr_t)at;
	uintptr_t page = (uintptr_t)fakexen_store();

	if (!left || (uintptr_t)at < page || (uintptr_t)at >= page + FRAME_SIZE || byte())
		return;
	for (size_t i = 0; i < size && i < 16; i++)
		target[i] = byte();
}

static void ignore(void *ctx, unsigned reason)
{
	(void)ctx;
	(void)reason;
}

/* A new ring and an honest, empty store: what the guest does after a resume. */
static void start_anew(void)
{
	struct xenstore_domain_interface *ring = fakexen_store();

	memset(ring, 0, sizeof(*ring));
	fakestore_init();
	boot_backs[0].attached = boot_backs[0].connected = false;
	must(!xenstore_init(ring, FAKEXEN_STORE_PORT));
	for (unsigned i = 0; i < 4; i++)
		must(fakexen_settle());
}

static void boot(void)
{
	uint32_t refs[600];

	fakexen_memory = 3u << 20;
	boot_prepare();
	log_threshold = LOG_ERROR;
	lifecycle_on_shutdown(ignore, NULL);
	boot_guest();
	for (unsigned i = 0; i < 600; i++)
		must(!gnttab_take(&refs[i]));
	for (unsigned i = 0; i < 600; i++)
		gnttab_put(refs[i]);
	start_anew();
	base_frames = fakexen_frames_used();
	base_free = gnttab_stats.free;
	base_watches = fakestore_watches();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static bool booted;
	struct fakenetback *back = &boot_backs[0];

	if (!booted)
		boot();
	booted = true;
	fakexen_logged_len = 0;
	fakexen_domid = 7;
	boot_suspensions = 0;
	fakenetback_attach(back, 0, "2");
	data = bytes;
	left = len;
	fakestore_lie = lie;
	fakexen_before_load = left && byte() & 1 ? before_load : NULL;
	while (left)
		step();
	fakestore_lie = NULL;
	fakexen_before_load = NULL;
	boot_cancel = false;
	if (back->connected) {
		fakexen_unmap_grant(back->tx_ref);
		fakexen_unmap_grant(back->rx_ref);
	}
	start_anew();
	(void)gnttab_reap();
	must(!xenstore_stats.broken);
	must(fakestore_watches() == base_watches);
	must(fakexen_frames_used() == base_frames);
	must(gnttab_stats.free == base_free);
	must(fakexen_ports_open() == 2);
	return 0;
}
