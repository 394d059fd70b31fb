/* SPDX-License-Identifier: ISC */
/* The limit on replies: what is counted together, what a flood gets, and that nobody evades it. */
#include "lib/base/bytes.h"
#include "lib/dns/rrl.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

#define NS_PER_S 1000000000ull

static struct dns_rrl rrl;
static struct dns_client client;
static struct dns_server server;
static uint64_t now;

static void begin(void)
{
	static const uint8_t key[16] = "a key of 16 byte";

	ck_assert_int_eq(dns_rrl_init(&rrl, key), 0);
	rrl.rate = 10;
	now = 1000 * NS_PER_S;
	memset(&client, 0, sizeof(client));
	client.ip[10] = client.ip[11] = 0xff;
	client.ip[12] = 192;
	client.ip[14] = 2;
	dns_server_init(&server, 0);
	server.client = &client;
}

static void end(void)
{
	dns_rrl_fini(&rrl);
	dns_server_fini(&server);
}

static unsigned verdicts[3];

/* Asks COUNT times, evenly in a second. How many are sent. */
static unsigned sent(unsigned count)
{
	memset(verdicts, 0, sizeof(verdicts));
	for (unsigned i = 0; i < count; i++) {
		verdicts[dns_rrl_check(&rrl, &client, now)]++;
		now += NS_PER_S / count;
	}
	return verdicts[DNS_RRL_SEND];
}

START_TEST(rate)
{
	unsigned all = 0;

	for (unsigned i = 0; i < 60; i++)
		ck_assert_uint_eq(sent(10), 10);
	/* A flood gets what is left of a second's, and then nothing while it lasts. */
	ck_assert_uint_le(sent(1000), 11);
	for (unsigned i = 0; i < 60; i++)
		all += sent(1000);
	ck_assert_uint_eq(all, 0);
	/* It is remembered for so long after its end, and no longer. */
	now += (rrl.window - 1) * NS_PER_S;
	ck_assert_uint_eq(sent(1), 0);
	now += 2 * NS_PER_S;
	ck_assert_uint_ge(sent(10), 5);
	now += 20 * NS_PER_S;
	ck_assert_uint_eq(sent(10), 10);
}
END_TEST

START_TEST(window)
{
	rrl.window = 0;
	sent(1000);
	/* What the rate allows goes out even while it lasts. */
	for (unsigned i = 0; i < 10; i++)
		ck_assert_uint_le(sent(1000), 11);
	now += NS_PER_S;
	ck_assert_uint_ge(sent(10), 9);
}
END_TEST

START_TEST(slip)
{
	static const uint64_t slips[] = {0, 1, 2, 10};

	sent(100);
	for (size_t i = 0; i < ARRAY_SIZE(slips); i++) {
		rrl.slip = slips[i];
		ck_assert_uint_eq(sent(10000), 0);
		if (slips[i] < 2) {
			ck_assert_uint_eq(verdicts[DNS_RRL_SHORTEN], slips[i] * 10000);
			continue;
		}
		ck_assert_uint_ge(verdicts[DNS_RRL_SHORTEN], 10000 / slips[i] * 8 / 10);
		ck_assert_uint_le(verdicts[DNS_RRL_SHORTEN], 10000 / slips[i] * 12 / 10);
	}
}
END_TEST

/* What shares an account with CLIENT, whose account a flood has overdrawn. */
START_TEST(together)
{
	static const uint8_t v6[16] = {0x20, 1, 0xd, 0xb8, 0, 0, 0, 1};
	struct dns_client flooded = client;

	ck_assert_uint_le(sent(1000), 11);
	client.ip[15] = 77;
	ck_assert_uint_eq(sent(5), 0); /* the same /24 */
	client.ip[14] = 3;
	ck_assert_uint_eq(sent(5), 5);
	client = flooded;
	client.kind = DNS_KIND_ERROR;
	ck_assert_uint_eq(sent(5), 5);
	client = flooded;
	client.name = 1;
	ck_assert_uint_eq(sent(5), 5);
	client = flooded;
	ck_assert_uint_eq(sent(5), 0);
	memcpy(client.ip, v6, 16);
	ck_assert_uint_le(sent(1000), 11);
	client.ip[15] = 1;
	ck_assert_uint_eq(sent(5), 0);
	client.ip[7] = 0xff;
	ck_assert_uint_eq(sent(5), 0); /* the same /56 */
	client.ip[6] = 1;
	ck_assert_uint_eq(sent(5), 5);
	/* IPv4's bits are not taken for IPv6's, nor the other way round. */
	memset(client.ip, 0, 16);
	ck_assert_uint_eq(sent(5), 5);
	rrl.prefix6 = 61;
	memcpy(client.ip, v6, 16);
	client.ip[6] = 9;
	sent(1000);
	client.ip[7] = 7;
	ck_assert_uint_eq(sent(5), 0);
	client.ip[7] = 8;
	ck_assert_uint_eq(sent(5), 5);
}
END_TEST

/* However many networks ask, a flooded one is not forgotten, and few others are hurt. */
START_TEST(many)
{
	struct dns_client flooded = client;
	unsigned hurt = 0;

	sent(100);
	for (unsigned i = 0; i < 200000; i++) {
		client.ip[12] = (uint8_t)(10 + i / 65536);
		client.ip[13] = (uint8_t)(i / 256);
		client.ip[14] = (uint8_t)i;
		hurt += dns_rrl_check(&rrl, &client, now) != DNS_RRL_SEND;
		if (i % 5000 == 0) {
			struct dns_client other = client;

			client = flooded;
			ck_assert_uint_eq(sent(100), 0);
			client = other;
		}
	}
	/* 5,000 networks each second, in 16,384 accounts. */
	ck_assert_uint_le(hurt, 200);
	/* A hundred floods at a time: one of 6,700 others has both of its accounts with them. */
	now += 100 * NS_PER_S;
	for (unsigned i = 0; i < 100; i++) {
		client.ip[14] = (uint8_t)i;
		client.ip[13] = 200;
		for (unsigned n = 0; n < 200; n++)
			dns_rrl_check(&rrl, &client, now);
	}
	hurt = 0;
	for (unsigned i = 0; i < 20000; i++) {
		client.ip[12] = 100;
		client.ip[13] = (uint8_t)(i / 256);
		client.ip[14] = (uint8_t)i;
		hurt += dns_rrl_check(&rrl, &client, now) != DNS_RRL_SEND;
		now += NS_PER_S / 10000;
	}
	ck_assert_uint_le(hurt, 20);
}
END_TEST

START_TEST(told)
{
	struct dns_rrl_flood flood;

	ck_assert(!dns_rrl_next(&rrl, now, &flood));
	sent(8);
	ck_assert(!dns_rrl_next(&rrl, now, &flood));
	client.ip[15] = 9;
	sent(100);
	ck_assert(dns_rrl_next(&rrl, now, &flood));
	ck_assert_uint_eq(flood.count, 0);
	ck_assert_uint_eq(flood.bits, 24);
	ck_assert_uint_eq(flood.ip[15], 0);
	ck_assert_uint_eq(flood.ip[14], 2);
	ck_assert(!dns_rrl_next(&rrl, now, &flood));
	sent(100);
	ck_assert(!dns_rrl_next(&rrl, now, &flood));
	now += DNS_RRL_QUIET_S * NS_PER_S;
	ck_assert(dns_rrl_next(&rrl, now, &flood));
	ck_assert_uint_ge(flood.count, 100);
	ck_assert(!dns_rrl_next(&rrl, now, &flood));
	/* However many floods there are, so many are told of. */
	for (unsigned i = 0; i < 10000; i++) {
		client.name = i;
		for (unsigned n = 0; n < 12; n++)
			dns_rrl_check(&rrl, &client, now);
	}
	for (unsigned i = 0; i < DNS_RRL_FLOODS; i++)
		ck_assert(dns_rrl_next(&rrl, now, &flood));
	ck_assert(!dns_rrl_next(&rrl, now, &flood));
}
END_TEST

static const char *shorten(const char *question)
{
	ask(&server, question);
	ask_reply_len = dns_rrl_shorten(ask_reply, ask_reply_len, &client);
	return show_reply(true);
}

START_TEST(shortened)
{
	serve(&server, "e",
		"@ 60 SOA . . 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nd NS ns\n*.w TXT x\n");
	ck_assert_str_eq(shorten("ns.e A"), "NOERROR tc\nAD . OPT 1232 0\n");
	ck_assert_str_eq(shorten("ns.e A +do"), "NOERROR tc\nAD . OPT 1232 0 do\n");
	ck_assert_str_eq(shorten("ns.e A +noedns"), "NOERROR tc\n");
	ck_assert_str_eq(shorten("no.e A"), "NOERROR tc\nAD . OPT 1232 0\n");
	ck_assert_str_eq(shorten("f A"), "REFUSED tc\nAD . OPT 1232 0\n");
	/* Who knows of cookies gets one, and no reason to come by TCP. */
	ask(&server, "ns.e A");
	client.cookie = DNS_COOKIE_CLIENT;
	ask_reply_len = dns_rrl_shorten(ask_reply, ask_reply_len, &client);
	ck_assert_str_eq(show_reply(true), "YXRRSET\nAD . OPT 1232 1\n");
}
END_TEST

/* What the engine says of its replies. */
START_TEST(kinds)
{
	uint32_t name;

	serve(&server, "e",
		"@ 60 SOA . . 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nd NS ns\n*.w TXT x\n");
	ask(&server, "ns.e A");
	ck_assert_int_eq(client.kind, DNS_KIND_ANSWER);
	ck_assert_int_eq(client.type, DNS_A);
	ask(&server, "ns.e MX");
	ck_assert_int_eq(client.kind, DNS_KIND_NO_DATA);
	ask(&server, "x.d.e A");
	ck_assert_int_eq(client.kind, DNS_KIND_REFERRAL);
	name = client.name;
	ask(&server, "y.z.d.e A");
	ck_assert_uint_eq(client.name, name);
	ask(&server, "x.e A");
	ck_assert_int_eq(client.kind, DNS_KIND_NO_NAME);
	name = client.name;
	ask(&server, "x.ns.e A");
	ck_assert_uint_eq(client.name, name);
	/* Names that a wildcard stands for are one. */
	ask(&server, "x.w.e TXT");
	ck_assert_int_eq(client.kind, DNS_KIND_ANSWER);
	name = client.name;
	ask(&server, "x.y.w.e TXT");
	ck_assert_uint_eq(client.name, name);
	ask(&server, "x A");
	ck_assert_int_eq(client.kind, DNS_KIND_ERROR);
	ck_assert_int_eq(client.rcode, DNS_REFUSED);
	ask(&server, "ns.e NXNAME");
	ck_assert_int_eq(client.kind, DNS_KIND_ERROR);
	ck_assert_int_eq(client.rcode, DNS_FORMERR);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {rate, window, slip, together, many, told, shortened, kinds};

	return run_tests("dns limits", tests, ARRAY_SIZE(tests), begin, end);
}
