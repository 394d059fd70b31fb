/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as the answer to a question for a zone. The first byte chooses what was asked and what
 * is there; then come messages, each with its length before it. What is taken for a whole transfer
 * must be one: a zone that can be sent on, or differences in a row that lead to a newer serial.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dns/master.h"
#include "lib/dns/types.h"
#include "lib/dns/xfr_in.h"
#include "lib/dns/xfr_out.h"

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* Sends ZONE and takes it in again. */
static void send_on(const struct dns_key *name, struct dns_zone *zone)
{
	static uint8_t buf[65535];
	enum dns_xfr_result result = DNS_XFR_MORE;
	struct dns_xfr_out out;
	struct dns_xfr_in in;
	uint8_t query[600];
	size_t len;

	dns_xfr_in_begin(&in, name, false, false, 0, 0);
	len = dns_xfr_in_query(&in, 1, query, sizeof(query));
	must(!dns_xfr_out_begin(&out, zone, NULL, query, len, false));
	while (result == DNS_XFR_MORE && (len = dns_xfr_out_next(&out, buf, sizeof(buf))))
		result = dns_xfr_in_take(&in, buf, len);
	must(result == DNS_XFR_ZONE && in.zone->records == zone->records);
	dns_xfr_out_end(&out);
	dns_xfr_in_end(&in);
}

static void check_changes(const struct dns_xfr_in *in)
{
	const struct dns_change *change;
	struct dns_change_record record;
	uint32_t serial = in->serial;

	for (change = in->changes; change; change = change->next) {
		size_t at = 0;

		must(change->from == serial && dns_serial_newer(change->to, serial));
		serial = change->to;
		while (dns_change_get(change->bytes.data, change->bytes.len, &at, &record))
			;
		must(at == change->bytes.len);
	}
	must(serial == in->target);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint8_t apex[] = "\1z\4test";
	enum dns_xfr_result result = DNS_XFR_MORE;
	struct dns_xfr_in in;
	struct dns_key name;
	uint8_t query[600], *message;
	uint32_t ignored;
	size_t n;

	if (len < 1)
		return 0;
	dns_key_init(&name, apex, sizeof(apex));
	dns_xfr_in_begin(&in, &name, data[0] & 1, data[0] & 2, data[0] >> 4, 100000);
	dns_xfr_in_query(&in, 1, query, sizeof(query));
	data++, len--;
	dns_soa_answer(&name, 1, data, len, &ignored);
	while (len >= 2 && result == DNS_XFR_MORE) {
		n = MIN((size_t)data[0] << 8 | data[1], len - 2);
		message = malloc(n ? n : 1);
		must(message);
		memcpy(message, data + 2, n);
		result = dns_xfr_in_take(&in, message, n);
		free(message);
		data += 2 + n, len -= 2 + n;
	}
	if (result == DNS_XFR_ZONE)
		send_on(&name, in.zone);
	if (result == DNS_XFR_CHANGES)
		check_changes(&in);
	must(result != DNS_XFR_FAILED || in.why);
	dns_xfr_in_end(&in);
	return 0;
}
