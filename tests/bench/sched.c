/* SPDX-License-Identifier: ISC */
/*
 * Work for the scheduler, for its instructions to be counted (tests/bench/instructions):
 *   sched switch N   N times in all, a thread of sixteen yields and the next one runs
 *   sched wake N     N times in all, a thread of two wakes the other one and waits
 * Each includes its share of a turn of the loop. Fails when fewer took place.
 */
#include "lib/sched/sched.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/machine.h"

#define YIELDERS 16

static unsigned wanted, done;
static struct wait_queue queues[2];

static void yields(void *arg)
{
	(void)arg;
	while (done < wanted) {
		done++;
		thread_yield();
	}
}

static void wakes(void *arg)
{
	size_t self = *(const size_t *)arg;

	while (done < wanted) {
		done++;
		wait_queue_wake_one(&queues[!self]);
		wait_queue_wait(&queues[self], PLATFORM_NEVER);
	}
	wait_queue_wake_one(&queues[!self]);
}

static int start(const char *what)
{
	static const size_t which[2] = {0, 1};

	if (strcmp(what, "switch") == 0) {
		for (unsigned i = 0; i < YIELDERS; i++)
			if (thread_create("yields", THREAD_STACK_DEFAULT, yields, NULL))
				return -1;
		return 0;
	}
	if (strcmp(what, "wake") != 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		wait_queue_init(&queues[i]);
		if (thread_create("wakes", THREAD_STACK_DEFAULT, wakes, (void *)&which[i]))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	sched_init();
	wanted = argc == 3 ? (unsigned)atoi(argv[2]) : 0;
	if (!wanted || start(argv[1])) {
		fprintf(stderr, "usage: sched switch|wake N\n");
		return 2;
	}
	sched_run_until_idle();
	return done == wanted ? 0 : 1;
}
