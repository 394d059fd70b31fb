/* SPDX-License-Identifier: ISC */
/* See mime.h. Sorted by how often they are asked for, roughly. */
#include "lib/http/mime.h"

#include "lib/base/bytes.h"
#include "lib/http/text.h"

static const char *const types[][2] = {
	{"html", "text/html; charset=utf-8"},
	{"css", "text/css; charset=utf-8"},
	{"js", "text/javascript; charset=utf-8"},
	{"mjs", "text/javascript; charset=utf-8"},
	{"json", "application/json"},
	{"svg", "image/svg+xml"},
	{"png", "image/png"},
	{"jpg", "image/jpeg"},
	{"jpeg", "image/jpeg"},
	{"gif", "image/gif"},
	{"webp", "image/webp"},
	{"avif", "image/avif"},
	{"ico", "image/x-icon"},
	{"woff2", "font/woff2"},
	{"woff", "font/woff"},
	{"ttf", "font/ttf"},
	{"txt", "text/plain; charset=utf-8"},
	{"htm", "text/html; charset=utf-8"},
	{"md", "text/markdown; charset=utf-8"},
	{"csv", "text/csv; charset=utf-8"},
	{"xml", "application/xml"},
	{"atom", "application/atom+xml"},
	{"rss", "application/rss+xml"},
	{"webmanifest", "application/manifest+json"},
	{"wasm", "application/wasm"},
	{"pdf", "application/pdf"},
	{"zip", "application/zip"},
	{"gz", "application/gzip"},
	{"tar", "application/x-tar"},
	{"mp3", "audio/mpeg"},
	{"ogg", "audio/ogg"},
	{"opus", "audio/ogg"},
	{"wav", "audio/wav"},
	{"mp4", "video/mp4"},
	{"webm", "video/webm"},
};

const char *http_mime_type(const char *name)
{
	const char *slash = strrchr(name, '/'), *dot = strrchr(slash ? slash : name, '.');

	if (dot) {
		struct http_text end = {dot + 1, strlen(dot + 1)};

		for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
			if (http_text_is_nocase(end, types[i][0]))
				return types[i][1];
		}
	}
	return "application/octet-stream";
}
