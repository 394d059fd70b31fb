/* SPDX-License-Identifier: ISC */
/*
 * Thread stacks, in an address region of their own: slots of SLOT bytes, of which the lowest page
 * is never mapped, so that a stack that overflows ends the guest with a report and harms nobody.
 * Where the first slot lies is random.
 */
#include "arch/x86/paging.h"

#include <stdbool.h>

#include "arch/x86/entropy.h"
#include "arch/x86/memory.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"

#define SLOT      (64ul << 10)
#define SLOTS_MAX 1024u

#define PLACES (1ul << 17) /* where the first slot may be, 2 MiB apart: 256 GiB */

static bool taken[SLOTS_MAX];
static uintptr_t base; /* a random one, chosen for the first stack */

static void choose_base(void)
{
	uint64_t random;

	entropy_generate(&random, sizeof(random));
	base = PAGING_STACKS + (random % PLACES << 21);
}

bool stacks_have(uintptr_t address)
{
	return base && address >= base && address < base + SLOTS_MAX * SLOT;
}

static size_t slots_for(size_t size)
{
	return (size + PAGE_SIZE + SLOT - 1) / SLOT;
}

/* The first of COUNT free slots in a row, or SLOTS_MAX. */
static unsigned find_slots(size_t count)
{
	unsigned run = 0;

	for (unsigned i = 0; i < SLOTS_MAX; i++) {
		run = taken[i] ? 0 : run + 1;
		if (run == count)
			return i + 1 - run;
	}
	return SLOTS_MAX;
}

static void unmap(uintptr_t from, uintptr_t to)
{
	for (; from < to; from += PAGE_SIZE) {
		uint64_t page = paging_unmap(from);

		if (page)
			page_free((void *)page);
	}
}

void *platform_stack_alloc(size_t size)
{
	size_t count = slots_for(size = ROUND_UP(size, PAGE_SIZE));
	unsigned first = find_slots(count);
	uintptr_t end, at;

	if (first == SLOTS_MAX)
		return NULL;
	if (!base)
		choose_base();
	end = base + (first + count) * SLOT;
	for (at = end - size; at < end; at += PAGE_SIZE) {
		void *page = page_alloc();

		if (!page || paging_map(at, (uintptr_t)page)) {
			if (page)
				page_free(page);
			unmap(end - size, at);
			return NULL;
		}
	}
	for (size_t i = 0; i < count; i++)
		taken[first + i] = true;
	return (void *)(end - size);
}

void platform_stack_free(void *stack, size_t size)
{
	uintptr_t at = (uintptr_t)stack;
	uintptr_t end = at + ROUND_UP(size, PAGE_SIZE);
	size_t count = slots_for(ROUND_UP(size, PAGE_SIZE));
	size_t first = (end - base) / SLOT - count;

	unmap(at, end);
	for (size_t i = 0; i < count; i++)
		taken[first + i] = false;
}
