/* SPDX-License-Identifier: ISC */
/* net_tcp_connect(), frame by frame, with a peer that accepts, refuses, is silent or is not there.
 */
#include <check.h>
#include <errno.h>

#include "lib/net/net.h"
#include "lib/sched/sched.h"
#include "tests/support/check.h"
#include "tests/unit/machine.h"
#include "tests/unit/wire_peer.h"

#define MS        1000000ull
#define SECOND    1000000000ull
#define STACK     ((size_t)64 * 1024)
#define PEER_PORT 4000

/* What the peer does with a SYN. */
static enum {
	SILENT,
	ACCEPTS,
	REFUSES
} manner;

static struct peer_segment mine; /* the peer's next, to the connection it has */
static unsigned syns;

static struct {
	struct tcp_stream *stream;
	struct thread *thread;
	uint64_t deadline;
	int error;
	bool done;
} client;

static void answer_syn(const struct peer_segment *theirs)
{
	mine = (struct peer_segment){.source = PEER_IP,
		.port = PEER_PORT,
		.dest_port = theirs->port,
		.seq = 7000,
		.ack = theirs->seq + 1,
		.flags = manner == ACCEPTS ? SYN | ACK : RST | ACK,
		.window = 8000};
	if (manner == SILENT)
		return;
	peer_tcp(&mine);
	mine.seq++;
	mine.flags = ACK;
}

static void play_peer(void *arg)
{
	struct peer_segment theirs;

	(void)arg;
	while (!client.done) {
		while (peer_take_tcp(&theirs)) {
			if (!(theirs.flags & SYN))
				continue;
			ck_assert_uint_eq(theirs.dest_port, PEER_PORT);
			syns++;
			answer_syn(&theirs);
		}
		thread_sleep_until(machine.now + MS);
	}
}

static void connect_to_peer(void *arg)
{
	struct net_addr to = {.port = PEER_PORT, .netif = NET_ANY};

	(void)arg;
	memcpy(to.ip, (const uint8_t[16]){[10] = 0xff, 0xff, 10, 0, 0, 1}, 16);
	client.error = net_tcp_connect(&client.stream, &to, client.deadline);
	client.done = true;
}

static void cancel_it(void *arg)
{
	(void)arg;
	thread_sleep_until(machine.now + SECOND);
	thread_cancel(client.thread);
}

static void set_link(bool up)
{
	peer.dev.up = up;
	peer.dev.changed(&peer.dev, peer.dev.ctx);
}

static void setup(void)
{
	static bool started;

	if (!started)
		peer_start_stack();
	started = true;
	peer_forget();
	peer_arp(PEER_IP);
	peer_forget();
	syns = 0;
	memset(&client, 0, sizeof(client));
	client.deadline = machine.now + 3 * SECOND;
}

/* The outcome of a call that ends within LIMIT. */
static int connect_it(uint64_t limit)
{
	uint64_t start = machine.now;

	ck_assert_int_eq(thread_create("peer", STACK, play_peer, NULL), 0);
	ck_assert_int_eq(thread_spawn(&client.thread, "client", STACK, connect_to_peer, NULL), 0);
	sched_run_until_idle();
	ck_assert(client.done);
	thread_detach(client.thread);
	ck_assert_uint_le(machine.now - start, limit);
	return client.error;
}

/* Whether the stack answers what comes for a connection that is gone by a reset. */
static bool is_gone(void)
{
	struct peer_segment theirs;

	peer_forget();
	peer_tcp(&mine);
	return peer_take_tcp(&theirs) && theirs.flags & RST;
}

START_TEST(it_is_accepted)
{
	struct net_addr to;
	struct peer_segment theirs;

	manner = ACCEPTS;
	ck_assert_int_eq(connect_it(100 * MS), 0);
	ck_assert_ptr_nonnull(client.stream);
	ck_assert_uint_eq(syns, 1);
	net_tcp_peer(client.stream, &to);
	ck_assert_uint_eq(to.port, PEER_PORT);
	peer_forget();
	ck_assert_int_eq(net_tcp_write(client.stream, "hello", 5, PLATFORM_NEVER), 0);
	ck_assert(peer_take_tcp(&theirs));
	ck_assert_uint_eq(theirs.len, 5);
	ck_assert_mem_eq(theirs.data, "hello", 5);
	net_tcp_abort(client.stream);
	ck_assert(peer_take_tcp(&theirs) && theirs.flags & RST);
}
END_TEST

START_TEST(it_is_refused)
{
	manner = REFUSES;
	ck_assert_int_eq(connect_it(100 * MS), -ECONNREFUSED);
	ck_assert_ptr_null(client.stream);
	ck_assert_uint_eq(syns, 1);
}
END_TEST

START_TEST(nobody_answers)
{
	manner = SILENT;
	ck_assert_int_eq(connect_it(3 * SECOND + 10 * MS), -ETIMEDOUT);
	ck_assert_ptr_null(client.stream);
	ck_assert_uint_ge(syns, 2);
	/* An answer that is too late finds no connection. */
	mine.flags = SYN | ACK;
	ck_assert(is_gone());
}
END_TEST

/* TCP itself gives up, if the caller does not. */
START_TEST(tcp_gives_up)
{
	manner = SILENT;
	client.deadline = PLATFORM_NEVER;
	ck_assert_int_eq(connect_it(300 * SECOND), -ETIMEDOUT);
	ck_assert_uint_ge(syns, 3);
}
END_TEST

START_TEST(no_way_there)
{
	manner = ACCEPTS;
	set_link(false);
	ck_assert_int_eq(connect_it(10 * MS), -ENETUNREACH);
	ck_assert_uint_eq(syns, 0);
	set_link(true);
}
END_TEST

START_TEST(it_is_cancelled)
{
	manner = SILENT;
	ck_assert_int_eq(thread_create("cancel", STACK, cancel_it, NULL), 0);
	ck_assert_int_eq(connect_it(SECOND + 10 * MS), -ECANCELED);
	ck_assert_ptr_null(client.stream);
	mine.flags = SYN | ACK;
	ck_assert(is_gone());
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net connect");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, it_is_accepted);
	tcase_add_test(all, it_is_refused);
	tcase_add_test(all, nobody_answers);
	tcase_add_test(all, tcp_gives_up);
	tcase_add_test(all, no_way_there);
	tcase_add_test(all, it_is_cancelled);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
