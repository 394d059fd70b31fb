/* SPDX-License-Identifier: ISC */
/* Arenas: pieces do not overlap, are zeroed and aligned; limits and failure latch. */
#include "lib/base/arena.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "tests/unit/dns_run.h"

START_TEST(pieces)
{
	static unsigned char *piece[2000];
	static size_t size[2000];
	struct arena arena;
	size_t i, j, align;

	arena_init(&arena, 1000, 0);
	for (i = 0; i < ARRAY_SIZE(piece); i++) {
		align = (size_t)1 << i % 5;
		size[i] = i % 97 == 0 ? 5000 : i % 61;
		piece[i] = arena_alloc(&arena, size[i], align);
		ck_assert_ptr_nonnull(piece[i]);
		ck_assert_uint_eq((uintptr_t)piece[i] % align, 0);
		for (j = 0; j < size[i]; j++)
			ck_assert_uint_eq(piece[i][j], 0);
		memset(piece[i], (int)i | 1, size[i]);
	}
	for (i = 0; i < ARRAY_SIZE(piece); i++) {
		for (j = 0; j < size[i]; j++)
			ck_assert_uint_eq(piece[i][j], (unsigned char)(i | 1));
	}
	ck_assert(!arena_failed(&arena));
	ck_assert_uint_le(arena.used, arena.held);
	arena_fini(&arena);
	ck_assert_uint_eq(arena.held, 0);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 10, 8)); /* it may be used again */
	arena_fini(&arena);
}
END_TEST

START_TEST(copies)
{
	struct arena arena;
	char *copy;

	arena_init(&arena, 64, 0);
	copy = arena_copy(&arena, "hello", 6);
	ck_assert_str_eq(copy, "hello");
	ck_assert_ptr_nonnull(arena_copy(&arena, NULL, 0));
	ck_assert_ptr_nonnull(arena_alloc(&arena, 0, 1));
	arena_fini(&arena);
}
END_TEST

START_TEST(limit)
{
	struct arena arena;
	unsigned count = 0;

	arena_init(&arena, 1024, 10000);
	while (arena_alloc(&arena, 100, 1))
		ck_assert_uint_lt(++count, 101);
	ck_assert_uint_gt(count, 60);
	ck_assert(arena_failed(&arena));
	ck_assert_uint_le(arena.held, 10000);
	ck_assert_ptr_null(arena_alloc(&arena, 1, 1)); /* failure stays */
	arena_fini(&arena);
	ck_assert(!arena_failed(&arena));
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX, 1));
	ck_assert_ptr_null(arena_alloc(&arena, 1, 1));
	arena_fini(&arena);
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 40, 16));
	arena_fini(&arena);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {pieces, copies, limit};

	return run_tests("arena", tests, ARRAY_SIZE(tests), NULL, NULL);
}
