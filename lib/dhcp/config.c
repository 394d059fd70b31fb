/* SPDX-License-Identifier: ISC */
/* Lines and words of the configuration; what each word's values mean is words.c and options.c. */
#include "lib/dhcp/config.h"

#include <errno.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/dhcp/parse.h"

#define CHUNK     4096
#define ARENA_MAX ((size_t)64 * 1024 * 1024)

/* ---- words of one value or none ---- */

static bool word_flag(struct dhcp_parser *p, bool *flag)
{
	if (p->count)
		return dhcp_parse_fail(p, "expected nothing after it, got \"%.80s\"", p->fields[0]);
	*flag = true;
	return true;
}

static bool word_ttl(struct dhcp_parser *p)
{
	return (p->count == 1 && dhcp_parse_time(p->fields[0], &p->config->ttl) &&
		       p->config->ttl <= INT32_MAX) ||
	       dhcp_parse_fail(p, "expected a time as 600 or 1h");
}

static bool word_lease_max(struct dhcp_parser *p)
{
	uint64_t number;

	if (p->count != 1 || !dhcp_parse_number(p->fields[0], 1 << 24, &number) || !number)
		return dhcp_parse_fail(p, "expected a number of leases from 1 to 16777216");
	p->config->lease_max = (uint32_t)number;
	p->config->lease_max_given = true;
	return true;
}

static bool word_domain(struct dhcp_parser *p)
{
	uint8_t wire[DHCP_DOMAIN_MAX + 1];

	if (p->count != 1 || !dhcp_parse_domain(p->fields[0], wire))
		return dhcp_parse_fail(p, "expected one domain name as home.example");
	p->config->domain = dhcp_parse_copy(p, p->fields[0], strlen(p->fields[0]));
	return p->config->domain;
}

static bool word_rule(struct dhcp_parser *p, struct dhcp_rule **list)
{
	struct dhcp_rule *rule = dhcp_parse_alloc(p, sizeof(*rule));
	char *field;

	if (!rule)
		return false;
	while ((field = dhcp_parse_next(p)))
		if (dhcp_parse_tag_field(p, field, &rule->cond, NULL) <= 0)
			return dhcp_parse_fail(p, "expected tag:NAME, got \"%.80s\"", field);
	rule->next = *list;
	*list = rule;
	return true;
}

static bool word_ignore(struct dhcp_parser *p)
{
	if (!p->count)
		return dhcp_parse_fail(p, "expected tag:NAME");
	return word_rule(p, &p->config->ignore);
}

static bool word_broadcast(struct dhcp_parser *p)
{
	return word_rule(p, &p->config->broadcast);
}

static bool word_ignore_names(struct dhcp_parser *p)
{
	return word_rule(p, &p->config->ignore_names);
}

static bool word_option(struct dhcp_parser *p)
{
	return dhcp_word_option(p, false);
}

static bool word_option_force(struct dhcp_parser *p)
{
	return dhcp_word_option(p, true);
}

/* A word with values is read by a function; one without sets a flag; one gives clients a tag. */
static const struct word {
	const char *name;
	bool (*read)(struct dhcp_parser *p);
	size_t flag; /* where in struct dhcp_config, without a function */
	enum dhcp_match_kind kind;
} words[] = {
	{"dhcp-range", .read = dhcp_word_range},
	{"dhcp-host", .read = dhcp_word_host},
	{"dhcp-option", .read = word_option},
	{"dhcp-option-force", .read = word_option_force},
	{"dhcp-boot", .read = dhcp_word_boot},
	{"dhcp-match", .read = dhcp_word_match},
	{"dhcp-vendorclass", .kind = DHCP_MATCH_VENDOR},
	{"dhcp-userclass", .kind = DHCP_MATCH_USER},
	{"dhcp-mac", .kind = DHCP_MATCH_HARDWARE},
	{"dhcp-circuitid", .kind = DHCP_MATCH_CIRCUIT},
	{"dhcp-remoteid", .kind = DHCP_MATCH_REMOTE},
	{"dhcp-subscrid", .kind = DHCP_MATCH_SUBSCRIBER},
	{"dhcp-name-match", .read = dhcp_word_name_match},
	{"tag-if", .read = dhcp_word_tag_if},
	{"dhcp-ignore", .read = word_ignore},
	{"dhcp-broadcast", .read = word_broadcast},
	{"dhcp-ignore-names", .read = word_ignore_names},
	{"dhcp-authoritative", .flag = offsetof(struct dhcp_config, authoritative)},
	{"dhcp-rapid-commit", .flag = offsetof(struct dhcp_config, rapid_commit)},
	{"dhcp-ignore-clid", .flag = offsetof(struct dhcp_config, ignore_clid)},
	{"dhcp-sequential-ip", .flag = offsetof(struct dhcp_config, sequential)},
	{"dhcp-fqdn", .flag = offsetof(struct dhcp_config, fqdn)},
	{"no-ping", .flag = offsetof(struct dhcp_config, no_ping)},
	{"leasequery", .flag = offsetof(struct dhcp_config, leasequery)},
	{"enable-ra", .flag = offsetof(struct dhcp_config, enable_ra)},
	{"dhcp-lease-max", .read = word_lease_max},
	{"dhcp-ttl", .read = word_ttl},
	{"domain", .read = word_domain},
	{"ra-param", .read = dhcp_word_ra_param},
};

/* ---- lines ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static char *trim(char *text)
{
	size_t len = strlen(text);

	while (len && is_blank(text[len - 1]))
		text[--len] = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

/*
 * Cuts the value at commas that are not within double quotes, which are taken away; a backslash in
 * quotes keeps the byte after it as it is.
 */
static bool cut(struct dhcp_parser *p, char *value)
{
	bool quoted = false;
	char *from = value, *to = value;

	p->count = p->at = 0;
	if (!*value)
		return true;
	p->fields[p->count++] = value;
	for (; *from; from++) {
		if (*from == '"') {
			quoted = !quoted;
		} else if (quoted && *from == '\\' && from[1]) {
			*to++ = *++from;
		} else if (*from == ',' && !quoted) {
			*to++ = '\0';
			if (p->count == DHCP_FIELDS_MAX)
				return dhcp_parse_fail(
					p, "expected at most %d values", DHCP_FIELDS_MAX);
			p->fields[p->count++] = to;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	for (unsigned i = 0; i < p->count; i++)
		p->fields[i] = trim(p->fields[i]);
	return !quoted || dhcp_parse_fail(p, "expected a quote at the end of a quoted value");
}

/* Ends the line at a '#' that begins it or follows a blank, outside of quotes. */
static void cut_comment(char *line)
{
	bool quoted = false;

	for (char *at = line; *at; at++) {
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '#' && !quoted && (at == line || is_blank(at[-1])))
			*at = '\0';
		if (!*at)
			return;
	}
}

static bool take_word(struct dhcp_parser *p, const struct word *word)
{
	if (word->read)
		return word->read(p);
	if (word->flag)
		return word_flag(p, (bool *)((char *)p->config + word->flag));
	return dhcp_word_class(p, word->kind);
}

static bool read_word(struct dhcp_parser *p, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].name, name) == 0)
			return take_word(p, &words[i]) && !p->error;
	if (strncmp(name, "option6:", 8) == 0)
		return dhcp_parse_fail(p, "expected dhcp-option=%.40s", name);
	return dhcp_parse_fail(p, "this word is not taken; docs/dhcp.md lists those that are");
}

static bool read_line(struct dhcp_parser *p, const char *text, size_t len)
{
	char *word, *value;

	p->word = "line";
	if (len > DHCP_LINE_MAX)
		return dhcp_parse_fail(p, "expected at most %d bytes", DHCP_LINE_MAX);
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < ' ' && !is_blank(text[i]))
			return dhcp_parse_fail(p, "expected text, got a control byte");
	memcpy(p->value, text, len);
	p->value[len] = '\0';
	cut_comment(p->value);
	word = trim(p->value);
	if (!*word)
		return true;
	value = strchr(word, '=');
	if (value)
		*value++ = '\0';
	p->word = trim(word);
	return cut(p, value ? trim(value) : word + strlen(word)) && read_word(p, p->word);
}

static bool read_lines(struct dhcp_parser *p, const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t line = end ? (size_t)(end - text) - at : len - at;

		p->line++;
		if (!read_line(p, text + at, line))
			return false;
		at += line + 1;
	}
	return true;
}

/* The tags that clients get by themselves: vif0 and so on by where they ask, and `known`. */
static bool make_tags(struct dhcp_parser *p)
{
	char name[] = "vif0";

	for (unsigned i = 0; i < DHCP_LINKS; i++) {
		name[3] = (char)('0' + i);
		p->config->link_tags[i] = dhcp_parse_tag(p, name);
	}
	p->config->known = dhcp_parse_tag(p, "known");
	return !p->error;
}

int dhcp_config_read(struct dhcp_config *config, const struct dhcp_link *links, const char *name,
	const char *text, size_t len, char message[DHCP_CONFIG_MESSAGE])
{
	static struct dhcp_parser parser;
	struct dhcp_parser *p = &parser;

	memset(config, 0, sizeof(*config));
	memset(p, 0, sizeof(*p));
	memcpy(config->links, links, sizeof(config->links));
	arena_init(&config->arena, CHUNK, ARENA_MAX);
	config->domain = "";
	config->hosts_end = &config->hosts;
	p->config = config;
	p->name = name;
	p->word = "";
	p->message = message;
	if (make_tags(p) && read_lines(p, text, len) && dhcp_config_check(p))
		return 0;
	arena_fini(&config->arena);
	return p->error;
}

void dhcp_config_free(struct dhcp_config *config)
{
	arena_fini(&config->arena);
}
