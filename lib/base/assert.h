/* SPDX-License-Identifier: ISC */
/*
 * ASSERT is for our own bugs only: it panics, in every build. What a peer, a backend or a user
 * sent is never asserted; it is counted and dropped, or refused with a message.
 */
#ifndef LIB_BASE_ASSERT_H
#define LIB_BASE_ASSERT_H

#include "lib/base/platform.h"

#define ASSERT(condition)                                                                          \
	do {                                                                                       \
		if (__builtin_expect(!(condition), 0))                                             \
			platform_panic(                                                            \
				"assertion failed: %s (%s:%d)", #condition, __FILE__, __LINE__);   \
	} while (0)

#endif
