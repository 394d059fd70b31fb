/* SPDX-License-Identifier: ISC */
/* See response.h. */
#include "lib/http/response.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/assert.h"
#include "lib/base/bytes.h"
#include "lib/http/date.h"

static const struct {
	int status;
	const char *text;
} names[] = {
	{100, "Continue"},
	{200, "OK"},
	{204, "No Content"},
	{206, "Partial Content"},
	{301, "Moved Permanently"},
	{302, "Found"},
	{304, "Not Modified"},
	{308, "Permanent Redirect"},
	{400, "Bad Request"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{411, "Length Required"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{421, "Misdirected Request"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

const char *http_status_text(int status)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (names[i].status == status)
			return names[i].text;
	}
	return "";
}

bool http_status_has_body(int status)
{
	return status >= 200 && status != 204 && status != 304;
}

void http_response_init(struct http_response *response, int status)
{
	response->status = status;
	response->fields_len = 0;
	response->length = 0;
	response->piece_count = 0;
	response->parts_len = 0;
	response->file = (struct http_file){0};
}

/* Eight bytes at a time: in each, whether its high bit is set by one below 0x20 or by 0x7f. */
static bool is_clean8(const char *text)
{
	const uint64_t each = 0x0101010101010101u;
	uint64_t bytes, deletes;

	memcpy(&bytes, text, sizeof(bytes));
	deletes = bytes ^ each * 0x7f;
	return !((((bytes - each * 0x20) & ~bytes) | ((deletes - each) & ~deletes)) & each * 0x80);
}

/* No control bytes. */
static bool is_clean(const char *text, size_t len)
{
	for (; len >= 8; text += 8, len -= 8) {
		if (!is_clean8(text))
			return false;
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			return false;
	}
	return true;
}

bool http_response_field(struct http_response *response, const char *name, const char *format, ...)
{
	char *at = response->fields + response->fields_len;
	size_t room = sizeof(response->fields) - response->fields_len, len;
	int head = snprintf(at, room, "%s: ", name), value;
	va_list args;

	if (head < 0 || (size_t)head >= room)
		return false;
	va_start(args, format);
	value = vsnprintf(at + head, room - (size_t)head, format, args);
	va_end(args);
	len = (size_t)head + (size_t)MAX(value, 0);
	if (value < 0 || len + 2 > room || !is_clean(at, len))
		return false;
	memcpy(at + len, "\r\n", 2);
	response->fields_len += len + 2;
	return true;
}

bool http_response_text(struct http_response *response, const char *name, const char *value)
{
	size_t name_len = strlen(name), value_len = strlen(value);
	char *at = response->fields + response->fields_len;

	if (name_len + value_len + 4 > sizeof(response->fields) - response->fields_len ||
		!is_clean(value, value_len))
		return false;
	memcpy(at, name, name_len);
	memcpy(at + name_len, ": ", 2);
	memcpy(at + name_len + 2, value, value_len);
	memcpy(at + name_len + 2 + value_len, "\r\n", 2);
	response->fields_len += name_len + value_len + 4;
	return true;
}

bool http_response_lines(struct http_response *response, const char *lines, size_t len)
{
	if (len > sizeof(response->fields) - response->fields_len)
		return false;
	memcpy(response->fields + response->fields_len, lines, len);
	response->fields_len += len;
	return true;
}

void http_response_add(
	struct http_response *response, const char *text, uint64_t offset, uint64_t len)
{
	ASSERT(response->piece_count < HTTP_PIECES_MAX);
	response->pieces[response->piece_count++] = (struct http_piece){text, offset, len};
	response->length += len;
}

bool http_response_next(struct http_text *rest, struct http_text *name, struct http_text *value)
{
	const char *colon = memchr(rest->at, ':', rest->len);
	const char *end = memchr(rest->at, '\r', rest->len);
	size_t len;

	if (!colon || !end)
		return false;
	*name = (struct http_text){rest->at, (size_t)(colon - rest->at)};
	*value = (struct http_text){colon + 2, (size_t)(end - colon) - 2};
	len = (size_t)(end - rest->at) + 2;
	rest->at += len;
	rest->len -= len;
	return true;
}

/* Text that is appended until it does not fit. */
struct out {
	char *at;
	size_t len, size;
};

static void put(struct out *out, const char *text, size_t len)
{
	if (len > out->size - out->len) {
		out->len = out->size;
		return;
	}
	memcpy(out->at + out->len, text, len);
	out->len += len;
}

static void put_text(struct out *out, const char *text)
{
	put(out, text, strlen(text));
}

static void put_number(struct out *out, uint64_t number)
{
	char digits[HTTP_DIGITS];

	put(out, digits, http_text_decimal(digits, number));
}

static void put_date(struct out *out, uint64_t now)
{
	char date[HTTP_DATE_LEN + 1];

	http_date_write(now, date);
	put_text(out, "date: ");
	put(out, date, HTTP_DATE_LEN);
	put_text(out, "\r\n");
}

size_t http_response_head(const struct http_response *response,
	const struct http_head_options *options, char *out_text, size_t size)
{
	struct out out = {out_text, 0, size};

	put_text(&out, "HTTP/1.1 ");
	put_number(&out, (uint64_t)response->status);
	put_text(&out, " ");
	put_text(&out, http_status_text(response->status));
	put_text(&out, "\r\n");
	if (options->now)
		put_date(&out, options->now);
	put(&out, response->fields, response->fields_len);
	if (http_status_has_body(response->status)) {
		if (response->length != HTTP_UNKNOWN) {
			put_text(&out, "content-length: ");
			put_number(&out, response->length);
			put_text(&out, "\r\n");
		} else if (options->chunked) {
			put_text(&out, "transfer-encoding: chunked\r\n");
		}
	}
	if (options->close)
		put_text(&out, "connection: close\r\n");
	else if (options->keep_alive_10)
		put_text(&out, "connection: keep-alive\r\n");
	put_text(&out, "\r\n");
	return out.len < size ? out.len : 0;
}
