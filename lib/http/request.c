/* SPDX-License-Identifier: ISC */
/* See request.h. Lines end with CR LF and nothing else; a bare CR, a bare LF or a NUL is refused.
 */
#include "lib/http/request.h"

#include "lib/base/bytes.h"

#define BAD_REQUEST   400
#define EXPECT_FAILED 417
#define TOO_LARGE     431
#define NO_SUCH_THING 501
#define BAD_VERSION   505

/* ---- where the head ends ---- */

size_t http_head_length(const uint8_t *data, size_t len)
{
	size_t start = 0;

	while (start + 1 < len && data[start] == '\r' && data[start + 1] == '\n')
		start += 2;
	for (size_t i = start; i < len; i++) {
		const uint8_t *lf = memchr(data + i, '\n', len - i);

		if (!lf)
			return 0;
		i = (size_t)(lf - data);
		/* A line that ends wrongly is the end, too: the reader refuses it at once. */
		if (i == start || data[i - 1] != '\r' ||
			(i >= start + 3 && data[i - 2] == '\n' && data[i - 3] == '\r'))
			return i + 1;
	}
	return 0;
}

/* Takes the next line off *REST, without its CR LF. False when it does not end so. */
static bool next_line(struct http_text *rest, struct http_text *line)
{
	const char *lf = memchr(rest->at, '\n', rest->len);
	size_t len;

	if (!lf || lf == rest->at || lf[-1] != '\r')
		return false;
	len = (size_t)(lf - rest->at) + 1;
	*line = (struct http_text){rest->at, len - 2};
	rest->at += len;
	rest->len -= len;
	return true;
}

/* ---- the request line ---- */

static const char *const methods[] = {
	[HTTP_GET] = "GET",
	[HTTP_HEAD] = "HEAD",
	[HTTP_POST] = "POST",
	[HTTP_PUT] = "PUT",
	[HTTP_DELETE] = "DELETE",
	[HTTP_OPTIONS] = "OPTIONS",
	[HTTP_PATCH] = "PATCH",
};

static int take_method(struct http_request *request, struct http_text text)
{
	if (!text.len)
		return BAD_REQUEST;
	for (size_t i = 0; i < text.len; i++) {
		if (!http_is_token_byte(text.at[i]))
			return BAD_REQUEST;
	}
	request->method_text = text;
	request->method = HTTP_OTHER;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (http_text_is(text, methods[i]))
			request->method = (enum http_method)i;
	}
	return 0;
}

static int take_version(struct http_request *request, struct http_text text)
{
	if (text.len != 8 || memcmp(text.at, "HTTP/", 5) != 0 || !http_is_digit(text.at[5]) ||
		text.at[6] != '.' || !http_is_digit(text.at[7]))
		return BAD_REQUEST;
	if (text.at[5] != '1')
		return BAD_VERSION;
	request->minor = (unsigned)(text.at[7] - '0');
	return 0;
}

/* Visible ASCII: what else an octet is must be percent-encoded (RFC 3986 section 2). */
static bool is_visible(struct http_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] < 0x21 || text.at[i] > 0x7e)
			return false;
	}
	return true;
}

static void split_target(struct http_request *request)
{
	const char *query = memchr(request->target.at, '?', request->target.len);

	request->path = request->target;
	request->query = (struct http_text){request->target.at + request->target.len, 0};
	if (query) {
		request->path.len = (size_t)(query - request->target.at);
		request->query =
			(struct http_text){query + 1, request->target.len - request->path.len - 1};
	}
}

/* RFC 9112 section 3.2: the origin form, the absolute form, or "*" for OPTIONS. */
static int take_target(struct http_request *request, struct http_text text)
{
	static const char *const schemes[] = {"https://", "http://"};

	if (!text.len || !is_visible(text) || memchr(text.at, '#', text.len))
		return BAD_REQUEST;
	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t len = strlen(schemes[i]);
		size_t end = len;

		if (text.len <= len ||
			!http_text_is_nocase((struct http_text){text.at, len}, schemes[i]))
			continue;
		while (end < text.len && text.at[end] != '/' && text.at[end] != '?')
			end++;
		request->authority = (struct http_text){text.at + len, end - len};
		text = (struct http_text){text.at + end, text.len - end};
		if (!text.len)
			text = HTTP_TEXT("/");
		else if (text.at[0] == '?')
			return BAD_REQUEST;
		break;
	}
	request->target = text;
	split_target(request);
	if (text.at[0] == '/')
		return 0;
	return request->method == HTTP_OPTIONS && http_text_is(text, "*") ? 0 : BAD_REQUEST;
}

static int take_request_line(struct http_request *request, struct http_text line)
{
	const char *first = memchr(line.at, ' ', line.len);
	const char *end = line.at + line.len, *second;
	int status;

	if (!first)
		return BAD_REQUEST;
	second = memchr(first + 1, ' ', (size_t)(end - first) - 1);
	if (!second)
		return BAD_REQUEST;
	status = take_method(request, (struct http_text){line.at, (size_t)(first - line.at)});
	if (!status)
		status = take_version(
			request, (struct http_text){second + 1, (size_t)(end - second) - 1});
	if (!status)
		status = take_target(
			request, (struct http_text){first + 1, (size_t)(second - first) - 1});
	return status;
}

/* ---- fields ---- */

static bool value_valid(struct http_text value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.at[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Folded lines begin with a blank, and so have no name: they are refused with the rest. */
static int take_field(struct http_request *request, struct http_text line)
{
	const char *colon = memchr(line.at, ':', line.len);
	struct http_field *field = &request->fields[request->field_count];

	if (!colon || colon == line.at)
		return BAD_REQUEST;
	if (request->field_count == HTTP_FIELDS_MAX)
		return TOO_LARGE;
	field->name = (struct http_text){line.at, (size_t)(colon - line.at)};
	field->value =
		http_text_trim((struct http_text){colon + 1, line.len - field->name.len - 1});
	for (size_t i = 0; i < field->name.len; i++) {
		if (!http_is_token_byte(field->name.at[i]))
			return BAD_REQUEST;
	}
	if (!value_valid(field->value))
		return BAD_REQUEST;
	request->field_count++;
	return 0;
}

bool http_request_field(
	const struct http_request *request, const char *name, struct http_text *value)
{
	*value = HTTP_TEXT("");
	for (size_t i = 0; i < request->field_count; i++) {
		if (http_text_is_nocase(request->fields[i].name, name)) {
			*value = request->fields[i].value;
			return true;
		}
	}
	return false;
}

size_t http_request_count(const struct http_request *request, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < request->field_count; i++)
		n += http_text_is_nocase(request->fields[i].name, name);
	return n;
}

bool http_request_lists(const struct http_request *request, const char *name, const char *item)
{
	for (size_t i = 0; i < request->field_count; i++) {
		struct http_text list = request->fields[i].value, one;

		if (!http_text_is_nocase(request->fields[i].name, name))
			continue;
		while (http_text_next(&list, ',', &one)) {
			if (http_text_is_nocase(one, item))
				return true;
		}
	}
	return false;
}

/* ---- what the fields mean ---- */

/* RFC 9112 section 6: one Content-Length of digits, or just "chunked"; both at once is an attack.
 */
static int take_framing(struct http_request *request)
{
	struct http_text value;
	size_t lengths = http_request_count(request, "content-length");
	size_t codings = http_request_count(request, "transfer-encoding");

	if (lengths > 1 || codings > 1 || (lengths && codings))
		return BAD_REQUEST;
	if (lengths) {
		http_request_field(request, "content-length", &value);
		request->has_length = true;
		return http_text_number(value, &request->length) ? 0 : BAD_REQUEST;
	}
	if (!codings)
		return 0;
	if (request->minor == 0)
		return BAD_REQUEST;
	http_request_field(request, "transfer-encoding", &value);
	request->chunked = true;
	return http_text_is_nocase(value, "chunked") ? 0 : NO_SUCH_THING;
}

static bool is_host_byte(char c)
{
	return http_is_digit(c) || (http_lower(c) >= 'a' && http_lower(c) <= 'z') || c == '-' ||
	       c == '.' || c == '_';
}

bool http_host_valid(struct http_text host)
{
	if (host.len > 2 && host.at[0] == '[' && host.at[host.len - 1] == ']') {
		for (size_t i = 1; i < host.len - 1; i++) {
			if (http_hex_value(host.at[i]) < 0 && host.at[i] != ':' &&
				host.at[i] != '.')
				return false;
		}
		return true;
	}
	for (size_t i = 0; i < host.len; i++) {
		if (!is_host_byte(host.at[i]))
			return false;
	}
	return host.len > 0 && host.len < 256;
}

/* Splits "host:port" into request->host and a port, which only has to be a number. */
static int take_authority(struct http_request *request)
{
	struct http_text all = request->authority, port;
	size_t end = all.len;
	uint64_t number;

	for (size_t i = all.len; i > 0; i--) {
		if (all.at[i - 1] == ']')
			break;
		if (all.at[i - 1] == ':') {
			end = i - 1;
			break;
		}
	}
	request->host = (struct http_text){all.at, end};
	if (end < all.len) {
		port = (struct http_text){all.at + end + 1, all.len - end - 1};
		if (port.len && (!http_text_number(port, &number) || number > 65535))
			return BAD_REQUEST;
	}
	if (request->host.len && request->host.at[request->host.len - 1] == '.')
		request->host.len--;
	return http_host_valid(request->host) ? 0 : BAD_REQUEST;
}

/* RFC 9112 section 3.2: HTTP/1.1 has just one Host, which an absolute target overrules. */
static int take_host(struct http_request *request)
{
	size_t hosts = http_request_count(request, "host");
	struct http_text value;

	if (hosts > 1 || (hosts == 0 && request->minor > 0))
		return BAD_REQUEST;
	if (hosts && !request->authority.len) {
		http_request_field(request, "host", &value);
		request->authority = value;
	}
	if (hosts == 0 && !request->authority.len)
		return 0;
	return take_authority(request);
}

static int take_expect(struct http_request *request)
{
	struct http_text value;

	if (!http_request_field(request, "expect", &value) || request->minor == 0)
		return 0;
	request->expects = http_text_is_nocase(value, "100-continue");
	return request->expects && http_request_count(request, "expect") == 1 ? 0 : EXPECT_FAILED;
}

static int take_meaning(struct http_request *request)
{
	int status = take_framing(request);

	if (!status)
		status = take_host(request);
	if (!status)
		status = take_expect(request);
	request->keep_alive =
		!http_request_lists(request, "connection", "close") &&
		(request->minor > 0 || http_request_lists(request, "connection", "keep-alive"));
	return status;
}

int http_request_compose(struct http_request *request, struct http_text method,
	struct http_text target, struct http_text authority)
{
	int status;

	memset(request, 0, offsetof(struct http_request, fields));
	request->field_count = 0;
	request->minor = 1;
	status = take_method(request, method);
	if (!status)
		status = target.len && (target.at[0] == '/' || target.at[0] == '*')
				 ? take_target(request, target)
				 : BAD_REQUEST;
	request->authority = authority;
	return status || !authority.len ? status : take_authority(request);
}

int http_request_read(struct http_request *request, const uint8_t *data, size_t len)
{
	struct http_text rest = {(const char *)data, len}, line;
	int status;

	/* The fields' places stay as they are: only those that are counted are read. */
	memset(request, 0, offsetof(struct http_request, fields));
	request->field_count = 0;
	if (len > HTTP_HEAD_MAX)
		return TOO_LARGE;
	if (memchr(data, '\0', len))
		return BAD_REQUEST;
	do {
		if (!next_line(&rest, &line))
			return BAD_REQUEST;
	} while (!line.len);
	status = take_request_line(request, line);
	while (!status) {
		if (!next_line(&rest, &line))
			return BAD_REQUEST;
		if (!line.len)
			break;
		status = take_field(request, line);
	}
	return status ? status : take_meaning(request);
}
