/* SPDX-License-Identifier: ISC */
/*
 * Physical memory: what the start info says there is, less the image, the boot archive and what
 * they came with. Pages are taken from the top downwards; the C library's heap grows upwards from
 * the bottom; memory is used up when they meet.
 */
#ifndef ARCH_X86_MEMORY_H
#define ARCH_X86_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct hvm_start_info;

/* 0, or -EINVAL for a start info without a usable memory map (said on the early console). */
int memory_init(const struct hvm_start_info *info);

/* A zeroed page, or NULL. A page that is freed twice, or written to while free, is a panic. */
void *page_alloc(void);
void page_free(void *page);

/* Wipes [START, START + LEN), and gives the pages that lie wholly within to page_alloc. */
void memory_donate(uintptr_t start, size_t len);

/* The end of RAM, and the first physical address at or above 4 GiB that is nobody's. */
uint64_t memory_end(void);
uint64_t memory_hole(void);

size_t memory_free_bytes(void);
size_t memory_total_bytes(void);

#endif
