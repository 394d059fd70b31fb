/* SPDX-License-Identifier: ISC */
/* The console ring (xen/console.h): nothing is lost while there is room, nothing ever waits. */
#include "xen/console.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/console.h>

#include "tests/fakexen/fakexen.h"
#include "tests/fakexen/platform.h"
#include "xen/evtchn.h"
#include "xen/pvclock.h"

static struct xencons_interface *ring;
static char seen[65536];
static size_t seen_len;

static void begin(void)
{
	fakexen_init();
	ring = fakexen_console();
	pvclock_init(fakexen_shared());
	evtchn_init(fakexen_shared());
}

static void open_console(void)
{
	ck_assert_int_eq(console_init(ring, FAKEXEN_CONSOLE_PORT), 0);
}

static bool read_all(void)
{
	bool any = ring->out_cons != ring->out_prod;

	while (ring->out_cons != ring->out_prod && seen_len < sizeof(seen) - 1)
		seen[seen_len++] = ring->out[MASK_XENCONS_IDX(ring->out_cons++, ring->out)];
	seen[seen_len] = 0;
	if (any)
		fakexen_raise(FAKEXEN_CONSOLE_PORT);
	return any;
}

static void say(const char *text)
{
	console_write(text, strlen(text));
}

START_TEST(writes_lines)
{
	open_console();
	say("hello\nworld\n");
	read_all();
	ck_assert_str_eq(seen, "hello\r\nworld\r\n");
	ck_assert_uint_eq(console_stats.dropped, 0);
}
END_TEST

START_TEST(keeps_what_was_said_before_the_ring)
{
	say("early\n");
	open_console();
	read_all();
	ck_assert_str_eq(seen, "early\r\n");
	console_flush();
	ck_assert_uint_eq(fakexen_sent(FAKEXEN_CONSOLE_PORT), 1);
}
END_TEST

START_TEST(tells_once_a_turn)
{
	open_console();
	evtchn_poll();
	say("a\n");
	say("b\n");
	ck_assert_uint_eq(fakexen_sent(FAKEXEN_CONSOLE_PORT), 0);
	ck_assert_int_eq(evtchn_wait(0), 0); /* must not sleep on it */
	ck_assert_uint_eq(fakexen_polls, 0);
	evtchn_poll();
	ck_assert_uint_eq(fakexen_sent(FAKEXEN_CONSOLE_PORT), 1);
	evtchn_poll();
	ck_assert_uint_eq(fakexen_sent(FAKEXEN_CONSOLE_PORT), 1);
}
END_TEST

START_TEST(backlog_follows_when_there_is_room)
{
	char line[100];

	open_console();
	memset(line, 'x', sizeof(line));
	for (unsigned i = 0; i < 50; i++) /* 5000 bytes into a ring of 2048 */
		console_write(line, sizeof(line));
	ck_assert_uint_ge(fakexen_sent(FAKEXEN_CONSOLE_PORT), 1); /* told at once: it is full */
	fakexen_host = read_all;
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(seen_len, 5000);
	ck_assert_uint_eq(console_stats.dropped, 0);
	ck_assert_uint_eq(console_stats.written, 5000);
}
END_TEST

START_TEST(drops_and_counts_when_nobody_reads)
{
	open_console();
	for (unsigned i = 0; i < 20000; i++)
		console_write("y", 1);
	ck_assert_uint_eq(console_stats.written, 2048);
	ck_assert_uint_eq(console_stats.dropped, 20000 - 2048 - 8192);
	fakexen_host = read_all;
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(seen_len, 2048 + 8192);
}
END_TEST

START_TEST(a_lying_reader_ends_the_console_only)
{
	open_console();
	ring->out_cons = ring->out_prod + 1;
	say("text");
	ck_assert(console_stats.broken);
	for (unsigned i = 0; i < 20000; i++)
		console_write("y", 1);
	console_flush();
	console_drain(1000000);
	ck_assert(!evtchn_poll());
}
END_TEST

START_TEST(input_is_taken_away)
{
	open_console();
	evtchn_poll();
	ring->in_prod = 1000;
	fakexen_raise(FAKEXEN_CONSOLE_PORT);
	evtchn_poll();
	ck_assert_uint_eq(ring->in_cons, 1000);
	ring->in_prod = 1000 + 1025;
	fakexen_raise(FAKEXEN_CONSOLE_PORT);
	evtchn_poll();
	ck_assert(console_stats.broken);
}
END_TEST

START_TEST(drain_waits_for_the_reader_or_the_deadline)
{
	uint64_t start;

	open_console();
	say("last words\n");
	fakexen_host = read_all;
	console_drain(1000000);
	ck_assert_str_eq(seen, "last words\r\n");
	fakexen_host = NULL;
	say("unheard\n");
	start = fakexen_time();
	console_drain(1000000);
	ck_assert_uint_eq(fakexen_time() - start, 1000000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_console");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, writes_lines);
	tcase_add_test(tcase, keeps_what_was_said_before_the_ring);
	tcase_add_test(tcase, tells_once_a_turn);
	tcase_add_test(tcase, backlog_follows_when_there_is_room);
	tcase_add_test(tcase, drops_and_counts_when_nobody_reads);
	tcase_add_test(tcase, a_lying_reader_ends_the_console_only);
	tcase_add_test(tcase, input_is_taken_away);
	tcase_add_test(tcase, drain_waits_for_the_reader_or_the_deadline);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
