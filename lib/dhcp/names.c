/* SPDX-License-Identifier: ISC */
/* Which names are due; what is said of one is update.c. */
#include "lib/dhcp/names.h"

#include <string.h>

#include "lib/base/bytes.h"
#include "lib/crypto/hash.h"
#include "lib/dhcp/parse.h"

#define TYPE_HARDWARE 0 /* RFC 4701 section 3.3 */
#define TYPE_CLIENT   1
#define TYPE_DUID     2
#define DIGEST_SHA256 1
#define NODE_SPECIFIC 255  /* RFC 4361: IAID and DUID follow in the client identifier */
#define TTL_MIN       600u /* RFC 4702 section 5: and a third of the lease at most */
#define TTL_MAX       86400u

static uint16_t identifier(const struct dhcp_lease *lease, const uint8_t **bytes, size_t *len)
{
	const struct dhcp_identity *id = &lease->id;

	*bytes = id->bytes + 1;
	*len = id->len - 1u;
	if (id->bytes[0] == 1 && id->bytes[1] == NODE_SPECIFIC && id->len > 6) {
		*bytes += 5;
		*len -= 5;
		return TYPE_DUID;
	}
	if (id->bytes[0] == 1)
		return TYPE_CLIENT;
	return TYPE_HARDWARE;
}

void dhcp_name_dhcid(uint8_t dhcid[DHCP_DHCID_LEN], const struct dhcp_lease *lease,
	const uint8_t *name, size_t len)
{
	uint8_t hardware[17] = {lease->htype};
	const uint8_t *bytes;
	size_t bytes_len;
	uint16_t type = identifier(lease, &bytes, &bytes_len);
	struct crypto_hash_context hash;

	/* Also of who is kept by the hash of a long identifier, which is not what others know. */
	if (type == TYPE_HARDWARE) {
		memcpy(hardware + 1, lease->chaddr, lease->hlen);
		bytes = hardware;
		bytes_len = 1u + lease->hlen;
	}
	wire_set_u16(dhcid, type);
	dhcid[2] = DIGEST_SHA256;
	crypto_hash_init(&hash, CRYPTO_SHA256);
	crypto_hash_update(&hash, bytes, bytes_len);
	crypto_hash_update(&hash, name, len);
	crypto_hash_result(&hash, dhcid + 3);
}

static uint32_t ttl_of(const struct dhcp_config *config, const struct dhcp_lease *lease)
{
	uint64_t time = lease->end - MIN(lease->touched, lease->end);

	if (config->ttl)
		return config->ttl;
	return (uint32_t)MAX(MIN(time / 3, (uint64_t)TTL_MAX), (uint64_t)TTL_MIN);
}

static bool task_of(const struct dhcp_server *server, const struct dhcp_lease_name *entry,
	struct dhcp_name_task *task)
{
	const struct dhcp_leases *leases = &server->leases;
	const struct dhcp_lease *lease = &leases->entries[entry - leases->names];
	uint8_t wire[DHCP_DOMAIN_MAX + 1];
	size_t len;

	memset(task, 0, sizeof(*task));
	task->address = lease->address;
	task->remove = entry->told[0] && strcmp(entry->told, entry->name) != 0;
	memcpy(task->name, task->remove ? entry->told : entry->name, sizeof(task->name));
	if (task->remove) {
		memcpy(task->dhcid, entry->dhcid, sizeof(task->dhcid));
		return true;
	}
	len = dhcp_name_wire(task->name, server->config->domain, wire);
	if (!len || entry->told[0] || !entry->name[0] || entry->refused)
		return false;
	task->ttl = ttl_of(server->config, lease);
	dhcp_name_dhcid(task->dhcid, lease, wire, len);
	return true;
}

bool dhcp_name_next(struct dhcp_server *server, struct dhcp_name_task *task)
{
	struct dhcp_leases *leases = &server->leases;

	while (!list_empty(&leases->due)) {
		struct list *node = leases->due.next;

		if (task_of(server, container_of(node, struct dhcp_lease_name, due), task))
			return true;
		list_remove(node);
		list_init(node);
	}
	return false;
}

void dhcp_name_done(
	struct dhcp_server *server, const struct dhcp_name_task *task, enum dhcp_name_result result)
{
	struct dhcp_leases *leases = &server->leases;
	struct dhcp_lease *lease = dhcp_lease_by_address(leases, task->address);
	struct dhcp_lease_name *entry = lease ? dhcp_lease_name(leases, lease) : NULL;

	if (!entry)
		return; /* the entry was needed for another address meanwhile */
	if (result == DHCP_NAME_TOLD && task->remove) {
		if (strcmp(entry->told, task->name) == 0)
			entry->told[0] = '\0';
	} else if (result == DHCP_NAME_TOLD) {
		memcpy(entry->told, task->name, sizeof(entry->told));
		memcpy(entry->dhcid, task->dhcid, sizeof(entry->dhcid));
	} else if (result == DHCP_NAME_TAKEN) {
		entry->refused = entry->refused || strcmp(entry->name, task->name) == 0;
	}
	dhcp_lease_name_due(leases, entry);
}
