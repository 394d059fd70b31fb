/* SPDX-License-Identifier: ISC */
/* Router advertisements by the configuration: RFC 4861 section 4.2, RFC 8106, RFC 4191. */
#ifndef LIB_DHCP_RA_H
#define LIB_DHCP_RA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/dhcp/config.h"

#define DHCP_RA_MAX 1200

/* Seconds between two advertisements at most; at least a third of it passes. */
uint32_t dhcp_ra_interval(const struct dhcp_config *config);

/*
 * Writes an advertisement for the link of interface NETIF, whose MAC is given; its length. The
 * checksum is left 0. 0: it does not fit.
 */
size_t dhcp_ra_write(uint8_t message[DHCP_RA_MAX], const struct dhcp_config *config, unsigned netif,
	const uint8_t mac[6]);

/* Whether the interface has an address in the range's prefix. */
bool dhcp6_is_on_link(
	const struct dhcp_config *config, const struct dhcp6_range *range, unsigned netif);

/* The option's value for a client of the interface, or NULL. */
const struct dhcp6_option_value *dhcp6_find_option(
	const struct dhcp_config *config, uint64_t tags, uint16_t code);

#endif
