/* SPDX-License-Identifier: ISC */
/* The server's state: how it begins, what time does to it, and what comes back from a disk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dhcp/engine.h"
#include "lib/dhcp/hosts.h"
#include "lib/dhcp/names.h"
#include "lib/dhcp/parse.h"

#define SWEEP_PARTS 16u /* of the table, one at each tick */
#define MS          1000u

/* ---- init ---- */

static size_t pool_words(const struct dhcp_range *range)
{
	return (size_t)(((uint64_t)range->last - range->first) / 64 + 1);
}

static uint64_t bits_of(const struct dhcp_config *config)
{
	uint64_t words = 0;

	for (const struct dhcp_range *r = config->ranges; r; r = r->next)
		if (!r->is_static)
			words += 2 * pool_words(r);
	return words;
}

uint64_t dhcp_server_memory(const struct dhcp_config *config, bool names)
{
	return dhcp_leases_memory(config->lease_max) + bits_of(config) * sizeof(uint64_t) +
	       (names ? config->lease_max * (uint64_t)sizeof(struct dhcp_lease_name) : 0);
}

static void reserve(struct dhcp_server *server, uint32_t address)
{
	struct dhcp_pool *pool = dhcp_pool_of(server, address);
	uint32_t i;

	if (!pool)
		return;
	i = address - pool->range->first;
	dhcp_pool_mark(server, address, true);
	pool->reserved[i / 64] |= (uint64_t)1 << i % 64;
}

static void make_pools(struct dhcp_server *server)
{
	const struct dhcp_config *config = server->config;
	uint64_t *bits = server->bits;

	for (const struct dhcp_range *r = config->ranges; r; r = r->next) {
		struct dhcp_pool *pool = &server->pools[server->pool_count];

		if (r->is_static)
			continue;
		pool->range = r;
		pool->size = r->last - r->first + 1;
		pool->used = bits;
		pool->reserved = bits + pool_words(r);
		bits += 2 * pool_words(r);
		if (pool->size % 64) /* what lies beyond the end is never free */
			pool->used[pool->size / 64] = UINT64_MAX << pool->size % 64;
		server->pool_count++;
	}
	for (const struct dhcp_host *host = config->hosts; host; host = host->next)
		reserve(server, host->address);
	for (unsigned i = 0; i < DHCP_LINKS; i++)
		reserve(server, config->links[i].address);
}

int dhcp_server_init(struct dhcp_server *server, const struct dhcp_config *config,
	const struct dhcp_limits *limits, const uint8_t key[16])
{
	uint64_t words = bits_of(config);

	memset(server, 0, sizeof(*server));
	server->config = config;
	server->limits = *limits;
	dhcp_rate_init(&server->mac_rate, key);
	dhcp_rate_init(&server->relay_rate, key);
	if (dhcp_server_memory(config, limits->names) > SIZE_MAX / 2 ||
		dhcp_leases_init(&server->leases, config->lease_max, key))
		return -ENOMEM;
	server->pools = calloc(config->range_count + 1, sizeof(*server->pools));
	server->bits = calloc((size_t)words + 1, sizeof(*server->bits));
	if (!server->pools || !server->bits ||
		(limits->names && dhcp_leases_keep_names(&server->leases))) {
		dhcp_server_fini(server);
		return -ENOMEM;
	}
	make_pools(server);
	return 0;
}

void dhcp_server_fini(struct dhcp_server *server)
{
	dhcp_leases_fini(&server->leases);
	free(server->pools);
	free(server->bits);
	server->pools = NULL;
	server->bits = NULL;
}

/* ---- what time does ---- */

static void end_oldest(struct dhcp_server *server, struct list *list, uint64_t now)
{
	while (!list_empty(list)) {
		struct dhcp_lease *lease = container_of(list->next, struct dhcp_lease, node);

		if (lease->end > now)
			return;
		dhcp_end_lease(server, lease, now);
	}
}

void dhcp_server_tick(struct dhcp_server *server, uint64_t now)
{
	struct dhcp_leases *leases = &server->leases;
	uint32_t part = leases->capacity / SWEEP_PARTS + 1;

	now /= MS;
	end_oldest(server, &leases->offered, now);
	end_oldest(server, &leases->declined, now);
	for (uint32_t i = 0; i < part && leases->capacity; i++) {
		struct dhcp_lease *lease = &leases->entries[server->swept];

		server->swept = (server->swept + 1) % leases->capacity;
		if (lease->state > DHCP_LEASE_PAST && lease->end <= now)
			dhcp_end_lease(server, lease, now);
	}
}

static bool is_reserved(const struct dhcp_config *config, uint32_t address)
{
	return dhcp_host_find(config, NULL, DHCP_HOST_ADDRESS, &address, sizeof(address));
}

/* DNS may have been told of the name or not: it is told again, or has it taken out once more. */
static void restore_name(
	struct dhcp_server *server, const struct dhcp_lease *lease, const char *name)
{
	struct dhcp_lease_name *entry = dhcp_lease_name(&server->leases, lease);
	uint8_t wire[DHCP_DOMAIN_MAX + 1];
	size_t len = entry ? dhcp_name_wire(name, server->config->domain, wire) : 0;

	if (!len)
		return;
	if (lease->state == DHCP_LEASE_BOUND) {
		dhcp_lease_rename(&server->leases, lease, name);
		return;
	}
	memcpy(entry->told, name, strlen(name) + 1);
	dhcp_name_dhcid(entry->dhcid, lease, wire, len);
	dhcp_lease_name_due(&server->leases, entry);
}

int dhcp_server_restore(
	struct dhcp_server *server, uint64_t now, const struct dhcp_lease *lease, const char *name)
{
	bool over = lease->end <= now / MS;
	struct dhcp_lease *entry;

	if (!dhcp_pool_of(server, lease->address) && !is_reserved(server->config, lease->address))
		return -ENOENT;
	if (dhcp_lease_by_address(&server->leases, lease->address))
		return -EEXIST;
	if (over && list_empty(&server->leases.free))
		return -ENOMEM; /* who has a lease goes before who had one */
	entry = dhcp_lease_add(&server->leases, lease->address);
	if (!entry)
		return -ENOMEM;
	dhcp_lease_give(
		&server->leases, entry, &lease->id, lease->htype, lease->hlen, lease->chaddr);
	entry->touched = lease->touched;
	if (!over)
		dhcp_pool_mark(server, lease->address, true);
	dhcp_lease_set(&server->leases, entry,
		over ? DHCP_LEASE_PAST : (enum dhcp_lease_state)lease->state, lease->end);
	dhcp_lease_through(&server->leases, entry, lease->relay);
	restore_name(server, entry, name);
	return 0;
}
