/* SPDX-License-Identifier: ISC */
/*
 * The table of leases: found by address, by client and by hardware address; a fixed number of
 * entries, all memory taken at the start. Times are seconds of the server's clock.
 *
 * An entry whose time is over stays as long as there are others, so that a client that comes back
 * gets what it had (RFC 2131 section 2.2); the one that ended first is the first to go.
 */
#ifndef LIB_DHCP_LEASE_H
#define LIB_DHCP_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/list.h"
#include "lib/dhcp/message.h"
#include "lib/dhcp/relays.h"

#define DHCP_NEVER      UINT64_MAX /* an end that does not come */
#define DHCP_IDENTITY   40         /* bytes kept of a client's identity; longer ones are hashed */
#define DHCP_LEASE_NONE UINT32_MAX
#define DHCP_DHCID_LEN  35 /* RFC 4701, with a SHA-256 */

enum dhcp_lease_state {
	DHCP_LEASE_FREE,    /* no entry */
	DHCP_LEASE_PAST,    /* remembered: over, released, or given back */
	DHCP_LEASE_OFFERED, /* held for a moment */
	DHCP_LEASE_BOUND,
	DHCP_LEASE_DECLINED /* somebody else has the address */
};

/* Who a client is: its client identifier (RFC 6842), or its hardware address without one. */
struct dhcp_identity {
	uint8_t len;
	uint8_t bytes[DHCP_IDENTITY]; /* the first: 0 hardware, 1 identifier, 2 a hash of a long one
				       */
};

struct dhcp_lease {
	struct list node; /* in the list of its state */
	uint32_t address;
	uint32_t next_by_address, next_by_id, next_by_mac; /* chains: the entry's index */
	uint8_t state;
	uint8_t htype, hlen;
	bool probing; /* an ARP probe is under way */
	uint64_t end;
	uint64_t touched; /* the client's last message */
	uint8_t chaddr[16];
	struct dhcp_identity id;
	uint16_t place; /* among the relays, or DHCP_RELAY_NONE */
	uint32_t relay; /* through which the client last came, while it holds the address; or 0 */
};

/* Of each entry, if DNS is told of names: see names.h. */
struct dhcp_lease_name {
	struct list due;               /* its own head while nothing is to be told */
	char name[DHCP_NAME_MAX + 1];  /* of the client, while it is bound; or "" */
	char told[DHCP_NAME_MAX + 1];  /* what DNS has, or "" */
	uint8_t dhcid[DHCP_DHCID_LEN]; /* by which DNS knows whose that is */
	bool refused;                  /* somebody else has `name` there */
};

struct dhcp_leases {
	struct dhcp_lease *entries;
	struct dhcp_lease_name *names; /* NULL: nobody is told */
	struct list due;
	uint64_t names_lost; /* that stay in DNS, since their entry was needed for another */
	uint32_t capacity;
	uint32_t mask; /* of each hash table: its size less one */
	uint32_t *by_address, *by_id, *by_mac;
	struct list free, past, offered, bound, declined; /* past and offered: the oldest first */
	uint32_t count[DHCP_LEASE_DECLINED + 1];
	struct dhcp_relays relays;
	uint8_t key[16];
};

/* Bytes of memory that a table of CAPACITY entries takes. */
size_t dhcp_leases_memory(uint32_t capacity);
/* KEY must not be known to clients. 0, -ENOMEM. */
int dhcp_leases_init(struct dhcp_leases *leases, uint32_t capacity, const uint8_t key[16]);
void dhcp_leases_fini(struct dhcp_leases *leases);

/* From here on entries have names; the memory it takes is that of so many dhcp_lease_name. */
int dhcp_leases_keep_names(struct dhcp_leases *leases);
/* The entry's; NULL if there are none. */
struct dhcp_lease_name *dhcp_lease_name(
	const struct dhcp_leases *leases, const struct dhcp_lease *lease);
/* Gives the entry, which is bound, its client's name, or "". */
void dhcp_lease_rename(
	struct dhcp_leases *leases, const struct dhcp_lease *lease, const char *name);
/* Puts the entry behind all others of which DNS is to be told. */
void dhcp_lease_name_due(struct dhcp_leases *leases, struct dhcp_lease_name *entry);

void dhcp_identity_of(struct dhcp_identity *id, const struct dhcp_message *message);
/* Whatever identifier it sends. */
void dhcp_identity_of_hardware(struct dhcp_identity *id, const struct dhcp_message *message);

struct dhcp_lease *dhcp_lease_by_address(const struct dhcp_leases *leases, uint32_t address);
/* The client's next lease after AFTER (NULL at the start); it may have one in each network. */
struct dhcp_lease *dhcp_lease_by_id(const struct dhcp_leases *leases,
	const struct dhcp_identity *id, const struct dhcp_lease *after);
/* All entries of the hardware address; *PAST is one that no longer holds at NOW, or NULL. */
unsigned dhcp_lease_count_mac(const struct dhcp_leases *leases, uint8_t htype,
	const uint8_t chaddr[16], uint64_t now, struct dhcp_lease **past);

/*
 * A new entry for ADDRESS, which has none: PAST, and nobody's yet. NULL when all are in use.
 * An entry's client is told by dhcp_lease_give().
 */
struct dhcp_lease *dhcp_lease_add(struct dhcp_leases *leases, uint32_t address);
void dhcp_lease_give(struct dhcp_leases *leases, struct dhcp_lease *lease,
	const struct dhcp_identity *id, uint8_t htype, uint8_t hlen, const uint8_t chaddr[16]);
void dhcp_lease_set(struct dhcp_leases *leases, struct dhcp_lease *lease,
	enum dhcp_lease_state state, uint64_t end);
/* Counts the entry, if it holds its address, for RELAY; 0: it stays with the one that it has. */
void dhcp_lease_through(struct dhcp_leases *leases, struct dhcp_lease *lease, uint32_t relay);
void dhcp_lease_drop(struct dhcp_leases *leases, struct dhcp_lease *lease);

/* Whether the address may not be given to another at NOW. */
static inline bool dhcp_lease_holds(const struct dhcp_lease *lease, uint64_t now)
{
	return lease->state > DHCP_LEASE_PAST && lease->end > now;
}

#endif
