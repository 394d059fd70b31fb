/* SPDX-License-Identifier: ISC */
/* Small helpers on sizes and bytes that every layer may use. */
#ifndef LIB_BASE_BYTES_H
#define LIB_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

/* ALIGN is a power of two. */
#define ROUND_UP(value, align)   (((value) + (align)-1) & ~((__typeof__(value))(align)-1))
#define ROUND_DOWN(value, align) ((value) & ~((__typeof__(value))(align)-1))

/* Wipes a secret: memset() on memory that is not read again would be left out by the compiler. */
static inline void base_zero(void *secret, size_t len)
{
	memset(secret, 0, len);
	__asm__ volatile("" : : "r"(secret) : "memory");
}

/* What a hexadecimal digit stands for, or -1. */
static inline int base_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

#endif
