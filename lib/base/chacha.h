/* SPDX-License-Identifier: ISC */
/*
 * A generator of random bytes on ChaCha20 (RFC 8439 section 2.3) with fast key erasure: what was
 * given out cannot be found again from the state that is left. Seeds are absorbed through the
 * HChaCha20 construction (a keyed function of 16 input bytes to 32 output bytes) as a cascade.
 */
#ifndef LIB_BASE_CHACHA_H
#define LIB_BASE_CHACHA_H

#include <stddef.h>
#include <stdint.h>

struct chacha_rng {
	uint32_t key[8];
};

/* Mixes LEN bytes into the state; may be called at any time. Knowing the bytes does no harm. */
void chacha_rng_absorb(struct chacha_rng *rng, const void *seed, size_t len);
void chacha_rng_generate(struct chacha_rng *rng, void *out, size_t len);

/* One block of the cipher: KEY, and the four words of counter and nonce. For tests, too. */
void chacha_block(const uint32_t key[8], const uint32_t input[4], uint8_t out[64]);

#endif
