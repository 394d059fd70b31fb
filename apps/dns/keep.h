/* SPDX-License-Identifier: ISC */
/*
 * Updates that are kept on a disk (setting `disk`): each is durable before it is acknowledged, and
 * a zone after a start is what the archive has and what was kept since.
 */
#ifndef APPS_DNS_KEEP_H
#define APPS_DNS_KEEP_H

#include <stdbool.h>

#include "apps/dns/roles.h"

/*
 * Opens the store on the disk called NAME ("xvda"); "" for none. In a thread; it waits for the
 * disk. 0, or -Exxx with the reason logged.
 */
int keep_open(const char *name);

/*
 * Brings the zone of ROLE, just loaded, to where its updates had led. 0, or -Exxx with the reason
 * logged: the archive has another zone now, and it is not newer.
 */
int keep_restore(struct role *role);

/* CHANGE, which is in the journal, must be made durable; nothing where nothing is kept. */
void keep_change(struct role *role, struct dns_change *change);

/*
 * Makes all changes durable that are not. 0, or -Exxx: those that are not are tried again with the
 * next update, and until then none is acknowledged. In a thread.
 */
int keep_all(struct role *role);

/* Whether nothing is on its way, as a suspended machine needs it. */
bool keep_is_idle(void);

#endif
