/* SPDX-License-Identifier: ISC */
/* Connections to one TLS server, side by side, that make handshakes or requests. */
#ifndef TESTS_BENCH_TLS_CLIENT_H
#define TESTS_BENCH_TLS_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

enum client_kind {
	CLIENT_FULL,    /* handshake, until the server's ticket; anew */
	CLIENT_RESUMED, /* the same with the ticket */
	CLIENT_GET,     /* one handshake, then requests */
	CLIENT_IDLE,    /* one handshake, then nothing, until stdin ends */
};

struct client_plan {
	enum client_kind kind;
	unsigned connections; /* at a time */
	double seconds;       /* of load; or */
	uint64_t count;       /* so many, if not 0 */
	double patience;      /* seconds to wait for the first that works; 0: none */
	unsigned port;
	const char *address, *path, *groups;
	bool tls12;
	bool waits; /* says "ready" and waits for a line of stdin, before requests */
};

struct client_outcome {
	uint64_t done, failed; /* handshakes or requests */
	uint64_t bytes;        /* of bodies */
	double seconds;
};

/* 0, or -1 after saying why. */
int client_run(const struct client_plan *plan, struct client_outcome *outcome);

#endif
