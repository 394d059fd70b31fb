/* SPDX-License-Identifier: ISC */
/*
 * Zones from a disk (setting `zone-disk`), in a folder zones/ as in the boot archive: at the start,
 * and anew whenever the live setting `reload` says so. Each zone is read while the one before goes
 * on being served, and takes its place when it is whole; a file that cannot be read or has an error
 * leaves its zone as it was.
 */
#ifndef APPS_DNS_RELOAD_H
#define APPS_DNS_RELOAD_H

#include "lib/base/config.h"

struct dns_server;

/* Reads the zones of the disk NAME ("" for none) into SERVER. 0, or -Exxx with the reason logged.
 * In a thread. */
int reload_open(struct dns_server *server, const char *name);
/* All is served: from now on reload_set() works. 0 or -ENOMEM. */
int reload_start(void);

/* The setting `reload`, as config_key.parse has it. */
int reload_set(const struct config_key *key, unsigned index, const char *value);

#endif
