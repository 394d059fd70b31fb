/* SPDX-License-Identifier: ISC */
/*
 * The Internet checksum (RFC 1071) of a run of bytes, for lwIP: eight bytes at a time with the
 * carries added in, which that RFC's section 2 allows in any byte order.
 */
#include <string.h>

#include "lwip/arch.h"

static uint64_t add(uint64_t sum, uint64_t word)
{
	uint64_t result;

	return __builtin_add_overflow(sum, word, &result) ? result + 1 : result;
}

static uint64_t load(const uint8_t *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return word;
}

uint16_t net_checksum(const void *data, int len)
{
	const uint8_t *p = data;
	uint64_t sum = 0, rest = 0;

	for (; len >= 32; len -= 32, p += 32) {
		sum = add(sum, load(p));
		sum = add(sum, load(p + 8));
		sum = add(sum, load(p + 16));
		sum = add(sum, load(p + 24));
	}
	for (; len >= 8; len -= 8, p += 8)
		sum = add(sum, load(p));
	if (len > 0)
		memcpy(&rest, p, (size_t)len);
	sum = add(sum, rest);
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	sum = (sum >> 16) + (uint16_t)sum;
	return (uint16_t)sum;
}
