/* SPDX-License-Identifier: ISC */
/*
 * How often somebody may ask: a fixed table of token buckets, found by a keyed hash. When more ask
 * than there are buckets, whoever has been idle longest is forgotten: no stranger can take memory.
 */
#ifndef LIB_DHCP_RATE_H
#define LIB_DHCP_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP_RATE_SETS  128
#define DHCP_RATE_WAYS  4
#define DHCP_RATE_BURST 4 /* seconds' worth that may come at once */

struct dhcp_bucket {
	uint64_t tag;    /* the hash of who it belongs to */
	uint64_t filled; /* when, in ms */
	uint64_t tokens; /* in thousandths */
};

struct dhcp_rate {
	uint8_t key[16];
	struct dhcp_bucket sets[DHCP_RATE_SETS][DHCP_RATE_WAYS];
};

void dhcp_rate_init(struct dhcp_rate *rate, const uint8_t key[16]);
/* Takes a token of WHO (LEN bytes) at NOW (ms), of PER_SECOND (0: any number). False: none left. */
bool dhcp_rate_take(
	struct dhcp_rate *rate, uint64_t now, uint32_t per_second, const void *who, size_t len);

#endif
