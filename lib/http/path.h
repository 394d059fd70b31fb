/* SPDX-License-Identifier: ISC */
/* From a request's path to a file's name, which never leaves the site. */
#ifndef LIB_HTTP_PATH_H
#define LIB_HTTP_PATH_H

#include "lib/http/text.h"

#define HTTP_PATH_MAX 192 /* bytes of a name with its NUL; longer paths are not found */

/*
 * Decodes PATH, which begins with '/', into NAME: without a slash at the start; with one at the
 * end, or empty, for a folder. No segment of NAME is empty, "." or "..", none begins with a dot but
 * ".well-known" (RFC 8615), and none holds a control byte, a backslash or an encoded slash. 0, or
 * the status to answer with: 400, 404.
 */
int http_path_map(struct http_text path, char name[HTTP_PATH_MAX]);

/*
 * Writes "/NAME" with what must be encoded percent-encoded (RFC 3986), and NUL. False when it does
 * not fit into SIZE bytes.
 */
bool http_path_encode(const char *name, char *out, size_t size);

#endif
