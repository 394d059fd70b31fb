/* SPDX-License-Identifier: ISC */
/* The digest of a zone: RFC 8976 appendix A.1, and what must not pass. */
#include "lib/base/bytes.h"
#include "tests/unit/dns_ask.h"
#include "tests/unit/dns_run.h"

#define HEAD                                                                                       \
	"example. 86400 IN SOA ns1 admin 2018031900 1800 900 604800 86400\n"                       \
	"example. 86400 IN NS ns2\nexample. 86400 IN NS NS1\n"
#define TAIL "ns2 3600 IN AAAA 2001:db8::63\nns1 3600 IN A 203.0.113.63\n"
#define DIGEST                                                                                     \
	"c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9"                         \
	"a9713b3c9ae5cc27777f98b8e730044c"
#define ZONEMD(serial, rest) "example. 86400 IN ZONEMD " serial " " rest "\n"
#define WRONG                                                                                      \
	"000000000000000000000000000000000000000000000000"                                         \
	"000000000000000000000000000000000000000000000000"

static const char *load(const char *text)
{
	struct dns_zone *zone = zone_from("example", text);

	if (!zone)
		return ask_message;
	dns_zone_free(zone);
	return "good";
}

START_TEST(right)
{
	ck_assert_str_eq(load(HEAD ZONEMD("2018031900", "1 1 " DIGEST) TAIL), "good");
	/* One of several is enough, and what is not known here does not count. */
	ck_assert_str_eq(load(HEAD ZONEMD("2018031900", "1 1 " DIGEST) ZONEMD("2018031900",
				 "1 240 " WRONG) ZONEMD("2018031900", "1 1 " WRONG) TAIL),
		"good");
	ck_assert_str_eq(load(HEAD ZONEMD("2018031900", "240 1 " WRONG) TAIL), "good");
	/* What signs the digest is no part of it. */
	ck_assert_str_eq(load(HEAD ZONEMD("2018031900", "1 1 " DIGEST) TAIL
				 "example. RRSIG ZONEMD 8 1 86400 2000000000 1 1 example. AA==\n"),
		"good");
}
END_TEST

START_TEST(wrong)
{
	const char *not_it = "test: the zone is not what its ZONEMD record says";

	ck_assert_str_eq(load(HEAD ZONEMD("2018031900", "1 1 " WRONG) TAIL), not_it);
	ck_assert_str_eq(
		load(HEAD ZONEMD("2018031900", "1 1 " DIGEST) TAIL "x A 192.0.2.1\n"), not_it);
	ck_assert_str_eq(
		load(HEAD ZONEMD("2018031900", "1 1 " DIGEST) "ns1 3600 IN A 203.0.113.63\n"),
		not_it);
	ck_assert_str_eq(load(HEAD ZONEMD("2018031901", "1 1 " DIGEST) TAIL),
		"test: the serial of the ZONEMD record is not that of the SOA record");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {right, wrong};

	return run_tests("dns zone digests", tests, ARRAY_SIZE(tests), NULL, NULL);
}
