/* SPDX-License-Identifier: ISC */
/* Arenas: see arena.h. Called by everything that builds a structure once and drops it whole. */
#include "lib/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* with this header */
	unsigned char bytes[] __attribute__((aligned(16)));
};

void arena_init(struct arena *arena, size_t chunk_size, size_t limit)
{
	memset(arena, 0, sizeof(*arena));
	arena->chunk_size = MAX(chunk_size, 2 * sizeof(struct arena_chunk));
	arena->limit = limit;
}

/* A zeroed chunk with room for SIZE bytes at least. */
static struct arena_chunk *add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = NULL;
	bool fits;

	size += sizeof(*chunk);
	fits = !arena->limit || (size <= arena->limit && arena->held <= arena->limit - size);
	if (fits)
		chunk = calloc(1, size);
	if (!chunk)
		return NULL;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->held += size;
	return chunk;
}

/* Starts a new chunk, or gives a large piece one of its own and leaves the open chunk open. */
static void *take_chunk(struct arena *arena, size_t size)
{
	size_t room = arena->chunk_size - sizeof(struct arena_chunk);
	struct arena_chunk *chunk = NULL;

	if (size <= SIZE_MAX - sizeof(*chunk))
		chunk = add_chunk(arena, MAX(size, size > room / 4 ? 0 : room));
	if (!chunk) {
		arena->failed = true;
		return NULL;
	}
	arena->used += size;
	if (size <= room / 4) {
		arena->next = chunk->bytes + size;
		arena->end = chunk->bytes + room;
	}
	return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size, size_t align)
{
	size_t pad = (size_t) - (uintptr_t)arena->next & (align - 1);
	size_t left = (size_t)(arena->end - arena->next);
	unsigned char *piece;

	if (arena->failed)
		return NULL;
	size = MAX(size, (size_t)1); /* so that NULL always means failure */
	if (left < pad || left - pad < size)
		return take_chunk(arena, size);
	piece = arena->next + pad;
	arena->next = piece + size;
	arena->used += pad + size;
	return piece;
}

void *arena_copy(struct arena *arena, const void *data, size_t len)
{
	void *copy = arena_alloc(arena, len, 1);

	if (copy && len)
		memcpy(copy, data, len);
	return copy;
}

bool arena_failed(const struct arena *arena)
{
	return arena->failed;
}

void arena_fini(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks, *next;

	for (; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	arena_init(arena, arena->chunk_size, arena->limit);
}
