/* SPDX-License-Identifier: ISC */
/* Which options a client is sent: RFC 2131 section 4.3.1, RFC 2132. */
#include "lib/dhcp/draft.h"

#include <string.h>

#include "lib/base/wire.h"

/* ---- collecting ---- */

static bool has(const struct dhcp_draft *d, uint8_t code)
{
	return d->has[code / 32] >> code % 32 & 1;
}

void dhcp_draft_add(struct dhcp_draft *d, uint8_t code, const uint8_t *value, size_t len)
{
	if (has(d, code) || d->count == DHCP_DRAFT_ITEMS) {
		d->cut = d->cut || !has(d, code);
		return;
	}
	d->has[code / 32] |= 1u << code % 32;
	d->items[d->count++] = (struct dhcp_item){code, value, len};
}

uint8_t *dhcp_draft_room(struct dhcp_draft *d, size_t len)
{
	uint8_t *at = d->scratch + d->used;

	if (len > sizeof(d->scratch) - d->used) {
		d->cut = true;
		return NULL;
	}
	d->used += len;
	return at;
}

void dhcp_draft_add32(struct dhcp_draft *d, uint8_t code, uint32_t value)
{
	uint8_t *p = dhcp_draft_room(d, 4);

	if (p) {
		wire_set_u32(p, value);
		dhcp_draft_add(d, code, p, 4);
	}
}

static void add_text(struct dhcp_draft *d, uint8_t code, const char *text)
{
	if (text && *text)
		dhcp_draft_add(d, code, (const uint8_t *)text, strlen(text));
}

/* ---- options of the configuration ---- */

static bool is_tagged(const struct dhcp_cond *cond)
{
	return cond->all || cond->none;
}

const struct dhcp_option_value *dhcp_find_option(
	const struct dhcp_config *config, const struct dhcp_client *client, uint8_t code)
{
	const struct dhcp_option_value *best = NULL;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->code == code && v->space == DHCP_SPACE_PLAIN &&
			dhcp_cond_holds(&v->cond, client->tags) &&
			(!best || is_tagged(&v->cond) || !is_tagged(&best->cond)))
			best = v;
	return best;
}

static void add_value(
	struct dhcp_draft *d, const struct dhcp_client *client, const struct dhcp_option_value *v)
{
	uint8_t *p;

	if (!v->addresses) {
		dhcp_draft_add(d, v->code, v->value, v->len);
		return;
	}
	p = dhcp_draft_room(d, v->len);
	if (!p)
		return;
	memcpy(p, v->value, v->len);
	for (size_t i = 0; i + 4 <= v->len; i += 4)
		if (!(p[i] | p[i + 1] | p[i + 2] | p[i + 3]))
			wire_set_u32(p + i, client->ours);
	dhcp_draft_add(d, v->code, p, v->len);
}

static bool vendor_has(const struct dhcp_client *client, const char *text)
{
	size_t len, part = strlen(text);
	const uint8_t *class = dhcp_message_option(client->message, DHCP_OPTION_VENDOR_CLASS, &len);

	for (size_t i = 0; class && i + part <= len; i++)
		if (memcmp(class + i, text, part) == 0)
			return true;
	return false;
}

/* Option 43 (RFC 2132 section 8.4) of the vendor's options. */
static void add_vendor(struct dhcp_draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, bool forced_only)
{
	uint8_t *start = d->scratch + d->used;
	size_t before = d->used;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next) {
		uint8_t *p;

		if (v->space != DHCP_SPACE_VENDOR || (forced_only && !v->force) ||
			!dhcp_cond_holds(&v->cond, client->tags) || !vendor_has(client, v->vendor))
			continue;
		p = dhcp_draft_room(d, v->len + 2);
		if (!p)
			continue;
		p[0] = v->code;
		p[1] = (uint8_t)v->len;
		memcpy(p + 2, v->value, v->len);
	}
	if (d->used > before)
		dhcp_draft_add(d, DHCP_OPTION_VENDOR, start, d->used - before);
}

static size_t enterprise_len(
	const struct dhcp_config *config, const struct dhcp_client *client, uint32_t enterprise)
{
	size_t len = 0;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->space == DHCP_SPACE_ENTERPRISE && v->enterprise == enterprise &&
			dhcp_cond_holds(&v->cond, client->tags))
			len += v->len + 2;
	return len;
}

static bool is_first_of_enterprise(
	const struct dhcp_config *config, const struct dhcp_option_value *value)
{
	const struct dhcp_option_value *v = config->options;

	while (v->space != DHCP_SPACE_ENTERPRISE || v->enterprise != value->enterprise)
		v = v->next;
	return v == value;
}

/* One enterprise's part of option 125 (RFC 3925 section 4). */
static void put_enterprise(struct dhcp_draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint32_t enterprise)
{
	size_t len = enterprise_len(config, client, enterprise);
	uint8_t *p = len && len <= UINT8_MAX ? dhcp_draft_room(d, len + 5) : NULL;

	if (!p) {
		d->cut = d->cut || len;
		return;
	}
	wire_set_u32(p, enterprise);
	p[4] = (uint8_t)len;
	p += 5;
	for (const struct dhcp_option_value *v = config->options; v; v = v->next) {
		if (v->space != DHCP_SPACE_ENTERPRISE || v->enterprise != enterprise ||
			!dhcp_cond_holds(&v->cond, client->tags))
			continue;
		p[0] = v->code;
		p[1] = (uint8_t)v->len;
		memcpy(p + 2, v->value, v->len);
		p += 2 + v->len;
	}
}

static void add_enterprises(
	struct dhcp_draft *d, const struct dhcp_config *config, const struct dhcp_client *client)
{
	uint8_t *start = d->scratch + d->used;
	size_t before = d->used;

	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->space == DHCP_SPACE_ENTERPRISE && is_first_of_enterprise(config, v))
			put_enterprise(d, config, client, v->enterprise);
	if (d->used > before)
		dhcp_draft_add(d, DHCP_OPTION_ENTERPRISE, start, d->used - before);
}

/* What the client wants of what the server knows without being told. */
static void add_known(struct dhcp_draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint8_t code)
{
	const struct dhcp_range *net = client->network;

	switch (code) {
	case DHCP_OPTION_MASK:
		dhcp_draft_add32(d, code, net->mask);
		break;
	case DHCP_OPTION_BROADCAST:
		dhcp_draft_add32(d, code, net->first | ~net->mask);
		break;
	case DHCP_OPTION_HOST_NAME:
		add_text(d, code, client->host ? client->host->name : NULL);
		break;
	case DHCP_OPTION_DOMAIN:
		add_text(d, code, config->domain);
		break;
	case DHCP_OPTION_VENDOR:
		add_vendor(d, config, client, false);
		break;
	case DHCP_OPTION_ENTERPRISE:
		add_enterprises(d, config, client);
		break;
	default:
		break;
	}
}

/* An answer's own words, which the client cannot ask for in option 55. */
static bool is_own_word(uint8_t code)
{
	return code == DHCP_OPTION_PAD || code == DHCP_OPTION_END || code == DHCP_OPTION_OVERLOAD ||
	       code == DHCP_OPTION_RELAY || code == DHCP_OPTION_CLIENT_ID ||
	       code == DHCP_OPTION_FQDN || code == DHCP_OPTION_SUBNET;
}

static void add_wanted(struct dhcp_draft *d, const struct dhcp_config *config,
	const struct dhcp_client *client, uint8_t code)
{
	const struct dhcp_option_value *value;

	if (has(d, code) || is_own_word(code))
		return;
	value = dhcp_find_option(config, client, code);
	if (value)
		add_value(d, client, value);
	else
		add_known(d, config, client, code);
}

/* In the client's own order (RFC 2132 section 9.8); without one, all that there is. */
void dhcp_draft_add_options(
	struct dhcp_draft *d, const struct dhcp_config *config, const struct dhcp_client *client)
{
	size_t len;
	const uint8_t *wanted = dhcp_message_option(client->message, DHCP_OPTION_PARAMETERS, &len);

	add_wanted(d, config, client, DHCP_OPTION_MASK); /* before the router: section 3.3 */
	for (size_t i = 0; wanted && i < len; i++)
		add_wanted(d, config, client, wanted[i]);
	for (unsigned code = 1; !wanted && code < DHCP_OPTION_END; code++)
		add_wanted(d, config, client, (uint8_t)code);
	for (const struct dhcp_option_value *v = config->options; v; v = v->next)
		if (v->force && v->space == DHCP_SPACE_PLAIN &&
			dhcp_find_option(config, client, v->code) == v)
			add_value(d, client, v);
	if (!has(d, DHCP_OPTION_VENDOR))
		add_vendor(d, config, client, true);
}

static bool wants(const struct dhcp_client *client, uint8_t code)
{
	size_t len;
	const uint8_t *wanted = dhcp_message_option(client->message, DHCP_OPTION_PARAMETERS, &len);

	return wanted && memchr(wanted, code, len);
}

/* In the fields that are there for it, or as options for who wants those (RFC 2132 section 9.4). */
void dhcp_draft_add_boot(
	struct dhcp_draft *d, const struct dhcp_config *config, const struct dhcp_client *client)
{
	const struct dhcp_boot *best = NULL;

	for (const struct dhcp_boot *b = config->boots; b; b = b->next)
		if (dhcp_cond_holds(&b->cond, client->tags) &&
			(!best || is_tagged(&b->cond) || !is_tagged(&best->cond)))
			best = b;
	if (!best)
		return;
	d->siaddr = best->address ? best->address : client->ours;
	if (wants(client, DHCP_OPTION_BOOT_FILE))
		add_text(d, DHCP_OPTION_BOOT_FILE, best->file);
	else
		d->file = best->file;
	if (wants(client, DHCP_OPTION_BOOT_SERVER))
		add_text(d, DHCP_OPTION_BOOT_SERVER, best->server);
	else
		d->sname = best->server;
}
