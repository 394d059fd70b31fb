/* SPDX-License-Identifier: ISC */
/* Answers a message that came by a stream: by the engine if it is plain, else by front.c. */
#include "apps/dns/front.h"
#include "apps/dns/guard.h"
#include "apps/dns/serve.h"
#include "apps/dns/stream.h"
#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/options.h"

#define PREFIX      2u  /* bytes of length before each message */
#define OPTIONS     10u /* of a connection, that may be added to a reply */
#define REPLY_SMALL (PREFIX + 9 * DNS_PADDING_BLOCK) /* enough for nearly all replies */

static const struct dns_server *server;

void ask_start(const struct dns_server *s)
{
	server = s;
}

size_t ask_add_options(const struct stream *stream, const struct dns_wishes *wishes, uint8_t *reply,
	size_t len, size_t size, size_t behind)
{
	size_t room = size - behind;

	if (wishes->keepalive)
		len = dns_add_keepalive(reply, len, room, stream_keepalive(stream));
	if (wishes->padding && stream_is_encrypted(stream))
		len = dns_add_padding(reply, len, size, behind);
	return len;
}

static bool truncated(const uint8_t *reply)
{
	return reply[2] & 2; /* TC, RFC 1035 section 4.1.1 */
}

/* Answers into OUT, which has SIZE bytes, and sends. *AGAIN: that was not enough. */
static bool answer(
	struct stream *stream, const uint8_t *query, size_t len, size_t size, bool *again)
{
	uint8_t *out = stream_alloc(size), *reply = out + PREFIX;
	struct dns_wishes wishes;
	size_t room = size - PREFIX - OPTIONS, reply_len;
	bool sent = false;

	if (!out)
		return false;
	guard_asks(stream_peer(stream));
	if (dns_server_answer(server, query, len, DNS_TCP, reply, room, &reply_len) != DNS_ANSWER) {
		serve_stats.dropped++;
	} else if (again && truncated(reply)) {
		*again = true;
	} else {
		guard_stream(stream_peer(stream), stream_transport(stream), reply, reply_len);
		dns_wishes_read(&wishes, query, len);
		reply_len = ask_add_options(stream, &wishes, reply, reply_len,
			MIN(size - PREFIX, (size_t)DNS_REPLY_MAX), 0);
		wire_set_u16(out, (uint16_t)reply_len);
		sent = stream_send(stream, out, PREFIX + reply_len);
	}
	stream_free(out, size);
	return sent;
}

bool ask_stream(struct stream *stream, uint8_t *message, size_t len)
{
	bool again = false, sent;

	if (!front_is_plain(message, len))
		return front_stream(stream, message, len);
	sent = answer(stream, message, len, REPLY_SMALL, &again);
	return again ? answer(stream, message, len, PREFIX + DNS_REPLY_MAX + OPTIONS, NULL) : sent;
}
