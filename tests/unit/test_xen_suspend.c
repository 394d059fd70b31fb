/* SPDX-License-Identifier: ISC */
/*
 * Suspend and resume (xen/suspend.h) with everything that a domain has: console, store, clock, and
 * netfront at any moment of its life. After a resume fakexen lets nobody look at a page of Xen's
 * that was not mapped anew, and the ports have the numbers of others from before.
 */
#include "xen/suspend.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/grant_table.h>
#include <xen/io/console.h>
#include <xen/io/netif.h>

#include "drivers/netdev.h"
#include "tests/fakexen/boot.h"
#include "tests/support/check.h"
#include "xen/console.h"
#include "xen/evtchn.h"
#include "xen/gnttab.h"
#include "xen/pvclock.h"
#include "xen/watchdog.h"
#include "xen/xenstore.h"

#define SECOND 1000000000ull

static struct fakenetback *back = &boot_backs[0];
static struct netdev *dev;
static unsigned base_frames, base_free;

static struct {
	unsigned frames, changes, kept_count;
	bool keep, say_changes;
	struct netdev_frame *kept[16];
} got;

static unsigned ready_asked, resumed_told;
static bool is_ready;

static bool ready(void *ctx)
{
	ck_assert_ptr_eq(ctx, &is_ready);
	ck_assert_str_eq(fakestore_read("control/shutdown"), ""); /* acknowledged before */
	ready_asked++;
	return is_ready;
}

static void resumed(void *ctx)
{
	ck_assert_ptr_eq(ctx, &is_ready);
	ck_assert(!dev || !dev->up);
	resumed_told++;
}

static void input(struct netdev *from, struct netdev_frame *frame, void *ctx)
{
	(void)from, (void)ctx;
	got.frames++;
	if (got.keep)
		got.kept[got.kept_count++] = frame;
	else
		netdev_frame_release(frame);
}

static void changed(struct netdev *which, void *ctx)
{
	(void)which, (void)ctx;
	got.changes++;
	if (got.say_changes)
		console_write("changed\n", 8);
}

static void hear(struct netdev *device, void *ctx)
{
	(void)ctx;
	device->input = input;
	device->changed = changed;
}

static void settle(void)
{
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(gnttab_stats.total, gnttab_stats.free + gnttab_stats.held +
						      gnttab_stats.granted +
						      gnttab_stats.quarantined);
	ck_assert_uint_eq(fakexen_grants_valid(), gnttab_stats.granted + gnttab_stats.quarantined);
}

static void boot(void)
{
	uint32_t refs[600];

	boot_prepare();
	netdev_set_listener(hear, NULL);
	suspend_set_hooks(ready, resumed, &is_ready);
	is_ready = true;
	boot_guest();
	for (unsigned i = 0; i < 600; i++)
		ck_assert_int_eq(gnttab_take(&refs[i]), 0);
	for (unsigned i = 0; i < 600; i++)
		gnttab_put(refs[i]);
	base_frames = fakexen_frames_used();
	base_free = gnttab_stats.free;
}

static void begin(void)
{
	boot();
	fakenetback_attach(back, 0, "2");
	settle();
	dev = netdev_get(0);
	ck_assert(dev && dev->up);
}

/* What xl writes, up to the hypercall; the devices come back by settle(). */
static void suspend(void)
{
	unsigned before = boot_suspensions;

	fakestore_write("control/shutdown", "suspend");
	ck_assert(fakexen_settle());
	ck_assert_uint_eq(boot_suspensions, before); /* never from within a handler */
	(void)xen_poll();
	ck_assert_uint_eq(boot_suspensions, before + 1);
}

static const uint8_t frame[60] = {0x00, 0x16, 0x3e, 0, 0, 7, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};

static void check_both_ways(void)
{
	unsigned before = got.frames;
	uint8_t room[2048], *at;

	ck_assert(dev->up && back->connected);
	ck_assert(fakenetback_send(back, frame, sizeof(frame), 0));
	settle();
	ck_assert_uint_eq(got.frames, before + 1);
	at = netdev_tx_begin(dev);
	ck_assert_ptr_nonnull(at);
	memcpy(at, frame, sizeof(frame));
	netdev_tx_commit(dev, sizeof(frame));
	netdev_tx_flush(dev);
	ck_assert_uint_eq(fakenetback_receive(back, room, sizeof(room), 0), sizeof(frame));
	ck_assert_mem_eq(room, frame, sizeof(frame));
}

static void check_gone(void)
{
	ck_assert(!dev || !dev->up);
	ck_assert_uint_eq(fakexen_frames_used(), base_frames);
	ck_assert_uint_eq(gnttab_stats.free, base_free);
	ck_assert_uint_eq(fakexen_ports_open(), 2);
	ck_assert_uint_eq(fakestore_watches(), 3); /* device, shutdown, sysrq */
}

static void check_leaves_nothing(void)
{
	fakenetback_detach(back);
	settle();
	check_gone();
}

/* ---- before ---- */

START_TEST(waits_until_all_is_flushed)
{
	is_ready = false;
	fakestore_write("control/shutdown", "suspend");
	settle();
	ck_assert_uint_eq(ready_asked, 0);
	for (unsigned i = 1; i <= 5; i++) {
		(void)xen_poll();
		ck_assert_uint_eq(ready_asked, i);
		ck_assert_uint_eq(boot_suspensions, 0);
	}
	is_ready = true;
	(void)xen_poll();
	ck_assert_uint_eq(boot_suspensions, 1);
	(void)xen_poll();
	ck_assert_uint_eq(boot_suspensions, 1);
	ck_assert_uint_eq(suspend_deadline(), UINT64_MAX);
}
END_TEST

/* As the loop does it, which would sleep until something comes. */
START_TEST(suspends_and_resumes_without_waiting)
{
	uint64_t start = fakexen_time();

	boot_resume_time = start;
	fakestore_write("control/shutdown", "suspend");
	for (unsigned turns = 0; xen_poll() || !boot_suspensions || !dev->up; turns++) {
		ck_assert_uint_lt(turns, 100);
		xen_wait(start + 1000 * SECOND);
	}
	ck_assert_uint_eq(fakexen_time(), start);
}
END_TEST

START_TEST(waits_no_longer_than_ten_seconds)
{
	is_ready = false;
	fakestore_write("control/shutdown", "suspend");
	settle();
	while (!boot_suspensions) {
		if (!xen_poll())
			xen_wait(UINT64_MAX);
		ck_assert(!fakexen_stuck);
		ck_assert_uint_le(ready_asked, 20);
	}
	ck_assert_uint_ge(ready_asked, 2);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "has not flushed within 10 s"));
}
END_TEST

START_TEST(a_second_request_is_one)
{
	fakestore_write("control/shutdown", "suspend");
	settle();
	fakestore_write("control/shutdown", "suspend");
	settle();
	(void)xen_poll();
	settle();
	(void)xen_poll();
	ck_assert_uint_eq(boot_suspensions, 1);
}
END_TEST

START_TEST(the_console_is_read_to_its_end_before)
{
	struct xencons_interface *console = fakexen_console();

	console_write("last words\n", 11);
	/* Nobody reads: it is waited for, but not for long. */
	boot_cancel = true;
	suspend();
	ck_assert_uint_eq(console->out_prod - console->out_cons, 12);
	ck_assert_mem_eq(console->out, "last words\r\n", 12);
}
END_TEST

/* Its clock runs on while nobody is there to feed it. */
START_TEST(the_watchdog_sleeps_meanwhile)
{
	watchdog_seconds = 10;
	watchdog_wait(pvclock_monotonic_ns() + 1);
	for (unsigned cancel = 0; cancel < 2; cancel++) {
		ck_assert_uint_ne(fakexen_watchdog_end, 0);
		boot_cancel = cancel;
		suspend();
		ck_assert_uint_eq(boot_watchdog_end, 0);
		ck_assert_uint_gt(fakexen_watchdog_end, fakexen_time());
		settle();
	}
}
END_TEST

/* ---- the host changes its mind, or takes a checkpoint ---- */

START_TEST(a_cancelled_suspension_changes_nothing)
{
	unsigned watches = fakestore_watches(), ports = fakexen_ports_open();
	unsigned granted = gnttab_stats.granted, changes = got.changes;

	boot_cancel = true;
	for (unsigned i = 0; i < 3; i++) {
		suspend();
		settle();
		ck_assert_uint_eq(fakestore_watches(), watches);
		ck_assert_uint_eq(fakexen_ports_open(), ports);
		ck_assert_uint_eq(gnttab_stats.granted, granted);
		ck_assert_uint_eq(got.changes, changes);
		check_both_ways();
	}
	ck_assert_uint_eq(resumed_told, 0);
	check_leaves_nothing();
}
END_TEST

/* ---- another domain ---- */

START_TEST(everything_comes_back)
{
	unsigned frames = fakexen_frames_used();

	for (unsigned i = 1; i <= 50; i++) {
		suspend();
		ck_assert(!dev->up);
		/* Its pages are kept for it, but for the two of the rings. */
		ck_assert_uint_eq(fakexen_frames_used(), frames - 2);
		ck_assert_uint_eq(resumed_told, i);
		settle();
		ck_assert_uint_eq(got.changes, 1 + 2 * i);
		check_both_ways();
		ck_assert_str_eq(fakestore_read("control/feature-suspend"), "1");
		ck_assert_uint_eq(fakestore_watches(), 4);
		ck_assert_uint_eq(fakestore_transactions(), 0);
		ck_assert_uint_eq(fakexen_ports_open(), 3);
	}
	check_leaves_nothing();
}
END_TEST

START_TEST(the_console_speaks_on_its_new_ring)
{
	struct xencons_interface *console = fakexen_console();

	console_write("before\n", 7);
	got.say_changes = true; /* what is written while there is none waits for it */
	suspend();
	got.say_changes = false;
	console_write("after\n", 6);
	settle();
	ck_assert_uint_eq(console->out_prod, 16);
	ck_assert_mem_eq(console->out, "changed\r\nafter\r\n", 16);
	ck_assert_uint_ge(fakexen_sent(fakexen_console_port), 1);
	ck_assert(!console_stats.broken);
}
END_TEST

static void count_events(void *ctx, const char *path)
{
	(void)path;
	++*(unsigned *)ctx;
}

static void note_error(struct xenstore_request *request)
{
	*(int *)request->ctx = request->error;
}

START_TEST(requests_under_way_are_to_be_made_again)
{
	unsigned events = 0;
	int error = 1, queued_error = 1;
	struct xenstore_request sent = {.base = "data/a", .done = note_error, .ctx = &error};
	struct xenstore_request queued = sent;

	ck_assert_ptr_nonnull(xenstore_watch("data", count_events, &events));
	fakestore_write("control/shutdown", "suspend");
	settle();
	ck_assert_uint_eq(events, 1);
	fakexen_host = NULL;
	xenstore_read(&sent);
	(void)evtchn_poll();
	queued.ctx = &queued_error;
	xenstore_read(&queued);
	(void)xen_poll();
	fakexen_host = boot_host;
	ck_assert_int_eq(error, -EINTR);
	ck_assert_int_eq(queued_error, -EINTR);
	xenstore_read(&sent);
	settle();
	ck_assert_int_eq(error, -ENOENT);
	ck_assert_uint_eq(events, 2);
	ck_assert_uint_eq(fakestore_watches(), 5);
}
END_TEST

START_TEST(a_watch_given_up_before_is_not_renewed)
{
	struct xenstore_watch *watch;
	unsigned events = 0;

	fakestore_write("control/shutdown", "suspend");
	settle();
	fakexen_host = NULL;
	watch = xenstore_watch("data", count_events, &events);
	(void)evtchn_poll();
	xenstore_unwatch(watch);
	(void)xen_poll();
	fakexen_host = boot_host;
	settle();
	ck_assert_uint_eq(events, 0);
	ck_assert_uint_eq(fakestore_watches(), 4);
	check_leaves_nothing();
}
END_TEST

START_TEST(loans_and_rooms_outlive_it)
{
	uint8_t *room;

	got.keep = true;
	for (unsigned i = 0; i < 4; i++)
		ck_assert(fakenetback_send(back, frame, sizeof(frame), 0));
	settle();
	ck_assert_uint_eq(got.kept_count, 4);
	room = netdev_tx_begin(dev);
	ck_assert_ptr_nonnull(room);
	suspend();
	memset(room, 0x11, sizeof(frame));
	netdev_frame_release(got.kept[0]);
	settle();
	ck_assert_mem_eq(got.kept[1]->data, frame, sizeof(frame));
	netdev_tx_commit(dev, sizeof(frame)); /* built for a network that was */
	netdev_frame_release(got.kept[1]);
	got.keep = false;
	check_both_ways();
	netdev_frame_release(got.kept[2]);
	fakenetback_detach(back);
	settle();
	netdev_frame_release(got.kept[3]);
	check_gone();
}
END_TEST

START_TEST(what_a_backend_held_is_free_again)
{
	struct netif_rx_request request = back->rx->ring[5].req;

	ck_assert_ptr_nonnull(fakexen_map_grant(0, request.gref, true));
	fakenetback_detach(back);
	settle();
	ck_assert_uint_eq(gnttab_stats.quarantined, 1);
	suspend();
	settle();
	ck_assert_uint_eq(gnttab_stats.quarantined, 0);
	check_gone();
}
END_TEST

START_TEST(a_vif_that_is_no_more)
{
	back->attached = false;
	suspend();
	settle();
	check_gone();
	fakenetback_attach(back, 0, "2");
	settle();
	check_both_ways();
	check_leaves_nothing();
}
END_TEST

/* Given up because of its backend: the new one gets its chance. */
START_TEST(a_disabled_vif_works_again)
{
	back->rx->rsp_prod += 1000;
	fakenetback_notify(back);
	settle();
	ck_assert(!dev->up);
	suspend();
	settle();
	check_both_ways();
	check_leaves_nothing();
}
END_TEST

/* Suspended after each number of turns of guest and host that connecting and closing take. */
static void suspend_after(unsigned turns, bool detach)
{
	boot();
	fakenetback_attach(back, 0, "2");
	if (detach) {
		settle();
		fakenetback_detach(back);
	}
	fakestore_write("control/shutdown", "suspend");
	for (unsigned i = 0; i < turns && !boot_suspensions; i++) {
		(void)evtchn_poll();
		(void)boot_host();
	}
	/* Also before the request was acknowledged, amid its transaction. */
	suspend_set_hooks(NULL, NULL, NULL);
	suspend_ask();
	(void)xen_poll();
	ck_assert_uint_eq(boot_suspensions, 1);
	settle();
	(void)xen_poll(); /* the host has not asked again */
	settle();
	ck_assert_uint_eq(fakestore_transactions(), 0);
	dev = netdev_get(0);
	if (back->attached) {
		check_both_ways();
		fakenetback_detach(back);
		settle();
	}
	check_gone();
}

START_TEST(at_any_moment_of_connecting)
{
	suspend_after((unsigned)_i, false);
}
END_TEST

START_TEST(at_any_moment_of_closing)
{
	suspend_after((unsigned)_i, true);
}
END_TEST

/* ---- time ---- */

START_TEST(time_goes_on)
{
	static const uint64_t jumps[] = {3, 2 * SECOND, 1000000 * SECOND, SECOND};
	uint64_t before;

	boot_resume_time = jumps[_i];
	before = pvclock_monotonic_ns();
	suspend();
	settle();
	ck_assert_uint_eq(pvclock_monotonic_ns(), before + fakexen_time() - jumps[_i]);
	fakexen_shared()->wc_sec = 1800000000;
	ck_assert_uint_eq(pvclock_wall_ns(), 1800000000 * SECOND + fakexen_time());
	/* And a timer's deadline is met. */
	before = pvclock_monotonic_ns();
	xen_wait(before + SECOND);
	ck_assert_uint_eq(pvclock_monotonic_ns(), before + SECOND);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xen_suspend");
	TCase *tcase = tcase_create("all"), *moments = tcase_create("moments");

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, waits_until_all_is_flushed);
	tcase_add_test(tcase, suspends_and_resumes_without_waiting);
	tcase_add_test(tcase, waits_no_longer_than_ten_seconds);
	tcase_add_test(tcase, a_second_request_is_one);
	tcase_add_test(tcase, the_console_is_read_to_its_end_before);
	tcase_add_test(tcase, the_watchdog_sleeps_meanwhile);
	tcase_add_test(tcase, a_cancelled_suspension_changes_nothing);
	tcase_add_test(tcase, everything_comes_back);
	tcase_add_test(tcase, the_console_speaks_on_its_new_ring);
	tcase_add_test(tcase, requests_under_way_are_to_be_made_again);
	tcase_add_test(tcase, a_watch_given_up_before_is_not_renewed);
	tcase_add_test(tcase, loans_and_rooms_outlive_it);
	tcase_add_test(tcase, what_a_backend_held_is_free_again);
	tcase_add_test(tcase, a_vif_that_is_no_more);
	tcase_add_test(tcase, a_disabled_vif_works_again);
	tcase_add_loop_test(tcase, time_goes_on, 0, 4);
	tcase_add_loop_test(moments, at_any_moment_of_connecting, 0, 12);
	tcase_add_loop_test(moments, at_any_moment_of_closing, 0, 12);
	suite_add_tcase(suite, tcase);
	suite_add_tcase(suite, moments);
	return check_run(suite);
}
