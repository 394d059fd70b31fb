/* SPDX-License-Identifier: ISC */
/* CRC-32C by eight tables, eight bytes a step: see crc32c.h. The tables are made at the first use.
 */
#include "lib/store/crc32c.h"

#include <stdbool.h>

#define POLYNOMIAL 0x82f63b78u /* reflected */

static uint32_t tables[8][256];
static bool made;

static void make_tables(void)
{
	uint32_t i, j, crc;

	for (i = 0; i < 256; i++) {
		for (crc = i, j = 0; j < 8; j++)
			crc = crc >> 1 ^ (crc & 1 ? POLYNOMIAL : 0);
		tables[0][i] = crc;
	}
	for (i = 0; i < 256; i++) {
		for (j = 1; j < 8; j++)
			tables[j][i] = tables[j - 1][i] >> 8 ^ tables[0][tables[j - 1][i] & 0xff];
	}
	made = true;
}

static uint32_t step8(uint32_t crc, const uint8_t *p)
{
	crc ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	return tables[7][crc & 0xff] ^ tables[6][crc >> 8 & 0xff] ^ tables[5][crc >> 16 & 0xff] ^
	       tables[4][crc >> 24] ^ tables[3][p[4]] ^ tables[2][p[5]] ^ tables[1][p[6]] ^
	       tables[0][p[7]];
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (!made)
		make_tables();
	for (crc = ~crc; len >= 8; p += 8, len -= 8)
		crc = step8(crc, p);
	for (; len; len--)
		crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 0xff];
	return ~crc;
}
