/* SPDX-License-Identifier: ISC */
/* What the allocator offers beside malloc and free. */
#ifndef LIB_BASE_HEAP_H
#define LIB_BASE_HEAP_H

/*
 * As free(), for what holds no secrets: bytes that were sent, or that have been wiped. A guest's
 * allocator wipes what is freed (lib/libc/malloc.c), but not this: for large pieces that live
 * shortly that costs as much as a copy.
 */
void heap_free_public(void *piece);

#endif
