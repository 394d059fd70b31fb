/* SPDX-License-Identifier: ISC */
/*
 * What stands between the engine's reply and the client: cookies' secrets, the limit on replies,
 * the query log and the counters. Called by the transports with each reply.
 */
#ifndef APPS_DNS_GUARD_H
#define APPS_DNS_GUARD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "apps/dns/count.h"
#include "lib/base/config.h"
#include "lib/dns/rrl.h"
#include "lib/net/net.h"

/* The settings, as config_key.parse and .target have them. */
struct guard_limits {
	uint64_t rate; /* 0: no limit */
	uint64_t slip, window, prefix4, prefix6;
};
extern struct guard_limits guard_limits;
void guard_limits_changed(void);
int guard_set_cookies(const struct config_key *key, unsigned index, const char *value);
int guard_set_secret(const struct config_key *key, unsigned index, const char *value);
int guard_set_exempt(const struct config_key *key, unsigned index, const char *value);

/* Who asks just now: the server's client, and the key of his message if it is signed. */
extern struct dns_client guard_client;
extern const struct dns_tsig_key *guard_key;

/* Before dns_server_answer(): for the limit, and for zones that are not open to all. */
static inline void guard_asks(const struct net_addr *from)
{
	memcpy(guard_client.ip, from->ip, sizeof(guard_client.ip));
	guard_key = NULL;
}

/* The settings have been read: makes SERVER use all this. 0 or -ENOMEM. */
int guard_start(struct dns_server *server);
/* The machine goes on, perhaps as one of several: what was drawn by chance is drawn anew. */
void guard_resumed(void);
/* Tells the log which floods have begun or ended; from time to time. */
void guard_tell(void);

/* For guard_datagram(): whether there is a limit, and whether queries are logged. */
extern bool guard_limiting;
extern uint64_t querylog_every;

size_t guard_limit(const struct net_addr *from, uint8_t *reply, size_t len);
/* Logs the query if it is its turn. */
void querylog_take(const struct net_addr *from, enum count_transport transport,
	const uint8_t *reply, size_t len);
int querylog_set(const struct config_key *key, unsigned index, const char *value);

/* The reply of LEN bytes to guard_client goes over TCP or TLS. */
static inline void guard_stream(const struct net_addr *from, enum count_transport transport,
	const uint8_t *reply, size_t len)
{
	count_reply(transport, &guard_client, reply);
	if (querylog_every)
		querylog_take(from, transport, reply, len);
}

/*
 * The same over UDP: its new length, or 0 if it is not to be sent. TRUSTED: it is sure that the
 * client is who he says.
 */
static inline size_t guard_datagram(
	const struct net_addr *from, bool trusted, uint8_t *reply, size_t len)
{
	guard_stream(from, COUNT_UDP, reply, len);
	if (!guard_limiting || trusted || guard_client.cookie == DNS_COOKIE_VALID)
		return len;
	return guard_limit(from, reply, len);
}

#endif
