/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a path and as a Range field. No name leaves the site or is hidden, mapping it again
 * gives the same, and ranges lie within the file.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/http/path.h"
#include "lib/http/range.h"
#include "tests/support/fuzz.h"

static void check_name(const char *name)
{
	const char *segment = name;

	if (name[0] == '/' || strlen(name) >= HTTP_PATH_MAX)
		abort();
	while (*segment) {
		size_t len = strcspn(segment, "/");

		if (len == 0 || (segment[0] == '.' && strncmp(segment, ".well-known", len) != 0))
			abort();
		segment += len + (segment[len] == '/');
	}
	for (; *name; name++) {
		if ((unsigned char)*name < 0x20 || *name == 0x7f || *name == '\\')
			abort();
	}
}

static void check_again(const char *name)
{
	char encoded[HTTP_PATH_MAX * 3 + 2], again[HTTP_PATH_MAX];

	if (!http_path_encode(name, encoded, sizeof(encoded)) ||
		http_path_map((struct http_text){encoded, strlen(encoded)}, again) != 0 ||
		strcmp(name, again) != 0)
		abort();
}

static void check_ranges(struct http_text value, uint64_t size)
{
	struct http_range ranges[HTTP_RANGES_MAX];
	uint64_t total = 0;
	size_t count;
	int status = http_ranges_read(value, size, ranges, &count);

	if (status != 206)
		return;
	if (!count || count > HTTP_RANGES_MAX)
		abort();
	for (size_t i = 0; i < count; i++) {
		total += ranges[i].length;
		if (!ranges[i].length || ranges[i].start >= size ||
			ranges[i].length > size - ranges[i].start || total > size)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const uint64_t sizes[] = {0, 1, 10, 1000, 1ull << 40, UINT64_MAX};
	struct http_text text = {(const char *)data, len};
	char name[HTTP_PATH_MAX];

	if (http_path_map(text, name) == 0) {
		check_name(name);
		check_again(name);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check_ranges(text, sizes[i]);
	return 0;
}
