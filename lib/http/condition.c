/* SPDX-License-Identifier: ISC */
/* See condition.h. The order is that of RFC 9110 section 13.2.2. */
#include "lib/http/condition.h"

#include "lib/http/date.h"

#define NOT_MODIFIED 304
#define FAILED       412

/* Whether the tags of field NAME, or "*", name FILE; weakly, "W/" does not count. */
static bool tags_have(const struct http_request *request, const char *name,
	const struct http_file *file, bool weakly)
{
	for (size_t i = 0; i < request->field_count; i++) {
		struct http_text list = request->fields[i].value, tag;

		if (!http_text_is_nocase(request->fields[i].name, name))
			continue;
		if (http_text_is(list, "*"))
			return true;
		while (http_text_next(&list, ',', &tag)) {
			if (weakly && tag.len > 2 && memcmp(tag.at, "W/", 2) == 0) {
				tag.at += 2;
				tag.len -= 2;
			}
			if (file->etag[0] && http_text_is(tag, file->etag))
				return true;
		}
	}
	return false;
}

/* The date in field NAME, when both it and the file's are known. */
static bool date_of(const struct http_request *request, const char *name,
	const struct http_file *file, uint64_t *seconds)
{
	struct http_text value;

	return file->modified && http_request_field(request, name, &value) &&
	       http_date_read(value, seconds);
}

int http_condition(const struct http_request *request, const struct http_file *file)
{
	uint64_t date;

	if (http_request_count(request, "if-match")) {
		if (!tags_have(request, "if-match", file, false))
			return FAILED;
	} else if (date_of(request, "if-unmodified-since", file, &date) && file->modified > date) {
		return FAILED;
	}
	if (http_request_count(request, "if-none-match"))
		return tags_have(request, "if-none-match", file, true) ? NOT_MODIFIED : 0;
	if (date_of(request, "if-modified-since", file, &date) && file->modified <= date)
		return NOT_MODIFIED;
	return 0;
}

bool http_condition_range(const struct http_request *request, const struct http_file *file)
{
	struct http_text value;
	uint64_t date;

	if (!http_request_field(request, "if-range", &value))
		return true;
	if (value.len && (value.at[0] == '"' || value.at[0] == 'W'))
		return file->etag[0] && http_text_is(value, file->etag);
	return file->modified && http_date_read(value, &date) && date == file->modified;
}
