/* SPDX-License-Identifier: ISC */
/* Byte order, which is all that nghttp2 wants of this header; the guest's C library has none. */
#ifndef LIB_HTTP2_PORT_ARPA_INET_H
#define LIB_HTTP2_PORT_ARPA_INET_H

#include <stdint.h>

#ifndef htonl
#define htonl(value) __builtin_bswap32(value)
#define htons(value) __builtin_bswap16(value)
#define ntohl(value) __builtin_bswap32(value)
#define ntohs(value) __builtin_bswap16(value)
#endif

#endif
