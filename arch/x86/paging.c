/* SPDX-License-Identifier: ISC */
/* See paging.h. Four levels, Intel SDM volume 3 chapter 4. No mapping made here is executable. */
#include "arch/x86/paging.h"

#include <errno.h>
#include <stdbool.h>

#include "arch/x86/cpu.h"
#include "arch/x86/memory.h"

#define PTE_P    0x001ull
#define PTE_RW   0x002ull
#define PTE_PS   0x080ull
#define PTE_NX   (1ull << 63)
#define PTE_ADDR 0x000ffffffffff000ull

#define ENTRIES 512u
#define LARGE   (2ull << 20)
#define GIB     (1ull << 30)

/* Intel SDM volume 3, section 2.5, and CPUID leaf 7. */
#define CR4_UMIP        (1u << 11)
#define CR4_SMEP        (1u << 20)
#define CR4_SMAP        (1u << 21)
#define CPUID7_EBX_SMEP (1u << 7)
#define CPUID7_EBX_SMAP (1u << 20)
#define CPUID7_ECX_UMIP (1u << 2)

extern char image_start[], boot_text_end[];
extern uint64_t boot_pml4[ENTRIES], boot_pd[ENTRIES];

enum {
	LEVEL_PT = 0,
	LEVEL_PD = 1,
	LEVEL_PDPT = 2,
	LEVEL_PML4 = 3
};

static unsigned index_at(uintptr_t virt, int level)
{
	return (unsigned)(virt >> (12 + 9 * level)) % ENTRIES;
}

/* The entry for VIRT at LEVEL, making tables on the way when asked to; NULL when there is none. */
static uint64_t *entry_at(uintptr_t virt, int level, bool make)
{
	uint64_t *table = boot_pml4;

	for (int l = LEVEL_PML4; l > level; l--) {
		uint64_t *entry = &table[index_at(virt, l)];

		if (!(*entry & PTE_P)) {
			void *page = make ? page_alloc() : NULL;

			if (!page)
				return NULL;
			*entry = (uintptr_t)page | PTE_P | PTE_RW;
		}
		table = (uint64_t *)(uintptr_t)(*entry & PTE_ADDR);
	}
	return &table[index_at(virt, level)];
}

int paging_init(uint64_t phys_end)
{
	uint64_t at = (phys_end + LARGE - 1) & ~(LARGE - 1);

	/* What start.S mapped beyond the end of RAM goes: a stray pointer must fault. */
	for (; at < GIB; at += LARGE) {
		boot_pd[at / LARGE] = 0;
		cpu_invalidate_page(at);
	}
	for (at = GIB; at < phys_end; at += LARGE) {
		uint64_t *entry = entry_at(at, LEVEL_PD, true);

		if (!entry)
			return -ENOMEM;
		*entry = at | PTE_P | PTE_RW | PTE_PS | PTE_NX;
	}
	return 0;
}

int paging_map(uintptr_t virt, uint64_t phys)
{
	uint64_t *entry = entry_at(virt, LEVEL_PT, true);

	if (!entry)
		return -ENOMEM;
	*entry = phys | PTE_P | PTE_RW | PTE_NX;
	cpu_invalidate_page(virt);
	return 0;
}

uint64_t paging_unmap(uintptr_t virt)
{
	uint64_t *entry = entry_at(virt, LEVEL_PT, false);
	uint64_t phys;

	if (!entry || !(*entry & PTE_P))
		return 0;
	phys = *entry & PTE_ADDR;
	*entry = 0;
	cpu_invalidate_page(virt);
	return phys;
}

/* A bit that is not offered must not be set: that is a general protection fault. */
static void protect_cpu(void)
{
	struct cpuid offered = cpu_id(0, 0).eax >= 7 ? cpu_id(7, 0) : (struct cpuid){0};
	uint64_t bits = 0;

	bits |= offered.ebx & CPUID7_EBX_SMEP ? CR4_SMEP : 0;
	bits |= offered.ebx & CPUID7_EBX_SMAP ? CR4_SMAP : 0;
	bits |= offered.ecx & CPUID7_ECX_UMIP ? CR4_UMIP : 0;
	cpu_write_cr4(cpu_read_cr4() | bits);
}

void paging_seal(void)
{
	uintptr_t at = (uintptr_t)image_start;
	uintptr_t end = (uintptr_t)boot_text_end;

	paging_unmap(0);
	protect_cpu();
	for (; at < end; at += PAGE_SIZE)
		(void)paging_map(at, at); /* its table is there: it cannot fail */
	memory_donate((uintptr_t)image_start, end - (uintptr_t)image_start);
}
