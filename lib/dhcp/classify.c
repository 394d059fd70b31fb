/* SPDX-License-Identifier: ISC */
/* Who a client is: its tags by what it sends, and the reservation that it has. */
#include <string.h>

#include "lib/dhcp/engine.h"

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
	default:
		return dhcp_cond_holds(&match->cond, client->tags);
	}
}

/* An open address is a worse match than a whole one. */
static bool host_has_hardware(
	const struct dhcp_host *host, const struct dhcp_fixed *fixed, bool open)
{
	for (const struct dhcp_hardware *h = host->hardware; h; h = h->next)
		if (!h->open == !open &&
			dhcp_hardware_matches(h, fixed->htype, fixed->chaddr, fixed->hlen))
			return true;
	return false;
}

static bool host_has_id(const struct dhcp_host *host, const struct dhcp_message *message)
{
	size_t len;
	const uint8_t *id = dhcp_message_option(message, DHCP_OPTION_CLIENT_ID, &len);

	if (!host->id || !id)
		return false;
	if (len == host->id_len && memcmp(id, host->id, len) == 0)
		return true;
	/* As dnsmasq: a text may stand without its type 0. */
	return len == host->id_len + 1 && id[0] == 0 && memcmp(id + 1, host->id, host->id_len) == 0;
}

static bool host_has_name(const struct dhcp_host *host, const struct dhcp_message *message)
{
	size_t len;
	const uint8_t *name = dhcp_message_option(message, DHCP_OPTION_HOST_NAME, &len);

	return name && host->name && !host->id && !host->hardware && len == strlen(host->name) &&
	       memcmp(name, host->name, len) == 0;
}

/* A reservation whose address is in another network is none here. */
static bool host_fits(const struct dhcp_host *host, const struct dhcp_client *client)
{
	const struct dhcp_range *net = client->network;

	if (!dhcp_cond_holds(&host->cond, client->tags))
		return false;
	return !host->address || !net || (host->address & net->mask) == (net->first & net->mask);
}

static const struct dhcp_host *find_host(
	const struct dhcp_server *server, const struct dhcp_client *client)
{
	const struct dhcp_message *message = client->message;
	const struct dhcp_host *best = NULL;
	unsigned best_rank = 0;

	for (const struct dhcp_host *host = server->config->hosts; host; host = host->next) {
		unsigned rank = 0;

		if (host_has_id(host, message))
			rank = 4;
		else if (host_has_hardware(host, &message->fixed, false))
			rank = 3;
		else if (host_has_name(host, message))
			rank = 2;
		else if (host_has_hardware(host, &message->fixed, true))
			rank = 1;
		if (rank > best_rank && host_fits(host, client)) {
			best = host;
			best_rank = rank;
		}
	}
	return best;
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
	if (client->host->ignore_id) {
		const struct dhcp_fixed *fixed = &client->message->fixed;

		memset(&client->id, 0, sizeof(client->id));
		client->id.bytes[1] = fixed->htype;
		memcpy(client->id.bytes + 2, fixed->chaddr, fixed->hlen);
		client->id.len = (uint8_t)(2 + fixed->hlen);
	}
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
