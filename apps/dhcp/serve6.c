/* SPDX-License-Identifier: ISC */
/*
 * IPv6: router advertisements, and DHCPv6's way of an answer, which is that of serve.c: the handler
 * fills a slot, the thread has the lease written and sends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dhcp/leases.h"
#include "apps/dhcp/serve.h"
#include "lib/base/bytes.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/dhcp/ra.h"
#include "lib/net/net.h"

#define S_NS        1000000000ull
#define FIRST_RAS   3u  /* RFC 4861 section 6.2.4: these follow one another sooner */
#define FIRST_GAP_S 16u /* MAX_INITIAL_RTR_ADVERT_INTERVAL */
#define SOLICIT_GAP 3u  /* section 6.2.6: MIN_DELAY_BETWEEN_RAS */

struct slot6 {
	struct list node;
	struct net_addr from;
	struct dhcp6_answer answer;
	uint8_t record[DHCP_RECORD_MAX];
	size_t record_len;
	struct store_later later;
};

struct link6 {
	bool joined;
	unsigned sent; /* advertisements */
	uint64_t last, next;
};

static struct dhcp6_server *server;
static struct udp_socket *socket;
static struct slot6 *slots;
static struct list free_slots = LIST_INIT(free_slots), waiting = LIST_INIT(waiting);
static struct link6 links[DHCP_LINKS];

static struct slot6 *slot_of(struct list *node)
{
	return container_of(node, struct slot6, node);
}

uint64_t serve6_memory(unsigned queue)
{
	return queue * (uint64_t)sizeof(struct slot6);
}

/* ---- DHCPv6 ---- */

static size_t receive(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	struct slot6 *slot;

	(void)ctx, (void)to, (void)reply, (void)reply_size;
	if (net_addr_is_v4(from))
		return 0;
	if (list_empty(&free_slots)) {
		serve_stats.queue_full++;
		return 0;
	}
	slot = slot_of(free_slots.next);
	slot->from = *from;
	dhcp6_server_receive(server, serve_now(), from->netif, data, len, &slot->answer);
	slot->record_len = 0;
	if (slot->answer.changed && leases_are_kept())
		slot->record_len =
			dhcp_record_write(slot->record, &server->leases, slot->answer.changed);
	if (!slot->answer.len && !slot->record_len)
		return 0;
	list_remove(&slot->node);
	list_push_back(&waiting, &slot->node);
	serve_wake();
	return 0;
}

static void finish(struct slot6 *slot)
{
	if (slot->answer.len &&
		net_udp_send(socket, &slot->from, slot->answer.data, slot->answer.len))
		serve_stats.unsent++;
	list_push_front(&free_slots, &slot->node);
}

static void saved(struct store_later *later, int error)
{
	struct slot6 *slot = container_of(later, struct slot6, later);

	if (error) {
		serve_stats.undurable++;
		slot->answer.len = 0;
	}
	finish(slot);
}

static void save(struct slot6 *slot)
{
	int error;

	slot->later = (struct store_later){.done = saved};
	error = leases_save(slot->answer.address, 16, slot->record, slot->record_len, &slot->later);
	if (error)
		saved(&slot->later, error);
}

/* ---- router advertisements ---- */

static void solicited(void *ctx, unsigned netif)
{
	(void)ctx;
	if (netif >= DHCP_LINKS || !links[netif].joined)
		return;
	links[netif].next = MIN(links[netif].next, links[netif].last + SOLICIT_GAP * S_NS);
	serve_wake();
}

/* Groups are joined once the interface is up: agents and servers, and routers. */
static bool join(unsigned netif)
{
	static const uint8_t agents[16] = {0xff, 2, [13] = 1, [15] = 2},
			     routers[16] = {0xff, 2, [15] = 2};

	if (!links[netif].joined)
		links[netif].joined = !net_join6(netif, agents) && !net_join6(netif, routers);
	return links[netif].joined;
}

static void advertise(unsigned netif)
{
	static const uint8_t everyone[16] = {0xff, 2, [15] = 1};
	uint32_t interval = dhcp_ra_interval(server->config), random;
	struct link6 *link = &links[netif];
	uint64_t now = platform_time_ns();
	uint8_t message[DHCP_RA_MAX], mac[6];
	size_t len;

	if (now < link->next || !net_mac(netif, mac))
		return;
	len = dhcp_ra_write(message, server->config, netif, mac);
	if (net_icmp6_send(netif, everyone, message, len))
		return; /* the link-local address is not there yet */
	if (++link->sent <= FIRST_RAS)
		interval = MIN(interval, FIRST_GAP_S);
	platform_random(&random, sizeof(random));
	link->last = now;
	link->next = now + interval * S_NS - random % (interval * 1000u / 3) * (S_NS / 1000);
}

/* ---- for the thread ---- */

void serve6_work(void)
{
	struct list *node;

	if (!server)
		return;
	while ((node = list_pop_front(&waiting))) {
		if (slot_of(node)->record_len)
			save(slot_of(node));
		else
			finish(slot_of(node));
	}
	for (unsigned i = 0; i < DHCP_LINKS; i++)
		if (server->config->links[i].length6 && join(i) && server->config->enable_ra)
			advertise(i);
}

void serve6_tick(void)
{
	if (server)
		dhcp6_server_tick(server, serve_now());
}

int serve6_start(struct dhcp6_server *s, unsigned queue)
{
	int error;

	slots = calloc(queue, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (unsigned i = 0; i < queue; i++)
		list_push_back(&free_slots, &slots[i].node);
	error = net_udp_listen(&socket, DHCP6_SERVER_PORT, 0, receive, NULL);
	if (error)
		return error;
	server = s;
	net_on_solicit6(solicited, NULL);
	return 0;
}
