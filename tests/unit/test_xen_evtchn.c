/* SPDX-License-Identifier: ISC */
/* Event channels (xen/evtchn.h) over fakexen. */
#include "xen/evtchn.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>

#include <xen/xen.h>

#include "tests/fakexen/fakexen.h"
#include "tests/fakexen/platform.h"

struct probe {
	unsigned calls;
	unsigned more;  /* how often it says that there is more */
	uint32_t close; /* closes this port when called */
};

static bool on_event(void *ctx)
{
	struct probe *probe = ctx;

	probe->calls++;
	if (probe->close)
		evtchn_close(probe->close);
	if (!probe->more)
		return false;
	probe->more--;
	return true;
}

static uint32_t open_port(struct probe *probe)
{
	uint32_t port = 0;

	ck_assert_int_eq(evtchn_alloc_unbound(0, &port), 0);
	ck_assert_uint_ne(port, 0);
	evtchn_set_handler(port, on_event, probe);
	return port;
}

static void begin(void)
{
	fakexen_init();
	evtchn_init(fakexen_shared());
}

START_TEST(masks_everything)
{
	for (unsigned i = 0; i < 64; i++)
		ck_assert(fakexen_shared()->evtchn_mask[i] == ~(xen_ulong_t)0);
}
END_TEST

START_TEST(calls_the_handler_once_per_event)
{
	struct probe a = {0}, b = {0};
	uint32_t port = open_port(&a);

	open_port(&b);
	ck_assert(!evtchn_poll());
	ck_assert_uint_eq(a.calls, 0);
	fakexen_raise(port);
	ck_assert(!evtchn_poll());
	ck_assert(!evtchn_poll());
	ck_assert_uint_eq(a.calls, 1);
	ck_assert_uint_eq(b.calls, 0);
	ck_assert(!fakexen_pending(port));
}
END_TEST

START_TEST(calls_again_while_there_is_more)
{
	struct probe a = {.more = 2};
	uint32_t port = open_port(&a);

	fakexen_raise(port);
	ck_assert(evtchn_poll());
	ck_assert_int_eq(evtchn_wait(0), 0); /* does not block */
	ck_assert_uint_eq(fakexen_polls, 0);
	ck_assert(evtchn_poll());
	ck_assert(!evtchn_poll());
	ck_assert_uint_eq(a.calls, 3);
}
END_TEST

START_TEST(mark_calls_without_an_event)
{
	struct probe a = {0};
	uint32_t port = open_port(&a);

	evtchn_mark(port);
	ck_assert_int_eq(evtchn_wait(0), 0);
	ck_assert_uint_eq(fakexen_polls, 0);
	evtchn_poll();
	ck_assert_uint_eq(a.calls, 1);
}
END_TEST

START_TEST(wait_sees_a_pending_bit)
{
	struct probe a = {0};
	uint32_t port = open_port(&a);

	fakexen_raise(port);
	ck_assert_int_eq(evtchn_wait(0), 0);
	ck_assert_uint_eq(fakexen_polls, 0);
}
END_TEST

START_TEST(wait_ends_at_the_deadline)
{
	struct probe a = {0};
	uint64_t deadline = fakexen_time() + 12345;

	open_port(&a);
	ck_assert_int_eq(evtchn_wait(deadline), 0);
	ck_assert_uint_eq(fakexen_polls, 1);
	ck_assert_uint_eq(fakexen_time(), deadline);
}
END_TEST

START_TEST(ignores_ports_of_nobody)
{
	fakexen_raise(200);
	ck_assert(!evtchn_poll());
	evtchn_mark(200);
	evtchn_mark(0);
	evtchn_close(200);
	evtchn_close(0);
	evtchn_set_handler(77, on_event, NULL);
	ck_assert(!evtchn_poll());
	ck_assert(fakexen_pending(200));
}
END_TEST

START_TEST(handler_may_close_its_own_port)
{
	struct probe a = {.more = 5};
	uint32_t port = open_port(&a);

	a.close = port;
	fakexen_raise(port);
	ck_assert(!evtchn_poll());
	ck_assert(!evtchn_poll());
	ck_assert_uint_eq(a.calls, 1);
	ck_assert_uint_eq(fakexen_ports_open(), 2);
}
END_TEST

START_TEST(handler_may_close_another)
{
	struct probe a = {0}, b = {0};
	uint32_t first = open_port(&a), second = open_port(&b);

	a.close = second;
	fakexen_raise(first);
	fakexen_raise(second);
	evtchn_poll();
	ck_assert_uint_eq(a.calls, 1);
	ck_assert_uint_eq(b.calls, 0);
}
END_TEST

START_TEST(table_has_an_end)
{
	uint32_t port;
	unsigned count = 0;

	while (!evtchn_alloc_unbound(0, &port))
		ck_assert_uint_le(++count, EVTCHN_MAX);
	ck_assert_uint_eq(count, EVTCHN_MAX);
	/* The one that found no place was closed again: only ours and the toolstack's two are open.
	 */
	ck_assert_uint_eq(fakexen_ports_open(), EVTCHN_MAX + 2);
	evtchn_close(port);
	ck_assert_int_eq(evtchn_alloc_unbound(0, &port), 0);
}
END_TEST

START_TEST(adopt_refuses_nonsense)
{
	ck_assert_int_eq(evtchn_adopt(0), -EINVAL);
	ck_assert_int_eq(evtchn_adopt(4096), -EINVAL);
	ck_assert_int_eq(evtchn_adopt(UINT32_MAX), -EINVAL);
	ck_assert_int_eq(evtchn_adopt(FAKEXEN_STORE_PORT), 0);
	ck_assert_int_eq(evtchn_adopt(FAKEXEN_STORE_PORT), -EEXIST);
	ck_assert_int_eq(evtchn_wait_one(9, 0), -EINVAL);
}
END_TEST

START_TEST(a_storm_costs_one_call_a_turn)
{
	struct probe a = {0};
	uint32_t port = open_port(&a);

	for (unsigned turn = 0; turn < 1000; turn++) {
		for (unsigned i = 0; i < 100; i++)
			fakexen_raise(port);
		evtchn_poll();
	}
	ck_assert_uint_eq(a.calls, 1000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_evtchn");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, masks_everything);
	tcase_add_test(tcase, calls_the_handler_once_per_event);
	tcase_add_test(tcase, calls_again_while_there_is_more);
	tcase_add_test(tcase, mark_calls_without_an_event);
	tcase_add_test(tcase, wait_sees_a_pending_bit);
	tcase_add_test(tcase, wait_ends_at_the_deadline);
	tcase_add_test(tcase, ignores_ports_of_nobody);
	tcase_add_test(tcase, handler_may_close_its_own_port);
	tcase_add_test(tcase, handler_may_close_another);
	tcase_add_test(tcase, table_has_an_end);
	tcase_add_test(tcase, adopt_refuses_nonsense);
	tcase_add_test(tcase, a_storm_costs_one_call_a_turn);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
