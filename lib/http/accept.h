/* SPDX-License-Identifier: ISC */
/* Which coding of a file a client takes (RFC 9110 section 12.5.3). */
#ifndef LIB_HTTP_ACCEPT_H
#define LIB_HTTP_ACCEPT_H

#include "lib/http/request.h"

/* The weight, in thousandths, that REQUEST gives to CODING ("br"); 0: it is not wanted. */
unsigned http_accept_coding(const struct http_request *request, const char *coding);

#endif
