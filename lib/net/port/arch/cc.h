/* SPDX-License-Identifier: ISC */
/* lwIP's view of the compiler and the C library; included by lwip/arch.h. */
#ifndef LIB_NET_PORT_ARCH_CC_H
#define LIB_NET_PORT_ARCH_CC_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/platform.h"

#define LWIP_NO_UNISTD_H     1
#define LWIP_TIMEVAL_PRIVATE 0
#include <sys/time.h>
#include <sys/types.h>

#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX
#endif

/* lwIP asserts only what is its own: a broken one is our bug. */
#define LWIP_PLATFORM_ASSERT(message)                                                              \
	platform_panic("lwip: %s (%s:%d)", message, __FILE__, __LINE__)
#define LWIP_PLATFORM_DIAG(x) ((void)0)

#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)

uint32_t net_random32(void);
#define LWIP_RAND() net_random32()

uint16_t net_checksum(const void *data, int len);
#define LWIP_CHKSUM net_checksum

#endif
