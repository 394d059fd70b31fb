/* SPDX-License-Identifier: ISC */
/* Which address a client gets: RFC 2131 section 4.3.1's order, from pools of bits. */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/siphash.h"
#include "lib/dhcp/engine.h"

#define UNUSED_TRIES 16 /* addresses that are looked at for one that nobody remembers */

/* ---- pools ---- */

struct dhcp_pool *dhcp_pool_of(const struct dhcp_server *server, uint32_t address)
{
	for (unsigned i = 0; i < server->pool_count; i++) {
		const struct dhcp_range *range = server->pools[i].range;

		if (address >= range->first && address <= range->last)
			return &server->pools[i];
	}
	return NULL;
}

static bool get_bit(const uint64_t *bits, uint32_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

void dhcp_pool_mark(struct dhcp_server *server, uint32_t address, bool used)
{
	struct dhcp_pool *pool = dhcp_pool_of(server, address);
	uint64_t bit;
	uint32_t i;

	if (!pool)
		return;
	i = address - pool->range->first;
	bit = (uint64_t)1 << i % 64;
	used = used || get_bit(pool->reserved, i);
	if (used == get_bit(pool->used, i))
		return;
	pool->used[i / 64] ^= bit;
	pool->taken += used ? 1 : UINT32_MAX;
}

/* The first bit of POOL that is 0, from START on and round; the size if there is none. */
static uint32_t find_unused(const struct dhcp_pool *pool, uint32_t start)
{
	uint32_t words = (pool->size + 63) / 64, first = start / 64;

	if (pool->taken == pool->size)
		return pool->size;
	for (uint32_t n = 0; n <= words; n++) {
		uint32_t at = (first + n) % words;
		uint64_t unused = ~pool->used[at];

		if (n == 0)
			unused &= UINT64_MAX << start % 64;
		if (unused)
			return at * 64 + (uint32_t)__builtin_ctzll(unused);
	}
	return pool->size;
}

/* ---- who may have what ---- */

static bool is_in_network(const struct dhcp_client *client, uint32_t address)
{
	const struct dhcp_range *net = client->network;

	return net && (address & net->mask) == (net->first & net->mask);
}

bool dhcp_may_have(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address)
{
	const struct dhcp_pool *pool;

	if (!is_in_network(client, address))
		return false;
	if (client->host && client->host->address)
		return client->host->address == address;
	pool = dhcp_pool_of(server, address);
	return pool && !get_bit(pool->reserved, address - pool->range->first) &&
	       dhcp_cond_holds(&pool->range->cond, client->tags);
}

static bool is_own(const struct dhcp_client *client, const struct dhcp_lease *lease)
{
	return lease->id.len == client->id.len &&
	       memcmp(lease->id.bytes, client->id.bytes, client->id.len) == 0;
}

bool dhcp_is_free(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address)
{
	const struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, address);

	if (!lease || !dhcp_lease_holds(lease, client->now))
		return true;
	return lease->state != DHCP_LEASE_DECLINED && is_own(client, lease);
}

struct dhcp_lease *dhcp_held(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address)
{
	struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, address);

	return lease && is_own(client, lease) && lease->state != DHCP_LEASE_DECLINED ? lease : NULL;
}

/* What it is bound to comes before what it is offered, and that before what it had. */
static unsigned rank(const struct dhcp_lease *lease)
{
	if (lease->state == DHCP_LEASE_BOUND)
		return 3;
	return lease->state == DHCP_LEASE_OFFERED ? 2 : lease->state == DHCP_LEASE_PAST;
}

struct dhcp_lease *dhcp_own_lease(
	const struct dhcp_server *server, const struct dhcp_client *client)
{
	struct dhcp_lease *lease = NULL, *best = NULL;

	while ((lease = dhcp_lease_by_id(&server->leases, &client->id, lease)))
		if (is_in_network(client, lease->address) && rank(lease) > (best ? rank(best) : 0))
			best = lease;
	return best;
}

/* ---- choosing ---- */

static bool is_usable(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address)
{
	return dhcp_may_have(server, client, address) && dhcp_is_free(server, client, address);
}

/* The same client begins to search at the same place, whatever the server remembers. */
static uint32_t search(const struct dhcp_server *server, const struct dhcp_client *client,
	const struct dhcp_pool *pool)
{
	uint64_t hash = siphash(server->leases.key, client->id.bytes, client->id.len);
	uint32_t start = server->config->sequential ? 0 : (uint32_t)(hash % pool->size);
	uint32_t found = find_unused(pool, start), at = found;

	for (unsigned i = 0; i < UNUSED_TRIES && at < pool->size; i++) {
		if (!dhcp_lease_by_address(&server->leases, pool->range->first + at))
			return pool->range->first + at;
		at = find_unused(pool, (at + 1) % pool->size);
	}
	return found < pool->size ? pool->range->first + found : 0;
}

static uint32_t search_all(const struct dhcp_server *server, const struct dhcp_client *client)
{
	for (unsigned i = 0; i < server->pool_count; i++) {
		const struct dhcp_pool *pool = &server->pools[i];
		uint32_t address;

		if (!is_in_network(client, pool->range->first) ||
			!dhcp_cond_holds(&pool->range->cond, client->tags))
			continue;
		address = search(server, client, pool);
		if (address)
			return address;
	}
	return 0;
}

/* Ends all leases that are over, once a second at most. */
static bool sweep_all(struct dhcp_server *server, uint64_t now)
{
	if (server->swept_all == now)
		return false;
	server->swept_all = now;
	for (uint32_t i = 0; i < server->leases.capacity; i++) {
		struct dhcp_lease *lease = &server->leases.entries[i];

		if (lease->state > DHCP_LEASE_PAST && lease->end <= now)
			dhcp_end_lease(server, lease, now);
	}
	return true;
}

uint32_t dhcp_choose(struct dhcp_server *server, const struct dhcp_client *client, uint32_t wanted)
{
	const struct dhcp_lease *own = dhcp_own_lease(server, client);
	uint32_t address;

	if (client->host && client->host->address)
		return is_usable(server, client, client->host->address) ? client->host->address : 0;
	if (own && is_usable(server, client, own->address))
		return own->address;
	if (wanted && is_usable(server, client, wanted))
		return wanted;
	address = search_all(server, client);
	if (!address && sweep_all(server, client->now))
		address = search_all(server, client);
	return address;
}

/* ---- taking ---- */

void dhcp_end_lease(struct dhcp_server *server, struct dhcp_lease *lease, uint64_t now)
{
	dhcp_pool_mark(server, lease->address, false);
	lease->probing = false;
	dhcp_lease_set(&server->leases, lease, DHCP_LEASE_PAST, MIN(lease->end, now));
}

/* What a hardware address only remembers makes room for more of it. */
static bool mac_has_room(struct dhcp_server *server, const struct dhcp_client *client)
{
	const struct dhcp_fixed *fixed = &client->message->fixed;
	struct dhcp_lease *past = NULL;
	unsigned count = dhcp_lease_count_mac(
		&server->leases, fixed->htype, fixed->chaddr, client->now, &past);

	if (count < server->limits.mac_leases)
		return true;
	if (!past) {
		server->stats.mac_leases++;
		return false;
	}
	dhcp_end_lease(server, past, client->now);
	dhcp_lease_drop(&server->leases, past);
	return true;
}

/* Who holds the address already keeps it, by whatever way it comes. */
static bool relay_has_room(struct dhcp_server *server, const struct dhcp_client *client,
	const struct dhcp_lease *lease)
{
	uint32_t relay = client->message->fixed.giaddr, most = server->limits.relay_leases;

	if (!relay || !most || (lease && is_own(client, lease) && lease->state > DHCP_LEASE_PAST))
		return true;
	if (dhcp_relays_held(&server->leases.relays, relay) < most)
		return true;
	server->stats.relay_leases++;
	return false;
}

/*
 * A client has one lease in a network, and one offer. Those that it has in others, where it was
 * before, stay; and so does its lease until it has taken another.
 */
static void give_back_others(
	struct dhcp_server *server, const struct dhcp_client *client, const struct dhcp_lease *kept)
{
	bool bound = kept->state == DHCP_LEASE_BOUND;
	struct dhcp_lease *lease = NULL;

	while ((lease = dhcp_lease_by_id(&server->leases, &client->id, lease)))
		if (lease != kept && is_in_network(client, lease->address) &&
			(lease->state == DHCP_LEASE_OFFERED ||
				(bound && lease->state == DHCP_LEASE_BOUND)))
			dhcp_end_lease(server, lease, client->now);
}

static void make_room_for_offer(struct dhcp_server *server, uint64_t now)
{
	struct dhcp_leases *leases = &server->leases;

	while (leases->count[DHCP_LEASE_OFFERED] >= server->limits.offers &&
		!list_empty(&leases->offered)) {
		dhcp_end_lease(
			server, container_of(leases->offered.next, struct dhcp_lease, node), now);
		server->stats.offers_dropped++;
	}
}

struct dhcp_lease *dhcp_take(struct dhcp_server *server, const struct dhcp_client *client,
	uint32_t address, enum dhcp_lease_state state, uint64_t end)
{
	const struct dhcp_fixed *fixed = &client->message->fixed;
	struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, address);

	if (!relay_has_room(server, client, lease))
		return NULL;
	if (!lease || !is_own(client, lease)) {
		if (!mac_has_room(server, client))
			return NULL;
		lease = dhcp_lease_by_address(&server->leases, address);
		if (!lease)
			lease = dhcp_lease_add(&server->leases, address);
		if (!lease) {
			server->stats.full++;
			return NULL;
		}
		if (lease->state != DHCP_LEASE_PAST)
			dhcp_end_lease(server, lease, client->now);
	}
	if (state == DHCP_LEASE_OFFERED && lease->state != DHCP_LEASE_OFFERED)
		make_room_for_offer(server, client->now);
	dhcp_lease_give(
		&server->leases, lease, &client->id, fixed->htype, fixed->hlen, fixed->chaddr);
	dhcp_pool_mark(server, address, true);
	dhcp_lease_set(&server->leases, lease, state, end);
	dhcp_lease_through(&server->leases, lease, fixed->giaddr);
	give_back_others(server, client, lease);
	lease->touched = client->now;
	lease->probing = false;
	return lease;
}

/* ---- for how long ---- */

uint32_t dhcp_lease_time(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address)
{
	const struct dhcp_pool *pool = dhcp_pool_of(server, address);
	uint32_t time = pool ? pool->range->lease : client->network->lease, wanted;

	if (client->host && client->host->lease)
		time = client->host->lease;
	if (dhcp_message_option_u32(client->message, DHCP_OPTION_LEASE_TIME, &wanted) &&
		wanted < time)
		time = MAX(wanted, DHCP_LEASE_MIN);
	return time;
}
