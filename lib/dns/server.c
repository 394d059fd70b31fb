/* SPDX-License-Identifier: ISC */
/* The set of zones: see server.h. The engine's other half is in answer.c. */
#include "lib/dns/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

void dns_server_init(struct dns_server *server, uint16_t udp_size)
{
	memset(server, 0, sizeof(*server));
	server->udp_size = udp_size ? udp_size : DNS_UDP_SIZE;
}

static bool is_named(const struct dns_zone *zone, const struct dns_key *key)
{
	return zone->name_hash == key->hash[0] && zone->name_len == key->len &&
	       memcmp(zone->name, key->wire, key->len) == 0;
}

/* The slot of the zone, or the empty one where it would go. There is always an empty one. */
static struct dns_zone **find_slot(const struct dns_server *server, const struct dns_key *key)
{
	uint32_t i = key->hash[0] & server->mask;

	while (server->zones[i] && !is_named(server->zones[i], key))
		i = (i + 1) & server->mask;
	return &server->zones[i];
}

static void insert(struct dns_server *server, struct dns_zone *zone)
{
	uint32_t i = zone->name_hash & server->mask;

	while (server->zones[i])
		i = (i + 1) & server->mask;
	server->zones[i] = zone;
	server->only = server->count++ ? NULL : zone;
	server->depth = MAX(server->depth, (uint16_t)zone->apex->labels);
}

/* Moves all zones to a table of SLOTS (a power of two). */
static int resize(struct dns_server *server, uint32_t slots)
{
	struct dns_zone **zones = calloc(slots, sizeof(struct dns_zone *)), **old = server->zones;
	uint32_t i, last = server->mask;

	if (!zones)
		return -ENOMEM;
	server->zones = zones;
	server->mask = slots - 1;
	server->count = 0;
	server->depth = 0;
	for (i = 0; old && i <= last; i++) {
		if (old[i])
			insert(server, old[i]);
	}
	free(old);
	return 0;
}

int dns_server_put_zone(struct dns_server *server, struct dns_zone *zone, struct dns_zone **old)
{
	struct dns_zone **slot;
	struct dns_key key;

	*old = NULL;
	zone->pause = NULL;
	dns_key_init(&key, zone->name, zone->name_len);
	if (server->zones) {
		slot = find_slot(server, &key);
		if (*slot) {
			*old = *slot;
			*slot = zone;
			if (server->only)
				server->only = zone;
			return 0;
		}
	}
	/* At least half of the slots stay empty, so that a miss ends soon. */
	if (!server->zones || (server->count + 1) * 2 > server->mask + 1) {
		if (resize(server, server->zones ? (server->mask + 1) * 2 : 4))
			return -ENOMEM;
	}
	insert(server, zone);
	return 0;
}

struct dns_zone *dns_server_find_zone(const struct dns_server *server, const struct dns_key *key)
{
	return server->zones ? *find_slot(server, key) : NULL;
}

static void set_only(struct dns_server *server)
{
	uint32_t i;

	server->only = NULL;
	for (i = 0; server->count == 1 && !server->only; i++)
		server->only = server->zones[i];
}

struct dns_zone *dns_server_take_zone(struct dns_server *server, const struct dns_key *key)
{
	struct dns_zone *zone = dns_server_find_zone(server, key), *moved;
	uint32_t i;

	if (!zone)
		return NULL;
	i = (uint32_t)(find_slot(server, key) - server->zones);
	server->zones[i] = NULL;
	server->count--;
	/* What stood behind it may have been pushed there by it: put the whole run in anew. */
	for (i = (i + 1) & server->mask; server->zones[i]; i = (i + 1) & server->mask) {
		moved = server->zones[i];
		server->zones[i] = NULL;
		server->count--;
		insert(server, moved);
	}
	set_only(server);
	return zone;
}

void dns_server_fini(struct dns_server *server)
{
	uint32_t i;

	for (i = 0; server->zones && i <= server->mask; i++)
		dns_zone_free(server->zones[i]);
	free(server->zones);
	dns_server_init(server, server->udp_size);
}
