/* SPDX-License-Identifier: ISC */
/* Sites out of a folder's files: see folder.h. */
#include "lib/tls/folder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"

#define CERTIFICATE ".crt"
#define NAME_ROOM   (TLS_NAME_MAX + 1) /* so that a longer one is seen to be longer */

static bool ends_with(const char *path, const char *suffix)
{
	size_t len = strlen(path), n = strlen(suffix);

	return len > n && strcmp(path + len - n, suffix) == 0;
}

bool tls_is_site_file(const char *path)
{
	return ends_with(path, CERTIFICATE) || ends_with(path, ".key") ||
	       ends_with(path, ".ocsp") || ends_with(path, ".clients");
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
	return ends_with(path, CERTIFICATE) && !strchr(path, '/') ? path : NULL;
}

static struct tls_bytes find(
	const struct tls_files *files, const char *folder, const char *name, const char *suffix)
{
	char path[TLS_FOLDER_MOST + NAME_ROOM + sizeof(".clients")];

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, suffix);
	return files->find(files->ctx, path);
}

/* The site whose certificate is in FOLDER/FILE. A name too long is left to tls_server_put(). */
static int put(struct tls_server *server, const struct tls_files *files, const char *folder,
	const char *file, char message[TLS_FOLDER_MESSAGE])
{
	char name[NAME_ROOM], why[TLS_MESSAGE];
	size_t len = MIN(strlen(file) - strlen(CERTIFICATE), sizeof(name) - 1);
	struct tls_site site = {.name = name, .clients_must = true};
	int error;

	memcpy(name, file, len);
	name[len] = '\0';
	site.chain = find(files, folder, name, CERTIFICATE);
	site.key = find(files, folder, name, ".key");
	site.ocsp = find(files, folder, name, ".ocsp");
	site.clients = find(files, folder, name, ".clients");
	error = tls_server_put(server, &site, why);
	if (error)
		snprintf(message, TLS_FOLDER_MESSAGE, "%.31s/%.40s.crt, .key: %s", folder, name,
			why);
	return error;
}

int tls_put_folder(struct tls_server *server, const struct tls_files *files, const char *folder,
	char message[TLS_FOLDER_MESSAGE])
{
	const char *path;
	bool found = false;

	for (size_t i = 0; (path = files->path(files->ctx, i)); i++) {
		const char *file = certificate_in(path, folder);
		int error = file ? put(server, files, folder, file, message) : 0;

		if (error)
			return error;
		found |= file != NULL;
	}
	if (!found)
		snprintf(message, TLS_FOLDER_MESSAGE,
			"expected %.31s/default.crt and .key, got none", folder);
	return found ? 0 : -ENOENT;
}
