/* SPDX-License-Identifier: ISC */
/* Certificates of the boot archive: see certificates.h. */
#include "apps/dns/certificates.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/archive/archive.h"
#include "lib/base/list.h"
#include "lib/base/platform.h"

#define NAME_MOST 128 /* bytes of FOLDER/NAME.crt */

struct entry {
	struct list node;
	char path[NAME_MOST];
	size_t len;
	uint8_t data[];
};

static struct list entries = LIST_INIT(entries);

static bool ends_with(const char *path, const char *suffix)
{
	size_t len = strlen(path), n = strlen(suffix);

	return len > n && !strcmp(path + len - n, suffix);
}

static int keep(const struct archive_file *file)
{
	struct entry *entry;

	if (!ends_with(file->name, ".crt") && !ends_with(file->name, ".key"))
		return 0;
	if (strlen(file->name) >= NAME_MOST)
		return -ENAMETOOLONG;
	entry = malloc(sizeof(*entry) + file->len);
	if (!entry)
		return -ENOMEM;
	memcpy(entry->path, file->name, strlen(file->name) + 1);
	entry->len = file->len;
	memcpy(entry->data, file->data, file->len);
	list_push_back(&entries, &entry->node);
	return 0;
}

int certificates_load(char message[CERTIFICATES_MESSAGE])
{
	struct archive archive;
	struct archive_file file;
	const char *why;
	size_t len, cursor = 0;
	const void *data = platform_archive(&len);
	int found, error = 0;

	if (!data || archive_open(&archive, data, len, &why)) {
		snprintf(message, CERTIFICATES_MESSAGE,
			"boot archive: expected one with tls/default.crt and .key, got %s",
			data ? why : "none");
		return -EINVAL;
	}
	while ((found = archive_next(&archive, &cursor, &file)) > 0 && !error) {
		error = keep(&file);
		if (error)
			snprintf(message, CERTIFICATES_MESSAGE, "boot archive: %.100s: %s",
				file.name,
				error == -ENOMEM ? "no memory left" : "its name is too long");
	}
	if (found < 0)
		snprintf(
			message, CERTIFICATES_MESSAGE, "boot archive: damaged at byte %zu", cursor);
	return found < 0 ? found : error;
}

static struct tls_bytes find(const char *folder, int name_len, const char *name, const char *suffix)
{
	char path[NAME_MOST + 8];
	struct list *node;

	snprintf(path, sizeof(path), "%s/%.*s%s", folder, name_len, name, suffix);
	list_for_each (node, &entries) {
		const struct entry *entry = container_of(node, struct entry, node);

		if (!strcmp(entry->path, path))
			return (struct tls_bytes){entry->data, entry->len};
	}
	return (struct tls_bytes){NULL, 0};
}

/* The certificate of FOLDER that is in ENTRY, with its key. */
static int put(struct tls_server *server, const char *folder, const struct entry *entry,
	char message[CERTIFICATES_MESSAGE])
{
	const char *start = entry->path + strlen(folder) + 1;
	int len = (int)(strlen(start) - strlen(".crt")), error;
	char name[NAME_MOST], why[TLS_MESSAGE];
	struct tls_site site = {.name = name,
		.chain = {entry->data, entry->len},
		.key = find(folder, len, start, ".key")};

	snprintf(name, sizeof(name), "%.*s", len, start);
	error = tls_server_put(server, &site, why);
	if (error)
		snprintf(message, CERTIFICATES_MESSAGE, "%.31s/%.40s.crt, .key: %s", folder, name,
			why);
	return error;
}

int certificates_put(
	struct tls_server *server, const char *folder, char message[CERTIFICATES_MESSAGE])
{
	size_t len = strlen(folder);
	struct list *node;
	bool found = false;

	list_for_each (node, &entries) {
		const struct entry *entry = container_of(node, struct entry, node);
		int error;

		if (strncmp(entry->path, folder, len) != 0 || entry->path[len] != '/' ||
			strchr(entry->path + len + 1, '/') || !ends_with(entry->path, ".crt"))
			continue;
		error = put(server, folder, entry, message);
		if (error)
			return error;
		found = true;
	}
	if (!found)
		snprintf(message, CERTIFICATES_MESSAGE,
			"boot archive: expected %.31s/default.crt and .key, got none", folder);
	return found ? 0 : -ENOENT;
}
