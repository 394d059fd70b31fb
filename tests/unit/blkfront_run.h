/* SPDX-License-Identifier: ISC */
/*
 * A guest with blkfront over fakexen, and the requests made of its disk: what the tests of blkfront
 * share. Included once, by a test's main file.
 */
#ifndef TESTS_UNIT_BLKFRONT_RUN_H
#define TESTS_UNIT_BLKFRONT_RUN_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/blkif.h>

#include "drivers/blkdev.h"
#include "drivers/blkfront.h"
#include "drivers/blkfront_ring.h"
#include "lib/base/list.h"
#include "tests/fakexen/boot.h"
#include "tests/support/check.h"
#include "xen/alarm.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/suspend.h"

#define UNITS    16384u /* of the first disk: 8 MiB */
#define REQUESTS 64

static struct fakeblkback *back = &boot_disks[0];
static struct blkdev *dev;
static unsigned base_frames, base_grants, changes;

static struct io {
	struct blkdev_request request;
	uint8_t *data;
	unsigned done;
	int error;
	bool again; /* done() submits it once more */
	int again_error;
} ios[REQUESTS];

static inline struct blkfront_ring *ring_of(struct blkdev *device)
{
	return container_of(device, struct blkfront_ring, blkdev);
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

static inline void on_done(struct blkdev_request *request, int error)
{
	struct io *io = container_of(request, struct io, request);

	io->done++;
	io->error = error;
	if (!io->again)
		return;
	io->again = false;
	io->again_error = blkdev_submit(dev, request);
}

/* Submits; what it returns. The buffer is as long as it must be, so that sanitizers see more. */
static inline int submit(struct io *io, enum blkdev_op op, uint64_t sector, uint32_t count)
{
	size_t len = op == BLKDEV_READ || op == BLKDEV_WRITE ? (size_t)count * dev->sector_size : 0;
	uint8_t *data = len ? malloc(len) : NULL;

	for (size_t i = 0; op == BLKDEV_WRITE && i < len; i++)
		data[i] = (uint8_t)(sector + i / dev->sector_size + i * 7);
	free(io->data);
	memset(io, 0, sizeof(*io));
	io->data = data;
	io->request = (struct blkdev_request){
		.op = op, .sector = sector, .count = count, .data = data, .done = on_done};
	return blkdev_submit(dev, &io->request);
}

static inline void must_submit(struct io *io, enum blkdev_op op, uint64_t sector, uint32_t count)
{
	ck_assert_int_eq(submit(io, op, sector, count), 0);
	ck_assert_uint_eq(io->done, 0);
}

/* From its submission to its end. */
static inline int run(enum blkdev_op op, uint64_t sector, uint32_t count)
{
	struct io *io = &ios[0];

	must_submit(io, op, sector, count);
	settle();
	ck_assert_uint_eq(io->done, 1);
	return io->error;
}

static inline bool on_image(const struct io *io)
{
	return !memcmp(io->data, back->image + io->request.sector * dev->sector_size,
		(size_t)io->request.count * dev->sector_size);
}

static inline void fill_image(void)
{
	for (size_t i = 0; i < (size_t)back->units * 512; i++)
		back->image[i] = (uint8_t)(i / 512 * 31 + i);
}

static inline void on_changed(struct blkdev *device, void *ctx)
{
	(void)device;
	(void)ctx;
	changes++;
}

static inline void boot(void)
{
	uint32_t refs[600];

	boot_prepare();
	blkfront_init();
	boot_guest();
	/* So many references that the table has grown before the books are opened. */
	for (unsigned i = 0; i < 600; i++)
		ck_assert_int_eq(gnttab_take(&refs[i]), 0);
	for (unsigned i = 0; i < 600; i++)
		gnttab_put(refs[i]);
	base_frames = fakexen_frames_used();
	base_grants = gnttab_stats.free;
	fakeblkback_init(back, 51712, UNITS);
}

static inline void attach(void)
{
	fakeblkback_attach(back, "2");
	settle();
	dev = blkdev_get(0);
	if (!dev)
		return;
	dev->changed = on_changed;
}

static inline void begin(void)
{
	boot();
	attach();
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

/* The disk is dead, the guest is not, and nothing has leaked but what the backend holds. */
static inline void check_disabled(void)
{
	settle();
	ck_assert(!dev->up);
	ck_assert_int_eq(submit(&ios[REQUESTS - 1], BLKDEV_READ, 0, 1), -ENODEV);
	ck_assert_str_eq(fakestore_read("device/vbd/51712/state"), "6");
	ck_assert_uint_eq(fakexen_ports_open(), 2);
	fakeblkback_vanish(back);
	settle();
	check_gone();
}

#endif
