/* SPDX-License-Identifier: ISC */
/* Sites out of a folder's files: see folder.h. */
#include "lib/tls/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"

static const char certificate[] = ".crt";

static bool ends_with(const char *path, const char *suffix)
{
	size_t len = strlen(path), n = strlen(suffix);

	return len > n && strcmp(path + len - n, suffix) == 0;
}

bool tls_is_site_file(const char *path)
{
	static const char *const suffixes[] = {certificate, ".key", ".ocsp", ".clients"};

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (ends_with(path, suffixes[i]))
			return true;
	}
	return false;
}

bool tls_is_folder(const char *name)
{
	return *name && strlen(name) < TLS_FOLDER_MOST && !strchr(name, '/');
}

/* What is behind "FOLDER/" in PATH, if that is NAME.crt; or NULL. */
static const char *certificate_in(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (strncmp(path, folder, len) != 0 || path[len] != '/')
		return NULL;
	path += len + 1;
	return ends_with(path, certificate) && !strchr(path, '/') ? path : NULL;
}

static struct tls_bytes find(
	const struct tls_files *files, const char *folder, const char *name, const char *suffix)
{
	char path[TLS_FOLDER_MOST + TLS_NAME_MAX + 10];

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	return files->find(files->ctx, path);
}

/* The site whose certificate is in FOLDER/FILE. */
static int put(struct tls_server *server, const struct tls_files *files, const char *folder,
	const char *file, char message[TLS_FOLDER_MESSAGE])
{
	char name[TLS_NAME_MAX], why[TLS_MESSAGE] = "expected a name of at most 255 bytes";
	size_t len = strlen(file) - strlen(certificate);
	int error = -EINVAL;

	if (len < sizeof(name)) {
		struct tls_site site = {.name = name, .clients_must = true};

		memcpy(name, file, len);
		name[len] = '\0';
		site.chain = find(files, folder, name, certificate);
		site.key = find(files, folder, name, ".key");
		site.ocsp = find(files, folder, name, ".ocsp");
		site.clients = find(files, folder, name, ".clients");
		error = tls_server_put(server, &site, why);
	}
	if (error)
		snprintf(message, TLS_FOLDER_MESSAGE, "%s/%.*s.crt, .key: %s", folder,
			(int)MIN(len, (size_t)40), file, why);
	return error;
}

int tls_server_put_folder(struct tls_server *server, const struct tls_files *files,
	const char *folder, char message[TLS_FOLDER_MESSAGE])
{
	const char *path;
	bool found = false;

	if (!tls_is_folder(folder)) {
		snprintf(message, TLS_FOLDER_MESSAGE, "%.40s: expected a folder's name", folder);
		return -EINVAL;
	}
	for (size_t i = 0; (path = files->path(files->ctx, i)); i++) {
		const char *file = certificate_in(path, folder);
		int error = file ? put(server, files, folder, file, message) : 0;

		if (error)
			return error;
		found |= file != NULL;
	}
	if (!found)
		snprintf(message, TLS_FOLDER_MESSAGE, "expected %s/default.crt and .key, got none",
			folder);
	return found ? 0 : -ENOENT;
}
