/* SPDX-License-Identifier: ISC */
/*
 * The DHCPv4 engine, by RFC 2131's sections: each row is a conversation, from which address to
 * whom, and what is answered.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/check.h"
#include "tests/support/panic.h"
#include "tests/unit/dhcp_client.h"

#define POOL "dhcp-range=10.0.0.10,10.0.0.19,1h\nno-ping\n"
#define A    IP(10, 0, 0, 10)

/* ---- conversations ---- */

enum {
	ANY = 1,
	SAME = 2
}; /* addresses in a step: what was got last */

struct step {
	unsigned who;
	enum dhcp_type type;
	uint32_t ciaddr, wanted, id, giaddr; /* SAME: the address that was given last */
	unsigned wait;                       /* seconds before */
	unsigned answer;                     /* its type, 0: none */
	uint32_t gets;                       /* yiaddr; ANY, SAME as before */
};

static const struct conversation {
	const char *name, *config;
	struct step steps[8];
} conversations[] = {
	{"4.3.1: an offer, taken", POOL,
		{{1, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = ANY},
			{1, DHCP_REQUEST, .wanted = SAME, .id = OURS, .answer = DHCP_ACK,
				.gets = SAME}}},
	{"4.3.1: the address that is wished for", POOL,
		{{1, DHCP_DISCOVER, .wanted = A + 3, .answer = DHCP_OFFER, .gets = A + 3}}},
	{"4.3.1: not one that somebody has", POOL,
		{{1, DHCP_DISCOVER, .wanted = A + 3, .answer = DHCP_OFFER, .gets = A + 3},
			{2, DHCP_DISCOVER, .wanted = A + 3, .answer = DHCP_OFFER, .gets = ANY},
			{2, DHCP_REQUEST, .wanted = A + 3, .id = OURS, .answer = DHCP_NAK}}},
	{"4.3.1: the address of the time before", POOL,
		{{1, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = ANY},
			{1, DHCP_REQUEST, .wanted = SAME, .id = OURS, .answer = DHCP_ACK,
				.gets = SAME},
			{1, DHCP_DISCOVER, .wait = 4000, .answer = DHCP_OFFER, .gets = SAME}}},
	{"4.3.1: an offer ends, and another may have it",
		"dhcp-range=10.0.0.10,10.0.0.10\nno-ping\n",
		{{1, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = A},
			{2, DHCP_DISCOVER, .answer = 0},
			{2, DHCP_DISCOVER, .wait = 31, .answer = DHCP_OFFER, .gets = A},
			{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_NAK}}},
	{"4.3.2: selecting another server gives the offer back",
		"dhcp-range=10.0.0.10,10.0.0.10\nno-ping\n",
		{{1, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = A},
			{1, DHCP_REQUEST, .wanted = A, .id = IP(10, 0, 0, 9), .answer = 0},
			{2, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = A}}},
	{"4.3.2: selecting without an address is nonsense", POOL,
		{{1, DHCP_REQUEST, .id = OURS, .answer = 0}}},
	{"4.3.2: selecting after the offer is forgotten, still free", POOL,
		{{1, DHCP_REQUEST, .wanted = A + 5, .id = OURS, .answer = DHCP_ACK,
			.gets = A + 5}}},
	{"4.3.2: selecting what is outside of the range", POOL,
		{{1, DHCP_REQUEST, .wanted = A + 50, .id = OURS, .answer = DHCP_NAK}}},
	{"4.3.2: init-reboot of whom the server knows", POOL,
		{{1, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = ANY},
			{1, DHCP_REQUEST, .wanted = SAME, .id = OURS, .answer = DHCP_ACK,
				.gets = SAME},
			{1, DHCP_REQUEST, .wanted = SAME, .answer = DHCP_ACK, .gets = SAME}}},
	{"4.3.2: init-reboot with another address than the client's", POOL,
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{1, DHCP_REQUEST, .wanted = A + 1, .answer = DHCP_NAK}}},
	{"4.3.2: init-reboot from another network", POOL,
		{{1, DHCP_REQUEST, .wanted = IP(192, 168, 1, 1), .answer = DHCP_NAK}}},
	{"4.3.2: init-reboot of whom the server does not know: silence", POOL,
		{{1, DHCP_REQUEST, .wanted = A, .answer = 0}}},
	{"4.3.2: the same, where it is the authority: it may have it", POOL "dhcp-authoritative\n",
		{{1, DHCP_REQUEST, .wanted = A, .answer = DHCP_ACK, .gets = A},
			{2, DHCP_REQUEST, .wanted = A, .answer = DHCP_NAK}}},
	{"4.3.2: renewing", POOL,
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{1, DHCP_REQUEST, .ciaddr = A, .wait = 1800, .answer = DHCP_ACK, .gets = A},
			{1, DHCP_REQUEST, .ciaddr = A, .wait = 3500, .answer = DHCP_ACK,
				.gets = A}}},
	{"4.3.2: renewing what another has by now", POOL,
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{2, DHCP_REQUEST, .wanted = A, .id = OURS, .wait = 3601, .answer = DHCP_ACK,
				.gets = A},
			{1, DHCP_REQUEST, .ciaddr = A, .answer = 0}}},
	{"4.3.2: the same, where it is the authority", POOL "dhcp-authoritative\n",
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{2, DHCP_REQUEST, .wanted = A, .id = OURS, .wait = 3601, .answer = DHCP_ACK,
				.gets = A},
			{1, DHCP_REQUEST, .ciaddr = A, .answer = DHCP_NAK}}},
	{"4.3.2: a request that names nothing is nonsense", POOL, {{1, DHCP_REQUEST, .answer = 0}}},
	{"4.3.3: what is declined is given to nobody for a while",
		"dhcp-range=10.0.0.10,10.0.0.10\nno-ping\n",
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{1, DHCP_DECLINE, .wanted = A, .id = OURS, .answer = 0},
			{1, DHCP_DISCOVER, .answer = 0}, {2, DHCP_DISCOVER, .answer = 0},
			{2, DHCP_DISCOVER, .wait = 601, .answer = DHCP_OFFER, .gets = A}}},
	{"4.3.3: a stranger cannot decline", "dhcp-range=10.0.0.10,10.0.0.10\nno-ping\n",
		{{2, DHCP_DECLINE, .wanted = A, .id = OURS, .answer = 0},
			{1, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = A},
			{2, DHCP_DECLINE, .wanted = A, .id = OURS, .answer = 0},
			{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A}}},
	{"4.3.4: what is released is free", "dhcp-range=10.0.0.10,10.0.0.10\nno-ping\n",
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{1, DHCP_RELEASE, .ciaddr = A, .id = OURS, .answer = 0},
			{2, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = A}}},
	{"4.3.4: a stranger, or another server's client, cannot release",
		"dhcp-range=10.0.0.10,10.0.0.10\nno-ping\n",
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{2, DHCP_RELEASE, .ciaddr = A, .id = OURS, .answer = 0},
			{1, DHCP_RELEASE, .ciaddr = A, .id = IP(10, 0, 0, 9), .answer = 0},
			{2, DHCP_DISCOVER, .answer = 0}}},
	{"4.3.5: an inform has no address and no time", POOL,
		{{1, DHCP_INFORM, .ciaddr = IP(10, 0, 0, 77), .answer = DHCP_ACK, .gets = 0},
			{1, DHCP_INFORM, .answer = 0}}},
	{"4.3.1: a relay's network", "dhcp-range=10.9.0.10,10.9.0.19,255.255.255.0\n",
		{{1, DHCP_DISCOVER, .answer = 0},
			{1, DHCP_DISCOVER, .giaddr = IP(10, 9, 0, 1), .answer = DHCP_OFFER,
				.gets = ANY},
			{1, DHCP_DISCOVER, .giaddr = IP(10, 8, 0, 1), .answer = 0}}},
	{"a client that moves has a lease in each network",
		POOL "dhcp-range=10.9.0.10,10.9.0.19,255.255.255.0\n",
		{{1, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_ACK, .gets = A},
			{1, DHCP_REQUEST, .wanted = A, .giaddr = IP(10, 9, 0, 1),
				.answer = DHCP_NAK},
			{1, DHCP_DISCOVER, .giaddr = IP(10, 9, 0, 1), .answer = DHCP_OFFER,
				.gets = ANY},
			{1, DHCP_REQUEST, .ciaddr = A, .answer = DHCP_ACK, .gets = A}}},
	{"a reservation, in the range", POOL "dhcp-host=02:00:00:00:00:07,10.0.0.14\n",
		{{1, DHCP_REQUEST, .wanted = IP(10, 0, 0, 14), .id = OURS, .answer = DHCP_NAK},
			{7, DHCP_DISCOVER, .wanted = A, .answer = DHCP_OFFER,
				.gets = IP(10, 0, 0, 14)},
			{7, DHCP_REQUEST, .wanted = A, .id = OURS, .answer = DHCP_NAK}}},
	{"a reservation, outside of the range", POOL "dhcp-host=02:00:00:00:00:07,10.0.0.77,2h\n",
		{{7, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = IP(10, 0, 0, 77)},
			{7, DHCP_REQUEST, .wanted = IP(10, 0, 0, 77), .id = OURS,
				.answer = DHCP_ACK, .gets = IP(10, 0, 0, 77)},
			{1, DHCP_REQUEST, .wanted = IP(10, 0, 0, 77), .id = OURS,
				.answer = DHCP_NAK}}},
	{"whom to ignore", POOL "dhcp-host=02:00:00:00:00:07,ignore\ndhcp-ignore=tag:!known\n",
		{{7, DHCP_DISCOVER, .answer = 0}, {1, DHCP_DISCOVER, .answer = 0}}},
	{"static: only for hosts with a reservation",
		"dhcp-range=10.0.0.0,static\ndhcp-host=02:00:00:00:00:07,10.0.0.14\nno-ping\n",
		{{1, DHCP_DISCOVER, .answer = 0},
			{7, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = IP(10, 0, 0, 14)}}},
	{"a range for a class",
		"dhcp-mac=set:seven,02:00:00:00:00:07\nno-ping\n"
		"dhcp-range=tag:seven,10.0.0.30,10.0.0.30\ndhcp-range=tag:!seven,10.0.0.31,10.0.0."
		"31\n",
		{{7, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = IP(10, 0, 0, 30)},
			{1, DHCP_DISCOVER, .answer = DHCP_OFFER, .gets = IP(10, 0, 0, 31)},
			{2, DHCP_DISCOVER, .answer = 0}}},
	{"the server's own address is nobody's", "dhcp-range=10.0.0.5,10.0.0.6\nno-ping\n",
		{{1, DHCP_DISCOVER, .wanted = OURS, .answer = DHCP_OFFER, .gets = OURS + 1},
			{2, DHCP_DISCOVER, .answer = 0},
			{2, DHCP_REQUEST, .wanted = OURS, .id = OURS, .answer = DHCP_NAK}}},
};

static uint32_t meant(uint32_t address, uint32_t last)
{
	return address == SAME ? last : address;
}

static void take_step(const struct conversation *c, unsigned i, uint32_t *last)
{
	const struct step *s = &c->steps[i];
	unsigned answer;

	now += s->wait * 1000ull;
	begin(s->who, s->type,
		(struct dhcp_fixed){.ciaddr = meant(s->ciaddr, *last), .giaddr = s->giaddr});
	if (s->wanted)
		option32(DHCP_OPTION_REQUESTED, meant(s->wanted, *last));
	if (s->id)
		option32(DHCP_OPTION_SERVER_ID, s->id);
	answer = send_it();
	ck_assert_msg(answer == s->answer, "%s: step %u: expected answer %u, got %u", c->name, i,
		s->answer, answer);
	if (!answer)
		return;
	ck_assert_msg(s->gets == ANY || yiaddr() == meant(s->gets, *last),
		"%s: step %u: expected %08x, got %08x", c->name, i, meant(s->gets, *last),
		yiaddr());
	*last = yiaddr();
}

START_TEST(conversation)
{
	const struct conversation *c = &conversations[_i];
	uint32_t last = 0;

	start(c->config);
	for (unsigned i = 0; i < 8 && c->steps[i].who; i++)
		take_step(c, i, &last);
	stop();
}
END_TEST

/* ---- section 4.1: where answers go ---- */

START_TEST(ways)
{
	start(POOL "dhcp-authoritative\n");
	ck_assert_uint_eq(discover(1, A), DHCP_OFFER);
	ck_assert_int_eq(reply.way, DHCP_STATION);
	ck_assert_uint_eq(reply.address, A);
	ck_assert_uint_eq(reply.port, DHCP_CLIENT_PORT);
	ck_assert_uint_eq(reply.source, OURS);
	ck_assert_mem_eq(reply.mac, "\2\0\0\0\0\1", 6);

	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){.flags = DHCP_BROADCAST});
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_int_eq(reply.way, DHCP_LINK);
	ck_assert_uint_eq(reply.address, UINT32_MAX);

	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){.htype = 32, .hlen = 16});
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_int_eq(reply.way, DHCP_LINK); /* not Ethernet */

	ck_assert_uint_eq(request(1, A, OURS), DHCP_ACK);
	ck_assert_uint_eq(renew(1, A), DHCP_ACK);
	ck_assert_int_eq(reply.way, DHCP_ROUTED);
	ck_assert_uint_eq(reply.address, A);
	ck_assert_uint_eq(field(12), A); /* ciaddr, table 3 */

	ck_assert_uint_eq(renew(2, A), DHCP_NAK);
	ck_assert_int_eq(reply.way, DHCP_LINK);
	ck_assert_uint_eq(field(12), 0);

	begin(2, DHCP_REQUEST, (struct dhcp_fixed){.giaddr = IP(10, 0, 0, 1)});
	option32(DHCP_OPTION_REQUESTED, A);
	ck_assert_uint_eq(send_it(), DHCP_NAK);
	ck_assert_int_eq(reply.way, DHCP_ROUTED);
	ck_assert_uint_eq(reply.address, IP(10, 0, 0, 1));
	ck_assert_uint_eq(reply.port, DHCP_SERVER_PORT);
	ck_assert_uint_eq(reply.data[10], 0x80); /* the relay is to broadcast it */
	stop();
}
END_TEST

START_TEST(broadcast_by_tag)
{
	start(POOL "dhcp-mac=set:odd,02:00:00:*:*:*\ndhcp-broadcast=tag:odd\n");
	ck_assert_uint_eq(discover(1, A), DHCP_OFFER);
	ck_assert_int_eq(reply.way, DHCP_LINK);
	stop();
}
END_TEST

/* ---- what an answer says ---- */

static void ask_for(const char *codes)
{
	option(DHCP_OPTION_PARAMETERS, codes, strlen(codes));
}

START_TEST(times)
{
	size_t len;

	start(POOL "dhcp-range=10.1.0.10,10.1.0.19,infinite\n");
	discover(1, 0);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_LEASE_TIME), 3600);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T1), 1800);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T2), 3150);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option32(DHCP_OPTION_LEASE_TIME, 600);
	send_it();
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_LEASE_TIME), 600);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option32(DHCP_OPTION_LEASE_TIME, 1);
	send_it();
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_LEASE_TIME), 120);

	begin(2, DHCP_DISCOVER, (struct dhcp_fixed){0});
	ck_assert_uint_eq(send_by(1), DHCP_OFFER);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_LEASE_TIME), UINT32_MAX);
	ck_assert_ptr_null(answer_option(DHCP_OPTION_T1, &len));
	begin(2, DHCP_REQUEST, (struct dhcp_fixed){0});
	option32(DHCP_OPTION_REQUESTED, yiaddr());
	option32(DHCP_OPTION_SERVER_ID, IP(10, 1, 0, 5));
	ck_assert_uint_eq(send_by(1), DHCP_ACK);
	ck_assert_uint_eq(reply.changed->end, DHCP_NEVER);
	stop();
}
END_TEST

/* Those of the configuration, as long as they are in order and within the lease. */
START_TEST(told_times)
{
	start(POOL "dhcp-option-force=option:T1,3000\n");
	discover(1, 0);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T1), 3000);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T2), 3150);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option32(DHCP_OPTION_LEASE_TIME, 600);
	send_it();
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T1), 300);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T2), 525);
	stop();
	start(POOL "dhcp-option-force=option:T1,3200\n");
	discover(1, 0);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T1), 3200);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T2), 3200);
	stop();
	start(POOL "dhcp-option-force=option:T1,20\ndhcp-option-force=option:T2,10\n");
	discover(1, 0);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_T1), 1800);
	stop();
}
END_TEST

START_TEST(options)
{
	size_t len;
	const uint8_t *p;

	start(POOL "domain=a.example\n"
		   "dhcp-option=3,10.0.0.1\ndhcp-option=option:dns-server,0.0.0.0,10.0.0.2\n"
		   "dhcp-option=tag:one,3,10.0.0.9\ndhcp-mac=set:one,02:00:00:00:00:01\n"
		   "dhcp-option=121,10.64.0.0/10,10.0.0.7\ndhcp-option=119,a.example,b.example\n"
		   "dhcp-option=option:mtu,1400\ndhcp-option-force=208,f1:00:74:7e\n"
		   "dhcp-option=114,\"https://portal.example/a,b\"\ndhcp-option=108,30m\n");
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	ask_for("\1\3\6\x0f\x1c\x79\x77\x1a\x72\x6c");
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_uint_eq(answer_u32(1), 0xffffff00);
	ck_assert_uint_eq(answer_u32(3), IP(10, 0, 0, 9)); /* the tagged one */
	ck_assert_uint_eq(answer_u32(28), IP(10, 0, 0, 255));
	ck_assert_uint_eq(answer_u32(54), OURS);
	ck_assert_uint_eq(answer_u32(108), 1800);
	p = answer_option(6, &len);
	ck_assert_uint_eq(len, 8);
	ck_assert_mem_eq(p, "\x0a\0\0\5\x0a\0\0\2", 8); /* 0.0.0.0: the server itself */
	p = answer_option(15, &len);
	ck_assert_uint_eq(len, 9);
	ck_assert_mem_eq(p, "a.example", 9);
	p = answer_option(121, &len);
	ck_assert_uint_eq(len, 7);
	ck_assert_mem_eq(p, "\x0a\x0a\x40\x0a\0\0\7", 7);
	p = answer_option(119, &len);
	ck_assert_uint_eq(len, 22);
	ck_assert_mem_eq(p, "\1a\7example\0\1b\7example\0", 22);
	p = answer_option(26, &len);
	ck_assert_mem_eq(p, "\5\x78", 2);
	p = answer_option(114, &len);
	ck_assert_uint_eq(len, 26);
	ck_assert_mem_eq(p, "https://portal.example/a,b", 26);
	p = answer_option(208, &len); /* unasked */
	ck_assert_mem_eq(p, "\xf1\0\x74\x7e", 4);

	begin(2, DHCP_DISCOVER, (struct dhcp_fixed){0});
	ask_for("\1");
	send_it();
	ck_assert_ptr_null(answer_option(3, &len)); /* not asked for */
	ck_assert_ptr_nonnull(answer_option(208, &len));
	discover(3, 0); /* without a list: all */
	ck_assert_uint_eq(answer_u32(3), IP(10, 0, 0, 1));
	stop();
}
END_TEST

START_TEST(echoes)
{
	static const uint8_t relay[] = {1, 4, 'p', 'o', 'r', 't', 2, 2, 9, 9}, id[] = {0, 'm', 'e'};
	size_t len;
	const uint8_t *p;

	start(POOL);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 0, 0, 1)});
	option(DHCP_OPTION_RELAY, relay, sizeof(relay));
	option(DHCP_OPTION_CLIENT_ID, id, sizeof(id));
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	p = answer_option(DHCP_OPTION_RELAY, &len);
	ck_assert_uint_eq(len, sizeof(relay));
	ck_assert_mem_eq(p, relay, len);
	p = memmem(reply.data, reply.len, relay, sizeof(relay));
	ck_assert_uint_eq(p[sizeof(relay)], DHCP_OPTION_END); /* the last one */
	p = answer_option(DHCP_OPTION_CLIENT_ID, &len);
	ck_assert_uint_eq(len, sizeof(id)); /* RFC 6842 */
	ck_assert_mem_eq(p, id, len);
	stop();
}
END_TEST

START_TEST(networks)
{
	start("dhcp-range=10.9.0.10,10.9.0.19,255.255.255.0\n"
	      "dhcp-range=10.7.0.10,10.7.0.19,255.255.255.0\n");
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 9, 0, 1)});
	option(DHCP_OPTION_RELAY, "\5\4\x0a\7\0\1", 6); /* RFC 3527 */
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_uint_eq(yiaddr() >> 8, IP(10, 7, 0, 0) >> 8);
	ck_assert_uint_eq(reply.address, IP(10, 9, 0, 1));
	begin(2, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 9, 0, 1)});
	option32(DHCP_OPTION_SUBNET, IP(10, 7, 0, 1)); /* RFC 3011 */
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_uint_eq(yiaddr() >> 8, IP(10, 7, 0, 0) >> 8);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_SUBNET), IP(10, 7, 0, 1));
	begin(3, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 9, 0, 1)});
	option(DHCP_OPTION_RELAY, "\x0b\4\x0a\x09\0\1", 6); /* RFC 5107: the relay as the server */
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_SERVER_ID), IP(10, 9, 0, 1));
	stop();
}
END_TEST

START_TEST(identities)
{
	uint32_t by_mac, by_id;
	uint8_t id[200] = {0xff, 1, 2, 3, 4};

	start(POOL);
	by_mac = get(1, 0);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_CLIENT_ID, id, 19);
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	by_id = yiaddr();
	ck_assert_uint_ne(by_mac, by_id); /* the same card, another client */
	begin(2, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_CLIENT_ID, id, 19);
	send_it();
	ck_assert_uint_eq(yiaddr(), by_id); /* the same client, another card */
	begin(3, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_CLIENT_ID, id, sizeof(id));
	send_it();
	by_mac = yiaddr();
	id[199] = 1; /* long ones differ in their last byte, too */
	begin(3, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_CLIENT_ID, id, sizeof(id));
	send_it();
	ck_assert_uint_ne(yiaddr(), by_mac);
	stop();
}
END_TEST

START_TEST(boot)
{
	size_t len;

	start(POOL "dhcp-match=set:efi,option:client-arch,7\ndhcp-userclass=set:ipxe,iPXE\n"
		   "dhcp-boot=undionly.kpxe,boot.example,10.0.0.3\n"
		   "dhcp-boot=tag:efi,ipxe.efi\ndhcp-boot=tag:ipxe,http://10.0.0.3/menu\n");
	discover(1, 0);
	ck_assert_str_eq((char *)reply.data + 108, "undionly.kpxe");
	ck_assert_str_eq((char *)reply.data + 44, "boot.example");
	ck_assert_uint_eq(field(20), IP(10, 0, 0, 3));
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_ARCH, "\0\7", 2);
	option(DHCP_OPTION_UUID, "\0sixteen bytes...", 17);
	send_it();
	ck_assert_str_eq((char *)reply.data + 108, "ipxe.efi");
	ck_assert_uint_eq(field(20), OURS);
	answer_option(DHCP_OPTION_UUID, &len);
	ck_assert_uint_eq(len, 17); /* RFC 4578 */
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_ARCH, "\0\7", 2);
	option(DHCP_OPTION_USER_CLASS, "iPXE", 4);
	ask_for("\x43"); /* as option 67 */
	send_it();
	ck_assert_mem_eq(answer_option(DHCP_OPTION_BOOT_FILE, &len), "http://10.0.0.3/menu", 20);
	ck_assert_uint_eq(reply.data[108], 0);
	stop();
}
END_TEST

START_TEST(vendors)
{
	size_t len;
	const uint8_t *p;

	start(POOL "dhcp-option=vendor:PXEClient,6,8\ndhcp-option=vendor:PXEClient,1,0.0.0.0\n"
		   "dhcp-option-force=vendor:Acme,2,hi\n"
		   "dhcp-option=vi-encap:2,10,text\ndhcp-option=vi-encap:9,1,1\n");
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_VENDOR_CLASS, "PXEClient:Arch:00007", 20);
	ask_for("\x2b\x7d");
	send_it();
	p = answer_option(DHCP_OPTION_VENDOR, &len);
	ck_assert_uint_eq(len, 9);
	ck_assert_mem_eq(p, "\6\1\x08\1\4\0\0\0\0", 9);
	p = answer_option(DHCP_OPTION_ENTERPRISE, &len);
	ck_assert_uint_eq(len, 5 + 6 + 5 + 3);
	ck_assert_mem_eq(p, "\0\0\0\2\6\x0a\4text\0\0\0\x09\3\1\1\1", len);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_VENDOR_CLASS, "Acme", 4);
	ask_for("\1");
	send_it();
	p = answer_option(DHCP_OPTION_VENDOR, &len);
	ck_assert_mem_eq(p, "\2\2hi", 4);
	stop();
}
END_TEST

/* What does not fit goes into `file` and `sname` (RFC 2131 section 4.1), then it is left out. */
START_TEST(overload)
{
	char text[1024] = POOL;
	size_t len;

	for (unsigned i = 0; i < 5; i++)
		sprintf(text + strlen(text), "dhcp-option=%u,x%0100u\n", 224 + i, i);
	start(text);
	discover(1, 0);
	ck_assert_uint_le(reply.len, 548);
	ck_assert_uint_eq(answer_option(DHCP_OPTION_OVERLOAD, &len)[0], 1);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_ptr_nonnull(answer_option((uint8_t)(224 + i), &len));
	ck_assert_uint_gt(server.stats.cut, 0);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_MAX_SIZE, "\5\xdc", 2); /* 1500 */
	send_it();
	for (unsigned i = 0; i < 5; i++)
		ck_assert_ptr_nonnull(answer_option((uint8_t)(224 + i), &len));
	ck_assert_ptr_null(answer_option(DHCP_OPTION_OVERLOAD, &len));
	stop();
}
END_TEST

START_TEST(rapid)
{
	size_t len;

	start(POOL "dhcp-rapid-commit\n");
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_RAPID_COMMIT, "", 0);
	ck_assert_uint_eq(send_it(), DHCP_ACK);
	ck_assert_ptr_nonnull(answer_option(DHCP_OPTION_RAPID_COMMIT, &len));
	ck_assert_ptr_nonnull(reply.changed);
	ck_assert_uint_eq(discover(2, 0), DHCP_OFFER);
	stop();
}
END_TEST

START_TEST(query)
{
	uint32_t address;
	size_t len;

	start(POOL "leasequery\n");
	address = get(1, 0);
	now += 60000;
	begin(9, DHCP_LEASEQUERY,
		(struct dhcp_fixed){.ciaddr = address, .giaddr = IP(10, 0, 0, 1)});
	ck_assert_uint_eq(send_it(), DHCP_LEASEACTIVE);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_LEASE_TIME), 3540);
	ck_assert_uint_eq(answer_u32(DHCP_OPTION_LAST_TRANSACTION), 60);
	ck_assert_mem_eq(reply.data + 28, "\2\0\0\0\0\1", 6);
	ck_assert_uint_eq(field(12), address);
	ck_assert_ptr_null(answer_option(DHCP_OPTION_CLIENT_ID, &len));
	begin(9, DHCP_LEASEQUERY,
		(struct dhcp_fixed){.ciaddr = IP(10, 0, 0, 200), .giaddr = IP(10, 0, 0, 1)});
	ck_assert_uint_eq(send_it(), DHCP_LEASEUNASSIGNED);
	begin(9, DHCP_LEASEQUERY,
		(struct dhcp_fixed){.ciaddr = IP(9, 0, 0, 1), .giaddr = IP(10, 0, 0, 1)});
	ck_assert_uint_eq(send_it(), DHCP_LEASEUNKNOWN);
	begin(9, DHCP_LEASEQUERY, (struct dhcp_fixed){.ciaddr = address});
	ck_assert_uint_eq(send_it(), 0);
	stop();
}
END_TEST

/* ---- probes ---- */

START_TEST(probes)
{
	uint32_t first;

	start("dhcp-range=10.0.0.10,10.0.0.19\n");
	ck_assert_uint_eq(discover(1, 0), DHCP_OFFER);
	first = reply.probe;
	ck_assert_uint_eq(first, yiaddr());
	ck_assert_uint_eq(discover(1, 0), 0); /* the answer is on its way */
	ck_assert(!dhcp_server_probed(&server, now, first, true));
	ck_assert_uint_eq(discover(1, first), DHCP_OFFER);
	ck_assert_uint_ne(yiaddr(), first);
	ck_assert(dhcp_server_probed(&server, now, reply.probe, false));
	ck_assert_uint_eq(discover(1, 0), DHCP_OFFER);
	ck_assert_uint_eq(reply.probe, 0); /* asked already */
	begin(2, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 0, 0, 1)});
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_uint_eq(reply.probe, yiaddr()); /* behind a relay: by ICMP */
	ck_assert(reply.far);
	stop();
}
END_TEST

/* ---- limits ---- */

START_TEST(offers_are_few)
{
	struct dhcp_limits few = {.offers = 4, .mac_leases = 3};

	start_with("dhcp-range=10.0.0.10,10.0.0.99\nno-ping\n", &few);
	for (unsigned i = 0; i < 200; i++)
		ck_assert_uint_eq(discover(i, 0), DHCP_OFFER);
	ck_assert_uint_eq(server.leases.count[DHCP_LEASE_OFFERED], 4);
	ck_assert_uint_eq(server.stats.offers_dropped, 196);
	ck_assert_uint_ne(get(300, 0), 0); /* who means it still gets one */
	stop();
}
END_TEST

START_TEST(one_card_has_few_leases)
{
	unsigned got = 0;

	start(POOL);
	for (unsigned i = 0; i < 10; i++) {
		begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
		option(DHCP_OPTION_CLIENT_ID, &i, 4);
		if (send_it() != DHCP_OFFER)
			continue;
		begin(1, DHCP_REQUEST, (struct dhcp_fixed){0});
		option(DHCP_OPTION_CLIENT_ID, &i, 4);
		option32(DHCP_OPTION_REQUESTED, yiaddr());
		option32(DHCP_OPTION_SERVER_ID, OURS);
		got += send_it() == DHCP_ACK;
	}
	ck_assert_uint_eq(got, 3);
	ck_assert_uint_gt(server.stats.mac_leases, 0);
	ck_assert_uint_ne(get(2, 0), 0);
	stop();
}
END_TEST

START_TEST(rates)
{
	struct dhcp_limits slow = {.offers = 16, .mac_leases = 3, .mac_rate = 2, .relay_rate = 5};
	unsigned answers = 0;

	start_with(POOL, &slow);
	for (unsigned i = 0; i < 100; i++)
		answers += discover(1, 0) == DHCP_OFFER;
	ck_assert_uint_eq(answers, 8); /* four seconds' worth */
	ck_assert_uint_eq(server.stats.rate_mac, 92);
	now += 1000;
	ck_assert_uint_eq(discover(1, 0), DHCP_OFFER);
	ck_assert_uint_eq(discover(1, 0), DHCP_OFFER);
	ck_assert_uint_eq(discover(1, 0), 0);
	ck_assert_uint_eq(discover(2, 0), DHCP_OFFER); /* another is not held back */
	for (unsigned i = 0; i < 100; i++) {
		begin(i, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 0, 0, 1)});
		send_it();
	}
	ck_assert_uint_gt(server.stats.rate_relay, 70);
	stop();
}
END_TEST

START_TEST(full)
{
	uint32_t last = 0;

	start(POOL);
	for (unsigned i = 0; i < 10; i++) {
		last = get(i, 0);
		ck_assert_uint_ne(last, 0);
	}
	ck_assert_uint_eq(discover(10, 0), 0);
	ck_assert_uint_eq(server.stats.full, 1);
	now += 3601000;
	ck_assert_uint_ne(get(11, 0), 0); /* all are over, found when one is needed */
	stop();
}
END_TEST

START_TEST(table_is_smaller_than_the_pool)
{
	start("dhcp-range=10.0.0.10,10.0.0.99\ndhcp-lease-max=4\nno-ping\n");
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_ne(get(i, 0), 0);
	ck_assert_uint_eq(get(5, 0), 0);
	now += 3601000;
	for (unsigned i = 0; i < 40; i++)
		dhcp_server_tick(&server, now += 1000);
	ck_assert_uint_eq(server.leases.count[DHCP_LEASE_BOUND], 0);
	ck_assert_uint_ne(get(6, 0), 0);
	stop();
}
END_TEST

/* ---- floods ---- */

#define WIDE "dhcp-range=10.0.0.10,10.0.0.209,1h\nno-ping\n"

/* A stranger with a new MAC each time: offers are few, and who has a lease or a reservation goes
 * on. */
START_TEST(flood_of_discovers)
{
	uint32_t mine, reserved = IP(10, 0, 0, 50);

	start(WIDE "dhcp-host=02:00:00:00:00:02,10.0.0.50\n");
	mine = get(1, 0);
	for (unsigned i = 0; i < 20000; i++) {
		discover(1000 + i, 0);
		ck_assert_uint_le(server.leases.count[DHCP_LEASE_OFFERED], limits.offers);
		if (i % 500 == 0)
			ck_assert_uint_eq(renew(1, mine), DHCP_ACK);
		if (i % 500 == 250)
			ck_assert_uint_eq(get(2, 0), reserved);
		/* A new client that answers before so many others ask gets what it was offered. */
		if (i % 500 == 400)
			ck_assert_uint_ne(get(3, 0), 0);
	}
	ck_assert_uint_gt(server.stats.offers_dropped, 10000);
	stop();
}
END_TEST

/* It takes leases, too, until there are none: others keep theirs, and get them again. */
START_TEST(starvation)
{
	uint32_t mine, taken = 0;

	start(WIDE "dhcp-host=02:00:00:00:00:02,10.0.0.50\n");
	mine = get(1, 0);
	for (unsigned i = 0; i < 1000; i++)
		taken += get(1000 + i, 0) != 0;
	ck_assert_uint_eq(taken, 198); /* all but mine and the reserved one */
	ck_assert_uint_eq(get(3, 0), 0);
	ck_assert_uint_gt(server.stats.full, 0);
	ck_assert_uint_eq(renew(1, mine), DHCP_ACK);
	ck_assert_uint_eq(get(1, 0), mine);
	ck_assert_uint_eq(get(2, 0), IP(10, 0, 0, 50));
	now += 3601 * 1000;
	ck_assert_uint_ne(get(3, 0), 0); /* their time is over */
	stop();
}
END_TEST

/* One relay's flood is cut off; another's clients do not notice. */
START_TEST(flood_through_a_relay)
{
	static const struct dhcp_limits few = {.offers = 16, .mac_leases = 3, .relay_rate = 100};
	unsigned answered = 0;

	start_with(WIDE "dhcp-range=10.1.0.10,10.1.0.99,1h\n", &few);
	for (unsigned i = 0; i < 5000; i++) {
		begin(1000 + i, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 0, 0, 1)});
		answered += send_it() == DHCP_OFFER;
	}
	ck_assert_uint_eq(answered, 100 * DHCP_RATE_BURST);
	ck_assert_uint_eq(server.stats.rate_relay, 5000 - answered);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = IP(10, 1, 0, 1)});
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	stop();
}
END_TEST

#define NEAR IP(10, 0, 0, 1) /* two relays */
#define FAR  IP(10, 1, 0, 1)

/* The exchange through a relay; the address, or 0. */
static uint32_t get_through(unsigned who, uint32_t relay)
{
	uint32_t address;

	begin(who, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = relay});
	if (send_it() != DHCP_OFFER)
		return 0;
	address = yiaddr();
	begin(who, DHCP_REQUEST, (struct dhcp_fixed){.giaddr = relay});
	option32(DHCP_OPTION_REQUESTED, address);
	option32(DHCP_OPTION_SERVER_ID, OURS);
	return send_it() == DHCP_ACK ? address : 0;
}

static const struct dhcp_limits three_a_relay = {.offers = 16, .mac_leases = 3, .relay_leases = 3};

START_TEST(leases_through_a_relay)
{
	uint32_t first;

	start_with(POOL "dhcp-range=10.1.0.10,10.1.0.99,1h\n", &three_a_relay);
	first = get_through(1, NEAR);
	ck_assert_uint_ne(first, 0);
	begin(2, DHCP_DISCOVER, (struct dhcp_fixed){.giaddr = NEAR});
	ck_assert_uint_eq(send_it(), DHCP_OFFER); /* which counts, too */
	ck_assert_uint_ne(get_through(3, NEAR), 0);
	ck_assert_uint_eq(dhcp_relays_held(&server.leases.relays, NEAR), 3);
	ck_assert_uint_eq(get_through(4, NEAR), 0);
	ck_assert_uint_eq(server.stats.relay_leases, 1);
	/* Who has one keeps it; who comes through another relay, or through none, gets one. */
	ck_assert_uint_eq(get_through(1, NEAR), first);
	ck_assert_uint_ne(get_through(2, NEAR), 0);
	ck_assert_uint_ne(get_through(5, FAR), 0);
	ck_assert_uint_ne(get(6, 0), 0);
	ck_assert_uint_eq(renew(1, first), DHCP_ACK);
	ck_assert_uint_eq(dhcp_relays_held(&server.leases.relays, NEAR), 3);
	ck_assert_uint_eq(dhcp_relays_held(&server.leases.relays, FAR), 1);
	give_back(1, DHCP_RELEASE, first);
	ck_assert_uint_eq(dhcp_relays_held(&server.leases.relays, NEAR), 2);
	ck_assert_uint_ne(get_through(4, NEAR), 0);
	ck_assert_uint_eq(get_through(1, NEAR), 0);
	/* What time ends makes room, too. */
	now += 2 * 3600 * 1000;
	for (unsigned i = 0; i < 32; i++)
		dhcp_server_tick(&server, now);
	ck_assert_uint_eq(dhcp_relays_held(&server.leases.relays, NEAR), 0);
	ck_assert_uint_ne(get_through(1, NEAR), 0);
	stop();
}
END_TEST

/* More relays than the table has places are counted together, and all places come back. */
START_TEST(many_relays)
{
	static struct dhcp_relays relays;
	static uint16_t places[3000];
	unsigned sum = 0;

	for (unsigned i = 0; i < 3000; i++)
		places[i] = dhcp_relays_add(&relays, IP(10, 0, 0, 0) + i * 7);
	ck_assert_uint_gt(relays.others, 3000 - DHCP_RELAYS - 1);
	for (unsigned i = 0; i < DHCP_RELAYS; i++)
		sum += relays.places[i].held;
	ck_assert_uint_eq(sum + relays.others, 3000);
	ck_assert_uint_eq(dhcp_relays_held(&relays, IP(10, 0, 0, 0) + 2999 * 7), relays.others);
	for (unsigned i = 0; i < 3000; i++)
		dhcp_relays_drop(&relays, places[i]);
	dhcp_relays_drop(&relays, DHCP_RELAY_NONE);
	for (unsigned i = 0; i < DHCP_RELAYS; i++)
		ck_assert_uint_eq(relays.places[i].held, 0);
	ck_assert_uint_eq(relays.others, 0);
	for (unsigned i = 0; i < 5; i++)
		dhcp_relays_add(&relays, NEAR);
	ck_assert_uint_eq(dhcp_relays_held(&relays, NEAR), 5);
	ck_assert_uint_eq(dhcp_relays_held(&relays, FAR), 0);
}
END_TEST

/* The words for identity and order. */
START_TEST(ignored_identifiers)
{
	uint32_t first;

	start(POOL "dhcp-ignore-clid\ndhcp-sequential-ip\n");
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_CLIENT_ID, "one", 3);
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	first = yiaddr();
	ck_assert_uint_eq(first, A);
	begin(1, DHCP_DISCOVER, (struct dhcp_fixed){0});
	option(DHCP_OPTION_CLIENT_ID, "two", 3);
	ck_assert_uint_eq(send_it(), DHCP_OFFER);
	ck_assert_uint_eq(yiaddr(), first);
	ck_assert_uint_eq(discover(2, 0), DHCP_OFFER);
	ck_assert_uint_eq(yiaddr(), A + 1);
	stop();
}
END_TEST

START_TEST(name_match)
{
	static const struct {
		const char *name;
		unsigned answer;
	} rows[] = {
		{"phone", 0}, {"Phone-7", 0}, {"phon", DHCP_OFFER}, {"tv", 0}, {"tv2", DHCP_OFFER}};

	start(POOL "dhcp-name-match=set:x,phone*\ndhcp-name-match=set:x,tv\ndhcp-ignore=tag:x\n");
	for (unsigned i = 0; i < 5; i++) {
		begin(i, DHCP_DISCOVER, (struct dhcp_fixed){0});
		option(DHCP_OPTION_HOST_NAME, rows[i].name, strlen(rows[i].name));
		ck_assert_uint_eq(send_it(), rows[i].answer);
	}
	stop();
}
END_TEST

/* ---- leases on a disk ---- */

START_TEST(records)
{
	uint8_t record[DHCP_RECORD_MAX];
	char name[DHCP_NAME_MAX + 1];
	struct dhcp_lease lease;
	uint32_t address;
	size_t len;

	start(POOL);
	address = get(1, 0);
	len = dhcp_record_write(record, &server.leases, reply.changed);
	stop();
	start("dhcp-range=10.0.0.10,10.0.0.19,1h\nno-ping\n");
	ck_assert(dhcp_record_read(&lease, name, record, len));
	ck_assert_int_eq(dhcp_server_restore(&server, now, &lease, name), 0);
	ck_assert_int_eq(dhcp_server_restore(&server, now, &lease, name), -EEXIST);
	ck_assert_uint_eq(request(2, address, OURS), DHCP_NAK);
	ck_assert_uint_eq(renew(1, address), DHCP_ACK);
	for (size_t i = 0; i < len; i++)
		ck_assert(!dhcp_record_read(&lease, name, record, i));
	lease.address = IP(10, 0, 0, 99);
	ck_assert_int_eq(dhcp_server_restore(&server, now, &lease, name), -ENOENT);
	stop();
}
END_TEST

START_TEST(a_relay_is_recorded)
{
	uint8_t record[DHCP_RECORD_MAX];
	char name[DHCP_NAME_MAX + 1];
	struct dhcp_lease lease;
	size_t len;

	start_with(POOL, &three_a_relay);
	ck_assert_uint_ne(get_through(1, NEAR), 0);
	len = dhcp_record_write(record, &server.leases, reply.changed);
	stop();
	start_with(POOL, &three_a_relay);
	ck_assert(dhcp_record_read(&lease, name, record, len));
	ck_assert_int_eq(dhcp_server_restore(&server, now, &lease, name), 0);
	ck_assert_uint_eq(dhcp_relays_held(&server.leases.relays, NEAR), 1);
	stop();
}
END_TEST

/* Version 2 had no relay before the name, version 1 no name either. */
START_TEST(earlier_records)
{
	uint8_t record[DHCP_RECORD_MAX];
	char name[DHCP_NAME_MAX + 1];
	struct dhcp_lease lease;
	size_t len;

	start(POOL);
	ck_assert_uint_ne(get_through(1, NEAR), 0);
	len = dhcp_record_write(record, &server.leases, reply.changed);
	record[0] = 2;
	memmove(record + len - 5, record + len - 1, 1);
	ck_assert(dhcp_record_read(&lease, name, record, len - 4));
	ck_assert_uint_eq(lease.relay, 0);
	ck_assert(!dhcp_record_read(&lease, name, record, len));
	record[0] = 1;
	ck_assert(dhcp_record_read(&lease, name, record, len - 5));
	ck_assert(!dhcp_record_read(&lease, name, record, len - 4));
	record[0] = 4;
	ck_assert(!dhcp_record_read(&lease, name, record, len));
	stop();
}
END_TEST

START_TEST(released_is_recorded)
{
	uint8_t record[DHCP_RECORD_MAX];
	char name[DHCP_NAME_MAX + 1];
	struct dhcp_lease lease;
	uint32_t address;

	start(POOL);
	address = get(1, 0);
	give_back(1, DHCP_RELEASE, address);
	ck_assert_ptr_nonnull(reply.changed);
	ck_assert(dhcp_record_read(
		&lease, name, record, dhcp_record_write(record, &server.leases, reply.changed)));
	ck_assert_uint_eq(lease.state, DHCP_LEASE_PAST);
	ck_assert_uint_le(lease.end, now / 1000);
	give_back(1, DHCP_DECLINE, address);
	ck_assert_ptr_null(reply.changed); /* it has none */
	stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dhcp_server");
	TCase *c = tcase_create("all");

	tcase_add_loop_test(
		c, conversation, 0, (int)(sizeof(conversations) / sizeof(conversations[0])));
	tcase_add_test(c, ways);
	tcase_add_test(c, broadcast_by_tag);
	tcase_add_test(c, times);
	tcase_add_test(c, told_times);
	tcase_add_test(c, options);
	tcase_add_test(c, echoes);
	tcase_add_test(c, networks);
	tcase_add_test(c, identities);
	tcase_add_test(c, boot);
	tcase_add_test(c, vendors);
	tcase_add_test(c, overload);
	tcase_add_test(c, rapid);
	tcase_add_test(c, query);
	tcase_add_test(c, probes);
	tcase_add_test(c, offers_are_few);
	tcase_add_test(c, one_card_has_few_leases);
	tcase_add_test(c, rates);
	tcase_add_test(c, full);
	tcase_add_test(c, table_is_smaller_than_the_pool);
	tcase_add_test(c, flood_of_discovers);
	tcase_add_test(c, starvation);
	tcase_add_test(c, flood_through_a_relay);
	tcase_add_test(c, leases_through_a_relay);
	tcase_add_test(c, many_relays);
	tcase_add_test(c, ignored_identifiers);
	tcase_add_test(c, name_match);
	tcase_add_test(c, records);
	tcase_add_test(c, a_relay_is_recorded);
	tcase_add_test(c, earlier_records);
	tcase_add_test(c, released_is_recorded);
	suite_add_tcase(s, c);
	return check_run(s);
}
