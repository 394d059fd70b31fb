/* SPDX-License-Identifier: ISC */
/* The memory half of the seam (xen/frames.h) on a real machine, where RAM is mapped one to one. */
#include "xen/frames.h"

#include "arch/x86/memory.h"
#include "arch/x86/paging.h"

void *frame_alloc(void)
{
	return page_alloc();
}

void frame_free(void *page)
{
	page_free(page);
}

frame_t frame_of(const void *page)
{
	return (uintptr_t)page / FRAME_SIZE;
}

void *frame_map(frame_t frame, size_t count)
{
	uint64_t phys = frame * FRAME_SIZE;

	for (size_t i = 0; i < count; i++, phys += FRAME_SIZE)
		if (paging_map(PAGING_DEVICES + phys, phys))
			return NULL;
	return (void *)(PAGING_DEVICES + frame * FRAME_SIZE);
}

frame_t frame_hole(size_t count)
{
	static uint64_t next;
	frame_t frame;

	if (!next)
		next = memory_hole();
	frame = next / FRAME_SIZE;
	next += count * FRAME_SIZE;
	return frame;
}
