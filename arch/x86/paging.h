/* SPDX-License-Identifier: ISC */
/*
 * Page tables. RAM is mapped one to one, by start.S for the first GiB and by paging_init() for
 * the rest; above it lie two regions of their own: thread stacks, and frames of Xen's.
 */
#ifndef ARCH_X86_PAGING_H
#define ARCH_X86_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SIZE 4096ul

#define PAGING_STACKS  (1ul << 39) /* thread stacks, each with an unmapped page below it */
#define PAGING_DEVICES (1ul << 40) /* physical address A is mapped at PAGING_DEVICES + A */

/* Maps RAM up to PHYS_END one to one, and nothing beyond. Call once, with page_alloc working. */
int paging_init(uint64_t phys_end);

/* Maps one page, readable and writable, not executable. 0, or -ENOMEM for want of a table. */
int paging_map(uintptr_t virt, uint64_t phys);

/*
 * Boot is over: page 0 goes, the code that entered long mode becomes memory like any other, and
 * the CPU's own protections are turned on where it offers them.
 */
void paging_seal(void);

/* ADDRESS is in the region of thread stacks: a fault there is an overflow (arch/x86/stacks.c). */
bool stacks_have(uintptr_t address);

/* Takes a mapping away and returns the physical address it had. */
uint64_t paging_unmap(uintptr_t virt);

#endif
