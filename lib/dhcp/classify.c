/* SPDX-License-Identifier: ISC */
/* Who a client is: its tags by what it sends, and the reservation that it has. */
#include <string.h>
#include <strings.h>

#include "lib/dhcp/engine.h"
#include "lib/dhcp/hosts.h"

#define CIRCUIT    1
#define REMOTE     2
#define SUBSCRIBER 6 /* RFC 3993 */

const uint8_t *dhcp_relay_suboption(const struct dhcp_message *message, uint8_t code, size_t *len)
{
	size_t left;
	const uint8_t *at = dhcp_message_option(message, DHCP_OPTION_RELAY, &left);

	while (at && left >= 2 && left - 2 >= at[1]) {
		if (at[0] == code) {
			*len = at[1];
			return at + 2;
		}
		left -= 2u + at[1];
		at += 2 + at[1];
	}
	return NULL;
}

static bool has_part(const uint8_t *whole, size_t len, const uint8_t *part, size_t part_len)
{
	for (size_t i = 0; i + part_len <= len; i++)
		if (memcmp(whole + i, part, part_len) == 0)
			return true;
	return false;
}

static bool holds_part(
	const struct dhcp_message *message, uint8_t code, const struct dhcp_match *match)
{
	size_t len;
	const uint8_t *value = dhcp_message_option(message, code, &len);

	return value && has_part(value, len, match->value, match->len);
}

static bool is_suboption(
	const struct dhcp_message *message, uint8_t code, const struct dhcp_match *match)
{
	size_t len;
	const uint8_t *value = dhcp_relay_suboption(message, code, &len);

	return value && len == match->len && memcmp(value, match->value, len) == 0;
}

static bool matches_option(const struct dhcp_message *message, const struct dhcp_match *match)
{
	size_t len;
	const uint8_t *value = dhcp_message_option(message, match->code, &len);

	if (!value)
		return false;
	return !match->value || has_part(value, len, match->value, match->len);
}

static bool matches_name(const struct dhcp_message *message, const struct dhcp_match *match)
{
	size_t len;
	const uint8_t *name = dhcp_message_option(message, DHCP_OPTION_HOST_NAME, &len);

	return name && (match->code ? len >= match->len : len == match->len) &&
	       strncasecmp((const char *)name, (const char *)match->value, match->len) == 0;
}

static bool matches(const struct dhcp_match *match, const struct dhcp_client *client)
{
	const struct dhcp_message *message = client->message;
	const struct dhcp_fixed *fixed = &message->fixed;

	switch (match->kind) {
	case DHCP_MATCH_OPTION:
		return matches_option(message, match);
	case DHCP_MATCH_VENDOR:
		return holds_part(message, DHCP_OPTION_VENDOR_CLASS, match);
	case DHCP_MATCH_USER:
		return holds_part(message, DHCP_OPTION_USER_CLASS, match);
	case DHCP_MATCH_HARDWARE:
		return dhcp_hardware_matches(
			match->hardware, fixed->htype, fixed->chaddr, fixed->hlen);
	case DHCP_MATCH_CIRCUIT:
		return is_suboption(message, CIRCUIT, match);
	case DHCP_MATCH_REMOTE:
		return is_suboption(message, REMOTE, match);
	case DHCP_MATCH_SUBSCRIBER:
		return is_suboption(message, SUBSCRIBER, match);
	case DHCP_MATCH_NAME:
		return matches_name(message, match);
	default:
		return dhcp_cond_holds(&match->cond, client->tags);
	}
}

/* A reservation whose address is in another network is none here. */
static bool host_fits(const struct dhcp_host *host, const struct dhcp_client *client)
{
	const struct dhcp_range *net = client->network;

	if (!dhcp_cond_holds(&host->cond, client->tags))
		return false;
	return !host->address || !net || (host->address & net->mask) == (net->first & net->mask);
}

/* The first with that key that fits. */
static const struct dhcp_host *find_key(const struct dhcp_server *server,
	const struct dhcp_client *client, enum dhcp_host_key kind, const void *bytes, size_t len)
{
	const struct dhcp_host_entry *entry = NULL;

	while ((entry = dhcp_host_find(server->config, entry, kind, bytes, len)))
		if (host_fits(entry->host, client))
			return entry->host;
	return NULL;
}

static const struct dhcp_host *find_id(
	const struct dhcp_server *server, const struct dhcp_client *client)
{
	size_t len;
	const uint8_t *id = dhcp_message_option(client->message, DHCP_OPTION_CLIENT_ID, &len);
	const struct dhcp_host *host = id ? find_key(server, client, DHCP_HOST_ID, id, len) : NULL;

	/* As dnsmasq: a text may stand without its type 0. */
	if (!host && id && len > 1 && id[0] == 0)
		host = find_key(server, client, DHCP_HOST_ID, id + 1, len - 1);
	return host;
}

/* Of hardware that may have several types, one must be the client's. */
static const struct dhcp_host *find_hardware(
	const struct dhcp_server *server, const struct dhcp_client *client)
{
	const struct dhcp_fixed *fixed = &client->message->fixed;
	const struct dhcp_host_entry *entry = NULL;

	while ((entry = dhcp_host_find(
			server->config, entry, DHCP_HOST_HARDWARE, fixed->chaddr, fixed->hlen)))
		if (dhcp_host_has_hardware(entry->host, fixed->htype, fixed->chaddr, fixed->hlen) &&
			host_fits(entry->host, client))
			return entry->host;
	return NULL;
}

static const struct dhcp_host *find_name(
	const struct dhcp_server *server, const struct dhcp_client *client)
{
	size_t len;
	const uint8_t *name = dhcp_message_option(client->message, DHCP_OPTION_HOST_NAME, &len);

	return name ? find_key(server, client, DHCP_HOST_CLIENT_NAME, name, len) : NULL;
}

static const struct dhcp_host *find_open(
	const struct dhcp_server *server, const struct dhcp_client *client)
{
	const struct dhcp_fixed *fixed = &client->message->fixed;
	const struct dhcp_host *host = server->config->open_hosts;

	while (host && !(dhcp_host_has_hardware(host, fixed->htype, fixed->chaddr, fixed->hlen) &&
			       host_fits(host, client)))
		host = host->next_open;
	return host;
}

/* What is meant for one client goes before what is meant for many. */
static const struct dhcp_host *find_host(
	const struct dhcp_server *server, const struct dhcp_client *client)
{
	const struct dhcp_host *host = find_id(server, client);

	if (!host)
		host = find_hardware(server, client);
	if (!host)
		host = find_name(server, client);
	return host ? host : find_open(server, client);
}

void dhcp_classify(const struct dhcp_server *server, struct dhcp_client *client)
{
	client->tags = server->config->link_tags[client->netif];
	for (const struct dhcp_match *m = server->config->matches; m; m = m->next)
		if (matches(m, client))
			client->tags |= m->set;
	client->host = find_host(server, client);
	if (!client->host)
		return;
	client->tags |= client->host->set;
	for (const struct dhcp_match *m = server->config->matches; m; m = m->next)
		if (m->kind == DHCP_MATCH_IF && matches(m, client))
			client->tags |= m->set;
	/* Known by its hardware, whatever it calls itself. */
	if (client->host->ignore_id)
		dhcp_identity_of_hardware(&client->id, client->message);
}

bool dhcp_is_welcome(const struct dhcp_server *server, const struct dhcp_client *client)
{
	if (client->host && client->host->ignore)
		return false;
	for (const struct dhcp_rule *rule = server->config->ignore; rule; rule = rule->next)
		if (dhcp_cond_holds(&rule->cond, client->tags))
			return false;
	return true;
}
