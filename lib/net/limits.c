/* SPDX-License-Identifier: ISC */
/* See limits.h. */
#include "lib/net/limits.h"

#include <stdlib.h>

#include "lib/base/platform.h"
#include "lib/net/port/lwipopts.h"
#include <lwip/stats.h>

#define MIB ((size_t)1024 * 1024)
#define KIB 1024u

struct net_limits net_limits;
uint32_t net_window_less; /* than NET_WINDOW_MOST: see lwipopts.h */

/* By the least memory that each is for; but for the heap. */
static const struct {
	size_t memory;
	struct net_limits limits;
} classes[] = {
	{64 * MIB, {.window = NET_WINDOW_MOST, .chunks = 1024, .loans = 128}},
	{32 * MIB, {.window = 128 * KIB, .chunks = 512, .loans = 96}},
	{16 * MIB, {.window = 64 * KIB, .chunks = 256, .loans = 64}},
	{8 * MIB, {.window = 32 * KIB, .chunks = 128, .loans = 48}},
	{4 * MIB, {.window = 8 * 1460, .chunks = 48, .loans = 32}},
	{0, {.window = 8 * 1460, .chunks = 48, .loans = 16}},
};

void net_limits_init(void)
{
	size_t memory = platform_memory_total();
	unsigned i = 0;

	/* A machine's own needs are not counted in its total. */
	while (memory + memory / 8 < classes[i].memory)
		i++;
	net_limits = classes[i].limits;
	/* So much that a few slow readers do not keep the others' answers from being made. */
	net_limits.heap = memory / 4;
	net_window_less = NET_WINDOW_MOST - net_limits.window;
}

void *net_heap_alloc(size_t size)
{
	return lwip_stats.mem.used + size <= net_limits.heap ? malloc(size) : NULL;
}
