/* SPDX-License-Identifier: ISC */
/*
 * Counters of what was asked and answered, and the state that the app shows (platform_show()):
 * queries by transport, type, rcode; cookies, limits, changes; zones with their serials.
 */
#ifndef APPS_DNS_COUNT_H
#define APPS_DNS_COUNT_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/base/inet.h"

#include "lib/dns/server.h"

enum count_transport {
	COUNT_UDP,
	COUNT_TCP,
	COUNT_TLS,
};
#define COUNT_TRANSPORTS 3

#define COUNT_TYPES 66 /* counted each: 0 (no question) to HTTPS */

struct count {
	uint64_t transports[COUNT_TRANSPORTS][2]; /* replies by IPv6, by IPv4 */
	uint64_t types[COUNT_TYPES + 2];          /* then ANY, and all others */
	uint64_t rcodes[32];
	uint64_t cookies[DNS_COOKIES];
	uint64_t truncated;                      /* UDP, for lack of room */
	uint64_t limit_shortened, limit_dropped; /* by the rate limit */
	uint64_t reloads, reload_errors;         /* zones */
	char reload[200]; /* what became of the last time; empty: there was none */
};
extern struct count count;

static inline unsigned count_slot(uint16_t type)
{
	if (type < COUNT_TYPES)
		return type;
	return type == 255 ? COUNT_TYPES : COUNT_TYPES + 1;
}

/* A query of CLIENT was answered by REPLY. */
static inline void count_reply(
	enum count_transport transport, const struct dns_client *client, const uint8_t *reply)
{
	count.transports[transport][inet_is_v4(client->ip)]++;
	count.types[count_slot(client->type)]++;
	count.rcodes[client->rcode & 31]++;
	count.cookies[client->cookie]++;
	count.truncated += reply[2] >> 1 & 1;
}

/* "NXDOMAIN", or the number of one that has no name here, in NUMBER. */
const char *count_rcode_text(unsigned rcode, char number[4]);

/* The setting: seconds between two times that the state is shown; 0: never. */
extern uint64_t count_interval;

/* Starts the thread that shows the state of SERVER. 0 or -ENOMEM. */
int count_start(const struct dns_server *server);
/* What was shown is shown again: nobody has it in another machine. */
void count_resumed(void);

#endif
