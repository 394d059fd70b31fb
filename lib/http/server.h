/* SPDX-License-Identifier: ISC */
/* What answers requests, however they come, and how a connection's bytes travel. */
#ifndef LIB_HTTP_SERVER_H
#define LIB_HTTP_SERVER_H

#include "lib/http/handler.h"
#include "lib/http/site.h"

struct http_server {
	/* The site for a host's name (any letters; "" when none was given), or NULL. */
	const struct http_site *(*site)(void *ctx, struct http_text host);
	void *ctx;
	const struct http_handler *handlers;
	size_t handler_count;
	uint64_t body_max;     /* bytes of a request's body */
	unsigned redirect;     /* 0: serve; else answer with where it is by TLS, at this port */
	uint64_t (*now)(void); /* seconds since 1970 */
};

struct http_stats {
	uint64_t requests, bad; /* all that were answered; and those refused for their form */
	uint64_t bytes;         /* of bodies sent */
};

/* What the connection waits for next: how long it may is the caller's to decide. */
enum http_phase {
	HTTP_PHASE_IDLE,  /* the first byte of a request */
	HTTP_PHASE_HEAD,  /* the rest of its head */
	HTTP_PHASE_BODY,  /* bytes of its body; told anew for each piece */
	HTTP_PHASE_REPLY, /* that the client takes what it asked for; told anew for each piece */
};

/* As struct tls_io. READ and WRITE may park the running thread. */
struct http_io {
	long (*read)(void *ctx, void *data, size_t len);
	int (*write)(void *ctx, const void *data, size_t len);
	void (*phase)(void *ctx, enum http_phase phase);
	void *ctx;
};

struct http_connection {
	const struct http_server *server;
	struct http_io io;
	struct http_stats *stats;
	const char *peer; /* the client's address as text */
	bool secure;
	bool *ending; /* set by somebody else: no more requests after this one */
};

/* Serves HTTP/1.1 and 1.0 until the connection is to be closed, which is the caller's to do. */
void http1_serve(const struct http_connection *connection);

/* Of a running connection: bytes of heap while it answers, besides what handlers take. */
extern const size_t http1_memory;

#endif
