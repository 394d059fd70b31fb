/* SPDX-License-Identifier: ISC */
/*
 * The network stack, frame by frame, over a device that the test plays: loans, answers, what it
 * does when things run out, TCP under a flood of SYNs, and that it sleeps when nobody talks.
 */
#include "lib/net/net.h"

#include <check.h>
#include <errno.h>

#include "lib/sched/sched.h"
#include "tests/support/check.h"
#include "tests/unit/machine.h"
#include "tests/unit/wire_peer.h"

#define SECOND 1000000000ull
#define STACK  (64 * 1024)

static struct udp_socket *echo_socket;
static struct tcp_listener *listener;
static struct net_addr last_from, last_to;

static size_t echo(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx;
	last_from = *from;
	last_to = *to;
	if (len == 4 && memcmp(data, "big!", 4) == 0) {
		memset(reply, 'b', reply_size);
		return reply_size;
	}
	memcpy(reply, data, len);
	return len;
}

/* ---- running the loop for a while ---- */

static uint64_t until;
static void (*play)(void); /* what the peer does once a millisecond, or NULL */

static void pass_time(void *arg)
{
	(void)arg;
	while (machine.now < until) {
		if (play)
			play();
		thread_sleep_until(play ? machine.now + 1000000 : until);
	}
}

static void run_for(uint64_t ns)
{
	until = machine.now + ns;
	ck_assert_int_eq(thread_create("time", STACK, pass_time, NULL), 0);
	sched_run_until_idle();
}

/* lwIP is started once: the tests share one stack, and leave it quiet. */
static void start_once(void)
{
	peer_start_stack();
	ck_assert_int_eq(net_udp_listen(&echo_socket, 7, NET_UDP_REPLY_MAX, echo, NULL), 0);
	ck_assert_int_eq(net_tcp_listen(&listener, 7, 4), 0);
}

static void setup(void)
{
	static bool started;

	if (!started)
		start_once();
	started = true;
	play = NULL;
	run_for(3 * SECOND);
	peer_forget();
	peer.full = false;
	machine_forget();
}

/* ---- UDP ---- */

/* The payload of the next UDP datagram (or first fragment) that was sent. */
static bool take_udp(struct wire_reader *payload, uint16_t *fragment)
{
	struct wire_reader r;
	uint16_t type;

	while (peer_take(&r, &type)) {
		const uint8_t *ip = wire_get_bytes(&r, 20);

		if (type != 0x0800 || ip[9] != 17)
			continue;
		*fragment = (uint16_t)(ip[6] << 8 | ip[7]);
		wire_reader_init(payload, r.at, (size_t)(ip[2] << 8 | ip[3]) - 20);
		return true;
	}
	return false;
}

static unsigned count_frames(uint16_t wanted)
{
	struct wire_reader r;
	uint16_t type;
	unsigned count = 0;

	while (peer_take(&r, &type))
		count += type == wanted;
	return count;
}

START_TEST(udp_is_answered)
{
	struct wire_reader payload;
	uint16_t fragment;
	char text[46];

	peer_arp(PEER_IP);
	ck_assert_uint_eq(count_frames(0x0806), 1);
	peer_udp(PEER_IP, 1000, 7, "hello", 5);
	ck_assert(take_udp(&payload, &fragment));
	ck_assert_uint_eq(wire_get_u16(&payload), 7);
	ck_assert_uint_eq(wire_get_u16(&payload), 1000);
	ck_assert_uint_eq(wire_get_u16(&payload), 13);
	wire_get_u16(&payload);
	ck_assert_mem_eq(wire_get_bytes(&payload, 5), "hello", 5);
	ck_assert(!take_udp(&payload, &fragment));
	ck_assert_uint_eq(peer.loans, 0);
	net_addr_format(&last_from, text);
	ck_assert_str_eq(text, "10.0.0.1");
	ck_assert_uint_eq(last_from.port, 1000);
	net_addr_format(&last_to, text);
	ck_assert_str_eq(text, "10.0.0.2");
	ck_assert_uint_eq(last_to.netif, 0);
	/* Frames go out together, at the end of the turn. */
	ck_assert_uint_eq(peer.unflushed, 2);
	run_for(1);
	ck_assert_uint_eq(peer.unflushed, 0);
}
END_TEST

START_TEST(a_large_answer_is_fragmented)
{
	struct wire_reader payload;
	uint16_t fragment;
	size_t total = 0;
	unsigned count = 0;

	peer_arp(PEER_IP);
	peer_udp(PEER_IP, 1000, 7, "big!", 4);
	while (take_udp(&payload, &fragment)) {
		ck_assert_uint_eq((fragment & 0x1fffu) * 8, total);
		total += wire_left(&payload);
		count++;
		ck_assert_int_eq(fragment >> 13, total < 4104 ? 1 : 0);
	}
	ck_assert_uint_eq(total, 4096 + 8);
	ck_assert_uint_eq(count, 3);
}
END_TEST

/* The answer waits for ARP in lwIP's heap, while the one reply buffer serves others. */
START_TEST(an_answer_waits_for_arp)
{
	struct wire_reader payload;
	uint16_t fragment;

	peer_udp(0x0a000063, 1000, 7, "first", 5);
	ck_assert(!take_udp(&payload, &fragment));
	peer_arp(PEER_IP);
	peer_udp(PEER_IP, 1000, 7, "other", 5);
	ck_assert(take_udp(&payload, &fragment));
	peer_forget();
	peer_arp(0x0a000063);
	ck_assert(take_udp(&payload, &fragment));
	wire_get_bytes(&payload, 8);
	ck_assert_mem_eq(wire_get_bytes(&payload, 5), "first", 5);
}
END_TEST

/* Bytes that were damaged on the way are dropped, unless the sender's side vouches for them. */
START_TEST(checksums)
{
	struct wire_reader payload;
	uint16_t fragment;

	peer_arp(PEER_IP);
	peer_forget();
	for (unsigned flags = 0; flags <= 3; flags++) {
		struct peer_packet p;

		peer_ip4(&p, PEER_IP, OUR_IP, 17, 0);
		wire_put_u16(&p.w, 1000);
		wire_put_u16(&p.w, 7);
		wire_put_u16(&p.w, 8 + 5);
		wire_put_u16(&p.w, 0xbeef);
		wire_put_bytes(&p.w, "wrong", 5);
		peer_send(&p, 0, (uint16_t)flags);
		ck_assert_msg(take_udp(&payload, &fragment) == (flags != 0), "flags %u", flags);
		peer_forget();
	}
}
END_TEST

START_TEST(a_full_device_drops)
{
	struct wire_reader payload;
	uint16_t fragment;

	peer_arp(PEER_IP);
	peer_forget();
	peer.full = true;
	for (int i = 0; i < 1000; i++)
		peer_udp(PEER_IP, 1000, 7, "hello", 5);
	peer.full = false;
	ck_assert(!take_udp(&payload, &fragment));
	peer_udp(PEER_IP, 1000, 7, "hello", 5);
	ck_assert(take_udp(&payload, &fragment));
	ck_assert_uint_eq(peer.loans, 0);
}
END_TEST

static void send_fragment(uint16_t id, uint16_t offset, bool more)
{
	static const uint8_t data[1480];
	struct peer_packet p;

	peer_ip4(&p, PEER_IP, OUR_IP, 17, (uint16_t)(offset / 8 | (more ? 0x2000 : 0)));
	wire_set_u16(p.bytes + 14 + 4, id);
	wire_put_bytes(&p.w, data, sizeof(data));
	peer_send(&p, 0, 0);
}

/* Fragments of datagrams that never become whole: bounded, and gone after a while. */
START_TEST(fragments_are_bounded)
{
	struct wire_reader payload;
	uint16_t fragment;

	peer_arp(PEER_IP);
	for (uint16_t id = 0; id < 500; id++)
		send_fragment(id, 1480, id & 1);
	ck_assert_uint_le(peer.loans, 32);
	peer_forget();
	peer_udp(PEER_IP, 1000, 7, "hello", 5);
	ck_assert(take_udp(&payload, &fragment));
	run_for(10 * SECOND);
	ck_assert_uint_eq(peer.loans, 0);
}
END_TEST

/* Junk after a valid beginning, and cut off anywhere. */
START_TEST(truncated_frames)
{
	struct peer_packet p;

	peer_arp(PEER_IP);
	peer_ip4(&p, PEER_IP, OUR_IP, 17, 0);
	wire_put_u16(&p.w, 1000);
	wire_put_u16(&p.w, 7);
	wire_put_u16(&p.w, 8 + 5);
	wire_put_u16(&p.w, 0);
	wire_put_bytes(&p.w, "hello", 5);
	peer_send(&p, 6, 0);
	for (size_t len = 1; len < wire_written(&p.w); len++)
		peer_deliver(p.bytes, len, 0);
	ck_assert_uint_eq(peer.loans, 0);
}
END_TEST

/* ---- TCP ---- */

static struct {
	struct tcp_stream *stream;
	int accepted;
} server;

static void accept_one(void *arg)
{
	(void)arg;
	server.accepted =
		net_tcp_accept(listener, &server.stream, machine.now + 2 * SECOND) == 0 ? 1 : -1;
}

/* A handshake from PORT; returns with *PEER's next numbers. */
static bool connect_from(uint32_t source, uint16_t port, struct peer_segment *mine)
{
	struct peer_segment theirs;

	*mine = (struct peer_segment){.source = source,
		.port = port,
		.dest_port = 7,
		.seq = 5000,
		.flags = SYN,
		.window = 8000};
	peer_forget();
	peer_tcp(mine);
	if (!peer_take_tcp(&theirs) || theirs.flags != (SYN | ACK))
		return false;
	mine->seq++;
	mine->ack = theirs.seq + 1;
	mine->flags = ACK;
	peer_tcp(mine);
	return true;
}

static void reset(struct peer_segment *mine)
{
	mine->flags = RST;
	mine->data = NULL;
	mine->len = 0;
	peer_tcp(mine);
}

static char got[20000];
static long got_len;

static void read_once(void *arg)
{
	size_t room = *(size_t *)arg;

	got_len = net_tcp_read(server.stream, got, room, machine.now + SECOND);
}

static long read_up_to(size_t room)
{
	thread_create("reader", STACK, read_once, &room);
	sched_run_until_idle();
	return got_len;
}

static void accept_now(void)
{
	thread_create("accepter", STACK, accept_one, NULL);
	sched_run_until_idle();
	ck_assert_int_eq(server.accepted, 1);
}

static void accept_from(uint16_t port, struct peer_segment *mine)
{
	peer_arp(PEER_IP);
	ck_assert(connect_from(PEER_IP, port, mine));
	accept_now();
}

static void send_data(struct peer_segment *mine, const void *data, size_t len)
{
	mine->flags = ACK | PSH;
	mine->data = data;
	mine->len = len;
	peer_tcp(mine);
	mine->seq += (uint32_t)len;
}

START_TEST(tcp_reads_writes_closes)
{
	struct peer_segment mine, theirs;
	struct net_addr from;

	accept_from(2000, &mine);
	net_tcp_peer(server.stream, &from);
	ck_assert_uint_eq(from.port, 2000);
	send_data(&mine, "hello", 5);
	send_data(&mine, "again", 5);
	ck_assert_int_eq(read_up_to(3), 3);
	ck_assert_int_eq(read_up_to(100), 7);
	ck_assert_mem_eq(got, "loagain", 7);
	ck_assert_int_eq(read_up_to(100), -ETIMEDOUT);
	mine.flags = FIN | ACK;
	mine.len = 0;
	peer_tcp(&mine);
	mine.seq++;
	ck_assert_int_eq(read_up_to(100), 0);
	peer_forget();
	ck_assert_int_eq(net_tcp_write(server.stream, "bye", 3, PLATFORM_NEVER), 0);
	net_tcp_close(server.stream);
	ck_assert(peer_take_tcp(&theirs));
	ck_assert_uint_eq(theirs.len, 3);
	ck_assert(theirs.flags & FIN || (peer_take_tcp(&theirs) && theirs.flags & FIN));
	mine.flags = ACK;
	mine.ack = theirs.seq + (uint32_t)theirs.len + 1;
	peer_tcp(&mine);
	peer_tcp(&mine); /* the connection is gone: what comes late is reset */
	ck_assert(peer_take_tcp(&theirs) && theirs.flags & RST);
}
END_TEST

/* While nobody reads, what is taken in is bounded by the window, and the window opens by reading.
 */
START_TEST(the_window_closes_and_opens)
{
	static char data[1000];
	struct peer_segment mine, theirs;
	size_t sent = 0, window = 11680;
	long n;

	accept_from(2001, &mine);
	for (; sent + sizeof(data) <= window && sent < 50000; sent += sizeof(data)) {
		send_data(&mine, data, sizeof(data));
		while (peer_take_tcp(&theirs))
			window = theirs.ack - 5001 + theirs.window;
		run_for(300000000);
	}
	ck_assert_uint_le(sent, 11680);
	ck_assert_uint_ge(sent, 10000);
	peer_forget();
	for (size_t left = sent; left; left -= (size_t)n) {
		n = read_up_to(sizeof(got));
		ck_assert_int_gt(n, 0);
	}
	ck_assert(peer_take_tcp(&theirs));
	while (peer_take_tcp(&theirs))
		;
	ck_assert_uint_ge(theirs.window, 10000);
	/* Closed with bytes that nobody has read: in order all the same. */
	send_data(&mine, data, sizeof(data));
	peer_forget();
	net_tcp_close(server.stream);
	ck_assert(peer_take_tcp(&theirs));
	while (!(theirs.flags & FIN))
		ck_assert(peer_take_tcp(&theirs));
	ck_assert(!(theirs.flags & RST));
	reset(&mine);
}
END_TEST

/* Six connections full of what nobody reads: a seventh is served all the same. */
START_TEST(unread_bytes_starve_nobody)
{
	static char data[1000];
	struct peer_segment mine[7];
	struct tcp_stream *streams[7];

	for (int i = 0; i < 6; i++) {
		accept_from((uint16_t)(2100 + i), &mine[i]);
		streams[i] = server.stream;
		for (int j = 0; j < 11; j++)
			send_data(&mine[i], data, sizeof(data));
		run_for(SECOND);
	}
	accept_from(2106, &mine[6]);
	streams[6] = server.stream;
	for (int i = 0; i < 30; i++) {
		send_data(&mine[6], data, sizeof(data));
		ck_assert_int_eq(read_up_to(2), 2);
		ck_assert_int_eq(read_up_to(sizeof(data)), (long)sizeof(data) - 2);
	}
	for (int i = 0; i < 7; i++) {
		reset(&mine[i]);
		net_tcp_close(streams[i]);
	}
}
END_TEST

START_TEST(a_reset_is_told)
{
	struct peer_segment mine;

	accept_from(2002, &mine);
	reset(&mine);
	ck_assert_int_eq(read_up_to(10), -ECONNRESET);
	ck_assert_int_eq(net_tcp_write(server.stream, "x", 1, PLATFORM_NEVER), -ECONNRESET);
	net_tcp_close(server.stream);
}
END_TEST

static long written;

static void write_much(void *arg)
{
	(void)arg;
	written = net_tcp_write(server.stream, got, sizeof(got), machine.now + 30 * SECOND);
}

static struct peer_segment player;

static void acknowledge(void)
{
	struct peer_segment theirs;

	while (peer_take_tcp(&theirs)) {
		if (theirs.len && theirs.seq == player.ack) {
			player.ack += (uint32_t)theirs.len;
			player.flags = ACK;
			player.len = 0;
			peer_tcp(&player);
		}
	}
}

START_TEST(a_writer_waits_for_acknowledgements)
{
	uint32_t start;

	accept_from(2003, &player);
	start = player.ack;
	written = 1;
	thread_create("writer", STACK, write_much, NULL);
	play = acknowledge;
	run_for(5 * SECOND);
	ck_assert_int_eq(written, 0);
	ck_assert_uint_eq(player.ack - start, sizeof(got));
	reset(&player);
	ck_assert_int_eq(read_up_to(1), -ECONNRESET);
	net_tcp_abort(server.stream);
}
END_TEST

START_TEST(a_writer_has_a_deadline)
{
	struct peer_segment mine;
	uint64_t start;

	accept_from(2004, &mine);
	start = machine.now;
	thread_create("writer", STACK, write_much, NULL);
	sched_run_until_idle();
	ck_assert_int_eq(written, -ETIMEDOUT);
	ck_assert_uint_eq(machine.now, start + 30 * SECOND);
	net_tcp_abort(server.stream);
}
END_TEST

START_TEST(the_backlog_is_bounded)
{
	struct peer_segment mine[10];
	unsigned connected = 0;

	peer_arp(PEER_IP);
	for (uint16_t i = 0; i < 10; i++)
		connected += connect_from(PEER_IP, (uint16_t)(3000 + i), &mine[i]);
	ck_assert_uint_eq(connected, 4);
	for (int i = 0; i < 4; i++)
		reset(&mine[i]); /* before anybody accepted them */
	thread_create("accepter", STACK, accept_one, NULL);
	sched_run_until_idle();
	ck_assert_int_eq(server.accepted, -1);
	accept_from(3100, &mine[0]);
	reset(&mine[0]);
	net_tcp_close(server.stream);
}
END_TEST

/* Thousands of half-open connections: one that is established lives on, and a new one comes in. */
START_TEST(a_flood_of_syns)
{
	struct peer_segment mine,
		flood = {.source = PEER_IP, .dest_port = 7, .flags = SYN, .window = 8000};

	accept_from(2005, &mine);
	for (unsigned i = 0; i < 5000; i++) {
		flood.port = (uint16_t)(10000 + i);
		flood.seq = i * 1000;
		peer_tcp(&flood);
		peer_forget();
		if (i % 100 == 0)
			run_for(SECOND / 100);
	}
	send_data(&mine, "alive", 5);
	ck_assert_int_eq(read_up_to(100), 5);
	reset(&mine);
	net_tcp_abort(server.stream);
	accept_from(2006, &mine);
	reset(&mine);
	net_tcp_abort(server.stream);
	run_for(60 * SECOND); /* the half-open ones are given up */
}
END_TEST

/* RFC 6528: numbers differ by connection, and a later incarnation's is above the former's. */
START_TEST(sequence_numbers)
{
	struct peer_segment mine;
	uint32_t first, other, again;

	peer_arp(PEER_IP);
	ck_assert(connect_from(PEER_IP, 4000, &mine));
	first = mine.ack;
	reset(&mine);
	ck_assert(connect_from(PEER_IP, 4001, &mine));
	other = mine.ack;
	reset(&mine);
	run_for(SECOND);
	ck_assert(connect_from(PEER_IP, 4000, &mine));
	again = mine.ack;
	reset(&mine);
	ck_assert_uint_eq(again - first, 250000);
	ck_assert_uint_ne(other - first, 0);
	ck_assert(other - first > 1000000); /* by chance 1 in 4000 keys fail: this one does not */
}
END_TEST

/* This side closes first: its end of the connection from PORT waits in TIME-WAIT. */
static void close_first(uint16_t port, struct peer_segment *mine)
{
	struct peer_segment theirs;

	accept_from(port, mine);
	peer_forget();
	net_tcp_close(server.stream);
	ck_assert(peer_take_tcp(&theirs) && theirs.flags & FIN);
	mine->ack = theirs.seq + 1;
	mine->flags = FIN | ACK;
	peer_tcp(mine);
	mine->seq++;
	ck_assert(peer_take_tcp(&theirs));
	ck_assert_uint_eq(theirs.ack, mine->seq);
}

/* What comes back to FLAGS from the port of MINE with SEQ: its flags, or 0. */
static unsigned answer_to(
	const struct peer_segment *mine, unsigned flags, uint32_t seq, struct peer_segment *theirs)
{
	struct peer_segment segment = *mine;

	segment.flags = (uint8_t)flags;
	segment.seq = seq;
	peer_forget();
	peer_tcp(&segment);
	return peer_take_tcp(theirs) ? theirs->flags : 0;
}

/* RFC 9293 section 3.10.7.4: the client may use its port again at once. */
START_TEST(a_port_is_used_again)
{
	struct peer_segment mine, theirs;

	close_first(4100, &mine);
	ck_assert_uint_eq(answer_to(&mine, SYN, mine.seq + 1000000, &theirs), SYN | ACK);
	ck_assert_uint_eq(theirs.ack, mine.seq + 1000001);
	ck_assert_msg((int32_t)(theirs.seq - mine.ack) > 0, "from %u to %u", mine.ack, theirs.seq);
	mine.ack = theirs.seq + 1;
	mine.seq += 1000001;
	mine.flags = ACK;
	peer_tcp(&mine);
	accept_now();
	send_data(&mine, "again", 5);
	ck_assert_int_eq(read_up_to(100), 5);
	reset(&mine);
	net_tcp_abort(server.stream);
}
END_TEST

/* A late duplicate opens nothing; only an RST at the very number that is due ends TIME-WAIT. */
START_TEST(what_comes_late_opens_nothing)
{
	struct peer_segment mine, theirs;

	close_first(4101, &mine);
	ck_assert_uint_eq(answer_to(&mine, SYN, mine.seq - 1000000, &theirs), ACK);
	ck_assert_uint_eq(theirs.ack, mine.seq);
	ck_assert_uint_eq(answer_to(&mine, RST, mine.seq - 1, &theirs), 0);
	ck_assert_uint_eq(answer_to(&mine, RST, mine.seq + 1, &theirs), 0);
	ck_assert_uint_eq(answer_to(&mine, SYN, mine.seq - 1000000, &theirs), ACK);
	ck_assert_uint_eq(answer_to(&mine, RST, mine.seq, &theirs), 0);
	ck_assert_uint_eq(answer_to(&mine, SYN, mine.seq - 1000000, &theirs), SYN | ACK);
	mine.seq -= 999999;
	reset(&mine);
}
END_TEST

/* ---- a link that comes back, as after a migration ---- */

static void set_link(bool up)
{
	peer.dev.up = up;
	peer.dev.changed(&peer.dev, peer.dev.ctx);
}

/* Gratuitous ARP requests for 10.0.0.2 and unsolicited advertisements of fd00::2 that were sent. */
static void count_announcements(unsigned *arps, unsigned *advertisements)
{
	static const uint8_t mine4[4] = {10, 0, 0, 2};
	static const uint8_t mine6[16] = {0xfd, [15] = 2};
	struct wire_reader r;
	uint16_t type;

	*arps = *advertisements = 0;
	while (peer_take(&r, &type)) {
		const uint8_t *at = wire_get_bytes(&r, type == 0x0806 ? 28 : 64);

		if (!at)
			continue;
		if (type == 0x0806)
			*arps += !memcmp(at + 14, mine4, 4) && !memcmp(at + 24, mine4, 4);
		else if (type == 0x86dd)
			*advertisements += at[6] == 58 && at[7] == 255 && at[40] == 136 &&
					   at[44] == 0x20 && !memcmp(at + 48, mine6, 16);
	}
}

START_TEST(a_link_that_comes_back)
{
	struct peer_segment mine;
	unsigned arps, advertisements;

	peer_arp(PEER_IP);
	accept_from(2100, &mine);
	set_link(false);
	run_for(10 * SECOND);
	peer_forget();
	set_link(true);
	run_for(SECOND / 100);
	count_announcements(&arps, &advertisements);
	ck_assert_uint_eq(arps, 1);
	ck_assert_uint_eq(advertisements, 1);
	run_for(20 * SECOND);
	count_announcements(&arps, &advertisements);
	ck_assert_uint_eq(arps, 1);
	ck_assert_uint_eq(advertisements, 1);
	/* The connection has lived through it. */
	peer_arp(PEER_IP);
	send_data(&mine, "alive", 5);
	ck_assert_int_eq(read_up_to(100), 5);
	reset(&mine);
	net_tcp_abort(server.stream);
}
END_TEST

START_TEST(a_link_that_goes_again_announces_nothing)
{
	unsigned arps, advertisements;

	set_link(true);
	set_link(false);
	peer_forget();
	run_for(20 * SECOND);
	count_announcements(&arps, &advertisements);
	ck_assert_uint_eq(arps + advertisements, 0);
	set_link(true);
	run_for(3 * SECOND);
}
END_TEST

/* ---- rest ---- */

START_TEST(it_sleeps_when_nobody_talks)
{
	run_for(300 * SECOND); /* what the tests before have left is over */
	machine_forget();
	peer_forget();
	run_for(3600 * SECOND);
	ck_assert_uint_le(machine.waits, 2);
	ck_assert_uint_eq(peer.count, 0);
	/* An hour later the neighbour is asked again: the missed seconds have been counted. */
	peer_udp(PEER_IP, 1000, 7, "hello", 5);
	ck_assert_uint_eq(count_frames(0x0806), 1);
	peer_arp(PEER_IP);
	ck_assert_uint_eq(count_frames(0x0800), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net frames");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, udp_is_answered);
	tcase_add_test(all, a_large_answer_is_fragmented);
	tcase_add_test(all, an_answer_waits_for_arp);
	tcase_add_test(all, checksums);
	tcase_add_test(all, a_full_device_drops);
	tcase_add_test(all, fragments_are_bounded);
	tcase_add_test(all, truncated_frames);
	tcase_add_test(all, tcp_reads_writes_closes);
	tcase_add_test(all, the_window_closes_and_opens);
	tcase_add_test(all, unread_bytes_starve_nobody);
	tcase_add_test(all, a_reset_is_told);
	tcase_add_test(all, a_writer_waits_for_acknowledgements);
	tcase_add_test(all, a_writer_has_a_deadline);
	tcase_add_test(all, the_backlog_is_bounded);
	tcase_add_test(all, a_flood_of_syns);
	tcase_add_test(all, sequence_numbers);
	tcase_add_test(all, a_port_is_used_again);
	tcase_add_test(all, what_comes_late_opens_nothing);
	tcase_add_test(all, a_link_that_comes_back);
	tcase_add_test(all, a_link_that_goes_again_announces_nothing);
	tcase_add_test(all, it_sleeps_when_nobody_talks);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
