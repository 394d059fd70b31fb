/* SPDX-License-Identifier: ISC */
/*
 * A guest's own way of a datagram, from the backend's response in the receive ring to the answer's
 * request in the transmit ring, for its instructions to be counted (tests/bench/instructions):
 *   path N W                           N datagrams of 64 bytes are echoed, W to each turn of the
 * guest path N W NAME ZONE-FILE QUERIES    N questions (asked.h) are answered from the zone The
 * guest is netfront, the stack and the service over tests/fakexen; what it executes is what
 * guest_turn() calls. Fails when an answer is missing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/netif.h>

#include "apps/dns/serve.h"
#include "arch/host/context.c"
#include "arch/host/stacks.c"
#include "drivers/netfront_ring.h"
#include "lib/base/wire.h"
#include "lib/net/checksum.h"
#include "lib/net/internal.h"
#include "lib/net/net.h"
#include "lib/sched/sched.h"
#include "tests/bench/asked.h"
#include "tests/fakexen/boot.h"
#include "xen/evtchn.h"

#define HEADERS 42u
#define DATA    64u
#define FRAME   (HEADERS + 300u)

struct serve_stats serve_stats;

static struct dns_server server;
static size_t questions; /* 0: it echoes */

void platform_random(void *buf, size_t len)
{
	memset(buf, 0x5a, len);
}

uint64_t platform_wall_ns(void)
{
	return 1700000000ull * 1000000000 + fakexen_time();
}

bool platform_poll(void)
{
	return evtchn_poll();
}

bool platform_show(const char *name, const char *value)
{
	(void)name, (void)value;
	return true;
}

const void *platform_archive(size_t *len)
{
	*len = 0;
	return NULL;
}

void platform_wait(uint64_t deadline)
{
	(void)deadline;
}

static size_t echo(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)from, (void)to;
	if (len > reply_size)
		return 0;
	memcpy(reply, data, len);
	return len;
}

/* What is counted. */
__attribute__((noinline)) static void guest_turn(void)
{
	while (evtchn_poll())
		;
	net_if_flush();
}

/* The frame of the Nth datagram; its length. */
static size_t make_frame(uint8_t frame[FRAME], unsigned long n)
{
	static const uint8_t head[HEADERS] = {0x00, 0x16, 0x3e, 0, 0, 7, 2, 0, 0, 0, 0, 1, 8, 0,
		0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x30, 0x39, 0, 7,
		0, 0, 0, 0};
	size_t len = DATA;
	uint16_t sum;

	memcpy(frame, head, HEADERS);
	memset(frame + HEADERS, 'x', DATA);
	if (questions) {
		asked_set_do(&asked[n % questions], n);
		len = asked[n % questions].len;
		memcpy(frame + HEADERS, asked[n % questions].data, len);
	}
	wire_set_u16(frame + 16, (uint16_t)(20 + 8 + len));
	wire_set_u16(frame + 38, (uint16_t)(8 + len));
	sum = (uint16_t)~net_sum_fold(net_sum_words(frame + 14, 20));
	memcpy(frame + 24, &sum, 2);
	return HEADERS + len;
}

static unsigned answers(void)
{
	uint8_t seen[NETDEV_FRAME_MAX];
	unsigned count = 0;
	size_t len;

	while ((len = fakenetback_receive(&boot_backs[0], seen, sizeof(seen), 0)))
		count += (questions ? len > HEADERS : len == HEADERS + DATA) && seen[12] == 8 &&
			 seen[13] == 0;
	return count;
}

static void set_address(void)
{
	struct net_settings *set = net_settings_get(0);

	set->mode4 = NET_MODE_STATIC;
	memcpy(set->ip4, (const uint8_t[]){10, 0, 0, 2}, 4);
	set->length4 = 24;
	set->mode6 = NET_MODE_NONE;
}

/* The guest is up, and knows who has 10.0.0.1. */
static void boot(void)
{
	static const uint8_t arp[60] = {0x00, 0x16, 0x3e, 0, 0, 7, 2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8,
		0, 6, 4, 0, 2, 2, 0, 0, 0, 0, 1, 10, 0, 0, 1, 0, 0x16, 0x3e, 0, 0, 7, 10, 0, 0, 2};
	static struct udp_socket *socket;

	boot_prepare();
	sched_init();
	set_address();
	if (net_init() || (questions ? serve_udp(&server, 7, server.udp_size, &socket)
				     : net_udp_listen(&socket, 7, NET_UDP_REPLY_MAX, echo, NULL)))
		abort();
	boot_guest();
	fakenetback_attach(&boot_backs[0], 0, "2");
	fakenetback_offer_all(&boot_backs[0]);
	if (!fakexen_settle() || !fakenetback_send(&boot_backs[0], arp, sizeof(arp), 0))
		abort();
	fakenetback_notify(&boot_backs[0]);
	guest_turn();
	(void)answers();
}

/* W questions at once, from the FIRST one on, and their answers. */
static bool ask(unsigned long window, unsigned long first)
{
	uint8_t frame[FRAME];
	unsigned got;
	size_t len;

	for (unsigned long i = 0; i < window; i++) {
		len = make_frame(frame, first + i);
		if (!fakenetback_send(
			    &boot_backs[0], frame, len, NETRXF_csum_blank | NETRXF_data_validated))
			abort();
	}
	fakenetback_notify(&boot_backs[0]);
	guest_turn();
	got = answers();
	if (got != window)
		fprintf(stderr, "path: expected %lu answers, got %u\n", window, got);
	return got == window;
}

int main(int argc, char **argv)
{
	unsigned long wanted = argc >= 3 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long window = argc >= 3 ? strtoul(argv[2], NULL, 10) : 0;

	if (!window || window > NETFRONT_RING / 2) {
		fprintf(stderr, "usage: path N W [NAME ZONE-FILE QUERIES], W from 1 to %d\n",
			NETFRONT_RING / 2);
		return 2;
	}
	if (argc == 6) {
		dns_server_init(&server, 0);
		asked_load(&server, argv[3], argv[4]);
		questions = asked_read(argv[5], NULL);
	}
	boot();
	for (unsigned long done = 0; done < wanted; done += window)
		if (!ask(window, done))
			return 1;
	return 0;
}
