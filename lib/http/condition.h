/* SPDX-License-Identifier: ISC */
/* Conditional requests (RFC 9110 section 13). */
#ifndef LIB_HTTP_CONDITION_H
#define LIB_HTTP_CONDITION_H

#include "lib/http/request.h"
#include "lib/http/source.h"

/* What the conditions say of FILE for a GET or HEAD: 0 (go on), 304 or 412. */
int http_condition(const struct http_request *request, const struct http_file *file);

/* Whether a Range field may be followed: If-Range, if any, means this very file. */
bool http_condition_range(const struct http_request *request, const struct http_file *file);

#endif
