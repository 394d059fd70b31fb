/* SPDX-License-Identifier: ISC */
/* See site.h. */
#include "lib/http/site.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "lib/base/bytes.h"
#include "lib/base/siphash.h"
#include "lib/http/accept.h"
#include "lib/http/condition.h"
#include "lib/http/date.h"
#include "lib/http/mime.h"
#include "lib/http/path.h"

#define INDEX   "index.html"
#define ALLOWED "GET, HEAD, OPTIONS"

static const struct {
	const char *coding, *suffix;
} codings[] = {{"br", ".br"}, {"gzip", ".gz"}};

/* ---- fields ---- */

void http_site_protect(const struct http_site *site, bool secure, struct http_response *response)
{
	static const char after[] = "; includeSubDomains";
	static const char always[] = "x-content-type-options: nosniff\r\n"
				     "x-frame-options: SAMEORIGIN\r\n"
				     "referrer-policy: strict-origin-when-cross-origin\r\n";

	if (secure && site && site->hsts) {
		char value[8 + HTTP_DIGITS + sizeof(after)] = "max-age=";
		size_t len = 8 + http_text_decimal(value + 8, site->hsts);

		memcpy(value + len, after, sizeof(after));
		http_response_text(response, "strict-transport-security", value);
	}
	http_response_lines(response, always, sizeof(always) - 1);
}

static void describe(
	const struct http_site *site, const struct http_file *file, struct http_response *response)
{
	static const char no_cache[] = "cache-control: no-cache\r\n";
	char date[HTTP_DATE_LEN + 1];

	if (file->etag[0])
		http_response_text(response, "etag", file->etag);
	if (file->modified) {
		http_date_write(file->modified, date);
		http_response_text(response, "last-modified", date);
	}
	if (site->max_age)
		http_response_field(response, "cache-control", "max-age=%" PRIu64, site->max_age);
	else
		http_response_lines(response, no_cache, sizeof(no_cache) - 1);
}

/* ---- errors and redirects ---- */

/* 0, or -Exxx for a name that is too long or not there. */
static int find(
	const struct http_site *site, const char *name, const char *suffix, struct http_file *file)
{
	size_t folder_len = strlen(site->folder), name_len = strlen(name);
	size_t suffix_len = strlen(suffix);
	char whole[HTTP_NAME_MAX];

	if (folder_len + name_len + suffix_len >= sizeof(whole))
		return -ENOENT;
	memcpy(whole, site->folder, folder_len);
	memcpy(whole + folder_len, name, name_len);
	memcpy(whole + folder_len + name_len, suffix, suffix_len + 1);
	return site->source->find(site->source->ctx, whole, file);
}

void http_site_error(
	const struct http_site *site, int status, bool secure, struct http_response *response)
{
	char name[32];

	http_response_init(response, status);
	http_site_protect(site, secure, response);
	snprintf(name, sizeof(name), ".errors/%d.html", status);
	if (site && find(site, name, "", &response->file) == 0) {
		http_response_text(response, "content-type", http_mime_type(name));
		http_response_add(response, NULL, 0, response->file.size);
		return;
	}
	response->parts_len = (size_t)snprintf(response->parts, sizeof(response->parts), "%d %s\n",
		status, http_status_text(status));
	http_response_text(response, "content-type", "text/plain; charset=utf-8");
	http_response_add(response, response->parts, 0, response->parts_len);
}

static void redirect_to_folder(const struct http_site *site, const struct http_request *request,
	const char *name, bool secure, struct http_response *response)
{
	char place[HTTP_PATH_MAX * 3 + 2];

	if (!http_path_encode(name, place, sizeof(place))) {
		http_site_error(site, 404, secure, response);
		return;
	}
	http_site_error(NULL, 301, secure, response);
	http_site_protect(site, secure, response);
	http_response_field(response, "location", "%s/%s%.*s", place, request->query.len ? "?" : "",
		(int)request->query.len, request->query.at);
}

bool http_redirect_secure(
	const struct http_request *request, unsigned port, struct http_response *response)
{
	char suffix[16] = "";

	if (!request->host.len || request->target.at[0] != '/') {
		http_site_error(NULL, 400, false, response);
		return false;
	}
	http_site_error(NULL, 308, false, response);
	if (port != 443)
		snprintf(suffix, sizeof(suffix), ":%u", port);
	if (!http_response_field(response, "location", "https://%.*s%s%.*s", (int)request->host.len,
		    request->host.at, suffix, (int)request->target.len, request->target.at)) {
		http_site_error(NULL, 414, false, response);
		return false;
	}
	return true;
}

/* ---- files ---- */

/*
 * The variant of NAME that is wanted most, in FILE and *CODING; NULL for the file as it is.
 * *VARIES: there are variants.
 */
static void choose_variant(const struct http_site *site, const struct http_request *request,
	const char *name, struct http_file *file, const char **coding, bool *varies)
{
	unsigned best = 0;

	*coding = NULL;
	*varies = false;
	for (size_t i = 0; i < ARRAY_SIZE(codings); i++) {
		unsigned q = http_accept_coding(request, codings[i].coding);
		struct http_file variant;

		if (find(site, name, codings[i].suffix, &variant) != 0)
			continue;
		*varies = true;
		if (q > best) {
			best = q;
			*coding = codings[i].coding;
			*file = variant;
		}
	}
}

/* The body is one part of the file. */
static void add_part(struct http_response *response, const struct http_range *range)
{
	response->status = 206;
	http_response_field(response, "content-range", "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
		range->start, range->start + range->length - 1, response->file.size);
	http_response_add(response, NULL, range->start, range->length);
}

/* A boundary that the file does not hold but by chance: from its tag and size. */
static void make_boundary(const struct http_file *file, char boundary[24])
{
	static const uint8_t key[16] = "multipart bytes";

	snprintf(boundary, 24, "%016" PRIx64, siphash(key, file->etag, strlen(file->etag)));
}

/* The body is several parts, RFC 9110 section 14.6. */
static void add_parts(struct http_response *response, const char *type,
	const struct http_range *ranges, size_t count)
{
	size_t size = sizeof(response->parts);
	char boundary[24];

	response->status = 206;
	make_boundary(&response->file, boundary);
	http_response_field(
		response, "content-type", "multipart/byteranges; boundary=%s", boundary);
	for (size_t i = 0; i <= count; i++) {
		char *at = response->parts + response->parts_len;
		size_t room = size - response->parts_len;
		int len;

		if (i < count)
			len = snprintf(at, room,
				"\r\n--%s\r\ncontent-type: %s\r\ncontent-range: bytes %" PRIu64
				"-%" PRIu64 "/%" PRIu64 "\r\n\r\n",
				boundary, type, ranges[i].start,
				ranges[i].start + ranges[i].length - 1, response->file.size);
		else
			len = snprintf(at, room, "\r\n--%s--\r\n", boundary);
		len = MIN(len, (int)room);
		response->parts_len += (size_t)len;
		http_response_add(response, at, 0, (uint64_t)len);
		if (i < count)
			http_response_add(response, NULL, ranges[i].start, ranges[i].length);
	}
}

static void add_body(const struct http_site *site, const struct http_request *request, bool secure,
	const char *type, struct http_response *response)
{
	struct http_range ranges[HTTP_RANGES_MAX];
	struct http_text value;
	size_t count = 0;
	int status = 200;

	if (request->method == HTTP_GET && http_request_count(request, "range") == 1 &&
		http_condition_range(request, &response->file)) {
		http_request_field(request, "range", &value);
		status = http_ranges_read(value, response->file.size, ranges, &count);
	}
	if (status == 416) {
		uint64_t size = response->file.size;

		http_site_error(site, 416, secure, response);
		http_response_field(response, "content-range", "bytes */%" PRIu64, size);
		return;
	}
	if (count > 1) {
		add_parts(response, type, ranges, count);
		return;
	}
	http_response_text(response, "content-type", type);
	if (count == 1)
		add_part(response, &ranges[0]);
	else
		http_response_add(response, NULL, 0, response->file.size);
}

static void serve_file(const struct http_site *site, const struct http_request *request,
	const char *name, const struct http_file *plain, bool secure,
	struct http_response *response)
{
	const char *coding;
	bool varies;
	int status;

	http_response_init(response, 200);
	response->file = *plain;
	choose_variant(site, request, name, &response->file, &coding, &varies);
	status = http_condition(request, &response->file);
	if (status == 412) {
		http_site_error(site, status, secure, response);
		return;
	}
	http_site_protect(site, secure, response);
	describe(site, &response->file, response);
	if (varies)
		http_response_text(response, "vary", "accept-encoding");
	if (status == 304) {
		response->status = status;
		return;
	}
	if (coding)
		http_response_text(response, "content-encoding", coding);
	http_response_text(response, "accept-ranges", "bytes");
	add_body(site, request, secure, http_mime_type(name), response);
}

/* Appends the index's name to that of a folder. False when it does not fit. */
static bool add_index(char name[HTTP_PATH_MAX])
{
	size_t len = strlen(name);

	if (len && name[len - 1] != '/')
		return false;
	if (len + sizeof(INDEX) > HTTP_PATH_MAX)
		return false;
	memcpy(name + len, INDEX, sizeof(INDEX));
	return true;
}

static void serve_path(const struct http_site *site, const struct http_request *request,
	bool secure, struct http_response *response)
{
	char name[HTTP_PATH_MAX];
	struct http_file file;
	int error = http_path_map(request->path, name);

	if (error) {
		http_site_error(site, error, secure, response);
		return;
	}
	add_index(name);
	error = find(site, name, "", &file);
	if (!error)
		serve_file(site, request, name, &file, secure, response);
	else if (error == -ENOENT && find(site, name, "/" INDEX, &file) == 0)
		redirect_to_folder(site, request, name, secure, response);
	else
		http_site_error(site, error == -ENOENT ? 404 : 500, secure, response);
}

void http_site_answer(const struct http_site *site, const struct http_request *request, bool secure,
	struct http_response *response)
{
	switch (request->method) {
	case HTTP_GET:
	case HTTP_HEAD:
		serve_path(site, request, secure, response);
		return;
	case HTTP_OPTIONS:
		http_response_init(response, 204);
		http_site_protect(site, secure, response);
		break;
	default:
		http_site_error(site, request->method == HTTP_OTHER ? 501 : 405, secure, response);
	}
	http_response_text(response, "allow", ALLOWED);
}
