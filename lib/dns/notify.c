/* SPDX-License-Identifier: ISC */
/* Notifications: see notify.h. */
#include "lib/dns/notify.h"

#include <string.h>

#include "lib/base/wire.h"
#include "lib/dns/edit.h"
#include "lib/dns/message.h"
#include "lib/dns/types.h"

size_t dns_notify_write(const struct dns_zone *zone, uint16_t id, uint8_t *buf, size_t size)
{
	const struct dns_record *soa = zone->soa->records;
	struct wire_writer w;
	uint8_t *rdata;

	wire_writer_init(&w, buf, size);
	wire_put_u16(&w, id);
	wire_put_u16(&w, DNS_NOTIFY << 11 | DNS_FLAG_AA);
	wire_put_u16(&w, 1);
	wire_put_u16(&w, 1);
	wire_put_u32(&w, 0);
	wire_put_bytes(&w, zone->name, zone->name_len);
	wire_put_u16(&w, DNS_SOA);
	wire_put_u16(&w, DNS_CLASS_IN);
	wire_put_u16(&w, 0xc000 | 12);
	wire_put_bytes(&w, zone->soa->head, sizeof(zone->soa->head));
	wire_put_u16(&w, soa->rdlen);
	rdata = wire_put_space(&w, soa->rdlen);
	if (rdata)
		dns_record_rdata(soa, rdata);
	return wire_written(&w);
}

enum dns_rcode dns_notify_read(
	const uint8_t *data, size_t len, struct dns_key *zone, bool *has_serial, uint32_t *serial)
{
	struct dns_message message;
	struct dns_rr rr;
	const uint8_t *p;

	*has_serial = false;
	if (!dns_message_open(&message, data, len) || message.counts[0] != 1 ||
		!dns_message_question(&message, &rr) || rr.type != DNS_SOA)
		return DNS_FORMERR;
	dns_key_init(zone, rr.owner, rr.owner_len);
	if (rr.class != DNS_CLASS_IN)
		return DNS_NOTAUTH;
	if (!message.counts[1])
		return DNS_NOERROR;
	if (!dns_message_record(&message, &rr))
		return DNS_FORMERR;
	if (rr.type == DNS_SOA && rr.rdlen > 20 && dns_name_equal(rr.owner, zone->wire)) {
		p = rr.rdata + rr.rdlen - 20;
		*serial = wire_u32(p);
		*has_serial = true;
	}
	return DNS_NOERROR;
}
