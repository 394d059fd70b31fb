/* SPDX-License-Identifier: ISC */
/* The set of zones: found by name, replaced, taken out; and the root zone as a whole. */
#include "lib/base/bytes.h"
#include "lib/dns/edit.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

#include <stdlib.h>

static struct dns_server server;

static void begin(void)
{
	dns_server_init(&server, 0);
}

static void end(void)
{
	dns_server_fini(&server);
}

static void key_of(struct dns_key *key, const char *name)
{
	uint8_t wire[DNS_NAME_MAX];
	const char *why;

	dns_key_init(key, wire, dns_name_parse(wire, name, strlen(name), NULL, &why));
}

static struct dns_zone *numbered(const char *apex, unsigned serial)
{
	char text[200];
	struct dns_zone *zone;

	sprintf(text, "@ 60 SOA ns.test. x %u 2 3 4 5\n@ NS ns.test.\nw TXT \"%u\"\n", serial,
		serial);
	zone = zone_from(apex, text);
	ck_assert_msg(zone != NULL, "%s", ask_message);
	return zone;
}

START_TEST(many_zones)
{
	struct dns_zone *old, *zone;
	struct dns_key key;
	char name[100];
	unsigned i, round;

	for (i = 0; i < 500; i++) {
		sprintf(name, i % 2 ? "z%u.example" : "a.b.z%u.test", i);
		ck_assert_int_eq(dns_server_put_zone(&server, numbered(name, i), &old), 0);
		ck_assert_ptr_null(old);
	}
	ck_assert_uint_eq(server.count, 500);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 500; i++) {
			sprintf(name, i % 2 ? "z%u.example" : "a.b.z%u.test", i);
			key_of(&key, name);
			zone = dns_server_find_zone(&server, &key);
			ck_assert_int_eq(zone != NULL, round == 0 || i % 3 != 0);
			if (!zone)
				continue;
			ck_assert_uint_eq(dns_zone_serial(zone), i);
			sprintf(name, i % 2 ? "w.z%u.example TXT" : "w.a.b.z%u.test TXT", i);
			ck_assert_ptr_nonnull(strstr(ask(&server, name), "NOERROR aa\nAN w."));
		}
		for (i = 0; round == 0 && i < 500; i += 3) {
			sprintf(name, i % 2 ? "z%u.example" : "a.b.z%u.test", i);
			key_of(&key, name);
			zone = dns_server_take_zone(&server, &key);
			ck_assert_uint_eq(dns_zone_serial(zone), i);
			dns_zone_free(zone);
		}
	}
	key_of(&key, "none.test");
	ck_assert_ptr_null(dns_server_find_zone(&server, &key));
	ck_assert_ptr_null(dns_server_take_zone(&server, &key));
}
END_TEST

START_TEST(replace)
{
	struct dns_zone *old;
	unsigned i;

	ck_assert_int_eq(dns_server_put_zone(&server, numbered("EXAMPLE", 1), &old), 0);
	for (i = 2; i < 50; i++) {
		ck_assert_int_eq(dns_server_put_zone(&server, numbered("example", i), &old), 0);
		ck_assert_uint_eq(dns_zone_serial(old), i - 1);
		dns_zone_free(old);
		ck_assert_uint_eq(server.count, 1);
	}
	ck_assert_ptr_nonnull(strstr(ask(&server, "w.example TXT"), "TXT 023439")); /* "49" */
}
END_TEST

/* The deepest zone that encloses the name answers */
START_TEST(nested)
{
	struct dns_zone *old;

	dns_server_put_zone(&server, numbered(".", 1), &old);
	dns_server_put_zone(&server, numbered("example", 2), &old);
	dns_server_put_zone(&server, numbered("c.b.example", 3), &old);
	ck_assert_ptr_nonnull(strstr(ask(&server, "x.c.b.example A"), "AU c.b.example. SOA"));
	ck_assert_ptr_nonnull(strstr(ask(&server, "x.b.example A"), "AU example. SOA"));
	ck_assert_ptr_nonnull(strstr(ask(&server, "x.test A"), "AU . SOA"));
	ck_assert_ptr_nonnull(strstr(ask(&server, ". SOA"), "NOERROR aa\nAN . SOA"));
}
END_TEST

static unsigned pauses;

static void count_pause(void)
{
	pauses++;
}

/* The real root zone, if it can be unpacked here: it loads whole, within its budget of memory, in
 * small pieces */
START_TEST(root_zone)
{
	FILE *pipe = popen("gzip -dc tests/data/root.zone.gz", "r");
	static char text[2 << 20];
	struct dns_load load = {
		.apex = ".", .file = "root.zone", .text = text, .pause = count_pause};
	struct dns_zone *zone, *old;

	load.len = fread(text, 1, sizeof(text), pipe);
	ck_assert_int_eq(pclose(pipe), 0);
	ck_assert_uint_eq(load.len, 1153675);
	zone = dns_zone_load(&load, ask_message);
	ck_assert_msg(zone != NULL, "%s", ask_message);
	ck_assert_uint_eq(zone->records, 19597);
	ck_assert_uint_eq(dns_zone_serial(zone), 2018031200);
	ck_assert_uint_lt(dns_zone_memory(zone), 5 << 19);
	ck_assert_uint_ge(pauses, 200);
	pauses = 0;
	dns_zone_free(dns_zone_copy(zone, 0, count_pause));
	ck_assert_uint_ge(pauses, 150);
	dns_server_put_zone(&server, zone, &old);
	ck_assert_ptr_null(zone->pause);
	ck_assert_ptr_nonnull(
		strstr(ask(&server, "www.example.com A"), "AU com. NS a.gtld-servers.net.\n"));
	ck_assert_ptr_nonnull(strstr(ask(&server, "nothing A"), "NXDOMAIN aa\nAU . SOA"));
	ck_assert_ptr_nonnull(strstr(ask(&server, "com DS"), "NOERROR aa\nAN com. DS 30909 8 2 "));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {many_zones, replace, nested, root_zone};

	return run_tests("dns server", tests, ARRAY_SIZE(tests), begin, end);
}
