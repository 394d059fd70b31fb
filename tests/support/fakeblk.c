/* SPDX-License-Identifier: ISC */
/* A block device in memory: see fakeblk.h. */
#include "tests/support/fakeblk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/list.h"

static void must(bool fact, const char *what)
{
	if (fact)
		return;
	fprintf(stderr, "fakeblk: expected %s\n", what);
	abort();
}

static int fake_submit(struct blkdev *dev, struct blkdev_request *request)
{
	struct fakeblk *fake = container_of(dev, struct fakeblk, dev);
	bool data = request->op == BLKDEV_READ || request->op == BLKDEV_WRITE;

	if (!dev->up)
		return -ENODEV;
	if (fake->withdraws)
		dev->flush = false;
	if (request->op == BLKDEV_FLUSH && !dev->flush)
		return -EOPNOTSUPP;
	must(request->done != NULL, "a request with done()");
	must(data == (request->data != NULL), "data with reads and writes alone");
	if (request->op != BLKDEV_FLUSH &&
		(!request->count || request->sector >= dev->sectors ||
			request->count > dev->sectors - request->sector ||
			(data && request->count > dev->request_max)))
		return -EINVAL;
	if (fake->takes_nothing || fake->count == fake->depth) {
		fake->refused++;
		return -EAGAIN;
	}
	fake->pending[fake->count++] = request;
	return 0;
}

static const struct blkdev_ops fake_ops = {.submit = fake_submit};

void fakeblk_create(
	struct fakeblk *fake, unsigned index, const char *name, size_t bytes, uint32_t sector_size)
{
	*fake = (struct fakeblk){.data = calloc(1, bytes),
		.bytes = bytes,
		.depth = FAKEBLK_DEPTH,
		.per_poll = FAKEBLK_DEPTH,
		.dice = 1};
	must(fake->data != NULL, "memory");
	snprintf(fake->dev.name, sizeof(fake->dev.name), "%s", name);
	fake->dev.ops = &fake_ops;
	fake->dev.index = index;
	fake->dev.sectors = bytes / sector_size;
	fake->dev.sector_size = fake->dev.physical_sector_size = sector_size;
	fake->dev.request_max = 8;
	fake->dev.up = fake->dev.flush = fake->dev.discard = true;
	must(blkdev_register(&fake->dev) == 0, "a free place in the table of disks");
}

void fakeblk_destroy(struct fakeblk *fake)
{
	must(fake->count == 0, "nothing under way");
	free(fake->data);
}

static void execute(struct fakeblk *fake, const struct blkdev_request *request)
{
	size_t at = (size_t)request->sector * fake->dev.sector_size;
	size_t len = (size_t)request->count * fake->dev.sector_size;

	if (request->op == BLKDEV_READ)
		memcpy(request->data, fake->data + at, len);
	else if (request->op == BLKDEV_WRITE)
		memcpy(fake->data + at, request->data, len);
	else if (request->op == BLKDEV_DISCARD)
		memset(fake->data + at, 0xdd, len);
	fake->served[request->op]++;
}

static struct blkdev_request *take_any(struct fakeblk *fake)
{
	unsigned i = (fake->dice = fake->dice * 1103515245 + 12345) / 65536 % fake->count;
	struct blkdev_request *request = fake->pending[i];

	fake->pending[i] = fake->pending[--fake->count];
	return request;
}

bool fakeblk_poll(struct fakeblk *fake)
{
	for (unsigned i = 0; i < fake->per_poll && fake->count; i++) {
		struct blkdev_request *request = take_any(fake);
		bool fail = fake->fail_in && --fake->fail_in == 0;

		if (!fail)
			execute(fake, request);
		request->done(request, fail ? fake->fail_with : 0);
	}
	return fake->count && fake->per_poll;
}

void fakeblk_pull(struct fakeblk *fake)
{
	fake->dev.up = false;
	while (fake->count) {
		struct blkdev_request *request = take_any(fake);

		if (request->op == BLKDEV_WRITE && fake->count % 2)
			execute(fake, request);
		request->done(request, -ENODEV);
	}
	if (fake->dev.changed)
		fake->dev.changed(&fake->dev, fake->dev.ctx);
}

void fakeblk_put_back(struct fakeblk *fake)
{
	fake->dev.up = true;
	if (fake->dev.changed)
		fake->dev.changed(&fake->dev, fake->dev.ctx);
}
