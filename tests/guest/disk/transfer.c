/* SPDX-License-Identifier: ISC */
/* See transfer.h. */
#include "tests/guest/disk/transfer.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/platform.h"
#include "lib/sched/sched.h"
#include "tests/guest/disk/pattern.h"

struct slot {
	struct blkdev_request request;
	struct run *run;
	uint64_t unit;
	uint8_t *data;
	bool busy, done;
};

struct run {
	struct transfer *transfer;
	struct wait_queue queue;
	struct slot *slots;
	uint64_t next; /* unit to be asked for */
	unsigned busy;
	int error;
};

static void on_done(struct blkdev_request *request, int error)
{
	struct slot *slot = container_of(request, struct slot, request);

	slot->done = true;
	if (error && !slot->run->error)
		slot->run->error = error;
	wait_queue_wake_all(&slot->run->queue);
}

static void submit(struct run *run, struct slot *slot)
{
	struct transfer *transfer = run->transfer;
	uint32_t scale = transfer->dev->sector_size / PATTERN_UNIT;
	uint64_t left = transfer->first + transfer->count - run->next;
	uint32_t units = (uint32_t)MIN(left, transfer->size / PATTERN_UNIT);
	int error;

	slot->unit = run->next;
	slot->request = (struct blkdev_request){.op = transfer->write ? BLKDEV_WRITE : BLKDEV_READ,
		.sector = run->next / scale,
		.count = units / scale,
		.data = slot->data,
		.done = on_done};
	for (uint32_t i = 0; transfer->write && transfer->pattern && i < units; i++)
		pattern_fill(slot->data + i * PATTERN_UNIT, transfer->seed, run->next + i);
	error = blkdev_submit(transfer->dev, &slot->request);
	if (error) {
		run->error = error;
		return;
	}
	run->next += units;
	slot->busy = true;
	slot->done = false;
	run->busy++;
}

static void check(struct transfer *transfer, const struct slot *slot)
{
	uint32_t units = slot->request.count * (transfer->dev->sector_size / PATTERN_UNIT);

	for (uint32_t i = 0; i < units; i++) {
		if (pattern_holds(slot->data + i * PATTERN_UNIT, transfer->seed, slot->unit + i))
			continue;
		if (!transfer->bad++)
			transfer->bad_first = slot->unit + i;
	}
}

/* Takes back what is done; submits more as long as all goes well. */
static void turn(struct run *run)
{
	struct transfer *transfer = run->transfer;

	for (unsigned i = 0; i < transfer->depth; i++) {
		struct slot *slot = &run->slots[i];

		if (slot->busy && slot->done) {
			slot->busy = false;
			run->busy--;
			if (!run->error && !transfer->write && transfer->pattern)
				check(transfer, slot);
		}
		if (!slot->busy && !run->error && run->next < transfer->first + transfer->count)
			submit(run, slot);
	}
}

static bool allocate(struct run *run)
{
	run->slots = calloc(run->transfer->depth, sizeof(*run->slots));
	for (unsigned i = 0; run->slots && i < run->transfer->depth; i++) {
		run->slots[i].run = run;
		run->slots[i].data = calloc(1, run->transfer->size);
		if (!run->slots[i].data)
			return false;
	}
	return run->slots;
}

static void release(struct run *run)
{
	for (unsigned i = 0; run->slots && i < run->transfer->depth; i++)
		free(run->slots[i].data);
	free(run->slots);
}

int transfer_run(struct transfer *transfer)
{
	struct run run = {.transfer = transfer, .next = transfer->first};

	wait_queue_init(&run.queue);
	transfer->bad = 0;
	if (!allocate(&run))
		run.error = -ENOMEM;
	while (!run.error || run.busy) {
		if (run.slots)
			turn(&run);
		if (!run.busy)
			break;
		(void)wait_queue_wait(&run.queue, PLATFORM_NEVER);
	}
	release(&run);
	return run.error;
}

int transfer_simple(struct blkdev *dev, enum blkdev_op op, uint64_t first, uint64_t count)
{
	uint32_t scale = dev->up ? dev->sector_size / PATTERN_UNIT : 1;
	struct run run = {0};
	struct slot slot = {.run = &run,
		.request = {.op = op,
			.sector = first / scale,
			.count = (uint32_t)(count / scale),
			.done = on_done}};
	int error = blkdev_submit(dev, &slot.request);

	wait_queue_init(&run.queue);
	while (!error && !slot.done)
		(void)wait_queue_wait(&run.queue, PLATFORM_NEVER);
	return error ? error : run.error;
}
