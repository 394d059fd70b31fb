/* SPDX-License-Identifier: ISC */
/*
 * The string functions of a guest (lib/libc/string.c), under other names, beside the machine's own:
 * at each place in a block of 16 bytes, and up against a page that must not be touched.
 */
#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define memcpy  guest_memcpy
#define memmove guest_memmove
#define memset  guest_memset
#define strlen  guest_strlen
#define memchr  guest_memchr
#define strcmp  guest_strcmp
void *guest_memcpy(void *restrict to, const void *restrict from, size_t len);
void *guest_memmove(void *to, const void *from, size_t len);
void *guest_memset(void *to, int value, size_t len);
size_t guest_strlen(const char *text);
void *guest_memchr(const void *data, int value, size_t len);
int guest_strcmp(const char *a, const char *b);
#include "lib/libc/string.c" /* NOLINT(bugprone-suspicious-include): its functions, renamed */
#undef memcpy
#undef memmove
#undef memset
#undef strlen
#undef memchr
#undef strcmp

#include "tests/support/check.h"

#define LONGEST 70u

/* The end of a page behind which there is none. */
static char *page_end(void)
{
	char *pages = mmap(
		NULL, 2 * (size_t)PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(pages, MAP_FAILED);
	ck_assert_int_eq(mprotect(pages + PAGE, PAGE, PROT_NONE), 0);
	return pages + PAGE;
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

START_TEST(lengths)
{
	char *end = page_end();

	for (size_t len = 0; len < LONGEST; len++) {
		for (size_t gap = 0; gap < BLOCK; gap++) {
			char *text = end - gap - len - 1;

			memset(text - 20, 'x', len + 20);
			text[len] = '\0';
			memset(text + len + 1, gap % 2 ? '\0' : 'y', gap);
			ck_assert_uint_eq(guest_strlen(text), len);
			text[-1] = '\0'; /* in the same block, but before the string */
			ck_assert_uint_eq(guest_strlen(text), len);
		}
	}
}
END_TEST

START_TEST(bytes)
{
	char *end = page_end();

	for (size_t len = 0; len < LONGEST; len++) {
		for (size_t gap = 0; gap < BLOCK; gap++) {
			char *data = end - gap - len;

			memset(data - 20, '!', 20 + len + gap); /* all around, not within */
			memset(data, '.', len);
			ck_assert_ptr_null(guest_memchr(data, '!', len));
			for (size_t i = 0; i < len; i++) {
				data[i] = '!';
				ck_assert_ptr_eq(guest_memchr(data, '!', len), data + i);
				ck_assert_ptr_eq(guest_memchr(data, '!' + 256, len), data + i);
				ck_assert_ptr_null(guest_memchr(data, '!', i));
				data[i] = '.';
			}
		}
	}
	ck_assert_ptr_null(guest_memchr(end, 'x', 0));
}
END_TEST

static void compare(const char *a, const char *b)
{
	ck_assert_int_eq(sign(guest_strcmp(a, b)), sign(strcmp(a, b)));
	ck_assert_int_eq(sign(guest_strcmp(b, a)), sign(strcmp(b, a)));
}

START_TEST(order)
{
	char *end = page_end(), *other_end = page_end();

	for (size_t len = 0; len < LONGEST; len++) {
		for (size_t gap = 0; gap < BLOCK; gap++) {
			char *a = end - len - 1, *b = other_end - gap - len - 1;

			memset(a, 'm', len);
			memset(b, 'm', len);
			a[len] = b[len] = '\0';
			memset(b + len + 1, 'z', gap); /* behind the end it does not count */
			compare(a, b);
			for (size_t i = 0; i < len; i++) {
				b[i] = i % 3 == 0 ? 'a' : i % 3 == 1 ? '\xf0' : '\0';
				compare(a, b);
				b[i] = 'm';
			}
		}
	}
}
END_TEST

START_TEST(copies)
{
	uint8_t from[LONGEST], to[LONGEST + 2], wanted[LONGEST + 2];

	for (size_t i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)(i + 1);
	for (size_t len = 0; len <= LONGEST; len++) {
		memset(to, 0, sizeof(to));
		memset(wanted, 0, sizeof(wanted));
		memcpy(wanted + 1, from, len);
		ck_assert_ptr_eq(guest_memcpy(to + 1, from, len), to + 1);
		ck_assert_mem_eq(to, wanted, sizeof(to));
		ck_assert_ptr_eq(guest_memset(to + 1, 0xa5, len), to + 1);
		memset(wanted + 1, 0xa5, len);
		ck_assert_mem_eq(to, wanted, sizeof(to));
	}
}
END_TEST

START_TEST(moves)
{
	for (size_t from = 0; from < 20; from++) {
		for (size_t to = 0; to < 20; to++) {
			uint8_t mine[LONGEST], other[LONGEST];

			for (size_t i = 0; i < sizeof(mine); i++)
				mine[i] = other[i] = (uint8_t)i;
			guest_memmove(mine + to, mine + from, 40);
			memmove(other + to, other + from, 40);
			ck_assert_mem_eq(mine, other, sizeof(mine));
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("string");
	TCase *all = tcase_create("all");

	tcase_add_test(all, lengths);
	tcase_add_test(all, bytes);
	tcase_add_test(all, order);
	tcase_add_test(all, copies);
	tcase_add_test(all, moves);
	suite_add_tcase(suite, all);
	return check_run(suite);
}
