/* SPDX-License-Identifier: ISC */
/*
 * The floor of the benchmarks: turns every frame round, unread but for its two addresses, so that
 * the driver's share of a request can be told from the stack's and the service's own.
 */
#include <string.h>

#include "drivers/netdev.h"
#include "lib/app/app.h"
#include "lib/base/log.h"
#include "lib/base/version.h"
#include "lib/sched/sched.h"

static void turn_round(struct netdev *dev, struct netdev_frame *frame, void *ctx)
{
	uint8_t *out = frame->len >= 14 ? netdev_tx_begin(dev) : NULL;

	(void)ctx;
	if (out) {
		memcpy(out, frame->data + 6, 6);
		memcpy(out + 6, frame->data, 6);
		memcpy(out + 12, frame->data + 12, frame->len - 12u);
		netdev_tx_commit(dev, frame->len);
	}
	netdev_frame_release(frame);
}

/* One notification for all that a turn of the loop has sent. */
static void flush(void *ctx)
{
	struct netdev *dev;

	(void)ctx;
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		dev = netdev_get(i);
		if (dev && dev->up)
			netdev_tx_flush(dev);
	}
}

static void take_over(struct netdev *dev, void *ctx)
{
	(void)ctx;
	dev->changed = NULL;
	dev->input = turn_round;
}

static int floor_main(void)
{
	static struct loop_hook hook = {.fn = flush};

	netdev_set_listener(take_over, NULL);
	sched_add_hook(&hook);
	log_info("floor", "ready");
	return 0;
}

const struct app app = {.name = "floor", .version = KINGLET_VERSION, .main = floor_main};
