/* SPDX-License-Identifier: ISC */
/*
 * A fuzzer's input as a row of choices: 0 for each when it is used up. Included once, by the
 * fuzzer's file.
 */
#ifndef TESTS_SUPPORT_INPUT_H
#define TESTS_SUPPORT_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

static const uint8_t *data;
static size_t left;

static inline uint8_t byte(void)
{
	if (!left)
		return 0;
	left--;
	return *data++;
}

static inline uint16_t half(void)
{
	uint16_t value = byte();

	return (uint16_t)(value | byte() << 8);
}

static inline uint32_t word(void)
{
	uint32_t value = half();

	return value | (uint32_t)half() << 16;
}

#endif
