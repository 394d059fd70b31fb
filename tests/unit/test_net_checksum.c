/* SPDX-License-Identifier: ISC */
/* The Internet checksum against the plain sum of RFC 1071, at every length and alignment. */
#include "lib/net/checksum.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/check.h"

/* Section 4.1, with the words in the machine's order as lwIP expects. */
static uint16_t plain(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (; len > 1; len -= 2, p += 2)
		sum += (uint32_t)(p[0] | p[1] << 8);
	if (len)
		sum += *p;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* 0 and 0xffff are the same number in this arithmetic; only data of zeros gives 0. */
static void compare(const uint8_t *data, size_t len)
{
	ck_assert_uint_eq(net_checksum(data, (int)len), plain(data, len));
}

START_TEST(every_length)
{
	uint32_t random = 1;

	for (size_t len = 0; len <= 1600; len++) {
		/* In memory of its own length: a byte read too far is found. */
		uint8_t *data = malloc(len ? len : 1);

		for (size_t i = 0; i < len; i++)
			data[i] = (uint8_t)((random = random * 1103515245 + 12345) >> 16);
		for (size_t skip = 0; skip < 8 && skip <= len; skip++)
			compare(data + skip, len - skip);
		memset(data, 0xff, len);
		compare(data, len);
		memset(data, 0, len);
		compare(data, len);
		free(data);
	}
}
END_TEST

/* Sums that overflow at each of the folds. */
START_TEST(carries)
{
	static const uint64_t words[] = {UINT64_MAX, UINT64_MAX - 1, 1, 0xffffffff00000000, 0xffff,
		0xffff0000ffff0000, 0x00000000ffffffff, 0x8000000000000000};
	uint8_t data[40];

	for (int i = 0; i < 8; i++) {
		for (int j = 0; j < 8; j++) {
			for (int k = 0; k < 5; k++)
				memcpy(data + 8 * k, &words[k & 1 ? i : j], 8);
			for (size_t len = 0; len <= sizeof(data); len++)
				compare(data, len);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net checksum");
	TCase *all = tcase_create("all");

	tcase_add_test(all, every_length);
	tcase_add_test(all, carries);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
