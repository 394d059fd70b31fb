/* SPDX-License-Identifier: ISC */
/*
 * The pages that blkfront shares with one backend; see blkfront_ring.h. Each holds nothing but data
 * of that disk, is zeroed before its only grant, and stays granted as long as the ring is open: the
 * backend may keep it mapped (feature-persistent), and what it can see or change besides is what
 * it was given, or gave, itself. They are made when first needed; the free ones are a stack, so
 * that a disk that does little uses few.
 */
#include "drivers/blkfront_internal.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "xen/frames.h"
#include "xen/gnttab.h"

#define PAGES_LEAST (BLKFRONT_SEGMENTS + 1u) /* a request, always */
#define PAGES_MOST  512u                     /* Linux's backend keeps 1056 mapped */
#define SHARE       64u                      /* of memory: a disk may take one part of so many */

/* A share of memory; in the smallest guests a few more than a request needs. */
static unsigned choose_max(void)
{
	size_t pages = platform_memory_total() / SHARE / FRAME_SIZE;

	return (unsigned)MAX(MIN(pages, (size_t)PAGES_MOST), (size_t)PAGES_LEAST + 4);
}

static bool grow(struct blkfront_ring *ring)
{
	struct blkfront_page *entry = &ring->pages[ring->page_count];

	if (ring->page_count == ring->page_max)
		return false;
	entry->page = frame_alloc();
	if (!entry->page)
		return false;
	if (gnttab_take(&entry->ref)) {
		frame_free(entry->page);
		return false;
	}
	gnttab_grant(entry->ref, ring->domid, frame_of(entry->page), false);
	entry->next = ring->page_free;
	ring->page_free = (uint16_t)ring->page_count++;
	ring->page_free_count++;
	return true;
}

int blkfront_pages_open(struct blkfront_ring *ring)
{
	ASSERT(!ring->pages);
	ring->page_max = choose_max();
	ring->pages = calloc(ring->page_max, sizeof(*ring->pages));
	ring->page_count = ring->page_free_count = 0;
	ring->page_free = BLKFRONT_NO_PAGE;
	while (ring->pages && ring->page_count < PAGES_LEAST)
		if (!grow(ring))
			return -ENOMEM;
	return ring->pages ? 0 : -ENOMEM;
}

void blkfront_pages_close(struct blkfront_ring *ring)
{
	for (unsigned i = 0; i < ring->page_count; i++)
		(void)gnttab_end(ring->pages[i].ref, ring->pages[i].page);
	free(ring->pages);
	ring->pages = NULL;
	ring->page_count = ring->page_max = ring->page_free_count = 0;
}

uint16_t blkfront_pages_take(struct blkfront_ring *ring, unsigned count)
{
	uint16_t first, last;

	while (ring->page_free_count < count)
		if (!grow(ring))
			return BLKFRONT_NO_PAGE;
	first = last = ring->page_free;
	for (unsigned i = 1; i < count; i++)
		last = ring->pages[last].next;
	ring->page_free = ring->pages[last].next;
	ring->page_free_count -= count;
	ring->pages[last].next = BLKFRONT_NO_PAGE;
	return first;
}

void blkfront_pages_give(struct blkfront_ring *ring, uint16_t first)
{
	while (first != BLKFRONT_NO_PAGE) {
		uint16_t next = ring->pages[first].next;

		ring->pages[first].next = ring->page_free;
		ring->page_free = first;
		ring->page_free_count++;
		first = next;
	}
}
