/* SPDX-License-Identifier: ISC */
/*
 * The way of an answer: the handler of port 67 has the engine fill a slot, the thread here makes
 * its lease durable and then sends it. All that wait meanwhile share the next commit. An offer of
 * an address that may be somebody's waits for an ARP probe.
 */
#include "apps/dhcp/serve.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dhcp/leases.h"
#include "apps/dhcp/names.h"
#include "lib/base/bytes.h"
#include "lib/base/inet.h"
#include "lib/base/list.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/wire.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"

#define MS_NS     1000000ull
#define TICK_NS   1000000000ull
#define PROBE_NS  500000000ull /* an answer takes a millisecond; a client waits for seconds */
#define PROBE_MAX 8u           /* at a time */

struct slot {
	struct list node;
	struct dhcp_reply reply;
	uint8_t record[DHCP_RECORD_MAX];
	size_t record_len; /* 0: nothing to be made durable */
	uint8_t record_address[4];
	struct store_later later;
	struct net_probe probe;
	uint64_t probe_end;
};

struct serve_stats serve_stats;

static struct dhcp_server *server;
static struct udp_socket *socket;
static struct slot *slots;
static struct list free_slots = LIST_INIT(free_slots);
static struct list waiting = LIST_INIT(waiting); /* for the thread */
static struct list probing = LIST_INIT(probing); /* the oldest first */
static unsigned probe_count;
static struct wait_queue work = {LIST_INIT(work.waiters)};
static bool woken;
static uint64_t epoch; /* ms since 1970 when the machine started */

/* ---- time ---- */

static uint64_t uptime_ms(void)
{
	return platform_time_ns() / MS_NS;
}

uint64_t serve_now(void)
{
	if (!epoch)
		epoch = platform_wall_ns() / MS_NS - uptime_ms();
	return epoch + uptime_ms();
}

void serve_not_before(uint64_t now)
{
	uint64_t mine = serve_now();

	if (mine < now)
		epoch += now - mine;
}

/* ---- receiving ---- */

void serve_wake(void)
{
	woken = true;
	wait_queue_wake_one(&work);
}

static struct slot *slot_of(struct list *node)
{
	return container_of(node, struct slot, node);
}

static void put_ip(uint8_t ip[4], uint32_t address)
{
	for (unsigned i = 0; i < 4; i++)
		ip[i] = (uint8_t)(address >> (24 - 8 * i));
}

/* The lease as it is now: the next message may change it. */
static void keep_record(struct slot *slot)
{
	const struct dhcp_lease *lease = slot->reply.changed;

	slot->record_len = 0;
	if (!lease || !leases_are_kept())
		return;
	slot->record_len = dhcp_record_write(slot->record, &server->leases, lease);
	put_ip(slot->record_address, lease->address);
}

static size_t receive(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *answer, size_t answer_size)
{
	struct dhcp_arrival arrival = {.netif = from->netif};
	struct slot *slot;

	(void)ctx, (void)to, (void)answer, (void)answer_size;
	if (list_empty(&free_slots)) {
		serve_stats.queue_full++;
		return 0;
	}
	if (!net_addr_is_v4(from))
		return 0;
	slot = slot_of(free_slots.next);
	arrival.source = wire_u32(from->ip + 12);
	dhcp_server_receive(server, serve_now(), &arrival, data, len, &slot->reply);
	keep_record(slot);
	if (slot->reply.way == DHCP_NO_WAY && !slot->record_len)
		return 0;
	list_remove(&slot->node);
	list_push_back(&waiting, &slot->node);
	serve_wake();
	if (slot->reply.changed)
		names_wake();
	return 0;
}

/* ---- sending ---- */

static void to_net(struct net_addr *addr, uint32_t ip, uint16_t port, unsigned netif)
{
	memset(addr, 0, sizeof(*addr));
	addr->ip[10] = addr->ip[11] = 0xff;
	put_ip(addr->ip + 12, ip);
	addr->port = port;
	addr->netif = (uint8_t)netif;
}

static void say(const struct dhcp_reply *reply)
{
	static const char *const names[] = {
		[DHCP_OFFER] = "offer", [DHCP_ACK] = "ack", [DHCP_NAK] = "nak"};
	const uint8_t *mac = reply->data + 28; /* chaddr */
	char text[INET_TEXT];

	if (log_threshold < LOG_DEBUG || reply->type > DHCP_NAK || !names[reply->type])
		return;
	inet_format4(reply->data + 16, text); /* yiaddr */
	log_debug("dhcp", "%s %s to %02x:%02x:%02x:%02x:%02x:%02x", names[reply->type], text,
		mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static void send_reply(const struct dhcp_reply *reply)
{
	static const uint8_t everyone[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	struct net_addr from, to;
	int error;

	if (reply->way == DHCP_NO_WAY)
		return;
	to_net(&from, reply->source, DHCP_SERVER_PORT, reply->netif);
	to_net(&to, reply->address, reply->port, NET_ANY);
	if (reply->way == DHCP_ROUTED)
		error = net_udp_send(socket, &to, reply->data, reply->len);
	else
		error = net_udp_send_station(&from, &to,
			reply->way == DHCP_LINK ? everyone : reply->mac, reply->data, reply->len);
	if (error)
		serve_stats.unsent++;
	else
		say(reply);
}

static void finish(struct slot *slot)
{
	send_reply(&slot->reply);
	list_push_front(&free_slots, &slot->node);
}

/* ---- probes ---- */

/* True: the offer waits. */
static bool begin_probe(struct slot *slot)
{
	uint32_t address = slot->reply.probe;
	int error = -EBUSY;
	uint8_t ip[4];

	put_ip(ip, address);
	if (probe_count < PROBE_MAX)
		error = slot->reply.far ? net_ping_send(&slot->probe, ip)
					: net_probe_send(&slot->probe, slot->reply.netif, ip);
	if (error) {
		serve_stats.unprobed++;
		dhcp_server_probed(server, serve_now(), address, false);
		return false;
	}
	probe_count++;
	slot->probe_end = platform_time_ns() + PROBE_NS;
	list_push_back(&probing, &slot->node);
	return true;
}

static void end_probes(void)
{
	uint64_t now = platform_time_ns();

	while (!list_empty(&probing) && slot_of(probing.next)->probe_end <= now) {
		struct slot *slot = slot_of(list_pop_front(&probing));
		const uint8_t *mac = slot->probe.mac;
		char text[INET_TEXT];

		net_probe_end(&slot->probe);
		probe_count--;
		if (slot->probe.answered) {
			inet_format4(slot->probe.ip, text);
			if (slot->reply.far)
				log_warning("dhcp", "%s answers pings without a lease of it", text);
			else
				log_warning("dhcp",
					"%s is in use by %02x:%02x:%02x:%02x:%02x:%02x, which has "
					"no lease of it",
					text, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
		}
		if (!dhcp_server_probed(
			    server, serve_now(), slot->reply.probe, slot->probe.answered))
			slot->reply.way = DHCP_NO_WAY;
		finish(slot);
	}
}

/* ---- leases ---- */

static void saved(struct store_later *later, int error)
{
	struct slot *slot = container_of(later, struct slot, later);

	if (error) {
		if (!serve_stats.undurable++)
			log_error("dhcp",
				"a lease cannot be written: error %d; answers that give one "
				"are not sent",
				-error);
		slot->reply.way = DHCP_NO_WAY;
	}
	finish(slot);
}

static void save(struct slot *slot)
{
	int error;

	slot->later = (struct store_later){.done = saved};
	error = leases_save(slot->record_address, 4, slot->record, slot->record_len, &slot->later);
	if (error)
		saved(&slot->later, error);
}

/* ---- the thread ---- */

static void serve_waiting(void)
{
	struct list *node;

	while ((node = list_pop_front(&waiting))) {
		struct slot *slot = slot_of(node);

		if (slot->record_len)
			save(slot);
		else if (!slot->reply.probe || !begin_probe(slot))
			finish(slot);
	}
}

uint64_t serve_memory(unsigned queue)
{
	return queue * (uint64_t)sizeof(struct slot);
}

static int make_slots(unsigned count)
{
	slots = calloc(count, sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++)
		list_push_back(&free_slots, &slots[i].node);
	return 0;
}

/* One round of all that is due; when the next one is. */
static uint64_t work_once(void)
{
	static uint64_t tick;

	serve_waiting();
	serve6_work();
	end_probes();
	if (tick <= platform_time_ns()) {
		dhcp_server_tick(server, serve_now());
		serve6_tick();
		names_wake();
		tick = platform_time_ns() + TICK_NS;
	}
	return list_empty(&probing) ? tick : MIN(tick, slot_of(probing.next)->probe_end);
}

int serve(struct dhcp_server *s, unsigned queue)
{
	int error = make_slots(queue);

	server = s;
	if (!error)
		error = net_udp_listen(&socket, DHCP_SERVER_PORT, 0, receive, NULL);
	if (error)
		return error;
	for (;;) {
		uint64_t deadline;

		woken = false;
		deadline = work_once();
		if (!woken)
			wait_queue_wait(&work, deadline);
	}
}
