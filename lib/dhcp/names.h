/* SPDX-License-Identifier: ISC */
/*
 * What DNS is told of leases: which names are due, and the updates that tell of one, by RFC 4703's
 * rules (RFC 2136 messages, DHCID records of RFC 4701). Pure: who calls it signs, sends and waits.
 *
 * A lease has a name that it should have in DNS and one that it is known to have; whenever the two
 * differ it is due. So nothing is lost while the name server is away, and nothing grows.
 */
#ifndef LIB_DHCP_NAMES_H
#define LIB_DHCP_NAMES_H

#include "lib/dhcp/server.h"

#define DHCP_UPDATE_MAX 1400 /* bytes of an update, without a signature */

/* One thing to tell: NAME has ADDRESS from now on, or has it no more. */
struct dhcp_name_task {
	uint32_t address;
	uint32_t ttl;
	bool remove;
	char name[DHCP_NAME_MAX + 1];
	uint8_t dhcid[DHCP_DHCID_LEN];
};

enum dhcp_name_result {
	DHCP_NAME_TOLD,
	DHCP_NAME_TAKEN, /* somebody else has it: the client goes without */
	DHCP_NAME_LATER  /* the name server is away, or does not want to */
};

/* The next thing to tell, or false. It stays due until dhcp_name_done(). */
bool dhcp_name_next(struct dhcp_server *server, struct dhcp_name_task *task);
void dhcp_name_done(struct dhcp_server *server, const struct dhcp_name_task *task,
	enum dhcp_name_result result);

/* RFC 4701 section 3: who has NAME, a wire name in lower case. */
void dhcp_name_dhcid(uint8_t dhcid[DHCP_DHCID_LEN], const struct dhcp_lease *lease,
	const uint8_t *name, size_t len);

/* The exchange that performs a task: updates one after the other, each as the last was answered. */
struct dhcp_update {
	const struct dhcp_name_task *task;
	/* The zones, wire names: of the name and of the address's; NULL: that half is not told. */
	const uint8_t *forward, *reverse;
	uint8_t name[DHCP_DOMAIN_MAX + 1], address_name[32];
	unsigned step;
	bool taken;
};

/*
 * ZONES: COUNT wire names that take updates. DOMAIN: the text that follows the task's name. False:
 * no zone has either name. TASK must outlive it.
 */
bool dhcp_update_begin(struct dhcp_update *update, const struct dhcp_name_task *task,
	const char *domain, const uint8_t *const *zones, unsigned count);
/* The next request, with ID; its length, 0 if it does not fit. */
size_t dhcp_update_write(
	const struct dhcp_update *update, uint16_t id, uint8_t *message, size_t size);
/* Takes RCODE, the answer's. True: there is another to send; else *RESULT says how it went. */
bool dhcp_update_answered(
	struct dhcp_update *update, unsigned rcode, enum dhcp_name_result *result);

#endif
