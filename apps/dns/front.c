/* SPDX-License-Identifier: ISC */
/* Messages that are no plain queries, as they come in: see front.h. */
#include "apps/dns/front.h"

#include <string.h>

#include "apps/dns/exchange.h"
#include "apps/dns/guard.h"
#include "apps/dns/roles.h"
#include "apps/dns/serve.h"
#include "apps/dns/stream.h"
#include "lib/base/wire.h"
#include "lib/dns/types.h"

#define HEADER       12u
#define DATAGRAM_MAX 4096u /* longest datagram that is read here */

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

int front_start(struct dns_server *server, struct udp_socket *socket)
{
	exchange_start(server);
	tell_start(socket);
	return updates_start(socket);
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
	enum exchange_outcome outcome = EXCHANGE_DROPPED;

	guard_asks(from);
	if (len <= sizeof(message)) {
		memcpy(message, data, len);
		x.len = len;
		outcome = exchange_take(&x);
	}
	if (outcome == EXCHANGE_UPDATE)
		outcome = updates_queue(&x);
	if (outcome == EXCHANGE_TRANSFER)
		outcome = transfers_datagram(&x);
	serve_stats.dropped += outcome == EXCHANGE_DROPPED;
	if (outcome == EXCHANGE_REPLY)
		x.len = guard_datagram(from, x.trusted, reply, x.len);
	return outcome == EXCHANGE_REPLY && x.len && exchange_sign(&x) ? x.len : 0;
}

bool front_stream(struct stream *stream, uint8_t *message, size_t len)
{
	uint8_t *buffer = stream_alloc(EXCHANGE_BUFFER);
	struct exchange x = {.from = stream_peer(stream),
		.transport = DNS_TCP,
		.message = message,
		.len = len,
		.reply = buffer + EXCHANGE_PREFIX,
		.size = DNS_REPLY_MAX,
		.stream = stream};
	enum exchange_outcome outcome;
	bool going = true;

	if (!buffer)
		return false;
	dns_wishes_read(&x.wishes, message, len);
	guard_asks(x.from);
	outcome = exchange_take(&x);
	serve_stats.dropped += outcome == EXCHANGE_DROPPED;
	if (outcome == EXCHANGE_TRANSFER) {
		going = transfers_start(&x, &outcome);
	} else if (outcome == EXCHANGE_UPDATE) {
		enum dns_rcode rcode = change_update(x.role, message, x.len);

		guard_asks(x.from); /* others have asked meanwhile */
		exchange_answer(&x, 0, rcode);
		outcome = EXCHANGE_REPLY;
	}
	if (outcome == EXCHANGE_REPLY) {
		guard_stream(x.from, stream_transport(stream), x.reply, x.len);
		going = exchange_send(&x);
	}
	if (x.reply)
		stream_free(buffer, EXCHANGE_BUFFER);
	return going;
}
