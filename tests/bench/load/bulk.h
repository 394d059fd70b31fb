/* SPDX-License-Identifier: ISC */
/*
 * TCP in bulk over one connection: gives bytes to who discards them (RFC 863), or takes from who
 * generates characters (RFC 864) and looks at each.
 */
#ifndef TESTS_BENCH_LOAD_BULK_H
#define TESTS_BENCH_LOAD_BULK_H

#include <stdbool.h>
#include <stdint.h>

struct bulk_plan {
	bool give;          /* else: take */
	unsigned port;      /* 0: 9 to give, 19 to take */
	double seconds;     /* of sending or receiving; or */
	uint64_t bytes;     /* this many, if not 0 */
	double patience;    /* seconds without a byte until it has failed */
	const char *target; /* an address of IPv4 or IPv6; of a link: "fe80::1%xenbr0" */
};

struct bulk_outcome {
	uint64_t bytes;
	double seconds; /* from the connection's begin; for what is given until the peer has read
			   all */
};

/* 0, or -1 after saying why. */
int bulk_run(const struct bulk_plan *plan, struct bulk_outcome *outcome);

/* Connects until it works. 0, or -1 after LIMIT seconds. */
int bulk_first(const struct bulk_plan *plan, double limit);

#endif
