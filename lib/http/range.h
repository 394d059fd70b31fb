/* SPDX-License-Identifier: ISC */
/* The parts of a file that a request asks for (RFC 9110 section 14). */
#ifndef LIB_HTTP_RANGE_H
#define LIB_HTTP_RANGE_H

#include "lib/http/text.h"

#define HTTP_RANGES_MAX 8 /* in one request; with more the whole file is sent */

struct http_range {
	uint64_t start, length; /* LENGTH is never 0 */
};

/*
 * Reads VALUE of a Range field for a file of SIZE bytes. Returns 206 with 1..HTTP_RANGES_MAX ranges
 * in the order asked for; 416 when none lies within the file; 200 when the field is to be ignored:
 * another unit, bad syntax, too many ranges, or more bytes in all than the file has.
 */
int http_ranges_read(struct http_text value, uint64_t size,
	struct http_range ranges[HTTP_RANGES_MAX], size_t *count);

#endif
