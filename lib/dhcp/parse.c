/* SPDX-License-Identifier: ISC */
/* Fields of a line and the values in them. */
#include "lib/dhcp/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/inet.h"
#include "lib/base/wire.h"

bool dhcp_parse_fail(struct dhcp_parser *p, const char *format, ...)
{
	va_list args;
	int used;

	if (p->error)
		return false;
	p->error = -EINVAL;
	used = snprintf(
		p->message, DHCP_CONFIG_MESSAGE, "%s:%u: %.40s: ", p->name, p->line, p->word);
	if (used < 0 || used >= DHCP_CONFIG_MESSAGE)
		return false;
	va_start(args, format);
	vsnprintf(p->message + used, DHCP_CONFIG_MESSAGE - (size_t)used, format, args);
	va_end(args);
	return false;
}

bool dhcp_parse_no_memory(struct dhcp_parser *p)
{
	dhcp_parse_fail(p, "expected memory for it, there is none left");
	p->error = -ENOMEM;
	return false;
}

void *dhcp_parse_alloc(struct dhcp_parser *p, size_t size)
{
	void *memory = arena_alloc(&p->config->arena, size, 8);

	if (!memory)
		dhcp_parse_no_memory(p);
	return memory;
}

const char *dhcp_parse_copy(struct dhcp_parser *p, const char *text, size_t len)
{
	char *copy = dhcp_parse_alloc(p, len + 1);

	if (copy && len)
		memcpy(copy, text, len);
	return copy;
}

char *dhcp_parse_next(struct dhcp_parser *p)
{
	return p->at < p->count ? p->fields[p->at++] : NULL;
}

/* ---- tags ---- */

uint64_t dhcp_parse_tag(struct dhcp_parser *p, const char *name)
{
	struct dhcp_config *config = p->config;
	size_t len = strlen(name);

	if (len == 0 || len > DHCP_NAME_MAX) {
		dhcp_parse_fail(p, "expected a tag's name of 1 to %d letters, got \"%.80s\"",
			DHCP_NAME_MAX, name);
		return 0;
	}
	for (unsigned i = 0; i < config->tag_count; i++)
		if (strcmp(config->tags[i], name) == 0)
			return (uint64_t)1 << i;
	if (config->tag_count == DHCP_TAGS) {
		dhcp_parse_fail(
			p, "expected at most %d tags in all, %.63s is one more", DHCP_TAGS, name);
		return 0;
	}
	memcpy(config->tags[config->tag_count], name, len + 1);
	return (uint64_t)1 << config->tag_count++;
}

int dhcp_parse_tag_field(
	struct dhcp_parser *p, const char *field, struct dhcp_cond *cond, uint64_t *set)
{
	uint64_t bit;

	if (strncmp(field, "set:", 4) == 0 && set) {
		bit = dhcp_parse_tag(p, field + 4);
		*set |= bit;
	} else if (strncmp(field, "tag:!", 5) == 0) {
		bit = dhcp_parse_tag(p, field + 5);
		cond->none |= bit;
	} else if (strncmp(field, "tag:", 4) == 0) {
		bit = dhcp_parse_tag(p, field + 4);
		cond->all |= bit;
	} else {
		return 0;
	}
	return bit ? 1 : -1;
}

/* ---- values ---- */

bool dhcp_parse_number(const char *text, uint64_t high, uint64_t *value)
{
	uint64_t number = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (unsigned)(*text - '0');
		if (number > high)
			return false;
	}
	*value = number;
	return true;
}

bool dhcp_parse_address(const char *text, uint32_t *address)
{
	uint8_t b[4];

	if (!inet_parse4(text, strlen(text), b))
		return false;
	*address = wire_u32(b);
	return true;
}

bool dhcp_parse_time(const char *text, uint32_t *seconds)
{
	static const char units[] = "smhdw";
	static const uint32_t factors[] = {1, 60, 3600, 86400, 604800};
	size_t len = strlen(text);
	uint32_t factor = 1;
	uint64_t number;
	const char *unit;
	char digits[16];

	if (strcmp(text, "infinite") == 0) {
		*seconds = DHCP_FOREVER;
		return true;
	}
	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, text, len + 1);
	unit = strchr(units, digits[len - 1]);
	if (unit) {
		factor = factors[unit - units];
		digits[len - 1] = '\0';
	}
	if (!dhcp_parse_number(digits, (DHCP_FOREVER - 1) / factor, &number) || number == 0)
		return false;
	*seconds = (uint32_t)number * factor;
	return true;
}

/* One byte as one or two digits, or "*"; where it ends, or NULL. */
static const char *hex_byte(const char *text, uint8_t *byte, bool *open)
{
	int high = base_hex_digit(text[0]), low;

	*open = open && *text == '*';
	*byte = 0;
	if (*text == '*')
		return text + 1;
	if (high < 0)
		return NULL;
	low = base_hex_digit(text[1]);
	*byte = (uint8_t)(low < 0 ? high : high << 4 | low);
	return text + (low < 0 ? 1 : 2);
}

bool dhcp_parse_hex(
	const char *text, size_t min, uint8_t *bytes, size_t size, size_t *len, uint32_t *open)
{
	size_t count = 0;
	uint32_t stars = 0;
	bool star;

	for (;;) {
		if (count == size)
			return false;
		text = hex_byte(text, &bytes[count], &star);
		if (!text || (star && (!open || count >= 32)))
			return false;
		if (star)
			stars |= (uint32_t)1 << count;
		count++;
		if (!*text)
			break;
		if (*text++ != ':')
			return false;
	}
	*len = count;
	if (open)
		*open = stars;
	return count >= min;
}

bool dhcp_parse_hardware(const char *text, struct dhcp_hardware *hardware)
{
	const char *dash = strchr(text, '-');
	uint32_t open;
	size_t len;
	bool star;

	hardware->type = 1; /* Ethernet */
	if (dash) {
		if (hex_byte(text, &hardware->type, &star) != dash || star)
			return false;
		text = dash + 1;
	}
	if (!dhcp_parse_hex(
		    text, dash ? 1 : 6, hardware->bytes, sizeof(hardware->bytes), &len, &open))
		return false;
	hardware->len = (uint8_t)len;
	hardware->open = (uint16_t)open;
	return true;
}

bool dhcp_parse_label(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || len > DHCP_NAME_MAX || text[0] == '-' || text[len - 1] == '-')
		return false;
	for (; *text; text++) {
		bool letter = (*text | 0x20) >= 'a' && (*text | 0x20) <= 'z';

		if (!letter && !(*text >= '0' && *text <= '9') && *text != '-' && *text != '_')
			return false;
	}
	return true;
}

void dhcp_lower(void *to, const void *from, size_t len)
{
	const uint8_t *p = from;
	uint8_t *q = to;

	for (; len; len--, p++)
		*q++ = *p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p;
}

size_t dhcp_parse_domain(const char *text, uint8_t out[DHCP_DOMAIN_MAX + 1])
{
	size_t at = 0, len;
	char label[DHCP_NAME_MAX + 1];

	do {
		len = strcspn(text, ".");
		if (len == 0 || len > DHCP_NAME_MAX || at + len + 2 > DHCP_DOMAIN_MAX)
			return 0;
		memcpy(label, text, len);
		label[len] = '\0';
		if (!dhcp_parse_label(label))
			return 0;
		out[at++] = (uint8_t)len;
		memcpy(out + at, label, len);
		at += len;
		text += len;
	} while (*text == '.' && *++text);
	out[at++] = 0;
	return at;
}

size_t dhcp_name_wire(const char *label, const char *domain, uint8_t out[DHCP_DOMAIN_MAX + 1])
{
	uint8_t wire[DHCP_DOMAIN_MAX + 1];
	size_t len = strlen(label), rest = dhcp_parse_domain(domain, wire);

	if (!rest || !len || len > DHCP_NAME_MAX || 1 + len + rest > DHCP_DOMAIN_MAX)
		return 0;
	out[0] = (uint8_t)len;
	memcpy(out + 1, label, len);
	memcpy(out + 1 + len, wire, rest);
	dhcp_lower(out, out, 1 + len + rest); /* a label's length is no letter */
	return 1 + len + rest;
}
