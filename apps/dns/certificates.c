/* SPDX-License-Identifier: ISC */
/* Certificates of the boot archive: see certificates.h. */
#include "apps/dns/certificates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/archive/boot.h"

/* The path, which ends in NUL, and behind it the file's LEN bytes, in memory of their own. */
struct entry {
	char *path;
	size_t len;
};

static struct entry *entries;
static size_t count;

static const uint8_t *data_of(const struct entry *entry)
{
	return (const uint8_t *)entry->path + strlen(entry->path) + 1;
}

static const char *path_of(void *ctx, size_t i)
{
	(void)ctx;
	return i < count ? entries[i].path : NULL;
}

static struct tls_bytes find(void *ctx, const char *path)
{
	(void)ctx;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(entries[i].path, path) == 0)
			return (struct tls_bytes){data_of(&entries[i]), entries[i].len};
	}
	return (struct tls_bytes){NULL, 0};
}

const struct tls_files certificates = {.path = path_of, .find = find};

static int keep(const struct archive_file *file)
{
	struct entry *more = realloc(entries, (count + 1) * sizeof(*entries));
	size_t path_size = strlen(file->name) + 1;
	char *path = malloc(path_size + file->len);

	if (more)
		entries = more;
	if (!more || !path) {
		free(path);
		return -ENOMEM;
	}
	memcpy(path, file->name, path_size);
	memcpy(path + path_size, file->data, file->len);
	entries[count++] = (struct entry){path, file->len};
	return 0;
}

int certificates_load(void)
{
	struct archive archive;
	struct archive_file file;
	const char *message;
	size_t cursor = 0;
	int error = 0;

	if (archive_boot(&archive, &message))
		return 0;
	while (!error && archive_next(&archive, &cursor, &file) > 0) {
		if (tls_is_site_file(file.name))
			error = keep(&file);
	}
	return error;
}
