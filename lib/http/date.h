/* SPDX-License-Identifier: ISC */
/* Dates (RFC 9110 section 5.6.7), in seconds since 1970. */
#ifndef LIB_HTTP_DATE_H
#define LIB_HTTP_DATE_H

#include "lib/http/text.h"

#define HTTP_DATE_LEN 29 /* "Sun, 06 Nov 1994 08:49:37 GMT" */

void http_date_write(uint64_t seconds, char out[HTTP_DATE_LEN + 1]);
/* The form that all must write today; the two obsolete ones are not taken, as if not sent. */
bool http_date_read(struct http_text text, uint64_t *seconds);

#endif
