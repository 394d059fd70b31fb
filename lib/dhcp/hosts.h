/* SPDX-License-Identifier: ISC */
/*
 * Reservations (dhcp-host), found by what they are known by in a time that does not grow with their
 * number. The index is made once, when the configuration has been read.
 */
#ifndef LIB_DHCP_HOSTS_H
#define LIB_DHCP_HOSTS_H

#include "lib/dhcp/config.h"

/* What a reservation is found by; CLIENT_NAME: those that are known by their name alone. */
enum dhcp_host_key {
	DHCP_HOST_ADDRESS, /* 4 bytes, in host byte order */
	DHCP_HOST_ADDRESS6,
	DHCP_HOST_ID,
	DHCP_HOST_HARDWARE, /* without open bytes; the type of hardware may be another */
	DHCP_HOST_CLIENT_NAME,
	DHCP_HOST_NAME /* in lower case */
};

/* Puts all of CONFIG's hosts in its index. False: no memory. */
bool dhcp_hosts_index(struct dhcp_config *config);

/* One place where a reservation stands in the index. */
struct dhcp_host_entry {
	struct dhcp_host_entry *next;
	const struct dhcp_host *host;
	const void *bytes;
	uint8_t kind;
	uint8_t len;
};

/*
 * The next reservation with that key after AFTER (NULL at the start), in the order of the file;
 * NULL when there is none.
 */
const struct dhcp_host_entry *dhcp_host_find(const struct dhcp_config *config,
	const struct dhcp_host_entry *after, enum dhcp_host_key kind, const void *bytes,
	size_t len);

#endif
