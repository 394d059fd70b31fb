/* SPDX-License-Identifier: ISC */
/* The type of a file, by the end of its name. */
#ifndef LIB_HTTP_MIME_H
#define LIB_HTTP_MIME_H

/* "text/html; charset=utf-8"; "application/octet-stream" for what is not known. */
const char *http_mime_type(const char *name);

#endif
