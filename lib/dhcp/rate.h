/* SPDX-License-Identifier: ISC */
/*
 * How often somebody may ask: a fixed table of token buckets, found by a keyed hash. Who meets in a
 * bucket shares it, so that no stranger can take memory.
 */
#ifndef LIB_DHCP_RATE_H
#define LIB_DHCP_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DHCP_RATE_BUCKETS 512
#define DHCP_RATE_BURST   4 /* seconds' worth that may come at once */

struct dhcp_rate {
	uint8_t key[16];
	struct {
		uint64_t filled; /* when, in ms */
		uint64_t tokens; /* in thousandths */
	} buckets[DHCP_RATE_BUCKETS];
};

void dhcp_rate_init(struct dhcp_rate *rate, const uint8_t key[16]);
/* Takes a token of WHO (LEN bytes) at NOW (ms), of PER_SECOND (0: any number). False: none left. */
bool dhcp_rate_take(
	struct dhcp_rate *rate, uint64_t now, uint32_t per_second, const void *who, size_t len);

#endif
