/* SPDX-License-Identifier: ISC */
/* See path.h: everything is decoded once, and what is left is judged as the name that it is. */
#include "lib/http/path.h"

#define BAD_REQUEST 400
#define NOT_FOUND   404

/* The next byte of a segment, decoded; -1 for one that no name may have. */
static int next_byte(struct http_text *rest)
{
	int c = (unsigned char)rest->at[0], used = 1;

	if (c == '%') {
		if (rest->len < 3 || http_hex_value(rest->at[1]) < 0 ||
			http_hex_value(rest->at[2]) < 0)
			return -1;
		c = http_hex_value(rest->at[1]) << 4 | http_hex_value(rest->at[2]);
		used = 3;
		if (c == '/')
			return -1;
	}
	rest->at += used;
	rest->len -= (size_t)used;
	return c < 0x20 || c == 0x7f || c == '\\' ? -1 : c;
}

/* Decodes up to the next slash. 0 and the length, or a status. */
static int take_segment(struct http_text *rest, char segment[HTTP_PATH_MAX], size_t *len)
{
	*len = 0;
	while (rest->len && rest->at[0] != '/') {
		int c = next_byte(rest);

		if (c < 0)
			return BAD_REQUEST;
		if (*len == HTTP_PATH_MAX - 1)
			return NOT_FOUND;
		segment[(*len)++] = (char)c;
	}
	segment[*len] = '\0';
	return 0;
}

/* Drops the last segment of NAME. False when there is none. */
static bool go_up(char name[HTTP_PATH_MAX], size_t *len)
{
	if (!*len)
		return false;
	do
		(*len)--;
	while (*len && name[*len - 1] != '/');
	return true;
}

/* Adds a segment to NAME, whose end is a slash unless it is empty. */
static int add_segment(
	char name[HTTP_PATH_MAX], size_t *len, const char *segment, size_t size, bool last)
{
	if (!size || strcmp(segment, ".") == 0)
		return 0;
	if (strcmp(segment, "..") == 0)
		return go_up(name, len) ? 0 : BAD_REQUEST;
	if (segment[0] == '.' && strcmp(segment, ".well-known") != 0)
		return NOT_FOUND;
	if (size + !last >= HTTP_PATH_MAX - *len)
		return NOT_FOUND;
	memcpy(name + *len, segment, size);
	*len += size;
	if (!last)
		name[(*len)++] = '/';
	return 0;
}

int http_path_map(struct http_text path, char name[HTTP_PATH_MAX])
{
	char segment[HTTP_PATH_MAX];
	size_t len = 0, size;
	int status;

	if (!path.len || path.at[0] != '/')
		return BAD_REQUEST;
	while (path.len) {
		path.at++;
		path.len--;
		status = take_segment(&path, segment, &size);
		if (!status)
			status = add_segment(name, &len, segment, size, !path.len);
		if (status)
			return status;
	}
	name[len] = '\0';
	return 0;
}

static bool is_plain(char c)
{
	return http_is_digit(c) || (http_lower(c) >= 'a' && http_lower(c) <= 'z') ||
	       (c && strchr("-._~/!$&'()*+,;=:@", c));
}

bool http_path_encode(const char *name, char *out, size_t size)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t len = 0;

	if (size < 2)
		return false;
	out[len++] = '/';
	for (; *name; name++) {
		if (len + 4 > size)
			return false;
		if (is_plain(*name)) {
			out[len++] = *name;
			continue;
		}
		out[len++] = '%';
		out[len++] = hex[(unsigned char)*name >> 4];
		out[len++] = hex[*name & 15];
	}
	out[len] = '\0';
	return true;
}
