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

/* The bucket of TAG; or the one of its set that has been idle longest, to be TAG's from here on. */
static struct dhcp_bucket *find(struct dhcp_rate *rate, uint64_t hash, uint64_t now, uint64_t most)
{
	struct dhcp_bucket *set = rate->sets[hash % DHCP_RATE_SETS], *idle = &set[0];

	for (unsigned i = 0; i < DHCP_RATE_WAYS; i++) {
		if (set[i].tag == hash)
			return &set[i];
		if (set[i].filled < idle->filled)
			idle = &set[i];
	}
	*idle = (struct dhcp_bucket){.tag = hash, .filled = now, .tokens = most};
	return idle;
}

bool dhcp_rate_take(
	struct dhcp_rate *rate, uint64_t now, uint32_t per_second, const void *who, size_t len)
{
	uint64_t most = (uint64_t)per_second * TOKEN * DHCP_RATE_BURST, idle;
	struct dhcp_bucket *bucket;

	if (!per_second)
		return true;
	bucket = find(rate, siphash(rate->key, who, len), now, most);
	idle = now - MIN(bucket->filled, now);
	idle = MIN(idle, (uint64_t)TOKEN * DHCP_RATE_BURST);
	bucket->filled = now;
	bucket->tokens = MIN(most, bucket->tokens + idle * per_second);
	if (bucket->tokens < TOKEN)
		return false;
	bucket->tokens -= TOKEN;
	return true;
}
