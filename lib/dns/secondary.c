/* SPDX-License-Identifier: ISC */
/* A secondary's timers: see secondary.h. */
#include "lib/dns/secondary.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"

#define NS_PER_S 1000000000ull
#define NUMBERS  20 /* bytes of a SOA's rdata behind its names; the serial is the first */

static uint32_t number(const struct dns_zone *zone, size_t at)
{
	const struct dns_record *soa = zone->soa->records;
	const uint8_t *p = dns_record_bytes(soa) + soa->len - NUMBERS + at;
	uint32_t value = wire_u32(p);

	return MIN(MAX(value, DNS_REFRESH_MIN), DNS_REFRESH_MAX);
}

/* SECONDS from NOW, or up to an eighth less. */
static uint64_t later(uint64_t now, uint32_t seconds, uint32_t random)
{
	uint64_t span = seconds * NS_PER_S;

	return now + span - span / 8 * (random & 0xffff) / 0x10000;
}

void dns_secondary_init(struct dns_secondary *secondary, uint64_t now)
{
	memset(secondary, 0, sizeof(*secondary));
	secondary->next = now;
	secondary->retry = DNS_RETRY_FIRST;
}

bool dns_secondary_start(struct dns_secondary *secondary, uint64_t now)
{
	if (secondary->busy || now < secondary->next)
		return false;
	secondary->busy = true;
	secondary->again = false;
	return true;
}

static void end(struct dns_secondary *secondary, uint64_t now)
{
	secondary->busy = false;
	if (secondary->again)
		secondary->next = now;
}

void dns_secondary_success(
	struct dns_secondary *secondary, const struct dns_zone *zone, uint64_t now, uint32_t random)
{
	secondary->have = true;
	secondary->failures = 0;
	secondary->refresh = number(zone, 4);
	secondary->retry = number(zone, 8);
	secondary->expire = number(zone, 12);
	secondary->next = later(now, secondary->refresh, random);
	secondary->expires = now + secondary->expire * NS_PER_S;
	end(secondary, now);
}

void dns_secondary_failure(struct dns_secondary *secondary, uint64_t now, uint32_t random)
{
	uint32_t wait = secondary->retry;

	if (!secondary->have)
		wait = MIN(DNS_RETRY_FIRST << MIN(secondary->failures, 16u), DNS_RETRY_MAX);
	secondary->failures++;
	secondary->next = later(now, wait, random);
	end(secondary, now);
}

void dns_secondary_notified(struct dns_secondary *secondary, uint64_t now)
{
	secondary->again = secondary->busy;
	if (!secondary->busy)
		secondary->next = MIN(secondary->next, now);
}

bool dns_secondary_expired(const struct dns_secondary *secondary, uint64_t now)
{
	return secondary->have && now >= secondary->expires;
}

uint64_t dns_secondary_due(const struct dns_secondary *secondary, uint64_t now)
{
	uint64_t due = secondary->busy ? UINT64_MAX : secondary->next;

	if (secondary->have && now < secondary->expires)
		due = MIN(due, secondary->expires);
	return due;
}
