/* SPDX-License-Identifier: ISC */
/*
 * Sorting in place, without recursion and with a context: a folder may have any number of files,
 * in any order. A heapsort.
 */
#include <string.h>

#include "lib/tree/internal.h"

struct heap {
	char *items;
	size_t size;
	int (*compare)(const void *ctx, const void *a, const void *b);
	const void *ctx;
};

static char *item(const struct heap *heap, uint32_t i)
{
	return heap->items + i * heap->size;
}

static bool is_less(const struct heap *heap, const char *a, const char *b)
{
	return heap->compare(heap->ctx, a, b) < 0;
}

/* Makes the first COUNT items a heap again, in which only item I may be less than those below. */
static void sink(const struct heap *heap, uint32_t i, uint32_t count)
{
	char moved[TREE_ITEM_MAX];
	uint32_t child;

	memcpy(moved, item(heap, i), heap->size);
	for (; (child = 2 * i + 1) < count; i = child) {
		if (child + 1 < count && is_less(heap, item(heap, child), item(heap, child + 1)))
			child++;
		if (!is_less(heap, moved, item(heap, child)))
			break;
		memcpy(item(heap, i), item(heap, child), heap->size);
	}
	memcpy(item(heap, i), moved, heap->size);
}

void tree_sort(void *items, uint32_t count, size_t size,
	int (*compare)(const void *ctx, const void *a, const void *b), const void *ctx)
{
	struct heap heap = {.items = items, .size = size, .compare = compare, .ctx = ctx};
	char last[TREE_ITEM_MAX];
	uint32_t i;

	for (i = count / 2; i--;)
		sink(&heap, i, count);
	for (i = count; i-- > 1;) {
		memcpy(last, item(&heap, i), size);
		memcpy(item(&heap, i), items, size);
		memcpy(items, last, size);
		sink(&heap, 0, i);
	}
}
