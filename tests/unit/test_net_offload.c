/* SPDX-License-Identifier: ISC */
/*
 * The network stack over a device that completes checksums, takes and gives frames in pieces, and
 * cuts up segments: what it asks of the device, and that the bytes are the same as without.
 */
#include "lib/net/net.h"

#include <check.h>
#include <errno.h>

#include "lib/net/checksum.h"
#include "lib/sched/sched.h"
#include "tests/support/check.h"
#include "tests/unit/machine.h"
#include "tests/unit/wire_peer.h"

#define SECOND 1000000000ull
#define STACK  (64 * 1024)
#define PORT   7
#define TOTAL  600000u
#define MSS    1460u

static struct udp_socket *echo_socket;
static struct tcp_listener *listener;
static struct tcp_stream *stream;
static uint8_t sent[TOTAL], taken[TOTAL + 100000];

static size_t echo(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)from, (void)to, (void)reply_size;
	memcpy(reply, data, len);
	return len;
}

static void setup(void)
{
	machine_memory = 64u << 20;
	peer_start_stack();
	ck_assert_int_eq(net_udp_listen(&echo_socket, PORT, 1400, echo, NULL), 0);
	ck_assert_int_eq(net_tcp_listen(&listener, PORT, 4), 0);
	sched_run_until_idle();
	peer_arp(PEER_IP);
	peer_forget();
	for (size_t i = 0; i < TOTAL; i++)
		sent[i] = (uint8_t)(i * 31 + i / 997);
}

/* ---- checksums ---- */

/* The transport's checksum in the next frame is right, or, if it is left blank, the pseudo-header's
 * sum. Returns whether it is blank. */
static bool check_checksum(unsigned index, uint8_t protocol, size_t at)
{
	const uint8_t *ip = peer.sent[index].data + 14, *transport = ip + 20;
	size_t len = (size_t)(ip[2] << 8 | ip[3]) - 20;
	uint64_t sum = net_sum_pseudo(ip + 12, 4, protocol, len);
	uint16_t there;

	ck_assert_uint_eq(ip[9], protocol);
	memcpy(&there, transport + at, 2);
	if (peer.sent[index].offload.flags & NETDEV_CSUM_BLANK) {
		ck_assert_uint_eq(there, net_sum_fold(sum));
		return true;
	}
	ck_assert_uint_eq(net_sum_fold(sum + net_checksum(transport, (int)len)), 0xffff);
	return false;
}

static const unsigned offers[] = {0, NETDEV_CSUM4, NETDEV_CSUM6, NETDEV_CSUM4 | NETDEV_PIECES};

START_TEST(checksums_are_left_to_who_completes_them)
{
	bool offered = offers[_i] & NETDEV_CSUM4;
	struct peer_segment syn = {.source = PEER_IP,
		.port = 2000,
		.dest_port = PORT,
		.seq = 5000,
		.flags = SYN,
		.window = 8000};

	peer.dev.offloads = offers[_i];
	for (unsigned i = 0; i < 3; i++)
		peer_udp(PEER_IP, 1000, PORT, "odd", 3); /* the first goes lwIP's way */
	ck_assert_uint_eq(peer.count, 3);
	ck_assert(!check_checksum(0, 17, 6));
	ck_assert(check_checksum(1, 17, 6) == offered);
	ck_assert(check_checksum(2, 17, 6) == offered);
	peer_forget();
	peer_tcp(&syn);
	ck_assert_uint_eq(peer.count, 1);
	ck_assert(check_checksum(0, 6, 16) == offered);
}
END_TEST

/* ---- segments ---- */

static int written;
static struct peer_segment mine;
static unsigned lose_every, frames, cut, longest;
static bool complete;

static void accept_one(void *arg)
{
	(void)arg;
	ck_assert_int_eq(net_tcp_accept(listener, &stream, machine.now + SECOND), 0);
}

/* A handshake with window scaling by 128. */
static void connect_scaled(void)
{
	static const uint8_t options[] = {2, 4, 5, 0xb4, 1, 3, 3, 7};
	struct peer_packet p;
	struct peer_segment theirs;

	peer_ip4(&p, PEER_IP, OUR_IP, 6, 0);
	wire_put_u16(&p.w, 3000);
	wire_put_u16(&p.w, PORT);
	wire_put_u32(&p.w, 5000);
	wire_put_u32(&p.w, 0);
	wire_put_u16(&p.w, 0x7000 | SYN);
	wire_put_u16(&p.w, 64000);
	wire_put_u32(&p.w, 0);
	wire_put_bytes(&p.w, options, sizeof(options));
	peer_forget();
	peer_send(&p, 16, 0);
	ck_assert(peer_take_tcp(&theirs));
	mine = (struct peer_segment){.source = PEER_IP,
		.port = 3000,
		.dest_port = PORT,
		.seq = 5001,
		.ack = theirs.seq + 1,
		.flags = ACK,
		.window = 4000};
	peer_tcp(&mine);
	ck_assert_int_eq(thread_create("accepter", STACK, accept_one, NULL), 0);
	sched_run_until_idle();
	ck_assert_ptr_nonnull(stream);
}

static void write_all(void *arg)
{
	(void)arg;
	written = net_tcp_write(stream, sent, TOTAL, machine.now + 100 * SECOND);
	net_tcp_close(stream);
}

/* What the device makes of a frame: at most MSS bytes in each segment. */
static void check_frame(unsigned index, const struct peer_segment *theirs)
{
	unsigned gso = peer.sent[index].offload.gso_size;

	check_checksum(index, 6, 16);
	longest = theirs->len > longest ? (unsigned)theirs->len : longest;
	if (theirs->len > MSS) {
		ck_assert_uint_eq(gso, MSS);
		ck_assert(peer.dev.offloads & NETDEV_GSO4);
		ck_assert(peer.sent[index].offload.flags & NETDEV_CSUM_BLANK);
		cut++;
	} else {
		ck_assert_uint_eq(gso, 0);
	}
}

/* Takes what fits in sequence, tells of the rest, like any receiver. */
static void receive(uint32_t start)
{
	struct peer_segment theirs;

	while (peer_take_tcp(&theirs)) {
		check_frame(peer.taken - 1, &theirs);
		if (theirs.flags & FIN)
			ck_assert_uint_eq(theirs.seq - start + theirs.len, TOTAL);
		if (!theirs.len || (lose_every && ++frames % lose_every == 0))
			continue;
		if ((int32_t)(theirs.seq - mine.ack) <= 0 &&
			(int32_t)(theirs.seq + theirs.len - mine.ack) > 0) {
			ck_assert_uint_le(theirs.seq - start + theirs.len, TOTAL);
			memcpy(taken + (theirs.seq - start), theirs.data, theirs.len);
			mine.ack = theirs.seq + (uint32_t)theirs.len;
		}
		peer_tcp(&mine);
	}
	complete = mine.ack - start == TOTAL;
}

static void play(void *arg)
{
	uint32_t start = mine.ack;
	uint64_t end = machine.now + 90 * SECOND;

	(void)arg;
	while (!complete && machine.now < end) {
		thread_sleep_until(machine.now + 1000000);
		receive(start);
	}
}

static void transfer(void)
{
	connect_scaled();
	ck_assert_int_eq(thread_create("peer", STACK, play, NULL), 0);
	ck_assert_int_eq(thread_create("writer", STACK, write_all, NULL), 0);
	written = 1;
	sched_run_until_idle();
	ck_assert_int_eq(written, 0);
	ck_assert(complete);
	ck_assert_mem_eq(taken, sent, TOTAL);
}

#define CUTS (NETDEV_CSUM4 | NETDEV_PIECES | NETDEV_GSO4)

START_TEST(long_segments)
{
	peer.dev.offloads = CUTS;
	transfer();
	ck_assert_uint_gt(cut, 5);
	ck_assert_uint_gt(longest, 30000);
}
END_TEST

START_TEST(no_long_segments_unless_offered)
{
	peer.dev.offloads = NETDEV_CSUM4 | NETDEV_PIECES | NETDEV_GSO6;
	transfer();
	ck_assert_uint_eq(cut, 0);
	ck_assert_uint_eq(longest, MSS);
}
END_TEST

static const unsigned losses[] = {13, 17, 21, 34, 50};

/* A lost frame is many segments: the window shrinks, what was made long is split. */
START_TEST(losses_are_repaired)
{
	peer.dev.offloads = CUTS;
	lose_every = losses[_i];
	transfer();
}
END_TEST

/* Another backend that cuts nothing up, in the middle of a transfer. */
static void change_device(void *arg)
{
	(void)arg;
	thread_sleep_until(machine.now + 5000000);
	peer.dev.offloads = 0;
}

START_TEST(the_device_changes)
{
	peer.dev.offloads = CUTS;
	ck_assert_int_eq(thread_create("change", STACK, change_device, NULL), 0);
	lose_every = 21;
	transfer();
}
END_TEST

/* ---- how much a peer may send ahead ---- */

#define NEAR  114688u
#define WHOLE 262144u

/* The peer sends COUNT windows, each in NS, and all is read at once. What it may send ahead then.
 */
static size_t window_after(unsigned count, uint64_t ns)
{
	struct peer_segment theirs = {0};

	mine.data = sent;
	mine.len = 1400;
	mine.flags = ACK | PSH;
	for (size_t at = 0; at < (size_t)count * NEAR; at += mine.len) {
		machine.now += ns * mine.len / NEAR;
		peer_forget();
		peer_tcp(&mine);
		mine.seq += (uint32_t)mine.len;
		ck_assert_int_eq(net_tcp_read(stream, taken, sizeof(taken), 0), 1400);
		while (peer_take_tcp(&theirs))
			;
	}
	return theirs.window * (size_t)8;
}

static void send_near_and_far(void *arg)
{
	struct peer_segment theirs;
	bool far = *(const int *)arg;

	ck_assert_uint_gt(window_after(30, 1000000), NEAR - 4 * MSS);
	ck_assert_uint_le(window_after(7, 5000000), NEAR);
	ck_assert_uint_le(window_after(2, 1000000), NEAR);
	if (far)
		ck_assert_uint_gt(window_after(10, 50000000), WHOLE - 4 * MSS);
	mine.len = 0;
	mine.flags = ACK | FIN;
	peer_forget();
	peer_tcp(&mine);
	net_tcp_close(stream);
	do
		ck_assert(peer_take_tcp(&theirs));
	while (!(theirs.flags & (FIN | RST)));
	ck_assert(!(theirs.flags & RST));
}

/*
 * One that is near fills its window within a moment, and gets no more: what it sends ahead is in
 * the way of all others. Closed in order in either case, though a part of the window was held back.
 */
START_TEST(a_near_peer_sends_less_ahead)
{
	connect_scaled();
	ck_assert_int_eq(thread_create("peer", STACK, send_near_and_far, &_i), 0);
	sched_run_until_idle();
}
END_TEST

/* ---- received in pieces ---- */

static long read_len;

static void read_all(void *arg)
{
	size_t at = 0;
	long len = 1;

	(void)arg;
	while (at < 50000 && len > 0) {
		len = net_tcp_read(stream, taken + at, 50000 - at, machine.now + SECOND);
		at += len > 0 ? (size_t)len : 0;
	}
	read_len = (long)at;
}

static const size_t piece_sizes[] = {4096, 1000, 54, 60};

START_TEST(joined_segments_are_received)
{
	static uint8_t frame[60000];
	struct peer_packet p;
	struct peer_segment theirs;

	connect_scaled();
	peer_ip4(&p, PEER_IP, OUR_IP, 6, 0);
	wire_put_u16(&p.w, mine.port);
	wire_put_u16(&p.w, PORT);
	wire_put_u32(&p.w, mine.seq);
	wire_put_u32(&p.w, mine.ack);
	wire_put_u16(&p.w, 0x5000 | ACK);
	wire_put_u16(&p.w, 4000);
	wire_put_u32(&p.w, 0);
	memcpy(frame, p.bytes, 54);
	memcpy(frame + 54, sent, 50000);
	wire_set_u16(frame + 16, 50040);
	wire_set_u16(frame + 24, peer_fold(peer_sum(0, frame + 14, 20)));
	peer_forget();
	peer_deliver_pieces(frame, 50054, piece_sizes[_i], NETDEV_CSUM_OK | NETDEV_CSUM_BLANK, MSS);
	/* With as many pieces as loans, or more, it is copied, or dropped whole. */
	if (piece_sizes[_i] >= 1000) {
		ck_assert(peer_take_tcp(&theirs));
		ck_assert_uint_eq(theirs.ack, mine.seq + 50000); /* at once */
		ck_assert_int_eq(thread_create("reader", STACK, read_all, NULL), 0);
		sched_run_until_idle();
		ck_assert_int_eq(read_len, 50000);
		ck_assert_mem_eq(taken, sent, 50000);
	}
	ck_assert_uint_eq(peer.loans, 0);
	net_tcp_abort(stream);
}
END_TEST

/* Headers that are torn apart: dropped, and given back. */
START_TEST(torn_headers)
{
	struct peer_packet p;

	peer_ip4(&p, PEER_IP, OUR_IP, 6, 0);
	for (unsigned i = 0; i < 10; i++)
		wire_put_u32(&p.w, 0x50005000);
	wire_set_u16(p.bytes + 16, 60);
	wire_set_u16(p.bytes + 24, peer_fold(peer_sum(0, p.bytes + 14, 20)));
	for (size_t piece = 1; piece <= 74; piece++) {
		peer_deliver_pieces(p.bytes, 74, piece, NETDEV_CSUM_OK, 0);
		ck_assert_uint_eq(peer.loans, 0);
	}
	peer_forget();
	peer_udp(PEER_IP, 1000, PORT, "odd", 3);
	ck_assert_uint_eq(peer.count, 1);
}
END_TEST

static Suite *net_offload_suite(void)
{
	Suite *suite = suite_create("net offload");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_set_timeout(all, 60);
	tcase_add_loop_test(all, checksums_are_left_to_who_completes_them, 0, 4);
	tcase_add_test(all, long_segments);
	tcase_add_test(all, no_long_segments_unless_offered);
	tcase_add_loop_test(all, losses_are_repaired, 0, sizeof(losses) / sizeof(losses[0]));
	tcase_add_test(all, the_device_changes);
	tcase_add_loop_test(all, a_near_peer_sends_less_ahead, 0, 2);
	tcase_add_loop_test(all, joined_segments_are_received, 0, 4);
	tcase_add_test(all, torn_headers);
	suite_add_tcase(suite, all);
	return suite;
}

int main(void)
{
	return check_run(net_offload_suite());
}
