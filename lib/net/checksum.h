/* SPDX-License-Identifier: ISC */
/*
 * The Internet checksum (RFC 1071). Sums are kept in the byte order of memory, and are what a
 * checksum is the complement of.
 */
#ifndef LIB_NET_CHECKSUM_H
#define LIB_NET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The folded sum of LEN bytes. */
uint16_t net_checksum(const void *data, int len);

/* A sum of a few words, for what is too short for net_checksum() to pay. LEN is a multiple of 4. */
static inline uint64_t net_sum_words(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;
	uint32_t word;

	for (size_t i = 0; i < len; i += sizeof(word)) {
		memcpy(&word, p + i, sizeof(word));
		sum += word;
	}
	return sum;
}

static inline uint16_t net_sum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (uint32_t)sum;
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)((sum >> 16) + sum);
}

/*
 * The sum of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1) of two ADDRESSES of
 * IP_LEN bytes each, side by side, and LEN bytes of PROTOCOL.
 */
static inline uint64_t net_sum_pseudo(
	const uint8_t *addresses, size_t ip_len, uint8_t protocol, size_t len)
{
	uint64_t sum = ip_len == 4 ? net_sum_words(addresses, 8) : net_sum_words(addresses, 32);

	return sum + __builtin_bswap16(protocol) + __builtin_bswap16((uint16_t)len);
}

#endif
