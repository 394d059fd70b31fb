/* SPDX-License-Identifier: ISC */
/* Dynamic updates by the sections of RFC 2136, and the words of zone= settings. */
#include "lib/dns/update.h"

#include <errno.h>

#include "lib/base/bytes.h"
#include "lib/dns/catalog.h"
#include "lib/dns/message.h"
#include "lib/dns/rules.h"
#include "tests/unit/dns_run.h"
#include "tests/unit/dns_zone_text.h"

#define CLASS_NONE 254

static uint8_t request[4096];
static size_t request_len;
static struct dns_zone *zone;

static void begin(void)
{
	zone = zone_from("z.test",
		"$TTL 60\n@ SOA ns x 7 2 3 4 5\n@ NS ns\n@ NS ns2\nns A 192.0.2.1\n"
		"two A 192.0.2.1\ntwo A 192.0.2.2\nalias CNAME two\nboth A 192.0.2.3\n"
		"both TXT a\nent.below TXT x\n");
	ck_assert_msg(zone != NULL, "%s", ask_message);
}

static void end(void)
{
	dns_zone_free(zone);
}

static void add_u16(unsigned value)
{
	request_len += put_u16(request + request_len, value);
}

/* Rdata of "TYPE TEXT" by way of a zone that has it. */
static void add_rdata(const char *type_and_text)
{
	char text[300];
	struct dns_zone *other;
	const struct dns_node *node;
	const struct dns_record *record;

	sprintf(text, "$ORIGIN z.test.\n$TTL 1\n@ SOA ns x 1 2 3 4 5\n@ NS ns\n%s%s\n",
		strstr(type_and_text, "SOA ") ? "\n;" : "t.t.t ", type_and_text);
	if (strstr(type_and_text, "SOA "))
		sprintf(text, "z.test. 1 %s\nz.test. 1 NS ns.z.test.\n", type_and_text);
	other = zone_from("z.test", text);
	ck_assert_msg(other != NULL, "%s", ask_message);
	node = other->apex;
	if (!strstr(type_and_text, "SOA ")) {
		for (node = other->first; node->labels != 5; node = node->next)
			;
	}
	record = node->rrsets->records;
	add_u16(record->rdlen);
	dns_record_rdata(record, request + request_len);
	request_len += record->rdlen;
	dns_zone_free(other);
}

/* "OWNER CLASS TTL TYPE[ RDATA]" to the request. */
static void add_record(const char *text)
{
	char owner[100], class[10], type[10];
	const char *why;
	uint16_t number;
	unsigned ttl;
	int at;

	ck_assert_int_eq(sscanf(text, "%99s %9s %u %n%9s", owner, class, &ttl, &at, type), 4);
	if (owner[strlen(owner) - 1] != '.')
		strcat(owner, strcmp(owner, "@") == 0 ? "" : ".z.test.");
	request_len +=
		dns_name_parse(request + request_len, strcmp(owner, "@") == 0 ? "z.test." : owner,
			strlen(strcmp(owner, "@") == 0 ? "z.test." : owner), NULL, &why);
	ck_assert(dns_type_parse(type, strlen(type), &number));
	add_u16(number);
	add_u16(strcmp(class, "IN") == 0 ? 1 : strcmp(class, "ANY") == 0 ? 255 : CLASS_NONE);
	add_u16(ttl >> 16);
	add_u16(ttl);
	if (strchr(text + at, ' '))
		add_rdata(text + at);
	else
		add_u16(0);
}

/* The request of PREREQUISITES and UPDATES, one a line. */
static void make(const char *prerequisites, const char *updates)
{
	static const uint8_t head[] = "\x12\x34\x28\0\0\1\0\0\0\0\0\0\1z\4test\0\0\6\0\1";
	const char *sections[2] = {prerequisites, updates};
	char copy[1000], *line, *rest;

	request_len = sizeof(head) - 1;
	memcpy(request, head, request_len);
	for (int i = 0; i < 2; i++) {
		strcpy(copy, sections[i]);
		for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
			add_record(line);
			request[7 + 2 * i]++;
		}
	}
}

/* What the request is answered with; the zone is changed if that is NOERROR. */
static enum dns_rcode perform(void)
{
	struct dns_change *change;
	struct dns_edit edit;
	struct dns_key name;
	enum dns_rcode rcode = dns_update_zone(&name, request, request_len);
	char *before = zone_text(zone), *after;

	if (rcode == DNS_NOERROR) {
		ck_assert_int_eq(dns_edit_begin(&edit, zone, true, 1 << 20), 0);
		rcode = dns_update_apply(&edit, request, request_len);
		if (rcode != DNS_NOERROR) {
			dns_edit_abandon(&edit);
		} else {
			ck_assert_msg(dns_edit_commit(&edit, &change) == 0, "%s", edit.why);
			dns_change_release(change);
		}
	}
	after = zone_text(zone);
	if (rcode != DNS_NOERROR)
		ck_assert_str_eq(before, after);
	free(before);
	free(after);
	return rcode;
}

static enum dns_rcode update(const char *prerequisites, const char *updates)
{
	make(prerequisites, updates);
	return perform();
}

/* Whether a line of the zone's text starts with LINE. */
static bool has(const char *line)
{
	char *text = zone_text(zone), *at = strstr(text, line);
	bool found = at && (at == text || at[-1] == '\n');

	free(text);
	return found;
}

/* ---- section 3.2 ---- */

START_TEST(prerequisites)
{
	static const struct {
		const char *text;
		enum dns_rcode rcode;
	} cases[] = {
		{"two ANY 0 ANY", DNS_NOERROR},
		{"none ANY 0 ANY", DNS_NXDOMAIN},
		{"below ANY 0 ANY", DNS_NXDOMAIN}, /* an empty non-terminal owns nothing */
		{"two NONE 0 ANY", DNS_YXDOMAIN},
		{"none NONE 0 ANY", DNS_NOERROR},
		{"two ANY 0 A", DNS_NOERROR},
		{"two ANY 0 TXT", DNS_NXRRSET},
		{"none ANY 0 A", DNS_NXRRSET},
		{"two NONE 0 A", DNS_YXRRSET},
		{"two NONE 0 TXT", DNS_NOERROR},
		{"two IN 0 A 192.0.2.1", DNS_NXRRSET},
		{"two IN 0 A 192.0.2.1\ntwo IN 0 A 192.0.2.2", DNS_NOERROR},
		{"two IN 0 A 192.0.2.2\ntwo IN 0 A 192.0.2.1", DNS_NOERROR},
		{"two IN 0 A 192.0.2.1\ntwo IN 0 A 192.0.2.1", DNS_NXRRSET},
		{"two IN 0 A 192.0.2.1\nboth IN 0 A 192.0.2.3\ntwo IN 0 A 192.0.2.2", DNS_NOERROR},
		{"two IN 0 A 192.0.2.1\ntwo IN 0 A 192.0.2.2\ntwo IN 0 A 192.0.2.3", DNS_NXRRSET},
		{"none IN 0 A 192.0.2.1", DNS_NXRRSET},
		{"alias IN 0 CNAME TWO.z.test.", DNS_NOERROR},
		{"two ANY 1 A", DNS_FORMERR},
		{"two IN 5 A 192.0.2.1", DNS_FORMERR},
		{"two ANY 0 A 192.0.2.1", DNS_FORMERR},
		{"two ANY 0 AXFR", DNS_FORMERR},
		{"two.other. ANY 0 A", DNS_NOTZONE},
		{"test. ANY 0 A", DNS_NOTZONE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(update(cases[i].text, "") == cases[i].rcode, "%s", cases[i].text);
	ck_assert_uint_eq(dns_zone_serial(zone), 7);
}
END_TEST

/* ---- section 3.4 ---- */

START_TEST(prescan)
{
	static const struct {
		const char *text;
		enum dns_rcode rcode;
	} cases[] = {
		{"two.other. IN 60 A 192.0.2.1", DNS_NOTZONE},
		{"new IN 60 A 192.0.2.1\ntwo.other. IN 60 A 192.0.2.1", DNS_NOTZONE},
		{"new IN 60 A", DNS_FORMERR},
		{"new IN 60 ANY", DNS_FORMERR},
		{"new IN 60 AXFR", DNS_FORMERR},
		{"two ANY 60 A", DNS_FORMERR},
		{"two ANY 0 A 192.0.2.1", DNS_FORMERR},
		{"two ANY 0 IXFR", DNS_FORMERR},
		{"two NONE 60 A 192.0.2.1", DNS_FORMERR},
		{"two NONE 0 ANY", DNS_FORMERR},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(update("", cases[i].text) == cases[i].rcode, "%s", cases[i].text);
	ck_assert_uint_eq(dns_zone_serial(zone), 7);
	/* Other classes, and what is cut off anywhere. */
	make("", "two IN 60 A 192.0.2.9");
	request[request_len - 11] = 3;
	ck_assert_int_eq(perform(), DNS_FORMERR);
	make("two ANY 0 ANY", "two IN 60 A 192.0.2.9");
	for (size_t len = request_len; len-- > 12;) {
		request_len = len;
		ck_assert_int_eq(perform(), DNS_FORMERR);
	}
	make("", "two IN 60 A 192.0.2.9");
	request[request_len++] = 0;
	ck_assert_int_eq(perform(), DNS_FORMERR);
	make("", "");
	request[21] = 1; /* the zone's type must be SOA */
	ck_assert_int_eq(perform(), DNS_FORMERR);
}
END_TEST

START_TEST(adds)
{
	ck_assert_int_eq(update("", "new IN 90 A 192.0.2.9"), DNS_NOERROR);
	ck_assert(has("new.z.test. 90 A c0000209"));
	ck_assert_uint_eq(dns_zone_serial(zone), 8);
	/* The same again changes nothing; another TTL changes that of all. */
	ck_assert_int_eq(update("", "new IN 90 A 192.0.2.9"), DNS_NOERROR);
	ck_assert_uint_eq(dns_zone_serial(zone), 8);
	ck_assert_int_eq(update("", "two IN 500 A 192.0.2.2"), DNS_NOERROR);
	ck_assert(has("two.z.test. 500 A c0000201") && has("two.z.test. 500 A c0000202"));
	ck_assert_uint_eq(dns_zone_serial(zone), 9);
	/* A CNAME and other data keep each other out; a CNAME takes a CNAME's place. */
	ck_assert_int_eq(update("", "two IN 60 CNAME both\nalias IN 60 A 192.0.2.1"), DNS_NOERROR);
	ck_assert_uint_eq(dns_zone_serial(zone), 9);
	ck_assert_int_eq(update("", "alias IN 60 CNAME both.z.test."), DNS_NOERROR);
	ck_assert(has("alias.z.test. 60 CNAME 04626f7468017a047465737400"));
	ck_assert(!has("alias.z.test. 60 CNAME 0374776f"));
	/* A SOA takes the zone's place if it is newer. */
	ck_assert_int_eq(update("", "@ IN 60 SOA a.test. b.test. 9 2 3 4 5"), DNS_NOERROR);
	ck_assert_uint_eq(dns_zone_serial(zone), 10);
	ck_assert_int_eq(update("", "two IN 60 SOA a.test. b.test. 99 2 3 4 5"), DNS_NOERROR);
	ck_assert_uint_eq(dns_zone_serial(zone), 10);
	ck_assert_int_eq(update("", "@ IN 70 SOA a.test. b.test. 99 2 3 4 5"), DNS_NOERROR);
	ck_assert_uint_eq(dns_zone_serial(zone), 99);
	ck_assert_uint_eq(dns_rrset_ttl(zone->soa), 70);
}
END_TEST

START_TEST(deletes)
{
	ck_assert_int_eq(
		update("", "two NONE 0 A 192.0.2.1\nnone NONE 0 A 192.0.2.1"), DNS_NOERROR);
	ck_assert(!has("two.z.test. 60 A c0000201") && has("two.z.test. 60 A c0000202"));
	ck_assert_int_eq(update("", "both ANY 0 A\nnone ANY 0 A"), DNS_NOERROR);
	ck_assert(!has("both.z.test. 60 A") && has("both.z.test. 60 TXT"));
	ck_assert_int_eq(update("", "ent.below ANY 0 ANY"), DNS_NOERROR);
	ck_assert(!has("ent.below"));
	ck_assert_uint_eq(dns_zone_serial(zone), 10);
	/* The apex keeps its SOA and NS. */
	ck_assert_int_eq(update("", "@ ANY 0 ANY\n@ ANY 0 NS\n@ ANY 0 SOA"), DNS_NOERROR);
	ck_assert_uint_eq(dns_zone_serial(zone), 10);
	ck_assert_int_eq(
		update("", "@ NONE 0 NS ns2.z.test.\n@ NONE 0 NS ns.z.test."), DNS_NOERROR);
	ck_assert(has("z.test. 60 NS 026e73017a"));
	ck_assert_uint_eq(dns_zone_serial(zone), 11);
	/* Done and undone is nothing, in either order. */
	ck_assert_int_eq(update("", "new IN 60 A 192.0.2.9\nnew ANY 0 ANY"), DNS_NOERROR);
	ck_assert_int_eq(update("", "two ANY 0 ANY\ntwo IN 60 A 192.0.2.2\ntwo IN 60 A 192.0.2.2"),
		DNS_NOERROR);
	ck_assert_uint_eq(dns_zone_serial(zone), 11);
}
END_TEST

/* ---- settings ---- */

/* A delegation and its glue come, change and go, and the referral is what is there. */
START_TEST(glue)
{
	struct dns_server server;
	struct dns_zone *old;
	const char *reply;

	dns_server_init(&server, 0);
	ck_assert_int_eq(dns_server_put_zone(&server, zone, &old), 0);
	ck_assert_int_eq(
		update("", "sub IN 60 NS ns.sub.z.test.\nns.sub IN 60 A 192.0.2.9"), DNS_NOERROR);
	reply = ask(&server, "www.sub.z.test. A");
	ck_assert_str_eq(reply, "NOERROR\nAU sub.z.test. NS ns.sub.z.test.\n"
				"AD ns.sub.z.test. A 192.0.2.9\n");
	/* Another address, then one of each kind. */
	ck_assert_int_eq(update("", "ns.sub ANY 0 A\nns.sub IN 60 A 192.0.2.10"), DNS_NOERROR);
	ck_assert_ptr_nonnull(strstr(ask(&server, "www.sub.z.test. A"), "A 192.0.2.10\n"));
	ck_assert_ptr_null(strstr(ask(&server, "www.sub.z.test. A"), "192.0.2.9\n"));
	ck_assert_int_eq(update("", "ns.sub IN 60 AAAA 2001:db8::9"), DNS_NOERROR);
	ck_assert_ptr_nonnull(strstr(ask(&server, "www.sub.z.test. A"), "AD ns.sub.z.test. AAAA"));
	ck_assert_int_eq(update("", "ns.sub ANY 0 AAAA\nns.sub ANY 0 A"), DNS_NOERROR);
	reply = ask(&server, "www.sub.z.test. A");
	ck_assert_str_eq(reply, "NOERROR\nAU sub.z.test. NS ns.sub.z.test.\n");
	/* Without the delegation what was glue is an answer. */
	ck_assert_int_eq(update("", "ns.sub IN 60 A 192.0.2.9\nsub ANY 0 NS"), DNS_NOERROR);
	reply = ask(&server, "ns.sub.z.test. A");
	ck_assert_ptr_nonnull(strstr(reply, "NOERROR aa\nAN ns.sub.z.test. A 192.0.2.9\n"));
	ck_assert_ptr_nonnull(strstr(ask(&server, "www.sub.z.test. A"), "NXDOMAIN aa\n"));
	free(server.zones);
}
END_TEST

START_TEST(rules)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"primary=10.0.0.1", "primaries=, notify=, allow-"},
		{"primaries=10.0.0", "primaries=at most 8"},
		{"primaries=10.0.0.1@0", "primaries=at most 8"},
		{"primaries=10.0.0.1+k", "primaries=at most 8"},
		{"primaries=::1,::2,::3,::4,::5,::6,::7,::8,::9", "primaries=at most 8"},
		{"allow-query=10.0.0.1/33", "allow-query=any, none"},
		{"allow-query=", "allow-query=any, none"},
		{"allow-query=any+key:a", "allow-query=any, none"},
		{"journal=lots", "journal=a number of bytes, got lots"},
		{"size-limit=99999999999", "size-limit=a number of bytes"},
		{"catalog=maybe", "catalog=yes or no, got maybe"},
	};
	static const char keys_text[] =
		"key a { algorithm hmac-sha256; secret \"AAECAwQFBgcICQoLDA0ODw==\"; };";
	const uint8_t in[16] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 77};
	const uint8_t out[16] = {[10] = 0xff, [11] = 0xff, [12] = 11};
	struct dns_tsig_key *keys = NULL;
	struct dns_rules r;
	char why[DNS_RULES_WHY];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		dns_rules_init(&r);
		ck_assert_int_eq(dns_rules_parse(&r, bad[i].text, why), -EINVAL);
		ck_assert_msg(strncmp(why, bad[i].why, strlen(bad[i].why)) == 0, "%s", why);
	}
	dns_rules_init(&r);
	ck_assert_int_eq(
		dns_rules_parse(&r,
			"  primaries=10.0.0.1@5353+key:a,fd00::1 size-limit=3M journal=64K "
			"allow-transfer=10.0.0.0/24+key:a,fd00::/7,key:a allow-update=none "
			"allow-query=10.0.0.0/25",
			why),
		0);
	ck_assert_uint_eq(r.primaries.count, 2);
	ck_assert_uint_eq(r.primaries.peer[0].port, 5353);
	ck_assert_uint_eq(r.primaries.peer[1].port, 53);
	ck_assert_uint_eq(r.size_limit, 3 << 20);
	ck_assert_uint_eq(r.journal, 64 << 10);
	ck_assert_int_eq(dns_rules_find_keys(&r, NULL, why), -ENOENT);
	ck_assert_ptr_nonnull(strstr(why, "key:a"));
	ck_assert_int_eq(dns_tsig_read_keys(&keys, "k", keys_text, strlen(keys_text), why, 100), 0);
	ck_assert_int_eq(dns_rules_find_keys(&r, keys, why), 0);
	ck_assert(dns_access_allows(&r.transfer, in, keys));
	ck_assert(!dns_access_allows(&r.transfer, in, NULL));
	ck_assert(dns_access_allows(&r.transfer, out, keys));
	ck_assert(!dns_access_allows(&r.update, in, keys));
	ck_assert(!dns_access_allows(&r.told, in, keys) && !r.told.given);
	ck_assert(dns_access_allows(&r.query, in, NULL));
	ck_assert(!dns_access_allows(&r.query, out, NULL));
	ck_assert_int_eq(dns_rules_parse(&r, "allow-query=any", why), 0);
	ck_assert(dns_access_allows(&r.query, out, NULL));
	dns_tsig_free_keys(keys);
}
END_TEST

/* ---- catalogs ---- */

static char members[1000];

static void member(void *ctx, const uint8_t *name, size_t len, const uint8_t *id, const char *group)
{
	char text[DNS_NAME_TEXT];

	(void)ctx;
	ck_assert_uint_eq(len, dns_name_len(name));
	sprintf(members + strlen(members), "%s %.*s %s\n", dns_name_text(text, sizeof(text), name),
		id[0], (const char *)id + 1, group);
}

#define CATALOG "$TTL 0\n@ SOA . . 1 2 3 4 5\n@ NS invalid.\n"

/* Whether a catalog with that text can be followed; its members then are in MEMBERS. */
static bool is_catalog(const char *text)
{
	struct dns_zone *c = zone_from("cat", text);
	bool good;

	ck_assert_msg(c != NULL, "%s", ask_message);
	good = dns_catalog_check(c) == NULL;
	members[0] = '\0';
	if (good)
		dns_catalog_members(c, member, NULL);
	dns_zone_free(c);
	return good;
}

START_TEST(catalog)
{
	ck_assert(is_catalog(CATALOG "version TXT 2\n"));
	ck_assert_str_eq(members, "");
	ck_assert(is_catalog(
		CATALOG "version TXT 2\na.zones PTR one.example.\nb.zones PTR two.example.\n"
			"group.b.zones TXT fast\nnone.zones TXT x\ncoo.none.zones TXT x\n"
			"group.a.zones TXT x\ngroup.a.zones TXT y\nelse.where PTR z.\n"));
	ck_assert_str_eq(members, "one.example. a \ntwo.example. b fast\n");
	ck_assert(!is_catalog(CATALOG "version TXT 1\na.zones PTR one.example.\n"));
	ck_assert(!is_catalog(CATALOG "version TXT 2\nversion TXT 3\n"));
	ck_assert(!is_catalog(CATALOG "a.zones PTR one.example.\n"));
	/* Sections 4.1 and 4.3.1: not one record, not one label. */
	ck_assert(!is_catalog(CATALOG "version TXT 2\na.zones PTR x.\na.zones PTR y.\n"));
	ck_assert(!is_catalog(
		CATALOG "version TXT 2\na.zones PTR x.\nb.zones PTR y.\nc.zones PTR X.\n"));
	ck_assert(!is_catalog(CATALOG
		"version TXT 2\na.zones PTR x.\ncoo.a.zones PTR new.\ncoo.a.zones PTR y.\n"));
}
END_TEST

/* Section 4.3.1: change of ownership. */
START_TEST(ownership)
{
	struct dns_zone *c = zone_from("cat",
		CATALOG "version TXT 2\na.zones PTR x.\ncoo.a.zones PTR NEW.example.\n"
			"b.zones PTR y.\ncoo.b.zones TXT new.example.\ncoo.c.zones PTR .\n");
	struct dns_zone *bare = zone_from("cat", CATALOG);
	static const uint8_t wire[] = "\003new\007example";
	struct dns_key to, root;

	ck_assert(c != NULL && bare != NULL);
	dns_key_init(&to, wire, sizeof(wire));
	dns_key_init(&root, (const uint8_t *)"", 1);
	ck_assert(dns_catalog_hands_over(c, (const uint8_t *)"\001a", &to));
	ck_assert(!dns_catalog_hands_over(c, (const uint8_t *)"\001a", &root));
	ck_assert(!dns_catalog_hands_over(c, (const uint8_t *)"\001b", &to));
	ck_assert(dns_catalog_hands_over(c, (const uint8_t *)"\001c", &root));
	ck_assert(!dns_catalog_hands_over(c, (const uint8_t *)"\001d", &to));
	ck_assert(!dns_catalog_hands_over(bare, (const uint8_t *)"\001a", &to));
	dns_zone_free(bare);
	dns_zone_free(c);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
		prerequisites, prescan, adds, deletes, glue, rules, catalog, ownership};

	return run_tests("dns updates", tests, ARRAY_SIZE(tests), begin, end);
}
