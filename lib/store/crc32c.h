/* SPDX-License-Identifier: ISC */
/* CRC-32C (Castagnoli), as in RFC 3720, appendix B.4. */
#ifndef LIB_STORE_CRC32C_H
#define LIB_STORE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of LEN bytes that follow those of which CRC is the sum (0 for none). */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif
