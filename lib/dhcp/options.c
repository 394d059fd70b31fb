/* SPDX-License-Identifier: ISC */
/*
 * The word dhcp-option: options by dnsmasq's names or by number, and their values in the form that
 * each has on the wire (RFC 2132, 3397, 3442, 8910, 8925).
 */
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dhcp/parse.h"

#define VALUE_MAX 1024 /* bytes of one option's value */

enum form {
	FORM_GUESS, /* addresses, numbers of one byte, bytes in hex, or text: by how it looks */
	FORM_ADDRESSES,
	FORM_PAIRS, /* addresses, two by two */
	FORM_TEXT,
	FORM_U8,
	FORM_U16,
	FORM_U32,
	FORM_TIME,
	FORM_DOMAINS,
	FORM_ROUTES, /* RFC 3442: network/length,router */
	FORM_NAME    /* one domain name, as text */
};

static const struct option {
	uint8_t code;
	enum form form;
	const char *name;
} options[] = {
	{1, FORM_ADDRESSES, "netmask"},
	{2, FORM_U32, "time-offset"},
	{3, FORM_ADDRESSES, "router"},
	{6, FORM_ADDRESSES, "dns-server"},
	{7, FORM_ADDRESSES, "log-server"},
	{9, FORM_ADDRESSES, "lpr-server"},
	{12, FORM_TEXT, "hostname"},
	{13, FORM_U16, "boot-file-size"},
	{15, FORM_NAME, "domain-name"},
	{16, FORM_ADDRESSES, "swap-server"},
	{17, FORM_TEXT, "root-path"},
	{18, FORM_TEXT, "extension-path"},
	{19, FORM_U8, "ip-forward-enable"},
	{20, FORM_U8, "non-local-source-routing"},
	{21, FORM_PAIRS, "policy-filter"},
	{22, FORM_U16, "max-datagram-reassembly"},
	{23, FORM_U8, "default-ttl"},
	{26, FORM_U16, "mtu"},
	{27, FORM_U8, "all-subnets-local"},
	{28, FORM_ADDRESSES, "broadcast"},
	{31, FORM_U8, "router-discovery"},
	{32, FORM_ADDRESSES, "router-solicitation"},
	{33, FORM_PAIRS, "static-route"},
	{34, FORM_U8, "trailer-encapsulation"},
	{35, FORM_TIME, "arp-timeout"},
	{36, FORM_U8, "ethernet-encap"},
	{37, FORM_U8, "tcp-ttl"},
	{38, FORM_TIME, "tcp-keepalive"},
	{40, FORM_TEXT, "nis-domain"},
	{41, FORM_ADDRESSES, "nis-server"},
	{42, FORM_ADDRESSES, "ntp-server"},
	{44, FORM_ADDRESSES, "netbios-ns"},
	{45, FORM_ADDRESSES, "netbios-dd"},
	{46, FORM_U8, "netbios-nodetype"},
	{47, FORM_TEXT, "netbios-scope"},
	{48, FORM_ADDRESSES, "x-windows-fs"},
	{49, FORM_ADDRESSES, "x-windows-dm"},
	{58, FORM_TIME, "T1"},
	{59, FORM_TIME, "T2"},
	{60, FORM_TEXT, "vendor-class"},
	{64, FORM_TEXT, "nis+-domain"},
	{65, FORM_ADDRESSES, "nis+-server"},
	{66, FORM_TEXT, "tftp-server"},
	{67, FORM_TEXT, "bootfile-name"},
	{68, FORM_ADDRESSES, "mobile-ip-home"},
	{69, FORM_ADDRESSES, "smtp-server"},
	{70, FORM_ADDRESSES, "pop3-server"},
	{71, FORM_ADDRESSES, "nntp-server"},
	{74, FORM_ADDRESSES, "irc-server"},
	{77, FORM_TEXT, "user-class"},
	{93, FORM_U16, "client-arch"},
	{94, FORM_GUESS, "client-interface-id"},
	{97, FORM_GUESS, "client-machine-id"},
	{100, FORM_TEXT, "posix-timezone"},
	{101, FORM_TEXT, "tzdb-timezone"},
	{108, FORM_TIME, "ipv6-only"},
	{114, FORM_TEXT, "captive-portal"},
	{119, FORM_DOMAINS, "domain-search"},
	{121, FORM_ROUTES, "classless-static-route"},
	{150, FORM_ADDRESSES, "tftp-server-address"},
};

/* What the server says itself, or what would make no option of it. */
static bool is_ours(unsigned code)
{
	switch (code) {
	case DHCP_OPTION_PAD:
	case DHCP_OPTION_REQUESTED:
	case DHCP_OPTION_LEASE_TIME:
	case DHCP_OPTION_OVERLOAD:
	case DHCP_OPTION_TYPE:
	case DHCP_OPTION_SERVER_ID:
	case DHCP_OPTION_PARAMETERS:
	case DHCP_OPTION_MESSAGE:
	case DHCP_OPTION_MAX_SIZE:
	case DHCP_OPTION_CLIENT_ID:
	case DHCP_OPTION_RAPID_COMMIT:
	case DHCP_OPTION_FQDN:
	case DHCP_OPTION_RELAY:
	case DHCP_OPTION_END:
		return true;
	default:
		return false;
	}
}

static const struct option *find(unsigned code)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (options[i].code == code)
			return &options[i];
	return NULL;
}

uint8_t dhcp_option_code(const char *text)
{
	uint64_t number;

	if (strncmp(text, "option:", 7) == 0) {
		text += 7;
		for (size_t i = 0; i < ARRAY_SIZE(options); i++)
			if (strcmp(options[i].name, text) == 0)
				return options[i].code;
	}
	if (!dhcp_parse_number(text, 254, &number))
		return 0;
	return (uint8_t)number;
}

/* ---- values ---- */

static bool put_address(struct dhcp_parser *p, struct wire_writer *w, const char *field)
{
	uint32_t address;

	if (!dhcp_parse_address(field, &address))
		return dhcp_parse_fail(p, "expected an address as 10.0.0.1, got \"%.80s\"", field);
	wire_put_u32(w, address);
	return true;
}

static bool put_number(
	struct dhcp_parser *p, struct wire_writer *w, const char *field, unsigned bytes)
{
	uint64_t number, high = bytes == 1 ? UINT8_MAX : bytes == 2 ? UINT16_MAX : UINT32_MAX;
	bool negative = bytes == 4 && *field == '-';

	if (!dhcp_parse_number(field + negative, high, &number))
		return dhcp_parse_fail(p, "expected a number up to %llu, got \"%.80s\"",
			(unsigned long long)high, field);
	if (negative)
		number = -number;
	if (bytes == 4)
		wire_put_u16(w, (uint16_t)(number >> 16));
	if (bytes >= 2)
		wire_put_u8(w, (uint8_t)(number >> 8));
	wire_put_u8(w, (uint8_t)number);
	return true;
}

static bool put_time(struct dhcp_parser *p, struct wire_writer *w, const char *field)
{
	uint32_t seconds;

	if (!dhcp_parse_time(field, &seconds))
		return dhcp_parse_fail(p, "expected a time as 45m, got \"%.80s\"", field);
	wire_put_u32(w, seconds);
	return true;
}

/* RFC 3397 allows names to be compressed; they need not be. */
static bool put_domain(struct dhcp_parser *p, struct wire_writer *w, const char *field)
{
	uint8_t wire[DHCP_DOMAIN_MAX + 1];
	size_t len = dhcp_parse_domain(field, wire);

	if (!len)
		return dhcp_parse_fail(p, "expected a domain name, got \"%.80s\"", field);
	wire_put_bytes(w, wire, len);
	return true;
}

/* "10.1.0.0/16" and the router after it. */
static bool put_route(struct dhcp_parser *p, struct wire_writer *w, char *field)
{
	char *slash = strchr(field, '/'), *router;
	uint64_t length = 32;
	uint32_t network;
	uint8_t bytes[4];

	if (slash)
		*slash++ = '\0';
	if (!dhcp_parse_address(field, &network) ||
		(slash && !dhcp_parse_number(slash, 32, &length)))
		return dhcp_parse_fail(
			p, "expected a network as 10.1.0.0/16, got \"%.80s\"", field);
	if (length < 32 && network << length)
		return dhcp_parse_fail(p, "%.20s has bits beyond its length", field);
	router = dhcp_parse_next(p);
	if (!router)
		return dhcp_parse_fail(p, "expected a router after each network");
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(network >> (24 - 8 * i));
	wire_put_u8(w, (uint8_t)length);
	wire_put_bytes(w, bytes, (length + 7) / 8);
	return put_address(p, w, router);
}

static bool put_text(struct wire_writer *w, const char *field)
{
	wire_put_bytes(w, field, strlen(field));
	return true;
}

/* All numbers up to 255, or bytes in hex; else text. */
static bool put_guess(struct dhcp_parser *p, struct wire_writer *w, const char *field)
{
	uint8_t bytes[DHCP_ID_MAX];
	uint32_t address;
	uint64_t number;
	size_t len;

	if (dhcp_parse_address(field, &address))
		return put_address(p, w, field);
	if (dhcp_parse_number(field, UINT8_MAX, &number))
		return put_number(p, w, field, 1);
	if (strchr(field, ':') && dhcp_parse_hex(field, 1, bytes, sizeof(bytes), &len, NULL)) {
		wire_put_bytes(w, bytes, len);
		return true;
	}
	return put_text(w, field);
}

static bool put_field(struct dhcp_parser *p, struct wire_writer *w, enum form form, char *field)
{
	switch (form) {
	case FORM_ADDRESSES:
	case FORM_PAIRS:
		return put_address(p, w, field);
	case FORM_U8:
		return put_number(p, w, field, 1);
	case FORM_U16:
		return put_number(p, w, field, 2);
	case FORM_U32:
		return put_number(p, w, field, 4);
	case FORM_TIME:
		return put_time(p, w, field);
	case FORM_DOMAINS:
		return put_domain(p, w, field);
	case FORM_ROUTES:
		return put_route(p, w, field);
	case FORM_NAME: {
		uint8_t wire[DHCP_DOMAIN_MAX + 1];

		if (!dhcp_parse_domain(field, wire))
			return dhcp_parse_fail(p, "expected a domain name, got \"%.80s\"", field);
		return put_text(w, field);
	}
	case FORM_TEXT:
		return put_text(w, field);
	default:
		return put_guess(p, w, field);
	}
}

static bool takes_one(enum form form)
{
	return form == FORM_TEXT || form == FORM_NAME || form == FORM_TIME || form == FORM_U8 ||
	       form == FORM_U16 || form == FORM_U32;
}

/* True when every field that is left is an address: 0.0.0.0 among them is the server's own. */
static bool all_addresses(const struct dhcp_parser *p)
{
	uint32_t address;

	for (unsigned i = p->at; i < p->count; i++)
		if (!dhcp_parse_address(p->fields[i], &address))
			return false;
	return p->at < p->count;
}

static bool read_value(struct dhcp_parser *p, struct dhcp_option_value *value, enum form form)
{
	uint8_t bytes[VALUE_MAX];
	struct wire_writer w;
	unsigned count = 0;
	char *field;

	value->addresses = (form == FORM_ADDRESSES || form == FORM_GUESS) && all_addresses(p);
	wire_writer_init(&w, bytes, sizeof(bytes));
	for (; (field = dhcp_parse_next(p)); count++) {
		if (count && takes_one(form))
			return dhcp_parse_fail(p, "expected one value, got \"%.80s\" too", field);
		if (!put_field(p, &w, form, field))
			return false;
	}
	if (form == FORM_PAIRS && count % 2)
		return dhcp_parse_fail(p, "expected addresses two by two");
	if (wire_overflowed(&w))
		return dhcp_parse_fail(p, "expected at most %d bytes of value", VALUE_MAX);
	if (value->space != DHCP_SPACE_PLAIN && wire_written(&w) > 255)
		return dhcp_parse_fail(p, "expected at most 255 bytes of a vendor's option");
	value->len = wire_written(&w);
	value->value = (const uint8_t *)dhcp_parse_copy(p, (const char *)bytes, value->len);
	return value->value;
}

/* ---- the word ---- */

/* Which option FIELD names. */
static bool read_code(
	struct dhcp_parser *p, struct dhcp_option_value *value, const char *field, enum form *form)
{
	const struct option *option;

	value->code = dhcp_option_code(field);
	if (!value->code)
		return dhcp_parse_fail(
			p, "expected an option's number or option:NAME, got \"%.80s\"", field);
	*form = FORM_GUESS;
	if (value->space != DHCP_SPACE_PLAIN)
		return true;
	if (is_ours(value->code))
		return dhcp_parse_fail(p, "option %u is the server's own to send", value->code);
	option = find(value->code);
	if (option)
		*form = option->form;
	return true;
}

/* Tags, vendor:TEXT or vi-encap:NUMBER, before the option itself, which is returned. */
static char *read_front(struct dhcp_parser *p, struct dhcp_option_value *value)
{
	uint64_t number;
	char *field;
	int tag;

	while ((field = dhcp_parse_next(p))) {
		tag = dhcp_parse_tag_field(p, field, &value->cond, NULL);
		if (tag < 0)
			return NULL;
		if (strncmp(field, "vendor:", 7) == 0) {
			value->space = DHCP_SPACE_VENDOR;
			value->vendor = dhcp_parse_copy(p, field + 7, strlen(field + 7));
			if (!value->vendor)
				return NULL;
		} else if (strncmp(field, "vi-encap:", 9) == 0) {
			value->space = DHCP_SPACE_ENTERPRISE;
			if (!dhcp_parse_number(field + 9, UINT32_MAX, &number)) {
				dhcp_parse_fail(p, "expected an enterprise's number");
				return NULL;
			}
			value->enterprise = (uint32_t)number;
		} else if (!tag) {
			return field;
		}
	}
	dhcp_parse_fail(p, "expected an option");
	return NULL;
}

bool dhcp_word_option(struct dhcp_parser *p, bool force)
{
	struct dhcp_option_value *value = dhcp_parse_alloc(p, sizeof(*value)),
				 **end = &p->config->options;
	char *field;
	enum form form = FORM_GUESS;

	if (!value)
		return false;
	value->force = force;
	value->line = p->line;
	field = read_front(p, value);
	if (!field)
		return false;
	if (strncmp(field, "option6:", 8) == 0)
		return dhcp_word_option6(p, field + 8, value->cond);
	if (!read_code(p, value, field, &form) || !read_value(p, value, form))
		return false;
	while (*end)
		end = &(*end)->next;
	*end = value;
	return true;
}
