/* SPDX-License-Identifier: ISC */
/*
 * One frame, lwIP's way and the short way: after a byte of flags (the device's two, and whether
 * checksums are to be filled in), its bytes behind the destination's MAC address. Where the short
 * way is taken, it must send what lwIP sends.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/net/net.h"
#include "lib/sched/sched.h"
#include "tests/unit/machine.h"
#include "tests/unit/fast_pair.h"

#define STACK (64 * 1024)

static struct udp_socket *socket, *long_socket; /* answers of a frame, and of any length */

static size_t udp_echo(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)to;
	if (len > reply_size || !from->port)
		return 0;
	memcpy(reply, data, len);
	return len;
}

static void pass_time(void *arg)
{
	thread_sleep_until(machine.now + *(uint64_t *)arg);
}

static void run_for(uint64_t ns)
{
	if (thread_create("time", STACK, pass_time, &ns) != 0)
		abort();
	sched_run_until_idle();
	machine_forget();
}

static void start(void)
{
	peer_start_stack();
	if (net_udp_listen(&socket, 7, NET_FAST_REPLY_MAX, udp_echo, NULL) != 0 ||
		net_udp_listen(&long_socket, 8, NET_UDP_REPLY_MAX, udp_echo, NULL) != 0)
		abort();
	run_for(3000000000ull);
}

/* Has the stack ask for the neighbour fd00::1, and tells it. */
static void know6(void)
{
	static const uint8_t ip6[16] = {0xfd, [15] = 1};
	struct net_addr addr = {.port = 9, .netif = NET_ANY};

	memcpy(addr.ip, ip6, sizeof(ip6));
	net_udp_send(socket, &addr, "x", 1);
	peer_tell6();
}

/* A fuzzer finds right checksums by no other way. */
static void mend_checksums(uint8_t *frame, size_t len)
{
	uint8_t *ip = frame + 14;
	size_t udp_len;

	if (len >= 42 && frame[12] == 0x08 && frame[13] == 0x00 && ip[0] == 0x45) {
		wire_set_u16(ip + 10, 0);
		wire_set_u16(ip + 10, peer_fold(peer_sum(0, ip, 20)));
		udp_len = (size_t)(ip[2] << 8 | ip[3]) - 20;
		if (udp_len < 8 || udp_len > len - 34)
			return;
		wire_set_u16(ip + 26, 0);
		wire_set_u16(
			ip + 26, peer_fold(peer_sum(peer_sum(17 + (uint32_t)udp_len, ip + 12, 8),
					 ip + 20, udp_len)));
	} else if (len >= 62 && frame[12] == 0x86 && frame[13] == 0xdd && ip[6] == 17) {
		udp_len = (size_t)(ip[4] << 8 | ip[5]);
		if (udp_len < 8 || udp_len > len - 54)
			return;
		wire_set_u16(ip + 46, 0);
		wire_set_u16(
			ip + 46, peer_fold(peer_sum(peer_sum(17 + (uint32_t)udp_len, ip + 8, 32),
					 ip + 40, udp_len)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 2};
	uint8_t frame[NETDEV_FRAME_MAX];
	static bool started;
	struct fast_pair pair;
	size_t len = size + 5;

	if (!started)
		start();
	started = true;
	if (size < 10 || len > sizeof(frame))
		return 0;
	memcpy(frame, mac, 6);
	memcpy(frame + 6, data + 1, size - 1);
	peer_arp(PEER_IP);
	know6();
	if (data[0] & 4)
		mend_checksums(frame, len);
	fast_pair_send(&pair, frame, len, data[0] & 3);
	if (!pair.same)
		abort();
	run_for(200000000000ull);
	if (peer.loans)
		abort();
	return 0;
}
