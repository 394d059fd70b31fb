/* SPDX-License-Identifier: ISC */
/* Server cookies: RFC 9018's vectors, what is not one, and how the engine answers them. */
#include "lib/base/bytes.h"
#include "lib/dns/cookie.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

static uint32_t now;
static uint32_t clock_now(void)
{
	return now;
}

static struct dns_cookies cookies;
static struct dns_client client;
static struct dns_server server;

static const uint8_t ip1[16] = {[10] = 0xff, 0xff, 198, 51, 100, 100};
static const uint8_t ip2[16] = {[10] = 0xff, 0xff, 203, 0, 113, 203};
static const uint8_t ip3[16] = {0x20, 0x01, 0x0d, 0xb8, 0x02, 0x20, 0x00, 0x01, 0x59, 0xde, 0xd0,
	0xf4, 0x87, 0x69, 0x82, 0xb8};

static size_t hex(uint8_t *out, const char *text)
{
	size_t len = strlen(text) / 2;
	unsigned byte;

	for (size_t i = 0; i < len; i++) {
		ck_assert_int_eq(sscanf(text + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return len;
}

static void begin(void)
{
	memset(&cookies, 0, sizeof(cookies));
	cookies.now = clock_now;
	ck_assert(dns_cookie_parse(&cookies, "e5e973e5a6b2a43f48e7dc849e37bfcf"));
	now = 1559731985;
	dns_server_init(&server, 0);
	server.client = &client;
	server.cookies = &cookies;
	memcpy(client.ip, ip1, 16);
}

static void end(void)
{
	dns_server_fini(&server);
}

static void takes(const uint8_t *ip, const char *got, enum dns_cookie state, const char *back)
{
	uint8_t cookie[64], expected[64], reply[DNS_COOKIE_LEN];
	size_t len = hex(cookie, got);

	ck_assert_int_eq(dns_cookie_take(&cookies, ip, cookie, len, reply), state);
	ck_assert_uint_eq(hex(expected, back), DNS_COOKIE_LEN);
	ck_assert_mem_eq(reply, expected, DNS_COOKIE_LEN);
}

static enum dns_cookie state_of(const uint8_t *ip, const char *got)
{
	uint8_t cookie[64], reply[DNS_COOKIE_LEN];

	return dns_cookie_take(&cookies, ip, cookie, hex(cookie, got), reply);
}

/* RFC 9018 appendix A. */
START_TEST(vectors)
{
	takes(ip1, "2464c4abcf10c957", DNS_COOKIE_CLIENT,
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480");
	now = 1559734385; /* 40 minutes later it is renewed */
	takes(ip1, "2464c4abcf10c957010000005cf79f111f8130c3eee29480", DNS_COOKIE_VALID,
		"2464c4abcf10c957010000005cf7a871d4a564a1442aca77");
	now = 0x5cf78f71 + 3000; /* reserved bytes that another server has set */
	ck_assert_int_eq(state_of(ip2, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5"),
		DNS_COOKIE_VALID);
	now = 1559734700;
	takes(ip2, "fc93fc62807ddb86", DNS_COOKIE_CLIENT,
		"fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e");
	/* A secret that is rolled over: the old one's are good, and renewed. */
	ck_assert(dns_cookie_parse(
		&cookies, "445536bcd2513298075a5d379663c962,dd3bdf9344b678b185a6f5cb60fca715"));
	now = 1559741961;
	takes(ip3, "22681ab97d52c298010000005cf7c57926556bd0934c72f8", DNS_COOKIE_VALID,
		"22681ab97d52c298010000005cf7c609a6bb79d16625507a");
	ck_assert(dns_cookie_parse(&cookies, "445536bcd2513298075a5d379663c962"));
	takes(ip3, "22681ab97d52c298010000005cf7c57926556bd0934c72f8", DNS_COOKIE_WRONG,
		"22681ab97d52c298010000005cf7c609a6bb79d16625507a");
}
END_TEST

START_TEST(times)
{
	static const char made[] = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
	static const struct {
		int later;
		enum dns_cookie state;
	} rows[] = {{0, DNS_COOKIE_VALID}, {1800, DNS_COOKIE_VALID}, {3600, DNS_COOKIE_VALID},
		{3601, DNS_COOKIE_WRONG}, {-300, DNS_COOKIE_VALID}, {-301, DNS_COOKIE_WRONG},
		{0x7fffffff, DNS_COOKIE_WRONG}};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		now = 1559731985 + (uint32_t)rows[i].later;
		ck_assert_int_eq(state_of(ip1, made), rows[i].state);
	}
	now = 1559731985 + 1800;
	takes(ip1, made, DNS_COOKIE_VALID, made);
	ck_assert_int_eq(state_of(ip1, "2464c4abcf10c957010000005cf79f111f8130c3eee29481"),
		DNS_COOKIE_WRONG);
	ck_assert_int_eq(state_of(ip1, "2464c4abcf10c958010000005cf79f111f8130c3eee29480"),
		DNS_COOKIE_WRONG);
	ck_assert_int_eq(state_of(ip2, made), DNS_COOKIE_WRONG);
}
END_TEST

START_TEST(lengths)
{
	char text[90];

	for (size_t len = 0; len <= 42; len++) {
		memset(text, '0', 2 * len);
		text[2 * len] = 0;
		ck_assert_int_eq(state_of(ip1, text), len == 8                 ? DNS_COOKIE_CLIENT
						      : len >= 16 && len <= 40 ? DNS_COOKIE_WRONG
									       : DNS_COOKIE_BAD);
	}
}
END_TEST

START_TEST(secrets)
{
	static const char *const wrong[] = {"", "e5e973e5a6b2a43f48e7dc849e37bfc",
		"e5e973e5a6b2a43f48e7dc849e37bfcg", "e5e973e5a6b2a43f48e7dc849e37bfcf0",
		"e5e973e5a6b2a43f48e7dc849e37bfcf,", ",e5e973e5a6b2a43f48e7dc849e37bfcf",
		"e5e973e5a6b2a43f48e7dc849e37bfcf,e5e973e5a6b2a43f48e7dc849e37bfcf,"
		"e5e973e5a6b2a43f48e7dc849e37bfcf"};
	struct dns_cookies before = cookies;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		ck_assert(!dns_cookie_parse(&cookies, wrong[i]));
		ck_assert_mem_eq(&cookies, &before, sizeof(before));
	}
	ck_assert(dns_cookie_parse(
		&cookies, "E5E973E5A6B2A43F48E7DC849E37BFCF,00000000000000000000000000000001"));
	ck_assert_uint_eq(cookies.secrets, 2);
	ck_assert_mem_eq(cookies.secret[0], before.secret[0], 16);
	ck_assert_uint_eq(cookies.secret[1][15], 1);
}
END_TEST

/* Asks QUESTION with COOKIE options of these hex digits, parted by blanks. */
static const char *ask_with(const char *question, const char *options)
{
	enum dns_transport transport = make_query(question);
	uint8_t *rdlen = ask_query + ask_query_len - 2, *p = rdlen + 2;
	char text[200], *save, *word;

	strcpy(text, options);
	for (word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		p += put_u16(p, DNS_OPTION_COOKIE);
		p += put_u16(p, (unsigned)strlen(word) / 2);
		p += hex(p, word);
	}
	put_u16(rdlen, (unsigned)(p - rdlen - 2));
	ask_query_len = (size_t)(p - ask_query);
	ck_assert_int_eq(dns_server_answer(&server, ask_query, ask_query_len, transport, ask_reply,
				 ask_room, &ask_reply_len),
		DNS_ANSWER);
	return show_reply(false);
}

/* Whether the reply's OPT, which has nothing else in it, has this cookie. */
static bool has_cookie(const char *cookie)
{
	uint8_t expected[64];
	size_t len = hex(expected, cookie);

	return client.opt && ask_reply_len == client.opt + 11u + 4 + len &&
	       reply_u16(client.opt + 9u) == len + 4 && reply_u16(client.opt + 11u) == 10 &&
	       reply_u16(client.opt + 13u) == len &&
	       memcmp(ask_reply + ask_reply_len - len, expected, len) == 0;
}

#define FIRST "2464c4abcf10c957010000005cf79f111f8130c3eee29480"

START_TEST(engine)
{
	serve(&server, "e", "@ 60 SOA . . 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n");
	ck_assert_str_eq(
		ask_with("ns.e A", "2464c4abcf10c957"), "NOERROR aa\nAN ns.e. A 192.0.2.1\n");
	ck_assert(has_cookie(FIRST));
	ck_assert_int_eq(client.cookie, DNS_COOKIE_CLIENT);
	ask_with("ns.e A", FIRST);
	ck_assert(has_cookie(FIRST));
	ck_assert_int_eq(client.cookie, DNS_COOKIE_VALID);
	/* The first one counts (RFC 7873 section 5.2). */
	ask_with("ns.e A", "2464c4abcf10c957 " FIRST " 00");
	ck_assert(has_cookie(FIRST));
	ck_assert_int_eq(client.cookie, DNS_COOKIE_CLIENT);
	ck_assert_str_eq(ask_with("ns.e A", "00"), "FORMERR\n");
	ck_assert_int_eq(client.cookie, DNS_COOKIE_BAD);
	ck_assert_str_eq(ask_with("ns.e A +tcp", "2464c4abcf10c95701"), "FORMERR\n");
	ask(&server, "ns.e A");
	ck_assert_int_eq(client.cookie, DNS_COOKIE_NONE);
	server.cookies = NULL;
	ck_assert_str_eq(ask_with("ns.e A", "00"), "NOERROR aa\nAN ns.e. A 192.0.2.1\n");
	ck_assert_uint_eq(ask_reply_len, client.opt + 11u);
}
END_TEST

START_TEST(required)
{
	serve(&server, "e", "@ 60 SOA . . 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n");
	cookies.required = true;
	ask_with("ns.e A", "2464c4abcf10c957");
	ck_assert_int_eq(client.rcode, DNS_BADCOOKIE);
	ck_assert_uint_eq(ask_reply[3] & 15, DNS_BADCOOKIE & 15);
	ck_assert_uint_eq(ask_reply[client.opt + 5], DNS_BADCOOKIE >> 4);
	ck_assert(has_cookie(FIRST));
	ck_assert_uint_eq(reply_u16(6), 0);
	ask_with("ns.e A", "2464c4abcf10c957010000005cf79f110000000000000000");
	ck_assert_int_eq(client.rcode, DNS_BADCOOKIE);
	ck_assert_str_eq(ask_with("ns.e A", FIRST), "NOERROR aa\nAN ns.e. A 192.0.2.1\n");
	/* Neither over TCP, nor of who knows nothing of cookies. */
	ck_assert_str_eq(
		ask_with("ns.e A +tcp", "2464c4abcf10c957"), "NOERROR aa\nAN ns.e. A 192.0.2.1\n");
	ck_assert_str_eq(ask(&server, "ns.e A"), "NOERROR aa\nAN ns.e. A 192.0.2.1\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {vectors, times, lengths, secrets, engine, required};

	return run_tests("dns cookies", tests, ARRAY_SIZE(tests), begin, end);
}
