/* SPDX-License-Identifier: ISC */
/* The words for IPv6: ranges, options by option6:, and router advertisements. */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/inet.h"
#include "lib/base/wire.h"
#include "lib/dhcp/parse.h"
#include "lib/dhcp/ra.h"

#define VALUE_MAX 1024
#define LEASES6   1024u /* at a time, of ranges whose addresses nobody can count */

/* ---- dhcp-range ---- */

static const struct {
	const char *name;
	unsigned mode;
} modes[] = {
	{"ra-only", DHCP6_RA_ONLY | DHCP6_SLAAC},
	{"slaac", DHCP6_SLAAC},
	{"ra-stateless", DHCP6_SLAAC | DHCP6_STATELESS},
	{"off-link", DHCP6_OFF_LINK},
	{"static", DHCP6_STATIC},
};

static unsigned mode_of(const char *field)
{
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (strcmp(modes[i].name, field) == 0)
			return modes[i].mode;
	return 0;
}

static bool parse6(const char *text, uint8_t address[16])
{
	return inet_parse6(text, strlen(text), address);
}

/* The fields after the first address, in any order that dnsmasq has them. */
static bool range6_field(struct dhcp_parser *p, struct dhcp6_range *range, const char *field)
{
	uint64_t number;
	unsigned mode = mode_of(field);

	if (mode) {
		range->mode |= mode;
		return true;
	}
	if (strchr(field, ':')) {
		if (range->mode & DHCP6_STATEFUL || !parse6(field, range->last))
			return dhcp_parse_fail(
				p, "expected one last address, got \"%.80s\"", field);
		range->mode |= DHCP6_STATEFUL;
		return true;
	}
	if (!range->length && dhcp_parse_number(field, 128, &number) && number) {
		range->length = (unsigned)number;
		return true;
	}
	if (dhcp_parse_time(field, &range->lease))
		return true;
	return dhcp_parse_fail(p,
		"expected a last address, ra-only, slaac, ra-stateless, off-link, static, a "
		"prefix's length or a lease time, got \"%.60s\"",
		field);
}

bool dhcp6_same_prefix(const uint8_t *a, const uint8_t *b, unsigned length)
{
	unsigned whole = length / 8, rest = length % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return !rest || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool range6_is_sound(struct dhcp_parser *p, struct dhcp6_range *range)
{
	if (!range->length)
		range->length = 64;
	if (range->first[0] == 0xff || range->first[0] == 0xfe)
		return dhcp_parse_fail(p, "expected a global or a unique local prefix");
	if (!range->mode)
		return dhcp_parse_fail(p, "expected a last address or a mode as ra-stateless");
	if ((range->mode & DHCP6_SLAAC) && range->length != 64)
		return dhcp_parse_fail(
			p, "expected a prefix of 64 bits for addresses that hosts make");
	if (!(range->mode & DHCP6_STATEFUL))
		return true;
	if (!dhcp6_same_prefix(range->first, range->last, range->length) || range->length < 64)
		return dhcp_parse_fail(p,
			"expected first and last address in one prefix, of 64 bits or "
			"more");
	if (memcmp(range->first, range->last, 16) > 0)
		return dhcp_parse_fail(p, "expected the last address not to be below the first");
	return true;
}

bool dhcp_word_range6(struct dhcp_parser *p, struct dhcp_cond cond, uint64_t set)
{
	struct dhcp6_range *range = dhcp_parse_alloc(p, sizeof(*range)),
			   **end = &p->config->ranges6;
	char *field = dhcp_parse_next(p);

	if (!range)
		return false;
	if (strncmp(field, "constructor:", 12) == 0)
		return dhcp_parse_fail(p, "constructor: is not taken");
	if (!parse6(field, range->first))
		return dhcp_parse_fail(p, "expected an address as fd00::50, got \"%.80s\"", field);
	range->cond = cond;
	range->set = set;
	range->line = p->line;
	range->lease = DHCP_LEASE_DEFAULT;
	while ((field = dhcp_parse_next(p)))
		if (!range6_field(p, range, field))
			return false;
	if (range->lease < DHCP_LEASE_MIN)
		range->lease = DHCP_LEASE_MIN;
	while (*end)
		end = &(*end)->next;
	*end = range;
	return range6_is_sound(p, range);
}

/* ---- options ---- */

enum form6 {
	FORM6_ADDRESSES,
	FORM6_DOMAINS,
	FORM6_U8,
	FORM6_TEXT,
	FORM6_TIME
};

static const struct {
	const char *name;
	uint16_t code;
	enum form6 form;
} options6[] = {
	{"preference", 7, FORM6_U8},
	{"sip-server-domain", 21, FORM6_DOMAINS},
	{"sip-server", 22, FORM6_ADDRESSES},
	{"dns-server", 23, FORM6_ADDRESSES},
	{"domain-search", 24, FORM6_DOMAINS},
	{"nis-server", 27, FORM6_ADDRESSES},
	{"nis+-server", 28, FORM6_ADDRESSES},
	{"sntp-server", 31, FORM6_ADDRESSES},
	{"information-refresh-time", 32, FORM6_TIME},
	{"bootfile-url", 59, FORM6_TEXT},
	{"captive-portal", 103, FORM6_TEXT},
};

/* [ADDRESS] as dnsmasq writes it, or without brackets; [::] is the server's own. */
static bool put_address6(struct dhcp_parser *p, struct wire_writer *w, const char *field)
{
	size_t len = strlen(field);
	uint8_t address[16];

	if (len > 2 && field[0] == '[' && field[len - 1] == ']') {
		field++;
		len -= 2;
	}
	if (!inet_parse6(field, len, address))
		return dhcp_parse_fail(p, "expected an address as [fd00::1], got \"%.80s\"", field);
	wire_put_bytes(w, address, sizeof(address));
	return true;
}

static bool put_field6(
	struct dhcp_parser *p, struct wire_writer *w, enum form6 form, const char *field)
{
	uint8_t domain[DHCP_DOMAIN_MAX + 1];
	uint32_t seconds;
	uint64_t number;
	size_t len;

	switch (form) {
	case FORM6_ADDRESSES:
		return put_address6(p, w, field);
	case FORM6_DOMAINS:
		len = dhcp_parse_domain(field, domain);
		wire_put_bytes(w, domain, len);
		return len || dhcp_parse_fail(p, "expected a domain name, got \"%.80s\"", field);
	case FORM6_U8:
		if (!dhcp_parse_number(field, UINT8_MAX, &number))
			return dhcp_parse_fail(p, "expected a number up to 255");
		wire_put_u8(w, (uint8_t)number);
		return true;
	case FORM6_TIME:
		if (!dhcp_parse_time(field, &seconds))
			return dhcp_parse_fail(p, "expected a time as 45m");
		wire_put_u32(w, seconds);
		return true;
	default:
		wire_put_bytes(w, field, strlen(field));
		return true;
	}
}

bool dhcp_word_option6(struct dhcp_parser *p, const char *name, struct dhcp_cond cond)
{
	struct dhcp6_option_value *value, **end = &p->config->options6;
	uint8_t bytes[VALUE_MAX];
	struct wire_writer w;
	uint64_t number;
	char *field;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(options6); i++)
		if (strcmp(options6[i].name, name) == 0 ||
			(dhcp_parse_number(name, UINT16_MAX, &number) &&
				number == options6[i].code))
			break;
	if (i == ARRAY_SIZE(options6))
		return dhcp_parse_fail(p, "option6:%.40s is not taken", name);
	wire_writer_init(&w, bytes, sizeof(bytes));
	while ((field = dhcp_parse_next(p)))
		if (!put_field6(p, &w, options6[i].form, field))
			return false;
	if (wire_overflowed(&w) || !wire_written(&w))
		return dhcp_parse_fail(p, "expected a value of 1 to %d bytes", VALUE_MAX);
	value = dhcp_parse_alloc(p, sizeof(*value));
	if (!value)
		return false;
	value->code = options6[i].code;
	value->cond = cond;
	value->line = p->line;
	value->len = wire_written(&w);
	value->value = (const uint8_t *)dhcp_parse_copy(p, (const char *)bytes, value->len);
	while (*end)
		end = &(*end)->next;
	*end = value;
	return value->value;
}

/* ---- ra-param=INTERFACE,[mtu:N,][high|low,]INTERVAL[,LIFETIME] ---- */

bool dhcp_word_ra_param(struct dhcp_parser *p)
{
	struct dhcp_ra_param *ra = &p->config->ra;
	char *field = dhcp_parse_next(p);
	uint64_t number;

	if (!field || strcmp(field, "*") != 0)
		return dhcp_parse_fail(p, "expected * for all interfaces first");
	while ((field = dhcp_parse_next(p))) {
		if (strncmp(field, "mtu:", 4) == 0 && dhcp_parse_number(field + 4, 9000, &number) &&
			number >= 1280) {
			ra->mtu = (uint32_t)number;
		} else if (strcmp(field, "high") == 0) {
			ra->preference = 1;
		} else if (strcmp(field, "low") == 0) {
			ra->preference = 3;
		} else if (!ra->interval && dhcp_parse_number(field, 1800, &number) &&
			   number >= 4) {
			ra->interval = (uint32_t)number;
		} else if (ra->interval && dhcp_parse_number(field, 9000, &number)) {
			ra->lifetime = (uint32_t)number;
			ra->has_lifetime = true;
		} else {
			return dhcp_parse_fail(p,
				"expected mtu:1280 to mtu:9000, high, low, an interval of 4 "
				"to 1800 s or a lifetime up to 9000 s, got \"%.40s\"",
				field);
		}
	}
	return true;
}

/* Sent only where the server has an address; by DHCPv6 behind a relay, too. */
static bool has_link(const struct dhcp_config *config, const struct dhcp6_range *range)
{
	for (unsigned i = 0; i < DHCP_LINKS; i++)
		if (dhcp6_is_on_link(config, range, i))
			return true;
	return false;
}

static bool check_range6(struct dhcp_parser *p, const struct dhcp6_range *range)
{
	p->line = range->line;
	p->word = "dhcp-range";
	if ((range->mode & (DHCP6_SLAAC | DHCP6_STATELESS)) && !p->config->enable_ra)
		return dhcp_parse_fail(p, "expected enable-ra for what is advertised");
	if (p->config->enable_ra && !(range->mode & DHCP6_STATEFUL) && !has_link(p->config, range))
		return dhcp_parse_fail(
			p, "expected an interface with an address of this prefix (ip6=)");
	for (const struct dhcp6_range *b = range->next; b; b = b->next) {
		p->line = b->line;
		if ((range->mode & b->mode & DHCP6_STATEFUL) &&
			memcmp(range->first, b->last, 16) <= 0 &&
			memcmp(b->first, range->last, 16) <= 0)
			return dhcp_parse_fail(p, "overlaps the range of line %u", range->line);
	}
	return true;
}

/* A reservation's address must be in some range's prefix. */
static bool check_host6(struct dhcp_parser *p, const struct dhcp_host *host)
{
	const struct dhcp6_range *range = p->config->ranges6;

	while (range && !dhcp6_same_prefix(range->first, host->address6, range->length))
		range = range->next;
	p->line = host->line;
	p->word = "dhcp-host";
	return range || dhcp_parse_fail(p, "its IPv6 address is in the prefix of no dhcp-range");
}

static uint32_t addresses6(const struct dhcp_config *config)
{
	uint64_t count = 0;

	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next)
		if (r->mode & DHCP6_STATEFUL)
			count = LEASES6; /* more than that need dhcp-lease-max */
	for (const struct dhcp_host *h = config->hosts; h; h = h->next)
		count += h->has_address6;
	return (uint32_t)count;
}

bool dhcp_config6_check(struct dhcp_parser *p)
{
	struct dhcp_config *config = p->config;
	uint8_t message[DHCP_RA_MAX];
	static const uint8_t mac[6];

	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next)
		if (!check_range6(p, r))
			return false;
	for (const struct dhcp_host *h = config->hosts; h; h = h->next)
		if (h->has_address6 && !check_host6(p, h))
			return false;
	p->word = "enable-ra";
	for (unsigned i = 0; config->enable_ra && i < DHCP_LINKS; i++)
		if (!dhcp_ra_write(message, config, i, mac))
			return dhcp_parse_fail(p,
				"expected fewer names and prefixes: an advertisement "
				"has %d bytes at most",
				DHCP_RA_MAX);
	config->lease_max6 = config->lease_max_given ? config->lease_max : addresses6(config);
	return true;
}
