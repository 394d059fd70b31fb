/* SPDX-License-Identifier: ISC */
/* Rdata of each type from presentation form, RFC 3597's form, and the check of wire rdata. */
#include "lib/base/bytes.h"
#include "lib/dns/rdata.h"
#include "lib/dns/types.h"
#include "tests/unit/dns_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t origin[] = "\7example";

/* The rdata that TEXT ("TYPE rdata ...") stands for, in hex; or "why" it is wrong, in brackets. */
static const char *parse(const char *text)
{
	static struct dns_rdata_parser parser;
	static uint8_t buf[DNS_RDATA_MAX];
	static char hex[2 * DNS_RDATA_MAX + 1];
	struct dns_lexer lexer;
	struct dns_token type;
	uint16_t number;
	size_t i, len;

	memset(&parser, 0, sizeof(parser));
	dns_lexer_init(&lexer, text, strlen(text));
	type = dns_lexer_next(&lexer);
	ck_assert(dns_type_parse(type.text, type.len, &number));
	parser.lexer = &lexer;
	parser.origin = origin;
	wire_writer_init(&parser.out, buf, sizeof(buf));
	if (dns_rdata_parse(&parser, number)) {
		sprintf(hex, "[%s]", parser.why);
		return hex;
	}
	len = wire_written(&parser.out);
	ck_assert_msg(dns_rdata_check(number, buf, len), "%s: not what its layout says", text);
	for (i = 0; i < sizeof(parser.bitmap); i++)
		ck_assert_uint_eq(parser.bitmap[i], 0);
	hex[0] = 0;
	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", buf[i]);
	/* Cut short, it is malformed or another value, but never read beyond. */
	for (i = 0; i < len && len < 300; i++) {
		uint8_t *copy = malloc(i ? i : 1);

		memcpy(copy, buf, i);
		dns_rdata_check(number, copy, i);
		free(copy);
	}
	return hex;
}

#define EXAMPLE "076578616d706c6500"

START_TEST(good)
{
	static const char *const cases[][2] = {
		{"A 192.0.2.1", "c0000201"},
		{"IPSECKEY 10 1 2 192.0.2.38 AQID BAUG", "0a0102c0000226010203040506"},
		{"IPSECKEY 10 0 0 .", "0a0000"},
		{"IPSECKEY 10 2 2 2001:db8::1 AQID",
			"0a020220010db8000000000000000000000001010203"},
		{"IPSECKEY 10 3 2 x AQID", "0a03020178" EXAMPLE "010203"},
		{"AMTRELAY 10 0 1 203.0.113.15", "0a01cb00710f"},
		{"AMTRELAY 128 1 3 x", "80830178" EXAMPLE},
		{"AMTRELAY 10 0 0 .", "0a00"},
		{"APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8", "00011503c0a8200001"
									"1c83c0a8260002"
									"0801ff"},
		{"APL 1:0.0.0.0/0", "00010000"},
		{"HIP 2 2001 AQID", "020200032001010203"},
		{"HIP 2 2001 AQID rvs x.", "0202000320010102030372767"
					   "3" EXAMPLE "017800"},
		{"NSAP 0x47.0005.80", "47000580"},
		{"DSYNC CDS NOTIFY 5359 x", "003b0114ef0178" EXAMPLE},
		{"DSYNC ANY 7 1 .", "00ff07000100"},
		{"HHIT AQID", "010203"},
		{"WALLET \"BTC\" abc", "0342544303616263"},
		{"RKEY 0 255 8 AQID", "0000ff08010203"},
		{"EID e32c6f78163a9348", "e32c6f78163a9348"},
		{"AAAA 2001:db8::1", "20010db8000000000000000000000001"},
		{"NS a", "0161" EXAMPLE},
		{"NS a.test.", "01610474657374"
			       "00"},
		{"NS .", "00"},
		{"MX 65535 @", "ffff" EXAMPLE},
		{"SOA a b 4294967295 1h 2 3 4w", "0161" EXAMPLE "0162" EXAMPLE "ffffffff"
						 "00000e10"
						 "00000002"
						 "00000003"
						 "0024ea00"},
		{"HINFO \"a b\" c", "0361206201"
				    "63"},
		{"TXT a \"\" b", "01610001"
				 "62"},
		{"RP a b", "0161" EXAMPLE "0162" EXAMPLE},
		{"SRV 1 2 3 a", "000100020003"
				"0161" EXAMPLE},
		{"NAPTR 1 2 \"s\" \"\" \"!^.*$!sip:x@y!\" .", "00010002"
							      "0173"
							      "00"
							      "0e215e2e2a24217369703a78407921"
							      "00"},
		{"DS 60485 5 1 ( 2BB183AF5F22588179A53B0A 98631FAD1A292118 )",
			"ec4505012bb183af5f22588179a53b0a98631fad1a292118"},
		{"DS 1 RSASHA256 2 AB", "00010802ab"},
		{"DNSKEY 256 3 8 AQID BA==", "0100030801020304"},
		{"RRSIG A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1",
			"00010503000151803e7c9dd73e5510d7"
			"0a52076578616d706c6503636f6d00a09075"},
		{"RRSIG TYPE65280 RSASHA256 3 1 4294967295 0 1 . AA==", "ff0008030000"
									"0001ffffffff00000000000100"
									"00"},
		{"NSEC host.example.com. A MX RRSIG NSEC TYPE1234",
			"04686f7374076578616d706c6503636f6d00"
			"0006400100000003"
			"041b000000000000000000000000000000000000000000000000000020"},
		{"NSEC a", "0161" EXAMPLE},
		{"NSEC a CAA A", "0161" EXAMPLE "000140010140"},
		{"NSEC3 1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG",
			"0101000c04aabbccdd1417f3df17b2b2adaef615257de4d2020b80ac6c7c"
			"0006400000000002"},
		{"NSEC3 1 0 0 - 0123456789abcdefghijklmnopqrstuv",
			"0100000000"
			"14"
			"00443214c74254b635cf84653a56d7c675be77df"},
		{"NSEC3PARAM 1 0 12 AABB", "0100000c02aabb"},
		{"TLSA 3 1 1 aB", "030101ab"},
		{"SSHFP 1 2 00ff", "010200ff"},
		{"CAA 128 issue \"ca.example; x=1\"",
			"8005697373756563612e6578616d706c653b20783d31"},
		{"CAA 0 issue \"\"", "00056973737565"},
		{"URI 1 2 \"ftp://x\"", "000100026674703a2f2f78"},
		{"CERT PGP 1 0 AA==", "000300010000"},
		{"CERT 65535 1 0 AA==", "ffff00010000"},
		{"OPENPGPKEY AQ ID", "010203"},
		{"ZONEMD 1 1 1 00", "00000001010100"},
		{"CSYNC 66 3 A NS", "0000004200030001"
				    "60"},
		{"EUI48 00-00-5e-00-53-2a", "00005e00532a"},
		{"EUI64 00-00-5e-ef-10-00-00-2a", "00005eef1000002a"},
		{"NID 10 0014:4fff:ff20:ee64", "000a00144fffff20ee64"},
		{"L64 10 1:2:3:4", "000a0001000200030004"},
		{"L32 10 1.2.3.4", "000a01020304"},
		{"PX 10 a b", "000a0161" EXAMPLE "0162" EXAMPLE},
		{"LOC 42 21 54 N 71 06 18 W -24m 30m", "0033161389172dd070be15f000988d20"},
		{"LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m",
			"000016138b3cf018810cbce0009895b8"},
		{"LOC 0 S 0 E 0", "001216138000000080000000"
				  "00989680"},
		{"SVCB 0 a", "00000161" EXAMPLE},
		{"HTTPS 1 .", "000100"},
		{"SVCB 16 . port=53", "001000"
				      "00030002"
				      "0035"},
		{"SVCB 1 . ipv6hint=\"2001:db8::1,::2\" alpn=h2,h3 mandatory=ipv6hint,alpn",
			"000100"
			"0000000400010006"
			"00010006026832026833"
			"00060020"
			"20010db8000000000000000000000001"
			"00000000000000000000000000000002"},
		{"SVCB 1 . alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "000100"
							     "0001000c08665c6f6f2c626172026832"},
		{"SVCB 1 . key667=\"hello\\210qoo\" no-default-alpn alpn=x",
			"000100"
			"0001000201"
			"7800020000"
			"029b000968656c6c6fd2716f6f"},
		{"SVCB 1 . ech=AQID ipv4hint=1.2.3.4", "000100"
						       "0004000401020304"
						       "00050003010203"},
		{"TYPE65280 \\# 3 AB cd EF", "abcdef"},
		{"TYPE65280 \\# 0", ""},
		{"A \\# 4 0A000001", "0a000001"},
		{"MX \\# 4 000A 01 61 00", "[the rdata is not as long as \\# says]"},
		{"MX \\# 5 000A 01 61 00", "000a016100"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = parse(cases[i][0]);

		ck_assert_msg(
			!strcmp(got, cases[i][1]), "%s: %s, not %s", cases[i][0], got, cases[i][1]);
	}
}
END_TEST

START_TEST(bad)
{
	static const char *const cases[] = {"IPSECKEY 10 1 2 ::1 AQID", "IPSECKEY 10 4 2 x",
		"IPSECKEY 10 1 2", "AMTRELAY 10 2 0 .", "AMTRELAY 10 0 1 x", "AMTRELAY 1 0 0 . x",
		"APL 3:1.2.3.4/8", "APL 1:1.2.3.4/33", "APL 1:1.2.3.4", "APL 2:1.2.3.4/8",
		"HIP 2 - AQID", "HIP 2 20", "HIP 2 20 A", "HIP 2 20 AQID a..b", "NSAP 47",
		"NSAP 0x475", "NSAP 0x", "DSYNC CDS OTHER 1 x", "HHIT *", "A 192.0.2",
		"A 192.0.2.256", "A 192.0.2.1.1", "A 1234", "A ::1", "A 192.0.2.0001", "A",
		"AAAA 1.2.3.4", "AAAA :", "AAAA :::", "AAAA 1::2::3", "AAAA 1:2:3:4:5:6:7",
		"AAAA 1:2:3:4:5:6:7:8:9", "AAAA 12345::", "AAAA 1:2:3:4:5:6:7::8", "AAAA ::1.2.3",
		"AAAA g::", "AAAA 1:", "AAAA :1", "MX 65536 a", "MX -1 a", "MX a 10", "MX 10",
		"SOA a b 1 2 3 4", "SOA a b 4294967296 1 2 3 4", "SOA a b 1 x 2 3 4",
		"DS 1 8 2 ABC", "DS 1 8 2 XX", "DS 1 8 2", "DS 1 256 2 AB", "DS 1 NOPE 2 AB",
		"DNSKEY 1 3 8 A", "DNSKEY 1 3 8 A===", "DNSKEY 1 3 8 A=AA",
		"DNSKEY 1 3 8 AQ*=", "RRSIG A 5 3 1 20031322173103 20030220173103 1 . AA==",
		"RRSIG A 5 3 1 2003032217310 20030220173103 1 . AA==",
		"RRSIG FOO 5 3 1 1 1 1 . AA==", "NSEC a FOO", "NSEC a A ( TYPE65536 )",
		"NSEC3 1 0 0 A a", "NSEC3 1 0 0 - w", "CAA 0 is-sue x", "CAA 0 \"\" x", "TXT \\256",
		"TXT \\1", "TXT \"\\\"", "EUI48 00-00-5e-00-53", "EUI48 0-0-5e-00-53-2a",
		"EUI48 00-00-5e-00-53-2a-00", "NID 1 1:2:3", "NID 1 1:2:3:4:5", "NID 1 12345:2:3:4",
		"TYPE65280 x", "TYPE65280 \\# 2 AB", "TYPE65280 \\# x", "TYPE65280 \\#",
		"A \\# 3 010203", "NS \\# 2 0161", "CNAME a b", "LOC 91 N 0 E 0",
		"LOC 90 0 0.001 N 0 E 0", "LOC 1 N 181 E 0", "LOC 1 60 N 1 E 0", "LOC 1 N 1 E",
		"LOC 1 N 1 E 1 1 1 1 1", "LOC 1 N 1 E -100001m", "LOC 1 X 1 E 0", "LOC N 1 E 0",
		"SVCB 1 . port=65536", "SVCB 1 . port=1 port=2", "SVCB 1 . nope=1",
		"SVCB 1 . alpn=", "SVCB 1 . alpn", "SVCB 1 . alpn=a,,b", "SVCB 1 . ipv4hint=1.2.3",
		"SVCB 1 . ipv4hint=1.2.3.4,", "SVCB 1 . no-default-alpn=x",
		"SVCB 1 . mandatory=mandatory", "SVCB 1 . mandatory=port,port",
		"SVCB 1 . key65535=x", "SVCB 1 . ech=*", "SVCB 1", "HINFO a", "HINFO a b c",
		"SRV 1 2 3", "ZONEMD 1 1 1 0"};
	char text[1000];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *got = parse(cases[i]);

		ck_assert_msg(got[0] == '[' && got[1] != ']', "%s: %s", cases[i], got);
	}
	sprintf(text, "TXT %0256u", 1);
	ck_assert_str_eq(
		parse(text), "[text is too long (at most 255 bytes), or has a bad escape]");
	sprintf(text, "TXT %0255u", 1);
	ck_assert_uint_eq(strlen(parse(text)), 512);
}
END_TEST

START_TEST(wire)
{
	static const struct {
		uint16_t type;
		const char *rdata;
		size_t len;
		bool good;
	} cases[] = {{1, "\1\2\3\4", 4, true}, {1, "\1\2\3", 3, false}, {1, "\1\2\3\4\5", 5, false},
		{2, "\1a\0", 3, true}, {2, "\1a\0\0", 4, false}, {2, "\300\0", 2, false},
		{16, "", 0, false}, {16, "\0", 1, true}, {16, "\2a", 2, false}, {47, "\0", 1, true},
		{47, "\0\0\1\0", 4, false}, {47, "\0\0\0", 3, false},
		{47, "\0\0\1\100\0\1\100", 7, false}, {47, "\0\1\1\100\0\1\100", 7, false},
		{47, "\0\0\1\100\1\1\100", 7, true}, {50, "\1\0\0\0\0\0", 6, false},
		{64, "\0\1\0\0\3\0\2\0\1", 9, true}, {64, "\0\1\0\0\3\0\3\0\1", 9, false},
		{64, "\0\1\0\0\3\0\0\0\1\0\0", 11, false}, {65280, "anything", 8, true},
		{257, "\0\0", 2, false}};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		ck_assert_msg(dns_rdata_check(cases[i].type, (const uint8_t *)cases[i].rdata,
				      cases[i].len) == cases[i].good,
			"case %zu", i);
}
END_TEST

START_TEST(types)
{
	char text[12];
	unsigned number, known = 0;
	uint16_t got;

	for (number = 0; number <= 65535; number++) {
		dns_type_text(text, (uint16_t)number);
		ck_assert(dns_type_parse(text, strlen(text), &got));
		ck_assert_uint_eq(got, number);
		known += memcmp(text, "TYPE", 4) != 0;
	}
	ck_assert_uint_gt(known, 60);
	ck_assert(dns_type_parse("aaaa", 4, &got) && got == 28);
	ck_assert(dns_type_parse("type28", 6, &got) && got == 28);
	ck_assert(!dns_type_parse("TYPE", 4, &got));
	ck_assert(!dns_type_parse("TYPE65536", 9, &got));
	ck_assert(!dns_type_parse("TYPE1x", 6, &got));
	ck_assert(!dns_type_parse("", 0, &got));
	ck_assert(!dns_type_parse("AAAAAAAAAAAAAAAAAAAAAA", 22, &got));
	ck_assert(dns_class_parse("in", 2, &got) && got == 1);
	ck_assert(dns_class_parse("CLASS255", 8, &got) && got == 255);
	ck_assert(!dns_class_parse("INN", 3, &got));
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {good, bad, wire, types};

	return run_tests("dns rdata", tests, ARRAY_SIZE(tests), NULL, NULL);
}
