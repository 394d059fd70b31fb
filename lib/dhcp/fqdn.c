/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/fqdn.h"

#include <string.h>
#include <strings.h>

#include "lib/base/bytes.h"
#include "lib/dhcp/hosts.h"
#include "lib/dhcp/parse.h"

#define HEAD   3  /* flags, and two bytes for nothing any more */
#define FLAG_S 1u /* the server says the name's address */
#define FLAG_O 2u /* against what the client asked */
#define FLAG_E 4u /* the name as on the wire, not as text */
#define FLAG_N ((unsigned)DHCP_FQDN_SILENT)

/* A name of labels on the wire as text; false if it is none. A partial name has no root label. */
static bool text_of(const uint8_t *wire, size_t len, char text[DHCP_DOMAIN_MAX + 1])
{
	size_t at = 0, to = 0;

	while (at < len && wire[at]) {
		size_t label = wire[at];

		if (label > DHCP_NAME_MAX || label > len - at - 1 ||
			to + label + 1 > DHCP_DOMAIN_MAX)
			return false;
		if (to)
			text[to++] = '.';
		memcpy(text + to, wire + at + 1, label);
		to += label;
		at += label + 1;
	}
	text[to] = '\0';
	return at >= len || at + 1 == len;
}

/* LEN bytes that ought to be text; some clients count a NUL at its end. */
static bool copy_text(const uint8_t *bytes, size_t len, char text[DHCP_DOMAIN_MAX + 1])
{
	while (len && !bytes[len - 1])
		len--;
	if (len > DHCP_DOMAIN_MAX || memchr(bytes, 0, len))
		return false;
	memcpy(text, bytes, len);
	text[len] = '\0';
	return true;
}

/* The first label of TEXT, which is the client's name if nothing or our domain follows. */
static bool take_label(const char *text, const char *domain, char name[DHCP_NAME_MAX + 1])
{
	size_t len = strcspn(text, "."), rest = strlen(text + len), ours = strlen(domain);

	if (rest > 1 && text[len + rest - 1] == '.')
		rest--;
	if (rest > 1 && (rest - 1 != ours || strncasecmp(text + len + 1, domain, ours) != 0))
		return false;
	if (len > DHCP_NAME_MAX)
		return false;
	dhcp_lower(name, text, len);
	name[len] = '\0';
	return dhcp_parse_label(name);
}

static bool said_name(const struct dhcp_server *server, const struct dhcp_client *client,
	char name[DHCP_NAME_MAX + 1])
{
	const char *domain = server->config->domain;
	char text[DHCP_DOMAIN_MAX + 1] = "";
	size_t len;
	const uint8_t *value = dhcp_message_option(client->message, DHCP_OPTION_FQDN, &len);

	if (value && len > HEAD &&
		(value[0] & FLAG_E ? text_of(value + HEAD, len - HEAD, text)
				   : copy_text(value + HEAD, len - HEAD, text)) &&
		take_label(text, domain, name))
		return true;
	value = dhcp_message_option(client->message, DHCP_OPTION_HOST_NAME, &len);
	return value && copy_text(value, len, text) && take_label(text, domain, name);
}

static bool is_another_hosts(const struct dhcp_config *config, const char *name)
{
	return dhcp_host_find(config, NULL, DHCP_HOST_NAME, name, strlen(name));
}

static bool is_ignored(const struct dhcp_server *server, const struct dhcp_client *client)
{
	for (const struct dhcp_rule *rule = server->config->ignore_names; rule; rule = rule->next)
		if (dhcp_cond_holds(&rule->cond, client->tags))
			return true;
	return false;
}

bool dhcp_client_name(const struct dhcp_server *server, const struct dhcp_client *client,
	char name[DHCP_NAME_MAX + 1])
{
	if (client->host && client->host->name)
		return take_label(client->host->name, "", name);
	if (!is_ignored(server, client) && said_name(server, client, name) &&
		!is_another_hosts(server->config, name))
		return true;
	name[0] = '\0';
	return false;
}

/* ---- option 81 ---- */

/* LABEL and the domain, each label after its length; as text, with dots. Returns the end. */
static uint8_t *put_name(uint8_t *to, const char *label, const char *domain, bool as_text)
{
	uint8_t wire[DHCP_DOMAIN_MAX + 1];
	size_t len = strlen(label), rest = dhcp_parse_domain(domain, wire);

	if (!as_text)
		*to++ = (uint8_t)len;
	memcpy(to, label, len);
	to += len;
	if (as_text) {
		*to++ = '.';
		memcpy(to, domain, strlen(domain));
		return to + strlen(domain);
	}
	memcpy(to, wire, rest);
	return to + rest;
}

size_t dhcp_fqdn_answer(const struct dhcp_server *server, const struct dhcp_client *client,
	uint8_t value[DHCP_FQDN_MAX])
{
	size_t len, name_len;
	const uint8_t *asked = dhcp_message_option(client->message, DHCP_OPTION_FQDN, &len);
	bool named, tells;
	char name[DHCP_NAME_MAX + 1];

	if (!asked || len < HEAD || len > DHCP_FQDN_MAX)
		return 0;
	named = server->config->domain[0] && dhcp_client_name(server, client, name) &&
		strlen(name) + strlen(server->config->domain) + 2 <= DHCP_DOMAIN_MAX;
	/* Section 3.1: N of the client asks for silence, S for what the server does anyway. */
	tells = named && server->limits.names && !(asked[0] & FLAG_N);
	value[0] = (uint8_t)((asked[0] & FLAG_E) | (tells ? FLAG_S : FLAG_N));
	if (tells != (asked[0] & FLAG_S))
		value[0] |= FLAG_O;
	value[1] = value[2] = UINT8_MAX; /* section 2.2 */
	if (named)
		return (size_t)(put_name(value + HEAD, name, server->config->domain,
					!(asked[0] & FLAG_E)) -
				value);
	name_len = len - HEAD;
	memcpy(value + HEAD, asked + HEAD, name_len);
	return len;
}
