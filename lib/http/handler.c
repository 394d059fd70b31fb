/* SPDX-License-Identifier: ISC */
/* See handler.h. */
#include "lib/http/handler.h"

static bool matches(const struct http_handler *handler, struct http_text path)
{
	size_t len = strlen(handler->path);

	if (len && handler->path[len - 1] == '/')
		return path.len >= len && memcmp(path.at, handler->path, len) == 0;
	return http_text_is(path, handler->path);
}

const struct http_handler *http_handler_find(
	const struct http_handler *handlers, size_t count, const struct http_request *request)
{
	for (size_t i = 0; i < count; i++) {
		if (matches(&handlers[i], request->path))
			return &handlers[i];
	}
	return NULL;
}
