/* SPDX-License-Identifier: ISC */
/*
 * Updates that came by datagram: they may have to wait for the disk or for each other, so a thread
 * performs them, in their order. See exchange.h.
 */
#include <stdlib.h>
#include <string.h>

#include "apps/dns/exchange.h"
#include "lib/base/list.h"
#include "lib/base/platform.h"
#include "lib/sched/sched.h"

#define WAITING_MAX 32u
#define STACK       ((size_t)48 * 1024)

struct waiting {
	struct list node;
	struct net_addr from;
	struct dns_tsig tsig;
	struct dns_key zone;
	size_t len;
	uint8_t message[];
};

static struct udp_socket *socket;
static struct list queue = LIST_INIT(queue);
static unsigned queued;
static struct wait_queue updater = {LIST_INIT(updater.waiters)};

enum exchange_outcome updates_queue(struct exchange *x)
{
	struct waiting *waiting = NULL;

	if (queued < WAITING_MAX)
		waiting = malloc(sizeof(*waiting) + x->len);
	if (!waiting)
		return exchange_answer(x, 0, DNS_SERVFAIL);
	waiting->from = *x->from;
	waiting->tsig = x->tsig;
	waiting->zone = x->role->name;
	waiting->len = x->len;
	memcpy(waiting->message, x->message, x->len);
	list_push_back(&queue, &waiting->node);
	queued++;
	wait_queue_wake_one(&updater);
	return EXCHANGE_NOTHING;
}

static void perform(struct waiting *waiting)
{
	struct role *role = roles_find(&waiting->zone);
	uint8_t reply[1024];
	struct exchange x = {.from = &waiting->from,
		.message = waiting->message,
		.len = waiting->len,
		.tsig = waiting->tsig,
		.reply = reply,
		.size = sizeof(reply)};

	exchange_answer(
		&x, 0, role ? change_update(role, waiting->message, waiting->len) : DNS_SERVFAIL);
	if (exchange_sign(&x))
		net_udp_send(socket, x.from, reply, x.len);
}

static void perform_all(void *arg)
{
	struct list *node;

	(void)arg;
	for (;;) {
		while (!(node = list_pop_front(&queue)))
			wait_queue_wait(&updater, PLATFORM_NEVER);
		queued--;
		perform(container_of(node, struct waiting, node));
		free(container_of(node, struct waiting, node));
	}
}

int updates_start(struct udp_socket *s)
{
	socket = s;
	return thread_create("dns/update", STACK, perform_all, NULL);
}
