/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/lease.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/siphash.h"

#define NONE DHCP_LEASE_NONE

static uint32_t table_size(uint32_t capacity)
{
	uint32_t size = 16;

	while (size < capacity && size < 1u << 30)
		size *= 2;
	return size;
}

size_t dhcp_leases_memory(uint32_t capacity)
{
	return (size_t)capacity * sizeof(struct dhcp_lease) +
	       3 * (size_t)table_size(capacity) * sizeof(uint32_t);
}

static uint32_t *make_table(uint32_t size)
{
	uint32_t *table = malloc(size * sizeof(*table));

	if (table)
		memset(table, 0xff, size * sizeof(*table));
	return table;
}

int dhcp_leases_init(struct dhcp_leases *leases, uint32_t capacity, const uint8_t key[16])
{
	uint32_t size = table_size(capacity);

	memset(leases, 0, sizeof(*leases));
	memcpy(leases->key, key, sizeof(leases->key));
	leases->capacity = capacity;
	leases->mask = size - 1;
	leases->entries = calloc(capacity ? capacity : 1, sizeof(*leases->entries));
	leases->by_address = make_table(size);
	leases->by_id = make_table(size);
	leases->by_mac = make_table(size);
	list_init(&leases->due);
	list_init(&leases->free);
	list_init(&leases->past);
	list_init(&leases->offered);
	list_init(&leases->bound);
	list_init(&leases->declined);
	if (!leases->entries || !leases->by_address || !leases->by_id || !leases->by_mac) {
		dhcp_leases_fini(leases);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < capacity; i++)
		list_push_back(&leases->free, &leases->entries[i].node);
	leases->count[DHCP_LEASE_FREE] = capacity;
	return 0;
}

void dhcp_leases_fini(struct dhcp_leases *leases)
{
	free(leases->entries);
	free(leases->names);
	free(leases->by_address);
	free(leases->by_id);
	free(leases->by_mac);
	leases->entries = NULL;
	leases->names = NULL;
	leases->by_address = leases->by_id = leases->by_mac = NULL;
}

void dhcp_identity_of_hardware(struct dhcp_identity *id, const struct dhcp_message *message)
{
	const struct dhcp_fixed *fixed = &message->fixed;

	memset(id, 0, sizeof(*id));
	id->bytes[1] = fixed->htype;
	memcpy(id->bytes + 2, fixed->chaddr, fixed->hlen);
	id->len = (uint8_t)(2 + fixed->hlen);
}

/*
 * A long identifier is kept as its first bytes and a hash, with a key of its own that is the same
 * after a restart.
 */
void dhcp_identity_of(struct dhcp_identity *id, const struct dhcp_message *message)
{
	static const uint8_t key[16] = "kinglet identity";
	size_t len;
	const uint8_t *value = dhcp_message_option(message, DHCP_OPTION_CLIENT_ID, &len);
	uint64_t hash;

	memset(id, 0, sizeof(*id));
	if (value && len >= 2 && len < DHCP_IDENTITY) { /* RFC 2132 section 9.14: at least two */
		id->bytes[0] = 1;
		memcpy(id->bytes + 1, value, len);
		id->len = (uint8_t)(len + 1);
	} else if (value && len >= 2) {
		hash = siphash(key, value, len);
		id->bytes[0] = 2;
		memcpy(id->bytes + 1, value, DHCP_IDENTITY - 9);
		memcpy(id->bytes + DHCP_IDENTITY - 8, &hash, 8);
		id->len = DHCP_IDENTITY;
	} else {
		dhcp_identity_of_hardware(id, message);
	}
}

/* ---- chains ---- */

static uint32_t *head_of_address(const struct dhcp_leases *leases, uint32_t address)
{
	/* An address is the server's choice: no secret is needed. */
	return &leases->by_address[(address * 2654435761u >> 7 ^ address) & leases->mask];
}

static uint32_t *head_of_id(const struct dhcp_leases *leases, const struct dhcp_identity *id)
{
	return &leases->by_id[siphash(leases->key, id->bytes, id->len) & leases->mask];
}

static uint32_t *head_of_mac(
	const struct dhcp_leases *leases, uint8_t htype, const uint8_t chaddr[16])
{
	uint8_t bytes[17] = {htype};

	memcpy(bytes + 1, chaddr, 16);
	return &leases->by_mac[siphash(leases->key, bytes, sizeof(bytes)) & leases->mask];
}

static uint32_t index_of(const struct dhcp_leases *leases, const struct dhcp_lease *lease)
{
	return (uint32_t)(lease - leases->entries);
}

/* Takes LEASE out of the chain that starts at AT and goes on at OFFSET of each entry. */
static void unchain(const struct dhcp_leases *leases, uint32_t *at, const struct dhcp_lease *lease,
	size_t offset)
{
	uint32_t index = index_of(leases, lease);

	while (*at != index) {
		ASSERT(*at != NONE);
		at = (uint32_t *)(void *)((char *)&leases->entries[*at] + offset);
	}
	*at = *(const uint32_t *)(const void *)((const char *)lease + offset);
}

struct dhcp_lease *dhcp_lease_by_address(const struct dhcp_leases *leases, uint32_t address)
{
	uint32_t at = *head_of_address(leases, address);

	while (at != NONE && leases->entries[at].address != address)
		at = leases->entries[at].next_by_address;
	return at == NONE ? NULL : &leases->entries[at];
}

static bool same_id(const struct dhcp_identity *a, const struct dhcp_identity *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

struct dhcp_lease *dhcp_lease_by_id(const struct dhcp_leases *leases,
	const struct dhcp_identity *id, const struct dhcp_lease *after)
{
	uint32_t at = after ? after->next_by_id : *head_of_id(leases, id);

	while (at != NONE && !same_id(&leases->entries[at].id, id))
		at = leases->entries[at].next_by_id;
	return at == NONE ? NULL : &leases->entries[at];
}

unsigned dhcp_lease_count_mac(const struct dhcp_leases *leases, uint8_t htype,
	const uint8_t chaddr[16], uint64_t now, struct dhcp_lease **past)
{
	unsigned count = 0;

	*past = NULL;
	for (uint32_t at = *head_of_mac(leases, htype, chaddr); at != NONE;
		at = leases->entries[at].next_by_mac) {
		struct dhcp_lease *lease = &leases->entries[at];

		if (lease->htype != htype || memcmp(lease->chaddr, chaddr, 16) != 0)
			continue;
		count++;
		if (!dhcp_lease_holds(lease, now))
			*past = lease;
	}
	return count;
}

/* ---- names ---- */

int dhcp_leases_keep_names(struct dhcp_leases *leases)
{
	leases->names = calloc(leases->capacity ? leases->capacity : 1, sizeof(*leases->names));
	for (uint32_t i = 0; leases->names && i < leases->capacity; i++)
		list_init(&leases->names[i].due);
	return leases->names ? 0 : -ENOMEM;
}

struct dhcp_lease_name *dhcp_lease_name(
	const struct dhcp_leases *leases, const struct dhcp_lease *lease)
{
	return leases->names ? &leases->names[index_of(leases, lease)] : NULL;
}

void dhcp_lease_name_due(struct dhcp_leases *leases, struct dhcp_lease_name *entry)
{
	list_remove(&entry->due);
	list_push_back(&leases->due, &entry->due);
}

void dhcp_lease_rename(struct dhcp_leases *leases, const struct dhcp_lease *lease, const char *name)
{
	struct dhcp_lease_name *entry = dhcp_lease_name(leases, lease);
	size_t len = strlen(name);

	if (!entry || strcmp(entry->name, name) == 0)
		return;
	ASSERT(len <= DHCP_NAME_MAX);
	memset(entry->name, 0, sizeof(entry->name));
	memcpy(entry->name, name, len);
	entry->refused = false;
	dhcp_lease_name_due(leases, entry);
}

/* The entry is needed for another address. */
static void forget_name(struct dhcp_leases *leases, const struct dhcp_lease *lease)
{
	struct dhcp_lease_name *entry = dhcp_lease_name(leases, lease);

	if (!entry)
		return;
	leases->names_lost += entry->told[0] != '\0';
	list_remove(&entry->due);
	memset(entry, 0, sizeof(*entry));
	list_init(&entry->due);
}

/* ---- entries ---- */

static struct list *list_of(struct dhcp_leases *leases, unsigned state)
{
	struct list *const lists[] = {
		&leases->free, &leases->past, &leases->offered, &leases->bound, &leases->declined};

	return lists[state];
}

static void uncount(struct dhcp_leases *leases, struct dhcp_lease *lease)
{
	dhcp_relays_drop(&leases->relays, lease->place);
	lease->place = DHCP_RELAY_NONE;
	lease->relay = 0;
}

static void move(struct dhcp_leases *leases, struct dhcp_lease *lease, enum dhcp_lease_state state)
{
	list_remove(&lease->node);
	list_push_back(list_of(leases, state), &lease->node);
	leases->count[lease->state]--;
	leases->count[state]++;
	lease->state = (uint8_t)state;
	if (state <= DHCP_LEASE_PAST)
		uncount(leases, lease);
}

static bool is_given(const struct dhcp_lease *lease)
{
	return lease->id.len > 0;
}

/* The entry is nobody's from here on. */
static void take_back(struct dhcp_leases *leases, struct dhcp_lease *lease)
{
	if (!is_given(lease))
		return;
	unchain(leases, head_of_id(leases, &lease->id), lease,
		offsetof(struct dhcp_lease, next_by_id));
	unchain(leases, head_of_mac(leases, lease->htype, lease->chaddr), lease,
		offsetof(struct dhcp_lease, next_by_mac));
	memset(&lease->id, 0, sizeof(lease->id));
}

struct dhcp_lease *dhcp_lease_add(struct dhcp_leases *leases, uint32_t address)
{
	struct dhcp_lease *lease;
	uint32_t *head;

	if (list_empty(&leases->free) && !list_empty(&leases->past))
		dhcp_lease_drop(leases, container_of(leases->past.next, struct dhcp_lease, node));
	if (list_empty(&leases->free))
		return NULL;
	lease = container_of(leases->free.next, struct dhcp_lease, node);
	head = head_of_address(leases, address);
	lease->address = address;
	lease->next_by_address = *head;
	*head = index_of(leases, lease);
	lease->end = lease->touched = 0;
	lease->probing = false;
	move(leases, lease, DHCP_LEASE_PAST);
	return lease;
}

void dhcp_lease_give(struct dhcp_leases *leases, struct dhcp_lease *lease,
	const struct dhcp_identity *id, uint8_t htype, uint8_t hlen, const uint8_t chaddr[16])
{
	uint32_t *head;

	lease->hlen = hlen;
	if (same_id(&lease->id, id) && lease->htype == htype &&
		memcmp(lease->chaddr, chaddr, sizeof(lease->chaddr)) == 0)
		return;
	take_back(leases, lease);
	lease->id = *id;
	lease->htype = htype;
	memcpy(lease->chaddr, chaddr, sizeof(lease->chaddr));
	head = head_of_id(leases, id);
	lease->next_by_id = *head;
	*head = index_of(leases, lease);
	head = head_of_mac(leases, htype, chaddr);
	lease->next_by_mac = *head;
	*head = index_of(leases, lease);
}

void dhcp_lease_set(struct dhcp_leases *leases, struct dhcp_lease *lease,
	enum dhcp_lease_state state, uint64_t end)
{
	ASSERT(state != DHCP_LEASE_FREE);
	lease->end = end;
	move(leases, lease, state);
	if (state != DHCP_LEASE_BOUND)
		dhcp_lease_rename(leases, lease, "");
}

void dhcp_lease_through(struct dhcp_leases *leases, struct dhcp_lease *lease, uint32_t relay)
{
	if (!relay || lease->relay == relay || lease->state <= DHCP_LEASE_PAST)
		return;
	uncount(leases, lease);
	lease->relay = relay;
	lease->place = dhcp_relays_add(&leases->relays, relay);
}

void dhcp_lease_drop(struct dhcp_leases *leases, struct dhcp_lease *lease)
{
	take_back(leases, lease);
	forget_name(leases, lease);
	unchain(leases, head_of_address(leases, lease->address), lease,
		offsetof(struct dhcp_lease, next_by_address));
	move(leases, lease, DHCP_LEASE_FREE);
}
