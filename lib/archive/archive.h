/* SPDX-License-Identifier: ISC */
/*
 * Reads the boot archive in place: cpio "newc" (070701 and 070702) or POSIX tar (ustar, with GNU
 * and pax long names). Not compressed. Names are normalised: leading "/" and "./" are dropped; a
 * name with a ".." component is an error. Only regular files are reported.
 */
#ifndef LIB_ARCHIVE_ARCHIVE_H
#define LIB_ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARCHIVE_NAME_MAX 512 /* of a whole path, with the NUL */

struct archive {
	const uint8_t *data;
	size_t len;
	enum {
		ARCHIVE_CPIO,
		ARCHIVE_TAR
	} format;
};

struct archive_file {
	char name[ARCHIVE_NAME_MAX]; /* ends in NUL */
	const uint8_t *data;         /* within the archive */
	size_t len;
	int64_t mtime; /* seconds since 1970-01-01 00:00 UTC */
};

/* 0, or -EINVAL when it is neither format (MESSAGE says so, for a person). */
int archive_open(struct archive *archive, const void *data, size_t len, const char **message);

/* The file after the one at *CURSOR (0 at the start). 1 found, 0 at the end, -EINVAL damaged. */
int archive_next(const struct archive *archive, size_t *cursor, struct archive_file *file);

/* The file called NAME. 0, -ENOENT, -EINVAL. */
int archive_find(const struct archive *archive, const char *name, struct archive_file *file);

#endif
