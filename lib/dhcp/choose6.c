/* SPDX-License-Identifier: ISC */
/* Who a DHCPv6 client is, and which address it gets. */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/siphash.h"
#include "lib/dhcp/engine6.h"
#include "lib/dhcp/hosts.h"
#include "lib/dhcp/ra.h"

/* ---- addresses and their numbers ---- */

static uint64_t low64(const uint8_t *address)
{
	uint64_t value = 0;

	for (unsigned i = 8; i < 16; i++)
		value = value << 8 | address[i];
	return value;
}

/* Ranges lie within a prefix of 64 bits or more. */
uint32_t dhcp6_range_size(const struct dhcp6_range *r)
{
	uint64_t last = low64(r->last) - low64(r->first);

	if (!(r->mode & DHCP6_STATEFUL))
		return 0;
	return last >= DHCP6_RANGE_MAX ? DHCP6_RANGE_MAX : (uint32_t)last + 1;
}

static void address_at(const struct dhcp6_range *r, uint32_t offset, uint8_t address[16])
{
	uint64_t low = low64(r->first) + offset;

	memcpy(address, r->first, 8);
	for (unsigned i = 0; i < 8; i++)
		address[8 + i] = (uint8_t)(low >> (56 - 8 * i));
}

static const struct dhcp_host *reserved_for(
	const struct dhcp_config *config, const uint8_t address[16])
{
	const struct dhcp_host_entry *entry =
		dhcp_host_find(config, NULL, DHCP_HOST_ADDRESS6, address, 16);

	return entry ? entry->host : NULL;
}

/* ADDRESS's number, and the range that it is in; DHCP6_NO_NUMBER: it is not given out. */
uint32_t dhcp6_number_of(const struct dhcp_config *config, const uint8_t address[16],
	const struct dhcp6_range **range)
{
	const struct dhcp_host *host = reserved_for(config, address);
	uint32_t base = 0;

	*range = NULL;
	if (host)
		return DHCP6_RESERVED_AT + host->place;
	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next) {
		uint64_t offset = low64(address) - low64(r->first);

		if (memcmp(address, r->first, 8) == 0 && offset < dhcp6_range_size(r)) {
			*range = r;
			return base + (uint32_t)offset;
		}
		base += dhcp6_range_size(r);
	}
	return DHCP6_NO_NUMBER;
}

bool dhcp6_address_of(const struct dhcp_config *config, uint32_t number, uint8_t address[16])
{
	if (number >= DHCP6_RESERVED_AT) {
		if (number - DHCP6_RESERVED_AT >= config->host_count)
			return false;
		memcpy(address, config->host_at[number - DHCP6_RESERVED_AT]->address6, 16);
		return true;
	}
	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next) {
		if (number < dhcp6_range_size(r)) {
			address_at(r, number, address);
			return true;
		}
		number -= dhcp6_range_size(r);
	}
	return false;
}

/* ---- who asks ---- */

/* By IAID and DUID, the long ones by a hash: RFC 8415 section 12. */
void dhcp6_identify(struct dhcp6_client *c)
{
	static const uint8_t key[16] = "kinglet identity";
	uint8_t bytes[4 + DHCP6_DUID_MAX];
	uint64_t hash;
	size_t len = 4 + c->duid.len;

	memset(&c->id, 0, sizeof(c->id));
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(c->iaid >> (24 - 8 * i));
	memcpy(bytes + 4, c->duid.data, c->duid.len);
	c->id.bytes[0] = 3;
	c->id.len = (uint8_t)(1 + MIN(len, (size_t)DHCP_IDENTITY - 1));
	memcpy(c->id.bytes + 1, bytes, c->id.len - 1u);
	if (len <= DHCP_IDENTITY - 1)
		return;
	hash = siphash(key, bytes, len);
	memcpy(c->id.bytes + DHCP_IDENTITY - 8, &hash, 8);
}

/* The hardware address in a DUID-LLT or DUID-LL (sections 11.2 and 11.4); data is NULL for others.
 */
static struct dhcp6_field hardware_of(struct dhcp6_field duid)
{
	size_t skip = duid.len > 8 && duid.data[1] == 1 ? 8 : 4;

	if (duid.len <= skip || duid.data[0] || (duid.data[1] != 1 && duid.data[1] != 3))
		return (struct dhcp6_field){0};
	return (struct dhcp6_field){duid.data + skip, duid.len - skip};
}

/* A reservation whose address is on another link is none here. */
static bool fits(
	const struct dhcp6_server *server, const struct dhcp6_client *c, const struct dhcp_host *h)
{
	if (!dhcp_cond_holds(&h->cond, c->tags))
		return false;
	for (const struct dhcp6_range *r = server->config->ranges6; r && h->has_address6;
		r = r->next)
		if (dhcp6_client_on_link(c, r) &&
			dhcp6_same_prefix(h->address6, r->first, r->length))
			return true;
	return !h->has_address6;
}

const struct dhcp_host *dhcp6_find_host(
	const struct dhcp6_server *server, const struct dhcp6_client *c)
{
	const struct dhcp_config *config = server->config;
	struct dhcp6_field hardware = hardware_of(c->duid);
	const struct dhcp_host_entry *entry = NULL;

	while ((entry = dhcp_host_find(config, entry, DHCP_HOST_ID, c->duid.data, c->duid.len)))
		if (fits(server, c, entry->host))
			return entry->host;
	while (hardware.data && (entry = dhcp_host_find(config, entry, DHCP_HOST_HARDWARE,
					 hardware.data, hardware.len)))
		if (dhcp_host_has_hardware(
			    entry->host, c->duid.data[3], hardware.data, hardware.len) &&
			fits(server, c, entry->host))
			return entry->host;
	for (const struct dhcp_host *h = config->open_hosts; hardware.data && h; h = h->next_open)
		if (dhcp_host_has_hardware(h, c->duid.data[3], hardware.data, hardware.len) &&
			fits(server, c, h))
			return h;
	return NULL;
}

/* The relay nearest to the client that knows the link's address, or our own on the link. */
const uint8_t *dhcp6_place_of(const struct dhcp6_server *server, const struct dhcp6_client *c)
{
	static const uint8_t none[16];
	const struct dhcp_link *link = &server->config->links[c->netif];

	for (unsigned i = c->message->hops; i-- > 0;)
		if (memcmp(c->message->envelopes[i].link, none, 16) != 0)
			return c->message->envelopes[i].link;
	return link->length6 ? link->address6 : NULL;
}

bool dhcp6_client_on_link(const struct dhcp6_client *c, const struct dhcp6_range *r)
{
	return c->place && dhcp6_same_prefix(c->place, r->first, r->length);
}

/* ---- addresses for a client ---- */

bool dhcp6_is_own(const struct dhcp6_client *c, const struct dhcp_lease *lease)
{
	return lease->id.len == c->id.len && memcmp(lease->id.bytes, c->id.bytes, c->id.len) == 0;
}

static bool may_have(
	const struct dhcp6_server *server, const struct dhcp6_client *c, const uint8_t address[16])
{
	const struct dhcp6_range *range;
	uint32_t number = dhcp6_number_of(server->config, address, &range);

	if (c->host && c->host->has_address6)
		return memcmp(c->host->address6, address, 16) == 0;
	return number != DHCP6_NO_NUMBER && range && dhcp6_client_on_link(c, range) &&
	       dhcp_cond_holds(&range->cond, c->tags);
}

static bool is_free(
	const struct dhcp6_server *server, const struct dhcp6_client *c, uint32_t number)
{
	const struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, number);

	if (!lease || !dhcp_lease_holds(lease, c->now))
		return true;
	return lease->state != DHCP_LEASE_DECLINED && dhcp6_is_own(c, lease);
}

uint32_t dhcp6_usable(
	const struct dhcp6_server *server, const struct dhcp6_client *c, const uint8_t address[16])
{
	const struct dhcp6_range *range;
	uint32_t number = dhcp6_number_of(server->config, address, &range);

	return may_have(server, c, address) && is_free(server, c, number) ? number
									  : DHCP6_NO_NUMBER;
}

/* As many as there may be leases, and one more, are looked at: among those one is free. */
static uint32_t search(const struct dhcp6_server *server, const struct dhcp6_client *c)
{
	for (const struct dhcp6_range *r = server->config->ranges6; r; r = r->next) {
		uint32_t size = dhcp6_range_size(r), start, number;
		uint8_t address[16];

		if (!size || !dhcp6_client_on_link(c, r) || !dhcp_cond_holds(&r->cond, c->tags))
			continue;
		start = (uint32_t)(siphash(server->leases.key, c->id.bytes, c->id.len) % size);
		for (uint32_t i = 0;
			i < size && i <= server->leases.capacity + server->config->host_count;
			i++) {
			address_at(r, (start + i) % size, address);
			number = dhcp6_usable(server, c, address);
			if (number != DHCP6_NO_NUMBER)
				return number;
		}
	}
	return DHCP6_NO_NUMBER;
}

/* The client's reservation, what it has, what it asks for, or another. */
uint32_t dhcp6_choose(const struct dhcp6_server *server, const struct dhcp6_client *c)
{
	struct dhcp6_field options = {NULL, 0}, wanted;
	struct dhcp_lease *lease = NULL;
	uint8_t address[16];
	uint32_t number;

	if (c->host && c->host->has_address6)
		return dhcp6_usable(server, c, c->host->address6);
	while ((lease = dhcp_lease_by_id(&server->leases, &c->id, lease)))
		if (dhcp6_address_of(server->config, lease->address, address) &&
			(number = dhcp6_usable(server, c, address)) != DHCP6_NO_NUMBER)
			return number;
	options = (struct dhcp6_field){c->ia.data + DHCP6_IA_LEN, c->ia.len - DHCP6_IA_LEN};
	wanted = dhcp6_find(options, DHCP6_OPTION_ADDRESS);
	if (wanted.len >= DHCP6_ADDRESS_LEN &&
		(number = dhcp6_usable(server, c, wanted.data)) != DHCP6_NO_NUMBER)
		return number;
	return search(server, c);
}

void dhcp6_end_lease(struct dhcp6_server *server, struct dhcp_lease *lease, uint64_t now)
{
	dhcp_lease_set(&server->leases, lease, DHCP_LEASE_PAST, MIN(lease->end, now));
}

struct dhcp_lease *dhcp6_take(struct dhcp6_server *server, const struct dhcp6_client *c,
	uint32_t number, enum dhcp_lease_state state, uint64_t end)
{
	static const uint8_t no_mac[16];
	struct dhcp_lease *lease = dhcp_lease_by_address(&server->leases, number);

	if (lease && state == DHCP_LEASE_OFFERED && dhcp6_is_own(c, lease) &&
		lease->state == DHCP_LEASE_BOUND && lease->end > c->now)
		return lease;
	if (!lease)
		lease = dhcp_lease_add(&server->leases, number);
	if (!lease && !list_empty(&server->leases.offered)) { /* an offer gives way */
		dhcp6_end_lease(server,
			container_of(server->leases.offered.next, struct dhcp_lease, node), c->now);
		lease = dhcp_lease_add(&server->leases, number);
	}
	if (!lease) {
		server->stats.full++;
		return NULL;
	}
	dhcp_lease_give(&server->leases, lease, &c->id, 0, 0, no_mac);
	dhcp_lease_set(&server->leases, lease, state, end);
	lease->touched = c->now;
	return lease;
}

uint32_t dhcp6_time_of(
	const struct dhcp6_server *server, const struct dhcp6_client *c, uint32_t number)
{
	const struct dhcp6_range *range = NULL;
	uint8_t address[16];

	if (c->host && c->host->lease)
		return c->host->lease;
	if (dhcp6_address_of(server->config, number, address))
		dhcp6_number_of(server->config, address, &range);
	for (const struct dhcp6_range *r = server->config->ranges6; r && !range; r = r->next)
		if (dhcp6_client_on_link(c, r))
			range = r;
	return range ? range->lease : DHCP_LEASE_DEFAULT;
}
