/* SPDX-License-Identifier: ISC */
/* A zone's settings: see rules.h. */
#include "lib/dns/rules.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/inet.h"

#define PORT 53

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

void dns_rules_init(struct dns_rules *rules)
{
	memset(rules, 0, sizeof(*rules));
	rules->journal = DNS_JOURNAL;
}

/* ---- words ---- */

/* A part of a setting's text. */
struct span {
	const char *text;
	size_t len;
};

static bool span_is(struct span span, const char *word)
{
	return span.len == strlen(word) && memcmp(span.text, word, span.len) == 0;
}

/* Cuts off what stands before the first END, which goes, too. */
static struct span cut(struct span *rest, char end)
{
	const char *at = memchr(rest->text, end, rest->len);
	struct span head = {rest->text, at ? (size_t)(at - rest->text) : rest->len};

	rest->text += head.len + (at != NULL);
	rest->len -= head.len + (at != NULL);
	return head;
}

static bool parse_number(struct span text, uint64_t max, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.text[i] < '0' || text.text[i] > '9')
			return false;
		*value = *value * 10 + (uint64_t)(text.text[i] - '0');
		if (*value > max)
			return false;
	}
	return text.len > 0;
}

static bool parse_bytes(struct span text, uint64_t *value)
{
	static const char suffixes[] = "KMG";
	const char *suffix = text.len ? strchr(suffixes, text.text[text.len - 1]) : NULL;

	if (!suffix)
		return parse_number(text, UINT32_MAX, value);
	text.len--;
	if (!parse_number(text, UINT32_MAX, value))
		return false;
	*value <<= 10 * (suffix - suffixes + 1);
	return true;
}

static bool parse_address(struct span text, uint8_t ip[16], bool *is_v4)
{
	*is_v4 = inet_parse4(text.text, text.len, ip + 12);
	if (*is_v4) {
		memcpy(ip, mapped, sizeof(mapped));
		return true;
	}
	return inet_parse6(text.text, text.len, ip);
}

static bool parse_key(struct span text, char name[64])
{
	static const char prefix[] = "key:";

	if (text.len <= strlen(prefix) || text.len - strlen(prefix) >= 64 ||
		memcmp(text.text, prefix, strlen(prefix)) != 0)
		return false;
	memcpy(name, text.text + strlen(prefix), text.len - strlen(prefix));
	name[text.len - strlen(prefix)] = '\0';
	return true;
}

/* ---- the kinds of values ---- */

static bool parse_peer(struct span text, struct dns_peer *peer)
{
	struct span address, port;
	uint64_t number = PORT;
	bool v4;

	memset(peer, 0, sizeof(*peer));
	port = cut(&text, '+');
	if (text.len && !parse_key(text, peer->key_name))
		return false;
	address = cut(&port, '@');
	if (port.len && (!parse_number(port, 65535, &number) || !number))
		return false;
	peer->port = (uint16_t)number;
	return parse_address(address, peer->ip, &v4);
}

static bool parse_peers(struct span text, void *into)
{
	struct dns_peers *peers = into;

	peers->count = 0;
	do {
		if (peers->count == DNS_PEERS_MAX ||
			!parse_peer(cut(&text, ','), &peers->peer[peers->count++]))
			return false;
	} while (text.len);
	return true;
}

static bool parse_prefix(struct span text, struct dns_who *who)
{
	struct span address = cut(&text, '/');
	uint64_t bits;
	bool v4;

	if (!parse_address(address, who->ip, &v4))
		return false;
	bits = v4 ? 32 : 128;
	if (text.len && !parse_number(text, bits, &bits))
		return false;
	who->bits = (uint8_t)(bits + (v4 ? 96 : 0));
	return true;
}

static bool parse_who(struct span text, struct dns_who *who)
{
	struct span address;

	memset(who, 0, sizeof(*who));
	if (text.len && text.text[0] == '!') {
		who->deny = true;
		text.text++;
		text.len--;
	}
	if (span_is(text, "any") || parse_key(text, who->key_name))
		return true;
	address = cut(&text, '+');
	return parse_prefix(address, who) && (!text.len || parse_key(text, who->key_name));
}

static bool parse_access(struct span text, void *into)
{
	struct dns_access *access = into;

	access->given = true;
	access->count = 0;
	if (span_is(text, "none"))
		return true;
	do {
		if (access->count == DNS_WHO_MAX ||
			!parse_who(cut(&text, ','), &access->who[access->count++]))
			return false;
	} while (text.len);
	return true;
}

bool dns_access_parse(struct dns_access *access, const char *text)
{
	struct dns_access read = {0};

	if (!parse_access((struct span){text, strlen(text)}, &read))
		return false;
	*access = read;
	return true;
}

static bool parse_size(struct span text, void *into)
{
	return parse_bytes(text, into);
}

static bool parse_yes(struct span text, void *into)
{
	*(bool *)into = span_is(text, "yes");
	return *(bool *)into || span_is(text, "no");
}

#define PEERS "at most 8 of ADDRESS[@PORT][+key:NAME]"
#define ACCESS                                                                                     \
	"any, none, or at most 16 of PREFIX, key:NAME and PREFIX+key:NAME, ! before those who "    \
	"may not"
#define BYTES "a number of bytes"

static const struct {
	const char *name;
	bool (*parse)(struct span text, void *into);
	size_t offset;
	const char *expected;
} words[] = {
	{"primaries", parse_peers, offsetof(struct dns_rules, primaries), PEERS},
	{"notify", parse_peers, offsetof(struct dns_rules, notify), PEERS},
	{"allow-transfer", parse_access, offsetof(struct dns_rules, transfer), ACCESS},
	{"allow-update", parse_access, offsetof(struct dns_rules, update), ACCESS},
	{"allow-query", parse_access, offsetof(struct dns_rules, query), ACCESS},
	{"allow-notify", parse_access, offsetof(struct dns_rules, told), ACCESS},
	{"size-limit", parse_size, offsetof(struct dns_rules, size_limit), BYTES},
	{"journal", parse_size, offsetof(struct dns_rules, journal), BYTES},
	{"catalog", parse_yes, offsetof(struct dns_rules, catalog), "yes or no"},
};

static int parse_word(struct dns_rules *rules, struct span word, char why[DNS_RULES_WHY])
{
	struct span name = cut(&word, '=');

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!span_is(name, words[i].name))
			continue;
		if (words[i].parse(word, (uint8_t *)rules + words[i].offset))
			return 0;
		snprintf(why, DNS_RULES_WHY, "%s=%s, got %.*s", words[i].name, words[i].expected,
			(int)MIN(word.len, (size_t)48), word.text);
		return -EINVAL;
	}
	snprintf(why, DNS_RULES_WHY,
		"primaries=, notify=, allow-...=, size-limit=, journal= or catalog=, got %.*s",
		(int)MIN(name.len, (size_t)48), name.text);
	return -EINVAL;
}

int dns_rules_parse(struct dns_rules *rules, const char *text, char why[DNS_RULES_WHY])
{
	struct span rest = {text, strlen(text)}, word;
	int error = 0;

	while (rest.len && !error) {
		word = cut(&rest, ' ');
		if (word.len)
			error = parse_word(rules, word, why);
	}
	return error;
}

/* ---- keys ---- */

static int find_key(const struct dns_tsig_key *keys, const char *name,
	const struct dns_tsig_key **key, char why[DNS_RULES_WHY])
{
	uint8_t wire[DNS_NAME_MAX];
	const char *unused;

	*key = NULL;
	if (!*name)
		return 0;
	if (dns_name_parse(wire, name, strlen(name), NULL, &unused))
		*key = dns_tsig_find_key(keys, wire);
	if (*key)
		return 0;
	snprintf(why, DNS_RULES_WHY, "key:%s: expected a key of the file keys", name);
	return -ENOENT;
}

static int find_peers(
	struct dns_peers *peers, const struct dns_tsig_key *keys, char why[DNS_RULES_WHY])
{
	int error = 0;

	for (unsigned i = 0; i < peers->count && !error; i++)
		error = find_key(keys, peers->peer[i].key_name, &peers->peer[i].key, why);
	return error;
}

static int find_access(
	struct dns_access *access, const struct dns_tsig_key *keys, char why[DNS_RULES_WHY])
{
	int error = 0;

	for (unsigned i = 0; i < access->count && !error; i++)
		error = find_key(keys, access->who[i].key_name, &access->who[i].key, why);
	return error;
}

int dns_rules_find_keys(
	struct dns_rules *rules, const struct dns_tsig_key *keys, char why[DNS_RULES_WHY])
{
	struct dns_access *access[] = {
		&rules->transfer, &rules->update, &rules->query, &rules->told};
	int error = find_peers(&rules->primaries, keys, why);

	if (!error)
		error = find_peers(&rules->notify, keys, why);
	for (size_t i = 0; i < ARRAY_SIZE(access) && !error; i++)
		error = find_access(access[i], keys, why);
	return error;
}

/* ---- access ---- */

static bool same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned bytes = bits / 8, left = bits % 8;

	if (memcmp(a, b, bytes) != 0)
		return false;
	return !left || (a[bytes] ^ b[bytes]) >> (8 - left) == 0;
}

bool dns_access_allows(
	const struct dns_access *access, const uint8_t ip[16], const struct dns_tsig_key *key)
{
	for (unsigned i = 0; i < access->count; i++) {
		const struct dns_who *who = &access->who[i];

		if (same_bits(who->ip, ip, who->bits) &&
			(!who->key_name[0] || (key && who->key == key)))
			return !who->deny;
	}
	return false;
}
