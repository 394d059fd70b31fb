/* SPDX-License-Identifier: ISC */
/* What the files of the DHCPv6 server share: the client at hand, and how an address is chosen. */
#ifndef LIB_DHCP_ENGINE6_H
#define LIB_DHCP_ENGINE6_H

#include "lib/dhcp/server6.h"

#define DHCP6_RESERVED_AT 0x80000000u /* numbers of reservations, by their place in the file */
#define DHCP6_NO_NUMBER   UINT32_MAX
#define DHCP6_ADDRESS_LEN 24 /* of an IAADDR without options */
#define DHCP6_IA_LEN      12

struct dhcp6_client {
	const struct dhcp6_message *message;
	struct dhcp_identity id;
	struct dhcp6_field duid, ia;
	uint32_t iaid;
	uint64_t tags;
	const struct dhcp_host *host;
	const uint8_t *place; /* an address of its link */
	unsigned netif;
	uint64_t now; /* seconds */
};

/* choose6.c */
/* ADDRESS's number, and the range that it is in; DHCP6_NO_NUMBER: it is not given out. */
uint32_t dhcp6_number_of(const struct dhcp_config *config, const uint8_t address[16],
	const struct dhcp6_range **range);
/* False: there is no such number. */
bool dhcp6_address_of(const struct dhcp_config *config, uint32_t number, uint8_t address[16]);
/* Sets the identity, of its DUID and IAID. */
void dhcp6_identify(struct dhcp6_client *c);
/* Its reservation, or NULL. */
const struct dhcp_host *dhcp6_find_host(
	const struct dhcp6_server *server, const struct dhcp6_client *c);
/* An address of its link, or NULL. */
const uint8_t *dhcp6_place_of(const struct dhcp6_server *server, const struct dhcp6_client *c);
bool dhcp6_client_on_link(const struct dhcp6_client *c, const struct dhcp6_range *r);
bool dhcp6_is_own(const struct dhcp6_client *c, const struct dhcp_lease *lease);
/* ADDRESS's number if the client may have it and nobody else does, or DHCP6_NO_NUMBER. */
uint32_t dhcp6_usable(
	const struct dhcp6_server *server, const struct dhcp6_client *c, const uint8_t address[16]);
/* The number of an address for the client, or DHCP6_NO_NUMBER. */
uint32_t dhcp6_choose(const struct dhcp6_server *server, const struct dhcp6_client *c);
void dhcp6_end_lease(struct dhcp6_server *server, struct dhcp_lease *lease, uint64_t now);
/* Makes the number the client's, in STATE until END. NULL: the table is full. */
struct dhcp_lease *dhcp6_take(struct dhcp6_server *server, const struct dhcp6_client *c,
	uint32_t number, enum dhcp_lease_state state, uint64_t end);
/* Seconds that the client is given it for. */
uint32_t dhcp6_time_of(
	const struct dhcp6_server *server, const struct dhcp6_client *c, uint32_t number);
/* Addresses of the range that are given out. */
uint32_t dhcp6_range_size(const struct dhcp6_range *r);

#endif
