/* SPDX-License-Identifier: ISC */
/*
 * Blocking calls over block devices: see disk.h. A call is split into pieces, of which a few are
 * under way at a time; they and the call lie on the caller's stack, which therefore waits for all.
 */
#include "lib/disk/disk.h"

#include <errno.h>
#include <stdlib.h>

#include "drivers/blkdev.h"
#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/sched/sched.h"

#define PIECES     4u          /* of a call that are under way at a time */
#define FULL_RETRY 10000000ull /* ns: others may fill the queue, whose end is not told here */

static struct {
	bool started;
	struct wait_queue changes; /* a disk has come or gone */
	struct wait_queue room;    /* a request of ours has ended */
	unsigned losses[BLKDEV_MAX];
} disks;

/* ---- disks that come and go ---- */

static void changed(struct blkdev *dev, void *ctx)
{
	(void)ctx;
	if (!dev->up)
		disks.losses[dev->index]++;
	wait_queue_wake_all(&disks.changes);
}

static void appeared(struct blkdev *dev, void *ctx)
{
	(void)ctx;
	dev->changed = changed;
	wait_queue_wake_all(&disks.changes);
}

static void start(void)
{
	if (disks.started)
		return;
	disks.started = true;
	wait_queue_init(&disks.changes);
	wait_queue_init(&disks.room);
	blkdev_set_listener(appeared, NULL);
}

int disk_wait(struct blkdev **dev, const char *name, uint64_t deadline)
{
	int error = 0;

	start();
	while (!error) {
		*dev = blkdev_find(name);
		if (*dev && (*dev)->up)
			return 0;
		error = wait_queue_wait(&disks.changes, deadline);
	}
	return error;
}

int disk_wait_up(struct blkdev *dev, uint64_t deadline)
{
	int error = 0;

	start();
	while (!error && !dev->up)
		error = wait_queue_wait(&disks.changes, deadline);
	return error;
}

unsigned disk_losses(const struct blkdev *dev)
{
	start();
	return disks.losses[dev->index];
}

/* ---- calls ---- */

struct call;

struct piece {
	struct blkdev_request request;
	struct call *call;
	bool busy;
};

struct call {
	struct blkdev *dev;
	struct piece pieces[PIECES];
	unsigned under_way, losses;
	int error; /* the first */
	struct wait_queue done;
};

static void piece_done(struct blkdev_request *request, int error)
{
	struct piece *piece = container_of(request, struct piece, request);
	struct call *call = piece->call;

	piece->busy = false;
	call->under_way--;
	if (error && !call->error)
		call->error = error;
	wait_queue_wake_all(&call->done);
	wait_queue_wake_all(&disks.room);
}

/* Waits whatever may be asked of the thread meanwhile. */
static void wait_firmly(struct wait_queue *queue, uint64_t deadline)
{
	bool cancelled = thread_is_cancelled();

	thread_uncancel();
	if (wait_queue_wait(queue, deadline) == -ECANCELED || cancelled)
		thread_cancel(thread_current());
}

/* The next piece that is free, once there is one. */
static struct piece *free_piece(struct call *call)
{
	while (call->under_way == PIECES)
		wait_firmly(&call->done, PLATFORM_NEVER);
	for (unsigned i = 0; i < PIECES; i++) {
		if (!call->pieces[i].busy)
			return &call->pieces[i];
	}
	ASSERT(false);
	return NULL;
}

/* After a wait the disk may be another one, which this call was not meant for. */
static int try_submit(struct call *call, struct blkdev_request *request)
{
	if (disks.losses[call->dev->index] != call->losses)
		return -ENODEV;
	return blkdev_submit(call->dev, request);
}

static void submit(struct call *call, struct piece *piece)
{
	int error;

	piece->call = call;
	piece->request.done = piece_done;
	piece->busy = true;
	call->under_way++;
	while ((error = try_submit(call, &piece->request)) == -EAGAIN)
		wait_firmly(&disks.room, platform_time_ns() + FULL_RETRY);
	if (error)
		piece_done(&piece->request, error);
}

static void begin(struct call *call, struct blkdev *dev)
{
	start();
	*call = (struct call){.dev = dev, .losses = disks.losses[dev->index]};
	wait_queue_init(&call->done);
}

/* For all pieces, after an error too. */
static int finish(struct call *call)
{
	while (call->under_way)
		wait_firmly(&call->done, PLATFORM_NEVER);
	return call->error;
}

/* COUNT sectors in pieces of at most MAX. DATA counts but for a discard. */
static int transfer(struct blkdev *dev, enum blkdev_op op, uint64_t sector, char *data,
	uint64_t count, uint32_t max)
{
	uint32_t size = dev->sector_size;
	struct call call;

	begin(&call, dev);
	for (uint64_t at = 0; at < count && !call.error; at += max) {
		struct piece *piece = free_piece(&call);

		piece->request = (struct blkdev_request){.op = op,
			.sector = sector + at,
			.count = (uint32_t)MIN(count - at, (uint64_t)max),
			.data = op == BLKDEV_DISCARD ? NULL : data + at * size};
		submit(&call, piece);
	}
	return finish(&call);
}

static int check(const struct blkdev *dev, uint64_t sector, uint64_t count)
{
	if (!dev->up)
		return -ENODEV;
	return sector > dev->sectors || count > dev->sectors - sector ? -EINVAL : 0;
}

int disk_read(struct blkdev *dev, uint64_t sector, void *data, uint32_t count)
{
	int error = check(dev, sector, count);

	return error ? error : transfer(dev, BLKDEV_READ, sector, data, count, dev->request_max);
}

int disk_write(struct blkdev *dev, uint64_t sector, const void *data, uint32_t count)
{
	int error = dev->up && dev->read_only ? -EROFS : check(dev, sector, count);

	if (error)
		return error;
	return transfer(
		dev, BLKDEV_WRITE, sector, (char *)(uintptr_t)data, count, dev->request_max);
}

/* A host that takes back its offer to flush says that writes are durable at once. */
int disk_flush(struct blkdev *dev)
{
	struct call call;
	int error;

	if (!dev->up)
		return -ENODEV;
	if (!dev->flush || dev->read_only)
		return 0;
	begin(&call, dev);
	call.pieces[0].request = (struct blkdev_request){.op = BLKDEV_FLUSH};
	submit(&call, &call.pieces[0]);
	error = finish(&call);
	return error == -EOPNOTSUPP && !dev->flush ? 0 : error;
}

int disk_discard(struct blkdev *dev, uint64_t sector, uint64_t count)
{
	int error = dev->up && dev->read_only ? -EROFS : check(dev, sector, count);

	if (error || !dev->discard)
		return error;
	error = transfer(dev, BLKDEV_DISCARD, sector, NULL, count, UINT32_MAX);
	return error == -EOPNOTSUPP ? 0 : error;
}

/* ---- bytes ---- */

/* LEN bytes of one sector, from byte SKIP of it on. */
static int read_part(struct blkdev *dev, uint64_t sector, uint32_t skip, void *data, size_t len)
{
	uint32_t size = dev->sector_size;
	char *whole = malloc(size);
	int error;

	if (!whole)
		return -ENOMEM;
	error = disk_read(dev, sector, whole, 1);
	if (!error)
		memcpy(data, whole + skip, len);
	free(whole);
	return error;
}

int disk_read_bytes(struct blkdev *dev, uint64_t offset, void *data, size_t len)
{
	uint32_t size = dev->sector_size, skip;
	unsigned losses = disk_losses(dev);
	uint64_t sector;
	size_t part;
	char *out = data;
	int error = dev->up ? 0 : -ENODEV;

	for (; len && !error; out += part, offset += part, len -= part) {
		sector = offset / size;
		skip = (uint32_t)(offset % size);
		if (skip || len < size) {
			part = MIN(len, (size_t)(size - skip));
			error = read_part(dev, sector, skip, out, part);
		} else {
			part = MIN(len, (size_t)1 << 30) / size * size;
			error = disk_read(dev, sector, out, (uint32_t)(part / size));
		}
		if (disk_losses(dev) != losses)
			error = -ENODEV;
	}
	return error;
}
