/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/relays.h"

#include "lib/base/assert.h"

#define TRIES  8u /* places that a relay may have: the look at them is as short for each */
#define OTHERS (DHCP_RELAYS + 1)

/* Addresses that are chosen to meet in one place are counted together: no secret is needed. */
static unsigned place_of(uint32_t relay, unsigned try)
{
	return ((relay * 2654435761u >> 16) + try) % DHCP_RELAYS;
}

/* The relay's place, or else one that is free for it; DHCP_RELAYS: neither. */
static unsigned find(const struct dhcp_relays *relays, uint32_t relay)
{
	unsigned unused = DHCP_RELAYS;

	for (unsigned i = TRIES; i--;) {
		unsigned at = place_of(relay, i);

		if (!relays->places[at].held)
			unused = at;
		else if (relays->places[at].relay == relay)
			return at;
	}
	return unused;
}

uint32_t dhcp_relays_held(const struct dhcp_relays *relays, uint32_t relay)
{
	unsigned at = find(relays, relay);

	return at == DHCP_RELAYS ? relays->others : relays->places[at].held;
}

uint16_t dhcp_relays_add(struct dhcp_relays *relays, uint32_t relay)
{
	unsigned at = find(relays, relay);

	if (at == DHCP_RELAYS) {
		relays->others++;
		return OTHERS;
	}
	relays->places[at].relay = relay;
	relays->places[at].held++;
	return (uint16_t)(at + 1);
}

void dhcp_relays_drop(struct dhcp_relays *relays, uint16_t place)
{
	uint32_t *held;

	if (place == DHCP_RELAY_NONE)
		return;
	held = place == OTHERS ? &relays->others : &relays->places[place - 1].held;
	ASSERT(*held);
	--*held;
}
