/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/hosts.h"

#include <string.h>

#include "lib/base/siphash.h"
#include "lib/dhcp/parse.h"

/* Keys of reservations are the administrator's, and only they stand in the table: no secret is
 * needed. */
static uint64_t hash(enum dhcp_host_key kind, const void *bytes, size_t len)
{
	uint8_t key[16] = {(uint8_t)kind};

	return siphash(key, bytes, len);
}

static bool add(struct dhcp_config *config, const struct dhcp_host *host, enum dhcp_host_key kind,
	const void *bytes, size_t len)
{
	struct dhcp_host_entry *entry = arena_alloc(&config->arena, sizeof(*entry), 8), **head;

	if (!entry)
		return false;
	head = &config->host_index[hash(kind, bytes, len) & config->host_mask];
	*entry = (struct dhcp_host_entry){*head, host, bytes, (uint8_t)kind, (uint8_t)len};
	*head = entry;
	return true;
}

static bool add_name(struct dhcp_config *config, const struct dhcp_host *host)
{
	size_t len = strlen(host->name);
	char *low = arena_alloc(&config->arena, len + 1, 1);

	if (!low)
		return false;
	dhcp_lower(low, host->name, len + 1);
	if (!add(config, host, DHCP_HOST_NAME, low, len))
		return false;
	return host->id || host->hardware ||
	       add(config, host, DHCP_HOST_CLIENT_NAME, host->name, len);
}

static bool add_host(struct dhcp_config *config, struct dhcp_host *host)
{
	bool open = false;

	if (host->address &&
		!add(config, host, DHCP_HOST_ADDRESS, &host->address, sizeof(host->address)))
		return false;
	if (host->has_address6 &&
		!add(config, host, DHCP_HOST_ADDRESS6, host->address6, sizeof(host->address6)))
		return false;
	if (host->id && !add(config, host, DHCP_HOST_ID, host->id, host->id_len))
		return false;
	for (const struct dhcp_hardware *h = host->hardware; h; h = h->next) {
		if (!h->open && !add(config, host, DHCP_HOST_HARDWARE, h->bytes, h->len))
			return false;
		open = open || h->open;
	}
	if (open) {
		host->next_open = config->open_hosts;
		config->open_hosts = host;
	}
	return !host->name || add_name(config, host);
}

/* Chains grow at their heads: from the last of the file to the first, so that the first comes
 * first. */
bool dhcp_hosts_index(struct dhcp_config *config)
{
	uint32_t size = 16, count = config->host_count, i = 0;

	while (size < 2 * count && size < 1u << 24)
		size *= 2;
	config->host_index =
		arena_alloc(&config->arena, size * sizeof(*config->host_index), sizeof(void *));
	config->host_at =
		arena_alloc(&config->arena, (count + 1) * sizeof(*config->host_at), sizeof(void *));
	if (!config->host_index || !config->host_at)
		return false;
	config->host_mask = size - 1;
	for (struct dhcp_host *host = config->hosts; host; host = host->next) {
		host->place = i;
		config->host_at[i++] = host;
	}
	while (count--)
		if (!add_host(config, config->host_at[count]))
			return false;
	return true;
}

const struct dhcp_host_entry *dhcp_host_find(const struct dhcp_config *config,
	const struct dhcp_host_entry *after, enum dhcp_host_key kind, const void *bytes, size_t len)
{
	const struct dhcp_host_entry *entry;

	if (!config->host_count)
		return NULL;
	entry = after ? after->next
		      : config->host_index[hash(kind, bytes, len) & config->host_mask];
	while (entry &&
		(entry->kind != kind || entry->len != len || memcmp(entry->bytes, bytes, len) != 0))
		entry = entry->next;
	return entry;
}
