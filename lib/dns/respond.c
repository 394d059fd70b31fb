/* SPDX-License-Identifier: ISC */
/* A message in, a message out: the frame around an answer. See server.h. */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/answer.h"
#include "lib/dns/types.h"

#define OPT_LEN   11
#define ERROR_LEN 6 /* of the option of an extended error, without text */

static bool is_transfer(uint16_t type)
{
	return type == DNS_AXFR || type == DNS_IXFR;
}

static void answer(struct answer *a)
{
	const struct dns_query *query = &a->query;

	if (query->class != DNS_CLASS_IN || is_transfer(query->type))
		a->rcode = DNS_REFUSED;
	else
		dns_answer_question(a);
}

/* The OPT record, for which room was kept (RFC 6891 section 6.1.2), with what fits of options. */
static void put_opt(struct answer *a)
{
	uint8_t *p = a->reply.at, *option = p + OPT_LEN;

	p[0] = 0;
	wire_set_u16(p + 1, DNS_OPT);
	wire_set_u16(p + 3, a->server->udp_size);
	p[5] = (uint8_t)(a->rcode >> 4);
	p[6] = 0;
	wire_set_u16(p + 7, a->query.dnssec_ok ? 0x8000 : 0);
	if (a->error >= 0 && a->reply.limit - p >= ERROR_LEN) {
		wire_set_u16(option, DNS_OPTION_ERROR);
		wire_set_u16(option + 2, 2);
		wire_set_u16(option + 4, (uint16_t)a->error);
		option += ERROR_LEN;
	}
	wire_set_u16(p + 9, (uint16_t)(option - p - OPT_LEN));
	a->reply.at = option;
	a->reply.counts[DNS_SECTION_ADDITIONAL]++;
}

static void put_header(struct answer *a, const uint8_t *message)
{
	/* Opcode and RD. AD and CD are clear (RFC 4035 section 3.1.6). */
	const uint16_t keep = 0x7800 | DNS_FLAG_RD;
	uint8_t *p = a->reply.start;

	memcpy(p, message, 2);
	wire_set_u16(p + 2,
		(uint16_t)(DNS_FLAG_QR | (a->query.flags & keep) | a->flags | (a->rcode & 15)));
	wire_set_u16(p + 4, a->query.question_len > 0);
	wire_set_u16(p + 6, a->reply.counts[DNS_SECTION_ANSWER]);
	wire_set_u16(p + 8, a->reply.counts[DNS_SECTION_AUTHORITY]);
	wire_set_u16(p + 10, a->reply.counts[DNS_SECTION_ADDITIONAL]);
}

enum dns_result dns_server_answer(const struct dns_server *server, const uint8_t *query, size_t len,
	enum dns_transport transport, uint8_t *reply, size_t size, size_t *reply_len)
{
	struct answer a;
	size_t max, question;

	/* A response is never answered: two servers would talk to each other for ever. */
	if (len < DNS_HEADER || query[2] & 0x80 || size < DNS_REPLY_MIN)
		return DNS_DROP;
	a.server = server;
	a.flags = 0;
	a.chain = a.proof_count = a.waiting_count = 0;
	a.error = -1;
	a.rcode = dns_query_parse(&a.query, query, len);
	max = transport == DNS_TCP ? DNS_REPLY_MAX : MIN(a.query.udp_size, server->udp_size);
	max = MIN(max, size);
	question = a.query.question_len;
	memcpy(reply + DNS_HEADER, query + DNS_HEADER, question); /* with its case */
	a.question_end = DNS_HEADER + question;
	dns_reply_init(&a.reply, reply, reply + a.question_end,
		reply + max - (a.query.edns ? OPT_LEN : 0));
	a.owner = (struct dns_owner){NULL, NULL, question > 5 ? DNS_HEADER : 0};
	if (a.rcode == DNS_NOERROR)
		answer(&a);
	if (a.query.edns)
		put_opt(&a);
	put_header(&a, query);
	*reply_len = (size_t)(a.reply.at - reply);
	return DNS_ANSWER;
}
