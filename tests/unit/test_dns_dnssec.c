/* SPDX-License-Identifier: ISC */
/*
 * Signed zones: which signatures and proofs a reply has. The zones are those of RFC 4035 appendix A
 * and RFC 5155 appendix A, in short, with signatures of one byte: what they cover is what matters
 * here. tests/host/dnssec.sh has real ones checked.
 */
#include <errno.h>

#include "lib/base/bytes.h"
#include "lib/dns/edit.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

static struct dns_server server;

#define SIG(owner, type)                                                                           \
	owner " RRSIG " type " 8 1 3600 20300101000000 20200101000000 1 example AA==\n"

static const char records[] = "$TTL 3600\n"
			      "@ SOA ns1 bugs 1 3600 300 3600000 3600\n" SIG("@", "SOA") //
	"@ NS ns1\n" SIG("@", "NS") "@ MX 1 xx\n" SIG("@", "MX")                         //
	"@ DNSKEY 256 3 8 AA==\n" SIG("@", "DNSKEY")                                     //
	"a NS ns1.a\na DS 1 8 1 B6\n" SIG("a", "DS") "ns1.a A 192.0.2.5\n"               //
						     "b NS ns1.b\nns1.b A 192.0.2.7\n"   //
						     "ns1 A 192.0.2.1\n" SIG("ns1", "A") //
	"*.w MX 1 ai\n" SIG("*.w", "MX") "x.w MX 1 xx\n" SIG("x.w", "MX")                //
	"x.y.w MX 1 xx\n" SIG("x.y.w", "MX")                                             //
	"xx A 192.0.2.10\n" SIG("xx", "A") "xx AAAA ::1\n" SIG("xx", "AAAA")             //
	"to CNAME q.w\n" SIG("to", "CNAME") "dn DNAME w\n" SIG("dn", "DNAME");

static const char nsec[] =                                                              //
	"@ NSEC a NS SOA MX RRSIG NSEC DNSKEY\n" SIG("@", "NSEC")                       //
	"a NSEC b NS DS RRSIG NSEC\n" SIG("a", "NSEC")                                  //
	"b NSEC dn NS RRSIG NSEC\n" SIG("b", "NSEC")                                    //
	"dn NSEC ns1 DNAME RRSIG NSEC\n" SIG("dn", "NSEC")                              //
	"ns1 NSEC to A RRSIG NSEC\n" SIG("ns1", "NSEC")                                 //
	"to NSEC *.w CNAME RRSIG NSEC\n" SIG("to", "NSEC")                              //
	"*.w NSEC x.w MX RRSIG NSEC\n" SIG("*.w", "NSEC")                               //
	"x.w NSEC x.y.w MX RRSIG NSEC\n" SIG("x.w", "NSEC")                             //
	"x.y.w NSEC xx MX RRSIG NSEC\n" SIG("x.y.w", "NSEC") "xx NSEC @ A RRSIG NSEC\n" //
	SIG("xx", "NSEC");

/* Owners and their order from RFC 5155 appendix A; "b" is opted out. */
#define LINK(hash, next) hash " NSEC3 1 1 12 aabbccdd " next " A RRSIG\n" SIG(hash, "NSEC3")
#define APEX             "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom"
#define NS1              "2t7b4g4vsa5smi47k61mv5bv1a22bojr"
#define XYW              "2vptu5timamqttgl4luu9kg21e0aor3s"
#define A                "35mthgpgcu1qg68fab165klnsnk3dpvl"
#define XW               "b4um86eghhds6nea196smvmlo4ors995"
#define YW               "ji6neoaepv8b5o6k4ev33abha8ht9fgc"
#define W                "k8udemvp1j2f7eg6jebps17vp3n8i58h"
#define NS2              "q04jkcevqvmu85r014c7dkba38o0ji5r"
#define ANYW             "r53bq7cc2uvmubfu5ocmm6pers9tk9en"
#define XX               "t644ebqk9bibcna874givr6joj62mlhv"

static const char nsec3[] = "@ NSEC3PARAM 1 0 12 aabbccdd\n" SIG("@", "NSEC3PARAM") //
	LINK(W, NS2) LINK(APEX, NS1) LINK(NS1, XYW) LINK(XYW, A) LINK(A, XW)        //
	LINK(XW, YW) LINK(YW, W) LINK(NS2, ANYW) LINK(ANYW, XX) LINK(XX, APEX);

static void begin(void)
{
	dns_server_init(&server, 0);
}

static void end(void)
{
	dns_server_fini(&server);
}

static void serve_with(const char *chain)
{
	char text[16384];

	snprintf(text, sizeof(text), "%s%s", records, chain);
	serve(&server, "example", text);
}

/* The reply, each record as "OWNER TYPE", of RRSIG with the number of what it covers. */
static const char *brief(const char *question)
{
	static char text[8192];
	const char *reply = ask(&server, question), *line;
	char section[8], owner[300], type[20], covers[300];
	size_t used = strcspn(reply, "\n");

	memcpy(text, reply, used);
	text[used++] = '\n';
	text[used] = 0;
	for (line = strchr(reply, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
		covers[0] = 0;
		ck_assert_int_ge(
			sscanf(line, "%7s %299s %19s %299s", section, owner, type, covers), 3);
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s %.*s %s%s%s\n",
			section, (int)strcspn(owner, " "), owner, type,
			strcmp(type, "RRSIG") ? "" : " ", strcmp(type, "RRSIG") ? "" : covers);
	}
	return text;
}

static void check(const char *question, const char *expected)
{
	ck_assert_str_eq(brief(question), expected);
}

static void key_of(struct dns_key *key, const char *first, const char *name)
{
	uint8_t wire[DNS_NAME_MAX];
	char text[100];
	const char *why;

	snprintf(text, sizeof(text), "%s%s", first, name);
	dns_key_init(key, wire, dns_name_parse(wire, text, strlen(text), NULL, &why));
}

#define SOA_SIGNED   "AU example. SOA\nAU example. RRSIG 6\n"
#define PROOF(owner) "AU " owner ".example. NSEC\nAU " owner ".example. RRSIG 47\n"
#define HASH(owner)  "AU " owner ".example. NSEC3\nAU " owner ".example. RRSIG 50\n"

/* RFC 4035 section 3.1.1: signatures come with what they cover, if the client wants them */
START_TEST(signatures)
{
	serve_with(nsec);
	check("ns1.example A +do", "NOERROR aa\nAN ns1.example. A\nAN ns1.example. RRSIG 1\n");
	check("ns1.example A", "NOERROR aa\nAN ns1.example. A\n");
	check("example MX +do",
		"NOERROR aa\nAN example. MX\nAN example. RRSIG 15\nAD xx.example. A\n"
		"AD xx.example. RRSIG 1\nAD xx.example. AAAA\nAD xx.example. RRSIG 28\n");
	check("xx.example ANY +do", "NOERROR aa\nAN xx.example. A\nAN xx.example. RRSIG 1\n");
	check("xx.example RRSIG",
		"NOERROR aa\nAN xx.example. RRSIG 1\nAN xx.example. RRSIG 28\nAN xx.example. RRSIG "
		"47\n");
	check("xx.example NSEC +do", "NOERROR aa\nAN xx.example. NSEC\nAN xx.example. RRSIG 47\n");
}
END_TEST

/* RFC 4035 appendix B */
START_TEST(denial)
{
	serve_with(nsec);
	check("ml.example A", "NXDOMAIN aa\nAU example. SOA\n");
	check("ml.example A +do",
		"NXDOMAIN aa\n" SOA_SIGNED "AU example. NSEC\nAU example. RRSIG 47\n" PROOF("dn"));
	check("zz.example A +do",
		"NXDOMAIN aa\n" SOA_SIGNED "AU example. NSEC\nAU example. RRSIG 47\n" PROOF("xx"));
	check("ns1.example MX +do", "NOERROR aa\n" SOA_SIGNED PROOF("ns1"));
	check("y.w.example A +do", "NOERROR aa\n" SOA_SIGNED PROOF("x.w"));
	check("a.z.w.example MX +do",
		"NOERROR aa\nAN a.z.w.example. MX\nAN a.z.w.example. RRSIG 15\n" PROOF("x.y.w"));
	check("a.z.w.example A +do", "NOERROR aa\n" SOA_SIGNED PROOF("*.w") PROOF("x.y.w"));
	/* The same record is not sent twice. */
	check("0.w.example A +do", "NOERROR aa\n" SOA_SIGNED PROOF("*.w"));
}
END_TEST

/* RFC 4035 section 3.1.4 */
START_TEST(delegations)
{
	serve_with(nsec);
	check("mc.a.example MX +do",
		"NOERROR\nAU a.example. NS\nAU a.example. DS\nAU a.example. RRSIG 43\n"
		"AD ns1.a.example. A\n");
	check("mc.b.example MX +do",
		"NOERROR\nAU b.example. NS\n" PROOF("b") "AD ns1.b.example. A\n");
	check("a.example DS +do", "NOERROR aa\nAN a.example. DS\nAN a.example. RRSIG 43\n");
	check("b.example DS +do", "NOERROR aa\n" SOA_SIGNED PROOF("b"));
	check("example DS +do",
		"NOERROR aa\n" SOA_SIGNED "AU example. NSEC\nAU example. RRSIG 47\n");
}
END_TEST

/* Proofs come after the whole answer section, whatever it was put together from */
START_TEST(aliases)
{
	serve_with(nsec);
	check("to.example MX +do",
		"NOERROR aa\nAN to.example. CNAME\nAN to.example. RRSIG 5\nAN q.w.example. MX\n"
		"AN q.w.example. RRSIG 15\n" PROOF("*.w"));
	check("q.dn.example MX +do",
		"NOERROR aa\nAN dn.example. DNAME\nAN dn.example. RRSIG 39\nAN q.dn.example. "
		"CNAME\n"
		"AN q.w.example. MX\nAN q.w.example. RRSIG 15\n" PROOF("*.w"));
}
END_TEST

/* RFC 5155 appendix B */
START_TEST(hashed)
{
	serve_with(nsec3);
	check("a.c.x.w.example A +do", "NXDOMAIN aa\n" SOA_SIGNED HASH(XW) HASH(APEX) HASH(A));
	check("ns1.example MX +do", "NOERROR aa\n" SOA_SIGNED HASH(NS1));
	check("y.w.example A +do", "NOERROR aa\n" SOA_SIGNED HASH(YW));
	check("mc.b.example MX +do",
		"NOERROR\nAU b.example. NS\n" HASH(APEX) HASH(XW) "AD ns1.b.example. A\n");
	check("b.example DS +do", "NOERROR aa\n" SOA_SIGNED HASH(APEX) HASH(XW));
	check("a.z.w.example MX +do",
		"NOERROR aa\nAN a.z.w.example. MX\nAN a.z.w.example. RRSIG 15\n" HASH(NS2));
	check("a.z.w.example AAAA +do", "NOERROR aa\n" SOA_SIGNED HASH(W) HASH(NS2) HASH(ANYW));
	check("example DS +do", "NOERROR aa\n" SOA_SIGNED HASH(APEX));
	/* Section 7.2.8: an owner of NSEC3 records is no name. */
	check(NS1 ".example NSEC3", "NXDOMAIN aa\nAU example. SOA\n");
}
END_TEST

/* RFC 9276: hashing has a price, and there is a limit to it */
START_TEST(iterations)
{
	serve_with("@ NSEC3PARAM 1 0 500 -\n" SIG("@", "NSEC3PARAM") APEX
		" NSEC3 1 0 500 - " APEX " A\n" SIG(APEX, "NSEC3"));
	check("nothing.example A +do", "NXDOMAIN aa\n" SOA_SIGNED);
	/* Unsupported NSEC3 Iterations Value */
	ck_assert_mem_eq(ask_reply + ask_reply_len - 6, "\0\x0f\0\2\0\x1b", 6);
	check("ns1.example A +do", "NOERROR aa\nAN ns1.example. A\nAN ns1.example. RRSIG 1\n");
}
END_TEST

/* A zone without signatures has no proofs, whatever else of DNSSEC is in it */
START_TEST(unsigned_zone)
{
	serve(&server, "example",
		"$TTL 60\n@ SOA ns x 1 2 3 4 5\n@ NS ns\n@ NSEC sub NS SOA\n"
		"sub NS ns\nsub DS 1 8 1 AA\n");
	check("x.sub.example A +do", "NOERROR\nAU sub.example. NS\n");
	check("nothing.example A +do", "NXDOMAIN aa\nAU example. SOA\n");
}
END_TEST

/* RFC 4035 section 3.1.1: signatures are not what is left out silently */
START_TEST(truncation)
{
	serve(&server, "example",
		"$TTL 60\n@ SOA ns x 1 2 3 4 5\n@ NS ns\n" SIG(
			"@", "SOA") "$GENERATE 1-27 @ A 192.0.2.$\n" SIG("@", "A"));
	check("example A +noedns",
		"NOERROR aa\n"
		"AN example. A\nAN example. A\nAN example. A\nAN example. A\nAN example. A\n"
		"AN example. A\nAN example. A\nAN example. A\nAN example. A\nAN example. A\n"
		"AN example. A\nAN example. A\nAN example. A\nAN example. A\nAN example. A\n"
		"AN example. A\nAN example. A\nAN example. A\nAN example. A\nAN example. A\n"
		"AN example. A\nAN example. A\nAN example. A\nAN example. A\nAN example. A\n"
		"AN example. A\nAN example. A\n");
	make_query("example A +do");
	put_u16(ask_query + ask_query_len - 8, 512);
	ck_assert_int_eq(dns_server_answer(&server, ask_query, ask_query_len, DNS_UDP, ask_reply,
				 sizeof(ask_reply), &ask_reply_len),
		DNS_ANSWER);
	ck_assert_str_eq(show_reply(false), "NOERROR aa tc\n");
}
END_TEST

static const struct dns_node *node_of(const struct dns_zone *zone, const char *name)
{
	struct dns_key key;

	key_of(&key, "", name);
	return dns_zone_find(zone, &key, 0);
}

static const struct dns_node *before(
	const struct dns_zone *zone, const char *first, const char *name)
{
	struct dns_labels labels;
	struct dns_key key;

	key_of(&key, first, name);
	dns_labels_init(&labels, &key, 0, zone->apex->labels);
	return dns_chain_before(&zone->chain, &labels);
}

/* The order of RFC 4034 section 6.1 */
START_TEST(order)
{
	static const char *const names[] = {"example", "a.example", "yljkjljk.a.example",
		"Z.a.example", "zABC.a.EXAMPLE", "\\001.z.example", "*.z.example",
		"\\200.z.example", "\\254.example", "\\254b.example", "\\255.example",
		"\\255a.example", "longer-than-eight-1.long.example",
		"longer-than-eight-2.long.example", "longer-than-eight-20.long.example"};
	struct dns_zone *zone;
	char text[4096];
	size_t used, i;

	used = (size_t)snprintf(
		text, sizeof(text), "$TTL 60\n@ SOA ns x 1 2 3 4 5\n@ NS ns\n" SIG("@", "SOA"));
	for (i = ARRAY_SIZE(names); i-- > 0;)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, "%s. NSEC . A\n", names[i]);
	zone = zone_from("example", text);
	ck_assert_msg(zone != NULL, "%s", ask_message);
	ck_assert_int_eq(zone->chain.kind, DNS_CHAIN_NSEC);
	ck_assert_uint_eq(zone->chain.count, ARRAY_SIZE(names));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ck_assert_ptr_eq(before(zone, "", names[i]), node_of(zone, names[i]));
		/* The next name that there can be. */
		ck_assert_ptr_eq(before(zone, "\\000.", names[i]), node_of(zone, names[i]));
	}
	for (i = 1; i < ARRAY_SIZE(names); i++)
		ck_assert(zone->chain.links[i - 1].key <= zone->chain.links[i].key);
	dns_zone_free(zone);
}
END_TEST

/* A difference that takes a link out of the chain and puts it back, on a copy as a transfer has it
 */
START_TEST(edited)
{
	const struct dns_record *record;
	struct dns_zone *zone, *copy, *old;
	struct dns_change *change;
	struct dns_edit edit;
	struct dns_key key;
	uint8_t rdata[300];

	serve_with(nsec3);
	key_of(&key, "", "example");
	zone = dns_server_find_zone(&server, &key);
	ck_assert(!dns_zone_in_place(zone));
	copy = dns_zone_copy(zone, 0, NULL);
	ck_assert_ptr_nonnull(copy);
	ck_assert_uint_eq(copy->records, zone->records);
	ck_assert_uint_eq(copy->rrsets, zone->rrsets);
	ck_assert_int_eq(dns_edit_begin(&edit, copy, false, 0), 0);
	key_of(&key, NS1 ".", "example");
	record = dns_node_rrset(dns_zone_find(copy, &key, 0), DNS_RRSIG)->records;
	dns_record_rdata(record, rdata);
	ck_assert_int_eq(dns_edit_delete(&edit, &key, DNS_RRSIG, rdata, record->rdlen), 0);
	ck_assert_int_eq(dns_edit_add(&edit, &key, DNS_RRSIG, 3600, rdata, record->rdlen), 0);
	record = dns_node_rrset(dns_zone_find(copy, &key, 0), DNS_NSEC3)->records;
	dns_record_rdata(record, rdata);
	ck_assert_int_eq(dns_edit_delete(&edit, &key, DNS_NSEC3, rdata, record->rdlen), 0);
	ck_assert_int_eq(dns_edit_add(&edit, &key, DNS_NSEC3, 3600, rdata, record->rdlen), 0);
	/* The signature of the second of two types, which leaves the first's. */
	key_of(&key, "", "xx.example");
	record = dns_node_set(dns_zone_find(copy, &key, 0), DNS_RRSIG, DNS_AAAA)->records;
	dns_record_rdata(record, rdata);
	ck_assert_int_eq(dns_edit_delete(&edit, &key, DNS_RRSIG, rdata, record->rdlen), 0);
	/* The serial is the same: no difference comes of it, and none is wanted here. */
	ck_assert_int_eq(dns_edit_commit(&edit, &change), -EINVAL);
	ck_assert_ptr_null(dns_zone_finish(copy, NULL, NULL));
	dns_server_put_zone(&server, copy, &old);
	dns_zone_free(old);
	check("ns1.example MX +do", "NOERROR aa\n" SOA_SIGNED HASH(NS1));
	check("xx.example A +do", "NOERROR aa\nAN xx.example. A\nAN xx.example. RRSIG 1\n");
	check("xx.example AAAA +do", "NOERROR aa\nAN xx.example. AAAA\n");
	check(NS1 ".example NSEC3", "NXDOMAIN aa\nAU example. SOA\n");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {signatures, denial, delegations, aliases, hashed, iterations,
		unsigned_zone, truncation, order, edited};

	return run_tests("dns signed zones", tests, ARRAY_SIZE(tests), begin, end);
}
