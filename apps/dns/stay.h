/* SPDX-License-Identifier: ISC */
/*
 * Which connections may stay: limits to all of them and to those of one client, and who has to
 * leave when there is no room (RFC 7766 sections 6.1 and 6.2.3). Does no I/O and reads no clock;
 * called by stream.c. Times are in ns, of one clock.
 */
#ifndef APPS_DNS_STAY_H
#define APPS_DNS_STAY_H

#include <stdint.h>

#include "lib/base/list.h"

enum stay_state {
	STAY_IDLE,    /* waits for a message's first byte */
	STAY_MESSAGE, /* has a part of one, or of a handshake */
	STAY_REPLY,   /* is being sent something */
	STAY_WORK,    /* waits for us */
};

/* One connection; the caller's. */
struct stay {
	struct list node;
	uint8_t client[16];
	enum stay_state state;
	uint64_t since;
};

struct stay_limits {
	uint64_t most;       /* connections in all */
	uint64_t per_client; /* of one IPv4 address, or of one IPv6 /64 */
	uint64_t idle;       /* how long one may be idle */
};

struct stay_table {
	struct list all;
	unsigned open;
};

/* Who is in the midst of something for less than so long need not leave for others. */
#define STAY_GRACE 1000000000ull
/* However many there are, the time to be idle is not less than this, or than the limit. */
#define STAY_IDLE_LEAST 1000000000ull

enum stay_verdict {
	STAY_WELCOME,
	STAY_FULL,     /* and nobody has to leave */
	STAY_TOO_MANY, /* of this client */
};

void stay_init(struct stay_table *table);

/*
 * Whether a client of address IP may have one connection more. When *LEAVE is not NULL after
 * STAY_WELCOME, that one has to be closed for it: the one that was idle longest or, if none is, was
 * kept longest by its client in the midst of something.
 */
enum stay_verdict stay_ask(const struct stay_table *table, const struct stay_limits *limits,
	const uint8_t ip[16], uint64_t now, struct stay **leave);

/* A connection of IP is there: it is in the midst of something until it is idle. */
void stay_open(struct stay_table *table, struct stay *stay, const uint8_t ip[16], uint64_t now);
void stay_close(struct stay_table *table, struct stay *stay);
void stay_set(struct stay *stay, enum stay_state state, uint64_t now);

/* How long one may be idle now: the limit, and less when more than half of the room is taken. */
uint64_t stay_idle_time(const struct stay_table *table, const struct stay_limits *limits);

#endif
