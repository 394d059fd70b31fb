/* SPDX-License-Identifier: ISC */
/* Where a site's files come from: an archive in memory, a file tree on a disk. */
#ifndef LIB_HTTP_SOURCE_H
#define LIB_HTTP_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#define HTTP_ETAG_MAX 40 /* bytes of a strong entity tag with its quotes and NUL */

struct http_file {
	const uint8_t *data; /* the whole file; NULL: to be had by read() */
	uint64_t size;
	uint64_t modified;        /* seconds since 1970; 0: not known */
	char etag[HTTP_ETAG_MAX]; /* differs whenever a byte differs; "" for none */
	uint64_t handle;          /* of the source */
};

struct http_source {
	/* The file called NAME ("www/default/index.html"). 0, -ENOENT, or -Exxx. May park. */
	int (*find)(void *ctx, const char *name, struct http_file *file);
	/* LEN bytes of FILE, which has them, from OFFSET on. 0 or -Exxx. May park. NULL: never
	 * needed. */
	int (*read)(
		void *ctx, const struct http_file *file, uint64_t offset, void *out, size_t len);
	void *ctx;
};

#endif
