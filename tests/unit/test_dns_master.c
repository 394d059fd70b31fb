/* SPDX-License-Identifier: ISC */
/* Master files: RFC 1035 section 5, RFC 2308 section 4, $INCLUDE, $GENERATE, and what is refused.
 */
#include "lib/base/bytes.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

#include <errno.h>
#include <stdlib.h>

#define SOA "@ 3600 IN SOA ns admin 1 2 3 4 300\n@ IN NS ns\n"

static char *listing;
static char warnings[4096];

/* All records of the zone as lines "OWNER TTL TYPE RDATA-IN-HEX", in the order of creation. */
static const char *list(const struct dns_zone *zone)
{
	static char text[1 << 20];
	const struct dns_node *node;
	const struct dns_rrset *rrset;
	const struct dns_record *record;
	char *out = text, type[12];
	size_t i;

	for (node = zone->first; node; node = node->next) {
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			for (record = rrset->records; record; record = record->next) {
				dns_node_text(out, DNS_NAME_TEXT, node);
				out += strlen(out);
				out += sprintf(out, " %u %s", dns_rrset_ttl(rrset),
					dns_type_text(type, rrset->type));
				for (i = 0; i < record->names; i++) {
					*out++ = ' ';
					dns_node_text(
						out, DNS_NAME_TEXT, dns_record_names(record)[i]);
					out += strlen(out);
				}
				*out++ = ' ';
				for (i = 0; i < record->len; i++)
					out += sprintf(out, "%02x", dns_record_bytes(record)[i]);
				*out++ = '\n';
			}
		}
	}
	*out = 0;
	return text;
}

static void warn(void *ctx, const char *message)
{
	(void)ctx;
	if (strstr(message, " ns.example.:")) /* the frame around all tests is short */
		return;
	strncat(warnings, message, sizeof(warnings) - strlen(warnings) - 2);
	strcat(warnings, "\n");
}

static int include(void *ctx, const char *name, const char **text, size_t *len)
{
	static const char *const files[][2] = {{"hosts", "a A 192.0.2.1\nb A 192.0.2.2\n"},
		{"dir/more", "x A 192.0.2.3\n$ORIGIN deep\ny A 192.0.2.4\n"},
		{"self", "$INCLUDE self\n"}, {"wide", "$INCLUDE hosts\n$INCLUDE hosts\n"},
		{"bad", "\n\na A 1.2.3\n"}, {"empty", ""}, {"outer", "$INCLUDE bad\n"}};
	size_t i;

	(void)ctx;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		if (!strcmp(files[i][0], name)) {
			*text = files[i][1];
			*len = strlen(*text);
			return 0;
		}
	}
	return -ENOENT;
}

/* The zone of TEXT behind a SOA and a NS record: its other records; or what is wrong with it. */
static const char *load_text(const char *apex, const char *text)
{
	size_t len = strlen(text);
	/* In memory of just its size, so that the sanitizer sees a read beyond it. */
	char *copy = malloc(len ? len : 1);
	struct dns_load load = {.apex = apex,
		.file = "f",
		.text = copy,
		.len = len,
		.include = include,
		.warn = warn};
	struct dns_zone *zone;

	memcpy(copy, text, len);
	warnings[0] = 0;
	zone = dns_zone_load(&load, ask_message);
	free(copy);
	if (!zone)
		return ask_message;
	free(listing);
	listing = strdup(list(zone));
	dns_zone_free(zone);
	return listing;
}

static const char *load(const char *text)
{
	static char whole[1 << 17];
	const char *got;

	snprintf(whole, sizeof(whole), SOA "%s", text);
	got = load_text("example", whole);
	if (got != ask_message) { /* step over the two records that are always there */
		got = strchr(got, '\n') + 1;
		got = strchr(got, '\n') + 1;
	}
	return got;
}

static void check(const char *text, const char *expected)
{
	ck_assert_str_eq(load(text), expected);
}

#define A1 "c0000201"

START_TEST(entries)
{
	check("", "");
	check("www A 192.0.2.1\n", "www.example. 3600 A " A1 "\n");
	check("www.example. A 192.0.2.1\n", "www.example. 3600 A " A1 "\n");
	check("@ A 192.0.2.1", "example. 3600 A " A1 "\n"); /* no final newline */
	check("www IN A 192.0.2.1\n A 192.0.2.2\n\t\tTXT x\n",
		"www.example. 3600 A " A1
		"\nwww.example. 3600 A c0000202\nwww.example. 3600 TXT 0178\n");
	check("www A 192.0.2.1\r\n\r\n TXT x\r\n",
		"www.example. 3600 A " A1 "\nwww.example. 3600 TXT 0178\n");
	check("; a comment\n\n   \n \t ; another\nwww A 192.0.2.1;last",
		"www.example. 3600 A " A1 "\n");
	check("WWW A 192.0.2.1\nwww A 192.0.2.2\n",
		"www.example. 3600 A " A1 "\nwww.example. 3600 A c0000202\n");
	check("\\119w\\W A 192.0.2.1\n", "www.example. 3600 A " A1 "\n");
	check("a\\.b A 192.0.2.1\n", "a\\.b.example. 3600 A " A1 "\n");
	check("a\\000\\255 A 192.0.2.1\n", "a\\000\\255.example. 3600 A " A1 "\n");
}
END_TEST

START_TEST(parentheses_and_quotes)
{
	check("www ( A ) 192.0.2.1\n", "www.example. 3600 A " A1 "\n");
	check("www (\n; in between\n A\n\n192.0.2.1 ) ; c\n", "www.example. 3600 A " A1 "\n");
	check("www TXT ( a \"b c\"\n d )\n", "www.example. 3600 TXT 016103622063"
					     "0164\n");
	check("t TXT \"a;b(c)\\\"d\\\\\\065\"\n", "t.example. 3600 TXT 0a613b622863292264"
						  "5c41\n");
	check("t TXT \"\"\n", "t.example. 3600 TXT 00\n");
	check("t TXT a\\ b\\;c\n", "t.example. 3600 TXT 056120623b63\n");
	check("t TXT \"two\nlines\"\n", "t.example. 3600 TXT 0974776f0a6c696e6573\n");
	check("t TXT \"a\nb\n\n", "f:3: TXT record: a quoted text has no end");
	check("t TXT ( a\nb\n", "f:5: TXT record: a parenthesis is not closed");
	check("t TXT a )\n", "f:3: TXT record: a parenthesis is closed that was never opened");
}
END_TEST

/* TTL and class in either order; units; $TTL and inheritance (RFC 2308 section 4) */
START_TEST(ttls)
{
	check("a 60 IN A 192.0.2.1\n", "a.example. 60 A " A1 "\n");
	check("a IN 60 A 192.0.2.1\n", "a.example. 60 A " A1 "\n");
	check("a CLASS1 1h30m A 192.0.2.1\n", "a.example. 5400 A " A1 "\n");
	check("a 1w2d3h4m5s A 192.0.2.1\n", "a.example. 788645 A " A1 "\n");
	check("a 60 A 192.0.2.1\nb A 192.0.2.1\n",
		"a.example. 60 A " A1 "\nb.example. 60 A " A1 "\n");
	check("$TTL 2h\na 60 A 192.0.2.1\nb A 192.0.2.1\n$TTL 5\nc A 192.0.2.1\n",
		"a.example. 60 A " A1 "\nb.example. 7200 A " A1 "\nc.example. 5 A " A1 "\n");
	check("a 2147483647 A 192.0.2.1\n", "a.example. 2147483647 A " A1 "\n");
	check("a 2147483648 A 192.0.2.1\n",
		"f:3: expected a TTL below 2^31 seconds, got \"2147483648\"");
	check("a 1x A 192.0.2.1\n",
		"f:3: expected a TTL of seconds, or a period as 1h30m, got \"1x\"");
	check("a 99999999999w A 192.0.2.1\n",
		"f:3: expected a TTL of seconds, or a period as 1h30m, got \"99999999999w\"");
	check("a CH A 192.0.2.1\n", "f:3: expected the class IN, got \"CH\"");
	check("a IN IN A 192.0.2.1\n", "f:3: expected a record type, got \"IN\"");
	ck_assert_str_eq(load_text("example", "@ SOA ns x 1 2 3 4 77\n@ NS ns\n"),
		"example. 77 SOA ns.example. x.example. 0000000100000002000000030000000"
		"40000004d\n"
		"example. 77 NS ns.example. \n");
	ck_assert_str_eq(load_text("example", "@ NS ns\n"),
		"f:1: the record has no TTL, and there is no $TTL");
	/* RFC 2181 section 5.2 */
	check("a 60 A 192.0.2.1\na 50 A 192.0.2.2\na 70 A 192.0.2.3\n",
		"a.example. 50 A " A1 "\na.example. 50 A c0000202\na.example. 50 A c0000203\n");
	ck_assert_ptr_nonnull(strstr(warnings, "f:4: the TTLs of one RRset differ"));
}
END_TEST

START_TEST(origins)
{
	check("$ORIGIN sub\na A 192.0.2.1\n$ORIGIN sub2.example.\na A 192.0.2.1\n@ TXT x\n",
		"a.sub.example. 3600 A " A1
		"\nsub2.example. 3600 TXT 0178\na.sub2.example. 3600 A " A1 "\n");
	/* the same word is another name after $ORIGIN */
	check("a A 192.0.2.1\n$ORIGIN s\na A 192.0.2.1\n",
		"a.example. 3600 A " A1 "\na.s.example. 3600 A " A1 "\n");
	check("a CNAME b\n", "a.example. 3600 CNAME b.example. \n");
	check("$ORIGIN\n", "f:3: expected a name after $ORIGIN, got the end of the line");
	check("$ORIGIN a b\n", "f:3: expected the end of the line, got \"b\"");
	check("$origin sub\na A 192.0.2.1\n", "a.sub.example. 3600 A " A1 "\n");
	check("$NONSENSE\n",
		"f:3: expected $ORIGIN, $TTL, $INCLUDE or $GENERATE, got \"$NONSENSE\"");
}
END_TEST

START_TEST(includes)
{
	check("o A 192.0.2.9\n$INCLUDE hosts\n TXT x\n",
		"o.example. 3600 A c0000209\no.example. 3600 TXT 0178\n"
		"a.example. 3600 A " A1 "\nb.example. 3600 A c0000202\n");
	check("$INCLUDE dir/more sub ; with an origin\nz A 192.0.2.5\n",
		"x.sub.example. 3600 A c0000203\ny.deep.sub.example. 3600 A c0000204\n"
		"z.example. 3600 A c0000205\n");
	check("$INCLUDE \"hosts\"\n$INCLUDE empty\n",
		"a.example. 3600 A " A1 "\nb.example. 3600 A c0000202\n");
	check("$INCLUDE nowhere\n", "f:3: the file that $INCLUDE names is not there");
	check("$INCLUDE self\n", "self:1: $INCLUDE goes deeper than 8 files");
	check("$INCLUDE outer\n",
		"bad:3: A record: expected an IPv4 address as 192.0.2.1, got \"1.2.3\"");
	check("$INCLUDE\n", "f:3: expected a file after $INCLUDE, got the end of the line");
	check("$INCLUDE hosts a b\n", "f:3: expected the end of the line, got \"b\"");
}
END_TEST

START_TEST(generate)
{
	check("$GENERATE 1-3 h$ A 192.0.2.$\n",
		"h1.example. 3600 A " A1
		"\nh2.example. 3600 A c0000202\nh3.example. 3600 A c0000203\n");
	check("$GENERATE 0-6/3 h${5,3,d} 60 IN A 192.0.2.$ ; comment\n",
		"h005.example. 60 A c0000200\nh008.example. 60 A c0000203\nh011.example. 60 A "
		"c0000206\n");
	check("$GENERATE 26-26 ${0,4,x}.${0,0,X}.${0,3,o}.${-5} A 192.0.2.1\n",
		"001a.1a.032.21.example. 3600 A " A1 "\n");
	check("$GENERATE 26-26 ${0,7,n} A 192.0.2.1\n", "a.1.0.0.example. 3600 A " A1 "\n");
	check("$GENERATE 1-1 a$$b\\$c TXT \"$ \\$ $$ \\\\\"\n",
		"a\\$b\\$c.example. 3600 TXT 073120242024205c\n");
	check("$GENERATE 5-6 $ CNAME x$.test.\n x A 192.0.2.1\n",
		"f:4: expected a record type, got \"x\"");
	check("$GENERATE 1-2 $ PTR h${0,2,d}\n6 A 192.0.2.1\n",
		"1.example. 3600 PTR h01.example. \n2.example. 3600 PTR h02.example. \n"
		"6.example. 3600 A " A1 "\n");
	check("$GENERATE 3-1 a$ A 192.0.2.1\n",
		"f:3: expected a range as 1-10 or 1-10/2 after $GENERATE, got \"3-1\"");
	check("$GENERATE 1-3/0 a$ A 192.0.2.1\n",
		"f:3: expected a range as 1-10 or 1-10/2 after $GENERATE, got \"1-3/0\"");
	check("$GENERATE 0-65536 a$ A 192.0.2.1\n",
		"f:3: expected a range of up to 65536 numbers, got \"0-65536\"");
	check("$GENERATE 1-3 a$\n", "f:3: expected a type and rdata on the $GENERATE line");
	check("$GENERATE 1-3 a${1,2,z} A 192.0.2.1\n",
		"f:3: expected ${offset,width,base} with base d, o, x, X, n or N, got "
		"\"a${1,2,z}\"");
	check("$GENERATE 255-257 a$ A 192.0.2.$\n",
		"f:3: A record: expected an IPv4 address as 192.0.2.1, got \"192.0.2.256\"");
}
END_TEST

/* What RFC 1034, 2181 and 6672 forbid in a zone */
START_TEST(zone_checks)
{
	check("other.org. A 192.0.2.1\n", "f:3: other.org.: the name is not within the zone");
	check("@ SOA ns x 1 2 3 4 5\n", "f:3: example.: the zone has more than one SOA record");
	check("sub SOA ns x 1 2 3 4 5\n",
		"f:3: sub.example.: a SOA record stands elsewhere than at the zone's apex");
	check("a CNAME b\na A 192.0.2.1\n",
		"f:4: a.example.: a name with a CNAME record has other records too");
	check("a A 192.0.2.1\na CNAME b\n",
		"f:4: a.example.: a name with a CNAME record has other records too");
	check("a CNAME b\na CNAME c\n", "f:4: a.example.: the name has more than one CNAME record");
	check("a CNAME b\na CNAME b\na NSEC b A\n",
		"a.example. 3600 CNAME b.example. \n"
		"a.example. 3600 NSEC 0162076578616d706c65000001"
		"40\n");
	check("a DNAME b\na DNAME c\n", "f:4: a.example.: the name has more than one DNAME record");
	check("a A 192.0.2.1\na A 192.0.2.1\n", "a.example. 3600 A " A1 "\n");
	ck_assert_str_eq(warnings, "f:4: the record is there already: dropped\n");
	check("d DNAME t\nx.d A 192.0.2.1\n",
		"d.example. 3600 DNAME t.example. \nx.d.example. 3600 A " A1 "\n");
	ck_assert_str_eq(warnings, "f: x.d.example.: records below a DNAME are not served\n");
	check("c NS ns.c\n", "c.example. 3600 NS ns.c.example. \n");
	ck_assert_str_eq(warnings,
		"f: ns.c.example.: a name server below its own delegation has no address\n");
	ck_assert_str_eq(
		load_text("example", "@ 1 NS ns\n"), "f: the zone has no SOA record at its apex");
	ck_assert_str_eq(load_text("example", "@ 1 SOA ns x 1 2 3 4 5\n"),
		"f: the zone has no NS record at its apex");
	ck_assert_str_eq(load_text("example", ""), "f: the zone has no SOA record at its apex");
	check("a AXFR x\n", "f:3: a record of type AXFR cannot be in a zone");
	check("a OPT x\n", "f:3: a record of type OPT cannot be in a zone");
	check("a TYPE255 \\# 0\n", "f:3: a record of type ANY cannot be in a zone");
}
END_TEST

START_TEST(too_large_an_rrset)
{
	char text[400];

	sprintf(text, "$GENERATE 1-%u big TXT %0200u$\n", 300, 0);
	ck_assert_uint_gt(strlen(load(text)), 300 * 400);
	sprintf(text, "$GENERATE 1-%u big TXT %0200u$\n", 310, 0);
	check(text, "f:3: big.example.: the records of this name and type do not fit a message of "
		    "64 KiB");
}
END_TEST

START_TEST(syntax_errors)
{
	check("a\n", "f:3: expected a record type, got the end of the line");
	check("a IN\n", "f:3: expected a record type, got the end of the line");
	check("a NONSENSE x\n", "f:3: expected a record type, got \"NONSENSE\"");
	check("a A\n", "f:3: A record: the record ends before its rdata");
	check("a A 192.0.2.1 192.0.2.2\n",
		"f:3: A record: there is more on the line than the record has, got \"192.0.2.2\"");
	check("a MX 10\n", "f:3: MX record: the record ends too early");
	check("a..b A 192.0.2.1\n", "f:3: name has an empty label, got \"a..b\"");
	check(".a A 192.0.2.1\n", "f:3: name has an empty label, got \".a\"");
	check("a\\300 A 192.0.2.1\n",
		"f:3: name has a bad escape: expected \\DDD up to \\255, or \\X, got \"a\\300\"");
	check("a23456789b123456789c123456789d123456789e123456789f123456789g1234 A 192.0.2.1\n",
		"f:3: label is longer than 63 bytes, got "
		"\"a23456789b123456789c123456789d123456789e123456789\"");
	check("\"a\" A 192.0.2.1\n", "f:3: expected a name at the start of the line, got \"a\"");
	check("a TXT \001\377\n", "a.example. 3600 TXT 0201ff\n");
	check("\001\377 BAD\n", "f:3: expected a record type, got \"BAD\"");
	check("a A \001\377\n", "f:3: A record: expected an IPv4 address as 192.0.2.1, got \"??\"");
	/* the line is the one where the word stands, within parentheses too */
	check("a MX ( 10\n\n mail\n extra )\n",
		"f:6: MX record: there is more on the line than the record has, got \"extra\"");
}
END_TEST

/* The zone is named by its SOA when nothing else names it */
START_TEST(apex_from_soa)
{
	static const char good[] = "$TTL 5\n$ORIGIN x.test.\n@ SOA ns y 1 2 3 4 5\n NS ns\n";
	static const char bad[] = "$TTL 5\nx.test. NS ns.test.\n";

	ck_assert_ptr_nonnull(strstr(load_text(NULL, good), "x.test. 5 NS ns.x.test."));
	ck_assert_str_eq(
		load_text(NULL, bad), "f:2: expected the SOA record first: it names the zone");
	ck_assert_str_eq(load_text(NULL, ""), "f: the file has no records");
	ck_assert_str_eq(load_text("a..b", ""), "f: zone \"a..b\": name has an empty label");
}
END_TEST

START_TEST(memory_limit)
{
	static const char text[] = SOA "$GENERATE 1-60000 host$ A 192.0.2.1\n";
	struct dns_load request = {.apex = "example",
		.file = "f",
		.text = text,
		.len = sizeof(text) - 1,
		.limit = 1 << 20};

	ck_assert_ptr_null(dns_zone_load(&request, ask_message));
	ck_assert_ptr_nonnull(strstr(ask_message, "the zone does not fit the memory"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {entries, parentheses_and_quotes, ttls, origins, includes,
		generate, zone_checks, too_large_an_rrset, syntax_errors, apex_from_soa,
		memory_limit};
	int status = run_tests("dns master files", tests, ARRAY_SIZE(tests), NULL, NULL);

	free(listing);
	return status;
}
