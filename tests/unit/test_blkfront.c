/* SPDX-License-Identifier: ISC */
/* blkfront over fakexen with an honest backend: every feature, and each one missing. Lies, and
 * disks that go: test_blkfront_lies.c. */
#include "lib/base/bytes.h"
#include "tests/unit/blkfront_run.h"

START_TEST(connects)
{
	ck_assert_str_eq(dev->name, "xvda");
	ck_assert_ptr_eq(blkdev_find("xvda"), dev);
	ck_assert_uint_eq(dev->sectors, UNITS);
	ck_assert_uint_eq(dev->sector_size, 512);
	ck_assert_uint_eq(dev->physical_sector_size, 512);
	ck_assert(!dev->read_only && !dev->cdrom && dev->flush && dev->discard);
	ck_assert_str_eq(fakestore_read("device/vbd/51712/state"), "4");
	ck_assert_str_eq(fakestore_read("device/vbd/51712/feature-persistent"), "1");
	ck_assert_ptr_null(fakestore_read("device/vbd/51712/multi-queue-num-queues"));
	ck_assert_ptr_null(fakestore_read("device/vbd/51712/ring-page-order"));
}
END_TEST

START_TEST(reads)
{
	fill_image();
	ck_assert_int_eq(run(BLKDEV_READ, 5, 1), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_int_eq(run(BLKDEV_READ, UNITS - 3, 3), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_int_eq(run(BLKDEV_READ, 1, 87), 0); /* eleven pages, the last in part */
	ck_assert(on_image(&ios[0]));
	ck_assert_uint_eq(back->indirects, 0);
	ck_assert_uint_eq(back->seen[BLKIF_OP_READ], 3);
}
END_TEST

START_TEST(writes)
{
	ck_assert_int_eq(run(BLKDEV_WRITE, 9, 20), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_uint_eq(back->image[8 * 512] | back->image[29 * 512], 0);
	ck_assert_uint_eq(back->seen[BLKIF_OP_WRITE], 1);
}
END_TEST

START_TEST(nothing_happens_within_submit)
{
	must_submit(&ios[0], BLKDEV_READ, 0, 1);
	must_submit(&ios[1], BLKDEV_FLUSH, 0, 0);
	ck_assert_uint_eq(fakeblkback_waiting(back), 0); /* all of a turn are shown together */
	(void)evtchn_poll();
	ck_assert_uint_eq(fakeblkback_waiting(back), 2);
	settle();
	ck_assert_uint_eq(ios[0].done + ios[1].done, 2);
}
END_TEST

START_TEST(notifies_a_backend_that_sleeps)
{
	uint64_t before = fakexen_sent(back->port);

	back->idle = true;
	back->ring->req_event = back->ring->req_prod + 2; /* it wants to hear of the second */
	must_submit(&ios[0], BLKDEV_READ, 0, 1);
	settle();
	ck_assert_uint_eq(fakexen_sent(back->port), before);
	must_submit(&ios[1], BLKDEV_READ, 0, 1);
	must_submit(&ios[2], BLKDEV_READ, 0, 1);
	settle();
	ck_assert_uint_eq(fakexen_sent(back->port), before + 1);
	must_submit(&ios[3], BLKDEV_READ, 0, 1); /* it is awake */
	settle();
	ck_assert_uint_eq(fakexen_sent(back->port), before + 1);
}
END_TEST

START_TEST(wrong_requests)
{
	static uint8_t data[512];
	struct blkdev_request request = {.op = BLKDEV_READ, .data = data, .done = on_done};

	ck_assert_int_eq(blkdev_submit(dev, &request), -EINVAL); /* no sectors */
	request.count = dev->request_max + 1;
	ck_assert_int_eq(blkdev_submit(dev, &request), -EINVAL);
	request.count = 2;
	request.sector = UNITS - 1;
	ck_assert_int_eq(blkdev_submit(dev, &request), -EINVAL);
	request.sector = UINT64_MAX;
	ck_assert_int_eq(blkdev_submit(dev, &request), -EINVAL);
	request.op = BLKDEV_DISCARD;
	request.sector = 1;
	request.count = UINT32_MAX;
	ck_assert_int_eq(blkdev_submit(dev, &request), -EINVAL);
	settle();
	ck_assert_uint_eq(ring_of(dev)->stats.requests, 0);
}
END_TEST

/* The whole disk in one request, cut into parts that are answered in any order. */
START_TEST(huge_requests)
{
	ck_assert_uint_ge(dev->request_max, 8192);
	must_submit(&ios[0], BLKDEV_WRITE, 1, 8191);
	must_submit(&ios[1], BLKDEV_WRITE, 8192, 8192);
	back->idle = true;
	for (unsigned i = 0; i < 1000 && !(ios[0].done && ios[1].done); i++) {
		(void)evtchn_poll();
		fakeblkback_serve(back, 5, true);
		check_books();
	}
	ck_assert_uint_eq(ios[0].done, 1);
	ck_assert_uint_eq(ios[1].done, 1);
	ck_assert(on_image(&ios[0]) && on_image(&ios[1]));
	ck_assert_uint_gt(back->indirects, 2);
	back->idle = false;
	memset(ios[0].data, 0, 8191 * 512);
	ios[0].request.op = BLKDEV_READ;
	ck_assert_int_eq(blkdev_submit(dev, &ios[0].request), 0);
	settle();
	ck_assert_uint_eq(ios[0].done, 2);
	ck_assert_int_eq(ios[0].error, 0);
	ck_assert(on_image(&ios[0]));
}
END_TEST

START_TEST(without_indirect_descriptors)
{
	fakeblkback_vanish(back);
	back->indirect = 0;
	attach();
	ck_assert_int_eq(run(BLKDEV_WRITE, 3, 5000), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_int_eq(run(BLKDEV_READ, 3, 5000), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_uint_eq(back->indirects, 0);
	ck_assert_uint_eq(back->most_segments, 11);
}
END_TEST

START_TEST(with_few_indirect_descriptors)
{
	fakeblkback_vanish(back);
	back->indirect = 17;
	attach();
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 5000), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_uint_eq(back->most_segments, 17);
}
END_TEST

START_TEST(without_persistent_grants)
{
	fakeblkback_vanish(back);
	back->persistent = false;
	attach();
	for (unsigned i = 0; i < 5; i++) {
		ck_assert_int_eq(run(BLKDEV_WRITE, 100 * i, 100 + i), 0);
		ck_assert(on_image(&ios[0]));
		ck_assert_int_eq(run(BLKDEV_READ, 100 * i, 100 + i), 0);
		ck_assert(on_image(&ios[0]));
	}
	ck_assert_uint_eq(back->kept_count, 0);
}
END_TEST

START_TEST(pages_are_used_again)
{
	for (unsigned i = 0; i < 200; i++)
		ck_assert_int_eq(run(BLKDEV_WRITE, i, 8), 0);
	ck_assert_uint_le(back->kept_count, 12);
	ck_assert_uint_le(ring_of(dev)->page_count, 12);
}
END_TEST

START_TEST(sectors_of_4096)
{
	fakeblkback_vanish(back);
	back->sector_size = 4096;
	back->physical = 16384;
	attach();
	ck_assert_uint_eq(dev->sectors, UNITS / 8); /* the wire counts by 512 */
	ck_assert_uint_eq(dev->sector_size, 4096);
	ck_assert_uint_eq(dev->physical_sector_size, 16384);
	fill_image();
	ck_assert_int_eq(run(BLKDEV_READ, 7, 3), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_int_eq(run(BLKDEV_WRITE, UNITS / 8 - 100, 100), 0);
	ck_assert(on_image(&ios[0]));
	ck_assert_int_eq(submit(&ios[0], BLKDEV_READ, UNITS / 8, 1), -EINVAL);
	ck_assert_int_eq(run(BLKDEV_DISCARD, 1, 2), 0);
	ck_assert_uint_eq(back->image[4096] | back->image[3 * 4096 - 1], 0);
	ck_assert_uint_eq(back->image[4095], (uint8_t)(7 * 31 + 4095));
}
END_TEST

/* What is told of sectors, and what comes of it; 0: the disk is not used. */
static const struct {
	unsigned size, physical, expected, expected_physical;
} sizes[] = {{0, 0, 512, 512}, {1024, 0, 1024, 1024}, {2048, 4096, 2048, 4096},
	{512, 4096, 512, 4096}, {512, 100, 512, 512}, {4096, 512, 4096, 4096},
	{512, 1u << 30, 512, 512}, {256, 0, 0, 0}, {8192, 0, 0, 0}, {1000, 0, 0, 0}};

START_TEST(sector_sizes)
{
	boot();
	back->sector_size = sizes[_i].size;
	back->physical = sizes[_i].physical;
	attach();
	if (!sizes[_i].expected) {
		ck_assert_ptr_null(dev);
		ck_assert_ptr_nonnull(strstr(fakexen_logged, "its sectors are not of 512 to 4096"));
		return;
	}
	ck_assert_uint_eq(dev->sector_size, sizes[_i].expected);
	ck_assert_uint_eq(dev->physical_sector_size, sizes[_i].expected_physical);
	ck_assert_uint_eq(dev->sectors, UNITS * 512 / dev->sector_size);
	ck_assert_int_eq(run(BLKDEV_WRITE, 1, 30), 0);
	ck_assert(on_image(&ios[0]));
}
END_TEST

START_TEST(read_only)
{
	boot();
	back->mode = _i ? "w" : "r";
	back->info = _i ? "4" : "0";
	attach();
	ck_assert(dev->read_only && !dev->flush && !dev->discard);
	ck_assert_int_eq(run(BLKDEV_READ, 0, 9), 0);
	ck_assert_int_eq(submit(&ios[0], BLKDEV_WRITE, 0, 1), -EROFS);
	ck_assert_int_eq(submit(&ios[0], BLKDEV_DISCARD, 0, 1), -EROFS);
	ck_assert_int_eq(submit(&ios[0], BLKDEV_FLUSH, 0, 0), -EOPNOTSUPP);
}
END_TEST

START_TEST(cdrom)
{
	boot();
	back->type = _i ? "disk" : "cdrom";
	back->info = _i ? "5" : "0";
	back->mode = "r";
	attach();
	ck_assert(dev->cdrom && dev->read_only);
	ck_assert_int_eq(run(BLKDEV_READ, 64, 4), 0);
}
END_TEST

START_TEST(discards)
{
	fill_image();
	ck_assert_int_eq(run(BLKDEV_DISCARD, 16, UNITS - 16), 0);
	ck_assert_uint_eq(back->image[16 * 512] | back->image[UNITS * 512 - 1], 0);
	ck_assert_uint_ne(back->image[15 * 512 + 1], 0);
	back->status[BLKIF_OP_DISCARD] = BLKIF_RSP_ERROR;
	ck_assert_int_eq(run(BLKDEV_DISCARD, 0, 1), -EIO);
	ck_assert(dev->discard);
}
END_TEST

START_TEST(discard_is_refused)
{
	back->status[BLKIF_OP_DISCARD] = BLKIF_RSP_EOPNOTSUPP;
	back->idle = true;
	for (unsigned i = 0; i < 40; i++) /* more than the ring holds */
		must_submit(&ios[i], BLKDEV_DISCARD, i, 1);
	(void)evtchn_poll();
	back->idle = false;
	settle();
	for (unsigned i = 0; i < 40; i++) {
		ck_assert_uint_eq(ios[i].done, 1);
		ck_assert_int_eq(ios[i].error, -EOPNOTSUPP);
	}
	ck_assert(!dev->discard);
	ck_assert_uint_eq(back->seen[BLKIF_OP_DISCARD], 32);
	ck_assert_int_eq(submit(&ios[0], BLKDEV_DISCARD, 0, 1), -EOPNOTSUPP);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 1), 0);
}
END_TEST

START_TEST(without_discard)
{
	fakeblkback_vanish(back);
	back->discard = false;
	attach();
	ck_assert(!dev->discard);
	ck_assert_int_eq(submit(&ios[0], BLKDEV_DISCARD, 0, 1), -EOPNOTSUPP);
}
END_TEST

/* ---- flushing: offered, and refused at any time ---- */

START_TEST(flushes)
{
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 1), 0);
	ck_assert_uint_eq(back->writes_since_flush, 1);
	ck_assert_int_eq(run(BLKDEV_FLUSH, 0, 0), 0);
	ck_assert_uint_eq(back->writes_since_flush, 0);
	ck_assert_uint_eq(back->seen[BLKIF_OP_FLUSH_DISKCACHE], 1);
	back->status[BLKIF_OP_FLUSH_DISKCACHE] = BLKIF_RSP_ERROR;
	ck_assert_int_eq(run(BLKDEV_FLUSH, 0, 0), -EIO);
	ck_assert(dev->flush);
}
END_TEST

START_TEST(only_barriers)
{
	fakeblkback_vanish(back);
	back->flush = false;
	attach();
	ck_assert(dev->flush);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 1), 0);
	ck_assert_int_eq(run(BLKDEV_FLUSH, 0, 0), 0);
	ck_assert_uint_eq(back->writes_since_flush, 0);
	ck_assert_uint_eq(back->seen[BLKIF_OP_WRITE_BARRIER], 1);
	ck_assert_uint_eq(back->seen[BLKIF_OP_FLUSH_DISKCACHE], 0);
}
END_TEST

START_TEST(neither_flush_nor_barrier)
{
	fakeblkback_vanish(back);
	back->flush = back->barrier = false;
	attach();
	ck_assert(!dev->flush);
	ck_assert_int_eq(submit(&ios[0], BLKDEV_FLUSH, 0, 0), -EOPNOTSUPP);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "taken for durable"));
}
END_TEST

static unsigned count_logged(const char *text)
{
	unsigned count = 0;

	for (const char *at = fakexen_logged; (at = strstr(at, text)); at++)
		count++;
	return count;
}

static void submit_flushes(unsigned count)
{
	back->idle = true;
	for (unsigned i = 0; i < count; i++)
		must_submit(&ios[i], BLKDEV_FLUSH, 0, 0);
	(void)evtchn_poll();
	back->idle = false;
	settle();
	for (unsigned i = 0; i < count; i++) {
		ck_assert_uint_eq(ios[i].done, 1);
		ck_assert_int_eq(ios[i].error, 0);
	}
}

START_TEST(flush_is_refused_barriers_work)
{
	ck_assert_int_eq(run(BLKDEV_FLUSH, 0, 0), 0);
	back->status[BLKIF_OP_FLUSH_DISKCACHE] = BLKIF_RSP_EOPNOTSUPP;
	submit_flushes(40);
	ck_assert(dev->flush);
	ck_assert_uint_eq(back->seen[BLKIF_OP_WRITE_BARRIER], 40);
	ck_assert_uint_eq(count_logged("refuses to flush; barriers it is"), 1);
	ck_assert_uint_eq(ring_of(dev)->stats.errors, 0);
}
END_TEST

START_TEST(flush_and_barriers_are_refused)
{
	back->status[BLKIF_OP_FLUSH_DISKCACHE] = BLKIF_RSP_EOPNOTSUPP;
	back->status[BLKIF_OP_WRITE_BARRIER] = BLKIF_RSP_EOPNOTSUPP;
	submit_flushes(40);
	ck_assert(!dev->flush);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "is taken for durable"));
	ck_assert_int_eq(submit(&ios[0], BLKDEV_FLUSH, 0, 0), -EOPNOTSUPP);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 64), 0);
	ck_assert(on_image(&ios[0]));
}
END_TEST

START_TEST(flush_is_refused_without_barriers)
{
	fakeblkback_vanish(back);
	back->barrier = false;
	attach();
	back->status[BLKIF_OP_FLUSH_DISKCACHE] = BLKIF_RSP_EOPNOTSUPP;
	submit_flushes(3);
	ck_assert(!dev->flush);
	ck_assert_uint_eq(back->seen[BLKIF_OP_WRITE_BARRIER], 0);
}
END_TEST

/* ---- many requests, errors, little memory ---- */

START_TEST(more_requests_than_slots)
{
	back->idle = true;
	for (unsigned i = 0; i < REQUESTS; i++)
		must_submit(&ios[i], BLKDEV_WRITE, 100 * i, i % 3 ? 8 : 99);
	for (unsigned i = 0; i < 200; i++) {
		(void)evtchn_poll();
		fakeblkback_serve(back, 3, i & 1);
	}
	for (unsigned i = 0; i < REQUESTS; i++) {
		ck_assert_uint_eq(ios[i].done, 1);
		ck_assert_int_eq(ios[i].error, 0);
		ck_assert(on_image(&ios[i]));
	}
}
END_TEST

START_TEST(done_may_submit_anew)
{
	must_submit(&ios[0], BLKDEV_WRITE, 0, 3000);
	ios[0].again = true;
	settle();
	ck_assert_uint_eq(ios[0].done, 2);
	ck_assert_int_eq(ios[0].error, 0);
}
END_TEST

/* One part of many fails: the request fails once, when all parts that were sent are back. */
START_TEST(errors_come_through)
{
	back->status[BLKIF_OP_READ] = BLKIF_RSP_ERROR;
	ck_assert_int_eq(run(BLKDEV_READ, 0, 8000), -EIO);
	ck_assert_uint_gt(ring_of(dev)->stats.errors, 0);
	back->status[BLKIF_OP_READ] = BLKIF_RSP_EOPNOTSUPP;
	ck_assert_int_eq(run(BLKDEV_READ, 0, 8), -EIO);
	back->status[BLKIF_OP_READ] = 0;
	back->idle = true;
	must_submit(&ios[1], BLKDEV_READ, 0, 8000);
	must_submit(&ios[2], BLKDEV_READ, 8, 16);
	(void)evtchn_poll();
	fakeblkback_serve(back, 1, false);
	back->status[BLKIF_OP_READ] = BLKIF_RSP_ERROR;
	fakeblkback_serve(back, 1, false);
	back->status[BLKIF_OP_READ] = 0;
	(void)evtchn_poll();
	ck_assert_uint_eq(ios[1].done, 0);
	back->idle = false;
	settle();
	ck_assert_uint_eq(ios[1].done, 1);
	ck_assert_int_eq(ios[1].error, -EIO);
	ck_assert_uint_eq(ios[2].done, 1);
	ck_assert_int_eq(ios[2].error, 0);
}
END_TEST

START_TEST(little_memory)
{
	fakeblkback_vanish(back);
	settle();
	fakexen_limit_frames(fakexen_frames_used() + 14);
	attach();
	ck_assert(dev->up);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0);
	ck_assert(on_image(&ios[0]));
	for (unsigned i = 0; i < REQUESTS; i++)
		must_submit(&ios[i], BLKDEV_READ, 100 * i, 99);
	settle();
	for (unsigned i = 0; i < REQUESTS; i++) {
		ck_assert_uint_eq(ios[i].done, 1);
		ck_assert(on_image(&ios[i]));
	}
}
END_TEST

START_TEST(too_little_memory_is_tried_again)
{
	fakeblkback_vanish(back);
	settle();
	fakexen_limit_frames(fakexen_frames_used() + (_i ? 12 : 0));
	attach();
	ck_assert(!dev->up);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "no memory or grants"));
	fakexen_limit_frames(UINT32_MAX);
	fakexen_set_time(fakexen_time() + 1100000000);
	settle();
	ck_assert(dev->up);
	ck_assert_int_eq(run(BLKDEV_WRITE, 0, 4000), 0);
}
END_TEST

START_TEST(a_turn_is_bounded)
{
	back->idle = true;
	for (unsigned i = 0; i < 4; i++)
		must_submit(&ios[i], BLKDEV_WRITE, 2048 * i, 2048); /* 256 pages each */
	(void)evtchn_poll();
	ck_assert_uint_le(
		ring_of(dev)->page_count - ring_of(dev)->page_free_count, BLKFRONT_BUDGET + 32);
	back->idle = false;
	settle();
	for (unsigned i = 0; i < 4; i++)
		ck_assert(ios[i].done == 1 && on_image(&ios[i]));
}
END_TEST

/* ---- several disks and their names ---- */

START_TEST(several_disks)
{
	static const uint32_t numbers[] = {51728, 51713, (1u << 28) | (16 << 8)};
	static const char *const names[] = {"xvdb", "xvda1", "xvdq"};

	for (unsigned i = 0; i < 3; i++) {
		fakeblkback_init(&boot_disks[i + 1], numbers[i], 64 + i);
		fakeblkback_attach(&boot_disks[i + 1], "2");
	}
	settle();
	for (unsigned i = 0; i < 3; i++) {
		struct blkdev *other = blkdev_find(names[i]);

		ck_assert_ptr_nonnull(other);
		ck_assert(other->up);
		ck_assert_uint_eq(other->sectors, 64 + i);
	}
	ck_assert_int_eq(run(BLKDEV_WRITE, 1, 1), 0);
	dev = blkdev_find("xvdq");
	ck_assert_int_eq(run(BLKDEV_WRITE, 1, 1), 0);
	ck_assert_uint_eq(boot_disks[3].seen[BLKIF_OP_WRITE], 1);
	ck_assert_uint_eq(boot_disks[1].seen[BLKIF_OP_WRITE], 0);
}
END_TEST

/* 1 << 28 is xvda too. */
START_TEST(names_that_clash)
{
	fakeblkback_init(&boot_disks[1], 1u << 28, 64);
	fakeblkback_attach(&boot_disks[1], "2");
	settle();
	ck_assert(!boot_disks[1].connected);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "there is a disk of that name already"));
	ck_assert_ptr_null(blkdev_get(1));
	ck_assert(dev->up);
	fakeblkback_vanish(back);
	settle();
	fakestore_set("device/vbd", "x", ""); /* looked at again: now the name is free */
	fakestore_remove("device/vbd/x");
	settle();
	ck_assert(boot_disks[1].connected);
	ck_assert(dev->up);
	ck_assert_uint_eq(dev->sectors, 64);
}
END_TEST

START_TEST(absurd_numbers)
{
	fakeblkback_init(&boot_disks[1], 77, 64);
	fakeblkback_attach(&boot_disks[1], "2");
	settle();
	ck_assert(!boot_disks[1].connected);
	ck_assert_ptr_nonnull(
		strstr(fakexen_logged, "device/vbd/77: expected the number of a disk"));
	fakeblkback_vanish(&boot_disks[1]);
	fakeblkback_init(&boot_disks[1], 51728, 64);
	fakeblkback_attach(&boot_disks[1], "2");
	fakestore_write("device/vbd/51728/virtual-device", "51744");
	settle();
	ck_assert(!boot_disks[1].connected);
	ck_assert_str_eq(fakestore_read("device/vbd/51728/state"), "6");
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "virtual-device: expected the same number"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("blkfront");
	TCase *tests = tcase_create("honest"), *own = tcase_create("own settings");

	tcase_add_checked_fixture(tests, begin, NULL);
	tcase_set_timeout(tests, 60);
	tcase_set_timeout(own, 60);
	tcase_add_test(tests, connects);
	tcase_add_test(tests, reads);
	tcase_add_test(tests, writes);
	tcase_add_test(tests, nothing_happens_within_submit);
	tcase_add_test(tests, notifies_a_backend_that_sleeps);
	tcase_add_test(tests, wrong_requests);
	tcase_add_test(tests, huge_requests);
	tcase_add_test(tests, without_indirect_descriptors);
	tcase_add_test(tests, with_few_indirect_descriptors);
	tcase_add_test(tests, without_persistent_grants);
	tcase_add_test(tests, pages_are_used_again);
	tcase_add_test(tests, sectors_of_4096);
	tcase_add_test(tests, discards);
	tcase_add_test(tests, discard_is_refused);
	tcase_add_test(tests, without_discard);
	tcase_add_test(tests, flushes);
	tcase_add_test(tests, only_barriers);
	tcase_add_test(tests, neither_flush_nor_barrier);
	tcase_add_test(tests, flush_is_refused_barriers_work);
	tcase_add_test(tests, flush_and_barriers_are_refused);
	tcase_add_test(tests, flush_is_refused_without_barriers);
	tcase_add_test(tests, more_requests_than_slots);
	tcase_add_test(tests, done_may_submit_anew);
	tcase_add_test(tests, errors_come_through);
	tcase_add_test(tests, little_memory);
	tcase_add_loop_test(tests, too_little_memory_is_tried_again, 0, 2);
	tcase_add_test(tests, a_turn_is_bounded);
	tcase_add_test(tests, several_disks);
	tcase_add_test(tests, names_that_clash);
	tcase_add_test(tests, absurd_numbers);
	suite_add_tcase(suite, tests);
	tcase_add_loop_test(own, sector_sizes, 0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(own, read_only, 0, 2);
	tcase_add_loop_test(own, cdrom, 0, 2);
	suite_add_tcase(suite, own);
	return check_run(suite);
}
