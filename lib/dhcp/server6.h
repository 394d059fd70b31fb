/* SPDX-License-Identifier: ISC */
/*
 * The DHCPv6 server (RFC 8415), as the one of DHCPv4 a function of its state, the time and a
 * datagram. Of each message the first IA_NA is served; others, and prefixes, are refused by status.
 *
 * Leases stand in the same table as those of DHCPv4 (lease.h), by a number for each address: its
 * range's first number and its distance from the range's first address.
 */
#ifndef LIB_DHCP_SERVER6_H
#define LIB_DHCP_SERVER6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dhcp/config.h"
#include "lib/dhcp/lease.h"
#include "lib/dhcp/message6.h"
#include "lib/dhcp/rate.h"

#define DHCP6_SERVER_PORT 547
#define DHCP6_CLIENT_PORT 546
#define DHCP6_RANGE_MAX   ((uint32_t)1 << 24) /* addresses of a range that are given out */

struct dhcp6_stats {
	uint64_t received, sent, malformed, elsewhere, no_network, ignored, full, too_often,
		conflicts;
};

struct dhcp6_server {
	const struct dhcp_config *config;
	struct dhcp_leases leases;
	uint32_t client_rate; /* messages a second of one client; 0: any number */
	struct dhcp_rate rate;
	uint8_t duid[DHCP6_DUID_MAX];
	size_t duid_len;
	uint32_t swept;
	struct dhcp6_stats stats; /* to be read */
};

uint64_t dhcp6_server_memory(const struct dhcp_config *config);
/* MAC: what the server's identifier (DUID-LL) is made of. 0, -ENOMEM. */
int dhcp6_server_init(struct dhcp6_server *server, const struct dhcp_config *config,
	uint32_t client_rate, const uint8_t key[16], const uint8_t mac[6]);
void dhcp6_server_fini(struct dhcp6_server *server);
/* Has it another identifier, of LEN bytes, from before. False: it is none. */
bool dhcp6_server_set_duid(struct dhcp6_server *server, const uint8_t *duid, size_t len);

struct dhcp6_answer {
	const struct dhcp_lease *changed; /* not NULL: must be durable first; its address: */
	uint8_t address[16];
	size_t len; /* 0: nothing is sent. It goes back to where the datagram came from. */
	uint8_t data[DHCP6_MESSAGE_MAX];
};

/* Deals with a datagram to DHCP6_SERVER_PORT that came by NETIF. NOW in milliseconds. */
void dhcp6_server_receive(struct dhcp6_server *server, uint64_t now, unsigned netif,
	const uint8_t *data, size_t len, struct dhcp6_answer *answer);
void dhcp6_server_tick(struct dhcp6_server *server, uint64_t now);
/* As dhcp_server_restore(), for the lease of ADDRESS. */
int dhcp6_server_restore(struct dhcp6_server *server, uint64_t now, const uint8_t address[16],
	const struct dhcp_lease *lease);

#endif
