/* SPDX-License-Identifier: ISC */
/* Names: text and wire, limits, keys; and nodes of a zone against a plain list. */
#include "lib/base/bytes.h"
#include "lib/dns/name.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

#include <stdlib.h>

static uint8_t wire[DNS_NAME_MAX];
static char text[DNS_NAME_TEXT];
static const char *why;

static size_t parse(const char *name)
{
	return dns_name_parse(wire, name, strlen(name), (const uint8_t *)"\3org", &why);
}

START_TEST(text_to_wire)
{
	static const struct {
		const char *text, *wire;
		size_t len;
	} cases[] = {{".", "", 1}, {"@", "\3org", 5}, {"a", "\1a\3org", 7}, {"a.", "\1a", 3},
		{"a.b", "\1a\1b\3org", 9}, {"A.b.", "\1A\1b", 5}, {"\\065\\..", "\2A.", 4},
		{"*.", "\1*", 3}, {"\\@", "\1@\3org", 7}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ck_assert_uint_eq(parse(cases[i].text), cases[i].len);
		ck_assert_mem_eq(wire, cases[i].wire, cases[i].len);
		ck_assert_uint_eq(dns_name_check(wire, cases[i].len), cases[i].len);
		ck_assert_uint_eq(dns_name_check(wire, cases[i].len - 1), 0);
	}
}
END_TEST

START_TEST(limits)
{
	char name[2000] = "";
	size_t i;

	for (i = 0; i < 125; i++)
		strcat(name, "a.");
	ck_assert_uint_eq(dns_name_parse(wire, name, 250, NULL, &why), 251);
	name[249] = 0;
	ck_assert_uint_eq(parse(name), 255); /* 125 labels and "org" */
	strcpy(name + 249, ".b");
	ck_assert_uint_eq(parse(name), 0);
	ck_assert_str_eq(why, "name is longer than 255 bytes");
	memset(name, 'a', 64);
	name[63] = 0;
	ck_assert_uint_eq(parse(name), 69);
	name[63] = 'a';
	name[64] = 0;
	ck_assert_uint_eq(parse(name), 0);
	ck_assert_str_eq(why, "label is longer than 63 bytes");
	memset(name, 'a', 1999);
	name[1999] = 0;
	ck_assert_uint_eq(parse(name), 0);
	ck_assert_uint_eq(parse(""), 0);
	ck_assert_uint_eq(parse(".."), 0);
	ck_assert_uint_eq(parse("a.."), 0);
	ck_assert_uint_eq(parse("a\\"), 0);
	ck_assert_uint_eq(parse("a\\25"), 0);
	ck_assert_uint_eq(parse("a\\2x5"), 0);
}
END_TEST

/* All names of one label of one byte, and random ones, go to text and back */
START_TEST(round_trip)
{
	uint8_t back[DNS_NAME_MAX], name[DNS_NAME_MAX + 1];
	unsigned i, round;
	size_t len, label;

	for (round = 0; round < 2000; round++) {
		for (len = 0; len < 200;) {
			label = 1 + (size_t)rand() % (round % 3 ? 5 : 40);
			name[len++] = (uint8_t)label;
			while (label--)
				name[len++] = (uint8_t)(round < 256 ? round : (unsigned)rand());
			if (rand() % 5 == 0)
				break;
		}
		name[len++] = 0;
		ck_assert_uint_eq(dns_name_check(name, len), len);
		dns_name_text(text, sizeof(text), name);
		ck_assert_uint_eq(dns_name_parse(back, text, strlen(text), NULL, &why), len);
		ck_assert_mem_eq(back, name, len);
		ck_assert(dns_name_equal(back, name));
	}
	for (i = 1; i < 30; i++) { /* cut off, but always ended */
		dns_name_text(text, i, (const uint8_t *)"\7exa\0ple\3org");
		ck_assert_uint_lt(strlen(text), i);
	}
}
END_TEST

/* Keys: lower-cased as byte by byte, and each suffix has the hash of that suffix as a name */
START_TEST(keys)
{
	struct dns_key key, part;
	unsigned round;
	size_t i, len;

	for (round = 0; round < 500; round++) {
		for (len = 0; len < 3 + round % 200;) {
			size_t label = 1 + (size_t)rand() % 20;

			wire[len++] = (uint8_t)label;
			while (label--)
				wire[len++] = (uint8_t)rand();
		}
		wire[len++] = 0;
		dns_key_init(&key, wire, len);
		ck_assert_uint_eq(key.len, len);
		for (i = 0; i < len; i++)
			ck_assert_uint_eq(key.wire[i],
				wire[i] >= 'A' && wire[i] <= 'Z' ? wire[i] + 32u : wire[i]);
		for (i = 0; i <= key.labels; i++) {
			dns_key_init(&part, wire + key.at[i], len - key.at[i]);
			ck_assert_uint_eq(part.hash[0], key.hash[i]);
			ck_assert_uint_eq(part.labels, key.labels - i);
		}
	}
}
END_TEST

/* A tree of many names: each is found, its ancestors are its ancestors, others are not found */
START_TEST(nodes)
{
	struct dns_zone *zone;
	struct dns_node *node;
	struct dns_key key;
	char name[100];
	unsigned i;
	size_t len;

	len = dns_name_parse(wire, "org.", 4, NULL, &why);
	dns_key_init(&key, wire, len);
	zone = dns_zone_create(&key, 0, 0);
	for (i = 0; i < 20000; i++) {
		sprintf(name, "h%u.n%u.x%u", i, i % 100, i % 7);
		dns_key_init(&key, wire, parse(name));
		node = dns_zone_node(zone, &key);
		ck_assert_ptr_nonnull(node);
		ck_assert_ptr_eq(dns_zone_node(zone, &key), node);
	}
	ck_assert_uint_eq(zone->nodes, 2 + 7 + 700 + 20000);
	for (i = 0; i < 20000; i++) {
		sprintf(name, "h%u.n%u.X%u", i, i % 100, i % 7);
		dns_key_init(&key, wire, parse(name));
		node = dns_zone_find(zone, &key, 0);
		ck_assert_ptr_nonnull(node);
		ck_assert_ptr_eq(node->parent, dns_zone_find(zone, &key, 1));
		ck_assert_ptr_eq(node->parent->parent->parent, zone->apex);
		dns_node_text(text, sizeof(text), node);
		name[strcspn(name, "X")] = 'x';
		ck_assert(strncmp(text, name, strlen(name)) == 0);
		sprintf(name, "h%u.n%u.x%u", i, i % 100, i % 7 + 1);
		dns_key_init(&key, wire, parse(name));
		ck_assert_ptr_null(dns_zone_find(zone, &key, 0));
	}
	dns_zone_free(zone);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {text_to_wire, limits, round_trip, keys, nodes};

	return run_tests("dns names", tests, ARRAY_SIZE(tests), NULL, NULL);
}
