/* SPDX-License-Identifier: ISC */
/* Any bytes as a boot archive: every file that is reported lies within it and has a plain name. */
#include <stdlib.h>
#include <string.h>

#include "lib/archive/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct archive archive;
	struct archive_file file, found;
	const char *message = NULL;
	size_t cursor = 0, last;
	unsigned count = 0;

	if (archive_open(&archive, data, len, &message)) {
		if (!message)
			abort();
		return 0;
	}
	for (last = 0; archive_next(&archive, &cursor, &file) == 1; last = cursor) {
		if (cursor <= last || cursor > len) /* it moves on, or it would never end */
			abort();
		if (file.data < data || file.data > data + len ||
			file.len > (size_t)(data + len - file.data))
			abort();
		if (!*file.name || *file.name == '/' || !strncmp(file.name, "../", 3) ||
			strstr(file.name, "//"))
			abort();
		if (count++ < 20 && archive_find(&archive, file.name, &found))
			abort();
	}
	return 0;
}
