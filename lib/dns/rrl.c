/* SPDX-License-Identifier: ISC */
/* Limits on replies: see rrl.h. */
#include "lib/dns/rrl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/inet.h"
#include "lib/base/siphash.h"
#include "lib/base/wire.h"

#define NS_PER_S 1000000000ull

int dns_rrl_init(struct dns_rrl *rrl, const uint8_t key[16])
{
	memset(rrl, 0, sizeof(*rrl));
	rrl->rate = 200;
	rrl->slip = 2;
	rrl->window = 15;
	rrl->prefix4 = 24;
	rrl->prefix6 = 56;
	memcpy(rrl->key, key, sizeof(rrl->key));
	rrl->accounts = calloc(2 * DNS_RRL_ACCOUNTS, sizeof(*rrl->accounts));
	return rrl->accounts ? 0 : -ENOMEM;
}

void dns_rrl_fini(struct dns_rrl *rrl)
{
	free(rrl->accounts);
	rrl->accounts = NULL;
}

/* The first BITS of an address, the rest 0. */
static void mask(uint8_t out[16], const uint8_t ip[16], unsigned bits)
{
	memset(out, 0, 16);
	memcpy(out, ip, bits / 8);
	if (bits % 8)
		out[bits / 8] = (uint8_t)(ip[bits / 8] & 0xff00 >> bits % 8);
}

/* What is hashed: the network, then the kind and name. */
struct subject {
	uint8_t network[16];
	uint32_t kind, name;
};

/* Draws on an account. Whether it was overdrawn. */
static bool draw(struct bucket *account, uint64_t now, uint64_t cost, uint64_t most)
{
	uint64_t level = bucket_level(account, now);

	bucket_set(account, now, level < most ? level + cost : MIN(level, most + cost));
	return level >= NS_PER_S;
}

/* Not predictable, so that nobody can time his questions to get every short reply. */
static uint64_t next_random(struct dns_rrl *rrl)
{
	rrl->held++;
	return siphash(rrl->key, (const uint8_t *)&rrl->held, sizeof(rrl->held));
}

/* Remembers the flood, if there is room for it. */
static void note(struct dns_rrl *rrl, const struct dns_client *client, uint64_t hash, uint64_t now)
{
	struct dns_rrl_flood *flood = &rrl->floods[hash / 2 % DNS_RRL_FLOODS];
	bool v4 = inet_is_v4(client->ip);

	if (!flood->hash) {
		flood->hash = hash;
		flood->count = 0;
		flood->kind = client->kind;
		flood->bits = (uint8_t)(v4 ? rrl->prefix4 : rrl->prefix6);
		flood->told = false;
		mask(flood->ip, client->ip, flood->bits + (v4 ? 96u : 0u));
	}
	if (flood->hash != hash)
		return;
	flood->last = now;
	flood->count++;
}

enum dns_rrl_verdict dns_rrl_check(
	struct dns_rrl *rrl, const struct dns_client *client, uint64_t now)
{
	struct subject subject = {.kind = client->kind, .name = client->name};
	uint64_t cost = NS_PER_S / rrl->rate, most = (rrl->window + 1) * NS_PER_S, hash;
	bool v4 = inet_is_v4(client->ip), first, second;
	size_t skip = v4 ? 8 : 0; /* half of the network's bytes say nothing then */

	mask(subject.network, client->ip, (unsigned)(v4 ? rrl->prefix4 + 96 : rrl->prefix6));
	hash = siphash(rrl->key, (const uint8_t *)&subject + skip, sizeof(subject) - skip);
	first = draw(&rrl->accounts[hash % DNS_RRL_ACCOUNTS], now, cost, most);
	second = draw(&rrl->accounts[DNS_RRL_ACCOUNTS + (hash >> 32) % DNS_RRL_ACCOUNTS], now, cost,
		most);
	if (!first || !second)
		return DNS_RRL_SEND;
	note(rrl, client, hash | 1, now);
	return rrl->slip && next_random(rrl) % rrl->slip == 0 ? DNS_RRL_SHORTEN : DNS_RRL_DROP;
}

bool dns_rrl_next(struct dns_rrl *rrl, uint64_t now, struct dns_rrl_flood *flood)
{
	for (unsigned i = 0; i < DNS_RRL_FLOODS; i++) {
		struct dns_rrl_flood *at = &rrl->floods[i];

		if (!at->hash)
			continue;
		if (!at->told) {
			at->told = true;
			*flood = *at;
			flood->count = 0;
			return true;
		}
		if (now - at->last >= DNS_RRL_QUIET_S * NS_PER_S) {
			*flood = *at;
			at->hash = 0;
			return true;
		}
	}
	return false;
}

size_t dns_rrl_shorten(uint8_t *reply, size_t len, const struct dns_client *client)
{
	bool cookie = client->cookie == DNS_COOKIE_CLIENT || client->cookie == DNS_COOKIE_WRONG;
	size_t end = client->question_end, opt = client->opt ? len - client->opt : 0;

	memmove(reply + end, reply + client->opt, opt);
	memset(reply + 6, 0, 6);
	reply[11] = opt > 0;
	reply[2] &= 0xf9; /* AA, TC */
	if (client->kind != DNS_KIND_ERROR)
		reply[3] &= 0xf0;
	if (cookie && opt && client->kind != DNS_KIND_ERROR) {
		reply[3] |= DNS_BADCOOKIE & 15;
		reply[end + 5] = DNS_BADCOOKIE >> 4;
	} else {
		reply[2] |= 2;
	}
	return end + opt;
}
