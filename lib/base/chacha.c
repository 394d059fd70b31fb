/* SPDX-License-Identifier: ISC */
/* See chacha.h. */
#include "lib/base/chacha.h"

#include <string.h>

#include "lib/base/bytes.h"

static const uint32_t constants[4] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b;
	*d = rotate(*d ^ *a, 16);
	*c += *d;
	*b = rotate(*b ^ *c, 12);
	*a += *b;
	*d = rotate(*d ^ *a, 8);
	*c += *d;
	*b = rotate(*b ^ *c, 7);
}

static void permute(uint32_t s[16])
{
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 4; i++)
			quarter(&s[i], &s[4 + i], &s[8 + i], &s[12 + i]);
		for (unsigned i = 0; i < 4; i++)
			quarter(&s[i], &s[4 + (i + 1) % 4], &s[8 + (i + 2) % 4],
				&s[12 + (i + 3) % 4]);
	}
}

static void load(uint32_t s[16], const uint32_t key[8], const uint32_t input[4])
{
	memcpy(s, constants, sizeof(constants));
	memcpy(s + 4, key, 32);
	memcpy(s + 12, input, 16);
}

void chacha_block(const uint32_t key[8], const uint32_t input[4], uint8_t out[64])
{
	uint32_t start[16], s[16];

	load(start, key, input);
	memcpy(s, start, sizeof(s));
	permute(s);
	for (unsigned i = 0; i < 16; i++)
		s[i] += start[i];
	memcpy(out, s, 64);
}

void chacha_rng_absorb(struct chacha_rng *rng, const void *seed, size_t len)
{
	const uint8_t *at = seed;

	while (len) {
		uint32_t s[16], input[4] = {0};
		size_t n = MIN(len, sizeof(input));

		memcpy(input, at, n);
		load(s, rng->key, input);
		permute(s);
		memcpy(rng->key, s, 16);
		memcpy(rng->key + 4, s + 12, 16);
		at += n;
		len -= n;
	}
}

void chacha_rng_generate(struct chacha_rng *rng, void *out, size_t len)
{
	uint32_t input[4] = {0};
	uint8_t block[64];
	uint8_t *at = out;
	uint32_t key[8];

	/* The first half of block 0 is the next key; what is given out starts after it. */
	chacha_block(rng->key, input, block);
	memcpy(key, rng->key, 32);
	memcpy(rng->key, block, 32);
	for (size_t have = 32, from = 32; len; from = 0, have = 64) {
		size_t n = MIN(len, have);

		memcpy(at, block + from, n);
		at += n;
		len -= n;
		input[0]++;
		if (len)
			chacha_block(key, input, block);
	}
	memset(block, 0, sizeof(block));
	memset(key, 0, sizeof(key));
	__asm__ volatile("" : : "r"(block), "r"(key) : "memory");
}
