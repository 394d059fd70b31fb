/* SPDX-License-Identifier: ISC */
/*
 * DNS is told of clients' names by signed updates, one after the other (lib/dhcp/names.h says what
 * is to be said). Leases never wait for it.
 */
#ifndef APPS_DHCP_NAMES_H
#define APPS_DHCP_NAMES_H

#include <stdbool.h>

#include "lib/base/config.h"
#include "lib/dhcp/server.h"

/* The settings dns= and zone=, the latter as the name server has it. 0 or -EINVAL. */
int names_set_server(const struct config_key *key, unsigned index, const char *value);
int names_set_zone(const struct config_key *key, unsigned index, const char *value);
extern const char names_server_expected[], names_zone_expected[];

/*
 * Reads the file `keys` of the boot archive and holds all settings against each other. 0, or -Exxx
 * with the reason logged. While the archive is there.
 */
int names_check(const struct dhcp_config *config);
bool names_are_told(void);

/* Starts the thread that tells. 0, -ENOMEM, -EADDRINUSE. */
int names_start(struct dhcp_server *server);
/* Has it look for what is due. */
void names_wake(void);
/* Logs what was told. */
void names_stopping(void);

#endif
