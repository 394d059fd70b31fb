/* SPDX-License-Identifier: ISC */
/*
 * A folder of sites: NAME.crt and NAME.key make the site NAME, with NAME.ocsp and NAME.clients if
 * they are there (struct tls_site says what each holds). Called by apps at the start and when their
 * setting names another folder.
 */
#ifndef LIB_TLS_FOLDER_H
#define LIB_TLS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/tls/tls.h"

#define TLS_FOLDER_MOST    32  /* bytes of a folder's name with its NUL */
#define TLS_FOLDER_MESSAGE 256 /* bytes enough for any message below */

/* Where files come from; each has a path as "tls/default.crt". */
struct tls_files {
	/* The path of file number I, in any order; NULL behind the last. */
	const char *(*path)(void *ctx, size_t i);
	/* What is in the file PATH; DATA is NULL when there is none. */
	struct tls_bytes (*find)(void *ctx, const char *path);
	void *ctx;
};

/* Whether PATH ends as one of those files, so that it must be kept for tls_put_folder(). */
bool tls_is_site_file(const char *path);

/* Whether NAME may be a folder's: the name of one, not a path, and not too long. */
bool tls_is_folder(const char *name);

/*
 * Puts each site of FOLDER, without the folders below it, into SERVER, as tls_server_put() does.
 * Who has NAME.clients must show a certificate. 0; or -Exxx with why in MESSAGE: -ENOENT if there
 * is no site at all, else that of the first site that is not right. Those before it stay put.
 */
int tls_put_folder(struct tls_server *server, const struct tls_files *files, const char *folder,
	char message[TLS_FOLDER_MESSAGE]);

#endif
