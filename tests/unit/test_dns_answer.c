/* SPDX-License-Identifier: ISC */
/* The query engine by the RFCs' sections: what is answered, with which records and flags. */
#include "lib/base/bytes.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

static struct dns_server server;

#define SOA "@ 3600 SOA ns admin 1 2 3 4 300\n@ NS ns\nns A 192.0.2.53\n"
#define NEGATIVE                                                                                   \
	"AU example. SOA ns.example. admin.example. 00000001 00000002 00000003 00000004 "          \
	"0000012c\n"

static void begin(void)
{
	dns_server_init(&server, 0);
}

static void end(void)
{
	dns_server_fini(&server);
	ask_room = DNS_REPLY_MAX;
}

static void check(const char *question, const char *expected)
{
	ck_assert_str_eq(ask(&server, question), expected);
}

/* RFC 1034 section 4.3.2 step 3a: the whole name matches */
START_TEST(exact)
{
	serve(&server, "example", SOA "www A 192.0.2.1\nwww A 192.0.2.2\nwww AAAA 2001:db8::1\n");
	check("www.example A",
		"NOERROR aa\nAN www.example. A 192.0.2.1\nAN www.example. A 192.0.2.2\n");
	check("www.example AAAA",
		"NOERROR aa\nAN www.example. AAAA 20010db8000000000000000000000001\n");
	check("example SOA",
		"NOERROR aa\nAN example. SOA ns.example. admin.example. 00000001 00000002 00000003 "
		"00000004 0000012c\n");
	check("example NS",
		"NOERROR aa\nAN example. NS ns.example.\nAD ns.example. A 192.0.2.53\n");
}
END_TEST

/* RFC 4343, and what resolvers expect: the question keeps its case, names match in any */
START_TEST(mixed_case)
{
	serve(&server, "eXample", SOA "Www A 192.0.2.1\nb CNAME wWW\n");
	check("wWw.ExAmPlE A", "NOERROR aa\nAN wWw.ExAmPlE. A 192.0.2.1\n");
	check("B.example A", "NOERROR aa\nAN B.example. CNAME www.example.\n"
			     "AN www.example. A 192.0.2.1\n");
}
END_TEST

/* RFC 2308 sections 2 and 3: SOA with the lesser of its TTL and its last field */
START_TEST(negative)
{
	serve(&server, "example", SOA "www A 192.0.2.1\na.b.c A 192.0.2.2\n");
	check("nothing.example A", "NXDOMAIN aa\n" NEGATIVE);
	check("www.example MX", "NOERROR aa\n" NEGATIVE);
	check("below.www.example A", "NXDOMAIN aa\n" NEGATIVE);
	check("b.c.example A", "NOERROR aa\n" NEGATIVE); /* empty non-terminals, RFC 4592 2.2.2 */
	check("c.example ANY", "NOERROR aa\n" NEGATIVE);
	check("x.b.c.example A", "NXDOMAIN aa\n" NEGATIVE);
	check("example DS", "NOERROR aa\n" NEGATIVE);
}
END_TEST

static uint32_t first_ttl(void)
{
	/* the first record's owner is a pointer */
	size_t at = 12 + dns_name_len(ask_reply + 12) + 4 + 2 + 4;

	return (uint32_t)reply_u16(at) << 16 | reply_u16(at + 2);
}

START_TEST(negative_ttl)
{
	serve(&server, "a", "@ 3600 SOA ns x 1 2 3 4 300\n@ NS ns\n");
	serve(&server, "b", "@ 300 SOA ns x 1 2 3 4 3600\n@ NS ns\n");
	ask(&server, "x.a A");
	ck_assert_uint_eq(first_ttl(), 300);
	ask(&server, "x.b A");
	ck_assert_uint_eq(first_ttl(), 300);
	ask(&server, "a SOA");
	ck_assert_uint_eq(first_ttl(), 3600);
}
END_TEST

START_TEST(outside)
{
	check("example A", "REFUSED\n"); /* no zones at all */
	serve(&server, "example", SOA);
	check("example.org A", "REFUSED\n");
	check(". NS", "REFUSED\n");
	check("anexample A", "REFUSED\n");
}
END_TEST

/* RFC 1034 section 3.6.2 and 4.3.2 step 3a */
START_TEST(cname)
{
	serve(&server, "example",
		SOA "a CNAME b\nb CNAME c\nc A 192.0.2.1\nd CNAME nothing\ne CNAME www.other.\n"
		    "f CNAME www.outside.test.\nl1 CNAME l2\nl2 CNAME l1\ns CNAME s\n");
	serve(&server, "other",
		"@ 60 SOA ns x 1 2 3 4 5\n@ NS ns.test.\nwww A 192.0.2.9\n"
		"back CNAME c.example.\n");
	check("a.example A", "NOERROR aa\nAN a.example. CNAME b.example.\n"
			     "AN b.example. CNAME c.example.\nAN c.example. A 192.0.2.1\n");
	check("a.example CNAME", "NOERROR aa\nAN a.example. CNAME b.example.\n");
	check("a.example ANY", "NOERROR aa\nAN a.example. CNAME b.example.\n");
	check("a.example TXT", "NOERROR aa\nAN a.example. CNAME b.example.\n"
			       "AN b.example. CNAME c.example.\n" NEGATIVE);
	check("d.example A", "NXDOMAIN aa\nAN d.example. CNAME nothing.example.\n" NEGATIVE);
	check("e.example A",
		"NOERROR aa\nAN e.example. CNAME www.other.\nAN www.other. A 192.0.2.9\n");
	check("back.other A",
		"NOERROR aa\nAN back.other. CNAME c.example.\nAN c.example. A 192.0.2.1\n");
	check("f.example A", "NOERROR aa\nAN f.example. CNAME www.outside.test.\n");
	check("l1.example A", "NOERROR aa\nAN l1.example. CNAME l2.example.\n"
			      "AN l2.example. CNAME l1.example.\n");
	check("s.example A", "NOERROR aa\nAN s.example. CNAME s.example.\n");
}
END_TEST

START_TEST(long_chain)
{
	unsigned count = 0;
	const char *p;

	serve(&server, "example", SOA "$GENERATE 1-40 c$ CNAME c${1}\nc41 A 192.0.2.1\n");
	for (p = ask(&server, "c1.example A +tcp"); (p = strstr(p, "AN ")); p++)
		count++;
	ck_assert_uint_eq(count, 17); /* and no address: the client goes on from there */
	ck_assert_ptr_null(strstr(ask(&server, "c1.example A +tcp"), "192.0.2.1"));
	ck_assert_ptr_nonnull(strstr(ask(&server, "c26.example A +tcp"), "192.0.2.1"));
}
END_TEST

/* RFC 4592 */
START_TEST(wildcard)
{
	serve(&server, "example",
		SOA "*.w A 192.0.2.1\n*.w MX 10 ns\nhere.w A 192.0.2.2\nx.ent.w A 192.0.2.3\n"
		    "*.c CNAME ns\n*.loop CNAME x.loop\nsub.*.star A 192.0.2.4\n*.deep.w AAAA ::1\n"
		    "host.cut.w A 192.0.2.5\ncut.w NS host.cut.w\n");
	check("any.w.example A", "NOERROR aa\nAN any.w.example. A 192.0.2.1\n");
	check("a.b.c.w.example A", "NOERROR aa\nAN a.b.c.w.example. A 192.0.2.1\n");
	check("*.w.example A", "NOERROR aa\nAN *.w.example. A 192.0.2.1\n");
	check("any.w.example TXT", "NOERROR aa\n" NEGATIVE);
	check("any.w.example MX", "NOERROR aa\nAN any.w.example. MX 10 ns.example.\n"
				  "AD ns.example. A 192.0.2.53\n");
	/* names that exist, and what is below them, are not covered (section 3.3.1) */
	check("w.example A", "NOERROR aa\n" NEGATIVE);
	check("here.w.example MX", "NOERROR aa\n" NEGATIVE);
	check("below.here.w.example A", "NXDOMAIN aa\n" NEGATIVE);
	check("ent.w.example A", "NOERROR aa\n" NEGATIVE);
	check("below.ent.w.example A", "NXDOMAIN aa\n" NEGATIVE);
	check("x.deep.w.example A", "NOERROR aa\n" NEGATIVE);
	check("any.c.example A",
		"NOERROR aa\nAN any.c.example. CNAME ns.example.\nAN ns.example. A 192.0.2.53\n");
	check("any.star.example A", "NOERROR aa\n" NEGATIVE); /* "*" is an empty non-terminal */
	check("any.loop.example A", "NOERROR aa\nAN any.loop.example. CNAME x.loop.example.\n"
				    "AN x.loop.example. CNAME x.loop.example.\n");
	check("any.cut.w.example A", "NOERROR\nAU cut.w.example. NS host.cut.w.example.\n"
				     "AD host.cut.w.example. A 192.0.2.5\n");
}
END_TEST

/* RFC 1034 section 4.3.2 step 3b: a referral, not authoritative, with glue */
START_TEST(delegation)
{
	serve(&server, "example",
		SOA "sub NS ns.sub\nsub NS ns\nsub NS ns.else.test.\nsub DS 1 8 2 AABB\nsub TXT "
		    "\"hidden\"\n"
		    "ns.sub A 192.0.2.60\nns.sub AAAA 2001:db8::60\nin.sub NS ns.in.sub\n"
		    "ns.in.sub A 192.0.2.61\nalias CNAME www.sub\nsib NS ns.sub\n");
#define REFERRAL                                                                                   \
	"AU sub.example. NS ns.sub.example.\nAU sub.example. NS ns.example.\n"                     \
	"AU sub.example. NS ns.else.test.\nAD ns.sub.example. A 192.0.2.60\n"                      \
	"AD ns.sub.example. AAAA 20010db8000000000000000000000060\nAD ns.example. A 192.0.2.53\n"
	check("www.sub.example A", "NOERROR\n" REFERRAL);
	check("sub.example A", "NOERROR\n" REFERRAL);
	check("sub.example NS", "NOERROR\n" REFERRAL);
	check("sub.example TXT", "NOERROR\n" REFERRAL);
	check("sub.example ANY", "NOERROR\n" REFERRAL);
	check("ns.sub.example A", "NOERROR\n" REFERRAL);
	check("x.in.sub.example A", "NOERROR\n" REFERRAL); /* the cut nearest to the apex */
	/* RFC 4035 section 3.1.4.1: DS belongs to the parent */
	check("sub.example DS", "NOERROR aa\nAN sub.example. DS 1 8 2 43707\n");
	check("sib.example DS", "NOERROR aa\n" NEGATIVE);
	check("www.sub.example DS", "NOERROR\n" REFERRAL);
	/* glue of a sibling */
	check("sib.example A", "NOERROR\nAU sib.example. NS ns.sub.example.\n"
			       "AD ns.sub.example. A 192.0.2.60\n"
			       "AD ns.sub.example. AAAA 20010db8000000000000000000000060\n");
	/* an alias into the delegation: the answer so far is authoritative */
	check("alias.example A", "NOERROR aa\nAN alias.example. CNAME www.sub.example.\n" REFERRAL);
}
END_TEST

START_TEST(parent_and_child)
{
	serve(&server, "example", SOA "sub NS ns.sub\nns.sub A 192.0.2.60\nsub DS 1 8 2 AABB\n");
	serve(&server, "sub.example", "@ 60 SOA ns x 1 2 3 4 5\n@ NS ns\nns A 192.0.2.60\n");
	check("ns.sub.example A", "NOERROR aa\nAN ns.sub.example. A 192.0.2.60\n");
	check("sub.example DS", "NOERROR aa\nAN sub.example. DS 1 8 2 43707\n");
	check("example DS", "NOERROR aa\n" NEGATIVE);
	check("sub.example NS", "NOERROR aa\nAN sub.example. NS ns.sub.example.\n"
				"AD ns.sub.example. A 192.0.2.60\n");
}
END_TEST

/* RFC 6672 */
START_TEST(dname)
{
	serve(&server, "example",
		SOA "d DNAME t\nd TXT \"x\"\nwww.t A 192.0.2.1\nout DNAME far.test.\nl DNAME x.l\n"
		    "al.t CNAME ns\nsub.d A 192.0.2.2\n"
		    "long DNAME a123456789a123456789a123456789a123456789a123456789."
		    "b123456789b123456789b123456789b123456789b123456789."
		    "c123456789c123456789c123456789c123456789c123456789."
		    "d123456789d123456789d123456789d123456789d12345\n");
	serve(&server, "apex",
		"@ 60 SOA ns.example. x 1 2 3 4 5\n@ NS ns.example.\n@ DNAME t.example.\n");
	check("www.d.example A",
		"NOERROR aa\nAN d.example. DNAME t.example.\n"
		"AN www.d.example. CNAME www.t.example.\nAN www.t.example. A 192.0.2.1\n");
	check("www.d.example CNAME", "NOERROR aa\nAN d.example. DNAME t.example.\nAN "
				     "www.d.example. CNAME www.t.example.\n");
	check("d.example DNAME", "NOERROR aa\nAN d.example. DNAME t.example.\n");
	check("d.example A", "NOERROR aa\n" NEGATIVE); /* the owner itself is not redirected */
	check("sub.d.example A", "NXDOMAIN aa\nAN d.example. DNAME t.example.\n"
				 "AN sub.d.example. CNAME sub.t.example.\n" NEGATIVE);
	check("a.out.example A", "NOERROR aa\nAN out.example. DNAME far.test.\n"
				 "AN a.out.example. CNAME a.far.test.\n");
	check("al.d.example A",
		"NOERROR aa\nAN d.example. DNAME t.example.\nAN al.d.example. CNAME al.t.example.\n"
		"AN al.t.example. CNAME ns.example.\nAN ns.example. A 192.0.2.53\n");
	check("a.l.example A", "NOERROR aa\nAN l.example. DNAME x.l.example.\nAN a.l.example. "
			       "CNAME a.x.l.example.\n");
	check("www.apex A", "NOERROR aa\nAN apex. DNAME t.example.\n"
			    "AN www.apex. CNAME www.t.example.\nAN www.t.example. A 192.0.2.1\n");
	/* section 2.2: the new name is longer than a name can be */
	ck_assert_ptr_nonnull(strstr(
		ask(&server, "e123456789e123456789e123456789e123456789e12345678.long.example A"),
		"YXDOMAIN aa\nAN "));
	ck_assert_ptr_null(strstr(
		ask(&server, "e123456789e123456789e123456789e123456789e12345678.long.example A"),
		"CNAME"));
}
END_TEST

/* RFC 1035 section 3.3.9 and 3.3.11, RFC 2782, RFC 3403: addresses that the client will want */
START_TEST(additional)
{
	serve(&server, "example",
		SOA "m MX 10 ns\nm MX 20 ns\nm MX 30 w.wild\nm MX 40 c\nm MX 50 g.cut\nm MX 60 "
		    "x.test.\n"
		    "*.wild A 192.0.2.7\nc CNAME ns\ncut NS g.cut\ng.cut A 192.0.2.8\n"
		    "s SRV 1 2 3 ns\nn NAPTR 1 2 \"a\" \"b\" \"\" ns\n");
	check("m.example MX",
		"NOERROR aa\nAN m.example. MX 10 ns.example.\nAN m.example. MX 20 ns.example.\n"
		"AN m.example. MX 30 w.wild.example.\nAN m.example. MX 40 c.example.\n"
		"AN m.example. MX 50 g.cut.example.\nAN m.example. MX 60 x.test.\n"
		"AD ns.example. A 192.0.2.53\nAD w.wild.example. A 192.0.2.7\n");
	check("s.example SRV",
		"NOERROR aa\nAN s.example. SRV 1 2 3 ns.example.\nAD ns.example. A 192.0.2.53\n");
	check("n.example NAPTR", "NOERROR aa\nAN n.example. NAPTR 1 2 353 354 0 ns.example.\n"
				 "AD ns.example. A 192.0.2.53\n");
}
END_TEST

/* RFC 8482 */
START_TEST(minimal_any)
{
	serve(&server, "example",
		SOA "a TXT \"x\"\na MX 10 ns\na A 192.0.2.1\nd DNSKEY 256 3 8 AQID\nd TXT \"y\"\n"
		    "k NSEC a A\nk DNSKEY 256 3 8 AQID\n");
	check("a.example ANY",
		"NOERROR aa\nAN a.example. MX 10 ns.example.\nAD ns.example. A 192.0.2.53\n");
	check("d.example ANY", "NOERROR aa\nAN d.example. TXT 377\n");
}
END_TEST

/* RFC 2181 section 9, RFC 6891: only whole RRsets, and TC if one that is needed is missing */
START_TEST(truncation)
{
	serve(&server, "example",
		SOA "$GENERATE 1-29 b A 192.0.2.$\n"
		    "$GENERATE 1-90 c A 192.0.2.$\ncc CNAME c\nmx MX 1 c\n");
	ck_assert_ptr_null(strstr(ask(&server, "b.example A +noedns"), "tc"));
	ck_assert_uint_eq(ask_reply_len, 12 + 15 + 29 * 16);
	check("c.example A", "NOERROR aa tc\n");
	check("c.example A +noedns", "NOERROR aa tc\n");
	check("cc.example A", "NOERROR aa tc\nAN cc.example. CNAME c.example.\n");
	ck_assert_ptr_null(strstr(ask(&server, "c.example A +tcp"), "tc"));
	ck_assert_uint_eq(ask_reply_len, 12 + 15 + 90 * 16 + 11);
	check("mx.example MX", "NOERROR aa\nAN mx.example. MX 1 c.example.\n"); /* additional */
	ask_room = 512;
	check("c.example A +tcp", "NOERROR aa tc\n");
}
END_TEST

/* RFC 9471: glue that only the delegation can give is needed; other glue is not, if there is some
 */
START_TEST(glue_truncation)
{
	serve(&server, "example",
		SOA "$GENERATE 1-20 in NS n$.in\n$GENERATE 1-20 n$.in AAAA ::${0,1,x}\n"
		    "$GENERATE 1-20 sib NS n$.in\n"
		    "$GENERATE 10-36 full NS n$.x\n$GENERATE 10-36 n$.x A 192.0.2.$\n");
	ck_assert_ptr_nonnull(strstr(ask(&server, "in.example A +noedns"), "NOERROR tc\nAU "));
	ck_assert_ptr_null(strstr(ask(&server, "in.example A"), "tc\n"));
	ck_assert_ptr_null(strstr(ask(&server, "sib.example A +noedns"), "tc\n"));
	ck_assert_uint_le(ask_reply_len, 512);
	ck_assert_ptr_nonnull(strstr(ask(&server, "sib.example A +noedns"), "\nAD "));
	/* 27 servers fill the room so that not one address fits */
	ck_assert_ptr_nonnull(strstr(ask(&server, "full.example A +noedns"), "NOERROR tc\n"));
	ck_assert_ptr_null(strstr(ask(&server, "full.example A"), "tc\n"));
}
END_TEST

/* Every size of room: the reply fits it and is well formed, or is cut at a record set */
START_TEST(every_size)
{
	size_t before = 0, full;

	serve(&server, "example",
		SOA "$GENERATE 1-40 m MX $ host$.mail\n$GENERATE 1-40 host$.mail A 192.0.2.$\n"
		    "$GENERATE 1-40 host$.mail AAAA ::$\n");
	ask(&server, "m.example MX +tcp");
	full = ask_reply_len;
	ck_assert_uint_gt(full, 1500);
	for (ask_room = 512; ask_room <= full; ask_room++) {
		ask(&server, "m.example MX +tcp");
		ck_assert_uint_le(ask_reply_len, ask_room);
		ck_assert_uint_ge(ask_reply_len + 60, before);
		before = ask_reply_len;
	}
	ck_assert_uint_eq(before, full);
}
END_TEST

/* RFC 1035 section 4.1.4, RFC 3597 section 4: which names are compressed, and to what size */
START_TEST(compression)
{
	serve(&server, "example",
		SOA "m MX 10 mail.m\ns SRV 1 2 3 ns\np RP ns ns\nd DNAME ns\n"
		    "c CNAME other.c\nother.c A 192.0.2.1\n");
	ask(&server, "m.example MX +noedns");
	ck_assert_uint_eq(ask_reply_len, 12 + 15 + (2 + 10 + 2 + 5 + 2)); /* "mail" and a pointer */
	ask(&server, "s.example SRV +noedns");
	ck_assert_uint_eq(ask_reply_len, 12 + 15 + (2 + 10 + 6 + 12) + (5 + 10 + 4));
	ask(&server, "p.example RP +noedns");
	ck_assert_uint_eq(ask_reply_len, 12 + 15 + (2 + 10 + 12 + 12));
	ask(&server, "d.example DNAME +noedns");
	ck_assert_uint_eq(ask_reply_len, 12 + 15 + (2 + 10 + 12));
	ask(&server, "c.example A +noedns");
	ck_assert_uint_eq(ask_reply_len, 12 + 15 + (2 + 10 + 6 + 2) + (2 + 10 + 4));
}
END_TEST

/* More names than are remembered, and names beyond what a pointer reaches: bigger, but right */
START_TEST(large_reply)
{
	const char *text;
	unsigned count = 0;

	serve(&server, "example",
		SOA "$GENERATE 1-1500 p PTR a-host-with-a-name-$.elsewhere.test.\n");
	for (text = ask(&server, "p.example PTR +tcp"); (text = strstr(text, "PTR a-host")); text++)
		count++;
	ck_assert_uint_eq(count, 1500);
	check("p.example PTR", "NOERROR aa tc\n");
}
END_TEST

/* The longest names there are */
START_TEST(long_names)
{
	static const char label[] =
		"a23456789b123456789c123456789d123456789e123456789f123456789g123";
	char zone[2000], question[600];

	sprintf(zone,
		SOA "%s.%s.%s.a23456789b123456789c123456789d123456789e1234567 CNAME %s.%s.%s.b\n"
		    "*.w A 192.0.2.1\n",
		label, label, label, label, label, label);
	serve(&server, "example", zone);
	sprintf(question, "%s.%s.%s.a23456789b123456789c123456789d123456789e1234567.example A",
		label, label, label);
	ck_assert_ptr_nonnull(strstr(ask(&server, question), "NXDOMAIN aa\nAN a23456789"));
	sprintf(question, "%s.%s.%s.a23456789b123456789c123456789d123456789e12345.w.example A",
		label, label, label);
	ck_assert_ptr_nonnull(strstr(ask(&server, question), "NOERROR aa\nAN a23456789"));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {exact, mixed_case, negative, negative_ttl, outside, cname,
		long_chain, wildcard, delegation, parent_and_child, dname, additional, minimal_any,
		truncation, glue_truncation, every_size, compression, large_reply, long_names};

	return run_tests("dns answers", tests, ARRAY_SIZE(tests), begin, end);
}
