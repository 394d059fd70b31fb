/* SPDX-License-Identifier: ISC */
/*
 * Leases on a disk, by lib/store: a record for each address, named "4" or "6" and its bytes. Many
 * leases become durable by one flush.
 */
#ifndef APPS_DHCP_LEASES_H
#define APPS_DHCP_LEASES_H

#include <stdbool.h>

#include "lib/dhcp/server.h"
#include "lib/dhcp/server6.h"
#include "lib/disk/store_sync.h"

/*
 * Opens the store on the disk called NAME and gives the servers the leases there. 0, or -Exxx with
 * the reason logged. TOLERANT: leases that cannot be read are left out. In a thread.
 */
int leases_open(
	struct dhcp_server *server, struct dhcp6_server *server6, const char *name, bool tolerant);

/* Whether there is a store; without, leases are in memory only. */
bool leases_are_kept(void);

/*
 * Stages RECORD of ADDRESS (of 4 or 16 bytes, in network byte order) and has LATER told when it is
 * durable. 0, or -Exxx: it will not be. In a thread, which waits while too much is staged.
 */
int leases_save(const uint8_t *address, size_t address_len, const uint8_t *record, size_t len,
	struct store_later *later);

/* Whether nothing is under way. */
bool leases_are_idle(void);

/* Bytes of memory for LEASES records. */
uint64_t leases_memory(uint64_t leases);

#endif
