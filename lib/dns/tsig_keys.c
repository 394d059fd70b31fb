/* SPDX-License-Identifier: ISC */
/* Keys for TSIG, read from the form that tsig-keygen writes and nsupdate -k reads: see tsig.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/bytes.h"
#include "lib/base/wire.h"
#include "lib/dns/rdata_fields.h"
#include "lib/dns/tsig.h"

#define SECRET_MIN 16 /* bytes: less can be guessed */

struct reader {
	const char *at, *end;
	unsigned line;
	const char *word; /* the one at hand; { } ; stand alone */
	size_t len;
	const char *why; /* NULL until something is wrong */
};

const struct dns_tsig_key *dns_tsig_find_key(const struct dns_tsig_key *keys, const uint8_t *name)
{
	while (keys && !dns_name_equal(keys->name, name))
		keys = keys->next;
	return keys;
}

void dns_tsig_free_keys(struct dns_tsig_key *keys)
{
	struct dns_tsig_key *next;

	for (; keys; keys = next) {
		next = keys->next;
		crypto_wipe(keys, sizeof(*keys));
		free(keys);
	}
}

static bool starts(const struct reader *in, const char *with)
{
	size_t len = strlen(with);

	return (size_t)(in->end - in->at) >= len && memcmp(in->at, with, len) == 0;
}

static void skip_until(struct reader *in, const char *what)
{
	while (in->at < in->end && !starts(in, what)) {
		if (*in->at == '\n')
			in->line++;
		in->at++;
	}
}

static void skip_blanks(struct reader *in)
{
	while (in->at < in->end) {
		if (*in->at == '#' || starts(in, "//")) {
			skip_until(in, "\n");
		} else if (starts(in, "/*")) {
			skip_until(in, "*/");
			in->at += MIN((size_t)2, (size_t)(in->end - in->at));
		} else if (strchr(" \t\r\n", *in->at) && *in->at) {
			in->line += *in->at == '\n';
			in->at++;
		} else {
			return;
		}
	}
}

/* The next word: one of { } ; or a text, in quotes or not. False at the end. */
static bool next(struct reader *in)
{
	skip_blanks(in);
	if (in->at == in->end)
		return false;
	in->word = in->at;
	if (*in->at == '"') {
		in->word = ++in->at;
		while (in->at < in->end && *in->at != '"' && *in->at != '\n')
			in->at++;
		in->len = (size_t)(in->at - in->word);
		if (in->at == in->end || *in->at != '"') {
			in->why = "a quote is not closed";
			return false;
		}
		in->at++;
		return true;
	}
	if (*in->at && strchr("{};", *in->at)) {
		in->at++;
	} else {
		while (in->at < in->end && !(*in->at && strchr("{};\" \t\r\n", *in->at)))
			in->at++;
	}
	in->len = (size_t)(in->at - in->word);
	return true;
}

static bool is(const struct reader *in, const char *word)
{
	return in->len == strlen(word) && strncasecmp(in->word, word, in->len) == 0;
}

static void expect(struct reader *in, const char *word, const char *why)
{
	if (!in->why && (!next(in) || !is(in, word)) && !in->why)
		in->why = why;
}

static void read_algorithm(struct reader *in, struct dns_tsig_key *key)
{
	static const struct {
		const char *name;
		enum crypto_hash hash;
	} known[] = {{"hmac-sha256", CRYPTO_SHA256}, {"hmac-sha384", CRYPTO_SHA384},
		{"hmac-sha512", CRYPTO_SHA512}};

	if (next(in)) {
		for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
			if (is(in, known[i].name)) {
				key->hash = known[i].hash;
				return;
			}
		}
	}
	if (!in->why)
		in->why = "algorithm: expected hmac-sha256, hmac-sha384 or hmac-sha512";
}

static void read_secret(struct reader *in, struct dns_tsig_key *key)
{
	struct dns_rdata_parser parser;

	if (!next(in)) {
		if (!in->why)
			in->why = "secret: expected base64";
		return;
	}
	parser.token = (struct dns_token){DNS_TOKEN_WORD, in->word, in->len};
	wire_writer_init(&parser.out, key->secret, sizeof(key->secret));
	if (!dns_base64_parse(&parser, false) || wire_overflowed(&parser.out) ||
		wire_written(&parser.out) < SECRET_MIN)
		in->why = "secret: expected base64 of 16 to 128 bytes";
	else
		key->secret_len = (uint8_t)wire_written(&parser.out);
}

static void read_name(struct reader *in, struct dns_tsig_key *key)
{
	const char *why = "expected a key's name";
	struct dns_key name;

	if (!next(in) || !(key->name_len = (uint8_t)dns_name_parse(
				   key->name, in->word, in->len, NULL, &why))) {
		if (!in->why)
			in->why = why;
		return;
	}
	dns_key_init(&name, key->name, key->name_len);
	memcpy(key->name, name.wire, name.len);
}

/* What stands behind the word "key". */
static void read_key(struct reader *in, struct dns_tsig_key *key)
{
	bool has_algorithm = false;

	read_name(in, key);
	expect(in, "{", "expected { after the key's name");
	while (!in->why && next(in) && !is(in, "}")) {
		if (is(in, "algorithm")) {
			read_algorithm(in, key);
			has_algorithm = true;
		} else if (is(in, "secret")) {
			read_secret(in, key);
		} else {
			in->why = "expected algorithm, secret or }";
		}
		expect(in, ";", "expected ; after the value");
	}
	if (!in->why && (in->len != 1 || *in->word != '}'))
		in->why = "a key is not closed by }";
	if (!in->why && (!has_algorithm || !key->secret_len))
		in->why = "expected an algorithm and a secret in each key";
	expect(in, ";", "expected ; after }");
}

int dns_tsig_read_keys(struct dns_tsig_key **keys, const char *file, const char *text, size_t len,
	char *message, size_t size)
{
	struct reader in = {.at = text, .end = text + len, .line = 1};
	struct dns_tsig_key *key;

	while (next(&in)) {
		if (!is(&in, "key")) {
			in.why = "expected key";
			break;
		}
		key = calloc(1, sizeof(*key));
		if (!key) {
			snprintf(message, size, "%s:%u: no memory for it", file, in.line);
			return -ENOMEM;
		}
		read_key(&in, key);
		if (!in.why && dns_tsig_find_key(*keys, key->name))
			in.why = "there is a key of that name already";
		if (in.why) {
			dns_tsig_free_keys(key);
			break;
		}
		key->next = *keys;
		*keys = key;
	}
	if (!in.why)
		return 0;
	snprintf(message, size, "%s:%u: %s", file, in.line, in.why);
	return -EINVAL;
}
