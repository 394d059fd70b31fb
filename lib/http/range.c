/* SPDX-License-Identifier: ISC */
/* See range.h. */
#include "lib/http/range.h"

#include "lib/base/bytes.h"

#define OK          200
#define PARTIAL     206
#define UNSATISFIED 416

/*
 * One "FIRST-LAST", "FIRST-" or "-LENGTH". False for bad syntax. LENGTH 0 means that it lies
 * outside.
 */
static bool take_spec(struct http_text spec, uint64_t size, struct http_range *range)
{
	const char *dash = memchr(spec.at, '-', spec.len);
	struct http_text first, last;
	uint64_t a = 0, b = UINT64_MAX;

	if (!dash)
		return false;
	first = (struct http_text){spec.at, (size_t)(dash - spec.at)};
	last = (struct http_text){dash + 1, spec.len - first.len - 1};
	if ((first.len && !http_text_number(first, &a)) ||
		(last.len && !http_text_number(last, &b)) || (!first.len && !last.len))
		return false;
	range->length = 0;
	if (!first.len) { /* the last B bytes */
		range->length = MIN(b, size);
		range->start = size - range->length;
		return true;
	}
	if (b < a)
		return false;
	range->start = a;
	if (a < size)
		range->length = MIN(b, size - 1) - a + 1;
	return true;
}

int http_ranges_read(struct http_text value, uint64_t size,
	struct http_range ranges[HTTP_RANGES_MAX], size_t *count)
{
	static const char unit[] = "bytes=";
	const size_t unit_len = sizeof(unit) - 1;
	struct http_text spec;
	uint64_t total = 0;
	size_t specs = 0;

	*count = 0;
	if (value.len < unit_len ||
		!http_text_is_nocase((struct http_text){value.at, unit_len}, unit))
		return OK;
	value.at += unit_len;
	value.len -= unit_len;
	while (http_text_next(&value, ',', &spec)) {
		struct http_range range;

		if (++specs > HTTP_RANGES_MAX || !take_spec(spec, size, &range))
			return OK;
		if (!range.length)
			continue;
		if (range.length > size - total)
			return OK;
		total += range.length;
		ranges[(*count)++] = range;
	}
	if (!specs)
		return OK;
	return *count ? PARTIAL : UNSATISFIED;
}
