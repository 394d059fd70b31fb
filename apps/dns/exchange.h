/* SPDX-License-Identifier: ISC */
/*
 * One message that is no plain query, and what becomes of it. exchange.c opens its signature, sees
 * what it asks for and whether it may; updates.c and transfers.c carry that out. front.c takes the
 * messages from the transports and leads them through all of this.
 */
#ifndef APPS_DNS_EXCHANGE_H
#define APPS_DNS_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "apps/dns/roles.h"
#include "lib/dns/client.h"
#include "lib/dns/options.h"
#include "lib/dns/server.h"
#include "lib/dns/tsig.h"
#include "lib/net/net.h"

/* A stream's reply has its length before it, in the same memory. */
#define EXCHANGE_PREFIX 2u
#define EXCHANGE_BUFFER (EXCHANGE_PREFIX + DNS_REPLY_MAX)

struct stream;

struct exchange {
	const struct net_addr *from;
	enum dns_transport transport;
	uint8_t *message; /* without its TSIG, once that was read */
	size_t len;       /* of it; then of the reply */
	struct dns_tsig tsig;
	uint8_t *reply;
	size_t size;           /* bytes that there is room for in it */
	struct role *role;     /* whose zone is to be transferred or updated */
	struct stream *stream; /* NULL for a datagram */
	struct dns_wishes wishes;
	bool trusted; /* its signature is right */
};

enum exchange_outcome {
	EXCHANGE_NOTHING, /* is sent: it was an answer to us, or an update that waits */
	EXCHANGE_DROPPED,
	EXCHANGE_REPLY,    /* X->len bytes are in X->reply, unsigned */
	EXCHANGE_TRANSFER, /* X->role's zone: it may */
	EXCHANGE_UPDATE,   /* the same */
};

struct exchange_stats {
	uint64_t transfers, updates, notifies; /* that were let through */
	uint64_t refused;                      /* that were not */
	uint64_t bad_signatures;
};
extern struct exchange_stats exchange_stats;

/* Before the first message: all of this is done for SERVER. */
void exchange_start(struct dns_server *server);

/* X, with who sent what and where to reply: what it asks for. guard_asks() was called before. */
enum exchange_outcome exchange_take(struct exchange *x);
/* Its reply is its question with RCODE and header FLAGS. EXCHANGE_REPLY. */
enum exchange_outcome exchange_answer(struct exchange *x, uint16_t flags, enum dns_rcode rcode);
/*
 * The reply, whose question ends at END, is not the engine's: says what that would have told of it
 * (guard_client).
 */
void exchange_tell(enum dns_kind kind, enum dns_rcode rcode, const uint8_t *reply, size_t end);
/* Signs the reply, if the message was signed. False: there is no room for it. */
bool exchange_sign(struct exchange *x);
/* Signs it and sends it by X's stream, with the options that were wished for. False: it is over. */
bool exchange_send(struct exchange *x);

/* ---- updates.c: those by datagram, in a thread ---- */

/* Starts the thread, which answers from SOCKET. 0 or -ENOMEM. */
int updates_start(struct udp_socket *socket);
/* EXCHANGE_NOTHING: it will be answered; or EXCHANGE_REPLY, when too many wait. */
enum exchange_outcome updates_queue(struct exchange *x);

/* ---- transfers.c ---- */

/* Whether there are as many as may be at a time. */
bool transfers_full(void);
/* What a datagram is answered that asks for one. */
enum exchange_outcome transfers_datagram(struct exchange *x);
/*
 * Starts the one that X asks for by its stream, and has X's buffer (EXCHANGE_BUFFER bytes, X->reply
 * is NULL then); unless *OUTCOME is EXCHANGE_REPLY: that is what X is answered. False: the
 * connection must end.
 */
bool transfers_start(struct exchange *x, enum exchange_outcome *outcome);

#endif
