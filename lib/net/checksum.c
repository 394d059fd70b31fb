/* SPDX-License-Identifier: ISC */
/*
 * The Internet checksum (RFC 1071) of a run of bytes, for lwIP: eight bytes at a time with the
 * carries added in, which that RFC's section 2 allows in any byte order.
 */
#include "lib/net/checksum.h"

static uint64_t add(uint64_t sum, uint64_t word)
{
	uint64_t result;

	return __builtin_add_overflow(sum, word, &result) ? result + 1 : result;
}

#define BLOCK 64

/* One chain of additions with carry, which compilers do not make of C. */
static uint64_t add_block(uint64_t sum, const uint8_t *p)
{
	__asm__("addq (%1), %0\n\t"
		"adcq 8(%1), %0\n\t"
		"adcq 16(%1), %0\n\t"
		"adcq 24(%1), %0\n\t"
		"adcq 32(%1), %0\n\t"
		"adcq 40(%1), %0\n\t"
		"adcq 48(%1), %0\n\t"
		"adcq 56(%1), %0\n\t"
		"adcq $0, %0"
		: "+r"(sum)
		: "r"(p), "m"(*(const uint8_t(*)[BLOCK])p)
		: "cc");
	return sum;
}

static uint64_t load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

/* The last LEN % 8 bytes, as if zeros followed. */
static uint64_t load_rest(const uint8_t *p, int len)
{
	uint32_t four = 0;
	uint16_t two = 0;
	uint64_t rest = 0;

	if (len & 4) {
		memcpy(&four, p, sizeof(four));
		p += 4;
	}
	if (len & 2) {
		memcpy(&two, p, sizeof(two));
		p += 2;
	}
	if (len & 1)
		rest = *p;
	/* Each at a multiple of 16 bits, where it does not matter. */
	return rest << 48 | (uint64_t)two << 32 | four;
}

uint16_t net_checksum(const void *data, int len)
{
	const uint8_t *p = data;
	uint64_t sum = 0;

	for (; len >= BLOCK; len -= BLOCK, p += BLOCK)
		sum = add_block(sum, p);
	for (; len >= 8; len -= 8, p += 8)
		sum = add(sum, load(p));
	if (len > 0)
		sum = add(sum, load_rest(p, len));
	/* 64 bits to 33, to 18, to 17, to 16. */
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	return (uint16_t)sum;
}
