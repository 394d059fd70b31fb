/* SPDX-License-Identifier: ISC */
/*
 * Certificates, keys and what belongs to them, of the boot archive; called by tls.c. They are
 * copied, so that the archive, which may hold large zones, can go.
 */
#ifndef APPS_DNS_CERTIFICATES_H
#define APPS_DNS_CERTIFICATES_H

#include "lib/tls/folder.h"

/* The copies, for tls_put_folder(). */
extern const struct tls_files certificates;

/* Copies what there is, once, of an archive that zones_load() has found sound. 0 or -ENOMEM. */
int certificates_load(void);

#endif
