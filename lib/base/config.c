/* SPDX-License-Identifier: ISC */
/*
 * Reads settings. A scanner cuts the text into key and value by the grammar of its source; what
 * the key means is looked up in the tables. The first error ends it, with one line for a person.
 */
#include "lib/base/config.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

#define NAME_MAX_LEN 40 /* of keys, and of what is shown of a wrong one */

struct word {
	const char *text;
	size_t len;
};

struct scanner {
	const char *at, *end;
	enum config_source source;
	const char *name;
	unsigned line;
	char *message;
};

struct setting {
	struct word key, value;
	bool quoted;
};

static int fail(const struct scanner *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What is not printable is replaced: MESSAGE is shown to a person. */
static void tidy(char *message)
{
	for (char *p = message; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	}
}

/* "NAME: ..." or "NAME:LINE: ...". Returns -EINVAL. */
static int fail(const struct scanner *s, const char *format, ...)
{
	va_list args;
	int len;

	if (s->source == CONFIG_FILE)
		len = snprintf(s->message, CONFIG_MESSAGE, "%.40s:%u: ", s->name, s->line);
	else
		len = snprintf(s->message, CONFIG_MESSAGE, "%.40s: ", s->name);
	va_start(args, format);
	vsnprintf(s->message + len, CONFIG_MESSAGE - (size_t)len, format, args);
	va_end(args);
	tidy(s->message);
	return -EINVAL;
}

/* ---- cutting the text ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool is_break(const struct scanner *s, char c)
{
	return is_blank(c) || c == '\n' || (s->source == CONFIG_FILE && c == '#');
}

/* Moves to the next setting: over blanks, and in a file over comments and empty lines. */
static bool find_setting(struct scanner *s)
{
	for (; s->at < s->end; s->at++) {
		if (*s->at == '\n') {
			s->line++;
		} else if (s->source == CONFIG_FILE && *s->at == '#') {
			while (s->at + 1 < s->end && s->at[1] != '\n')
				s->at++;
		} else if (!is_blank(*s->at)) {
			return true;
		}
	}
	return false;
}

static void skip_blanks(struct scanner *s)
{
	while (s->at < s->end && is_blank(*s->at))
		s->at++;
}

static int scan_key(struct scanner *s, struct setting *setting)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at != '=' && !is_break(s, *s->at))
		s->at++;
	setting->key = (struct word){start, (size_t)(s->at - start)};
	if (s->source == CONFIG_FILE)
		skip_blanks(s);
	if (s->at == s->end || *s->at != '=' || !setting->key.len) {
		return fail(s, "%.*s: expected key=value",
			(int)MIN(setting->key.len, (size_t)NAME_MAX_LEN), start);
	}
	s->at++;
	if (s->source == CONFIG_FILE)
		skip_blanks(s);
	return 0;
}

static int scan_quoted(struct scanner *s, struct setting *setting)
{
	const char *start = ++s->at;

	while (s->at < s->end && *s->at != '"' && *s->at != '\n')
		s->at++;
	if (s->at == s->end || *s->at == '\n') {
		return fail(s, "%.*s: expected a double quote at the value's end",
			(int)MIN(setting->key.len, (size_t)NAME_MAX_LEN), setting->key.text);
	}
	setting->value = (struct word){start, (size_t)(s->at++ - start)};
	setting->quoted = true;
	if (s->source == CONFIG_FILE)
		skip_blanks(s);
	if (s->at < s->end && !is_break(s, *s->at)) {
		return fail(s, "%.*s: expected nothing after the closing quote",
			(int)MIN(setting->key.len, (size_t)NAME_MAX_LEN), setting->key.text);
	}
	return 0;
}

/* To the next blank, or in a file to the line's end or a comment after a blank. */
static void scan_plain(struct scanner *s, struct setting *setting)
{
	const char *start = s->at;

	for (; s->at < s->end && *s->at != '\n'; s->at++) {
		if (s->source == CONFIG_CMDLINE && is_blank(*s->at))
			break;
		if (s->source == CONFIG_FILE && *s->at == '#' &&
			(s->at == start || is_blank(s->at[-1])))
			break;
	}
	setting->value = (struct word){start, (size_t)(s->at - start)};
	while (setting->value.len && is_blank(start[setting->value.len - 1]))
		setting->value.len--;
	setting->quoted = false;
}

static int scan_setting(struct scanner *s, struct setting *setting)
{
	int error = scan_key(s, setting);

	if (error)
		return error;
	if (s->at < s->end && *s->at == '"')
		return scan_quoted(s, setting);
	scan_plain(s, setting);
	return 0;
}

/* ---- what a key means ---- */

/* Two digits at most, without needless zeros; or more than any index may be. */
static unsigned index_of(const char *text, size_t len)
{
	unsigned number = 0;

	if (!len || len > 2 || (len == 2 && *text == '0'))
		return UINT_MAX;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return UINT_MAX;
		number = number * 10 + (unsigned)(text[i] - '0');
	}
	return number;
}

/* "ip", "ip.1" or "ip1" for a key "ip" with so many indices. */
static bool key_matches(const struct config_key *key, const struct word *word, unsigned *index)
{
	size_t len = strlen(key->name);

	if (word->len < len || memcmp(word->text, key->name, len) != 0)
		return false;
	*index = 0;
	if (word->len == len)
		return true;
	len += word->text[len] == '.';
	*index = index_of(word->text + len, word->len - len);
	return *index < key->indexed;
}

/* A key that is the word itself goes before one with an index: ip6 is not the sixth ip (ip.6 is).
 */
static const struct config_key *find_key(const struct config_table *const *tables,
	size_t table_count, const struct word *word, unsigned *index)
{
	const struct config_key *found = NULL;

	for (size_t t = 0; t < table_count; t++) {
		for (size_t k = 0; k < tables[t]->count; k++) {
			const struct config_key *key = &tables[t]->keys[k];
			unsigned number;

			if (!key_matches(key, word, &number))
				continue;
			if (word->len == strlen(key->name)) {
				*index = 0;
				return key;
			}
			found = key;
			*index = number;
		}
	}
	return found;
}

static bool is_seen(const struct config_seen *seen, const struct config_key *key, unsigned index)
{
	for (size_t i = 0; seen && i < seen->count; i++) {
		if (seen->key[i] == key && seen->index[i] == index)
			return true;
	}
	return false;
}

static int parse_bool(bool *target, const char *value)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value, words[i]) == 0) {
			*target = i & 1;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_number(const struct config_key *key, const char *value)
{
	uint64_t number = 0, digit;
	unsigned shift = 0;
	const char *p = value;

	for (; *p >= '0' && *p <= '9'; p++) {
		digit = (uint64_t)(*p - '0');
		if (number > (UINT64_MAX - digit) / 10)
			return -EINVAL;
		number = number * 10 + digit;
	}
	if (p == value)
		return -EINVAL;
	if (*p == 'K' || *p == 'M' || *p == 'G')
		shift = *p == 'K' ? 10 : *p == 'M' ? 20 : 30, p++;
	if (*p || number > UINT64_MAX >> shift)
		return -EINVAL;
	number <<= shift;
	if (number < key->low || number > key->high)
		return -EINVAL;
	*(uint64_t *)key->target = number;
	return 0;
}

/* Keeps VALUE, on the heap, when a text setting points to it from now on. */
static int set_value(const struct config_key *key, unsigned index, char *value, bool *keep)
{
	switch (key->type) {
	case CONFIG_TEXT:
		*(const char **)key->target = value;
		*keep = true;
		return 0;
	case CONFIG_BOOL:
		return parse_bool(key->target, value);
	case CONFIG_NUMBER:
		return parse_number(key, value);
	case CONFIG_CUSTOM:
		return key->parse(key, index, value);
	}
	return -EINVAL;
}

static const char *expected(const struct config_key *key, char text[80])
{
	if (key->expected)
		return key->expected;
	switch (key->type) {
	case CONFIG_BOOL:
		return "yes or no";
	case CONFIG_NUMBER:
		snprintf(text, 80, "a number from %llu to %llu", (unsigned long long)key->low,
			(unsigned long long)key->high);
		return text;
	default:
		return "another value";
	}
}

static int apply_value(struct scanner *s, const struct config_key *key, unsigned index,
	const struct setting *setting)
{
	char text[80], *value = malloc(setting->value.len + 1);
	const char *wanted = expected(key, text);
	bool keep = false, odd = memchr(setting->value.text, 0, setting->value.len) != NULL;
	int error;

	if (!value)
		return fail(s, "%s: no memory for the value", key->name);
	memcpy(value, setting->value.text, setting->value.len);
	value[setting->value.len] = '\0';
	if (odd || (!setting->value.len && !setting->quoted))
		error = -EINVAL;
	else
		error = set_value(key, index, value, &keep);
	if (error) {
		error = fail(s, "%.*s=%.60s: expected %s", (int)setting->key.len, setting->key.text,
			key->secret ? "..." : value, wanted);
	}
	if (!keep)
		free(value);
	return error;
}

static int apply_setting(struct scanner *s, const struct config_table *const *tables,
	size_t table_count, struct config_seen *seen, const struct config_seen *skip,
	const struct setting *setting)
{
	unsigned index = 0;
	const struct config_key *key = find_key(tables, table_count, &setting->key, &index);

	if (!key) {
		return fail(s, "%.*s=%.*s: no such setting; help=yes lists those there are",
			(int)MIN(setting->key.len, (size_t)NAME_MAX_LEN), setting->key.text,
			(int)MIN(setting->value.len, (size_t)NAME_MAX_LEN), setting->value.text);
	}
	if (is_seen(skip, key, index))
		return 0;
	if (is_seen(seen, key, index)) {
		if (!key->repeats)
			return fail(s, "%s: expected this setting once", key->name);
	} else if (seen) {
		if (seen->count == ARRAY_SIZE(seen->key))
			return fail(s, "%s: too many settings", key->name);
		seen->key[seen->count] = key;
		seen->index[seen->count++] = index;
	}
	return apply_value(s, key, index, setting);
}

int config_apply(const struct config_table *const *tables, size_t table_count,
	enum config_source source, const char *name, const char *text, size_t len,
	struct config_seen *seen, const struct config_seen *skip, char message[CONFIG_MESSAGE])
{
	struct scanner s = {.at = text,
		.end = text + len,
		.source = source,
		.name = name,
		.line = 1,
		.message = message};
	struct setting setting = {0};
	int error = 0;

	message[0] = '\0';
	while (!error && find_setting(&s)) {
		error = scan_setting(&s, &setting);
		if (!error) {
			error = apply_setting(&s, tables, table_count, seen, skip, &setting);
		}
	}
	return error;
}

int config_set(const struct config_table *const *tables, size_t table_count, const char *name,
	const char *value, size_t len, char outcome[CONFIG_MESSAGE])
{
	const struct setting setting = {{name, strlen(name)}, {value, len}, false};
	struct scanner s = {.source = CONFIG_CMDLINE, .name = "error", .message = outcome};
	unsigned index = 0;
	const struct config_key *key = find_key(tables, table_count, &setting.key, &index);
	int error;

	if (!key) {
		fail(&s, "%.*s: no such setting", NAME_MAX_LEN, name);
		return -ENOENT;
	}
	if (!key->live || key->type == CONFIG_TEXT) {
		fail(&s, "%s: takes effect only at boot", name);
		return -EROFS;
	}
	if (len > CONFIG_LIVE_MAX)
		return fail(&s, "%s: expected at most %d bytes", name, CONFIG_LIVE_MAX);
	error = apply_value(&s, key, index, &setting);
	if (error)
		return error;
	if (key->changed)
		key->changed();
	snprintf(outcome, CONFIG_MESSAGE, "ok %.*s", (int)(key->secret ? 3 : len),
		key->secret ? "..." : value);
	tidy(outcome);
	return 0;
}
