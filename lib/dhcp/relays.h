/* SPDX-License-Identifier: ISC */
/*
 * How many leases and offers are held through each relay: a fixed table, in which relays that hold
 * nothing take no place. When there are more relays than that, those that found no place are
 * counted as one.
 */
#ifndef LIB_DHCP_RELAYS_H
#define LIB_DHCP_RELAYS_H

#include <stdint.h>

#define DHCP_RELAYS     256u /* a power of two */
#define DHCP_RELAY_NONE 0u   /* no place */

struct dhcp_relays {
	struct {
		uint32_t relay, held;
	} places[DHCP_RELAYS];
	uint32_t others; /* held through those that have no place */
};

/* What is held through RELAY (its giaddr). */
uint32_t dhcp_relays_held(const struct dhcp_relays *relays, uint32_t relay);
/* One more; where it was counted, for dhcp_relays_drop(). */
uint16_t dhcp_relays_add(struct dhcp_relays *relays, uint32_t relay);
void dhcp_relays_drop(struct dhcp_relays *relays, uint16_t place);

#endif
