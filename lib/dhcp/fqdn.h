/* SPDX-License-Identifier: ISC */
/*
 * A client's name: which one of those that it and the configuration give is its own, and the answer
 * to its option 81 (RFC 4702). A name is one label in lower case; the domain is the
 * configuration's.
 */
#ifndef LIB_DHCP_FQDN_H
#define LIB_DHCP_FQDN_H

#include "lib/dhcp/engine.h"

#define DHCP_FQDN_SILENT 8 /* in the option's first byte: DNS is to be told nothing */
#define DHCP_FQDN_MAX    (3 + DHCP_DOMAIN_MAX + 1) /* bytes of an answer's option 81 */

/*
 * The name of its reservation, else what it says in option 81 or 12, unless a reservation has that
 * name or the words say to ignore names. False: it has none; NAME is then "".
 */
bool dhcp_client_name(const struct dhcp_server *server, const struct dhcp_client *client,
	char name[DHCP_NAME_MAX + 1]);

/* The value of option 81 for the answer; its length, 0 if the client has not sent the option. */
size_t dhcp_fqdn_answer(const struct dhcp_server *server, const struct dhcp_client *client,
	uint8_t value[DHCP_FQDN_MAX]);

#endif
