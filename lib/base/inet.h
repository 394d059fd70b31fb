/* SPDX-License-Identifier: ISC */
/* IP addresses as text, strictly: four decimal numbers, or RFC 4291 section 2.2 for IPv6. */
#ifndef LIB_BASE_INET_H
#define LIB_BASE_INET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether an address of 16 bytes is an IPv4 one, v4-mapped (RFC 4291 section 2.5.5.2). */
static inline bool inet_is_v4(const uint8_t ip[16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	return memcmp(ip, mapped, sizeof(mapped)) == 0;
}

#define INET_TEXT 46 /* bytes enough for any address as text, with its NUL */

/* The whole of TEXT (LEN bytes) must be the address. */
bool inet_parse4(const char *text, size_t len, uint8_t out[4]);
bool inet_parse6(const char *text, size_t len, uint8_t out[16]);

/* "ADDRESS/LENGTH", with LENGTH from 0 to the address's bits. */
bool inet_parse4_prefix(const char *text, uint8_t out[4], unsigned *length);
bool inet_parse6_prefix(const char *text, uint8_t out[16], unsigned *length);

/* IPv6 as RFC 5952 recommends. */
void inet_format4(const uint8_t address[4], char text[INET_TEXT]);
void inet_format6(const uint8_t address[16], char text[INET_TEXT]);

#endif
