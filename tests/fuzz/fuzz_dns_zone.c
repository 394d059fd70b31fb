/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a master file, which may include itself. A zone that loads is asked for each of its
 * own names and for one below it: whatever a zone holds, its answers must be whole messages. And it
 * is read as a catalog.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/dns/catalog.h"
#include "lib/dns/master.h"
#include "lib/dns/server.h"
#include "lib/dns/types.h"

struct input {
	const char *text;
	size_t len;
};

static int include(void *ctx, const char *name, const char **text, size_t *len)
{
	const struct input *input = ctx;

	/* All of it, or the part behind the first line. */
	*text = input->text;
	*len = input->len;
	if (*name == 'b') {
		const char *line = memchr(input->text, '\n', input->len);

		*text = line ? line + 1 : input->text;
		*len -= (size_t)(*text - input->text);
	}
	return 0;
}

static void warn(void *ctx, const char *message)
{
	(void)ctx;
	if (strlen(message) >= DNS_MESSAGE)
		abort();
}

static void ask(
	const struct dns_server *server, const uint8_t *name, size_t name_len, uint16_t type)
{
	static uint8_t reply[DNS_REPLY_MAX];
	uint8_t query[12 + DNS_NAME_MAX + 4] = {0, 1, 0, 0, 0, 1};
	size_t len = 12 + name_len, got;

	memcpy(query + 12, name, name_len);
	query[len] = (uint8_t)(type >> 8);
	query[len + 1] = (uint8_t)type;
	query[len + 3] = 1;
	if (dns_server_answer(server, query, len + 4, DNS_UDP, reply, 512, &got) != DNS_ANSWER ||
		got > 512)
		abort();
	if (dns_server_answer(server, query, len + 4, DNS_TCP, reply, sizeof(reply), &got) !=
		DNS_ANSWER)
		abort();
}

static void ask_all(const struct dns_server *server, const struct dns_zone *zone)
{
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	uint8_t name[DNS_NAME_MAX + 2] = {1, 'x'};
	unsigned count = 0;
	size_t len;

	for (node = zone->first; node && count++ < 200; node = node->next) {
		len = dns_node_name(node, name + 2);
		ask(server, name + 2, len, DNS_A);
		ask(server, name + 2, len, DNS_ANY);
		for (rrset = node->rrsets; rrset; rrset = rrset->next)
			ask(server, name + 2, len, rrset->type);
		if (len + 2 <= DNS_NAME_MAX)
			ask(server, name, len + 2, DNS_A);
	}
}

static void take_member(
	void *ctx, const uint8_t *name, size_t len, const uint8_t *id, const char *group)
{
	struct dns_key key;

	if (len != dns_name_len(name) || !*id || strlen(group) >= DNS_GROUP_MAX)
		abort();
	dns_key_init(&key, name, len);
	dns_catalog_hands_over(ctx, id, &key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input input = {(const char *)data, len};
	struct dns_load load = {.apex = "example",
		.file = "zone",
		.text = input.text,
		.len = len,
		.include = include,
		.warn = warn,
		.ctx = &input,
		.limit = 4 << 20};
	char message[DNS_MESSAGE] = "";
	struct dns_server server;
	struct dns_zone *zone, *old;

	if (len && data[0] == '!') { /* the other way to name a zone */
		load.apex = NULL;
		load.text++;
		load.len--;
	}
	zone = dns_zone_load(&load, message);
	if (!zone) {
		if (!*message || strlen(message) >= DNS_MESSAGE || strchr(message, '\n'))
			abort();
		return 0;
	}
	dns_server_init(&server, 0);
	if (dns_server_put_zone(&server, zone, &old)) {
		dns_zone_free(zone);
		return 0;
	}
	ask_all(&server, zone);
	if (!dns_catalog_check(zone))
		dns_catalog_members(zone, take_member, zone);
	dns_server_fini(&server);
	return 0;
}
