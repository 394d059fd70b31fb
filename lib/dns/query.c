/* SPDX-License-Identifier: ISC */
/* A query from the wire: see query.h. */
#include "lib/dns/query.h"

#include <string.h>

#include "lib/base/wire.h"
#include "lib/dns/types.h"

/* Steps over a name, which may end in a pointer; where that points to does not matter here. */
static bool skip_name(struct wire_reader *in)
{
	size_t len = 0;
	uint8_t label;

	while ((label = wire_get_u8(in)) != 0) {
		if (label >= 0xc0) {
			wire_get_u8(in);
			break;
		}
		len += (size_t)label + 1;
		if (label > DNS_LABEL_MAX || len >= DNS_NAME_MAX)
			return false;
		wire_get_bytes(in, label);
	}
	return !wire_failed(in);
}

/* The options must fill the OPT record's rdata; most are ignored. */
static bool get_options(struct dns_query *query, const uint8_t *rdata, size_t len)
{
	struct wire_reader in;

	wire_reader_init(&in, rdata, len);
	while (wire_left(&in) && !wire_failed(&in)) {
		uint16_t code = wire_get_u16(&in), size = wire_get_u16(&in);
		const uint8_t *data = wire_get_bytes(&in, size);

		query->nsid |= code == DNS_OPTION_NSID;
		if (code == DNS_OPTION_COOKIE && !query->cookie) {
			query->cookie = data;
			query->cookie_len = size;
		}
	}
	return !wire_failed(&in);
}

/* RFC 6891 section 6.1: at most one OPT, of the root. A version other than 0 is BADVERS. */
static enum dns_rcode get_opt(struct dns_query *query, bool root, uint16_t size, uint32_t ttl,
	const uint8_t *rdata, size_t len)
{
	if (query->edns || !root || !get_options(query, rdata, len))
		return DNS_FORMERR;
	query->edns = true;
	query->dnssec_ok = ttl >> 15 & 1;
	query->udp_size = size > 512 ? size : 512;
	return ttl >> 16 & 0xff ? DNS_BADVERS : DNS_NOERROR;
}

static enum dns_rcode get_additional(
	struct dns_query *query, struct wire_reader *in, unsigned count)
{
	enum dns_rcode rcode = DNS_NOERROR, opt;
	const uint8_t *owner, *rdata;
	uint16_t type, class, len;
	uint32_t ttl;

	for (; count; count--) {
		owner = in->at;
		if (!skip_name(in))
			return DNS_FORMERR;
		type = wire_get_u16(in);
		class = wire_get_u16(in);
		ttl = wire_get_u32(in);
		len = wire_get_u16(in);
		rdata = wire_get_bytes(in, len);
		if (wire_failed(in))
			return DNS_FORMERR;
		if (type != DNS_OPT)
			continue;
		opt = get_opt(query, *owner == 0, class, ttl, rdata, len);
		if (opt == DNS_FORMERR)
			return opt;
		rcode = opt;
	}
	/* What follows the last record is not part of the message. */
	return wire_left(in) ? DNS_FORMERR : rcode;
}

enum dns_rcode dns_query_rest(
	struct dns_query *query, const uint8_t *message, const uint8_t *p, size_t left)
{
	unsigned answers = (unsigned)message[6] << 8 | message[7];
	unsigned authorities = (unsigned)message[8] << 8 | message[9];
	unsigned additionals = (unsigned)message[10] << 8 | message[11];
	struct wire_reader in;

	if (query->type == DNS_IXFR) { /* carries a SOA in its authority section (RFC 1995) */
		additionals += authorities;
		authorities = 0;
	}
	if (answers || authorities)
		return DNS_FORMERR;
	wire_reader_init(&in, p, left);
	return get_additional(query, &in, additionals);
}

enum dns_rcode dns_query_parse(struct dns_query *query, const uint8_t *message, size_t len)
{
	enum dns_rcode rcode = dns_query_read(query, message, len);

	if (query->question_len)
		dns_key_hash(&query->key, 0);
	return rcode;
}
