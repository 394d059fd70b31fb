/* SPDX-License-Identifier: ISC */
/*
 * What the tests write to disks: each 512 bytes tell their place and a seed in every word, so that
 * a sector that is old, missing or elsewhere is seen. For the guest and for dom0's tool.
 */
#ifndef TESTS_GUEST_DISK_PATTERN_H
#define TESTS_GUEST_DISK_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PATTERN_UNIT  512u
#define PATTERN_WORDS (PATTERN_UNIT / sizeof(uint64_t))

static inline uint64_t pattern_word(uint64_t seed, uint64_t unit, unsigned word)
{
	return (seed << 40) + (unit << 6) + word;
}

static inline void pattern_fill(void *data, uint64_t seed, uint64_t unit)
{
	uint64_t words[PATTERN_WORDS];

	for (unsigned i = 0; i < PATTERN_WORDS; i++)
		words[i] = pattern_word(seed, unit, i);
	memcpy(data, words, sizeof(words));
}

static inline bool pattern_holds(const void *data, uint64_t seed, uint64_t unit)
{
	uint64_t words[PATTERN_WORDS];

	memcpy(words, data, sizeof(words));
	for (unsigned i = 0; i < PATTERN_WORDS; i++)
		if (words[i] != pattern_word(seed, unit, i))
			return false;
	return true;
}

#endif
