/* SPDX-License-Identifier: ISC */
/*
 * Deadlines of drivers, which have no threads: a function that is called from xen_poll() when a
 * time has come. Few, and far apart.
 */
#ifndef XEN_ALARM_H
#define XEN_ALARM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/list.h"

/* Owned by the caller; zeroed before the first use. */
struct alarm {
	void (*fire)(struct alarm *alarm);
	/* Private: */
	struct list node;
	uint64_t deadline;
};

/* FIRE is called once, when platform_time_ns() has reached DEADLINE. Replaces an earlier one. */
void alarm_set(struct alarm *alarm, uint64_t deadline);
void alarm_stop(struct alarm *alarm);

/* Calls those that are due; returns whether there were any. */
bool alarm_turn(void);
/* When the next is due; UINT64_MAX: there is none. */
uint64_t alarm_next(void);

#endif
