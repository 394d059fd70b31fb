/* SPDX-License-Identifier: ISC */
/*
 * A leaky bucket, to limit how often something is done: each time pours its cost in, and a
 * nanosecond's worth leaks out each nanosecond. It is kept as the moment when it will be empty, so
 * one of zeros is empty, and nothing runs while nothing is done.
 *
 * Times and amounts are nanoseconds; NOW (platform_time_ns()) never goes back.
 */
#ifndef LIB_BASE_BUCKET_H
#define LIB_BASE_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	uint64_t empty; /* when it will be */
};

/* What is in it. */
static inline uint64_t bucket_level(const struct bucket *bucket, uint64_t now)
{
	return bucket->empty > now ? bucket->empty - now : 0;
}

static inline void bucket_set(struct bucket *bucket, uint64_t now, uint64_t level)
{
	bucket->empty = now + level;
}

/* Pours COST in, unless it would hold more than SIZE then: false, and it stays as it was. */
static inline bool bucket_pour(struct bucket *bucket, uint64_t now, uint64_t cost, uint64_t size)
{
	uint64_t level = bucket_level(bucket, now);

	if (level + cost > size)
		return false;
	bucket_set(bucket, now, level + cost);
	return true;
}

#endif
