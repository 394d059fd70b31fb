/* SPDX-License-Identifier: ISC */
/* What the files of the DNS app share: the server, its counters, and its two transports. */
#ifndef APPS_DNS_SERVE_H
#define APPS_DNS_SERVE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/dns/master.h"
#include "lib/dns/server.h"

struct serve_stats {
	uint64_t udp_queries, tcp_queries;
	uint64_t dropped;         /* messages that were no queries */
	uint64_t tcp_connections; /* accepted */
	uint64_t tcp_refused;     /* over the limit, or no memory for one more */
};
extern struct serve_stats serve_stats;

/* The settings that are the transports' own. */
struct serve_limits {
	uint64_t port;
	uint64_t tcp_connections; /* at a time; more are refused */
	size_t udp_room;   /* bytes of the longest answer over UDP that there ever is room for */
	uint64_t tcp_idle; /* seconds that a connection may wait for a message */
};

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

/* Start to answer by SERVER, which lives on. 0 or -Exxx. serve_tcp() runs for ever, in a thread. */
struct udp_socket;
int serve_udp(const struct dns_server *server, const struct serve_limits *limits,
	struct udp_socket **socket);
int serve_tcp(const struct dns_server *server, const struct serve_limits *limits);

#endif
