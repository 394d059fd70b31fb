/* SPDX-License-Identifier: ISC */
/*
 * One-shot timers in a list sorted by deadline. A new timer looks for its place from the far end:
 * nearly all are timeouts of the same few lengths, so that the place is found at once.
 */
#include "lib/sched/sched.h"

#include "lib/base/platform.h"
#include "lib/sched/internal.h"

static struct list timers = LIST_INIT(timers);

void timers_init(void)
{
	list_init(&timers);
}

void timer_init(struct timer *timer, void (*fn)(struct timer *timer))
{
	list_init(&timer->node);
	timer->deadline = PLATFORM_NEVER;
	timer->fn = fn;
	timer->armed = false;
}

void timer_set(struct timer *timer, uint64_t deadline)
{
	struct list *at;

	timer_cancel(timer);
	timer->deadline = deadline;
	if (deadline == PLATFORM_NEVER)
		return;
	for (at = timers.prev; at != &timers; at = at->prev) {
		if (container_of(at, struct timer, node)->deadline <= deadline)
			break;
	}
	list_insert_before(at->next, &timer->node);
	timer->armed = true;
}

void timer_cancel(struct timer *timer)
{
	if (!timer->armed)
		return;
	list_remove(&timer->node);
	timer->armed = false;
}

uint64_t timers_next(void)
{
	if (list_empty(&timers))
		return PLATFORM_NEVER;
	return container_of(timers.next, struct timer, node)->deadline;
}

void timers_run(uint64_t now)
{
	struct list due = LIST_INIT(due), *node;

	while (timers_next() <= now) {
		node = list_pop_front(&timers);
		if (!node)
			break;
		list_push_back(&due, node);
	}
	/* A handler may cancel or set any timer, one in `due` too: it then leaves that list. */
	while ((node = list_pop_front(&due))) {
		struct timer *timer = container_of(node, struct timer, node);

		timer->armed = false;
		timer->fn(timer);
	}
}
