/* SPDX-License-Identifier: ISC */
/*
 * A guest with netfront over fakexen, and what its stack got of frames: what the tests of netfront
 * share. Included once, by a test's main file.
 */
#ifndef TESTS_UNIT_NETFRONT_RUN_H
#define TESTS_UNIT_NETFRONT_RUN_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/netif.h>

#include "drivers/netdev.h"
#include "drivers/netfront_ring.h"
#include "tests/fakexen/boot.h"
#include "xen/alarm.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"

static struct fakenetback *back = &boot_backs[0];
static struct netdev *dev;
static unsigned base_frames, base_grants;

/* What the stack above got, and whether it keeps the loans. */
static struct {
	unsigned frames, changes;
	uint8_t last[NETDEV_TOTAL_MAX];
	size_t last_len;
	unsigned last_flags, last_pieces, last_gso;
	bool keep;
	struct netdev_frame *kept[512];
	unsigned kept_count;
} got;

static inline void input(struct netdev *from, struct netdev_frame *frame, void *ctx)
{
	ck_assert_ptr_eq(from, frame->dev);
	ck_assert_ptr_eq(ctx, &got);
	got.frames++;
	got.last_len = got.last_pieces = 0;
	got.last_flags = frame->flags;
	got.last_gso = frame->gso_size;
	while (frame) {
		struct netdev_frame *next = frame->next;

		memcpy(got.last + got.last_len, frame->data, frame->len);
		got.last_len += frame->len;
		got.last_pieces++;
		if (got.keep)
			got.kept[got.kept_count++] = frame;
		else
			netdev_frame_release(frame);
		frame = next;
	}
}

static inline void changed(struct netdev *which, void *ctx)
{
	(void)which;
	(void)ctx;
	got.changes++;
}

static inline void check_books(void)
{
	ck_assert_uint_eq(gnttab_stats.total, gnttab_stats.free + gnttab_stats.held +
						      gnttab_stats.granted +
						      gnttab_stats.quarantined);
	ck_assert_uint_eq(fakexen_grants_valid(), gnttab_stats.granted + gnttab_stats.quarantined);
}

static inline void settle(void)
{
	do
		ck_assert(fakexen_settle());
	while (alarm_turn());
	check_books();
}

static inline void hear(struct netdev *device, void *ctx)
{
	(void)ctx;
	device->input = input;
	device->changed = changed;
	device->ctx = &got;
}

static inline void boot(void)
{
	uint32_t refs[600];

	boot_prepare();
	netdev_set_listener(hear, NULL);
	boot_guest();
	/* So many references that the table has grown before the books are opened. */
	for (unsigned i = 0; i < 600; i++)
		ck_assert_int_eq(gnttab_take(&refs[i]), 0);
	for (unsigned i = 0; i < 600; i++)
		gnttab_put(refs[i]);
	base_frames = fakexen_frames_used();
	base_grants = gnttab_stats.free;
}

static inline void attach(const char *state)
{
	fakenetback_attach(back, 0, state);
	settle();
	dev = netdev_get(0);
}

static inline void begin(void)
{
	boot();
	attach("2");
	ck_assert_ptr_nonnull(dev);
	ck_assert(dev->up);
	ck_assert(back->connected);
}

static inline void check_gone(void)
{
	ck_assert(!dev || !dev->up);
	ck_assert_uint_eq(fakexen_frames_used(), base_frames);
	ck_assert_uint_eq(gnttab_stats.free, base_grants);
	ck_assert_uint_eq(fakexen_ports_open(), 2);
	check_books();
}

static const uint8_t frame[100] = {0x00, 0x16, 0x3e, 0, 0, 7, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};

static inline void transmit(const void *data, size_t len)
{
	uint8_t *room = netdev_tx_begin(dev);

	ck_assert_ptr_nonnull(room);
	ck_assert_uint_eq(((uintptr_t)room + 14) % 4, 0);
	memcpy(room, data, len);
	netdev_tx_commit(dev, len);
}

/* The backend forgets the rings and goes to STATE, and the guest sees that before it goes on. */
static inline void restart_backend(const char *state)
{
	fakexen_unmap_grant(back->tx_ref);
	fakexen_unmap_grant(back->rx_ref);
	back->connected = false;
	fakexen_host = fakestore_turn;
	fakenetback_set_state(back, state);
	settle();
	fakexen_host = boot_host;
	settle();
}

/* The vif is dead, the guest is not, and nothing has leaked but what the backend holds. */
static inline void check_disabled(void)
{
	settle();
	ck_assert(!dev->up);
	ck_assert_ptr_null(netdev_tx_begin(dev));
	ck_assert_str_eq(fakestore_read("device/vif/0/state"), "6");
	ck_assert_uint_eq(fakexen_ports_open(), 2);
	fakenetback_vanish(back);
	settle();
	check_gone();
}

#endif
