/* SPDX-License-Identifier: ISC */
/*
 * What a stream's connections are held to, apart from I/O: who may stay (RFC 7766 section 6.2),
 * messages out of bytes, and the options of a connection (RFC 7828, 7830, 8467).
 */
#include <string.h>

#include "apps/dns/framing.h"
#include "apps/dns/stay.h"
#include "lib/base/bytes.h"
#include "lib/dns/options.h"
#include "tests/unit/dns_run.h"

#define SECOND 1000000000ull

/* ---- who may stay ---- */

static struct stay_table table;
static struct stay places[16], *leave;
static struct stay_limits limits;

static void setup(void)
{
	stay_init(&table);
	limits = (struct stay_limits){.most = 4, .per_client = 2, .idle = 10 * SECOND};
	leave = NULL;
}

/* 10.0.0.LAST */
static const uint8_t *v4(uint8_t last)
{
	static uint8_t ip[16];

	memcpy(ip, (const uint8_t[16]){[10] = 0xff, 0xff, 10, 0, 0, 0}, 16);
	ip[15] = last;
	return ip;
}

/* fd00:0:0:NET::HOST */
static const uint8_t *v6(uint8_t net, uint8_t host)
{
	static uint8_t ip[16];

	memcpy(ip, (const uint8_t[16]){0xfd}, 16);
	ip[7] = net;
	ip[15] = host;
	return ip;
}

/* Four clients with a connection each, the Nth idle since second N. */
static void fill(void)
{
	for (unsigned i = 0; i < 4; i++) {
		stay_open(&table, &places[i], v4((uint8_t)(i + 1)), 0);
		stay_set(&places[i], STAY_IDLE, i * SECOND);
	}
}

static enum stay_verdict ask(const uint8_t *ip, uint64_t now)
{
	return stay_ask(&table, &limits, ip, now, &leave);
}

START_TEST(there_is_room)
{
	for (unsigned i = 0; i < 4; i++) {
		ck_assert_int_eq(ask(v4((uint8_t)i), 0), STAY_WELCOME);
		ck_assert_ptr_null(leave);
		stay_open(&table, &places[i], v4((uint8_t)i), 0);
	}
	ck_assert_uint_eq(table.open, 4);
	ck_assert_int_eq(ask(v4(9), 0), STAY_FULL);
	stay_close(&table, &places[2]);
	ck_assert_int_eq(ask(v4(9), 0), STAY_WELCOME);
	ck_assert_ptr_null(leave);
}
END_TEST

START_TEST(the_longest_idle_leaves)
{
	fill();
	ck_assert_int_eq(ask(v4(9), 5 * SECOND), STAY_WELCOME);
	ck_assert_ptr_eq(leave, &places[0]);
	stay_set(&places[0], STAY_IDLE, 5 * SECOND);
	ck_assert_int_eq(ask(v4(9), 5 * SECOND), STAY_WELCOME);
	ck_assert_ptr_eq(leave, &places[1]);
	/* Whoever is in the midst of something goes after those who are idle, however long. */
	stay_set(&places[1], STAY_MESSAGE, 0);
	ck_assert_int_eq(ask(v4(9), 100 * SECOND), STAY_WELCOME);
	ck_assert_ptr_eq(leave, &places[2]);
}
END_TEST

START_TEST(who_is_busy_has_a_grace)
{
	fill();
	for (unsigned i = 0; i < 4; i++)
		stay_set(&places[i], i & 1 ? STAY_MESSAGE : STAY_REPLY, i * 1000);
	ck_assert_int_eq(ask(v4(9), STAY_GRACE - 1), STAY_FULL);
	ck_assert_ptr_null(leave);
	ck_assert_int_eq(ask(v4(9), STAY_GRACE), STAY_WELCOME);
	ck_assert_ptr_eq(leave, &places[0]);
	/* Those that wait for us stay. */
	for (unsigned i = 0; i < 4; i++)
		stay_set(&places[i], STAY_WORK, 0);
	ck_assert_int_eq(ask(v4(9), 1000 * SECOND), STAY_FULL);
}
END_TEST

START_TEST(a_client_has_its_share)
{
	stay_open(&table, &places[0], v4(1), 0);
	stay_open(&table, &places[1], v4(1), 0);
	stay_set(&places[0], STAY_IDLE, 0);
	ck_assert_int_eq(ask(v4(1), 5 * SECOND), STAY_TOO_MANY);
	ck_assert_ptr_null(leave);
	ck_assert_int_eq(ask(v4(2), 5 * SECOND), STAY_WELCOME);
	/* A network of 64 bits is one client; so is an IPv4 address, but not its network. */
	stay_open(&table, &places[2], v6(1, 1), 0);
	ck_assert_int_eq(ask(v6(1, 2), 0), STAY_WELCOME);
	stay_open(&table, &places[3], v6(1, 2), 0);
	limits.most = 8;
	ck_assert_int_eq(ask(v6(1, 3), 0), STAY_TOO_MANY);
	ck_assert_int_eq(ask(v6(2, 1), 0), STAY_WELCOME);
	/* A limit that was lowered below what is there. */
	limits.most = 1;
	ck_assert_int_eq(ask(v6(2, 1), 0), STAY_WELCOME);
	ck_assert_ptr_eq(leave, &places[0]);
}
END_TEST

START_TEST(idle_time_shrinks)
{
	uint64_t before = stay_idle_time(&table, &limits);

	ck_assert_uint_eq(before, 10 * SECOND);
	limits.most = 10;
	for (unsigned i = 0; i < 10; i++) {
		uint64_t now;

		stay_open(&table, &places[i], v4((uint8_t)i), 0);
		now = stay_idle_time(&table, &limits);
		ck_assert_uint_le(now, before);
		before = now;
		if (i + 1 == 5)
			ck_assert_uint_eq(now, 10 * SECOND);
		if (i + 1 == 6)
			ck_assert_uint_eq(now, 8 * SECOND);
	}
	ck_assert_uint_eq(before, STAY_IDLE_LEAST);
	limits.idle = SECOND / 2;
	ck_assert_uint_eq(stay_idle_time(&table, &limits), SECOND / 2);
	limits = (struct stay_limits){.most = 1, .per_client = 1, .idle = 10 * SECOND};
	ck_assert_uint_eq(stay_idle_time(&table, &limits), STAY_IDLE_LEAST);
}
END_TEST

/* ---- messages ---- */

static struct framing_budget budget;
static struct framing framing;
static uint8_t bytes[70000];

static void begin(size_t most)
{
	budget = (struct framing_budget){.most = most};
	framing_init(&framing, &budget);
}

/* A message of LEN bytes behind its prefix, at AT. */
static size_t put_message(size_t at, size_t len)
{
	bytes[at] = (uint8_t)(len >> 8);
	bytes[at + 1] = (uint8_t)len;
	for (size_t i = 0; i < len; i++)
		bytes[at + 2 + i] = (uint8_t)(i * 7 + len);
	return at + 2 + len;
}

static void expect_whole(size_t len)
{
	ck_assert_uint_eq(framing.len, len);
	for (size_t i = 0; i < len; i++)
		ck_assert_uint_eq(framing.data[i], (uint8_t)(i * 7 + len));
	framing_next(&framing);
	ck_assert(!framing_begun(&framing));
	ck_assert_uint_eq(budget.used, 0);
}

START_TEST(messages_in_one_piece)
{
	size_t end = put_message(put_message(put_message(0, 12), 600), 65535), at = 0, used;
	static const size_t lens[] = {12, 600, 65535};

	begin(200000);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_int_eq(
			framing_take(&framing, bytes + at, end - at, &used), FRAMING_WHOLE);
		at += used;
		expect_whole(lens[i]);
	}
	ck_assert_uint_eq(at, end);
}
END_TEST

START_TEST(a_message_byte_by_byte)
{
	size_t end = put_message(0, 1500), used;

	begin(200000);
	for (size_t i = 0; i + 1 < end; i++) {
		ck_assert_int_eq(framing_take(&framing, bytes + i, 1, &used), FRAMING_MORE);
		ck_assert_uint_eq(used, 1);
		ck_assert(framing_begun(&framing));
		/* Memory is for what has come, not for what was announced. */
		ck_assert_uint_le(budget.used, MAX((size_t)512, 2 * i));
	}
	ck_assert_int_eq(framing_take(&framing, bytes + end - 1, 1, &used), FRAMING_WHOLE);
	expect_whole(1500);
}
END_TEST

START_TEST(lengths_that_are_none)
{
	size_t used;

	for (uint8_t len = 0; len < 12; len++) {
		const uint8_t prefix[3] = {0, len, 1};

		begin(200000);
		ck_assert_int_eq(framing_take(&framing, prefix, 1, &used), FRAMING_MORE);
		ck_assert_int_eq(framing_take(&framing, prefix + 1, 2, &used), FRAMING_BAD);
		framing_next(&framing);
		ck_assert_uint_eq(budget.used, 0);
	}
}
END_TEST

START_TEST(memory_is_bounded)
{
	size_t end = put_message(0, 60000), used;

	begin(50000);
	ck_assert_int_eq(framing_take(&framing, bytes, end, &used), FRAMING_FULL);
	ck_assert_uint_le(budget.used, 50000);
	framing_next(&framing);
	ck_assert_uint_eq(budget.used, 0);
	ck_assert_ptr_null(framing_alloc(&budget, 50001));
}
END_TEST

/* Long messages, or replies, of some take nothing from the short ones of others. */
START_TEST(small_ones_are_served)
{
	size_t end = put_message(0, 2000), used;
	void *large, *small;

	begin(100000);
	large = framing_alloc(&budget, 100000);
	ck_assert_ptr_nonnull(large);
	ck_assert_ptr_null(framing_alloc(&budget, FRAMING_SMALL + 1));
	small = framing_alloc(&budget, FRAMING_SMALL);
	ck_assert_ptr_nonnull(small);
	ck_assert_int_eq(framing_take(&framing, bytes, end, &used), FRAMING_WHOLE);
	framing_next(&framing);
	framing_free(&budget, small, FRAMING_SMALL);
	framing_free(&budget, large, 100000);
	ck_assert_uint_eq(budget.used, 0);
}
END_TEST

/* ---- options ---- */

/* Header, question "a. IN A", and OPT with the options; COUNTS of further records before it. */
static size_t put_query(uint8_t *out, const void *options, size_t len)
{
	static const uint8_t head[] = {0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 'a', 0, 0, 1, 0, 1};
	const uint8_t opt[] = {0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, (uint8_t)len};

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), opt, sizeof(opt));
	memcpy(out + sizeof(head) + sizeof(opt), options, len);
	return sizeof(head) + sizeof(opt) + len;
}

static struct dns_wishes wishes_of(const void *options, size_t len)
{
	uint8_t query[300];
	struct dns_wishes wishes;

	dns_wishes_read(&wishes, query, put_query(query, options, len));
	return wishes;
}

START_TEST(wishes)
{
	struct dns_wishes w = wishes_of("\0\13\0\0", 4);

	ck_assert(w.keepalive && !w.padding);
	w = wishes_of("\0\3\0\0\0\14\0\2\0\0", 10);
	ck_assert(!w.keepalive && w.padding);
	w = wishes_of("\0\14\0\0\0\13\0\0", 8);
	ck_assert(w.keepalive && w.padding);
	w = wishes_of("", 0);
	ck_assert(!w.keepalive && !w.padding);
	w = wishes_of("\0\13\0\2\0\12", 6); /* a client's has no time in it */
	ck_assert(!w.keepalive);
	w = wishes_of("\0\14\0\11\0", 5); /* cut off */
	ck_assert(!w.padding);
}
END_TEST

START_TEST(wishes_of_what_is_cut_off)
{
	uint8_t query[300];
	size_t len = put_query(query, "\0\13\0\0", 4);
	struct dns_wishes w;

	for (size_t n = 0; n < len; n++) {
		dns_wishes_read(&w, query, n);
		ck_assert(!w.keepalive && !w.padding);
	}
	query[5] = 0xff; /* so many questions there are not */
	query[4] = 0xff;
	dns_wishes_read(&w, query, len);
	ck_assert(!w.keepalive);
}
END_TEST

START_TEST(options_are_added)
{
	uint8_t reply[1000];
	size_t bare = put_query(reply, "", 0), len;

	memset(reply + bare, 0xee, sizeof(reply) - bare);
	len = dns_add_keepalive(reply, bare, sizeof(reply), 300);
	ck_assert_uint_eq(len, bare + 6);
	ck_assert_mem_eq(reply + bare - 2, "\0\6\0\13\0\2\1\54", 8);
	len = dns_add_padding(reply, len, sizeof(reply), 0);
	ck_assert_uint_eq(len, 468);
	for (size_t i = bare + 10; i < len; i++)
		ck_assert_uint_eq(reply[i], 0);
	/* What is a whole block with its option gets no zeros, one byte more gets a block. */
	put_query(reply, "", 0);
	ck_assert_uint_eq(dns_add_padding(reply, bare, sizeof(reply), 468 - bare - 4), bare + 4);
	put_query(reply, "", 0);
	ck_assert_uint_eq(dns_add_padding(reply, bare, sizeof(reply), 468 - bare - 3),
		936 - (468 - bare - 3));
	/* As much as there is room for. */
	put_query(reply, "", 0);
	ck_assert_uint_eq(dns_add_padding(reply, bare, 100, 20), 80);
	put_query(reply, "", 0);
	ck_assert_uint_eq(dns_add_padding(reply, bare, bare + 3, 0), bare);
	ck_assert_uint_eq(dns_add_keepalive(reply, bare, bare + 5, 1), bare);
}
END_TEST

START_TEST(no_opt_no_options)
{
	uint8_t reply[1000];
	size_t len = put_query(reply, "", 0);

	reply[11] = 0; /* no records */
	ck_assert_uint_eq(dns_add_padding(reply, len - 11, sizeof(reply), 0), len - 11);
	reply[11] = 1; /* OPT, and something behind it */
	ck_assert_uint_eq(dns_add_keepalive(reply, len + 3, sizeof(reply), 1), len + 3);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {there_is_room, the_longest_idle_leaves,
		who_is_busy_has_a_grace, a_client_has_its_share, idle_time_shrinks,
		messages_in_one_piece, a_message_byte_by_byte, lengths_that_are_none,
		memory_is_bounded, small_ones_are_served, wishes, wishes_of_what_is_cut_off,
		options_are_added, no_opt_no_options};

	return run_tests("dns streams", tests, ARRAY_SIZE(tests), setup, NULL);
}
