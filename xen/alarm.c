/* SPDX-License-Identifier: ISC */
/* See alarm.h. The list is not sorted: it has an entry for each device in trouble, if any. */
#include "xen/alarm.h"

#include "lib/base/bytes.h"
#include "lib/base/platform.h"

static struct list alarms = {&alarms, &alarms};

void alarm_set(struct alarm *alarm, uint64_t deadline)
{
	alarm_stop(alarm);
	alarm->deadline = deadline;
	list_push_back(&alarms, &alarm->node);
}

void alarm_stop(struct alarm *alarm)
{
	if (!alarm->node.next)
		return;
	list_remove(&alarm->node);
	alarm->node.next = NULL;
}

static struct alarm *first_due(uint64_t now)
{
	for (struct list *at = alarms.next; at != &alarms; at = at->next) {
		struct alarm *alarm = container_of(at, struct alarm, node);

		if (alarm->deadline <= now)
			return alarm;
	}
	return NULL;
}

bool alarm_turn(void)
{
	struct alarm *alarm;
	uint64_t now;
	bool any = false;

	if (list_empty(&alarms))
		return false;
	/* One that is set anew by its own call lies behind this moment, and so waits. */
	now = platform_time_ns();
	while ((alarm = first_due(now))) {
		alarm_stop(alarm);
		alarm->fire(alarm);
		any = true;
	}
	return any;
}

uint64_t alarm_next(void)
{
	uint64_t next = UINT64_MAX;

	for (struct list *at = alarms.next; at != &alarms; at = at->next)
		next = MIN(next, container_of(at, struct alarm, node)->deadline);
	return next;
}
