/* SPDX-License-Identifier: ISC */
/* The boot archive: see boot.h. */
#include "lib/archive/boot.h"

#include <errno.h>

#include "lib/base/platform.h"

int archive_boot(struct archive *archive, const char **message)
{
	size_t len;
	const void *data = platform_archive(&len);

	*message = "none";
	return data ? archive_open(archive, data, len, message) : -ENOENT;
}

int archive_boot_find(struct archive_file *file, const char *name)
{
	struct archive archive;
	const char *message;
	int error = archive_boot(&archive, &message);

	return error ? error : archive_find(&archive, name, file);
}
