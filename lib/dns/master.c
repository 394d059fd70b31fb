/* SPDX-License-Identifier: ISC */
/* Master files: records and directives; see master.h. */
#include "lib/dns/master.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/master_parser.h"
#include "lib/dns/types.h"
#include "lib/dns/zonemd.h"

/* ---- messages ---- */

int dns_master_fail(struct dns_master *master, const char *why)
{
	char *p;

	snprintf(master->message, DNS_MESSAGE, "%.100s:%u: %.200s", master->file,
		master->lexer->token_line, why);
	for (p = master->message; *p; p++) { /* one line, whatever a file's name holds */
		if (*p < ' ' || *p == 127)
			*p = '?';
	}
	return -EINVAL;
}

/* Copies a word for a message: printable bytes only, cut short. */
static void show(char *out, size_t size, const struct dns_token *word)
{
	size_t i, len = MIN(word->len, size - 1);

	for (i = 0; i < len; i++)
		out[i] = word->text[i] >= ' ' && word->text[i] < 127 ? word->text[i] : '?';
	out[len] = 0;
}

int dns_master_fail_word(struct dns_master *master, const char *why, const struct dns_token *word)
{
	char text[DNS_MESSAGE], shown[50];

	if (word->kind == DNS_TOKEN_BAD)
		return dns_master_fail(master, word->text);
	show(shown, sizeof(shown), word);
	if (word->kind == DNS_TOKEN_EOL || word->kind == DNS_TOKEN_END)
		snprintf(text, sizeof(text), "%s, got the end of the line", why);
	else
		snprintf(text, sizeof(text), "%s, got \"%s\"", why, shown);
	return dns_master_fail(master, text);
}

static void warn(struct dns_master *master, const char *what)
{
	char message[DNS_MESSAGE], *had = master->message;

	if (!master->load->warn)
		return;
	master->message = message;
	dns_master_fail(master, what);
	master->message = had;
	master->load->warn(master->load->ctx, message);
}

static void warn_node(void *ctx, const struct dns_node *node, const char *what)
{
	struct dns_master *master = ctx;
	char message[DNS_MESSAGE], name[100];

	dns_node_text(name, sizeof(name), node);
	snprintf(message, sizeof(message), "%.90s: %s: %s", master->load->file, name, what);
	master->load->warn(master->load->ctx, message);
}

/* ---- records ---- */

/* Reads a name into master->key. */
static int read_name(struct dns_master *master, const struct dns_token *word)
{
	uint8_t name[DNS_NAME_MAX];
	const char *why;
	size_t len = dns_name_parse(name, word->text, word->len, master->origin, &why);

	if (len == 0)
		return dns_master_fail_word(master, why, word);
	dns_key_init(&master->key, name, len);
	return 0;
}

/* The owner of the first record names a zone that nothing else names. */
static bool begin_zone(struct dns_master *master)
{
	if (!master->zone) {
		master->zone =
			dns_zone_create(&master->key, master->load->len, master->load->limit);
		if (master->zone)
			master->zone->pause = master->load->pause;
	}
	return master->zone != NULL;
}

static int set_owner(struct dns_master *master, const struct dns_token *word)
{
	if (word->len == master->owner_len && master->owner_text &&
		memcmp(word->text, master->owner_text, word->len) == 0)
		return 0;
	if (read_name(master, word))
		return -EINVAL;
	if (begin_zone(master))
		master->owner = dns_zone_node(master->zone, &master->key);
	if (!master->zone || !master->owner)
		return dns_master_fail(master, "the zone does not fit the memory");
	master->owner_text = word->text;
	master->owner_len = word->len;
	return 0;
}

/* What stands before the rdata: [TTL] [class] type, or [class] [TTL] type. */
struct head {
	uint32_t ttl;
	bool has_ttl;
	uint16_t type;
};

static int read_ttl(struct dns_master *master, const struct dns_token *word, struct head *head)
{
	head->has_ttl = true;
	if (!dns_period_parse(word->text, word->len, &head->ttl))
		return dns_master_fail_word(
			master, "expected a TTL of seconds, or a period as 1h30m", word);
	if (head->ttl > INT32_MAX)
		return dns_master_fail_word(master, "expected a TTL below 2^31 seconds", word);
	return 0;
}

static int read_head(struct dns_master *master, struct head *head)
{
	struct dns_token word;
	bool has_class = false;
	uint16_t class;

	head->has_ttl = false;
	for (;;) {
		word = dns_lexer_next(master->lexer);
		if (word.kind != DNS_TOKEN_WORD)
			return dns_master_fail_word(master, "expected a record type", &word);
		if (!head->has_ttl && *word.text >= '0' && *word.text <= '9') {
			if (read_ttl(master, &word, head))
				return -EINVAL;
			continue;
		}
		if (has_class || !dns_class_parse(word.text, word.len, &class)) {
			if (dns_type_parse(word.text, word.len, &head->type))
				return 0;
			return dns_master_fail_word(master, "expected a record type", &word);
		}
		has_class = true;
		if (class != DNS_CLASS_IN)
			return dns_master_fail_word(master, "expected the class IN", &word);
	}
}

/*
 * A record without TTL takes that of $TTL, else that of the record before (RFC 2308 section 4); a
 * SOA that has neither takes its own last field.
 */
static int settle_ttl(struct dns_master *master, struct head *head, size_t rdlen)
{
	if (head->has_ttl) {
		master->last_ttl = head->ttl;
		master->has_last = true;
	} else if (master->has_default) {
		head->ttl = master->default_ttl;
	} else if (master->has_last) {
		head->ttl = master->last_ttl;
	} else if (head->type == DNS_SOA) {
		head->ttl = MIN(wire_u32(master->buf + rdlen - 4), (uint32_t)INT32_MAX);
		master->last_ttl = head->ttl;
		master->has_last = true;
	} else {
		return dns_master_fail(master, "the record has no TTL, and there is no $TTL");
	}
	return 0;
}

static int check_type(struct dns_master *master, uint16_t type)
{
	const struct dns_type *layout = dns_type_by_number(type);
	char text[12], message[DNS_MESSAGE];

	if (!master->zone->records && !master->load->apex && type != DNS_SOA)
		return dns_master_fail(master, "expected the SOA record first: it names the zone");
	if (type == 0 || (type >= 128 && type <= 255) ||
		(layout && layout->flags & DNS_TYPE_META)) {
		snprintf(message, sizeof(message), "a record of type %s cannot be in a zone",
			dns_type_text(text, type));
		return dns_master_fail(master, message);
	}
	return 0;
}

static int add_record(struct dns_master *master, const struct head *head)
{
	size_t len = wire_written(&master->rdata.out);
	const char *why, *warning = NULL;
	char text[DNS_MESSAGE], name[120];

	why = dns_zone_add(
		master->zone, master->owner, head->type, head->ttl, master->buf, len, &warning);
	if (why) {
		dns_node_text(name, sizeof(name), master->owner);
		snprintf(text, sizeof(text), "%s: %s", name, why);
		return dns_master_fail(master, text);
	}
	if (warning)
		warn(master, warning);
	return 0;
}

int dns_master_record(struct dns_master *master, const struct dns_token *owner)
{
	char message[DNS_MESSAGE], type[12];
	struct head head = {0};

	if (owner && set_owner(master, owner))
		return -EINVAL;
	if (!master->owner)
		return dns_master_fail(master, "the first record has no owner");
	if (read_head(master, &head) || check_type(master, head.type))
		return -EINVAL;
	master->rdata.lexer = master->lexer;
	master->rdata.origin = master->origin;
	wire_writer_init(&master->rdata.out, master->buf, sizeof(master->buf));
	if (dns_rdata_parse(&master->rdata, head.type)) {
		snprintf(message, sizeof(message), "%s record: %s", dns_type_text(type, head.type),
			master->rdata.why);
		if (master->rdata.token.kind == DNS_TOKEN_WORD)
			return dns_master_fail_word(master, message, &master->rdata.token);
		return dns_master_fail(master, message);
	}
	if (settle_ttl(master, &head, wire_written(&master->rdata.out)))
		return -EINVAL;
	return add_record(master, &head);
}

/* ---- directives ---- */

static int expect_eol(struct dns_master *master)
{
	struct dns_token word = dns_lexer_next(master->lexer);

	return word.kind == DNS_TOKEN_EOL
		       ? 0
		       : dns_master_fail_word(master, "expected the end of the line", &word);
}

static int read_origin(struct dns_master *master, const struct dns_token *word)
{
	if (read_name(master, word))
		return -EINVAL;
	memcpy(master->origin, master->key.wire, master->key.len);
	master->owner_text = NULL;
	return 0;
}

static int do_origin(struct dns_master *master)
{
	struct dns_token word = dns_lexer_next(master->lexer);

	if (word.kind != DNS_TOKEN_WORD)
		return dns_master_fail_word(master, "expected a name after $ORIGIN", &word);
	return read_origin(master, &word) ? -EINVAL : expect_eol(master);
}

static int do_ttl(struct dns_master *master)
{
	struct dns_token word = dns_lexer_next(master->lexer);
	struct head head;

	if (word.kind != DNS_TOKEN_WORD)
		return dns_master_fail_word(master, "expected a TTL after $TTL", &word);
	if (read_ttl(master, &word, &head))
		return -EINVAL;
	master->default_ttl = head.ttl;
	master->has_default = true;
	return expect_eol(master);
}

static int parse_file(struct dns_master *master, const char *file, const char *text, size_t len);

/* Opens the included file; its records see the origin given, which ends with it. */
static int include(struct dns_master *master, const char *name)
{
	struct dns_lexer *lexer = master->lexer;
	const char *file = master->file, *text;
	size_t len;
	int error;

	if (++master->depth > DNS_INCLUDE_DEPTH)
		return dns_master_fail(master, "$INCLUDE goes deeper than 8 files");
	if (++master->includes > DNS_INCLUDES_MAX)
		return dns_master_fail(master, "there are more than 1000 $INCLUDE lines");
	if (!master->load->include || master->load->include(master->load->ctx, name, &text, &len))
		return dns_master_fail(master, "the file that $INCLUDE names is not there");
	error = parse_file(master, name, text, len);
	master->lexer = lexer;
	master->file = file;
	master->depth--;
	return error;
}

static int do_include(struct dns_master *master)
{
	struct dns_token word = dns_lexer_next(master->lexer);
	uint8_t origin[DNS_NAME_MAX];
	struct dns_node *owner = master->owner;
	char name[256];
	int error, got;

	if (word.kind != DNS_TOKEN_WORD && word.kind != DNS_TOKEN_QUOTED)
		return dns_master_fail_word(master, "expected a file after $INCLUDE", &word);
	got = dns_text_decode((uint8_t *)name, sizeof(name) - 1, word.text, word.len);
	if (got <= 0 || memchr(name, 0, (size_t)got))
		return dns_master_fail_word(master, "expected a file's name", &word);
	name[got] = 0;
	memcpy(origin, master->origin, sizeof(origin));
	word = dns_lexer_next(master->lexer);
	if (word.kind == DNS_TOKEN_WORD) {
		if (read_origin(master, &word))
			return -EINVAL;
		word = dns_lexer_next(master->lexer);
	}
	if (word.kind != DNS_TOKEN_EOL)
		return dns_master_fail_word(master, "expected the end of the line", &word);
	error = include(master, name);
	/* RFC 1035 section 5.1: the origin and the owner are again what they were. */
	memcpy(master->origin, origin, sizeof(origin));
	master->owner = owner;
	master->owner_text = NULL;
	return error;
}

static bool is(const struct dns_token *word, const char *directive)
{
	size_t i;

	if (word->len != strlen(directive))
		return false;
	for (i = 0; i < word->len; i++) {
		char c = word->text[i];

		if ((c >= 'a' && c <= 'z' ? c - 32 : c) != directive[i])
			return false;
	}
	return true;
}

static int do_directive(struct dns_master *master, const struct dns_token *word)
{
	if (is(word, "$ORIGIN"))
		return do_origin(master);
	if (is(word, "$TTL"))
		return do_ttl(master);
	if (is(word, "$INCLUDE"))
		return do_include(master);
	if (is(word, "$GENERATE"))
		return dns_master_generate(master);
	return dns_master_fail_word(master, "expected $ORIGIN, $TTL, $INCLUDE or $GENERATE", word);
}

/* ---- files ---- */

/* Whether only blanks and a comment are left of this line; the lexer stays where it is. */
static bool rest_is_empty(const struct dns_lexer *lexer)
{
	struct dns_lexer look = *lexer;

	while (dns_lexer_blank(&look))
		look.at++;
	return look.at == look.end || *look.at == '\n' || *look.at == ';';
}

static int parse_line(struct dns_master *master)
{
	struct dns_token word;

	if (dns_lexer_blank(master->lexer) && !rest_is_empty(master->lexer))
		return dns_master_record(master, NULL);
	word = dns_lexer_next(master->lexer);
	if (word.kind == DNS_TOKEN_EOL)
		return 0;
	if (word.kind == DNS_TOKEN_WORD)
		return *word.text == '$' ? do_directive(master, &word)
					 : dns_master_record(master, &word);
	return dns_master_fail_word(master, "expected a name at the start of the line", &word);
}

static int parse_file(struct dns_master *master, const char *file, const char *text, size_t len)
{
	struct dns_lexer lexer;

	dns_lexer_init(&lexer, text, len);
	master->lexer = &lexer;
	master->file = file;
	while (!lexer.ended) {
		if (parse_line(master))
			return -EINVAL;
	}
	return 0;
}

static int set_apex(struct dns_master *master)
{
	const char *why, *apex = master->load->apex;
	uint8_t name[DNS_NAME_MAX];
	size_t len;

	if (!apex)
		return 0;
	len = dns_name_parse(name, apex, strlen(apex), NULL, &why);
	if (len == 0) {
		snprintf(master->message, DNS_MESSAGE, "%.100s: zone \"%.100s\": %s",
			master->load->file, apex, why);
		return -EINVAL;
	}
	dns_key_init(&master->key, name, len);
	memcpy(master->origin, master->key.wire, len);
	if (begin_zone(master))
		return 0;
	snprintf(master->message, DNS_MESSAGE, "%.100s: the zone does not fit the memory",
		master->load->file);
	return -EINVAL;
}

static int finish(struct dns_master *master)
{
	const char *why = "the file has no records";

	if (master->zone)
		why = dns_zone_finish(master->zone, master->load->warn ? warn_node : NULL, master);
	if (!why)
		why = dns_zonemd_check(master->zone);
	if (!why)
		return 0;
	snprintf(master->message, DNS_MESSAGE, "%.100s: %s", master->load->file, why);
	return -EINVAL;
}

struct dns_zone *dns_zone_load(const struct dns_load *load, char message[DNS_MESSAGE])
{
	struct dns_master *master = calloc(1, sizeof(*master));
	struct dns_zone *zone = NULL;

	if (!master) {
		snprintf(message, DNS_MESSAGE, "%.100s: no memory", load->file);
		return NULL;
	}
	master->load = load;
	master->message = message;
	if (set_apex(master) || parse_file(master, load->file, load->text, load->len) ||
		finish(master))
		dns_zone_free(master->zone);
	else
		zone = master->zone;
	free(master);
	return zone;
}
