/* SPDX-License-Identifier: ISC */
/* What newlib's system layer asks of the machine that only a guest has to answer. */
#ifndef LIB_LIBC_HEAP_H
#define LIB_LIBC_HEAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Moves the end of the heap by DELTA bytes and returns the end that it had, or NULL when memory is
 * used up. Implemented by the machine.
 */
void *heap_grow(intptr_t delta);

/* A seed of LEN bytes for arc4random. Implemented by the machine. */
void entropy_seed(void *out, size_t len);

#endif
