/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/rate.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/siphash.h"

#define TOKEN 1000u

void dhcp_rate_init(struct dhcp_rate *rate, const uint8_t key[16])
{
	memset(rate, 0, sizeof(*rate));
	memcpy(rate->key, key, sizeof(rate->key));
}

bool dhcp_rate_take(
	struct dhcp_rate *rate, uint64_t now, uint32_t per_second, const void *who, size_t len)
{
	size_t i = siphash(rate->key, who, len) % DHCP_RATE_BUCKETS;
	uint64_t most = (uint64_t)per_second * TOKEN * DHCP_RATE_BURST, idle;

	if (!per_second)
		return true;
	idle = now - MIN(rate->buckets[i].filled, now);
	idle = MIN(idle, (uint64_t)TOKEN * DHCP_RATE_BURST);
	if (!rate->buckets[i].filled)
		rate->buckets[i].tokens = most;
	rate->buckets[i].filled = now ? now : 1;
	rate->buckets[i].tokens = MIN(most, rate->buckets[i].tokens + idle * per_second);
	if (rate->buckets[i].tokens < TOKEN)
		return false;
	rate->buckets[i].tokens -= TOKEN;
	return true;
}
