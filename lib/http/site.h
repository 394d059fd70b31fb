/* SPDX-License-Identifier: ISC */
/*
 * A site of files: what answers a request for one (RFC 9110): index files, redirects, precompressed
 * variants, conditions, ranges, error pages, and the fields that protect a browser.
 */
#ifndef LIB_HTTP_SITE_H
#define LIB_HTTP_SITE_H

#include "lib/http/request.h"
#include "lib/http/response.h"

#define HTTP_NAME_MAX 240 /* bytes of a file's name in its source, with its NUL */

struct http_site {
	const struct http_source *source;
	const char *folder; /* "www/default/": before every name. At most 40 bytes */
	uint64_t hsts;      /* seconds of Strict-Transport-Security; 0: none */
	uint64_t max_age;   /* seconds for Cache-Control; 0: caches ask each time */
};

/*
 * Answers REQUEST, which came over TLS if SECURE. RESPONSE may point to literals and into itself.
 * May park while the source does.
 */
void http_site_answer(const struct http_site *site, const struct http_request *request, bool secure,
	struct http_response *response);

/*
 * Makes RESPONSE an error's: the site's own page (".errors/404.html" in its folder) or a line of
 * text. SITE may be NULL. Keeps no field that was there.
 */
void http_site_error(
	const struct http_site *site, int status, bool secure, struct http_response *response);

/* The fields that every answer of a site has. */
void http_site_protect(const struct http_site *site, bool secure, struct http_response *response);

/*
 * The place where REQUEST's answer is by TLS: "https://HOST/..." with PORT unless it is 443. False,
 * and an error in RESPONSE, when the request does not say which host.
 */
bool http_redirect_secure(
	const struct http_request *request, unsigned port, struct http_response *response);

#endif
