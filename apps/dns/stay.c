/* SPDX-License-Identifier: ISC */
/* Who may stay: see stay.h. There are a few dozen connections, so that a walk costs little. */
#include "apps/dns/stay.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/inet.h"

#define PREFIX6 8 /* bytes of an IPv6 address that stand for one client */

void stay_init(struct stay_table *table)
{
	list_init(&table->all);
	table->open = 0;
}

/* IPv4 is v4-mapped. */
static void client_of(uint8_t client[16], const uint8_t ip[16])
{
	memcpy(client, ip, 16);
	if (!inet_is_v4(ip))
		memset(client + PREFIX6, 0, 16 - PREFIX6);
}

static bool may_leave(const struct stay *stay, uint64_t now)
{
	switch (stay->state) {
	case STAY_IDLE:
		return true;
	case STAY_WORK:
		return false;
	default:
		return now - stay->since >= STAY_GRACE;
	}
}

/* Whether A rather than B, which may be NULL. */
static bool rather(const struct stay *a, const struct stay *b)
{
	if (!b)
		return true;
	if ((a->state == STAY_IDLE) != (b->state == STAY_IDLE))
		return a->state == STAY_IDLE;
	return a->since < b->since;
}

enum stay_verdict stay_ask(const struct stay_table *table, const struct stay_limits *limits,
	const uint8_t ip[16], uint64_t now, struct stay **leave)
{
	struct list *node;
	uint8_t client[16];
	uint64_t same = 0;

	*leave = NULL;
	client_of(client, ip);
	list_for_each (node, &table->all) {
		struct stay *stay = container_of(node, struct stay, node);

		same += memcmp(stay->client, client, sizeof(client)) == 0;
		if (may_leave(stay, now) && rather(stay, *leave))
			*leave = stay;
	}
	if (same >= limits->per_client) {
		*leave = NULL;
		return STAY_TOO_MANY;
	}
	if (table->open >= limits->most)
		return *leave ? STAY_WELCOME : STAY_FULL;
	*leave = NULL;
	return STAY_WELCOME;
}

void stay_open(struct stay_table *table, struct stay *stay, const uint8_t ip[16], uint64_t now)
{
	client_of(stay->client, ip);
	stay_set(stay, STAY_MESSAGE, now);
	list_push_back(&table->all, &stay->node);
	table->open++;
}

void stay_close(struct stay_table *table, struct stay *stay)
{
	list_remove(&stay->node);
	table->open--;
}

void stay_set(struct stay *stay, enum stay_state state, uint64_t now)
{
	stay->state = state;
	stay->since = now;
}

uint64_t stay_idle_time(const struct stay_table *table, const struct stay_limits *limits)
{
	uint64_t half = (limits->most + 1) / 2;
	uint64_t room = limits->most - MIN((uint64_t)table->open, limits->most);

	if (room >= half)
		return limits->idle;
	return MAX(limits->idle / half * room, MIN(limits->idle, (uint64_t)STAY_IDLE_LEAST));
}
