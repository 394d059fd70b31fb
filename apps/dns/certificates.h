/* SPDX-License-Identifier: ISC */
/*
 * Certificates and keys of the boot archive: FOLDER/NAME.crt and FOLDER/NAME.key, PEM; called by
 * tls.c. They are copied, so that the archive, which may hold large zones, can go.
 */
#ifndef APPS_DNS_CERTIFICATES_H
#define APPS_DNS_CERTIFICATES_H

#include "lib/tls/tls.h"

#define CERTIFICATES_MESSAGE 256

/* Copies what there is. 0; -EINVAL, -ENOMEM with why in MESSAGE. */
int certificates_load(char message[CERTIFICATES_MESSAGE]);

/*
 * Puts those of FOLDER into SERVER. 0, or -Exxx with why in MESSAGE: there are none, or one that is
 * not right.
 */
int certificates_put(
	struct tls_server *server, const char *folder, char message[CERTIFICATES_MESSAGE]);

#endif
