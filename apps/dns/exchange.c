/* SPDX-License-Identifier: ISC */
/* What a message asks for, and whether it may: see exchange.h. */
#include "apps/dns/exchange.h"

#include <string.h>

#include "apps/dns/guard.h"
#include "apps/dns/serve.h"
#include "apps/dns/stream.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/wire.h"
#include "lib/dns/message.h"
#include "lib/dns/notify.h"
#include "lib/dns/types.h"
#include "lib/dns/update.h"

#define NS_PER_S 1000000000ull
#define HEADER   12u

struct exchange_stats exchange_stats;

static struct dns_server *server;

/* ---- who may ---- */

static bool may_ask(const struct dns_zone *zone)
{
	struct dns_key name;
	struct role *role;

	dns_key_init(&name, zone->name, zone->name_len);
	role = roles_find(&name);
	return role && dns_access_allows(&role->rules->query, guard_client.ip, guard_key);
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

	exchange_stats.refused++;
	net_addr_format(x->from, address);
	log_debug("dns", "%s of %s refused to %s", what,
		dns_name_text(zone, sizeof(zone), name->wire), address);
}

/* ---- each kind of message ---- */

void exchange_tell(enum dns_kind kind, enum dns_rcode rcode, const uint8_t *reply, size_t end)
{
	guard_client.rcode = rcode;
	guard_client.type = end > HEADER ? wire_u16(reply + end - 4) : 0;
	guard_client.kind = (uint8_t)kind;
	guard_client.cookie = DNS_COOKIE_NONE;
	guard_client.question_end = (uint16_t)end;
	guard_client.opt = 0;
	guard_client.name = 0;
}

enum exchange_outcome exchange_answer(struct exchange *x, uint16_t flags, enum dns_rcode rcode)
{
	x->len = dns_message_answer(x->reply, x->size, x->message, x->len, flags, rcode);
	exchange_tell(DNS_KIND_ERROR, rcode, x->reply, x->len);
	return EXCHANGE_REPLY;
}

/* RFC 8914. For what a zone's lists do not let through. */
static enum exchange_outcome refuse(
	struct exchange *x, const char *what, const struct dns_key *name)
{
	size_t len = x->len;

	say_refused(x, what, name);
	exchange_answer(x, 0, DNS_REFUSED);
	guard_client.opt = (uint16_t)x->len;
	x->len = dns_message_explain(
		x->reply, x->len, x->size, x->message, len, server->udp_size, DNS_ERROR_PROHIBITED);
	if (x->len == guard_client.opt)
		guard_client.opt = 0;
	return EXCHANGE_REPLY;
}

static enum exchange_outcome take_notify(struct exchange *x)
{
	bool has_serial;
	struct dns_key name;
	uint32_t serial;
	enum dns_rcode rcode = dns_notify_read(x->message, x->len, &name, &has_serial, &serial);
	struct role *role = rcode == DNS_NOERROR ? roles_find(&name) : NULL;

	if (rcode == DNS_NOERROR && (!role || !role_is_secondary(role)))
		rcode = DNS_NOTAUTH;
	if (rcode == DNS_NOERROR && !may_notify(role, x))
		return refuse(x, "notification", &name);
	if (rcode == DNS_NOERROR) {
		exchange_stats.notifies++;
		if (!has_serial || !role_is_served(role) ||
			dns_serial_newer(serial, dns_zone_serial(role->zone))) {
			dns_secondary_notified(&role->timers, platform_time_ns());
			refresh_wake();
		}
	}
	return exchange_answer(x, DNS_FLAG_AA, rcode);
}

static enum exchange_outcome take_update(struct exchange *x)
{
	struct dns_key name;
	enum dns_rcode rcode = dns_update_zone(&name, x->message, x->len);

	if (rcode != DNS_NOERROR)
		return exchange_answer(x, 0, rcode);
	x->role = roles_find(&name);
	if (!x->role) {
		rcode = dns_server_find_zone(server, &name) ? DNS_REFUSED : DNS_NOTAUTH;
		return exchange_answer(x, 0, rcode);
	}
	if (!dns_access_allows(&x->role->rules->update, x->from->ip, x->tsig.key))
		return refuse(x, "update", &name);
	if (role_is_secondary(x->role)) /* it would be lost with the next transfer */
		return exchange_answer(x, 0, DNS_NOTAUTH);
	exchange_stats.updates++;
	return EXCHANGE_UPDATE;
}

static enum exchange_outcome take_transfer(struct exchange *x, const struct dns_query *query)
{
	if (query->class != DNS_CLASS_IN)
		return exchange_answer(x, 0, DNS_REFUSED);
	x->role = roles_find(&query->key);
	if (!x->role) {
		enum dns_rcode rcode =
			dns_server_find_zone(server, &query->key) ? DNS_REFUSED : DNS_NOTAUTH;

		return exchange_answer(x, 0, rcode);
	}
	if (!dns_access_allows(&x->role->rules->transfer, x->from->ip, x->tsig.key))
		return refuse(x, "transfer", &query->key);
	if (!role_is_served(x->role))
		return exchange_answer(x, 0, DNS_SERVFAIL);
	/* Over UDP there is no AXFR; for IXFR the SOA alone says it all. */
	if (x->transport == DNS_UDP && query->type == DNS_AXFR)
		return exchange_answer(x, 0, DNS_REFUSED);
	if (x->stream && !stream_may_transfer(x->stream)) /* RFC 9103 section 7.1 */
		return exchange_answer(x, 0, DNS_REFUSED);
	if (transfers_full())
		return exchange_answer(x, 0, DNS_SERVFAIL);
	exchange_stats.transfers++;
	return EXCHANGE_TRANSFER;
}

/* A query that is signed: by the engine, with room left for the signature. */
static enum exchange_outcome take_query(struct exchange *x)
{
	struct dns_query query;
	enum dns_rcode rcode = dns_query_parse(&query, x->message, x->len);
	size_t room = x->size, tsig = dns_tsig_room(&x->tsig);

	if (rcode == DNS_NOERROR && (query.type == DNS_AXFR || query.type == DNS_IXFR))
		return take_transfer(x, &query);
	guard_key = x->tsig.key;
	if (x->transport == DNS_UDP)
		room = MIN(room, (size_t)MIN(query.udp_size, server->udp_size));
	room = MAX(room - MIN(tsig, room), (size_t)DNS_REPLY_MIN);
	if (dns_server_answer(server, x->message, x->len, x->transport, x->reply, room, &x->len) !=
		DNS_ANSWER)
		return EXCHANGE_DROPPED;
	return EXCHANGE_REPLY;
}

enum exchange_outcome exchange_take(struct exchange *x)
{
	enum dns_tsig_result result;
	unsigned opcode;

	if (x->len < HEADER)
		return EXCHANGE_DROPPED;
	opcode = x->message[2] >> 3 & 15;
	if (x->message[2] & 0x80) {
		dns_tsig_init(&x->tsig, NULL);
		/* Or two servers would talk to each other for ever. */
		if (opcode != DNS_NOTIFY)
			return EXCHANGE_DROPPED;
		tell_answered(x->from, x->message, x->len);
		return EXCHANGE_NOTHING;
	}
	result = dns_tsig_open(
		&x->tsig, roles_keys, x->message, &x->len, platform_wall_ns() / NS_PER_S);
	if (result == DNS_TSIG_FORMERR)
		return exchange_answer(x, 0, DNS_FORMERR);
	if (result != DNS_TSIG_NONE && result != DNS_TSIG_VALID) {
		exchange_stats.bad_signatures++;
		return exchange_answer(x, 0, DNS_NOTAUTH);
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

bool exchange_sign(struct exchange *x)
{
	return !dns_tsig_sign(&x->tsig, x->reply, &x->len, x->size, platform_wall_ns() / NS_PER_S);
}

bool exchange_send(struct exchange *x)
{
	x->len = ask_add_options(
		x->stream, &x->wishes, x->reply, x->len, x->size, dns_tsig_room(&x->tsig));
	if (!exchange_sign(x))
		return false;
	wire_set_u16(x->reply - EXCHANGE_PREFIX, (uint16_t)x->len);
	return stream_send(x->stream, x->reply - EXCHANGE_PREFIX, x->len + EXCHANGE_PREFIX);
}

void exchange_start(struct dns_server *s)
{
	server = s;
	server->may_ask = may_ask;
}
