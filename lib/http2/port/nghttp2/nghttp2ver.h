/* SPDX-License-Identifier: ISC */
/* Which nghttp2 this is: the header that its own build would make. */
#ifndef NGHTTP2VER_H
#define NGHTTP2VER_H

#define NGHTTP2_VERSION     "1.64.0"
#define NGHTTP2_VERSION_NUM 0x014000

#endif
