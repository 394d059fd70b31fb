/* SPDX-License-Identifier: ISC */
/*
 * Images: whatever is asked, a zone answers with them as it does when all is written record by
 * record. Random questions to two copies of each zone, one of which has lost its images.
 */
#include "lib/dns/image.h"

#include "lib/base/bytes.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"
#include "tests/unit/dns_zone_text.h"

#define SIG(owner, type)                                                                           \
	owner " RRSIG " type " 8 1 3600 20300101000000 20200101000000 1 @ AABBCCDDEEFF\n"

static struct dns_server with, without;
static uint32_t state = 1;

static unsigned pick(unsigned below)
{
	state = state * 1664525 + 1013904223;
	return (state >> 8) % below;
}

static const char apex[] = "$TTL 3600\n@ SOA ns1 bugs 1 3600 300 3600000 60\n@ NS ns1\n@ NS ns.c\n"
			   "@ MX 1 xx\n@ MX 2 ns1\n@ MX 3 *.w\n";
static const char records[] =
	"a NS ns1.a\na NS ns1\na NS ns.b\nns1.a A 192.0.2.5\nns1.a AAAA 2001:db8::5\n"
	"b NS ns.b\nb NS ns.a\nb NS ns.elsewhere.\nns.b A 192.0.2.7\n"
	"c NS ns.c\nc NS n2.c\nns.c A 192.0.2.8\nns.c A 192.0.2.9\nn2.c AAAA ::2\n"
	"ns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\n*.w MX 1 ns1\nx.w MX 1 xx\nx.y.w MX 1 xx\n"
	"xx A 192.0.2.10\nxx AAAA ::1\nto CNAME q.w\nsub CNAME n.a\ndn DNAME w\n_s._tcp SRV 1 2 3 "
	"xx\n"
	"_s._tcp SRV 1 2 3 ns1.a\n$GENERATE 1-40 many NS n$.many\n$GENERATE 1-40 n$.many A "
	"192.0.2.$\n"
	"$GENERATE 1-30 wide MX $ h$.wide\n$GENERATE 1-30 h$.wide AAAA 2001:db8::$\n";
static const char nsec[] = "@ NSEC _s._tcp NS SOA MX RRSIG NSEC\n" SIG("@", "NSEC") SIG(
	"@", "SOA") SIG("@", "NS") SIG("@", "MX") "_s._tcp NSEC a SRV\n" SIG("_s._tcp",
	"NSEC") SIG("_s._tcp", "SRV") "a DS 1 8 1 AA\na DS 1 8 2 BB\n" SIG("a",
	"DS") "a NSEC b NS DS\n" SIG("a", "NSEC") "b NSEC c NS\n" SIG("b",
	"NSEC") "c NSEC dn NS\n" SIG("c", "NSEC") "dn NSEC many DNAME\n" SIG("dn", "NSEC")
	SIG("dn", "DNAME") "many NSEC ns1 NS\n" SIG("many", "NSEC") "ns1 NSEC sub A\n" SIG(
		"ns1", "NSEC") SIG("ns1", "A") SIG("ns1", "AAAA") "sub NSEC to CNAME\n" SIG("sub",
		"NSEC") "to NSEC *.w CNAME\n" SIG("to", "NSEC") "*.w NSEC x.w MX\n" SIG("*.w",
		"NSEC") SIG("*.w", "MX") "x.w NSEC xx MX\n" SIG("x.w", "NSEC")
		SIG("x.w", "MX") "xx NSEC @ A AAAA\n" SIG("xx", "NSEC") SIG("xx", "A");

/* One link that covers everything will do: which proof it is does not matter here. */
#define LINK "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
static const char nsec3[] = "@ NSEC3PARAM 1 0 0 -\n" SIG("@", "SOA") SIG("@", "NS") SIG("@", "MX")
	LINK " NSEC3 1 1 0 - " LINK " A RRSIG\n" SIG(LINK, "NSEC3") "a DS 1 8 1 AA\n" SIG("a", "DS")
		SIG("xx", "A") SIG("ns1", "AAAA");

static void begin(void)
{
	dns_server_init(&with, 0);
	dns_server_init(&without, 0);
}

static void end(void)
{
	dns_server_fini(&with);
	dns_server_fini(&without);
}

/* The zone twice; and how many images the first one has. */
static unsigned serve_both(const char *name, const char *text)
{
	struct dns_zone *zone, *old;
	struct dns_node *node;
	struct dns_rrset *rrset;
	unsigned images = 0;

	serve(&with, name, text);
	zone = zone_from(name, text);
	ck_assert_ptr_nonnull(zone);
	for (node = zone->first; node; node = node->next) {
		for (rrset = node->rrsets; rrset; rrset = rrset->next) {
			images += rrset->image != NULL;
			rrset->image = NULL;
		}
	}
	zone->negative_image = zone->denial_image = NULL;
	ck_assert_int_eq(dns_server_put_zone(&without, zone, &old), 0);
	return images;
}

static size_t put_random_labels(char *text, unsigned labels, unsigned longest)
{
	size_t len = 0;

	while (labels--) {
		for (unsigned i = 1 + pick(longest); i; i--)
			text[len++] = "abcnswxyz*_019A"[pick(15)];
		text[len++] = '.';
	}
	text[len] = 0;
	return len;
}

/* A name of the zone, or one below, above or beside it. */
static void put_name(char *text, const struct dns_zone *zone)
{
	const struct dns_node *node = zone->first;
	size_t len = 0;

	for (unsigned i = pick(zone->nodes); i && node->next; i--)
		node = node->next;
	if (pick(3) == 0)
		len = put_random_labels(text, 1 + pick(4), pick(4) ? 5 : 30);
	if (len + node->len > 240)
		len = 0;
	while (pick(4) == 0 && node->parent)
		node = node->parent;
	dns_node_text(text + len, DNS_NAME_TEXT, node);
	if (len && !strcmp(text + len, "."))
		text[len] = 0;
}

static void ask_both(const char *question)
{
	uint8_t header[4];
	char *a, *b;

	a = sort_lines(ask(&with, question));
	memcpy(header, ask_reply, sizeof(header));
	b = sort_lines(ask(&without, question));
	ck_assert_msg(!strcmp(a, b) && !memcmp(header, ask_reply, sizeof(header)),
		"%s: by images:\n%s\nrecord by record:\n%s", question, a, b);
	free(a);
	free(b);
}

static void compare(unsigned count)
{
	static const char *const types[] = {"A", "NS", "MX", "SOA", "DS", "AAAA", "SRV", "ANY",
		"CNAME", "TXT", "NSEC", "RRSIG"};
	static const char *const flags[] = {"", " +do", " +do", " +noedns", " +tcp", " +do +tcp"};
	char question[2 * DNS_NAME_TEXT];
	size_t len;

	while (count--) {
		put_name(question, with.only);
		len = strlen(question);
		if (len >= 500)
			continue;
		sprintf(question + len, " %s%s", types[pick(ARRAY_SIZE(types))],
			flags[pick(ARRAY_SIZE(flags))]);
		ask_both(question);
	}
}

static void check_zone(const char *signatures, unsigned images)
{
	static char text[sizeof(apex) + sizeof(records) + sizeof(nsec) + sizeof(nsec3)];

	sprintf(text, "%s%s%s", apex, records, signatures);
	ck_assert_uint_ge(serve_both("z", text), images);
	ck_assert_ptr_nonnull(with.only->negative_image);
	compare(400);
}

START_TEST(plain)
{
	check_zone("", 10);
	ck_assert_ptr_null(with.only->denial_image);
}
END_TEST

START_TEST(with_nsec)
{
	check_zone(nsec, 10);
	ck_assert_ptr_nonnull(with.only->denial_image);
}
END_TEST

START_TEST(with_nsec3)
{
	check_zone(nsec3, 10);
}
END_TEST

/* A longer apex, so that pointers lead further; and one above which nothing is */
START_TEST(other_apexes)
{
	static const char *const names[] = {".",
		"a.very-long-label-for-an-apex-is-needed-here.but-it-"
		"is-not-the-last-of-them.and-one-more.example"};

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		static char text[sizeof(apex) + sizeof(records) + sizeof(nsec)];

		sprintf(text, "%s%s%s", apex, records, nsec);
		serve_both(names[i], text);
		compare(200);
		end();
	}
}
END_TEST

/* The real root zone */
START_TEST(root_zone)
{
	FILE *pipe = popen("gzip -dc tests/data/root.zone.gz", "r");
	static char text[2 << 20];
	size_t len = fread(text, 1, sizeof(text) - 1, pipe);

	ck_assert_int_eq(pclose(pipe), 0);
	text[len] = 0;
	ck_assert_uint_ge(serve_both(".", text), 1500);
	compare(200);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {plain, with_nsec, with_nsec3, other_apexes, root_zone};

	return run_tests("dns images", tests, ARRAY_SIZE(tests), begin, end);
}
