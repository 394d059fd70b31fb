/* SPDX-License-Identifier: ISC */
/*
 * What comes to the server's port and is no plain query: transfers, updates, notifications, answers
 * to ours, and whatever is signed. Called by the two transports, which pass on what
 * front_is_plain() does not let through to the engine.
 */
#ifndef APPS_DNS_FRONT_H
#define APPS_DNS_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dns/server.h"
#include "lib/net/net.h"

/* Whether a message is surely a query that needs none of this. Costs some 40 instructions. */
bool front_is_plain(const uint8_t *message, size_t len);

/* Starts the thread that performs updates. SOCKET is the server's. 0 or -ENOMEM. */
int front_start(struct dns_server *server, struct udp_socket *socket);

/* A datagram: the length of the answer in REPLY, or 0. In the loop. */
size_t front_datagram(const struct net_addr *from, const uint8_t *message, size_t len,
	uint8_t *reply, size_t size);

/*
 * A message of a stream, which may be changed: answers it, or starts the transfer that it asks for.
 * False ends the connection. In the stream's thread.
 */
struct stream;
bool front_stream(struct stream *stream, uint8_t *message, size_t len);

#endif
