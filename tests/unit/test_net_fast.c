/* SPDX-License-Identifier: ISC */
/*
 * The short way of a datagram: taken for what is well-formed, with the same bytes as lwIP's way;
 * and not for anything else.
 */
#include "lib/net/net_fast.h"

#include <check.h>
#include <errno.h>

#include "lib/sched/sched.h"
#include "tests/support/check.h"
#include "tests/unit/machine.h"
#include "tests/unit/fast_pair.h"

#define SECOND     1000000000ull
#define STACK      (64 * 1024)
#define CLIENT     0x08080808u /* beyond the router */
#define LINK_LOCAL 0xa9fe0001u

static const uint8_t peer6[16] = {0xfd, [15] = 1}, our6[16] = {0xfd, [15] = 2};
static struct udp_socket *echo_socket, *long_socket, *silent_socket;
static unsigned asked;
static struct {
	struct net_addr from, to;
	char text[32];
} heard;
static uint64_t until;

static size_t echo(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)from, (void)to;
	asked++;
	if (len && data[0] == 'L') {
		memset(reply, 'L', reply_size);
		return reply_size;
	}
	if (len > reply_size || (len && data[0] == 'q'))
		return 0;
	memcpy(reply, data, len);
	return len;
}

static size_t listen(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	(void)ctx, (void)reply;
	ck_assert_uint_eq(reply_size, 0);
	asked++;
	heard.from = *from;
	heard.to = *to;
	memset(heard.text, 0, sizeof(heard.text));
	memcpy(heard.text, data, len < sizeof(heard.text) ? len : sizeof(heard.text) - 1);
	return 0;
}

static void pass_time(void *arg)
{
	(void)arg;
	thread_sleep_until(until);
}

static void run_for(uint64_t ns)
{
	until = machine.now + ns;
	ck_assert_int_eq(thread_create("time", STACK, pass_time, NULL), 0);
	sched_run_until_idle();
}

/* ---- making datagrams ---- */

static struct peer_packet packet;

static void udp_head(uint16_t source_port, uint16_t port, size_t len)
{
	wire_put_u16(&packet.w, source_port);
	wire_put_u16(&packet.w, port);
	wire_put_u16(&packet.w, (uint16_t)(8 + len));
	wire_put_u16(&packet.w, 0);
}

/* Lengths and checksums are right afterwards; the length of the whole frame. */
static size_t make4(uint32_t source, uint16_t port, const char *text)
{
	uint8_t *ip = packet.bytes + 14;
	size_t len = strlen(text);
	uint16_t sum;

	peer_ip4(&packet, source, OUR_IP, 17, 0);
	udp_head(1000, port, len);
	wire_put_bytes(&packet.w, text, len);
	wire_set_u16(ip + 2, (uint16_t)(28 + len));
	wire_set_u16(ip + 10, peer_fold(peer_sum(0, ip, 20)));
	sum = peer_fold(peer_sum(peer_sum(17 + 8 + (uint32_t)len, ip + 12, 8), ip + 20, 8 + len));
	wire_set_u16(ip + 26, sum);
	return wire_written(&packet.w);
}

static void header_sum(void)
{
	uint8_t *ip = packet.bytes + 14;

	wire_set_u16(ip + 10, 0);
	wire_set_u16(ip + 10, peer_fold(peer_sum(0, ip, 20)));
}

static size_t make6(const uint8_t source[16], const char *text)
{
	uint8_t *ip = packet.bytes + 14;
	size_t len = strlen(text);

	peer_ethernet(&packet, 0x86dd);
	wire_put_u32(&packet.w, 0x60000000);
	wire_put_u16(&packet.w, (uint16_t)(8 + len));
	wire_put_u16(&packet.w, 0x1140);
	wire_put_bytes(&packet.w, source, 16);
	wire_put_bytes(&packet.w, our6, 16);
	udp_head(1000, 7, len);
	wire_put_bytes(&packet.w, text, len);
	wire_set_u16(ip + 46, peer_fold(peer_sum(peer_sum(17 + 8 + (uint32_t)len, ip + 8, 32),
				      ip + 40, 8 + len)));
	return wire_written(&packet.w);
}

static void start_once(void)
{
	peer_start_stack();
	ck_assert_int_eq(net_udp_listen(&echo_socket, 7, NET_FAST_REPLY_MAX, echo, NULL), 0);
	ck_assert_int_eq(net_udp_listen(&long_socket, 8, 4000, echo, NULL), 0);
	ck_assert_int_eq(net_udp_listen(&silent_socket, 9, 0, listen, NULL), 0);
	run_for(3 * SECOND);
}

static void setup(void)
{
	static bool started;

	if (!started)
		start_once();
	started = true;
	peer.full = false;
	peer_arp(PEER_IP);
	make6(peer6, "who are you");
	peer_deliver(packet.bytes, wire_written(&packet.w), 0);
	peer_tell6();
	run_for(SECOND);
	peer_forget();
	asked = 0;
}

/* Fragments are given up after some seconds. */
static void teardown(void)
{
	run_for(10 * SECOND);
	ck_assert_uint_eq(peer.loans, 0);
}

#define expect(len, flags, fast, answers) expect_at(__LINE__, len, flags, fast, answers)
static void expect_at(int line, size_t len, uint16_t flags, bool fast, unsigned answers)
{
	struct fast_pair pair;

	fast_pair_send(&pair, packet.bytes, len, flags);
	ck_assert_msg(pair.answers == answers && pair.fast == fast && pair.same,
		"line %d, %zu bytes: %u answers, %s, %s", line, len, pair.answers,
		pair.fast ? "the short way" : "by lwIP", pair.same ? "the same" : "others");
}

/* ---- what goes the short way ---- */

START_TEST(both_ways_give_the_same_bytes)
{
	char text[NET_FAST_REPLY_MAX + 1] = "";

	for (size_t len = 1; len <= NET_FAST_REPLY_MAX; len += len < 20 ? 1 : 179) {
		memset(text, 'x', len);
		text[len] = '\0';
		expect(make4(PEER_IP, 7, text), 0, true, 1);
		expect(make4(CLIENT, 7, text), 0, true, 1);
		expect(make6(peer6, text), 0, true, 1);
	}
	expect(make4(PEER_IP, 7, "sum not looked at"), NETDEV_CSUM_OK, true, 1);
	make4(PEER_IP, 7, "sum left blank");
	wire_set_u16(packet.bytes + 40, 0x1234);
	expect(wire_written(&packet.w), NETDEV_CSUM_BLANK, true, 1);
	make4(PEER_IP, 7, "no sum");
	wire_set_u16(packet.bytes + 40, 0);
	expect(wire_written(&packet.w), 0, true, 1);
	/* Ethernet's padding is not the datagram's. */
	expect(make4(PEER_IP, 7, "padded") + 12, 0, true, 1);
}
END_TEST

/* From a port whose answers may be longer than a frame: those that are not, and those that are. */
START_TEST(long_answers)
{
	char text[NET_FAST_REPLY_MAX + 21] = "";

	for (size_t len = 1; len <= NET_FAST_REPLY_MAX + 20; len += len < 20 ? 1 : 179) {
		memset(text, 'x', len);
		text[len] = '\0';
		expect(make4(PEER_IP, 8, text), 0, true, 1);
	}
	memset(text, 'x', NET_FAST_REPLY_MAX + 20);
	expect(make4(PEER_IP, 8, text), 0, true, 1); /* fills an IPv4 frame */
	expect(make4(PEER_IP, 8, "Long"), 0, true, 3);
	expect(make4(CLIENT, 8, "Long"), 0, true, 3);
	expect(make4(PEER_IP, 8, "quiet"), 0, false, 0);
	peer.full = true;
	asked = 0;
	make4(PEER_IP, 8, "Long");
	peer_deliver(packet.bytes, wire_written(&packet.w), 0);
	make4(PEER_IP, 8, "short");
	peer_deliver(packet.bytes, wire_written(&packet.w), 0);
	ck_assert_uint_eq(asked, 2);
	ck_assert_uint_eq(peer.loans, 0);
}
END_TEST

/* A handler that never answers by itself: no neighbour need be known. */
START_TEST(what_is_not_answered_goes_the_short_way)
{
	uint64_t seen = fast_seen_by_lwip();
	size_t len;

	net_fast_forget();
	len = make4(CLIENT, 9, "for the silent");
	peer_deliver(packet.bytes, len, 0);
	ck_assert_uint_eq(asked, 1);
	ck_assert_str_eq(heard.text, "for the silent");
	ck_assert_uint_eq(wire_u32(heard.from.ip + 12), CLIENT);
	ck_assert_uint_eq(wire_u32(heard.to.ip + 12), OUR_IP);
	ck_assert(net_addr_is_v4(&heard.from));
	ck_assert_uint_eq(heard.from.port, 1000);
	ck_assert_uint_eq(heard.to.port, 9);
	packet.bytes[41] ^= 1; /* its checksum */
	peer_deliver(packet.bytes, len, 0);
	ck_assert_uint_eq(asked, 1);
	ck_assert_uint_eq(fast_seen_by_lwip(), seen + 1); /* the bad one */
	ck_assert_uint_eq(peer.count, 0);
	ck_assert_uint_eq(peer.loans, 0);
}
END_TEST

/* ---- what is sent later ---- */

static struct net_addr addr4(uint32_t ip, uint16_t port)
{
	struct net_addr addr = {.ip = {[10] = 0xff, [11] = 0xff}, .port = port, .netif = NET_ANY};

	wire_set_u16(addr.ip + 12, (uint16_t)(ip >> 16));
	wire_set_u16(addr.ip + 14, (uint16_t)ip);
	return addr;
}

/* One datagram; whether lwIP sent it. */
static bool send_by_lwip(uint32_t ip, size_t len)
{
	uint64_t sent = lwip_stats.ip.xmit;
	struct net_addr to = addr4(ip, 1000);
	static uint8_t data[NET_FAST_REPLY_MAX + 200];

	memset(data, 'x', sizeof(data));
	peer_forget();
	ck_assert_int_eq(net_udp_send(echo_socket, &to, data, len), 0);
	return lwip_stats.ip.xmit != sent;
}

static void sent_alike(uint32_t ip, size_t len)
{
	static uint8_t first[NETDEV_FRAME_MAX];
	size_t first_len;

	net_fast_forget();
	ck_assert(send_by_lwip(ip, len));
	ck_assert_uint_eq(peer.count, 1);
	first_len = peer.sent[0].len;
	memcpy(first, peer.sent[0].data, first_len);
	fast_blank(first, first_len);
	ck_assert(!send_by_lwip(ip, len));
	ck_assert_uint_eq(peer.count, 1);
	fast_blank(peer.sent[0].data, peer.sent[0].len);
	ck_assert_uint_eq(peer.sent[0].len, first_len);
	ck_assert_mem_eq(peer.sent[0].data, first, first_len);
}

START_TEST(what_is_sent_later_has_the_same_bytes)
{
	for (size_t len = 0; len <= NET_FAST_REPLY_MAX; len += len < 20 ? 1 : 179) {
		sent_alike(PEER_IP, len);
		sent_alike(CLIENT, len);
	}
}
END_TEST

START_TEST(what_is_not_for_a_host_is_left_to_lwip)
{
	for (unsigned i = 0; i < 2; i++) {
		ck_assert(send_by_lwip(0x0a0000ff, 10));
		ck_assert(send_by_lwip(0xe0000001, 10));
		ck_assert(send_by_lwip(PEER_IP, NET_FAST_REPLY_MAX + 100));
	}
	/* None of them was learnt as a neighbour. */
	net_fast_forget();
	send_by_lwip(0x0a0000ff, 10);
	ck_assert(send_by_lwip(PEER_IP, 10));
}
END_TEST

START_TEST(a_full_device_is_told)
{
	struct net_addr to = addr4(PEER_IP, 1000);

	send_by_lwip(PEER_IP, 10);
	peer.full = true;
	ck_assert_int_eq(net_udp_send(echo_socket, &to, "x", 1), -ENOMEM);
	peer.full = false;
	ck_assert_int_eq(net_udp_send(echo_socket, &to, "x", 1), 0);
}
END_TEST

/* An answer whose checksum would be 0 carries 0xffff instead (RFC 768). */
START_TEST(a_sum_of_zero_is_not_none)
{
	char text[3] = {1, 1};
	bool found = false;

	for (unsigned value = 0; value < 65536 && !found; value++) {
		text[0] = (char)(value >> 8 ? value >> 8 : 1);
		text[1] = (char)(value & 255 ? value & 255 : 1);
		make4(PEER_IP, 7, text);
		found = packet.bytes[40] == 0 && packet.bytes[41] == 0;
	}
	ck_assert(found);
	wire_set_u16(packet.bytes + 40, 0xffff);
	expect(wire_written(&packet.w), 0, true, 1);
}
END_TEST

/* ---- what does not ---- */

START_TEST(what_is_not_plain_is_left_to_lwip)
{
	size_t len;

	expect(make4(PEER_IP, 7, "quiet"), 0, false, 0);
	expect(make4(LINK_LOCAL, 7, "not routed"), 0, false, 1); /* asks who has the address */
	len = make4(PEER_IP, 7, "a fragment");
	packet.bytes[20] = 0x20;
	header_sum();
	expect(len, 0, false, 0);
	len = make4(PEER_IP, 7, "don't fragment");
	packet.bytes[20] = 0x40;
	header_sum();
	expect(len, 0, true, 1);
	len = make4(PEER_IP, 7, "broadcast by Ethernet");
	memset(packet.bytes, 0xff, 6);
	expect(len, 0, false, 1);
	expect(make4(0x0a0000ff, 7, "from everybody"), 0, false, 0);
	expect(make4(OUR_IP, 7, "from ourselves"), 0, false, 1);
	expect(make6(our6, "from ourselves"), 0, false, 1);
	/* lwIP goes by IP's length alone when it need not look at the checksum. */
	len = make4(PEER_IP, 7, "longer than it is");
	wire_set_u16(packet.bytes + 38, 1000);
	expect(len, NETDEV_CSUM_OK, false, 1);
}
END_TEST

START_TEST(what_is_wrong_is_not_answered)
{
	size_t len = make4(PEER_IP, 7, "bad header sum");

	packet.bytes[25] ^= 1;
	expect(len, 0, false, 0);
	len = make4(PEER_IP, 7, "bad sum");
	packet.bytes[41] ^= 1;
	expect(len, 0, false, 0);
	expect(make4(PEER_IP, 7, "cut off") - 1, 0, false, 0);
	len = make6(peer6, "bad sum");
	packet.bytes[61] ^= 1;
	expect(len, 0, false, 0);
	ck_assert_uint_eq(asked, 0);
}
END_TEST

START_TEST(a_full_device_costs_the_answer_alone)
{
	uint64_t seen;

	expect(make4(PEER_IP, 7, "learn"), 0, true, 1);
	peer.full = true;
	seen = fast_seen_by_lwip();
	asked = 0;
	peer_deliver(packet.bytes, wire_written(&packet.w), 0);
	ck_assert_uint_eq(fast_seen_by_lwip(), seen);
	ck_assert_uint_eq(asked, 0);
	ck_assert_uint_eq(peer.loans, 0);
}
END_TEST

/* ---- what is learnt is forgotten in time ---- */

static bool goes_by_lwip(void)
{
	uint64_t seen = fast_seen_by_lwip();

	make4(PEER_IP, 7, "which way");
	peer_deliver(packet.bytes, wire_written(&packet.w), 0);
	peer_forget();
	return fast_seen_by_lwip() != seen;
}

START_TEST(neighbours_are_learnt_anew)
{
	goes_by_lwip();
	ck_assert(!goes_by_lwip());
	run_for(SECOND + SECOND / 10);
	ck_assert(goes_by_lwip());
	ck_assert(!goes_by_lwip());
	peer_arp(PEER_IP);
	ck_assert(goes_by_lwip());
	ck_assert(!goes_by_lwip());
	peer.dev.up = false;
	peer.dev.changed(&peer.dev, peer.dev.ctx);
	peer.dev.up = true;
	peer.dev.changed(&peer.dev, peer.dev.ctx);
	ck_assert(goes_by_lwip());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net fast");
	TCase *tcase = tcase_create("fast");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, both_ways_give_the_same_bytes);
	tcase_add_test(tcase, long_answers);
	tcase_add_test(tcase, what_is_not_answered_goes_the_short_way);
	tcase_add_test(tcase, what_is_sent_later_has_the_same_bytes);
	tcase_add_test(tcase, what_is_not_for_a_host_is_left_to_lwip);
	tcase_add_test(tcase, a_full_device_is_told);
	tcase_add_test(tcase, a_sum_of_zero_is_not_none);
	tcase_add_test(tcase, what_is_not_plain_is_left_to_lwip);
	tcase_add_test(tcase, what_is_wrong_is_not_answered);
	tcase_add_test(tcase, a_full_device_costs_the_answer_alone);
	tcase_add_test(tcase, neighbours_are_learnt_anew);
	suite_add_tcase(suite, tcase);
	return check_run(suite);
}
