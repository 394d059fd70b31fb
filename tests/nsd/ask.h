/* SPDX-License-Identifier: ISC */
/* Sends one query to a DNS server and waits for its reply. Used by tests/nsd/compare.c. */
#ifndef TESTS_NSD_ASK_H
#define TESTS_NSD_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct peer {
	struct sockaddr_storage address;
	socklen_t address_len;
	int udp; /* a connected socket */
};

/* "127.0.0.1:5353", "[::1]:53", or without a port for 53. 0 or -1. */
int peer_open(struct peer *peer, const char *address);

/*
 * The bytes of the reply, 0 if there is none in time. UDP asks three times, a second each; TCP
 * waits three seconds in all.
 */
size_t peer_ask(
	struct peer *peer, const uint8_t *query, size_t len, bool tcp, uint8_t reply[65535]);

#endif
