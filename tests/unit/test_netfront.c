/* SPDX-License-Identifier: ISC */
/* netfront from end to end over fakexen: an honest backend first, then every lie that comes to
 * mind. Frames in pieces and what else a backend may offer: test_netfront_offload.c. */
#include "drivers/netfront.h"

#include "tests/unit/netfront_run.h"

/* ---- an honest backend ---- */

START_TEST(connects)
{
	static const uint8_t mac[6] = {0x00, 0x16, 0x3e, 0, 0, 7};
	char text[200];

	ck_assert_mem_eq(dev->mac, mac, 6);
	ck_assert_uint_eq(dev->mtu, 1500);
	ck_assert_uint_eq(got.changes, 1);
	ck_assert_str_eq(fakestore_read("device/vif/0/state"), "4");
	ck_assert_str_eq(fakestore_read("device/vif/0/feature-rx-notify"), "1");
	ck_assert_str_eq(fakestore_read("device/vif/0/feature-sg"), "1");
	ck_assert_uint_eq(dev->offloads, NETDEV_CSUM4); /* which every backend has by default */
	ck_assert_ptr_null(fakestore_read("device/vif/0/event-channel-tx"));
	ck_assert(netfront_all_up());
	netfront_explain(text, sizeof(text));
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(fakenetback_posted(back), 256);
}
END_TEST

START_TEST(receives)
{
	ck_assert(fakenetback_send(back, frame, sizeof(frame), 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
	ck_assert_uint_eq(got.last_len, sizeof(frame));
	ck_assert_mem_eq(got.last, frame, sizeof(frame));
	ck_assert_uint_eq(dev->stats.rx_frames, 1);
	ck_assert_uint_eq(dev->stats.rx_bytes, sizeof(frame));
	ck_assert_uint_eq(fakenetback_posted(back), 256);
}
END_TEST

START_TEST(passes_checksum_flags)
{
	ck_assert(fakenetback_send(back, frame, 60, NETRXF_csum_blank | NETRXF_data_validated));
	settle();
	ck_assert_uint_eq(got.last_flags, NETDEV_CSUM_BLANK | NETDEV_CSUM_OK);
	ck_assert(fakenetback_send(back, frame, 60, NETRXF_data_validated));
	settle();
	ck_assert_uint_eq(got.last_flags, NETDEV_CSUM_OK);
}
END_TEST

START_TEST(sends)
{
	uint8_t seen[2048];
	uint64_t before = fakexen_sent(back->port);

	back->tx->req_event = 1; /* the backend sleeps and wants to hear of the next */
	transmit(frame, sizeof(frame));
	transmit(frame, 60);
	ck_assert_uint_eq(back->tx->req_prod, 0); /* nothing is shown before the flush */
	netdev_tx_flush(dev);
	ck_assert_uint_eq(fakexen_sent(back->port), before + 1);
	netdev_tx_flush(dev);
	ck_assert_uint_eq(fakexen_sent(back->port), before + 1);
	ck_assert_uint_eq(fakenetback_receive(back, seen, sizeof(seen), 0), sizeof(frame));
	ck_assert_mem_eq(seen, frame, sizeof(frame));
	ck_assert_uint_eq(fakenetback_receive(back, seen, sizeof(seen), 0), 60);
	ck_assert_uint_eq(fakenetback_receive(back, seen, sizeof(seen), 0), 0);
	ck_assert_uint_eq(dev->stats.tx_frames, 2);
	ck_assert_uint_eq(back->notified, 0); /* sent frames are no reason to wake */
}
END_TEST

START_TEST(does_not_notify_a_backend_that_is_awake)
{
	uint64_t before = fakexen_sent(back->port);

	back->tx->req_event = 77;
	transmit(frame, 60);
	netdev_tx_flush(dev);
	ck_assert_uint_eq(fakexen_sent(back->port), before);
}
END_TEST

START_TEST(unsent_room_comes_back)
{
	uint8_t *first = netdev_tx_begin(dev);

	netdev_tx_commit(dev, 0);
	ck_assert_ptr_eq(netdev_tx_begin(dev), first);
	ck_assert_ptr_eq(netdev_tx_begin(dev), first); /* begun is begun */
	netdev_tx_commit(dev, 0);
	netdev_tx_commit(dev, 60); /* nothing was begun */
	netdev_tx_flush(dev);
	ck_assert_uint_eq(back->tx->req_prod, 0);
	ck_assert_uint_eq(dev->stats.tx_frames, 0);
}
END_TEST

START_TEST(drops_when_all_slots_are_sent)
{
	uint8_t seen[2048];

	for (unsigned i = 0; i < 256; i++)
		transmit(frame, 60);
	ck_assert_ptr_null(netdev_tx_begin(dev));
	ck_assert_uint_eq(dev->stats.tx_dropped, 1);
	netdev_tx_flush(dev);
	for (unsigned i = 0; i < 256; i++)
		ck_assert_uint_eq(fakenetback_receive(back, seen, sizeof(seen), 0), 60);
	/* No event was needed to find the answers. */
	transmit(frame, 60);
}
END_TEST

/* A question whose answer could not leave waits in the ring, until the backend gives a slot back.
 */
START_TEST(what_cannot_be_answered_waits)
{
	uint8_t seen[2048];

	for (unsigned i = 0; i < 256; i++)
		transmit(frame, 60);
	netdev_tx_flush(dev);
	for (unsigned i = 0; i < 5; i++)
		ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert_uint_eq(fakenetback_receive(back, seen, sizeof(seen), 0), 60);
	settle();
	ck_assert_uint_eq(got.frames, 5); /* this reader answers none of them */
	transmit(frame, 60);
	netdev_tx_flush(dev);
	ck_assert_ptr_null(netdev_tx_begin(dev));
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 5);
	/* Those who come after the guest has looked wake it, too. */
	for (unsigned i = 0; i < 256; i++)
		ck_assert_uint_eq(fakenetback_receive(back, seen, sizeof(seen), 0), 60);
	settle();
	ck_assert_uint_eq(got.frames, 6);
	ck_assert_uint_eq(dev->stats.tx_dropped, 1);
}
END_TEST

START_TEST(counts_refused_frames)
{
	uint8_t seen[2048];

	transmit(frame, 60);
	netdev_tx_flush(dev);
	fakenetback_receive(back, seen, sizeof(seen), NETIF_RSP_ERROR);
	fakenetback_notify(back);
	settle();
	ck_assert_uint_eq(dev->stats.tx_dropped, 1);
	ck_assert(dev->up);
}
END_TEST

START_TEST(works_a_bounded_share_per_turn)
{
	for (unsigned i = 0; i < 200; i++)
		ck_assert(fakenetback_send(back, frame, 60, 0));
	ck_assert(evtchn_poll());
	ck_assert_uint_eq(got.frames, 64);
	ck_assert(evtchn_poll());
	ck_assert_uint_eq(got.frames, 128);
	settle();
	ck_assert_uint_eq(got.frames, 200);
	ck_assert_uint_eq(fakenetback_posted(back), 256);
}
END_TEST

/* Long frames: a reader is to have its turn before there is more than it takes at once. */
START_TEST(works_a_bounded_number_of_bytes_per_turn)
{
	static uint8_t full[1514];

	for (unsigned i = 0; i < 60; i++)
		ck_assert(fakenetback_send(back, full, sizeof(full), 0));
	ck_assert(evtchn_poll());
	ck_assert_uint_eq(got.frames, NETFRONT_BYTES / sizeof(full) + 1);
	ck_assert_uint_eq(fakenetback_posted(back), 256 - 60 + got.frames);
	settle();
	ck_assert_uint_eq(got.frames, 60);
	ck_assert_uint_eq(fakenetback_posted(back), 256);
}
END_TEST

START_TEST(twenty_thousand_frames_ping_pong)
{
	uint8_t seen[2048];
	uint8_t ping[1514];

	for (unsigned i = 0; i < 20000; i++) {
		memset(ping, (int)(i & 0xff), sizeof(ping));
		ck_assert(fakenetback_send(back, ping, 14 + i % 1500, 0));
		evtchn_poll();
		ck_assert_uint_eq(got.frames, i + 1);
		transmit(got.last, got.last_len);
		netdev_tx_flush(dev);
		ck_assert_uint_eq(fakenetback_receive(back, seen, sizeof(seen), 0), 14 + i % 1500);
		ck_assert_mem_eq(seen, ping, 14 + i % 1500);
	}
	check_books();
	ck_assert_uint_eq(dev->stats.rx_frames, 20000);
	ck_assert_uint_eq(dev->stats.tx_frames, 20000);
}
END_TEST

START_TEST(rx_event_is_asked_for)
{
	uint64_t notified = back->notified;

	ck_assert(fakenetback_send(back, frame, 60, 0));
	ck_assert_uint_eq(back->notified, notified + 1);
	settle();
	ck_assert(fakenetback_send(back, frame, 60, 0));
	ck_assert_uint_eq(back->notified, notified + 2);
	ck_assert(fakenetback_send(back, frame, 60, 0)); /* the guest is awake already */
	ck_assert_uint_eq(back->notified, notified + 2);
	settle();
	ck_assert_uint_eq(got.frames, 3);
}
END_TEST

/* ---- loans ---- */

START_TEST(a_loan_is_out_of_the_backends_reach)
{
	struct netif_rx_request request = back->rx->ring[0].req;

	got.keep = true;
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.kept_count, 1);
	ck_assert(!fakexen_copy_to_grant(0, request.gref, 0, "evil", 4));
	ck_assert_uint_eq(fakenetback_posted(back), 255);
	netdev_frame_release(got.kept[0]);
	settle();
	ck_assert_uint_eq(fakenetback_posted(back), 256);
	ck_assert(fakexen_copy_to_grant(0, request.gref, 0, "fine", 4));
}
END_TEST

START_TEST(loans_may_be_kept_until_none_is_left)
{
	got.keep = true;
	for (unsigned i = 0; i < 256; i++)
		ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.kept_count, 256);
	ck_assert(!fakenetback_send(back, frame, 60, 0));
	for (unsigned i = 256; i-- > 0;)
		netdev_frame_release(got.kept[i]);
	got.keep = false;
	settle();
	ck_assert_uint_eq(fakenetback_posted(back), 256);
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 257);
}
END_TEST

START_TEST(loans_outlive_the_vif)
{
	got.keep = true;
	for (unsigned i = 0; i < 10; i++)
		ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	fakenetback_detach(back);
	settle();
	ck_assert(!dev->up);
	ck_assert_uint_eq(fakexen_frames_used(), base_frames + 10);
	ck_assert_int_eq(got.kept[3]->data[14], 0x45); /* still readable: ASan would tell */
	for (unsigned i = 0; i < 5; i++)
		netdev_frame_release(got.kept[i]);
	ck_assert_uint_eq(fakexen_frames_used(), base_frames + 5);
	attach("2");
	ck_assert(dev->up);
	for (unsigned i = 5; i < 10; i++)
		netdev_frame_release(got.kept[i]);
	settle();
	ck_assert_uint_eq(fakenetback_posted(back), 256);
	fakenetback_detach(back);
	settle();
	check_gone();
}
END_TEST

START_TEST(room_outlives_the_vif)
{
	uint8_t *room = netdev_tx_begin(dev);

	fakenetback_detach(back);
	settle();
	memset(room, 1, NETDEV_FRAME_MAX); /* ASan would tell */
	netdev_tx_commit(dev, 60);
	netdev_tx_flush(dev);
	check_gone();
	ck_assert_ptr_null(netdev_tx_begin(dev));
}
END_TEST

/* ---- coming and going ---- */

START_TEST(fifty_rounds_of_attach_and_detach)
{
	for (unsigned i = 0; i < 50; i++) {
		fakenetback_detach(back);
		settle();
		check_gone();
		attach("2");
		ck_assert(dev->up);
		ck_assert(fakenetback_send(back, frame, 60, 0));
		settle();
		ck_assert_uint_eq(got.frames, i + 1);
	}
	ck_assert_uint_eq(got.changes, 101);
}
END_TEST

START_TEST(vanishing_without_a_word)
{
	transmit(frame, 60);
	netdev_tx_flush(dev);
	fakenetback_vanish(back);
	settle();
	check_gone();
	ck_assert_uint_eq(fakestore_watches(), 3); /* device, shutdown, sysrq */
}
END_TEST

START_TEST(several_vifs)
{
	fakenetback_attach(&boot_backs[1], 1, "2");
	fakenetback_attach(&boot_backs[2], 5, "2");
	settle();
	ck_assert(netdev_get(1)->up);
	ck_assert(netdev_get(5)->up);
	ck_assert(fakenetback_send(&boot_backs[2], frame, 60, 0));
	ck_assert(fakenetback_send(&boot_backs[1], frame, 60, 0));
	settle();
	ck_assert_uint_eq(netdev_get(1)->stats.rx_frames, 1);
	ck_assert_uint_eq(netdev_get(5)->stats.rx_frames, 1);
	ck_assert_uint_eq(dev->stats.rx_frames, 0);
	/* One breaks the protocol: the others live on. */
	boot_backs[1].tx->rsp_prod = 9;
	fakenetback_notify(&boot_backs[1]);
	settle();
	ck_assert(!netdev_get(1)->up);
	ck_assert(fakenetback_send(back, frame, 60, 0));
	ck_assert(fakenetback_send(&boot_backs[2], frame, 60, 0));
	settle();
	ck_assert_uint_eq(netdev_get(5)->stats.rx_frames, 2);
	ck_assert_uint_eq(dev->stats.rx_frames, 1);
}
END_TEST

START_TEST(more_vifs_than_places)
{
	fakenetback_attach(&boot_backs[1], 8, "2");
	fakenetback_attach(&boot_backs[2], 4000000, "2");
	settle();
	ck_assert(!boot_backs[1].connected);
	ck_assert(dev->up);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "more vif devices than can be served"));
}
END_TEST

START_TEST(a_backend_that_begins_anew)
{
	restart_backend("2");
	ck_assert(dev->up);
	ck_assert(back->connected);
	ck_assert_uint_eq(got.changes, 3);
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
	ck_assert_uint_eq(gnttab_stats.quarantined, 0);
}
END_TEST

START_TEST(nothing_old_is_shown_to_a_new_backend)
{
	struct netif_tx_request request;
	uint8_t page[4096], zero[4096] = {0};

	transmit("secretsecretsecret", 18);
	netdev_tx_flush(dev);
	request = back->tx->ring[0].req;
	ck_assert(fakexen_copy_from_grant(0, request.gref, 0, page, sizeof(page)));
	ck_assert_mem_eq(page, zero, 2);
	ck_assert_mem_eq(page + 20, zero, sizeof(page) - 20);
	restart_backend("2");
	for (uint32_t ref = 8; ref < 8 + 520; ref++)
		if (ref != back->tx_ref && ref != back->rx_ref &&
			fakexen_copy_from_grant(0, ref, 0, page, sizeof(page)))
			ck_assert_mem_eq(page, zero, sizeof(page));
}
END_TEST

START_TEST(any_state_may_follow_any)
{
	static const char *const states[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "",
		"-1", "44444444444444444444", "x"};

	fakexen_host = fakestore_turn; /* the backend follows nothing by itself */
	for (unsigned i = 0; i < 14 * 14; i++) {
		fakenetback_set_state(back, states[i / 14]);
		settle();
		fakenetback_set_state(back, states[i % 14]);
		settle();
	}
	fakexen_host = boot_host;
	fakenetback_vanish(back);
	settle();
	check_gone();
	attach("2");
	ck_assert(dev->up);
}
END_TEST

START_TEST(does_not_keep_what_the_backend_holds)
{
	struct netif_rx_request request = back->rx->ring[5].req;

	ck_assert_ptr_nonnull(fakexen_map_grant(0, request.gref, true));
	fakenetback_detach(back);
	settle();
	ck_assert_uint_eq(gnttab_stats.quarantined, 1);
	ck_assert_uint_eq(fakexen_frames_used(), base_frames + 1);
	fakexen_unmap_grant(request.gref);
	ck_assert_uint_eq(gnttab_reap(), 0);
	check_gone();
}
END_TEST

/* ---- lies on the rings ---- */

START_TEST(receive_index_too_far)
{
	back->rx->rsp_prod = 257;
	fakenetback_notify(back);
	check_disabled();
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "vif 0: the backend breaks the protocol"));
}
END_TEST

START_TEST(receive_index_goes_back)
{
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	back->rx->rsp_prod = 0;
	fakenetback_notify(back);
	check_disabled();
}
END_TEST

START_TEST(transmit_index_too_far)
{
	transmit(frame, 60);
	netdev_tx_flush(dev);
	back->tx->rsp_prod = 2;
	fakenetback_notify(back);
	check_disabled();
}
END_TEST

START_TEST(transmit_index_found_while_sending)
{
	for (unsigned i = 0; i < 256; i++)
		transmit(frame, 60);
	netdev_tx_flush(dev);
	back->tx->rsp_prod = 0x80000000u;
	ck_assert_ptr_null(netdev_tx_begin(dev));
	check_disabled();
}
END_TEST

static void answer_transmit(uint16_t id)
{
	transmit(frame, 60);
	netdev_tx_flush(dev);
	back->tx->ring[0].rsp = (struct netif_tx_response){.id = id};
	back->tx->rsp_prod = 1;
	fakenetback_notify(back);
}

START_TEST(response_to_a_slot_out_of_range)
{
	answer_transmit(256);
	check_disabled();
}
END_TEST

START_TEST(response_to_a_slot_that_was_not_sent)
{
	answer_transmit((uint16_t)(back->tx->ring[0].req.id + 7));
	check_disabled();
}
END_TEST

START_TEST(response_twice)
{
	transmit(frame, 60);
	transmit(frame, 60);
	netdev_tx_flush(dev);
	back->tx->ring[0].rsp.id = back->tx->ring[1].rsp.id = back->tx->ring[0].req.id;
	back->tx->rsp_prod = 2;
	fakenetback_notify(back);
	check_disabled();
}
END_TEST

START_TEST(bad_receive_responses_are_dropped)
{
	static const struct {
		uint16_t offset;
		int16_t status;
	} lies[] = {{0, -1}, {0, -32768}, {0, 0}, {0, 13}, {4090, 14}, {65535, 60}, {0, 1515},
		{4096, 60}, {0, 32767}, {2583, 1514}, {4037, 60}};

	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		ck_assert(fakenetback_respond(back, 0, lies[i].offset, 0, lies[i].status));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert_uint_eq(dev->stats.rx_bad, 11);
	ck_assert(dev->up);
	ck_assert_uint_eq(fakenetback_posted(back), 256);
	/* The furthest that is allowed, with an id that is none. */
	ck_assert(fakenetback_respond(back, 65535, 4096 - 60, 0, 60));
	ck_assert(fakenetback_respond(back, 65535, 2582, 0, 1514));
	settle();
	ck_assert_uint_eq(got.frames, 2);
}
END_TEST

START_TEST(a_received_page_that_is_still_held)
{
	struct netif_rx_request request = back->rx->ring[0].req;

	ck_assert_ptr_nonnull(fakexen_map_grant(0, request.gref, true));
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert(!dev->up);
	ck_assert_uint_ge(gnttab_stats.quarantined, 1);
	fakexen_unmap_grant(request.gref);
	check_disabled();
}
END_TEST

START_TEST(frames_in_several_slots_are_dropped_whole)
{
	struct netif_extra_info extra = {.type = XEN_NETIF_EXTRA_TYPE_GSO, .flags = 1};
	struct netif_rx_response raw;

	/* first (extra follows, more follows), two extras, a fragment, the last fragment */
	memcpy(&raw, &extra, sizeof(extra));
	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_extra_info | NETRXF_more_data, 1000));
	ck_assert(fakenetback_respond(back, raw.id, raw.offset, raw.flags, raw.status));
	ck_assert(fakenetback_respond(back, 1, 0, 0, 0)); /* type 1, no more */
	settle();                                         /* in the middle of the frame */
	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_more_data, 1000));
	ck_assert(fakenetback_respond(back, 0, 0, 0, 1000));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert_uint_eq(dev->stats.rx_bad, 1);
	/* The next is whole again. */
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
	ck_assert_uint_eq(fakenetback_posted(back), 256);
}
END_TEST

/* A backend that never stops is heard a little, and at least every 16 ms. */
START_TEST(a_storm_of_events)
{
	struct evtchn_stats before = evtchn_stats;

	for (unsigned i = 0; i < 1000; i++) {
		for (unsigned j = 0; j < 50; j++)
			fakenetback_notify(back);
		ck_assert(!evtchn_poll());
		fakexen_set_time(fakexen_time() + 10000);
	}
	ck_assert_uint_lt(evtchn_stats.calls - before.calls, 200);
	ck_assert_uint_gt(evtchn_stats.muted, before.muted);
	ck_assert(dev->up);
	ck_assert(fakenetback_send(back, frame, 60, 0));
	fakexen_set_time(fakexen_time() + 16000000);
	settle();
	ck_assert_uint_eq(got.frames, 1);
}
END_TEST

START_TEST(a_muted_backend_is_heard_in_time)
{
	for (unsigned i = 0; i < 40; i++) {
		fakenetback_notify(back);
		(void)evtchn_poll();
	}
	ck_assert(fakenetback_send(back, frame, 60, 0));
	ck_assert(!evtchn_poll());
	ck_assert_uint_eq(got.frames, 0);
	fakexen_set_time(fakexen_time() + 1000000);
	(void)evtchn_poll();
	ck_assert_uint_eq(got.frames, 1);
	/* One that works is heard at once again. */
	ck_assert(fakenetback_send(back, frame, 60, 0));
	(void)evtchn_poll();
	ck_assert_uint_eq(got.frames, 2);
}
END_TEST

/* After a breach the vif comes back by itself; each time later, if it breaks again. */
START_TEST(is_tried_again_after_a_breach)
{
	for (unsigned wait = 1; wait <= 64; wait *= 2) {
		ck_assert(dev->up && back->connected);
		back->rx->rsp_prod = 1000000;
		fakenetback_notify(back);
		settle();
		ck_assert(!dev->up);
		ck_assert_uint_eq(fakexen_ports_open(), 2);
		fakexen_set_time(fakexen_time() + wait * 1000000000ull - 1000);
		settle();
		ck_assert(!dev->up);
		fakexen_set_time(fakexen_time() + 1000);
		settle();
	}
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
	fakenetback_vanish(back);
	settle();
	check_gone();
}
END_TEST

START_TEST(a_detached_vif_is_not_tried_again)
{
	back->rx->rsp_prod = 1000000;
	fakenetback_notify(back);
	settle();
	fakenetback_vanish(back);
	settle();
	ck_assert_uint_eq(alarm_next(), UINT64_MAX);
	fakexen_set_time(fakexen_time() + 10000000000ull);
	settle();
	check_gone();
}
END_TEST

/* ---- lies in the store ---- */

static void write_front(const char *key, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "device/vif/0/%s", key);
	if (value)
		fakestore_write(path, value);
	else
		fakestore_remove(path);
}

static void attach_with(const char *key, const char *value)
{
	boot();
	fakenetback_attach(back, 0, "2");
	write_front(key, value);
	settle();
	dev = netdev_get(0);
}

static const char *const bad_macs[] = {NULL, "", "00:16:3e:00:00",
	"00:16:3e:00:00:07:", "01:16:3e:00:00:07", "00:00:00:00:00:00", "00-16-3e-00-00-07",
	"0:16:3e:00:00:007", "00:16:3e:00:00:0g", "00:16:3e:00:00:07 ",
	"00:16:3e:00:00:07 and more than any address could ever be, far beyond"};

START_TEST(bad_mac)
{
	attach_with("mac", bad_macs[_i]);
	ck_assert_ptr_null(dev);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "device/vif/0/mac: expected an address"));
	ck_assert_str_eq(fakestore_read("device/vif/0/state"), "6");
	fakenetback_vanish(back);
	settle();
	check_gone();
	/* Attached anew with a good one, it works. */
	attach("2");
	ck_assert(dev && dev->up);
}
END_TEST

static const struct {
	const char *text;
	unsigned mtu;
} mtus[] = {{"1400", 1400}, {"68", 68}, {"67", 1500}, {"9000", 1500}, {"0", 1500}, {"", 1500},
	{"-5", 1500}, {"99999999999999999999999", 1500}, {"1400 ", 1500}, {NULL, 1500}};

START_TEST(mtu)
{
	attach_with("mtu", mtus[_i].text);
	ck_assert(dev && dev->up);
	ck_assert_uint_eq(dev->mtu, mtus[_i].mtu);
}
END_TEST

static const struct {
	const char *key, *value;
} nobackends[] = {{"backend", NULL}, {"backend", ""}, {"backend", "relative/path"},
	{"backend-id", NULL}, {"backend-id", "32752"}, {"backend-id", "-1"},
	{"backend-id", "99999999999999999999"}, {"backend-id", "0 "},
	{"backend",
		"/a/path/that/is/longer/than/anything/that/a/toolstack/would/write/into/this/node/"
		"in/earnest/and/so/is/taken/for/what/it/is/namely/nonsense"},
	{"backend", "/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}};

START_TEST(no_usable_backend)
{
	char text[256];

	attach_with(nobackends[_i].key, nobackends[_i].value);
	ck_assert_ptr_null(dev);
	ck_assert(!netfront_all_up());
	netfront_explain(text, sizeof(text));
	ck_assert_str_ne(text, "");
	check_gone();
	/* Written at last, it works. */
	write_front(nobackends[_i].key, strcmp(nobackends[_i].key, "backend") ? "0" : back->back);
	settle();
	dev = netdev_get(0);
	ck_assert(dev && dev->up);
}
END_TEST

START_TEST(explains_what_it_waits_for)
{
	char text[256];

	boot();
	netfront_explain(text, sizeof(text));
	ck_assert_str_eq(text, "the domain has no vif");
	ck_assert(!netfront_all_up());
	fakenetback_attach(back, 0, "1");
	settle();
	netfront_explain(text, sizeof(text));
	ck_assert_str_eq(text, "vif 0: backend /local/domain/0/backend/vif/7/0 is in state 1 "
			       "(Initialising)");
	fakenetback_set_state(back, "2");
	settle();
	ck_assert(netfront_all_up());
}
END_TEST

START_TEST(another_backend_takes_over)
{
	restart_backend("1");
	ck_assert(!dev->up);
	back->domid = 3;
	snprintf(back->back, sizeof(back->back), "/local/domain/3/backend/vif/7/0");
	fakestore_write("device/vif/0/state", "1");
	fakenetback_set_state(back, "2");
	fakestore_write("device/vif/0/backend-id", "3");
	fakestore_write("device/vif/0/backend", back->back);
	settle();
	ck_assert(dev->up);
	ck_assert(back->connected);
	ck_assert(fakexen_port_is_open(back->port, 3));
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
	ck_assert_uint_eq(fakestore_watches(), 4);
}
END_TEST

START_TEST(writes_that_are_refused)
{
	boot();
	fakestore_readonly = "device/vif/0/rx-ring-ref";
	fakenetback_attach(back, 0, "2");
	settle();
	dev = netdev_get(0);
	ck_assert(!dev->up);
	ck_assert_ptr_nonnull(strstr(fakexen_logged, "rx-ring-ref cannot be written"));
	fakenetback_vanish(back);
	settle();
	check_gone();
}
END_TEST

/* ---- little memory ---- */

START_TEST(a_small_guest_has_few_buffers)
{
	fakexen_memory = 4u << 20;
	boot();
	attach("2");
	ck_assert(dev->up);
	ck_assert_uint_eq(fakenetback_posted(back), 64);
	ck_assert_uint_le(fakexen_frames_used() - base_frames, 64 + 64 + 2);
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert(fakenetback_send(back, frame, 60, 0));
		settle();
	}
	ck_assert_uint_eq(got.frames, 1000);
	/* An index within the ring, but beyond what was posted. */
	back->rx->rsp_prod += 65;
	fakenetback_notify(back);
	check_disabled();
}
END_TEST

START_TEST(memory_runs_out_at_any_page)
{
	boot();
	for (unsigned pages = 0; pages < 530; pages += pages < 20 ? 1 : 37) {
		fakexen_limit_frames(base_frames + pages);
		attach("2");
		if (dev && dev->up) {
			unsigned before = got.frames;

			ck_assert(fakenetback_send(back, frame, 60, 0));
			settle();
			ck_assert_uint_eq(got.frames, before + 1);
		}
		ck_assert(pages < 100 || dev->up);
		fakenetback_vanish(back);
		settle();
		ck_assert_uint_eq(gnttab_stats.granted + gnttab_stats.quarantined, 0);
		ck_assert_uint_eq(fakexen_ports_open(), 2);
	}
}
END_TEST

START_TEST(grants_run_out)
{
	uint32_t ref;

	boot();
	fakexen_limit_grant_frames(1);
	while (gnttab_stats.free > 100)
		ck_assert_int_eq(gnttab_take(&ref), 0);
	attach("2");
	/* Whatever it makes of it, the books are right and it can go. */
	fakenetback_vanish(back);
	settle();
	ck_assert_uint_eq(gnttab_stats.free, 100);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("netfront");
	TCase *up = tcase_create("up"), *other = tcase_create("other");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(up, begin, NULL);
	tcase_set_timeout(up, 60);
	tcase_set_timeout(other, 60);
	tcase_add_test(up, connects);
	tcase_add_test(up, receives);
	tcase_add_test(up, passes_checksum_flags);
	tcase_add_test(up, sends);
	tcase_add_test(up, does_not_notify_a_backend_that_is_awake);
	tcase_add_test(up, unsent_room_comes_back);
	tcase_add_test(up, drops_when_all_slots_are_sent);
	tcase_add_test(up, what_cannot_be_answered_waits);
	tcase_add_test(up, counts_refused_frames);
	tcase_add_test(up, works_a_bounded_share_per_turn);
	tcase_add_test(up, works_a_bounded_number_of_bytes_per_turn);
	tcase_add_test(up, twenty_thousand_frames_ping_pong);
	tcase_add_test(up, rx_event_is_asked_for);
	tcase_add_test(up, a_loan_is_out_of_the_backends_reach);
	tcase_add_test(up, loans_may_be_kept_until_none_is_left);
	tcase_add_test(up, loans_outlive_the_vif);
	tcase_add_test(up, room_outlives_the_vif);
	tcase_add_test(up, fifty_rounds_of_attach_and_detach);
	tcase_add_test(up, vanishing_without_a_word);
	tcase_add_test(up, several_vifs);
	tcase_add_test(up, more_vifs_than_places);
	tcase_add_test(up, a_backend_that_begins_anew);
	tcase_add_test(up, nothing_old_is_shown_to_a_new_backend);
	tcase_add_test(up, any_state_may_follow_any);
	tcase_add_test(up, does_not_keep_what_the_backend_holds);
	tcase_add_test(up, receive_index_too_far);
	tcase_add_test(up, receive_index_goes_back);
	tcase_add_test(up, transmit_index_too_far);
	tcase_add_test(up, transmit_index_found_while_sending);
	tcase_add_test(up, response_to_a_slot_out_of_range);
	tcase_add_test(up, response_to_a_slot_that_was_not_sent);
	tcase_add_test(up, response_twice);
	tcase_add_test(up, bad_receive_responses_are_dropped);
	tcase_add_test(up, a_received_page_that_is_still_held);
	tcase_add_test(up, frames_in_several_slots_are_dropped_whole);
	tcase_add_test(up, a_storm_of_events);
	tcase_add_test(up, a_muted_backend_is_heard_in_time);
	tcase_add_test(up, is_tried_again_after_a_breach);
	tcase_add_test(up, a_detached_vif_is_not_tried_again);
	tcase_add_test(up, another_backend_takes_over);
	tcase_add_loop_test(other, bad_mac, 0, sizeof(bad_macs) / sizeof(bad_macs[0]));
	tcase_add_loop_test(other, mtu, 0, sizeof(mtus) / sizeof(mtus[0]));
	tcase_add_loop_test(
		other, no_usable_backend, 0, sizeof(nobackends) / sizeof(nobackends[0]));
	tcase_add_test(other, explains_what_it_waits_for);
	tcase_add_test(other, writes_that_are_refused);
	tcase_add_test(other, a_small_guest_has_few_buffers);
	tcase_add_test(other, memory_runs_out_at_any_page);
	tcase_add_test(other, grants_run_out);
	suite_add_tcase(suite, up);
	suite_add_tcase(suite, other);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
