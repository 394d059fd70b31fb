/* SPDX-License-Identifier: ISC */
/*
 * What netfront does with a backend that offers more than the least: frames in pieces, joined
 * segments, blank checksums, split channels, multicast groups; each feature alone and missing; and
 * a backend that lies about them.
 */
#include "drivers/netfront.h"

#include "tests/support/check.h"
#include "tests/unit/netfront_run.h"

#define OFFLOADS_ALL (NETDEV_CSUM4 | NETDEV_CSUM6 | NETDEV_PIECES | NETDEV_GSO4 | NETDEV_GSO6)

static uint8_t large[NETDEV_TOTAL_MAX]; /* a frame of any length: headers, then a pattern */

static void make_large(bool ipv6)
{
	memcpy(large, frame, 14);
	for (size_t i = 14; i < sizeof(large); i++)
		large[i] = (uint8_t)(i * 7 + i / 251);
	large[12] = ipv6 ? 0x86 : 0x08;
	large[13] = ipv6 ? 0xdd : 0x00;
}

static void attach_offering(const char *key, const char *value)
{
	char path[128];

	fakenetback_attach(back, 0, "2");
	fakenetback_offer_all(back);
	snprintf(path, sizeof(path), "%s/%s", back->back, key);
	if (value)
		fakestore_write(path, value);
	else
		fakestore_remove(path);
	settle();
	dev = netdev_get(0);
	ck_assert(dev->up && back->connected);
}

static void begin_offering(void)
{
	make_large(false);
	boot();
	fakestore_write("device/vif/0/mtu", "9000");
	attach_offering("feature-rx-copy", "1");
}

/* Builds LEN bytes of LARGE in as many pieces as that takes. */
static bool build(size_t len, struct netdev_offload offload)
{
	uint8_t *room = netdev_tx_begin(dev);

	for (size_t at = 0; at < len; at += NETDEV_PIECE_MAX) {
		size_t part = len - at < NETDEV_PIECE_MAX ? len - at : NETDEV_PIECE_MAX;

		if (at)
			room = netdev_tx_more(dev);
		if (!room) {
			netdev_tx_commit(dev, 0);
			return false;
		}
		memcpy(room, large + at, part);
	}
	netdev_tx_commit_offload(dev, len, offload);
	return true;
}

static struct fakenetback_told check_sent(size_t len)
{
	static uint8_t out[NETDEV_TOTAL_MAX];
	struct fakenetback_told told;

	ck_assert_uint_eq(fakenetback_receive_told(back, out, sizeof(out), 0, &told), len);
	ck_assert_mem_eq(out, large, len);
	return told;
}

/* ---- what is agreed on ---- */

START_TEST(agrees_on_everything)
{
	ck_assert_uint_eq(dev->offloads, OFFLOADS_ALL);
	ck_assert_str_eq(fakestore_read("device/vif/0/feature-gso-tcpv4"), "1");
	ck_assert_str_eq(fakestore_read("device/vif/0/feature-gso-tcpv6"), "1");
	ck_assert_ptr_nonnull(fakestore_read("device/vif/0/event-channel-tx"));
	ck_assert_ptr_null(fakestore_read("device/vif/0/event-channel"));
	ck_assert_uint_ne(back->port, back->tx_port);
	ck_assert_uint_eq(fakexen_ports_open(), 4);
}
END_TEST

static const struct {
	const char *key, *value;
	unsigned missing;
} offers[] = {
	{"feature-sg", NULL, NETDEV_PIECES | NETDEV_GSO4 | NETDEV_GSO6},
	{"feature-sg", "0", NETDEV_PIECES | NETDEV_GSO4 | NETDEV_GSO6},
	{"feature-sg", "yes", NETDEV_PIECES | NETDEV_GSO4 | NETDEV_GSO6},
	{"feature-gso-tcpv4", NULL, NETDEV_GSO4},
	{"feature-gso-tcpv6", "", NETDEV_GSO6},
	{"feature-ipv6-csum-offload", NULL, NETDEV_CSUM6 | NETDEV_GSO6},
	{"feature-no-csum-offload", "1", NETDEV_CSUM4 | NETDEV_GSO4},
	{"feature-split-event-channels", "-1", 0},
	{"feature-multicast-control", "99999999999999999999", 0},
};

/* Each feature missing, or with a value that says nothing: the rest is used, frames flow. */
START_TEST(does_without_a_feature)
{
	make_large(false);
	boot();
	attach_offering(offers[_i].key, offers[_i].value);
	ck_assert_uint_eq(dev->offloads, OFFLOADS_ALL & ~offers[_i].missing);
	ck_assert(build(100, (struct netdev_offload){0}));
	netdev_tx_flush(dev);
	check_sent(100);
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
}
END_TEST

START_TEST(large_mtu_needs_pieces)
{
	boot();
	fakenetback_attach(back, 0, "2");
	fakestore_write("device/vif/0/mtu", "9000");
	settle();
	dev = netdev_get(0);
	ck_assert(dev->up);
	ck_assert_uint_eq(dev->mtu, 1500);
}
END_TEST

START_TEST(a_small_guest_takes_no_pieces)
{
	fakexen_memory = 3u << 20;
	boot();
	attach_offering("feature-rx-copy", "1");
	ck_assert_str_eq(fakestore_read("device/vif/0/feature-sg"), "0");
	ck_assert_str_eq(fakestore_read("device/vif/0/feature-gso-tcpv4"), "0");
	make_large(false);
	ck_assert(fakenetback_send_pieces(back, large, 9000, 4096, 0, 0, false));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert_uint_eq(dev->stats.rx_bad, 1);
}
END_TEST

/* ---- sending ---- */

START_TEST(sends_pieces)
{
	static const size_t lens[] = {14, 1514, 4094, 4095, 8188, 9014, 65535};

	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct fakenetback_told told;

		ck_assert(build(lens[i], (struct netdev_offload){0}));
		netdev_tx_flush(dev);
		told = check_sent(lens[i]);
		ck_assert_uint_eq(told.pieces, (lens[i] + 4093) / 4094);
		ck_assert_uint_eq(told.flags & ~NETTXF_more_data, 0);
	}
	settle();
	ck_assert_uint_eq(dev->stats.tx_frames, 7);
	ck_assert_uint_eq(dev->stats.tx_dropped, 0);
}
END_TEST

START_TEST(sends_blank_checksums)
{
	struct fakenetback_told told;

	ck_assert(build(200, (struct netdev_offload){.flags = NETDEV_CSUM_BLANK}));
	netdev_tx_flush(dev);
	told = check_sent(200);
	ck_assert_uint_eq(told.flags, NETTXF_csum_blank | NETTXF_data_validated);
	ck_assert_uint_eq(told.gso_size, 0);
}
END_TEST

START_TEST(sends_segments)
{
	struct netdev_offload offload = {.flags = NETDEV_CSUM_BLANK, .gso_size = 1448};

	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct fakenetback_told told;

		make_large(ipv6);
		ck_assert(build(60000, offload));
		ck_assert(build(100, (struct netdev_offload){0}));
		netdev_tx_flush(dev);
		told = check_sent(60000);
		ck_assert_uint_eq(told.gso_size, 1448);
		ck_assert_uint_eq(
			told.gso_type, ipv6 ? XEN_NETIF_GSO_TYPE_TCPV6 : XEN_NETIF_GSO_TYPE_TCPV4);
		told = check_sent(100);
		ck_assert_uint_eq(told.gso_size, 0);
		settle();
	}
}
END_TEST

/* The ring's entries run out before the pages do: nothing is lost or sent in part. */
START_TEST(ring_fills_and_empties)
{
	struct netdev_offload offload = {.flags = NETDEV_CSUM_BLANK, .gso_size = 1000};
	unsigned sent, taken = 0;

	for (unsigned round = 0; round < 20; round++) {
		size_t len = 5000 + round * 3000;

		for (sent = 0; build(len, offload); sent++)
			;
		ck_assert_uint_ge(sent, 256 / (len / 4094 + 2) - 1);
		netdev_tx_flush(dev);
		for (; sent; sent--, taken++)
			ck_assert_uint_eq(check_sent(len).gso_size, 1000);
		settle();
	}
	ck_assert_uint_eq(dev->stats.tx_frames, taken);
}
END_TEST

START_TEST(pieces_come_back_unsent)
{
	for (unsigned i = 0; i < 100; i++) {
		uint8_t *room = netdev_tx_begin(dev);

		ck_assert_ptr_nonnull(room);
		for (unsigned j = 1; j < NETFRONT_PIECES; j++)
			ck_assert_ptr_nonnull(netdev_tx_more(dev));
		ck_assert_ptr_null(netdev_tx_more(dev));
		if (i % 3 == 0)
			netdev_tx_commit(dev, 0);
		else if (i % 3 == 1)
			ck_assert_ptr_eq(netdev_tx_begin(dev), room); /* begun anew */
		else
			netdev_tx_commit(dev, 14); /* a piece was enough */
		netdev_tx_commit(dev, 0);
	}
	netdev_tx_flush(dev);
	ck_assert_uint_eq(dev->stats.tx_frames, 33);
}
END_TEST

START_TEST(pieces_outlive_the_vif)
{
	uint8_t *room = netdev_tx_begin(dev), *more = netdev_tx_more(dev);

	ck_assert(room && more);
	fakenetback_vanish(back);
	settle();
	memset(more, 1, NETDEV_PIECE_MAX); /* ASan would tell */
	ck_assert_ptr_null(netdev_tx_more(dev));
	netdev_tx_commit(dev, 5000);
	ck_assert_uint_eq(dev->stats.tx_dropped, 1);
	check_gone();
}
END_TEST

START_TEST(extra_response_that_was_not_sent)
{
	ck_assert(build(60, (struct netdev_offload){0}));
	netdev_tx_flush(dev);
	back->tx->ring[0].rsp = (struct netif_tx_response){.id = 0, .status = NETIF_RSP_NULL};
	back->tx->rsp_prod = 1;
	fakenetback_notify(back);
	settle();
	ck_assert(!dev->up);
}
END_TEST

/* ---- receiving ---- */

START_TEST(receives_pieces)
{
	static const size_t pieces[] = {200, 4096, 1000};

	for (unsigned i = 0; i < 3; i++) {
		ck_assert(fakenetback_send_pieces(back, large, i == 0 ? 3000 : 9014, pieces[i],
			NETRXF_data_validated, 0, false));
		settle();
		ck_assert_uint_eq(got.frames, i + 1);
		ck_assert_uint_eq(got.last_len, i == 0 ? 3000 : 9014);
		ck_assert_mem_eq(got.last, large, got.last_len);
		ck_assert_uint_eq(got.last_flags, NETDEV_CSUM_OK);
		ck_assert_uint_eq(got.last_gso, 0);
		ck_assert_uint_eq(fakenetback_posted(back), 256);
	}
}
END_TEST

START_TEST(receives_joined_segments)
{
	for (unsigned i = 1; i <= 300; i++) {
		ck_assert(fakenetback_send_pieces(back, large, 65535, 4096,
			NETRXF_csum_blank | NETRXF_data_validated, 1448, i & 1));
		settle();
		ck_assert_uint_eq(got.frames, i);
		ck_assert_uint_eq(got.last_len, 65535);
		ck_assert_uint_eq(got.last_pieces, 16);
		ck_assert_uint_eq(got.last_gso, 1448);
	}
	ck_assert_mem_eq(got.last, large, got.last_len);
}
END_TEST

/* A frame may be seen in part: the rest comes with a later index. */
START_TEST(a_frame_in_two_turns)
{
	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_more_data, 100));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert(fakenetback_respond(back, 0, 0, 0, 50));
	settle();
	ck_assert_uint_eq(got.frames, 1);
	ck_assert_uint_eq(got.last_len, 150);
}
END_TEST

START_TEST(a_frame_that_never_ends)
{
	for (unsigned i = 0; i < 1000; i++) {
		ck_assert(fakenetback_respond(back, 0, 0, NETRXF_more_data, 4096));
		settle();
	}
	ck_assert_uint_eq(fakenetback_posted(back), 256);
	ck_assert(fakenetback_respond(back, 0, 0, 0, 50));
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
	ck_assert_uint_eq(dev->stats.rx_bad, 1);
}
END_TEST

START_TEST(extra_information_that_never_ends)
{
	struct netif_extra_info extra = {
		.type = XEN_NETIF_EXTRA_TYPE_HASH, .flags = XEN_NETIF_EXTRA_FLAG_MORE};

	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_extra_info, 100));
	for (unsigned i = 0; i < 1000; i++) {
		back->rx_cons++;
		memcpy(&back->rx->ring[back->rx_rsp++ % 256], &extra, sizeof(extra));
		back->rx->rsp_prod = back->rx_rsp;
		fakenetback_notify(back);
		settle();
	}
	ck_assert_uint_eq(got.frames, 0);
	ck_assert_uint_eq(fakenetback_posted(back), 255);
	fakenetback_vanish(back);
	settle();
	check_gone();
}
END_TEST

static const struct {
	uint8_t type, gso_type;
	uint16_t size;
	unsigned frames;
} extras[] = {
	{XEN_NETIF_EXTRA_TYPE_GSO, XEN_NETIF_GSO_TYPE_TCPV4, 1448, 1},
	{XEN_NETIF_EXTRA_TYPE_GSO, XEN_NETIF_GSO_TYPE_TCPV4, 0, 0},
	{XEN_NETIF_EXTRA_TYPE_GSO, XEN_NETIF_GSO_TYPE_NONE, 1448, 0},
	{XEN_NETIF_EXTRA_TYPE_GSO, 77, 1448, 0},
	{XEN_NETIF_EXTRA_TYPE_NONE, 0, 0, 0},
	{XEN_NETIF_EXTRA_TYPE_MAX, 0, 0, 0},
	{255, 255, 65535, 0},
	{XEN_NETIF_EXTRA_TYPE_HASH, 0, 0, 1},
};

START_TEST(extra_information)
{
	struct netif_extra_info extra = {.type = extras[_i].type};

	extra.u.gso.size = extras[_i].size;
	extra.u.gso.type = extras[_i].gso_type;
	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_extra_info | NETRXF_more_data, 100));
	back->rx_cons++;
	memcpy(&back->rx->ring[back->rx_rsp++ % 256], &extra, sizeof(extra));
	back->rx->rsp_prod = back->rx_rsp;
	ck_assert(fakenetback_respond(back, 0, 0, 0, 100));
	settle();
	ck_assert_uint_eq(got.frames, extras[_i].frames);
	ck_assert_uint_eq(dev->stats.rx_bad, 1 - extras[_i].frames);
	ck_assert_uint_eq(fakenetback_posted(back), 256);
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, extras[_i].frames + 1);
}
END_TEST

static const struct {
	int16_t first, second;
	uint16_t offset;
} bad_pieces[] = {{13, 100, 0}, {100, 0, 0}, {100, -1, 0}, {100, 100, 3997}, {100, 4097, 0},
	{-1, 100, 0}, {100, INT16_MAX, 0}};

START_TEST(bad_piece)
{
	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_more_data, bad_pieces[_i].first));
	ck_assert(fakenetback_respond(
		back, 0, bad_pieces[_i].offset, NETRXF_more_data, bad_pieces[_i].second));
	ck_assert(fakenetback_respond(back, 0, 0, 0, 100));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert_uint_eq(dev->stats.rx_bad, 1);
	ck_assert_uint_eq(fakenetback_posted(back), 256);
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
}
END_TEST

/* Longer than the MTU allows, and not said to be joined. */
START_TEST(too_long_without_a_reason)
{
	ck_assert(fakenetback_send_pieces(back, large, 9015, 4096, 0, 0, false));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert_uint_eq(dev->stats.rx_bad, 1);
}
END_TEST

START_TEST(a_held_page_within_a_frame)
{
	struct netif_rx_request second = back->rx->ring[1].req;

	ck_assert_ptr_nonnull(fakexen_map_grant(0, second.gref, true));
	ck_assert(fakenetback_send_pieces(back, large, 9000, 4096, 0, 0, false));
	settle();
	ck_assert_uint_eq(got.frames, 0);
	ck_assert(!dev->up);
	ck_assert_uint_eq(gnttab_stats.quarantined, 1);
	fakexen_unmap_grant(second.gref);
	fakenetback_vanish(back);
	settle();
	(void)gnttab_reap();
	check_gone();
}
END_TEST

/* Gone in the middle of a frame: its pages are not lost. */
START_TEST(the_vif_goes_within_a_frame)
{
	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_more_data, 4096));
	settle();
	ck_assert(fakenetback_respond(back, 0, 0, NETRXF_more_data | NETRXF_extra_info, 4096));
	settle();
	fakenetback_vanish(back);
	settle();
	check_gone();
	attach_offering("feature-rx-copy", "1");
	ck_assert(fakenetback_send(back, frame, 60, 0));
	settle();
	ck_assert_uint_eq(got.frames, 1);
}
END_TEST

START_TEST(loans_of_pieces_outlive_the_vif)
{
	got.keep = true;
	ck_assert(fakenetback_send_pieces(back, large, 20000, 4096, 0, 1448, false));
	settle();
	ck_assert_uint_eq(got.kept_count, 5);
	fakenetback_vanish(back);
	settle();
	ck_assert_mem_eq(got.kept[4]->data, large + 4 * 4096, 20000 - 4 * 4096);
	while (got.kept_count)
		netdev_frame_release(got.kept[--got.kept_count]);
	check_gone();
}
END_TEST

/* ---- groups ---- */

static const uint8_t group[6] = {0x33, 0x33, 0, 0, 0, 1};

static void join(unsigned from, unsigned count)
{
	uint8_t mac[6];

	for (unsigned i = from; i < from + count; i++) {
		memcpy(mac, group, 6);
		mac[5] = (uint8_t)i;
		netdev_multicast(dev, mac);
		netdev_multicast(dev, mac); /* once is enough */
	}
}

static void let_backend_read(void)
{
	uint8_t out[2048];

	netdev_tx_flush(dev);
	while (fakenetback_receive(back, out, sizeof(out), 0))
		;
	settle();
}

/* The stack joins when it first sees the device: before the backend is connected. */
static void hear_and_join(struct netdev *device, void *ctx)
{
	hear(device, ctx);
	netdev_multicast(device, group);
}

static void begin_joined(void)
{
	boot();
	netdev_set_listener(hear_and_join, NULL);
	attach_offering("feature-rx-copy", "1");
	let_backend_read();
}

START_TEST(tells_groups)
{
	ck_assert_str_eq(fakestore_read("device/vif/0/request-multicast-control"), "1");
	ck_assert_uint_eq(back->group_count, 1);
	ck_assert_mem_eq(back->groups[0], group, 6);
	join(2, 10);
	let_backend_read();
	ck_assert_uint_eq(back->group_count, 11);
	restart_backend("2");
	settle();
	let_backend_read();
	ck_assert_uint_eq(back->group_count, 11); /* told anew */
}
END_TEST

START_TEST(no_groups_no_filter)
{
	ck_assert_str_eq(fakestore_read("device/vif/0/request-multicast-control"), "0");
}
END_TEST

START_TEST(a_filter_that_is_full_is_given_up)
{
	back->group_max = 3;
	join(2, 10);
	let_backend_read();
	ck_assert_uint_eq(back->group_count, 3);
	ck_assert_str_eq(fakestore_read("device/vif/0/request-multicast-control"), "0");
	ck_assert(dev->up);
}
END_TEST

/* More groups than we keep: the same. */
START_TEST(too_many_groups)
{
	join(2, NETFRONT_GROUPS + 1);
	let_backend_read();
	ck_assert_str_eq(fakestore_read("device/vif/0/request-multicast-control"), "0");
	ck_assert(dev->up);
}
END_TEST

/* One that samples the request once is closed and opened again without it. */
START_TEST(a_filter_that_cannot_be_given_up)
{
	boot();
	netdev_set_listener(hear_and_join, NULL);
	attach_offering("feature-dynamic-multicast-control", NULL);
	back->group_max = 1;
	join(2, 3);
	let_backend_read();
	ck_assert(dev->up && back->connected);
	ck_assert_str_eq(fakestore_read("device/vif/0/request-multicast-control"), "0");
}
END_TEST

static Suite *netfront_offload_suite(void)
{
	Suite *suite = suite_create("netfront_offload");
	TCase *up = tcase_create("up"), *other = tcase_create("other"),
	      *joined = tcase_create("groups");

	tcase_set_timeout(up, 60);
	tcase_add_checked_fixture(up, begin_offering, NULL);
	tcase_add_test(up, agrees_on_everything);
	tcase_add_test(up, sends_pieces);
	tcase_add_test(up, sends_blank_checksums);
	tcase_add_test(up, sends_segments);
	tcase_add_test(up, ring_fills_and_empties);
	tcase_add_test(up, pieces_come_back_unsent);
	tcase_add_test(up, pieces_outlive_the_vif);
	tcase_add_test(up, extra_response_that_was_not_sent);
	tcase_add_test(up, receives_pieces);
	tcase_add_test(up, receives_joined_segments);
	tcase_add_test(up, a_frame_in_two_turns);
	tcase_add_test(up, a_frame_that_never_ends);
	tcase_add_test(up, extra_information_that_never_ends);
	tcase_add_loop_test(up, extra_information, 0, sizeof(extras) / sizeof(extras[0]));
	tcase_add_loop_test(up, bad_piece, 0, sizeof(bad_pieces) / sizeof(bad_pieces[0]));
	tcase_add_test(up, too_long_without_a_reason);
	tcase_add_test(up, a_held_page_within_a_frame);
	tcase_add_test(up, the_vif_goes_within_a_frame);
	tcase_add_test(up, loans_of_pieces_outlive_the_vif);
	tcase_add_test(up, no_groups_no_filter);
	tcase_add_loop_test(other, does_without_a_feature, 0, sizeof(offers) / sizeof(offers[0]));
	tcase_add_test(other, large_mtu_needs_pieces);
	tcase_add_test(other, a_small_guest_takes_no_pieces);
	tcase_add_test(other, a_filter_that_cannot_be_given_up);
	tcase_add_checked_fixture(joined, begin_joined, NULL);
	tcase_add_test(joined, tells_groups);
	tcase_add_test(joined, a_filter_that_is_full_is_given_up);
	tcase_add_test(joined, too_many_groups);
	suite_add_tcase(suite, up);
	suite_add_tcase(suite, other);
	suite_add_tcase(suite, joined);
	return suite;
}

int main(void)
{
	return check_run(netfront_offload_suite());
}
