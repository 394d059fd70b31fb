/* SPDX-License-Identifier: ISC */
/*
 * Certificates, keys and what belongs to them, of the boot archive; called by tls.c. They are
 * copied, so that the archive, which may hold large zones, can go.
 */
#ifndef APPS_DNS_CERTIFICATES_H
#define APPS_DNS_CERTIFICATES_H

#include "lib/tls/folder.h"

/* The copies, for tls_server_put_folder(). */
extern const struct tls_files certificates;

/* Copies what there is, once. 0; -ENOENT, -EINVAL, -ENOMEM with why in MESSAGE. */
int certificates_load(char message[TLS_FOLDER_MESSAGE]);

#endif
