/* SPDX-License-Identifier: ISC */
/*
 * Secondaries: one thread watches all timers, and starts a thread for each zone whose primary is to
 * be asked, a few at a time. It asks for the SOA over TCP and, if that is newer, for the zone.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dns/roles.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/wire.h"
#include "lib/dns/tsig.h"
#include "lib/dns/xfr_in.h"

#define NS_PER_S    1000000000ull
#define CONNECT_S   5   /* seconds until a connection must be there */
#define ANSWER_S    15  /* ... until a message must be there whole */
#define TRANSFER_S  900 /* ... until a transfer must be over */
#define WORKERS_MAX 4
#define STACK       ((size_t)32 * 1024)
#define QUERY_MAX   1024
#define MESSAGE_MAX 65535u

static struct wait_queue sleepers = {LIST_INIT(sleepers.waiters)};
static bool woken;
static unsigned workers;

static uint64_t after(uint64_t seconds)
{
	return platform_time_ns() + seconds * NS_PER_S;
}

static uint32_t random_u32(void)
{
	uint32_t value;

	platform_random(&value, sizeof(value));
	return value;
}

/* ---- one exchange with a primary ---- */

struct session {
	struct role *role;
	const struct dns_peer *primary;
	struct tcp_stream *stream;
	struct dns_tsig tsig;
	uint64_t deadline;
	const char *why;  /* it failed */
	uint8_t *message; /* MESSAGE_MAX bytes */
	size_t len;
};

static int fail(struct session *s, const char *why)
{
	s->why = why;
	return -EIO;
}

static const char *connect_error(int error)
{
	switch (error) {
	case -ECONNREFUSED:
		return "connection refused";
	case -ENETUNREACH:
		return "no way there";
	case -ETIMEDOUT:
		return "no answer";
	default:
		return "no memory for a connection";
	}
}

static int open_session(struct session *s)
{
	struct net_addr to = {.port = s->primary->port, .netif = NET_ANY};
	int error;

	memcpy(to.ip, s->primary->ip, sizeof(to.ip));
	error = net_tcp_connect(&s->stream, &to, after(CONNECT_S));
	if (error) {
		s->stream = NULL;
		return fail(s, connect_error(error));
	}
	return 0;
}

static void close_session(struct session *s)
{
	if (s->stream)
		net_tcp_close(s->stream);
	s->stream = NULL;
}

/* Sends the question of LEN bytes in s->message, behind room for its prefix. */
static int ask(struct session *s, uint8_t query[QUERY_MAX], size_t len)
{
	dns_tsig_init(&s->tsig, s->primary->key);
	if (dns_tsig_sign(&s->tsig, query + 2, &len, QUERY_MAX - 2, platform_wall_ns() / NS_PER_S))
		return fail(s, "the question is too long");
	wire_set_u16(query, (uint16_t)len);
	if (net_tcp_write(s->stream, query, len + 2, after(ANSWER_S)))
		return fail(s, "the connection ends");
	return 0;
}

static bool read_all(struct session *s, uint8_t *data, size_t len)
{
	uint64_t deadline = MIN(after(ANSWER_S), s->deadline);

	while (len) {
		long n = net_tcp_read(s->stream, data, len, deadline);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* The next message of the answer, its signature verified and gone. */
static int receive(struct session *s)
{
	enum dns_tsig_result result;
	uint8_t prefix[2];

	if (!read_all(s, prefix, 2))
		return fail(s, "the answer breaks off");
	s->len = (size_t)prefix[0] << 8 | prefix[1];
	if (!read_all(s, s->message, s->len))
		return fail(s, "the answer breaks off");
	result = dns_tsig_verify(&s->tsig, s->message, &s->len, platform_wall_ns() / NS_PER_S);
	return result == DNS_TSIG_VALID ? 0 : fail(s, dns_tsig_text(result));
}

/* The serial that the primary has. */
static int ask_serial(struct session *s, uint32_t *serial)
{
	uint8_t query[QUERY_MAX];
	uint16_t id = (uint16_t)random_u32();
	size_t len = dns_soa_query(&s->role->name, id, query + 2, sizeof(query) - 2);
	int error = open_session(s);

	if (!error)
		error = ask(s, query, len);
	if (!error)
		error = receive(s);
	if (!error && dns_tsig_pending(&s->tsig))
		error = fail(s, "the answer is not signed");
	if (!error && dns_soa_answer(&s->role->name, id, s->message, s->len, serial))
		error = fail(s, "the answer has no SOA with authority");
	close_session(s);
	return error;
}

static enum dns_xfr_result transfer(struct session *s, struct dns_xfr_in *in)
{
	enum dns_xfr_result result = DNS_XFR_MORE;
	uint8_t query[QUERY_MAX];
	size_t len = dns_xfr_in_query(in, (uint16_t)random_u32(), query + 2, sizeof(query) - 2);

	s->deadline = after(TRANSFER_S);
	if (open_session(s) || ask(s, query, len))
		return DNS_XFR_FAILED;
	while (result == DNS_XFR_MORE) {
		if (receive(s))
			return DNS_XFR_FAILED;
		result = dns_xfr_in_take(in, s->message, s->len);
		thread_yield();
	}
	if (result == DNS_XFR_FAILED)
		s->why = in->why;
	if ((result == DNS_XFR_ZONE || result == DNS_XFR_CHANGES) && dns_tsig_pending(&s->tsig)) {
		s->why = "the transfer's end is not signed";
		return DNS_XFR_FAILED;
	}
	return result;
}

/* ---- a zone and its primaries ---- */

static void say(const struct session *s, const char *how, uint32_t records)
{
	log_info("dns", "zone %s serial %u: %s, %u records, %zu KiB", s->role->text,
		(unsigned)dns_zone_serial(s->role->zone), how, (unsigned)records,
		dns_zone_memory(s->role->zone) / 1024);
}

static int take_zone(struct session *s, struct dns_xfr_in *in)
{
	struct role *role = s->role;
	int error = role_lock(role);

	if (error)
		return fail(s, "the zone is no longer served");
	if (role_put_zone(role, in->zone))
		error = fail(s, "no memory");
	if (!error) {
		in->zone = NULL;
		dns_journal_clear(&role->journal);
		say(s, "transferred", in->records);
		role_changed(role);
	}
	role_unlock(role);
	return error;
}

/* Asks for the zone, at first for what is new. 0, or why not. */
static int fetch(struct session *s, bool incremental)
{
	struct role *role = s->role;
	bool have = role_is_served(role) || role->timers.have;
	uint32_t serial = have ? dns_zone_serial(role->zone) : 0;
	struct dns_xfr_in *in = malloc(sizeof(*in));
	enum dns_xfr_result result;
	int error = 0;

	if (!in)
		return fail(s, "no memory");
	dns_xfr_in_begin(in, &role->name, incremental && have, have, serial, role_limit(role));
	in->pause = thread_yield;
	result = transfer(s, in);
	close_session(s);
	if (result == DNS_XFR_ZONE) {
		error = take_zone(s, in);
	} else if (result == DNS_XFR_CHANGES) {
		struct dns_change *changes = in->changes;
		uint32_t records = in->records;

		in->changes = NULL;
		error = change_apply(role, changes);
		if (error)
			s->why = "the differences do not fit";
		else
			say(s, "changed by transfer", records);
	} else if (result != DNS_XFR_CURRENT) {
		error = -EIO;
	}
	incremental = in->incremental;
	dns_xfr_in_end(in);
	free(in);
	return error && incremental && !role->dead ? fetch(s, false) : error;
}

/* Asks one primary. 0: the zone is as new as it has it. */
static int ask_primary(struct session *s)
{
	struct role *role = s->role;
	uint32_t serial;
	int error = ask_serial(s, &serial);

	if (error)
		return error;
	if (role->timers.have && !dns_serial_newer(serial, dns_zone_serial(role->zone))) {
		if (serial != dns_zone_serial(role->zone))
			return fail(s, "its serial is older than ours");
		return 0;
	}
	return fetch(s, true);
}

static void say_failed(const struct session *s)
{
	struct net_addr addr = {.port = s->primary->port};
	char text[46];

	memcpy(addr.ip, s->primary->ip, sizeof(addr.ip));
	net_addr_format(&addr, text);
	log_warning("dns", "zone %s: primary %s port %u: %s", s->role->text, text,
		(unsigned)addr.port, s->why ? s->why : "failed");
}

static void refresh(struct role *role, uint8_t *message)
{
	const struct dns_peers *primaries = &role->rules->primaries;
	struct session s = {.role = role, .message = message};
	int error = -EIO;

	for (unsigned i = 0; i < primaries->count && error && !role->dead; i++) {
		/* Modulo: a catalog may have given it other rules. */
		s.primary = &primaries->peer[role->primary % primaries->count];
		s.deadline = after(ANSWER_S);
		s.why = NULL;
		error = ask_primary(&s);
		if (error) {
			say_failed(&s);
			role->primary++;
		}
	}
	if (error || role->dead) {
		dns_secondary_failure(&role->timers, platform_time_ns(), random_u32());
		return;
	}
	role->expired = false;
	role->zone->state &= (uint8_t)~DNS_ZONE_EXPIRED;
	dns_secondary_success(&role->timers, role->zone, platform_time_ns(), random_u32());
}

static void work(void *arg)
{
	struct role *role = arg;
	uint8_t *message = malloc(MESSAGE_MAX);

	if (message)
		refresh(role, message);
	else
		dns_secondary_failure(&role->timers, platform_time_ns(), random_u32());
	free(message);
	workers--;
	refresh_wake();
}

/* ---- the watch ---- */

static void start_work(struct role *role)
{
	uint64_t now = platform_time_ns();

	if (!dns_secondary_start(&role->timers, now))
		return;
	if (thread_create("dns/refresh", STACK, work, role))
		dns_secondary_failure(&role->timers, now, random_u32());
	else
		workers++;
}

static void expire(struct role *role)
{
	role->zone->state |= DNS_ZONE_EXPIRED;
	role->expired = true;
	log_warning("dns", "zone %s: expired: no primary has confirmed it for %u s", role->text,
		(unsigned)role->timers.expire);
}

/* What is due for ROLE; when to come back to it. */
static uint64_t turn(struct role *role, uint64_t now)
{
	uint64_t due = tell_turn(role, now), own;

	if (!role_is_secondary(role))
		return due;
	if (!role->expired && dns_secondary_expired(&role->timers, now))
		expire(role);
	if (workers < WORKERS_MAX)
		start_work(role);
	else if (now >= role->timers.next)
		return due; /* a worker that ends wakes the watch */
	own = dns_secondary_due(&role->timers, now);
	return MIN(due, own);
}

static void watch(void *arg)
{
	(void)arg;
	/* Without an address of our own the first questions would but fail. */
	net_wait_ready(PLATFORM_NEVER);
	for (;;) {
		uint64_t due = PLATFORM_NEVER, now = platform_time_ns(), own;
		struct list *node, *next;

		woken = false;
		list_for_each_safe (node, next, &roles) {
			struct role *role = container_of(node, struct role, node);

			if (role->dead) {
				role_bury(role);
				continue;
			}
			own = turn(role, now);
			due = MIN(due, own);
		}
		if (!woken)
			wait_queue_wait(&sleepers, due);
	}
}

void refresh_wake(void)
{
	woken = true;
	wait_queue_wake_all(&sleepers);
}

int refresh_start(void)
{
	return thread_create("dns/watch", STACK, watch, NULL);
}
