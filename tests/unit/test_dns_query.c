/* SPDX-License-Identifier: ISC */
/* What the engine does with messages that are odd, malformed or none of its business. */
#include "lib/base/bytes.h"
#include "lib/dns/query.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

#include <stdlib.h>

static struct dns_server server;

static void begin(void)
{
	dns_server_init(&server, 0);
	serve(&server, "example",
		"@ 60 SOA ns x 1 2 3 4 5\n@ NS ns\nns A 192.0.2.53\nwww A 192.0.2.1\n"
		"$GENERATE 1-200 big A 192.0.${0}.$\n");
}

static void end(void)
{
	dns_server_fini(&server);
}

/* Sends what is in ask_query; the text of the reply, or "DROP". */
static const char *send_query(enum dns_transport transport)
{
	/* In memory of just its size, so that the sanitizer sees a read beyond it. */
	uint8_t *query = malloc(ask_query_len ? ask_query_len : 1);
	enum dns_result result;

	memcpy(query, ask_query, ask_query_len);
	result = dns_server_answer(&server, query, ask_query_len, transport, ask_reply,
		sizeof(ask_reply), &ask_reply_len);
	free(query);
	return result == DNS_ANSWER ? show_reply(true) : "DROP";
}

static void check(const char *expected)
{
	ck_assert_str_eq(send_query(DNS_UDP), expected);
}

static void add_u16(unsigned value)
{
	ask_query_len += put_u16(ask_query + ask_query_len, value);
}

static void add(const void *bytes, size_t len)
{
	memcpy(ask_query + ask_query_len, bytes, len);
	ask_query_len += len;
}

#define OK "NOERROR aa\nAN www.example. A 192.0.2.1\n"

/* RFC 1035 section 4.1.1 */
START_TEST(header)
{
	size_t len;
	unsigned opcode;

	make_query("www.example A +noedns");
	check(OK);
	ask_query[2] = 1; /* RD is repeated */
	check("NOERROR aa rd\nAN www.example. A 192.0.2.1\n");
	ask_query[2] = 0x86; /* a response is never answered */
	check("DROP");
	ask_query[2] = 0x06; /* AA and TC mean nothing in a query */
	check(OK);
	ask_query[2] = 0;
	ask_query[3] = 0xff; /* RA, Z, AD, CD, rcode */
	check(OK);
	ck_assert_uint_eq(ask_reply[3], 0); /* RFC 4035 section 3.1.6 */
	for (len = 0; len < 12; len++) {
		ask_query_len = len;
		check("DROP");
	}
	for (opcode = 1; opcode < 16; opcode++) {
		make_query("www.example A");
		ask_query[2] = (uint8_t)(opcode << 3);
		check("NOTIMP\n");
		ck_assert_uint_eq(ask_reply[2], 0x80 | opcode << 3);
		ck_assert_uint_eq(ask_reply_len, 12);
	}
}
END_TEST

START_TEST(counts)
{
	make_query("www.example A +noedns");
	ask_query[5] = 0;
	check("FORMERR\n");
	ask_query[5] = 2;
	check("FORMERR\n");
	ask_query[5] = 1;
	ask_query[7] = 1; /* an answer in a question */
	check("FORMERR\n");
	ask_query[7] = 0;
	ask_query[9] = 1;
	check("FORMERR\n");
	ask_query[9] = 0;
	ask_query[11] = 1; /* a record that is not there */
	check("FORMERR\n");
	ask_query[10] = ask_query[11] = 0xff;
	check("FORMERR\n");
	make_query("www.example A");
	add("x", 1); /* behind the last record */
	check("FORMERR\nAD . OPT 1232 0\n");
}
END_TEST

/* A query cut short anywhere is answered FORMERR, and nothing is read beyond it */
START_TEST(cut_short)
{
	size_t len, full;

	make_query("www.example A");
	full = ask_query_len;
	for (len = 12; len < full; len++) {
		make_query("www.example A");
		ask_query_len = len;
		check("FORMERR\n");
	}
}
END_TEST

START_TEST(bad_names)
{
	static const uint8_t pointer[] = {0xc0, 12, 0, 1, 0, 1};
	static const uint8_t reserved[] = {0x41, 'a', 0, 0, 1, 0, 1};
	uint8_t longest[260];
	size_t i;

	make_query(". A +noedns");
	ask_query_len = 12;
	add(pointer, sizeof(pointer));
	check("FORMERR\n");
	ask_query_len = 12;
	add(reserved, sizeof(reserved));
	check("FORMERR\n");
	memset(longest, 1,
		sizeof(longest)); /* labels of one byte, 0x01: 127 of them and the root */
	for (i = 254; i <= 256; i += 2) {
		longest[i] = 0;
		ask_query_len = 12;
		add(longest, i + 1);
		add_u16(1);
		add_u16(1);
		check(i == 254 ? "REFUSED\n" : "FORMERR\n");
		longest[i] = 1;
	}
}
END_TEST

/* RFC 6891 section 6 */
START_TEST(edns)
{
	static const uint8_t option[] = {0xff, 0xf0, 0, 2, 'a', 'b'};
	static const uint8_t opt[] = {0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0};
	static const uint8_t record[] = {1, 'a', 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4};
	size_t at;

	make_query("www.example A");
	check(OK "AD . OPT 1232 0\n");
	make_query("www.example A +do"); /* RFC 3225 section 3 */
	check(OK "AD . OPT 1232 0 do\n");
	make_query("www.example A");
	at = ask_query_len - 11;
	ask_query[at + 6] = 1;               /* version */
	check("NOERROR\nAD . OPT 1232 1\n"); /* BADVERS is 16: its upper bits stand in OPT */
	ck_assert_uint_eq(reply_u16(6), 0);
	ask_query[at + 6] = 0;
	ask_query[at + 10] = sizeof(option); /* an option that nobody knows */
	add(option, sizeof(option));
	check(OK "AD . OPT 1232 0\n");
	ask_query[at + 14] = 3; /* longer than it can be */
	check("FORMERR\n");
	make_query("www.example A");
	ask_query[11] = 2; /* twice */
	add(opt, sizeof(opt));
	check("FORMERR\nAD . OPT 1232 0\n");
	make_query("www.example A +noedns");
	ask_query[11] = 2;
	add(record, sizeof(record)); /* something else beside it */
	add(opt, sizeof(opt));
	check(OK "AD . OPT 1232 0\n");
	make_query("www.example A +noedns");
	ask_query[11] = 1;
	add("\1a", 2); /* OPT of another name than the root */
	add(opt, sizeof(opt));
	check("FORMERR\n");
}
END_TEST

/* RFC 6891 section 6.2.5: sizes below 512 are 512; ours is the upper bound */
START_TEST(sizes)
{
	static const struct {
		uint16_t client;
		size_t at_most;
	} cases[] = {{0, 512}, {100, 512}, {512, 512}, {1000, 1000}, {1232, 1232}, {4096, 1232},
		{65535, 1232}};
	size_t i;

	serve(&server, "e2",
		"@ 60 SOA ns x 1 2 3 4 5\n@ NS ns\n$GENERATE 1-29 r512 A 192.0.2.$\n"
		"$GENERATE 1-60 r1000 A 192.0.2.$\n$GENERATE 1-75 r1232 A 192.0.2.$\n");
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		make_query("r1000.e2 A");
		put_u16(ask_query + ask_query_len - 8, cases[i].client);
		send_query(DNS_UDP);
		ck_assert_uint_le(ask_reply_len, cases[i].at_most);
		/* 12 + 14 + 60 * 16 + 11 = 997 */
		ck_assert_int_eq(!(ask_reply[2] & 2), cases[i].at_most >= 997);
	}
}
END_TEST

START_TEST(classes_and_types)
{
	static const uint16_t classes[] = {0, 2, 3, 4, 254, 255, 65535};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		make_query("www.example A +noedns");
		put_u16(ask_query + ask_query_len - 2, classes[i]);
		check("REFUSED\n");
	}
	make_query("example AXFR +noedns");
	check("REFUSED\n");
	ck_assert_str_eq(send_query(DNS_TCP), "REFUSED\n");
	make_query("example IXFR +noedns");
	check("REFUSED\n");
	ask_query[9] = 1; /* with the SOA that it carries */
	add("\0\0\6\0\1\0\0\0\0\0\0", 11);
	check("REFUSED\n");
	make_query("www.example TYPE0 +noedns");
	ck_assert_ptr_nonnull(strstr(send_query(DNS_UDP), "NOERROR aa\nAU example. SOA"));
	make_query("www.example MAILB +noedns");
	ck_assert_ptr_nonnull(strstr(send_query(DNS_UDP), "NOERROR aa\nAU example. SOA"));
}
END_TEST

START_TEST(small_room)
{
	make_query("www.example A");
	ck_assert_int_eq(dns_server_answer(&server, ask_query, ask_query_len, DNS_UDP, ask_reply,
				 DNS_REPLY_MIN - 1, &ask_reply_len),
		DNS_DROP);
	ck_assert_int_eq(dns_server_answer(&server, ask_query, ask_query_len, DNS_UDP, ask_reply,
				 DNS_REPLY_MIN, &ask_reply_len),
		DNS_ANSWER);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		header, counts, cut_short, bad_names, edns, sizes, classes_and_types, small_room};

	return run_tests("dns queries", tests, ARRAY_SIZE(tests), begin, end);
}
