/* SPDX-License-Identifier: ISC */
/* See memory.h. The start info's layout is that of xen/arch-x86/hvm/start_info.h. */
#include "arch/x86/memory.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "arch/x86/early.h"
#include "arch/x86/entropy.h"
#include "arch/x86/paging.h"
#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "lib/libc/heap.h"

#define RANGES_MAX 32
#define GIB        (1ull << 30)

/* The heap starts within its first sixteenth, or 16 MiB: thousands of places in a small guest. */
#define HEAP_SPREAD     16
#define HEAP_SPREAD_MAX (16ull << 20)
#define HEAP_ALIGN      16ull

struct range {
	uint64_t start, end;
};

/* Free memory as the map gives it, until memory_init() has handed it out. */
static struct range ranges[RANGES_MAX];
static unsigned range_count;

static struct range heap; /* [start, end): start is fixed, end goes down as pages are taken */
static uint64_t heap_brk; /* what the C library has is [heap.start, heap_brk) */
static uint64_t ram_end, hole, total;

/* A free page is all zero but for this; `mark` tells one that is freed twice, or written to. */
struct free_page {
	struct free_page *next;
	uint64_t mark;
};
static struct free_page *free_pages;
static size_t free_page_count;
static uint64_t secret;

extern char image_start[], image_end[];

static void range_add(uint64_t start, uint64_t end)
{
	start = ROUND_UP(MAX(start, PAGE_SIZE), PAGE_SIZE);
	end = ROUND_DOWN(end, PAGE_SIZE);
	if (start < end && range_count < RANGES_MAX)
		ranges[range_count++] = (struct range){start, end};
}

/* Takes [START, END) out of the free ranges. */
static void range_reserve(uint64_t start, uint64_t end)
{
	unsigned count = range_count;

	for (unsigned i = 0; i < count; i++) {
		struct range r = ranges[i];

		if (end <= r.start || start >= r.end)
			continue;
		ranges[i].end = MAX(r.start, ROUND_DOWN(start, PAGE_SIZE));
		if (ranges[i].end < ranges[i].start)
			ranges[i].end = ranges[i].start;
		range_add(MIN(end, r.end), r.end);
	}
}

static void reserve_string(uint64_t address)
{
	if (address)
		range_reserve(address, address + strlen((const char *)(uintptr_t)address) + 1);
}

static void reserve_start_info(const struct hvm_start_info *info)
{
	const struct hvm_modlist_entry *mod = (const void *)(uintptr_t)info->modlist_paddr;

	range_reserve((uintptr_t)image_start, (uintptr_t)image_end);
	range_reserve((uintptr_t)info, (uintptr_t)info + sizeof(*info));
	range_reserve(info->memmap_paddr,
		info->memmap_paddr + info->memmap_entries * sizeof(struct hvm_memmap_table_entry));
	reserve_string(info->cmdline_paddr);
	if (info->nr_modules)
		range_reserve(
			info->modlist_paddr, info->modlist_paddr + info->nr_modules * sizeof(*mod));
	for (unsigned i = 0; i < info->nr_modules; i++) {
		range_reserve(mod[i].paddr, mod[i].paddr + mod[i].size);
		reserve_string(mod[i].cmdline_paddr);
	}
}

static void read_map(const struct hvm_start_info *info)
{
	const struct hvm_memmap_table_entry *map = (const void *)(uintptr_t)info->memmap_paddr;

	for (unsigned i = 0; i < info->memmap_entries; i++) {
		uint64_t end = map[i].addr + map[i].size;

		if (map[i].type != XEN_HVM_MEMMAP_TYPE_RAM)
			continue;
		ram_end = MAX(ram_end, end);
		total += map[i].size;
		range_add(map[i].addr, end);
	}
	hole = MAX(4 * GIB, ROUND_UP(ram_end, 2ull << 20));
}

static uint64_t mark_of(const struct free_page *page)
{
	return secret ^ (uintptr_t)page;
}

/* What was in the page stays as it is. */
static void push_page(struct free_page *page)
{
	page->next = free_pages;
	page->mark = mark_of(page);
	free_pages = page;
	free_page_count++;
}

static struct free_page *pop_page(void)
{
	struct free_page *page = free_pages;

	if (page->mark != mark_of(page))
		platform_panic("free page %p was written to", (void *)page);
	free_pages = page->next;
	free_page_count--;
	return page;
}

static void give_pages(uint64_t start, uint64_t end)
{
	end = ROUND_DOWN(end, PAGE_SIZE);
	for (start = ROUND_UP(start, PAGE_SIZE); start < end; start += PAGE_SIZE)
		push_page((struct free_page *)start);
}

/*
 * The largest range becomes the heap's; the others are given to page_alloc, and so is what lies
 * below the heap's start, which is a random one.
 */
static void choose_heap(void)
{
	unsigned best = 0;
	uint64_t random, room;

	for (unsigned i = 1; i < range_count; i++)
		if (ranges[i].end - ranges[i].start > ranges[best].end - ranges[best].start)
			best = i;
	heap = ranges[best];
	room = MIN((heap.end - heap.start) / HEAP_SPREAD, HEAP_SPREAD_MAX) + HEAP_ALIGN;
	entropy_generate(&random, sizeof(random));
	heap.start += ROUND_DOWN(random % room, HEAP_ALIGN);
	heap_brk = heap.start;
	give_pages(ranges[best].start, heap.start);
	for (unsigned i = 0; i < range_count; i++)
		if (i != best)
			give_pages(ranges[i].start, ranges[i].end);
}

int memory_init(const struct hvm_start_info *info)
{
	static const char no_map[] = "kinglet: the start info has no memory map (version 1 of it "
				     "is needed: Xen 4.11 or later)\n";

	if (info->version < 1 || !info->memmap_entries) {
		early_write(no_map, sizeof(no_map) - 1);
		return -EINVAL;
	}
	read_map(info);
	reserve_start_info(info);
	if (paging_init(ram_end))
		return -ENOMEM;
	entropy_generate(&secret, sizeof(secret));
	choose_heap();
	return 0;
}

/* A page for paging_init(), which runs while only the first GiB is mapped. */
static void *carve_low(void)
{
	for (unsigned i = 0; i < range_count; i++) {
		struct range *r = &ranges[i];

		if (r->start + PAGE_SIZE <= MIN(r->end, GIB)) {
			r->start += PAGE_SIZE;
			return (void *)(uintptr_t)(r->start - PAGE_SIZE);
		}
	}
	return NULL;
}

void *page_alloc(void)
{
	struct free_page *page = free_pages;

	if (!heap.end) {
		page = carve_low();
	} else if (page) {
		page = pop_page();
	} else if (heap.end - heap_brk >= PAGE_SIZE) {
		heap.end -= PAGE_SIZE;
		page = (void *)(uintptr_t)heap.end;
	} else {
		page = NULL;
	}
	return page ? memset(page, 0, PAGE_SIZE) : NULL;
}

void page_free(void *address)
{
	struct free_page *page = address;

	if (page->mark == mark_of(page))
		platform_panic("page %p freed twice", address);
	memset(page, 0, PAGE_SIZE);
	push_page(page);
}

void memory_donate(uintptr_t start, size_t len)
{
	memset((void *)start, 0, len);
	give_pages(start, start + len);
}

void *heap_grow(intptr_t delta)
{
	uint64_t old = heap_brk;

	if (delta > 0 ? (uint64_t)delta > heap.end - heap_brk
		      : (uint64_t)-delta > heap_brk - heap.start)
		return NULL;
	heap_brk = (uint64_t)((int64_t)heap_brk + delta);
	return (void *)(uintptr_t)old;
}

uint64_t memory_end(void)
{
	return ram_end;
}

uint64_t memory_hole(void)
{
	return hole;
}

size_t memory_free_bytes(void)
{
	return heap.end - heap_brk + free_page_count * PAGE_SIZE;
}

size_t memory_total_bytes(void)
{
	return total;
}
