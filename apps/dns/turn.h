/* SPDX-License-Identifier: ISC */
/* Threads that take turns: who comes first is first, and waits no longer than until a deadline. */
#ifndef APPS_DNS_TURN_H
#define APPS_DNS_TURN_H

#include <stdbool.h>

#include "lib/sched/sched.h"

struct turn {
	struct wait_queue others;
	bool taken;
};

static inline void turn_init(struct turn *turn)
{
	wait_queue_init(&turn->others);
	turn->taken = false;
}

/* 0, -ETIMEDOUT or -ECANCELED. */
static inline int turn_take(struct turn *turn, uint64_t deadline)
{
	if (turn->taken) /* it is handed over, and stays taken */
		return wait_queue_wait(&turn->others, deadline);
	turn->taken = true;
	return 0;
}

static inline void turn_give(struct turn *turn)
{
	if (list_empty(&turn->others.waiters))
		turn->taken = false;
	else
		wait_queue_wake_one(&turn->others);
}

#endif
