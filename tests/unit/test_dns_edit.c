/* SPDX-License-Identifier: ISC */
/*
 * Changing zones: whatever was done to one in place, it must hold and answer the same as one that
 * was loaded with those records; and what was abandoned must leave no trace.
 */
#include "lib/dns/edit.h"

#include <errno.h>

#include "lib/base/bytes.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"
#include "tests/unit/dns_zone_text.h"

static const char *const owners[] = {"@", "a", "b.a", "c.b.a", "*.a", "*", "d", "ns.d", "x.ns.d",
	"e.f.g", "g", "h.*.a", "y.c.b.a"};
static const char *const rdatas[] = {"A 192.0.2.1", "A 192.0.2.2", "A 192.0.2.3", "NS ns.d",
	"NS ns.b", "CNAME a", "CNAME g", "DNAME e.f.g", "TXT one", "TXT two", "MX 1 ns.d",
	"AAAA 2001:db8::1"};

/* What should be in the zone beside SOA and NS of the apex: numbers of owner and rdata. */
static bool model[ARRAY_SIZE(owners)][ARRAY_SIZE(rdatas)];
static uint32_t state = 1;

static unsigned pick(unsigned below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static struct dns_zone *from_model(uint32_t serial)
{
	static char text[65536];
	size_t len = (size_t)sprintf(text, "$TTL 60\n@ SOA ns x %u 2 3 4 5\n@ NS ns\n", serial);

	for (unsigned o = 0; o < ARRAY_SIZE(owners); o++) {
		for (unsigned r = 0; r < ARRAY_SIZE(rdatas); r++) {
			if (model[o][r])
				len += (size_t)sprintf(text + len, "%s %s\n", owners[o], rdatas[r]);
		}
	}
	return zone_from("z", text);
}

/* Every owner, and a name below and beside it, and the types that matter. */
static char *answers(struct dns_zone *zone)
{
	static const char *const types[] = {"A", "NS", "TXT", "DS", "CNAME", "MX"};
	static char all[1 << 22];
	struct dns_server server;
	struct dns_zone *old;
	char question[100];
	size_t len = 0;

	dns_server_init(&server, 0);
	ck_assert_int_eq(dns_server_put_zone(&server, zone, &old), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(owners) * ARRAY_SIZE(types) * 2; i++) {
		unsigned o = i / 2 % ARRAY_SIZE(owners);
		const char *owner = o ? owners[o] : "";
		char *sorted;

		sprintf(question, "%s%s%sz %s +tcp", i % 2 ? "q." : "", owner, *owner ? "." : "",
			types[i / 2 / ARRAY_SIZE(owners)]);
		sorted = sort_lines(ask(&server, question));
		len += (size_t)sprintf(all + len, "%s: %s\n", question, sorted);
		free(sorted);
	}
	free(server.zones); /* the zone is the caller's */
	return strdup(all);
}

/* Frees both. What differs is shown from a little before. */
static void same_text(char *a, char *b)
{
	size_t at = 0;

	while (a[at] && a[at] == b[at])
		at++;
	at -= MIN(at, (size_t)300);
	ck_assert_msg(strcmp(a, b) == 0, "%.600s\n---- but expected:\n%.600s", a + at, b + at);
	free(a);
	free(b);
}

static void compare(struct dns_zone *edited, struct dns_zone *loaded)
{
	same_text(zone_text(edited), zone_text(loaded));
	same_text(answers(edited), answers(loaded));
	ck_assert_uint_eq(edited->rrsets, loaded->rrsets);
}

/* Reads one line of a zone file: its owner's key, type and rdata. */
static size_t parse(
	unsigned o, unsigned r, struct dns_key *owner, uint16_t *type, uint8_t rdata[300])
{
	char text[200];
	struct dns_zone *zone;
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	uint8_t name[DNS_NAME_MAX];
	size_t len = 0;

	sprintf(text, "$TTL 60\n@ SOA ns x 1 2 3 4 5\n@ NS ns\nt.t.t %s\n", rdatas[r]);
	zone = zone_from("z", text);
	ck_assert_msg(zone != NULL, "%s", ask_message);
	for (node = zone->first; node; node = node->next) {
		rrset = node->rrsets;
		if (!rrset || node->labels != 4)
			continue;
		*type = rrset->type;
		dns_record_rdata(rrset->records, rdata);
		len = rrset->records->rdlen;
	}
	dns_zone_free(zone);
	sprintf(text, o ? "%s.z" : "z", owners[o]);
	dns_key_init(
		owner, name, dns_name_parse(name, text, strlen(text), NULL, &(const char *){0}));
	return len;
}

static int change(struct dns_edit *edit, bool add, unsigned o, unsigned r)
{
	uint8_t rdata[300];
	struct dns_key owner;
	uint16_t type;
	size_t len = parse(o, r, &owner, &type, rdata);
	int error;

	if (!add) {
		error = dns_edit_delete(edit, &owner, type, rdata, len);
		ck_assert_int_eq(error, model[o][r] ? 0 : -ENOENT);
	} else {
		error = dns_edit_add(edit, &owner, type, 60, rdata, len);
		if (error != -EINVAL)
			ck_assert_int_eq(error, model[o][r] ? -EEXIST : 0);
	}
	return error;
}

static void set_serial(struct dns_edit *edit, uint32_t serial)
{
	uint8_t rdata[600];
	struct dns_key apex;
	unsigned count;
	const struct dns_record *soa = edit->zone->soa->records;
	size_t len = soa->rdlen;

	dns_record_rdata(soa, rdata);
	dns_key_init(&apex, (const uint8_t *)"\001z", 3);
	ck_assert_int_eq(dns_edit_delete_set(edit, &apex, DNS_SOA, &count), 0);
	rdata[len - 17] = (uint8_t)serial;
	rdata[len - 18] = (uint8_t)(serial >> 8);
	ck_assert_int_eq(dns_edit_add(edit, &apex, DNS_SOA, 60, rdata, len), 0);
}

/* Some changes; true if they are to stay. */
static bool try_changes(struct dns_edit *edit)
{
	unsigned count = 1 + pick(6);
	int error;

	for (unsigned i = 0; i < count; i++) {
		bool add = pick(5) < 3;
		unsigned o = pick(ARRAY_SIZE(owners)), r = pick(ARRAY_SIZE(rdatas));

		error = change(edit, add, o, r);
		if (error == -EINVAL) {
			ck_assert_ptr_nonnull(edit->why);
			return false;
		}
		if (!error)
			model[o][r] = add;
	}
	return pick(4) > 0;
}

/* The differences must lead from the text before to the text after. */
static void check_change(const struct dns_change *c, const char *before, const char *after)
{
	size_t at = 0, gone = 0, added = 0, lines[2] = {0};
	struct dns_change_record record;

	while (dns_change_get(c->bytes.data, c->bytes.len, &at, &record))
		*(record.add ? &added : &gone) += 1;
	ck_assert_uint_eq(at, c->bytes.len);
	for (const char *p = before; *p; p++)
		lines[0] += *p == '\n';
	for (const char *p = after; *p; p++)
		lines[1] += *p == '\n';
	ck_assert_uint_eq(lines[0] - gone + added, lines[1]);
}

START_TEST(in_place_at_random)
{
	bool before[ARRAY_SIZE(owners)][ARRAY_SIZE(rdatas)];
	struct dns_zone *zone, *loaded;
	struct dns_change *made;
	struct dns_edit edit;
	uint32_t serial = 1;
	char *old_text, *new_text;

	state = (uint32_t)_i * 7919 + 1;
	memset(model, 0, sizeof(model));
	zone = from_model(serial);
	for (unsigned round = 0; round < 60; round++) {
		memcpy(before, model, sizeof(model));
		old_text = zone_text(zone);
		ck_assert(dns_zone_in_place(zone));
		ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 1 << 20), 0);
		if (try_changes(&edit)) {
			set_serial(&edit, ++serial);
			ck_assert_int_eq(dns_edit_commit(&edit, &made), 0);
			ck_assert_uint_eq(made->to, serial);
			new_text = zone_text(zone);
			check_change(made, old_text, new_text);
			free(new_text);
			dns_change_release(made);
		} else {
			memcpy(model, before, sizeof(model));
			dns_edit_abandon(&edit);
			same_text(zone_text(zone), strdup(old_text));
		}
		free(old_text);
		if (round % 8 == 7) {
			loaded = from_model(serial);
			ck_assert_msg(loaded != NULL, "%s", ask_message);
			compare(zone, loaded);
			dns_zone_free(loaded);
		}
	}
	loaded = dns_zone_copy(zone, 0, NULL);
	ck_assert_ptr_null(dns_zone_finish(loaded, NULL, NULL));
	compare(loaded, zone);
	dns_zone_free(loaded);
	dns_zone_free(zone);
}
END_TEST

static int add_too_much(struct dns_edit *edit)
{
	struct dns_key owner;

	dns_key_init(&owner, (const uint8_t *)"\001a\001z", 5);
	return dns_edit_add(edit, &owner, DNS_A, 60, (const uint8_t *)"\300\0\002\001", 4);
}

START_TEST(no_serial_no_ns)
{
	struct dns_zone *zone;
	struct dns_change *made;
	struct dns_edit edit;
	struct dns_key apex;
	unsigned count;
	char *before, *after;

	memset(model, 0, sizeof(model));
	zone = from_model(1);
	before = zone_text(zone);
	ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 1 << 20), 0);
	ck_assert_int_eq(change(&edit, true, 1, 0), 0);
	ck_assert_int_eq(dns_edit_commit(&edit, &made), -EINVAL);
	ck_assert_ptr_nonnull(strstr(edit.why, "serial"));
	ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 1 << 20), 0);
	dns_key_init(&apex, (const uint8_t *)"\001z", 3);
	ck_assert_int_eq(dns_edit_delete_set(&edit, &apex, DNS_NS, &count), 0);
	ck_assert_uint_eq(count, 1);
	set_serial(&edit, 2);
	ck_assert_int_eq(dns_edit_commit(&edit, &made), -EINVAL);
	ck_assert_ptr_nonnull(strstr(edit.why, "NS"));
	/* What is done and undone is nothing. */
	ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 1 << 20), 0);
	ck_assert_int_eq(change(&edit, true, 1, 0), 0);
	model[1][0] = true;
	ck_assert_int_eq(change(&edit, false, 1, 0), 0);
	ck_assert(!dns_edit_dirty(&edit));
	ck_assert_int_eq(dns_edit_commit(&edit, &made), 0);
	ck_assert_ptr_null(made);
	/* More than may be recorded. */
	model[1][0] = false;
	ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 10), 0);
	ck_assert_int_eq(add_too_much(&edit), -EFBIG);
	dns_edit_abandon(&edit);
	after = zone_text(zone);
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
	dns_zone_free(zone);
}
END_TEST

START_TEST(holds)
{
	struct dns_zone *zone;

	memset(model, 0, sizeof(model));
	zone = from_model(1);
	dns_zone_hold(zone);
	ck_assert(!dns_zone_in_place(zone));
	dns_zone_free(zone);
	ck_assert(dns_zone_in_place(zone));
	dns_zone_free(zone);
	zone = zone_from("z", "@ 60 SOA ns x 1 2 3 4 5\n@ NS ns\n@ DNSKEY 256 3 8 AAAA\n");
	ck_assert(!dns_zone_in_place(zone));
	dns_zone_free(zone);
}
END_TEST

START_TEST(journal_keeps)
{
	struct dns_journal journal;
	struct dns_change *held;

	dns_journal_init(&journal, 10 * sizeof(struct dns_change));
	for (uint32_t i = 0; i < 100; i++) {
		struct dns_change_bytes none = {0};

		dns_journal_add(&journal, dns_change_create(i, i + 1, &none));
	}
	ck_assert_ptr_null(dns_journal_find(&journal, 89));
	held = dns_change_hold(dns_journal_find(&journal, 95));
	ck_assert_ptr_nonnull(dns_journal_find(&journal, 90));
	/* What a transfer holds stays with all that follows it. */
	dns_journal_clear(&journal);
	ck_assert_ptr_null(dns_journal_find(&journal, 95));
	for (uint32_t i = 95; i < 100; i++) {
		struct dns_change *next = dns_change_hold(held->next);

		ck_assert_uint_eq(held->from, i);
		dns_change_release(held);
		held = next;
	}
	ck_assert_ptr_null(held);
	/* A gap starts it anew. */
	for (uint32_t i = 0; i < 6; i += 2) {
		struct dns_change_bytes none = {0};

		dns_journal_add(&journal, dns_change_create(i, i + 1, &none));
	}
	ck_assert_ptr_null(dns_journal_find(&journal, 2));
	ck_assert_ptr_nonnull(dns_journal_find(&journal, 4));
	dns_journal_clear(&journal);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("dns edit");
	TCase *tcase = tcase_create("edit");

	tcase_set_timeout(tcase, 30);
	tcase_add_loop_test(tcase, in_place_at_random, 0, 6);
	tcase_add_test(tcase, no_serial_no_ns);
	tcase_add_test(tcase, holds);
	tcase_add_test(tcase, journal_keeps);
	suite_add_tcase(suite, tcase);
	return check_run(suite);
}
