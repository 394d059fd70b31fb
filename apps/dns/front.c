/* SPDX-License-Identifier: ISC */
/* Transfers, updates, notifications and signatures, as they come in: see front.h. */
#include "apps/dns/front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apps/dns/guard.h"
#include "apps/dns/roles.h"
#include "apps/dns/serve.h"
#include "apps/dns/stream.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/wire.h"
#include "lib/dns/message.h"
#include "lib/dns/notify.h"
#include "lib/dns/options.h"
#include "lib/dns/tsig.h"
#include "lib/dns/types.h"
#include "lib/dns/update.h"
#include "lib/dns/xfr_out.h"

#define NS_PER_S      1000000000ull
#define HEADER        12u
#define PREFIX        2u
#define STREAMS_MAX   8u    /* transfers at a time */
#define DATAGRAM_MAX  4096u /* longest datagram that is read here */
#define UPDATES_MAX   32u   /* datagrams that wait */
#define UPDATES_STACK ((size_t)48 * 1024)

struct front_stats front_stats;

static struct dns_server *server;
static struct udp_socket *socket;
static unsigned streams;

/* The key of who asks just now (guard_client has his address), if his message is signed. */
static const struct dns_tsig_key *asker_key;

/* One message and what becomes of it. */
struct exchange {
	const struct net_addr *from;
	enum dns_transport transport;
	uint8_t *message; /* without its TSIG */
	size_t len;
	struct dns_tsig tsig;
	uint8_t *reply;
	size_t size;
	struct role *role;
	struct stream *stream; /* NULL for a datagram */
	struct dns_wishes wishes;
	bool trusted; /* its signature is right */
};

enum outcome {
	NOTHING, /* yet: an update waits; or it was an answer to us */
	DROPPED,
	REPLY,    /* x->len bytes are in x->reply, unsigned */
	TRANSFER, /* x->role's zone */
	UPDATE,   /* x->role's zone */
};

/* ---- what is plain ---- */

/* One question that is no transfer, and nothing behind it but OPT. */
bool front_is_plain(const uint8_t *message, size_t len)
{
	size_t at = HEADER;
	uint16_t type;

	if (len < HEADER + 5)
		return true; /* nothing to be found in it */
	if (message[2] & 0xf8)
		return false;
	while (at < len && message[at] && message[at] < 64)
		at += (size_t)message[at] + 1;
	if (at + 5 > len)
		return true;
	type = wire_u16(message + at + 1);
	if (type == DNS_AXFR || type == DNS_IXFR)
		return false;
	if (!message[10] && !message[11])
		return true;
	at += 5;
	return message[10] == 0 && message[11] == 1 && at + 3 <= len && message[at] == 0 &&
	       wire_u16(message + at + 1) == DNS_OPT;
}

/* ---- who may ---- */

void front_asks(const struct net_addr *from)
{
	memcpy(guard_client.ip, from->ip, sizeof(guard_client.ip));
	asker_key = NULL;
}

static bool may_ask(const struct dns_zone *zone)
{
	struct dns_key name;
	struct role *role;

	dns_key_init(&name, zone->name, zone->name_len);
	role = roles_find(&name);
	return role && dns_access_allows(&role->rules->query, guard_client.ip, asker_key);
}

/* A primary may notify, unless a setting says otherwise. */
static bool may_notify(const struct role *role, const struct exchange *x)
{
	const struct dns_peers *primaries = &role->rules->primaries;

	if (role->rules->told.given)
		return dns_access_allows(&role->rules->told, x->from->ip, x->tsig.key);
	for (unsigned i = 0; i < primaries->count; i++) {
		const struct dns_peer *peer = &primaries->peer[i];

		if (memcmp(peer->ip, x->from->ip, 16) == 0 &&
			(!peer->key || peer->key == x->tsig.key))
			return true;
	}
	return false;
}

static void say_refused(const struct exchange *x, const char *what, const struct dns_key *name)
{
	char address[46], zone[DNS_NAME_TEXT / 4];

	front_stats.refused++;
	net_addr_format(x->from, address);
	log_debug("dns", "%s of %s refused to %s", what,
		dns_name_text(zone, sizeof(zone), name->wire), address);
}

/* ---- each kind of message ---- */

/* The reply, whose question ends at END, is not the engine's: what that would have told of it. */
static void tell_guard(enum dns_kind kind, enum dns_rcode rcode, const uint8_t *reply, size_t end)
{
	guard_client.rcode = rcode;
	guard_client.type = end > HEADER ? wire_u16(reply + end - 4) : 0;
	guard_client.kind = (uint8_t)kind;
	guard_client.cookie = DNS_COOKIE_NONE;
	guard_client.question_end = (uint16_t)end;
	guard_client.opt = 0;
	guard_client.name = 0;
}

static enum outcome answer(struct exchange *x, uint16_t flags, enum dns_rcode rcode)
{
	x->len = dns_message_answer(x->reply, x->size, x->message, x->len, flags, rcode);
	tell_guard(DNS_KIND_ERROR, rcode, x->reply, x->len);
	return REPLY;
}

/* RFC 8914. For what a zone's lists do not let through. */
static enum outcome refuse(struct exchange *x, const char *what, const struct dns_key *name)
{
	size_t len = x->len;

	say_refused(x, what, name);
	answer(x, 0, DNS_REFUSED);
	guard_client.opt = (uint16_t)x->len;
	x->len = dns_message_explain(
		x->reply, x->len, x->size, x->message, len, server->udp_size, DNS_ERROR_PROHIBITED);
	if (x->len == guard_client.opt)
		guard_client.opt = 0;
	return REPLY;
}

static enum outcome take_notify(struct exchange *x)
{
	bool has_serial;
	struct dns_key name;
	uint32_t serial;
	enum dns_rcode rcode = dns_notify_read(x->message, x->len, &name, &has_serial, &serial);
	struct role *role = rcode == DNS_NOERROR ? roles_find(&name) : NULL;

	if (rcode == DNS_NOERROR && (!role || !role_is_secondary(role)))
		rcode = DNS_NOTAUTH;
	if (rcode == DNS_NOERROR && !may_notify(role, x)) {
		return refuse(x, "notification", &name);
	}
	if (rcode == DNS_NOERROR) {
		front_stats.notifies++;
		if (!has_serial || !role_is_served(role) ||
			dns_serial_newer(serial, dns_zone_serial(role->zone))) {
			dns_secondary_notified(&role->timers, platform_time_ns());
			refresh_wake();
		}
	}
	return answer(x, DNS_FLAG_AA, rcode);
}

static enum outcome take_update(struct exchange *x)
{
	struct dns_key name;
	enum dns_rcode rcode = dns_update_zone(&name, x->message, x->len);

	if (rcode != DNS_NOERROR)
		return answer(x, 0, rcode);
	x->role = roles_find(&name);
	if (!x->role) {
		rcode = dns_server_find_zone(server, &name) ? DNS_REFUSED : DNS_NOTAUTH;
		return answer(x, 0, rcode);
	}
	if (!dns_access_allows(&x->role->rules->update, x->from->ip, x->tsig.key)) {
		return refuse(x, "update", &name);
	}
	if (role_is_secondary(x->role)) /* it would be lost with the next transfer */
		return answer(x, 0, DNS_NOTAUTH);
	front_stats.updates++;
	return UPDATE;
}

static enum outcome take_transfer(struct exchange *x, const struct dns_query *query)
{
	if (query->class != DNS_CLASS_IN)
		return answer(x, 0, DNS_REFUSED);
	x->role = roles_find(&query->key);
	if (!x->role) {
		enum dns_rcode rcode =
			dns_server_find_zone(server, &query->key) ? DNS_REFUSED : DNS_NOTAUTH;

		return answer(x, 0, rcode);
	}
	if (!dns_access_allows(&x->role->rules->transfer, x->from->ip, x->tsig.key)) {
		return refuse(x, "transfer", &query->key);
	}
	if (!role_is_served(x->role))
		return answer(x, 0, DNS_SERVFAIL);
	/* Over UDP there is no AXFR; for IXFR the SOA alone says it all. */
	if (x->transport == DNS_UDP && query->type == DNS_AXFR)
		return answer(x, 0, DNS_REFUSED);
	if (x->stream && !stream_may_transfer(x->stream)) /* RFC 9103 section 7.1 */
		return answer(x, 0, DNS_REFUSED);
	if (streams >= STREAMS_MAX)
		return answer(x, 0, DNS_SERVFAIL);
	front_stats.transfers++;
	return TRANSFER;
}

/* A query that is signed: by the engine, with room left for the signature. */
static enum outcome take_query(struct exchange *x)
{
	struct dns_query query;
	enum dns_rcode rcode = dns_query_parse(&query, x->message, x->len);
	size_t room = x->size, tsig = dns_tsig_room(&x->tsig);

	if (rcode == DNS_NOERROR && (query.type == DNS_AXFR || query.type == DNS_IXFR))
		return take_transfer(x, &query);
	asker_key = x->tsig.key;
	if (x->transport == DNS_UDP)
		room = MIN(room, (size_t)MIN(query.udp_size, server->udp_size));
	room = MAX(room - MIN(tsig, room), (size_t)DNS_REPLY_MIN);
	if (dns_server_answer(server, x->message, x->len, x->transport, x->reply, room, &x->len) !=
		DNS_ANSWER)
		return DROPPED;
	return REPLY;
}

static enum outcome take(struct exchange *x)
{
	enum dns_tsig_result result;
	unsigned opcode;

	if (x->len < HEADER)
		return DROPPED;
	opcode = x->message[2] >> 3 & 15;
	if (x->message[2] & 0x80) {
		dns_tsig_init(&x->tsig, NULL);
		if (opcode != DNS_NOTIFY)
			return DROPPED; /* or two servers would talk to each other for ever */
		tell_answered(x->from, x->message, x->len);
		return NOTHING;
	}
	result = dns_tsig_open(
		&x->tsig, roles_keys, x->message, &x->len, platform_wall_ns() / NS_PER_S);
	if (result == DNS_TSIG_FORMERR)
		return answer(x, 0, DNS_FORMERR);
	if (result != DNS_TSIG_NONE && result != DNS_TSIG_VALID) {
		front_stats.bad_signatures++;
		return answer(x, 0, DNS_NOTAUTH);
	}
	x->trusted = result == DNS_TSIG_VALID;
	switch (opcode) {
	case DNS_NOTIFY:
		return take_notify(x);
	case DNS_UPDATE:
		return take_update(x);
	default:
		return take_query(x);
	}
}

static bool sign(struct exchange *x)
{
	return !dns_tsig_sign(&x->tsig, x->reply, &x->len, x->size, platform_wall_ns() / NS_PER_S);
}

/* ---- updates by datagram: they may have to wait, so a thread does them, in their order ---- */

struct waiting {
	struct list node;
	struct net_addr from;
	struct dns_tsig tsig;
	struct dns_key zone;
	size_t len;
	uint8_t message[];
};

static struct list updates = LIST_INIT(updates);
static unsigned updates_waiting;
static struct wait_queue updaters = {LIST_INIT(updaters.waiters)};

static enum outcome queue_update(struct exchange *x)
{
	struct waiting *waiting = NULL;

	if (updates_waiting < UPDATES_MAX)
		waiting = malloc(sizeof(*waiting) + x->len);
	if (!waiting)
		return answer(x, 0, DNS_SERVFAIL);
	waiting->from = *x->from;
	waiting->tsig = x->tsig;
	waiting->zone = x->role->name;
	waiting->len = x->len;
	memcpy(waiting->message, x->message, x->len);
	list_push_back(&updates, &waiting->node);
	updates_waiting++;
	wait_queue_wake_one(&updaters);
	return NOTHING;
}

static void perform(struct waiting *waiting)
{
	struct role *role = roles_find(&waiting->zone);
	uint8_t reply[1024];
	struct exchange x = {.from = &waiting->from,
		.message = waiting->message,
		.len = waiting->len,
		.tsig = waiting->tsig,
		.reply = reply,
		.size = sizeof(reply)};

	answer(&x, 0, role ? change_update(role, waiting->message, waiting->len) : DNS_SERVFAIL);
	if (sign(&x))
		net_udp_send(socket, x.from, reply, x.len);
}

static void perform_updates(void *arg)
{
	struct list *node;

	(void)arg;
	for (;;) {
		while (!(node = list_pop_front(&updates)))
			wait_queue_wait(&updaters, PLATFORM_NEVER);
		updates_waiting--;
		perform(container_of(node, struct waiting, node));
		free(container_of(node, struct waiting, node));
	}
}

/* ---- the transports ---- */

int front_start(struct dns_server *s, struct udp_socket *udp)
{
	server = s;
	socket = udp;
	server->may_ask = may_ask;
	tell_start(udp);
	return thread_create("dns/update", UPDATES_STACK, perform_updates, NULL);
}

/* The answer to IXFR over UDP is the zone's SOA. */
static enum outcome transfer_datagram(struct exchange *x)
{
	struct dns_xfr_out out;

	if (dns_xfr_out_begin(&out, x->role->zone, NULL, x->message, x->len, true))
		return answer(x, 0, DNS_FORMERR);
	x->len = dns_xfr_out_next(&out, x->reply, x->size);
	dns_xfr_out_end(&out);
	tell_guard(DNS_KIND_ANSWER, DNS_NOERROR, x->reply,
		HEADER + dns_name_len(x->reply + HEADER) + 4);
	x->trusted = true; /* only those come here who may have the zone */
	return x->len ? REPLY : DROPPED;
}

size_t front_datagram(
	const struct net_addr *from, const uint8_t *data, size_t len, uint8_t *reply, size_t size)
{
	static uint8_t message[DATAGRAM_MAX];
	struct exchange x = {.from = from,
		.transport = DNS_UDP,
		.message = message,
		.reply = reply,
		.size = size};
	enum outcome outcome = DROPPED;

	front_asks(from);
	if (len <= sizeof(message)) {
		memcpy(message, data, len);
		x.len = len;
		outcome = take(&x);
	}
	if (outcome == UPDATE)
		outcome = queue_update(&x);
	if (outcome == TRANSFER)
		outcome = transfer_datagram(&x);
	serve_stats.dropped += outcome == DROPPED;
	if (outcome == REPLY)
		x.len = guard_datagram(from, x.trusted, reply, x.len);
	return outcome == REPLY && x.len && sign(&x) ? x.len : 0;
}

/* Signs what is behind the prefix and sends it. */
static bool send(struct exchange *x)
{
	x->len = ask_add_options(
		x->stream, &x->wishes, x->reply, x->len, x->size, dns_tsig_room(&x->tsig));
	if (!sign(x))
		return false;
	wire_set_u16(x->reply - PREFIX, (uint16_t)x->len);
	return stream_send(x->stream, x->reply - PREFIX, x->len + PREFIX);
}

/* A transfer that is under way, with the memory of its exchange. */
struct transfer {
	struct exchange x;
	struct dns_xfr_out out;
};

static void transfer_free(struct transfer *t)
{
	dns_xfr_out_end(&t->out);
	stream_free(t->x.reply - PREFIX, PREFIX + DNS_REPLY_MAX);
	free(t);
	streams--;
}

static bool transfer(struct stream *stream, void *arg)
{
	struct transfer *t = arg;
	size_t room = t->x.size - dns_tsig_room(&t->x.tsig);
	bool going;

	(void)stream;
	do {
		t->x.len = dns_xfr_out_next(&t->out, t->x.reply, room);
		going = t->x.len && send(&t->x);
		if (going)
			thread_yield();
	} while (going);
	/* One that breaks off must be seen to: the connection ends with it. */
	going = t->out.phase == DNS_XFR_DONE && !t->x.len;
	transfer_free(t);
	return going;
}

/* Has X's buffer from then on, unless X still has to be answered. */
static bool start_transfer(struct exchange *x, enum outcome *outcome)
{
	struct transfer *t = malloc(sizeof(*t));

	if (!t)
		return false;
	if (dns_xfr_out_begin(
		    &t->out, x->role->zone, &x->role->journal, x->message, x->len, false)) {
		free(t);
		*outcome = answer(x, 0, DNS_FORMERR);
		return true;
	}
	t->x = *x;
	t->x.message = NULL;
	x->reply = NULL;
	streams++;
	if (stream_work(x->stream, transfer, t)) {
		transfer_free(t);
		return false;
	}
	return true;
}

bool front_stream(struct stream *stream, uint8_t *message, size_t len)
{
	uint8_t *buffer = stream_alloc(PREFIX + DNS_REPLY_MAX);
	struct exchange x = {.from = stream_peer(stream),
		.transport = DNS_TCP,
		.message = message,
		.len = len,
		.reply = buffer + PREFIX,
		.size = DNS_REPLY_MAX,
		.stream = stream};
	enum outcome outcome;
	bool going = true;

	if (!buffer)
		return false;
	dns_wishes_read(&x.wishes, message, len);
	front_asks(x.from);
	outcome = take(&x);
	serve_stats.dropped += outcome == DROPPED;
	if (outcome == TRANSFER) {
		going = start_transfer(&x, &outcome);
	} else if (outcome == UPDATE) {
		enum dns_rcode rcode = change_update(x.role, message, x.len);

		front_asks(x.from); /* others have asked meanwhile */
		answer(&x, 0, rcode);
		outcome = REPLY;
	}
	if (outcome == REPLY) {
		guard_stream(x.from, stream_transport(stream), x.reply, x.len);
		going = send(&x);
	}
	if (x.reply)
		stream_free(buffer, PREFIX + DNS_REPLY_MAX);
	return going;
}
