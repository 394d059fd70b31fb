/* SPDX-License-Identifier: ISC */
/*
 * Who the server is and what runs on it: TXT records of class CH at id.server, version.server and
 * BIND's older names for them (RFC 4892). What is not told is refused.
 */
#include <string.h>

#include "lib/base/wire.h"
#include "lib/dns/answer.h"
#include "lib/dns/types.h"

static bool is_named(const struct dns_key *key, const char *name, size_t len)
{
	return key->len == len && memcmp(key->wire, name, len) == 0;
}

#define IS_NAMED(key, name) is_named(key, name, sizeof(name))

static const char *text_of(const struct answer *a)
{
	const struct dns_key *key = &a->query.key;

	if (IS_NAMED(key, "\2id\6server") || IS_NAMED(key, "\10hostname\4bind"))
		return a->server->identity;
	if (IS_NAMED(key, "\7version\6server") || IS_NAMED(key, "\7version\4bind"))
		return a->server->version;
	return NULL;
}

void dns_answer_identity(struct answer *a)
{
	static const uint8_t head[10] = {0xc0, DNS_HEADER, 0, DNS_TXT, 0, DNS_CLASS_CH};
	const char *text = text_of(a);
	size_t len = text ? strlen(text) : 0;
	uint8_t *p = a->reply.at;

	if (!text || (a->query.type != DNS_TXT && a->query.type != DNS_ANY) ||
		(size_t)(a->reply.limit - p) < sizeof(head) + 3 + len) {
		a->rcode = DNS_REFUSED;
		return;
	}
	memcpy(p, head, sizeof(head)); /* and a TTL of 0 */
	wire_set_u16(p + 10, (uint16_t)(len + 1));
	p[12] = (uint8_t)len;
	memcpy(p + 13, text, len);
	a->reply.at = p + 13 + len;
	a->reply.counts[DNS_SECTION_ANSWER]++;
	a->flags |= DNS_FLAG_AA;
}
