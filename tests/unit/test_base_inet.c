/* SPDX-License-Identifier: ISC */
/* Addresses from and to text, against the C library's; and SipHash, against its paper. */
#include "lib/base/inet.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/siphash.h"
#include "tests/support/check.h"

/* In memory of its own length, so that a byte read too far is found. */
static bool parse(int family, const char *text, uint8_t out[16])
{
	size_t len = strlen(text);
	char *copy = malloc(len ? len : 1);
	bool good;

	memcpy(copy, text, len);
	good = family == AF_INET ? inet_parse4(copy, len, out) : inet_parse6(copy, len, out);
	free(copy);
	return good;
}

static const char *const texts4[] = {"0.0.0.0", "255.255.255.255", "10.0.0.2", "1.2.3", "1.2.3.4.5",
	"1.2.3.256", "1.2.3.4 ", " 1.2.3.4", "1..3.4", "", ".", "1.2.3.", "1.2.3.-4", "0x1.2.3.4",
	"1.2.3.99999999999999999999", "a.b.c.d"};

static const char *const texts6[] = {"::", "::1", "1::", "fd00::2", "1:2:3:4:5:6:7:8",
	"1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "fe80::6b:6eff:fe67:6c00",
	"::ffff:1.2.3.4", "64:ff9b::192.0.2.1", "1:2:3:4:5:6:1.2.3.4", "FD00::A", "00fd::0001", "",
	":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", ":1::2",
	"1::2:", "1:", "12345::", "::g", "::1.2.3", "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4",
	"::1.2.3.4:5", "1.2.3.4", "fd00::2/64", "::1 ", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8"};

START_TEST(as_the_c_library)
{
	uint8_t ours[16], theirs[16];

	for (size_t i = 0; i < sizeof(texts4) / sizeof(texts4[0]); i++) {
		bool good = inet_pton(AF_INET, texts4[i], theirs) == 1;

		ck_assert_msg(parse(AF_INET, texts4[i], ours) == good, "%s", texts4[i]);
		ck_assert(!good || memcmp(ours, theirs, 4) == 0);
	}
	for (size_t i = 0; i < sizeof(texts6) / sizeof(texts6[0]); i++) {
		bool good = inet_pton(AF_INET6, texts6[i], theirs) == 1;

		ck_assert_msg(parse(AF_INET6, texts6[i], ours) == good, "%s", texts6[i]);
		ck_assert(!good || memcmp(ours, theirs, 16) == 0);
	}
}
END_TEST

/* Leading zeros are octal to some readers: they are refused. */
START_TEST(no_leading_zeros)
{
	uint8_t out[16];

	ck_assert(!parse(AF_INET, "10.0.0.02", out));
	ck_assert(!parse(AF_INET, "010.0.0.2", out));
	ck_assert(!parse(AF_INET6, "::1.2.3.04", out));
}
END_TEST

START_TEST(prefixes)
{
	uint8_t out[16];
	unsigned length;

	ck_assert(inet_parse4_prefix("10.0.0.2/24", out, &length));
	ck_assert_uint_eq(length, 24);
	ck_assert(inet_parse4_prefix("10.0.0.2/0", out, &length));
	ck_assert(!inet_parse4_prefix("10.0.0.2", out, &length));
	ck_assert(!inet_parse4_prefix("10.0.0.2/", out, &length));
	ck_assert(!inet_parse4_prefix("10.0.0.2/33", out, &length));
	ck_assert(!inet_parse4_prefix("10.0.0.2/024", out, &length));
	ck_assert(!inet_parse4_prefix("10.0.0.2/24/", out, &length));
	ck_assert(!inet_parse4_prefix("/24", out, &length));
	ck_assert(inet_parse6_prefix("fd00::2/128", out, &length));
	ck_assert_uint_eq(length, 128);
	ck_assert(!inet_parse6_prefix("fd00::2/129", out, &length));
}
END_TEST

/* The C library prints some as IPv4 within IPv6; RFC 5952 leaves that open, we do not do it. */
START_TEST(formats)
{
	char ours[INET_TEXT], theirs[INET_TEXT];
	uint8_t ip[16];
	unsigned random = 1;

	for (int i = 0; i < 100000; i++) {
		for (int j = 0; j < 16; j += 2) {
			random = random * 1103515245 + 12345;
			ip[j] = random & 1 << 20 ? (uint8_t)(random >> 16) : 0;
			ip[j + 1] = random & 1 << 21 ? (uint8_t)(random >> 8) : 0;
		}
		inet_ntop(AF_INET6, ip, theirs, sizeof(theirs));
		if (strchr(theirs, '.'))
			continue;
		inet_format6(ip, ours);
		ck_assert_str_eq(ours, theirs);
	}
	inet_format4((const uint8_t[]){10, 0, 200, 255}, ours);
	ck_assert_str_eq(ours, "10.0.200.255");
}
END_TEST

/* The test values of the SipHash paper's appendix A. */
START_TEST(siphash_paper)
{
	uint8_t key[16], data[15];

	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 15; i++)
		data[i] = i;
	ck_assert_uint_eq(siphash(key, data, 15), 0xa129ca6149be45e5);
	ck_assert_uint_eq(siphash(key, data, 0), 0x726fdb47dd0e0e31);
	ck_assert_uint_eq(siphash(key, data, 8), 0x93f5f5799a932462);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("inet");
	TCase *all = tcase_create("all");

	tcase_add_test(all, as_the_c_library);
	tcase_add_test(all, no_leading_zeros);
	tcase_add_test(all, prefixes);
	tcase_add_test(all, formats);
	tcase_add_test(all, siphash_paper);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
