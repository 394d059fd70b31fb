/* SPDX-License-Identifier: ISC */
/*
 * Sends requests and takes their answers: in a window (as many at a time as are under way; finds
 * how much a server can do) or at a rate (arrivals as of a Poisson process, whatever the server
 * does; shows the latency, counted from when a request was due, so that a late sender hides
 * nothing).
 */
#ifndef TESTS_BENCH_LOAD_RUN_H
#define TESTS_BENCH_LOAD_RUN_H

#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "tests/bench/load/request.h"

#define TARGETS_MAX 64

/* Where requests go, in turn: a datagram socket with addresses, or a packet socket with one. */
struct targets {
	int fd;
	struct sockaddr_storage address[TARGETS_MAX];
	socklen_t address_len;
	unsigned count;
};

struct plan {
	unsigned window;      /* requests under way at most; at a rate: only a bound */
	double rate;          /* requests a second, or 0: as the window allows */
	double seconds;       /* of sending; or */
	uint64_t requests;    /* this many, if not 0 */
	double patience;      /* seconds until a request counts as lost */
	struct answer *notes; /* if not NULL: of each request in the list its last answer */
};

struct outcome {
	uint64_t sent, received, lost, wrong, late;
	double seconds;            /* from the first request sent to the last answer */
	double rate;               /* answers a second */
	double p50, p90, p99, max; /* us */
	uint64_t rcodes[16];
};

/* 0, or -1 after saying why. */
int load_run(const struct targets *targets, const struct requests *requests,
	const struct plan *plan, struct outcome *outcome);

/* Asks the first request every few ms until it is answered rightly. 0, or -1 after LIMIT seconds.
 */
int load_first(const struct targets *targets, const struct requests *requests, double limit);

#endif
