/* SPDX-License-Identifier: ISC */
/* Connections and their threads: see stream.h. */
#include "apps/dns/stream.h"

#include <errno.h>
#include <stdlib.h>

#include "apps/dns/framing.h"
#include "apps/dns/stay.h"
#include "apps/dns/turn.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/sched/sched.h"

#define NS_PER_S     1000000000ull
#define CHUNK        1024u /* bytes that are read at a time */
#define BACKLOG      64u
#define OTHER_MEMORY 8192u /* bytes that a connection takes beside its stack: lwIP, messages */
#define BUDGET_LEAST ((size_t)256 * 1024) /* of messages and replies of all connections */
#define TENTHS_MAX   65535u

struct stream_settings stream_settings = {
	.connections = 32, .per_client = 12, .idle = 10, .first = 5, .message = 10, .write = 10};
struct stream_stats stream_stats;

struct stream {
	struct stay stay;
	const struct stream_kind *kind;
	struct tcp_stream *tcp;
	void *ctx; /* NULL until it is open */
	struct net_addr peer;
	struct thread *reader; /* NULL before it runs */
	struct list works;
	struct wait_queue works_done;
	struct turn writers;
	struct framing frame;
	uint64_t message_since; /* when the frame's first byte came */
	bool transfers;
	bool broken; /* nothing more is sent */
	bool left;   /* to make room for others: it is in no table any more */
};

/* What has a thread of its own. */
struct work {
	struct list node;
	struct stream *stream;
	struct thread *thread; /* NULL before it runs */
	bool (*fn)(struct stream *stream, void *arg);
	void *arg;
};

static struct stay_table table;
static struct framing_budget budget;

void stream_init(void)
{
	stay_init(&table);
	budget.most = MAX(platform_memory_free() / 8, BUDGET_LEAST);
}

static uint64_t after(uint64_t seconds)
{
	return platform_time_ns() + seconds * NS_PER_S;
}

static struct stay_limits limits(void)
{
	return (struct stay_limits){.most = stream_settings.connections,
		.per_client = stream_settings.per_client,
		.idle = stream_settings.idle * NS_PER_S};
}

static uint64_t idle_time(void)
{
	const struct stay_limits now = limits();

	return stay_idle_time(&table, &now);
}

/* ---- for those who answer ---- */

void *stream_alloc(size_t size)
{
	return framing_alloc(&budget, size);
}

void stream_free(void *data, size_t size)
{
	framing_free(&budget, data, size);
}

const struct net_addr *stream_peer(const struct stream *stream)
{
	return &stream->peer;
}

bool stream_is_encrypted(const struct stream *stream)
{
	return stream->kind->encrypted;
}

enum count_transport stream_transport(const struct stream *stream)
{
	return stream->kind->encrypted ? COUNT_TLS : COUNT_TCP;
}

bool stream_may_transfer(const struct stream *stream)
{
	return stream->transfers;
}

uint16_t stream_keepalive(const struct stream *stream)
{
	(void)stream;
	return (uint16_t)MIN(idle_time() / (NS_PER_S / 10), (uint64_t)TENTHS_MAX);
}

/* What it waits for now: its client's reading, or writing, or nothing. */
static void set_state(struct stream *s, bool sending)
{
	if (sending || !list_empty(&s->works))
		stay_set(&s->stay, STAY_REPLY, platform_time_ns());
	else if (framing_begun(&s->frame))
		stay_set(&s->stay, STAY_MESSAGE, s->message_since);
	else
		stay_set(&s->stay, STAY_IDLE, platform_time_ns());
}

bool stream_send(struct stream *s, const void *data, size_t len)
{
	uint64_t deadline = after(stream_settings.write);
	int error = s->broken ? -ECONNRESET : turn_take(&s->writers, deadline);

	if (error)
		return false;
	set_state(s, true);
	if (!s->broken)
		error = s->kind->write(s->ctx, data, len, deadline);
	if (error == -ETIMEDOUT)
		stream_stats.slow++;
	if (error)
		s->broken = true;
	turn_give(&s->writers);
	return !s->broken;
}

/* ---- works ---- */

static void run_work(void *arg)
{
	struct work *work = arg;
	struct stream *s = work->stream;

	work->thread = thread_current();
	if (!work->fn(s, work->arg)) {
		s->broken = true;
		thread_cancel(s->reader);
	}
	list_remove(&work->node);
	if (!s->broken)
		set_state(s, false);
	wait_queue_wake_all(&s->works_done);
	free(work);
}

int stream_work(struct stream *s, bool (*fn)(struct stream *stream, void *arg), void *arg)
{
	struct work *work = malloc(sizeof(*work));

	if (!work)
		return -ENOMEM;
	*work = (struct work){.stream = s, .fn = fn, .arg = arg};
	list_push_back(&s->works, &work->node);
	if (thread_create(s->kind->name, s->kind->stack, run_work, work)) {
		list_remove(&work->node);
		free(work);
		return -ENOMEM;
	}
	return 0;
}

/* Those that have not begun see that it is broken. */
static void cancel_works(struct stream *s)
{
	struct list *node;

	list_for_each (node, &s->works) {
		struct work *work = container_of(node, struct work, node);

		if (work->thread)
			thread_cancel(work->thread);
	}
}

static void end_works(struct stream *s)
{
	while (!list_empty(&s->works)) {
		if (thread_is_cancelled())
			thread_uncancel();
		if (s->broken)
			cancel_works(s);
		wait_queue_wait(&s->works_done, PLATFORM_NEVER);
	}
}

/* ---- reading ---- */

/* Until when the next byte has to come. */
static uint64_t read_deadline(const struct stream *s, bool first)
{
	if (framing_begun(&s->frame))
		return s->message_since + stream_settings.message * NS_PER_S;
	return first ? after(stream_settings.first) : platform_time_ns() + idle_time();
}

/* Answers all messages that DATA completes. False ends the connection. */
static bool feed(struct stream *s, const uint8_t *data, size_t len)
{
	while (len) {
		enum framing_result result;
		size_t used;

		if (!framing_begun(&s->frame))
			s->message_since = platform_time_ns();
		result = framing_take(&s->frame, data, len, &used);
		data += used;
		len -= used;
		if (result == FRAMING_MORE)
			break;
		stay_set(&s->stay, STAY_WORK, platform_time_ns());
		stream_stats.queries[s->kind->encrypted] += result == FRAMING_WHOLE;
		if (result != FRAMING_WHOLE || !ask_stream(s, s->frame.data, s->frame.len)) {
			stream_stats.bad += !s->broken;
			return false;
		}
		framing_next(&s->frame);
	}
	set_state(s, false);
	return true;
}

/* Nothing came in time. Whether that matters: not while something is under way for the client. */
static bool is_late(const struct stream *s)
{
	if (framing_begun(&s->frame)) {
		stream_stats.slow++;
		return true;
	}
	if (!list_empty(&s->works))
		return false;
	stream_stats.idle++;
	return true;
}

static void serve(struct stream *s)
{
	uint8_t chunk[CHUNK];
	bool first = true;
	long n = 0;

	set_state(s, false);
	while (!s->broken) {
		n = s->kind->read(s->ctx, chunk, sizeof(chunk), read_deadline(s, first));
		if (n == -ETIMEDOUT && !is_late(s))
			continue;
		if (n <= 0 || !feed(s, chunk, (size_t)n))
			break;
		first = false;
		thread_yield(); /* one that asks without a pause is not the only one */
	}
	/*
	 * What was begun for a client that is done with asking is brought to its end. Who was
	 * merely idle is told of the end in order.
	 */
	if (n < 0 && (n != -ETIMEDOUT || framing_begun(&s->frame)))
		s->broken = true;
}

/* ---- a connection ---- */

static bool open_kind(struct stream *s)
{
	int error;

	if (s->broken)
		return false;
	error = s->kind->open(s->tcp, after(stream_settings.message), &s->ctx, &s->transfers);
	if (!error)
		return true;
	if (error == -ETIMEDOUT)
		stream_stats.slow++;
	else if (!s->left)
		stream_stats.bad++;
	return false;
}

static void connection(void *arg)
{
	struct stream *s = arg;
	bool opened;

	s->reader = thread_current();
	opened = open_kind(s);
	if (opened) {
		serve(s);
		end_works(s);
	}
	if (thread_is_cancelled())
		thread_uncancel();
	if (opened)
		s->kind->close(s->ctx, s->broken);
	else
		net_tcp_abort(s->tcp);
	if (!s->left)
		stay_close(&table, &s->stay);
	framing_next(&s->frame);
	free(s);
}

/* Its threads end as soon as they run; its place is free at once. */
static void push_out(struct stream *s)
{
	stream_stats.pushed++;
	stay_close(&table, &s->stay);
	s->left = s->broken = true;
	if (s->reader)
		thread_cancel(s->reader);
	cancel_works(s);
}

/* ---- who may come ---- */

static bool make_room(const struct net_addr *peer)
{
	const struct stay_limits now = limits();
	struct stay *leave;

	switch (stay_ask(&table, &now, peer->ip, platform_time_ns(), &leave)) {
	case STAY_FULL:
		stream_stats.full++;
		return false;
	case STAY_TOO_MANY:
		stream_stats.many++;
		return false;
	case STAY_WELCOME:
		break;
	}
	if (leave)
		push_out(container_of(leave, struct stream, stay));
	return true;
}

static struct stream *create(const struct stream_kind *kind, struct tcp_stream *tcp)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->kind = kind;
	s->tcp = tcp;
	net_tcp_peer(tcp, &s->peer);
	list_init(&s->works);
	wait_queue_init(&s->works_done);
	turn_init(&s->writers);
	framing_init(&s->frame, &budget);
	return s;
}

static void take(const struct stream_kind *kind, struct tcp_stream *tcp)
{
	struct net_addr peer;
	struct stream *s = NULL;

	net_tcp_peer(tcp, &peer);
	if (make_room(&peer)) {
		s = create(kind, tcp);
		if (!s || thread_create(kind->name, kind->stack, connection, s)) {
			stream_stats.full++;
			free(s);
			s = NULL;
		}
	}
	if (!s) {
		net_tcp_abort(tcp);
		return;
	}
	stream_stats.opened++;
	stay_open(&table, &s->stay, peer.ip, platform_time_ns());
}

void stream_fit_memory(const struct stream_kind *kind)
{
	uint64_t each = kind->stack + kind->heap + OTHER_MEMORY;
	uint64_t most = MAX(platform_memory_free() / 2 / each, (uint64_t)1);

	if (stream_settings.connections <= most)
		return;
	stream_settings.connections = most;
	log_warning("dns", "memory is enough for %u connections at a time", (unsigned)most);
}

int stream_serve(const struct stream_kind *kind, uint16_t port)
{
	struct tcp_listener *listener;
	struct tcp_stream *tcp;
	int error = net_tcp_listen(&listener, port, BACKLOG);

	while (!error && !(error = net_tcp_accept(listener, &tcp, PLATFORM_NEVER)))
		take(kind, tcp);
	return error;
}
