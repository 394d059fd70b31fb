/* SPDX-License-Identifier: ISC */
/*
 * An arena: memory that is taken piece by piece and given back all at once. It grows by chunks
 * from malloc, and latches failure: after one allocation has failed, arena_failed() is true.
 */
#ifndef LIB_BASE_ARENA_H
#define LIB_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
	unsigned char *next, *end;  /* what is left of the newest */
	size_t chunk_size;
	size_t used;  /* bytes handed out, with padding */
	size_t limit; /* at most so many bytes of chunks; 0: no limit */
	size_t held;  /* bytes of chunks */
	bool failed;
};

/* CHUNK_SIZE: bytes taken from malloc at a time (a larger piece gets a chunk of its own). */
void arena_init(struct arena *arena, size_t chunk_size, size_t limit);

/* SIZE zeroed bytes aligned to ALIGN (a power of two, at most 16), or NULL. */
void *arena_alloc(struct arena *arena, size_t size, size_t align);

/* A copy of LEN bytes, unaligned, or NULL. */
void *arena_copy(struct arena *arena, const void *data, size_t len);

bool arena_failed(const struct arena *arena);

/* Gives everything back; the arena may be used again. */
void arena_fini(struct arena *arena);

#endif
