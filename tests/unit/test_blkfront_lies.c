/* SPDX-License-Identifier: ISC */
/* blkfront over fakexen: every lie of a backend that comes to mind, disks that go and come while
 * they are used, and suspension with requests under way. */
#include "lib/base/bytes.h"
#include "tests/unit/blkfront_run.h"

#define MANY 40u

/* Requests that the backend has not answered: reads and writes, small and large, and a flush. */
static void put_under_way(void)
{
	back->idle = true;
	for (unsigned i = 0; i < MANY; i++)
		must_submit(&ios[i], i % 3 ? BLKDEV_READ : BLKDEV_WRITE, 300 * i, i % 5 ? 7 : 299);
	must_submit(&ios[MANY], BLKDEV_FLUSH, 0, 0);
	must_submit(&ios[MANY + 1], BLKDEV_WRITE, UNITS - 2000, 2000);
	settle();
}

static void check_all(int error)
{
	for (unsigned i = 0; i < MANY + 2; i++) {
		ck_assert_uint_eq(ios[i].done, 1);
		ck_assert_int_eq(ios[i].error, error);
	}
}

static void later(uint64_t ns)
{
	fakexen_set_time(fakexen_time() + ns);
	settle();
}

/* ---- breaches of the protocol ---- */

static void respond(uint64_t id, uint8_t operation, int status)
{
	fakeblkback_respond(back, id, operation, status);
	back->ring->rsp_prod = back->rsp;
	fakeblkback_notify(back);
}

static void check_breach(const char *what)
{
	settle();
	check_all(-ENODEV);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, what));
	ck_assert_uint_eq(ring_of(dev)->stats.failures, 1);
	check_disabled();
}

START_TEST(more_responses_than_requests)
{
	static const uint32_t indices[] = {33, 1000, 0x80000000u, UINT32_MAX};

	put_under_way();
	back->ring->rsp_prod = indices[_i];
	fakeblkback_notify(back);
	check_breach("more responses than requests");
}
END_TEST

START_TEST(a_response_to_nothing)
{
	static const uint64_t ids[] = {32, 77, UINT64_MAX, 1ull << 32};

	put_under_way();
	respond(ids[_i], BLKIF_OP_READ, 0);
	check_breach("a response to a request that was not made");
}
END_TEST

START_TEST(a_response_twice)
{
	must_submit(&ios[0], BLKDEV_READ, 0, 1);
	must_submit(&ios[1], BLKDEV_READ, 8, 1);
	back->idle = true;
	settle();
	respond(31, BLKIF_OP_READ, 0);
	respond(31, BLKIF_OP_READ, 0);
	settle();
	ck_assert_uint_eq(ios[0].done, 1);
	ck_assert_int_eq(ios[0].error, 0);
	ck_assert_uint_eq(ios[1].done, 1);
	ck_assert_int_eq(ios[1].error, -ENODEV);
	check_disabled();
}
END_TEST

START_TEST(a_response_to_another_operation)
{
	unsigned id = 0;

	put_under_way();
	while (!ring_of(dev)->slots[id].request)
		id++;
	respond(id, BLKIF_OP_DISCARD, 0);
	check_breach("a response to another operation");
}
END_TEST

/* Each kind of status, known or not, is just an error. */
START_TEST(any_status)
{
	static const int statuses[] = {1, -1, -3, 32767, -32768};

	back->status[BLKIF_OP_WRITE] = statuses[_i];
	back->status[BLKIF_OP_FLUSH_DISKCACHE] = statuses[_i];
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 1), -EIO);
	ck_assert_int_eq(run(BLKDEV_FLUSH, 0, 0), -EIO);
	ck_assert(dev->up);
}
END_TEST

START_TEST(a_broken_backend_is_tried_again)
{
	unsigned seconds = 1;

	for (unsigned i = 0; i < 8; i++) {
		back->ring->rsp_prod = 99;
		fakeblkback_notify(back);
		settle();
		ck_assert(!dev->up);
		later(seconds * 1000000000ull - 100000000);
		ck_assert(!dev->up);
		later(200000000);
		ck_assert(dev->up);
		seconds = MIN(2 * seconds, 64u);
	}
	ck_assert_uint_eq(changes, 16);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 100), 0);
	ck_assert(on_image(&ios[0]));
}
END_TEST

START_TEST(no_sectors)
{
	fakeblkback_vanish(back);
	attach();
	fakeblkback_vanish(back);
	settle();
	back->units = 0;
	attach();
	ck_assert(!dev->up);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "it has no sectors"));
	back->units = UNITS;
	fakestore_set(back->back, "sectors", "64");
	later(1100000000);
	ck_assert(dev->up);
	ck_assert_uint_eq(dev->sectors, 64);
}
END_TEST

START_TEST(a_storm_of_events)
{
	uint64_t before = ring_of(dev)->stats.events;

	for (unsigned i = 0; i < 10000; i++) {
		fakeblkback_notify(back);
		(void)evtchn_poll();
	}
	ck_assert_uint_le(ring_of(dev)->stats.events - before, 100);
	fakexen_set_time(fakexen_time() + 20000000);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 1), 0);
}
END_TEST

/* What it has written to a page after its answer is not seen: the copy was made once. */
START_TEST(a_page_that_changes_after_the_answer)
{
	fill_image();
	ck_assert_int_eq(run(BLKDEV_READ, 0, 8), 0);
	memset(back->kept[0].page, 0xee, 4096);
	settle();
	ck_assert(on_image(&ios[0]));
}
END_TEST

START_TEST(nothing_old_is_shown_to_a_new_backend)
{
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0);
	fakeblkback_vanish(back);
	settle();
	back->idle = true;
	attach();
	back->idle = true;
	must_submit(&ios[0], BLKDEV_READ, 0, 4000);
	settle();
	for (unsigned i = 0; i < ring_of(dev)->page_count; i++) {
		const uint8_t *page = ring_of(dev)->pages[i].page;
		bool descriptors = false;

		for (unsigned s = 0; s < BLKFRONT_RING; s++)
			descriptors |= ring_of(dev)->slots[s].request &&
				       ring_of(dev)->slots[s].indirect == i;
		for (unsigned at = 0; !descriptors && at < FRAME_SIZE; at++)
			ck_assert_uint_eq(page[at], 0);
	}
}
END_TEST

/* ---- disks that go ---- */

START_TEST(detached)
{
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0); /* many pages are kept mapped */
	fakeblkback_detach(back);
	settle();
	ck_assert(!back->attached);
	ck_assert_uint_eq(changes, 1);
	check_gone();
}
END_TEST

START_TEST(detached_in_use)
{
	put_under_way();
	fakeblkback_detach(back);
	settle();
	check_all(-ENODEV);
	ck_assert(!back->attached);
	check_gone();
	ck_assert_int_eq(submit(&ios[0], BLKDEV_READ, 0, 1), -ENODEV);
	/* Put back: the same struct, and it works. */
	back->idle = false;
	attach();
	ck_assert_ptr_eq(dev, blkdev_find("xvda"));
	ck_assert(dev->up);
	ck_assert_uint_eq(changes, 2);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0);
	ck_assert(on_image(&ios[0]));
}
END_TEST

START_TEST(pulled_out)
{
	put_under_way();
	fakeblkback_vanish(back);
	settle();
	check_all(-ENODEV);
	check_gone();
}
END_TEST

/* The backend's state alone vanishes, and what it held stays held for a while. */
START_TEST(pulled_out_while_pages_are_held)
{
	char state[80];

	snprintf(state, sizeof(state), "%s/state", back->back);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0);
	put_under_way();
	fakestore_remove(state);
	settle();
	check_all(-ENODEV);
	ck_assert(!dev->up);
	ck_assert_uint_gt(gnttab_stats.quarantined, 12);
	fakeblkback_disconnect(back);
	later(1100000000);
	ck_assert_uint_eq(gnttab_stats.quarantined, 0);
	fakeblkback_vanish(back);
	settle();
	check_gone();
}
END_TEST

START_TEST(done_submits_to_a_disk_that_goes)
{
	put_under_way();
	for (unsigned i = 0; i < MANY + 2; i++)
		ios[i].again = true;
	fakeblkback_vanish(back);
	settle();
	check_all(-ENODEV);
	for (unsigned i = 0; i < MANY + 2; i++)
		ck_assert_int_eq(ios[i].again_error, -ENODEV);
	check_gone();
}
END_TEST

START_TEST(attached_and_detached_over_and_over)
{
	for (unsigned i = 0; i < 20; i++) {
		put_under_way();
		fakeblkback_serve(back, i, i & 1);
		fakeblkback_detach(back);
		settle();
		check_gone();
		for (unsigned k = 0; k < MANY + 2; k++)
			ck_assert_uint_eq(ios[k].done, 1);
		back->idle = false;
		attach();
		ck_assert(dev->up);
	}
}
END_TEST

/* It comes back with other sectors, as another kind of disk. */
START_TEST(another_disk_in_its_place)
{
	fakeblkback_vanish(back);
	settle();
	fakeblkback_init(back, 51712, 800);
	back->sector_size = 4096;
	back->mode = "r";
	attach();
	ck_assert_uint_eq(dev->sectors, 100);
	ck_assert(dev->read_only);
}
END_TEST

START_TEST(the_backend_closes_and_opens_again)
{
	put_under_way();
	fakeblkback_set_state(back, "5");
	(void)evtchn_poll();
	fakeblkback_disconnect(back);
	fakeblkback_set_state(back, "6");
	back->idle = false;
	settle();
	check_all(-ENODEV);
	ck_assert(dev->up);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0);
	ck_assert(on_image(&ios[0]));
}
END_TEST

START_TEST(the_backend_begins_anew)
{
	put_under_way();
	fakeblkback_disconnect(back);
	fakexen_host = fakestore_turn;
	fakeblkback_set_state(back, "2");
	settle();
	check_all(-ENODEV);
	ck_assert_str_eq(fakestore_read("device/vbd/51712/state"), "6");
	fakexen_host = boot_host;
	back->idle = false;
	settle();
	ck_assert(dev->up);
	ck_assert_int_eq(run(BLKDEV_READ, 0, 4000), 0);
}
END_TEST

/* ---- suspend ---- */

static void suspend(void)
{
	suspend_ask();
	(void)xen_poll();
	settle();
}

START_TEST(resumed_with_requests_under_way)
{
	put_under_way();
	fakeblkback_serve(back, 7, true); /* answered, but the guest has not looked */
	back->idle = false;
	suspend();
	ck_assert_uint_eq(boot_suspensions, 1);
	ck_assert(dev->up);
	ck_assert_uint_eq(changes, 0);
	check_all(0);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert(on_image(&ios[i]));
	ck_assert(on_image(&ios[MANY + 1]));
	ck_assert_uint_ge(ring_of(dev)->stats.again, 10);
	fakeblkback_vanish(back);
	settle();
	check_gone();
}
END_TEST

/* Parts of one request: some answered, some not; it is done anew as a whole, and once. */
START_TEST(resumed_with_parts_under_way)
{
	back->idle = true;
	must_submit(&ios[0], BLKDEV_WRITE, 0, 1500);
	must_submit(&ios[1], BLKDEV_WRITE, 1500, 8000);
	settle();
	ck_assert_uint_gt(ios[0].request.parts, 1);
	ck_assert_uint_gt(ios[1].request.parts, 0);
	ck_assert_uint_lt(ios[1].request.progress, 8000);
	fakeblkback_serve(back, 1 + _i, false);
	(void)evtchn_poll();
	ck_assert_uint_eq(ios[0].done + ios[1].done, 0);
	memset(back->image, 0, UNITS * 512);
	back->idle = false;
	suspend();
	must_submit(&ios[2], BLKDEV_WRITE, 9500, 100);
	settle();
	for (unsigned i = 0; i < 3; i++) {
		ck_assert_uint_eq(ios[i].done, 1);
		ck_assert_int_eq(ios[i].error, 0);
		ck_assert(on_image(&ios[i]));
	}
}
END_TEST

START_TEST(requests_while_the_disk_comes_back)
{
	fakexen_host = NULL;
	suspend_ask();
	(void)xen_poll();
	must_submit(&ios[0], BLKDEV_WRITE, 5, 50); /* nobody is there yet */
	must_submit(&ios[1], BLKDEV_FLUSH, 0, 0);
	ck_assert_int_eq(submit(&ios[2], BLKDEV_READ, UNITS, 1), -EINVAL);
	fakexen_host = boot_host;
	settle();
	ck_assert_uint_eq(ios[0].done + ios[1].done, 2);
	ck_assert_int_eq(ios[0].error | ios[1].error, 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(resumed_many_times)
{
	for (unsigned i = 0; i < 10; i++) {
		put_under_way();
		fakeblkback_serve(back, 2 * i, i & 1);
		(void)evtchn_poll();
		back->idle = i & 1;
		suspend();
		back->idle = false;
		settle();
		check_all(0);
	}
	ck_assert_uint_eq(changes, 0);
}
END_TEST

START_TEST(a_suspension_that_is_cancelled)
{
	put_under_way();
	boot_cancel = true;
	suspend();
	back->idle = false;
	fakeblkback_serve(back, 32, false);
	settle();
	check_all(0);
	ck_assert_uint_eq(ring_of(dev)->stats.again, 0);
}
END_TEST

START_TEST(resumed_with_another_disk)
{
	put_under_way();
	back->units = UNITS / 2;
	suspend();
	check_all(-ENODEV);
	ck_assert_uint_eq(changes, 2);
	ck_assert(dev->up);
	ck_assert_uint_eq(dev->sectors, UNITS / 2);
}
END_TEST

START_TEST(resumed_without_flush)
{
	put_under_way();
	back->flush = back->barrier = back->discard = false;
	back->idle = false;
	suspend();
	check_all(0); /* the flush too: there is none to be had */
	ck_assert(!dev->flush && !dev->discard);
}
END_TEST

START_TEST(resumed_without_the_disk)
{
	put_under_way();
	back->attached = false; /* the new domain has none */
	suspend();
	check_all(-ENODEV);
	ck_assert_uint_eq(changes, 1);
	check_gone();
}
END_TEST

/* Its folders are there, its backend is not: nobody waits for ever. */
START_TEST(resumed_and_the_backend_does_not_come)
{
	put_under_way();
	fakexen_host = fakestore_turn;
	suspend();
	ck_assert(dev->up);
	ck_assert_uint_eq(ios[0].done, 0);
	later(59000000000);
	ck_assert_uint_eq(ios[0].done, 0);
	later(2000000000);
	check_all(-ENODEV);
	ck_assert(!dev->up);
	/* It may come later. */
	fakexen_host = boot_host;
	back->idle = false;
	settle();
	ck_assert(dev->up);
	ck_assert_uint_eq(changes, 2);
}
END_TEST

START_TEST(suspended_while_closed)
{
	back->ring->rsp_prod = 99;
	fakeblkback_notify(back);
	settle();
	ck_assert(!dev->up);
	suspend();
	ck_assert(dev->up); /* a new backend: a new chance */
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blkfront, lies and life");
	TCase *lies = tcase_create("lies"), *life = tcase_create("life");

	tcase_add_checked_fixture(lies, begin, NULL);
	tcase_set_timeout(lies, 60);
	tcase_add_loop_test(lies, more_responses_than_requests, 0, 4);
	tcase_add_loop_test(lies, a_response_to_nothing, 0, 4);
	tcase_add_test(lies, a_response_twice);
	tcase_add_test(lies, a_response_to_another_operation);
	tcase_add_loop_test(lies, any_status, 0, 5);
	tcase_add_test(lies, a_broken_backend_is_tried_again);
	tcase_add_test(lies, no_sectors);
	tcase_add_test(lies, a_storm_of_events);
	tcase_add_test(lies, a_page_that_changes_after_the_answer);
	tcase_add_test(lies, nothing_old_is_shown_to_a_new_backend);
	suite_add_tcase(suite, lies);
	tcase_add_checked_fixture(life, begin, NULL);
	tcase_set_timeout(life, 60);
	tcase_add_test(life, detached);
	tcase_add_test(life, detached_in_use);
	tcase_add_test(life, pulled_out);
	tcase_add_test(life, pulled_out_while_pages_are_held);
	tcase_add_test(life, done_submits_to_a_disk_that_goes);
	tcase_add_test(life, attached_and_detached_over_and_over);
	tcase_add_test(life, another_disk_in_its_place);
	tcase_add_test(life, the_backend_closes_and_opens_again);
	tcase_add_test(life, the_backend_begins_anew);
	tcase_add_test(life, resumed_with_requests_under_way);
	tcase_add_loop_test(life, resumed_with_parts_under_way, 0, 2);
	tcase_add_test(life, requests_while_the_disk_comes_back);
	tcase_add_test(life, resumed_many_times);
	tcase_add_test(life, a_suspension_that_is_cancelled);
	tcase_add_test(life, resumed_with_another_disk);
	tcase_add_test(life, resumed_without_flush);
	tcase_add_test(life, resumed_without_the_disk);
	tcase_add_test(life, resumed_and_the_backend_does_not_come);
	tcase_add_test(life, suspended_while_closed);
	suite_add_tcase(suite, life);
	return check_run(suite);
}
