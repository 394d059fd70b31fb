/* SPDX-License-Identifier: ISC */
/* A message in, a message out: the frame around an answer. See server.h. */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/answer.h"
#include "lib/dns/types.h"

#define OPT_LEN    11
#define OPTION_LEN 4 /* of an option without its data */

static bool is_transfer(uint16_t type)
{
	return type == DNS_AXFR || type == DNS_IXFR;
}

static void answer(struct answer *a)
{
	const struct dns_query *query = &a->query;

	if (query->type == DNS_NXNAME) { /* RFC 9824: it stands in NSEC records only */
		a->rcode = DNS_FORMERR;
		a->error = DNS_ERROR_INVALID_TYPE;
	} else if (query->class == DNS_CLASS_IN && !is_transfer(query->type))
		dns_answer_question(a);
	else if (query->class == DNS_CLASS_CH)
		dns_answer_identity(a);
	else
		a->rcode = DNS_REFUSED;
}

/* RFC 7873 section 5.2. */
static void take_cookie(struct answer *a, enum dns_transport transport)
{
	const struct dns_cookies *cookies = a->server->cookies;
	enum dns_cookie state = dns_cookie_take(
		cookies, a->server->client->ip, a->query.cookie, a->query.cookie_len, a->cookie);

	a->server->client->cookie = (uint8_t)state;
	a->has_cookie = state != DNS_COOKIE_BAD && a->query.edns;
	if (a->rcode != DNS_NOERROR)
		return;
	if (state == DNS_COOKIE_BAD)
		a->rcode = DNS_FORMERR;
	else if (cookies->required && transport == DNS_UDP && state != DNS_COOKIE_VALID)
		a->rcode = DNS_BADCOOKIE;
}

static uint8_t *put_option(uint8_t *p, uint16_t code, const void *data, size_t len)
{
	wire_set_u16(p, code);
	wire_set_u16(p + 2, (uint16_t)len);
	return (uint8_t *)memcpy(p + OPTION_LEN, data, len) + len;
}

/* The server's name, for who asks for it (RFC 5001). */
static const char *nsid(const struct answer *a)
{
	return a->query.nsid ? a->server->identity : NULL;
}

/* Bytes of OPT that are kept free for it. */
static inline size_t opt_size(const struct answer *a)
{
	if (!a->query.edns)
		return 0;
	return OPT_LEN + (nsid(a) ? OPTION_LEN + strlen(nsid(a)) : 0) +
	       (a->has_cookie ? OPTION_LEN + DNS_COOKIE_LEN : 0);
}

/* What few replies have: the server's name; an extended error (RFC 8914) if there is room left. */
static void put_options(struct answer *a, uint8_t *opt)
{
	uint8_t *p = opt + OPT_LEN, code[2];

	if (a->has_cookie)
		p = put_option(p, DNS_OPTION_COOKIE, a->cookie, DNS_COOKIE_LEN);
	if (nsid(a))
		p = put_option(p, DNS_OPTION_NSID, nsid(a), strlen(nsid(a)));
	if (a->error >= 0 && a->reply.limit - opt >= OPTION_LEN + 2) {
		wire_set_u16(code, (uint16_t)a->error);
		p = put_option(p, DNS_OPTION_ERROR, code, sizeof(code));
	}
	wire_set_u16(opt + 9, (uint16_t)(p - opt - OPT_LEN));
	a->reply.at = p;
}

/*
 * The OPT record, for which room was kept (RFC 6891 section 6.1.2): the root, type, size, the high
 * bits of the rcode, version 0, DO, and no options, as one number and three bytes.
 */
static inline void put_opt(struct answer *a)
{
	uint8_t *p = a->reply.at;
	uint64_t fields = (uint64_t)DNS_OPT << 16 |
			  (uint64_t)__builtin_bswap16(a->server->udp_size) << 24 |
			  (uint64_t)(a->rcode >> 4) << 40 | (uint64_t)a->query.dnssec_ok << 63;

	memcpy(p, &fields, 8);
	memset(p + 8, 0, 3);
	a->reply.at = p + OPT_LEN;
	a->reply.counts[DNS_SECTION_ADDITIONAL]++;
	if (a->query.nsid || a->has_cookie || a->error >= 0)
		put_options(a, p);
}

/* What the client's limits and the counters want to know. */
static inline void tell_client(struct dns_client *client, const struct answer *a, size_t opt)
{
	client->rcode = a->rcode;
	client->type = a->query.question_len ? a->query.type : 0;
	client->question_end = (uint16_t)a->question_end;
	client->opt = (uint16_t)opt;
	client->name = a->encloser ? a->encloser->hash : 0;
	if (a->rcode == DNS_NXDOMAIN) {
		client->kind = DNS_KIND_NO_NAME;
		client->name = a->zone->name_hash;
	} else if (a->rcode != DNS_NOERROR) {
		client->kind = DNS_KIND_ERROR;
		client->name = 0;
	} else if (a->reply.counts[DNS_SECTION_ANSWER]) {
		client->kind = DNS_KIND_ANSWER;
	} else if (a->flags & DNS_FLAG_AA) {
		client->kind = DNS_KIND_NO_DATA;
	} else {
		client->kind = DNS_KIND_REFERRAL;
		if (a->encloser && a->encloser->cut)
			client->name = a->encloser->cut->hash;
	}
}

static inline void put_header(struct answer *a, const uint8_t *message)
{
	/* Opcode and RD. AD and CD are clear (RFC 4035 section 3.1.6). */
	const uint16_t keep = 0x7800 | DNS_FLAG_RD;
	const uint64_t low = 0x00ff00ff00ff;
	uint8_t *p = a->reply.start;
	uint64_t counts;

	memcpy(p, message, 2);
	wire_set_u16(p + 2,
		(uint16_t)(DNS_FLAG_QR | (a->query.flags & keep) | a->flags | (a->rcode & 15)));
	/* All counts at once: the sections' with their bytes swapped, behind the question's. */
	memcpy(&counts, a->reply.counts, 8);
	counts = (counts & low) << 8 | (counts >> 8 & low);
	counts = counts << 16 | (uint64_t)(a->query.question_len > 0) << 8;
	memcpy(p + 4, &counts, 8);
}

/* The question, with its case; of the query's LEN bytes and the reply's room whole chunks of 8 are
 * there but for the shortest messages. */
static inline void copy_question(uint8_t *reply, const uint8_t *query, size_t len, size_t question)
{
	const size_t chunk = 8;
	size_t i;

	if (DNS_HEADER + question + chunk - 1 > len) {
		memcpy(reply + DNS_HEADER, query + DNS_HEADER, question);
		return;
	}
	for (i = DNS_HEADER; i < DNS_HEADER + question; i += chunk)
		memcpy(reply + i, query + i, chunk);
}

enum dns_result dns_server_answer(const struct dns_server *server, const uint8_t *query, size_t len,
	enum dns_transport transport, uint8_t *reply, size_t size, size_t *reply_len)
{
	struct answer a;
	size_t max, question, opt = 0;

	/* A response is never answered: two servers would talk to each other for ever. */
	if (len < DNS_HEADER || query[2] & 0x80 || size < DNS_REPLY_MIN)
		return DNS_DROP;
	a.server = server;
	a.flags = 0;
	a.chain = a.proof_count = a.waiting_count = 0;
	a.error = -1;
	a.has_cookie = false;
	a.encloser = NULL;
	a.rcode = dns_query_read(&a.query, query, len);
	max = transport == DNS_TCP ? DNS_REPLY_MAX : MIN(a.query.udp_size, server->udp_size);
	max = MIN(max, size);
	question = a.query.question_len;
	copy_question(reply, query, len, question);
	a.question_end = DNS_HEADER + question;
	if (server->client)
		server->client->cookie = DNS_COOKIE_NONE;
	if (a.query.cookie && server->cookies)
		take_cookie(&a, transport);
	/* These parts of OPT can be left out. */
	if (max - a.question_end < opt_size(&a))
		a.query.nsid = false;
	if (max - a.question_end < opt_size(&a))
		a.has_cookie = false;
	dns_reply_init(&a.reply, reply, reply + a.question_end, reply + max - opt_size(&a));
	a.owner = (struct dns_owner){NULL, NULL, question > 5 ? DNS_HEADER : 0};
	if (a.rcode == DNS_NOERROR)
		answer(&a);
	if (a.query.edns) {
		opt = (size_t)(a.reply.at - reply);
		put_opt(&a);
	}
	if (server->client)
		tell_client(server->client, &a, opt);
	put_header(&a, query);
	*reply_len = (size_t)(a.reply.at - reply);
	return DNS_ANSWER;
}
