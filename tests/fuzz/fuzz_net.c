/* SPDX-License-Identifier: ISC */
/*
 * Frames from a hostile network: the input is a row of frames, each after a byte that says how much
 * time passes before it and two of its length; above that are the device's flags, and whether
 * checksums and TCP's sequence numbers are to be filled in. An echo over UDP and one over TCP are
 * there to be reached. Nothing may crash, no loan may be lost. A real peer's address comes with
 * each input, so that answers find their way.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/net/net.h"
#include "lib/sched/sched.h"
#include "tests/unit/machine.h"
#include "tests/unit/wire_peer.h"

#define SECOND 1000000000ull
#define STACK  (64 * 1024)

static struct tcp_listener *listener;
static uint64_t until;

static size_t udp_echo(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)from, (void)to;
	if (len > reply_size)
		return 0;
	memcpy(reply, data, len);
	return len;
}

static void pass_time(void *arg)
{
	(void)arg;
	thread_sleep_until(until);
}

/* What the stack's latest segment makes right numbers for the next one to it. */
static struct {
	uint32_t seq, ack;
} next;

static void look_at_sent(void)
{
	struct peer_segment segment;

	while (peer_take_tcp(&segment)) {
		next.seq = segment.ack;
		next.ack = segment.seq + (uint32_t)segment.len + !!(segment.flags & (SYN | FIN));
	}
	peer_forget();
}

static void run_for(uint64_t ns)
{
	until = machine.now + ns;
	if (thread_create("time", STACK, pass_time, NULL) != 0)
		abort();
	sched_run_until_idle();
	look_at_sent();
	machine_forget();
}

/* Serves every connection there is until none has anything to say for a moment. */
static void serve(void *arg)
{
	struct tcp_stream *stream;
	char buf[700];
	long n;

	(void)arg;
	while (net_tcp_accept(listener, &stream, machine.now + 1000000) == 0) {
		while ((n = net_tcp_read(stream, buf, sizeof(buf), machine.now + 1000000)) > 0) {
			if (net_tcp_write(stream, buf, (size_t)n, machine.now + 1000000) != 0)
				break;
		}
		if (n == 0)
			net_tcp_close(stream);
		else
			net_tcp_abort(stream);
	}
}

static void start(void)
{
	struct udp_socket *socket;

	peer_start_stack();
	if (net_udp_listen(&socket, 7, NET_UDP_REPLY_MAX, udp_echo, NULL) != 0 ||
		net_tcp_listen(&listener, 7, 4) != 0)
		abort();
	run_for(3 * SECOND);
}

static void mend_numbers(uint8_t *frame, size_t len)
{
	struct wire_writer w;

	look_at_sent();
	if (len < 14 + 20 + 20 || frame[12] != 0x08 || frame[14] != 0x45 || frame[14 + 9] != 6)
		return;
	wire_writer_init(&w, frame + 14 + 20 + 4, 8);
	wire_put_u32(&w, next.seq);
	wire_put_u32(&w, next.ack);
}

/* Fills in the checksums that the device's flags do not excuse, or a fuzzer gets nowhere. */
static void mend_checksums(uint8_t *frame, size_t len)
{
	uint8_t *ip = frame + 14;

	if (len >= 14 + 20 && frame[12] == 0x08 && frame[13] == 0x00) {
		size_t header = (ip[0] & 15u) * 4, total = (size_t)(ip[2] << 8 | ip[3]);

		if (header < 20 || total < header || 14 + total > len)
			return;
		wire_set_u16(ip + 10, 0);
		wire_set_u16(ip + 10, peer_fold(peer_sum(0, ip, header)));
		if (ip[9] == 1 && total >= header + 8) {
			wire_set_u16(ip + header + 2, 0);
			wire_set_u16(ip + header + 2,
				peer_fold(peer_sum(0, ip + header, total - header)));
		}
	} else if (len >= 14 + 48 && frame[12] == 0x86 && frame[13] == 0xdd && ip[6] == 58) {
		size_t total = (size_t)(ip[4] << 8 | ip[5]);
		uint32_t sum;

		if (total < 8 || 14 + 40 + total > len)
			return;
		wire_set_u16(ip + 42, 0);
		sum = peer_sum(58 + (uint32_t)total, ip + 8, 32);
		wire_set_u16(ip + 42, peer_fold(peer_sum(sum, ip + 40, total)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	struct wire_reader r;

	if (!started)
		start();
	started = true;
	/* A device that offers all, or nothing. */
	peer.dev.offloads =
		size & 1 ? NETDEV_CSUM4 | NETDEV_CSUM6 | NETDEV_PIECES | NETDEV_GSO4 | NETDEV_GSO6
			 : 0;
	peer_arp(PEER_IP);
	wire_reader_init(&r, data, size);
	while (wire_left(&r) > 3) {
		uint8_t delay = wire_get_u8(&r);
		uint16_t word = wire_get_u16(&r);
		size_t len = word & 0x7ff;
		uint8_t frame[NETDEV_FRAME_MAX];

		if (len == 0 || len > NETDEV_FRAME_MAX || len > wire_left(&r))
			break;
		if (delay)
			run_for((uint64_t)delay * delay * 1000000);
		memcpy(frame, wire_get_bytes(&r, len), len);
		if (word & 0x4000)
			mend_numbers(frame, len);
		if (word & 0x8000)
			mend_checksums(frame, len);
		if (word & 0x2000)
			peer_deliver_pieces(
				frame, len, 1 + delay * 6u, (word >> 11) & 3, delay & 1 ? 536 : 0);
		else
			peer_deliver(frame, len, (word >> 11) & 3);
		if (thread_create("serve", STACK, serve, NULL) != 0)
			abort();
	}
	sched_run_until_idle();
	run_for(200 * SECOND); /* fragments, half-open connections and TIME_WAIT are over */
	if (peer.loans)
		abort();
	return 0;
}
