/* SPDX-License-Identifier: ISC */
/* The words for ranges, hosts and the classes of clients. */
#include <string.h>

#include "lib/base/inet.h"
#include "lib/dhcp/parse.h"

/* ---- dhcp-range ---- */

static uint32_t mask_of(const struct dhcp_config *config, uint32_t address)
{
	for (unsigned i = 0; i < DHCP_LINKS; i++) {
		const struct dhcp_link *link = &config->links[i];

		if (link->address && (address & link->mask) == (link->address & link->mask))
			return link->mask;
	}
	return 0;
}

static bool is_mask(uint32_t mask)
{
	return mask && !(~mask & (~mask + 1));
}

static bool range_ends(struct dhcp_parser *p, struct dhcp_range *range)
{
	char *first = dhcp_parse_next(p), *last = dhcp_parse_next(p);

	if (!first || !dhcp_parse_address(first, &range->first) || !range->first)
		return dhcp_parse_fail(p, "expected a first address as 10.0.0.50, got \"%.80s\"",
			first ? first : "");
	range->last = range->first;
	range->is_static = last && strcmp(last, "static") == 0;
	if (last && strcmp(last, "proxy") == 0)
		return dhcp_parse_fail(p, "proxy is not taken");
	if (!range->is_static && (!last || !dhcp_parse_address(last, &range->last)))
		return dhcp_parse_fail(
			p, "expected a last address or static, got \"%.80s\"", last ? last : "");
	return true;
}

static bool range_rest(struct dhcp_parser *p, struct dhcp_range *range)
{
	uint32_t broadcast;
	char *field = dhcp_parse_next(p);

	range->lease = DHCP_LEASE_DEFAULT;
	if (field && dhcp_parse_address(field, &range->mask)) {
		if (!is_mask(range->mask))
			return dhcp_parse_fail(p, "expected a netmask, got %.20s", field);
		field = dhcp_parse_next(p);
		if (field && dhcp_parse_address(field, &broadcast)) {
			if (broadcast != (range->first | ~range->mask))
				return dhcp_parse_fail(
					p, "%.20s is not the network's broadcast address", field);
			field = dhcp_parse_next(p);
		}
	} else {
		range->mask = mask_of(p->config, range->first);
	}
	if (field && !dhcp_parse_time(field, &range->lease))
		return dhcp_parse_fail(
			p, "expected a lease time as 45m or 12h, got \"%.80s\"", field);
	if (range->lease < DHCP_LEASE_MIN)
		range->lease = DHCP_LEASE_MIN;
	field = dhcp_parse_next(p);
	if (field)
		return dhcp_parse_fail(p, "expected no more, got \"%.80s\"", field);
	return true;
}

static bool range_is_sound(struct dhcp_parser *p, const struct dhcp_range *range)
{
	uint32_t net = range->first & range->mask;

	if (!range->mask)
		return dhcp_parse_fail(p,
			"expected a netmask: no interface has an address (ip=) in "
			"this network");
	if (range->last < range->first)
		return dhcp_parse_fail(p, "expected the last address not to be below the first");
	if ((range->last & range->mask) != net)
		return dhcp_parse_fail(p, "expected first and last address in one network");
	if (!range->is_static && range->mask < 0xfffffffe &&
		(range->first == net || range->last == (net | ~range->mask)))
		return dhcp_parse_fail(
			p, "expected it without the network's own and its broadcast address");
	return true;
}

bool dhcp_word_range(struct dhcp_parser *p)
{
	struct dhcp_range range = {.line = p->line}, *copy, **end = &p->config->ranges;
	int taken = 1;

	while (p->at < p->count &&
		(taken = dhcp_parse_tag_field(p, p->fields[p->at], &range.cond, &range.set)) > 0)
		p->at++;
	if (taken < 0)
		return false;
	if (p->at < p->count && strchr(p->fields[p->at], ':'))
		return dhcp_word_range6(p, range.cond, range.set);
	if (!range_ends(p, &range) || !range_rest(p, &range) || !range_is_sound(p, &range))
		return false;
	if (p->config->range_count++ == DHCP_RANGES)
		return dhcp_parse_fail(p, "expected at most %d ranges", DHCP_RANGES);
	copy = dhcp_parse_alloc(p, sizeof(*copy));
	if (!copy)
		return false;
	*copy = range;
	while (*end)
		end = &(*end)->next;
	*end = copy;
	return true;
}

/* ---- dhcp-host ---- */

static bool host_id(struct dhcp_parser *p, struct dhcp_host *host, const char *text)
{
	uint8_t id[DHCP_ID_MAX];
	size_t len;

	if (strcmp(text, "*") == 0) {
		host->ignore_id = true;
		return true;
	}
	if (!dhcp_parse_hex(text, 2, id, sizeof(id), &len, NULL)) {
		len = strlen(text);
		if (len == 0 || len > sizeof(id))
			return dhcp_parse_fail(p, "expected id:BYTES as id:01:02 or id:TEXT");
		memcpy(id, text, len);
	}
	host->id = (const uint8_t *)dhcp_parse_copy(p, (const char *)id, len);
	host->id_len = len;
	return host->id;
}

/* [ADDRESS] in brackets, as dnsmasq writes those of IPv6. */
static bool host_address6(struct dhcp_parser *p, struct dhcp_host *host, char *field)
{
	size_t len = strlen(field);

	if (host->has_address6 || len < 3 || field[len - 1] != ']' ||
		!inet_parse6(field + 1, len - 2, host->address6))
		return dhcp_parse_fail(
			p, "expected one IPv6 address as [fd00::5], got \"%.80s\"", field);
	host->has_address6 = true;
	return true;
}

static bool host_hardware(
	struct dhcp_parser *p, struct dhcp_host *host, const struct dhcp_hardware *read)
{
	struct dhcp_hardware *hardware = dhcp_parse_alloc(p, sizeof(*hardware));

	if (!hardware)
		return false;
	*hardware = *read;
	hardware->next = host->hardware;
	host->hardware = hardware;
	return true;
}

static bool host_field(struct dhcp_parser *p, struct dhcp_host *host, char *field)
{
	struct dhcp_hardware hardware = {0};
	int tag = dhcp_parse_tag_field(p, field, &host->cond, &host->set);
	uint32_t address;

	if (tag)
		return tag > 0;
	if (strncmp(field, "id:", 3) == 0)
		return host_id(p, host, field + 3);
	if (field[0] == '[')
		return host_address6(p, host, field);
	if (strcmp(field, "ignore") == 0) {
		host->ignore = true;
		return true;
	}
	if (dhcp_parse_hardware(field, &hardware))
		return host_hardware(p, host, &hardware);
	if (dhcp_parse_address(field, &address)) {
		if (host->address || !address)
			return dhcp_parse_fail(p, "expected one address, got %.20s too", field);
		host->address = address;
		return true;
	}
	if (dhcp_parse_time(field, &host->lease))
		return true;
	if (!dhcp_parse_label(field) || host->name)
		return dhcp_parse_fail(p,
			"\"%.80s\" is no hardware address, address, lease time, "
			"nor the host's name",
			field);
	host->name = dhcp_parse_copy(p, field, strlen(field));
	return host->name;
}

bool dhcp_word_host(struct dhcp_parser *p)
{
	struct dhcp_host *host = dhcp_parse_alloc(p, sizeof(*host));
	char *field;

	if (!host)
		return false;
	host->line = p->line;
	while ((field = dhcp_parse_next(p)))
		if (!host_field(p, host, field))
			return false;
	if (!host->hardware && !host->id && !host->name)
		return dhcp_parse_fail(p, "expected whom it is about: a hardware address, id:... "
					  "or a name");
	host->set |= p->config->known;
	host->lease = host->lease && host->lease < DHCP_LEASE_MIN ? DHCP_LEASE_MIN : host->lease;
	*p->config->hosts_end = host;
	p->config->hosts_end = &host->next;
	p->config->host_count++;
	return true;
}

bool dhcp_hardware_matches(
	const struct dhcp_hardware *pattern, uint8_t type, const uint8_t *bytes, size_t len)
{
	if (pattern->len != len || (pattern->type && pattern->type != type))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!(pattern->open >> i & 1) && pattern->bytes[i] != bytes[i])
			return false;
	return true;
}

bool dhcp_host_has_hardware(
	const struct dhcp_host *host, uint8_t type, const uint8_t *bytes, size_t len)
{
	const struct dhcp_hardware *h = host->hardware;

	while (h && !dhcp_hardware_matches(h, type, bytes, len))
		h = h->next;
	return h;
}

/* ---- classes ---- */

static struct dhcp_match *add_match(struct dhcp_parser *p, enum dhcp_match_kind kind)
{
	struct dhcp_match *match = dhcp_parse_alloc(p, sizeof(*match)), **end = &p->config->matches;

	if (!match)
		return NULL;
	match->kind = kind;
	while (*end)
		end = &(*end)->next;
	*end = match;
	return match;
}

/* set:NAME, which stands first. */
static bool match_tag(struct dhcp_parser *p, struct dhcp_match *match)
{
	char *field = dhcp_parse_next(p);
	struct dhcp_cond none = {0};

	if (!field || strncmp(field, "set:", 4) != 0)
		return dhcp_parse_fail(p, "expected set:NAME first");
	return dhcp_parse_tag_field(p, field, &none, &match->set) > 0;
}

static bool match_value(struct dhcp_parser *p, struct dhcp_match *match, const char *text)
{
	uint8_t bytes[DHCP_ID_MAX];
	size_t len;

	if (!dhcp_parse_hex(text, 2, bytes, sizeof(bytes), &len, NULL)) {
		len = strlen(text);
		if (!len || len > sizeof(bytes))
			return dhcp_parse_fail(p, "expected a value");
		memcpy(bytes, text, len);
	}
	match->value = (const uint8_t *)dhcp_parse_copy(p, (const char *)bytes, len);
	match->len = len;
	return match->value;
}

static bool match_end(struct dhcp_parser *p)
{
	char *field = dhcp_parse_next(p);

	return !field || dhcp_parse_fail(p, "expected no more, got \"%.80s\"", field);
}

bool dhcp_word_class(struct dhcp_parser *p, enum dhcp_match_kind kind)
{
	struct dhcp_match *match = add_match(p, kind);
	struct dhcp_hardware *hardware;
	char *field;

	if (!match || !match_tag(p, match))
		return false;
	field = dhcp_parse_next(p);
	if (!field)
		return dhcp_parse_fail(p, "expected a value after the tag");
	if (kind == DHCP_MATCH_HARDWARE) {
		hardware = dhcp_parse_alloc(p, sizeof(*hardware));
		if (!hardware)
			return false;
		match->hardware = hardware;
		if (!dhcp_parse_hardware(field, hardware))
			return dhcp_parse_fail(
				p, "expected a hardware address, got \"%.80s\"", field);
	} else if (kind == DHCP_MATCH_VENDOR || kind == DHCP_MATCH_USER) {
		match->value = (const uint8_t *)dhcp_parse_copy(p, field, strlen(field));
		match->len = strlen(field);
	} else if (!match_value(p, match, field)) {
		return false;
	}
	return match_end(p);
}

/* dhcp-name-match=set:NAME,HOST or HOST* */
bool dhcp_word_name_match(struct dhcp_parser *p)
{
	struct dhcp_match *match = add_match(p, DHCP_MATCH_NAME);
	char *field;
	size_t len;

	if (!match || !match_tag(p, match))
		return false;
	field = dhcp_parse_next(p);
	len = field ? strlen(field) : 0;
	match->code = len && field[len - 1] == '*';
	match->len = len - match->code;
	if (!match->len || memchr(field, '*', match->len))
		return dhcp_parse_fail(p, "expected a host's name, or its beginning and a *");
	match->value = (const uint8_t *)dhcp_parse_copy(p, field, match->len);
	return match->value && match_end(p);
}

bool dhcp_word_tag_if(struct dhcp_parser *p)
{
	struct dhcp_match *match = add_match(p, DHCP_MATCH_IF);
	char *field;

	if (!match)
		return false;
	while ((field = dhcp_parse_next(p)))
		if (dhcp_parse_tag_field(p, field, &match->cond, &match->set) <= 0)
			return dhcp_parse_fail(
				p, "expected set:NAME and tag:NAME, got \"%.80s\"", field);
	return match->set || dhcp_parse_fail(p, "expected set:NAME");
}

/* dhcp-match=set:NAME,OPTION[,VALUE]: a number for one byte or, as for client-arch, for two. */
bool dhcp_word_match(struct dhcp_parser *p)
{
	struct dhcp_match *match = add_match(p, DHCP_MATCH_OPTION);
	uint8_t wide[2];
	uint64_t number;
	char *field;

	if (!match || !match_tag(p, match))
		return false;
	field = dhcp_parse_next(p);
	match->code = field ? dhcp_option_code(field) : 0;
	if (!match->code)
		return dhcp_parse_fail(p,
			"expected an option as option:client-arch or 93, got \"%.80s\"",
			field ? field : "");
	field = dhcp_parse_next(p);
	if (!field)
		return true;
	if (!dhcp_parse_number(field, UINT16_MAX, &number))
		return match_value(p, match, field) && match_end(p);
	wide[0] = (uint8_t)(number >> 8);
	wide[1] = (uint8_t)number;
	match->len = match->code == DHCP_OPTION_ARCH || number > UINT8_MAX ? 2 : 1;
	match->value = (const uint8_t *)dhcp_parse_copy(
		p, (const char *)wide + 2 - match->len, match->len);
	return match->value && match_end(p);
}

bool dhcp_word_boot(struct dhcp_parser *p)
{
	struct dhcp_boot *boot = dhcp_parse_alloc(p, sizeof(*boot)), **end = &p->config->boots;
	int tag = 1;
	char *field;

	if (!boot)
		return false;
	while ((field = dhcp_parse_next(p)) &&
		(tag = dhcp_parse_tag_field(p, field, &boot->cond, NULL)) > 0)
		;
	if (tag < 0)
		return false;
	if (!field || strlen(field) > 127)
		return dhcp_parse_fail(p, "expected a file's name of at most 127 bytes");
	boot->file = dhcp_parse_copy(p, field, strlen(field));
	field = dhcp_parse_next(p);
	if (field && strlen(field) > 63)
		return dhcp_parse_fail(p, "expected a server's name of at most 63 bytes");
	boot->server = field ? dhcp_parse_copy(p, field, strlen(field)) : "";
	field = dhcp_parse_next(p);
	if (field && !dhcp_parse_address(field, &boot->address))
		return dhcp_parse_fail(
			p, "expected the boot server's address, got \"%.80s\"", field);
	while (*end)
		end = &(*end)->next;
	*end = boot;
	return match_end(p);
}
