/* SPDX-License-Identifier: ISC */
/* The xenstore ring (xen/xenstore.h) against an honest store, and against one that lies. */
#include "xen/xenstore.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xen/io/xs_wire.h>

#include "tests/fakexen/boot.h"
#include "xen/evtchn.h"
#include "xen/pvclock.h"

static struct xenstore_domain_interface *ring;

static void begin(void)
{
	boot_prepare();
	ring = fakexen_store();
	pvclock_init(fakexen_shared());
	evtchn_init(fakexen_shared());
	ck_assert_int_eq(xenstore_init(ring, FAKEXEN_STORE_PORT), 0);
}

struct answer {
	unsigned calls;
	int error;
	size_t len;
	char text[8192];
};

static void done(struct xenstore_request *request)
{
	struct answer *answer = request->ctx;

	answer->calls++;
	answer->error = request->error;
	answer->len = request->reply_len;
	ck_assert_uint_lt(request->reply_len, sizeof(answer->text));
	memcpy(answer->text, request->reply, request->reply_len + 1);
}

static struct xenstore_request ask(const char *path, struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	return (struct xenstore_request){.base = path, .done = done, .ctx = answer};
}

START_TEST(reads_and_writes)
{
	struct answer a, b;
	struct xenstore_request write = ask("data/x", &a), read = ask("data", &b);

	write.value = "hello";
	write.value_len = 5;
	read.key = "x";
	xenstore_write(&write);
	xenstore_read(&read);
	ck_assert_uint_eq(a.calls, 0); /* never from within the call */
	ck_assert(fakexen_settle());
	ck_assert_int_eq(a.error, 0);
	ck_assert_int_eq(b.error, 0);
	ck_assert_str_eq(b.text, "hello");
	ck_assert_uint_eq(b.len, 5);
	ck_assert_uint_eq(a.calls, 1);
	ck_assert_uint_eq(b.calls, 1);
	ck_assert_str_eq(fakestore_read("data/x"), "hello");
	/* One turn's requests are told of by one event. */
	ck_assert_uint_eq(fakexen_sent(FAKEXEN_STORE_PORT), 1);
}
END_TEST

START_TEST(errors_have_their_numbers)
{
	struct answer a, b;
	struct xenstore_request read = ask("none", &a), write = ask("data/r", &b);

	fakestore_readonly = "data/r";
	write.value = "";
	xenstore_read(&read);
	xenstore_write(&write);
	ck_assert(fakexen_settle());
	ck_assert_int_eq(a.error, -ENOENT);
	ck_assert_int_eq(b.error, -EACCES);
	ck_assert_uint_eq(b.len, 0);
}
END_TEST

START_TEST(many_requests_and_long_replies_pass_the_small_ring)
{
	static struct answer answers[100];
	static struct xenstore_request requests[100];
	static char big[3000];

	memset(big, 'b', sizeof(big) - 1);
	fakestore_write("data/big", big);
	for (unsigned i = 0; i < 100; i++) {
		requests[i] = ask("data/big", &answers[i]);
		xenstore_read(&requests[i]);
	}
	ck_assert(fakexen_settle());
	for (unsigned i = 0; i < 100; i++) {
		ck_assert_uint_eq(answers[i].calls, 1);
		ck_assert_str_eq(answers[i].text, big);
	}
}
END_TEST

START_TEST(a_long_write_passes_the_small_ring)
{
	static char big[4000];
	struct answer a, b;
	struct xenstore_request write = ask("data/big", &a), over = ask("data/over", &b);

	memset(big, 'w', sizeof(big));
	write.value = over.value = big;
	write.value_len = sizeof(big);
	over.value_len = 4096;
	xenstore_write(&over);
	xenstore_write(&write);
	ck_assert(fakexen_settle());
	ck_assert_int_eq(a.error, 0);
	ck_assert_int_eq(b.error, -E2BIG);
	ck_assert_uint_eq(strlen(fakestore_read("data/big")), sizeof(big));
}
END_TEST

struct heard {
	unsigned calls;
	char path[200];
	struct xenstore_watch *stop; /* unwatched when heard */
};

static void hear(void *ctx, const char *path)
{
	struct heard *heard = ctx;

	heard->calls++;
	snprintf(heard->path, sizeof(heard->path), "%s", path);
	if (heard->stop) {
		xenstore_unwatch(heard->stop);
		heard->stop = NULL;
	}
}

START_TEST(watches_hear_and_forget)
{
	struct heard a = {0}, b = {0};
	struct xenstore_watch *first = xenstore_watch("data", hear, &a);
	struct xenstore_watch *second = xenstore_watch("/local/domain/0/x", hear, &b);

	ck_assert(fakexen_settle());
	ck_assert_uint_eq(a.calls, 1);
	ck_assert_str_eq(a.path, "data");
	ck_assert_uint_eq(b.calls, 1);
	fakestore_write("data/y", "1");
	fakestore_write("/local/domain/0/x/z", "1");
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(a.calls, 2);
	ck_assert_str_eq(a.path, "data/y");
	ck_assert_str_eq(b.path, "/local/domain/0/x/z");
	xenstore_unwatch(first);
	fakestore_write("data/y", "2");
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(a.calls, 2);
	ck_assert_uint_eq(fakestore_watches(), 1);
	xenstore_unwatch(second);
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(fakestore_watches(), 0);
}
END_TEST

START_TEST(a_watch_may_be_given_up_at_any_moment)
{
	struct heard a = {0}, b = {0};
	struct xenstore_watch *watch = xenstore_watch("data", hear, &a);

	xenstore_unwatch(watch); /* before it was sent */
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(a.calls, 0);
	ck_assert_uint_eq(fakestore_watches(), 0);
	b.stop = xenstore_watch("data", hear, &b); /* in its own callback */
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(b.calls, 1);
	ck_assert_uint_eq(fakestore_watches(), 0);
	xenstore_unwatch(NULL);
}
END_TEST

START_TEST(cancelled_requests_complete_never)
{
	struct answer a, b, c;
	struct xenstore_request queued = ask("data/a", &a), sent = ask("data/b", &b);
	struct xenstore_request after = ask("data/c", &c);

	xenstore_read(&sent);
	evtchn_poll(); /* in the ring now */
	xenstore_read(&queued);
	xenstore_cancel(&queued);
	xenstore_cancel(&sent);
	xenstore_cancel(&sent);
	xenstore_read(&after);
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(a.calls + b.calls, 0);
	ck_assert_uint_eq(c.calls, 1);
	ck_assert_uint_eq(xenstore_stats.dropped, 1);
}
END_TEST

START_TEST(cancelled_requests_are_in_flight_until_answered)
{
	struct xenstore_request requests[16], last;
	struct answer answers[16], a;

	fakestore_write("data/a", "x");
	for (unsigned i = 0; i < 16; i++) {
		requests[i] = ask("data/a", &answers[i]);
		xenstore_read(&requests[i]);
	}
	(void)evtchn_poll();
	ck_assert_uint_eq(xenstore_stats.requests, 16);
	for (unsigned i = 0; i < 16; i++)
		xenstore_cancel(&requests[i]);
	last = ask("data/a", &a);
	xenstore_read(&last);
	(void)evtchn_poll();
	ck_assert_uint_eq(xenstore_stats.requests, 16); /* 20 and the store would stop listening */
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(xenstore_stats.dropped, 16);
	ck_assert_str_eq(a.text, "x");
	for (unsigned i = 0; i < 16; i++)
		ck_assert_uint_eq(answers[i].calls, 0);
	/* And all places are free again. */
	for (unsigned i = 0; i < 16; i++)
		xenstore_read(&requests[i]);
	(void)evtchn_poll();
	ck_assert_uint_eq(xenstore_stats.requests, 33);
	ck_assert(fakexen_settle());
}
END_TEST

START_TEST(sync_calls_wait_for_the_answer)
{
	char text[8];

	fakestore_write("data/k", "value");
	ck_assert_int_eq(xenstore_read_sync("data/k", text, sizeof(text)), 0);
	ck_assert_str_eq(text, "value");
	ck_assert_int_eq(xenstore_read_sync("data/k", text, 5), -ERANGE);
	ck_assert_int_eq(xenstore_read_sync("data/n", text, sizeof(text)), -ENOENT);
	ck_assert_int_eq(xenstore_write_sync("data/k", "w"), 0);
	ck_assert_str_eq(fakestore_read("data/k"), "w");
}
END_TEST

START_TEST(sync_calls_give_up_on_a_silent_store)
{
	char text[8];
	uint64_t start;

	fakexen_host = NULL;
	start = fakexen_time();
	ck_assert_int_eq(xenstore_read_sync("data/k", text, sizeof(text)), -ETIMEDOUT);
	ck_assert_uint_eq(fakexen_time() - start, 5000000000);
}
END_TEST

START_TEST(everything_fails_when_the_ring_is_broken)
{
	struct answer a, b, c;
	struct xenstore_request sent = ask("data/a", &a), queued = ask("data/b", &b);
	struct xenstore_request later = ask("data/c", &c);

	fakexen_host = NULL;
	xenstore_read(&sent);
	evtchn_poll();
	xenstore_read(&queued);
	ring->rsp_prod = ring->rsp_cons + XENSTORE_RING_SIZE + 1;
	fakexen_raise(FAKEXEN_STORE_PORT);
	evtchn_poll();
	ck_assert(xenstore_stats.broken);
	ck_assert_int_eq(a.error, -EIO);
	ck_assert_int_eq(b.error, -EIO);
	xenstore_read(&later);
	ck_assert_uint_eq(c.calls, 0);
	ck_assert(!evtchn_poll());
	ck_assert_int_eq(c.error, -EIO);
	ck_assert_uint_eq(a.calls + b.calls + c.calls, 3);
}
END_TEST

START_TEST(request_index_out_of_range)
{
	struct answer a;
	struct xenstore_request request = ask("data/a", &a);

	fakexen_host = NULL;
	ring->req_cons = 77;
	xenstore_read(&request);
	evtchn_poll();
	ck_assert(xenstore_stats.broken);
	ck_assert_int_eq(a.error, -EIO);
}
END_TEST

/* Raw bytes from the store. */
static void say(uint32_t type, uint32_t id, uint32_t len, const void *payload, size_t payload_len)
{
	struct xsd_sockmsg header = {.type = type, .req_id = id, .len = len};
	const char *bytes = (const char *)&header;

	for (size_t i = 0; i < sizeof(header); i++)
		ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod++)] = bytes[i];
	for (size_t i = 0; i < payload_len; i++)
		ring->rsp[MASK_XENSTORE_IDX(ring->rsp_prod++)] = ((const char *)payload)[i];
	fakexen_raise(FAKEXEN_STORE_PORT);
	evtchn_poll();
}

START_TEST(a_message_that_is_too_long_breaks)
{
	fakexen_host = NULL;
	say(XS_READ, 1, XENSTORE_PAYLOAD_MAX, NULL, 0);
	ck_assert(!xenstore_stats.broken);
	ck_assert_int_eq(xenstore_init(ring, FAKEXEN_STORE_PORT), 0);
	say(XS_READ, 1, XENSTORE_PAYLOAD_MAX + 1, NULL, 0);
	ck_assert(xenstore_stats.broken);
}
END_TEST

START_TEST(odd_messages_are_dropped)
{
	struct heard heard = {0};
	struct answer a;
	struct xenstore_request request = ask("data/a", &a);

	xenstore_watch("data", hear, &heard);
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(heard.calls, 1);
	fakexen_host = NULL;
	say(XS_READ, 4711, 2, "hi", 2);            /* nobody asked */
	say(XS_WATCH_EVENT, 0, 0, NULL, 0);        /* empty */
	say(XS_WATCH_EVENT, 0, 4, "data", 4);      /* no NUL, no token */
	say(XS_WATCH_EVENT, 0, 5, "data", 5);      /* no token */
	say(XS_WATCH_EVENT, 0, 6, "data\0001", 6); /* no NUL behind the token */
	say(XS_WATCH_EVENT, 0, 8, "data\0zz", 8);  /* nobody's token */
	say(0xffff, 0, 3, "abc", 3);
	ck_assert_uint_eq(xenstore_stats.dropped, 7);
	ck_assert_uint_eq(heard.calls, 1);
	ck_assert(!xenstore_stats.broken);
	say(XS_WATCH_EVENT, 0, 7, "data\0001", 7);
	ck_assert_uint_eq(heard.calls, 2);
	/* A reply of another kind than was asked for. */
	xenstore_read(&request);
	evtchn_poll();
	say(XS_DIRECTORY, request.id, 2, "hi", 2);
	ck_assert_int_eq(a.error, -EIO);
	/* An error that we do not know, without a NUL. */
	xenstore_read(&request);
	evtchn_poll();
	say(XS_ERROR, request.id, 5, "EWHAT", 5);
	ck_assert_int_eq(a.error, -EIO);
	ck_assert_uint_eq(a.calls, 2);
}
END_TEST

START_TEST(a_new_ring_renews_the_watches)
{
	struct heard heard = {0};
	struct answer a;
	struct xenstore_request request = ask("data/a", &a);

	xenstore_watch("data", hear, &heard);
	ck_assert(fakexen_settle());
	xenstore_read(&request);
	fakestore_init();
	memset(ring, 0, sizeof(*ring));
	evtchn_init(fakexen_shared());
	ck_assert_int_eq(xenstore_init(ring, FAKEXEN_STORE_PORT), 0);
	ck_assert_int_eq(a.error, -EINTR);
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(fakestore_watches(), 1);
	ck_assert_uint_eq(heard.calls, 2);
}
END_TEST

START_TEST(numbers_are_strict)
{
	static const char *const bad[] = {
		"", " 1", "1 ", "-1", "+1", "0x10", "1e3", "18446744073709551616", "256", "1\n"};
	uint64_t value = 99;

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(xenstore_parse_number(bad[i], 255, &value), -EINVAL);
	ck_assert_uint_eq(value, 99);
	ck_assert_int_eq(xenstore_parse_number("255", 255, &value), 0);
	ck_assert_uint_eq(value, 255);
	ck_assert_int_eq(xenstore_parse_number("18446744073709551615", UINT64_MAX, &value), 0);
	ck_assert(value == UINT64_MAX);
	ck_assert_int_eq(xenstore_parse_number("000", 255, &value), 0);
	ck_assert_uint_eq(value, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_xenstore");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, reads_and_writes);
	tcase_add_test(tcase, errors_have_their_numbers);
	tcase_add_test(tcase, many_requests_and_long_replies_pass_the_small_ring);
	tcase_add_test(tcase, a_long_write_passes_the_small_ring);
	tcase_add_test(tcase, watches_hear_and_forget);
	tcase_add_test(tcase, a_watch_may_be_given_up_at_any_moment);
	tcase_add_test(tcase, cancelled_requests_complete_never);
	tcase_add_test(tcase, cancelled_requests_are_in_flight_until_answered);
	tcase_add_test(tcase, sync_calls_wait_for_the_answer);
	tcase_add_test(tcase, sync_calls_give_up_on_a_silent_store);
	tcase_add_test(tcase, everything_fails_when_the_ring_is_broken);
	tcase_add_test(tcase, request_index_out_of_range);
	tcase_add_test(tcase, a_message_that_is_too_long_breaks);
	tcase_add_test(tcase, odd_messages_are_dropped);
	tcase_add_test(tcase, a_new_ring_renews_the_watches);
	tcase_add_test(tcase, numbers_are_strict);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
