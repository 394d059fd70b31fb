/* SPDX-License-Identifier: ISC */
/*
 * The C library's allocator with checks: newlib's own (which the link knows as newlib_malloc and
 * newlib_free, see lib/ext/build-newlib) below a thin layer that seals each piece at both ends with
 * a random secret, its address and its size. A seal that is broken ends the guest: a write past
 * either end, a piece freed twice, a pointer that never came from here. What is freed is wiped,
 * unless it is said to be public (lib/base/heap.h).
 */
#include <errno.h>
#include <reent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/heap.h"
#include "lib/base/platform.h"

#define SPREAD 0x9e3779b97f4a7c15ull /* odd: each size gives another seal */

/* Stands before the piece, and keeps it aligned to 16. */
struct head {
	uint64_t seal;
	size_t size;
};

#define OVERHEAD (sizeof(struct head) + sizeof(uint64_t))

void *newlib_malloc(struct _reent *reent, size_t size);
void newlib_free(struct _reent *reent, void *mem);

static uint64_t secret;

static uint64_t seal_of(const struct head *head)
{
	return secret ^ (uintptr_t)head ^ head->size * SPREAD;
}

static void seal(struct head *head)
{
	uint64_t tail;

	head->seal = seal_of(head);
	tail = ~head->seal;
	memcpy((char *)(head + 1) + head->size, &tail, sizeof(tail));
}

/* Left in a freed piece where newlib's own list does not write. */
static uint64_t freed_mark(const void *mem)
{
	return ~secret ^ (uintptr_t)mem;
}

static struct head *checked(void *mem, const char *what)
{
	struct head *head = (struct head *)mem - 1;
	uint64_t tail;

	if ((uintptr_t)mem % sizeof(*head))
		platform_panic("heap: %s of %p, which is not from malloc", what, mem);
	if (head->seal != seal_of(head)) {
		memcpy(&tail, mem, sizeof(tail));
		platform_panic(tail == freed_mark(mem)
				       ? "heap: %s of %p, which was freed before"
				       : "heap: %s of %p, which is not from malloc or has been "
					 "written to before its start",
			what, mem);
	}
	memcpy(&tail, (char *)mem + head->size, sizeof(tail));
	if (tail != ~head->seal)
		platform_panic("heap: %s of %p, %zu bytes, which has been written to past its end",
			what, mem, head->size);
	return head;
}

void *_malloc_r(struct _reent *reent, size_t size)
{
	struct head *head =
		size <= SIZE_MAX - OVERHEAD ? newlib_malloc(reent, size + OVERHEAD) : NULL;

	if (!head) {
		errno = ENOMEM;
		return NULL;
	}
	if (!secret)
		platform_random(&secret, sizeof(secret));
	head->size = size;
	seal(head);
	return head + 1;
}

static void give_back(struct _reent *reent, void *mem, bool wiped)
{
	struct head *head;
	uint64_t mark = freed_mark(mem);

	if (!mem)
		return;
	head = checked(mem, "free");
	head->seal = 0;
	/* The piece and its tail, so that there is room for the mark in any. */
	if (wiped)
		memset(mem, 0, head->size + sizeof(mark));
	memcpy(mem, &mark, sizeof(mark));
	newlib_free(reent, head);
}

void _free_r(struct _reent *reent, void *mem)
{
	give_back(reent, mem, true);
}

void heap_free_public(void *mem)
{
	give_back(_REENT, mem, false);
}

void *_calloc_r(struct _reent *reent, size_t count, size_t size)
{
	size_t bytes;
	void *mem;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	mem = _malloc_r(reent, bytes);
	return mem ? memset(mem, 0, bytes) : NULL;
}

void *_realloc_r(struct _reent *reent, void *mem, size_t size)
{
	struct head *head;
	void *moved;

	if (!mem)
		return _malloc_r(reent, size);
	head = checked(mem, "realloc");
	if (size <= head->size && size >= head->size / 2) {
		memset((char *)mem + size, 0, head->size - size);
		head->size = size;
		seal(head);
		return mem;
	}
	moved = _malloc_r(reent, size);
	if (!moved)
		return NULL;
	memcpy(moved, mem, size < head->size ? size : head->size);
	_free_r(reent, mem);
	return moved;
}

void *malloc(size_t size)
{
	return _malloc_r(_REENT, size);
}

void free(void *mem)
{
	_free_r(_REENT, mem);
}

void *calloc(size_t count, size_t size)
{
	return _calloc_r(_REENT, count, size);
}

void *realloc(void *mem, size_t size)
{
	return _realloc_r(_REENT, mem, size);
}
