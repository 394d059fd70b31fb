/* SPDX-License-Identifier: ISC */
/* DNS over UDP (RFC 1035 section 4.2.1): one datagram in, at most one out, in the event loop. */
#include "apps/dns/serve.h"

#include "apps/dns/front.h"
#include "apps/dns/guard.h"
#include "lib/net/net.h"

static size_t answer(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	size_t reply_len;

	(void)to;
	serve_stats.udp_queries++;
	if (!front_is_plain(data, len))
		return front_datagram(from, data, len, reply, reply_size);
	guard_asks(from);
	if (dns_server_answer(ctx, data, len, DNS_UDP, reply, reply_size, &reply_len) !=
		DNS_ANSWER) {
		serve_stats.dropped++;
		return 0;
	}
	return guard_datagram(from, false, reply, reply_len);
}

int serve_udp(
	const struct dns_server *server, uint16_t port, size_t room, struct udp_socket **socket)
{
	return net_udp_listen(socket, port, room, answer, (void *)(uintptr_t)server);
}
