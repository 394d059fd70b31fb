/* SPDX-License-Identifier: ISC */
/* What the files of the DNS app share: the server, its counters, and its two transports. */
#ifndef APPS_DNS_SERVE_H
#define APPS_DNS_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/dns/master.h"
#include "lib/dns/server.h"

struct serve_stats {
	uint64_t udp_queries;
	uint64_t dropped; /* messages that were no queries */
};
extern struct serve_stats serve_stats;

#define ZONES_FOLDER "zones"

/* A zone's file, by its path from the root ("zones/example.org.zone"); see struct dns_load. */
struct zones_file {
	const char *name, *text;
	size_t len;
	int (*include)(void *ctx, const char *name, const char **text, size_t *len);
	void *ctx;
};
/* The zone in it; NULL with the reason logged, and in MESSAGE. In a thread. */
struct dns_zone *zones_read(const struct zones_file *file, char message[DNS_MESSAGE]);

/* Loads every zone of the boot archive into SERVER. 0, or -Exxx with the reason logged. */
int zones_load(struct dns_server *server);

/*
 * Start to answer by SERVER, which lives on. 0 or -Exxx. ROOM: bytes of the longest answer over UDP
 * that there ever is room for. serve_tcp() runs for ever, in a thread.
 */
struct udp_socket;
int serve_udp(
	const struct dns_server *server, uint16_t port, size_t room, struct udp_socket **socket);
int serve_tcp(uint16_t port);

/* Whoever asks by a stream is answered by SERVER. */
void ask_start(const struct dns_server *server);

/*
 * Adds the options that the query wished for to a reply of LEN bytes, with SIZE in all, which
 * BEHIND bytes will follow. Its new length.
 */
struct stream;
struct dns_wishes;
size_t ask_add_options(const struct stream *stream, const struct dns_wishes *wishes, uint8_t *reply,
	size_t len, size_t size, size_t behind);

#endif
