/* SPDX-License-Identifier: ISC */
/* What the files of the server share: the client at hand, and how an address is chosen. */
#ifndef LIB_DHCP_ENGINE_H
#define LIB_DHCP_ENGINE_H

#include "lib/dhcp/server.h"

struct dhcp_client {
	const struct dhcp_message *message;
	struct dhcp_identity id;
	unsigned netif;
	uint64_t tags;
	const struct dhcp_host *host; /* its reservation, or NULL */
	uint32_t ours;                /* the address that the server has for it: its identifier */
	uint32_t place;               /* an address of the network that the client is in */
	const struct dhcp_range *network;
	uint64_t now; /* seconds */
};

/* classify.c: the client's tags and reservation. */
void dhcp_classify(const struct dhcp_server *server, struct dhcp_client *client);
/* False: the words say not to answer it. */
bool dhcp_is_welcome(const struct dhcp_server *server, const struct dhcp_client *client);
/* A suboption of option 82, or NULL. */
const uint8_t *dhcp_relay_suboption(const struct dhcp_message *message, uint8_t code, size_t *len);

/* choose.c */
/* The pool that ADDRESS is in, or NULL. */
struct dhcp_pool *dhcp_pool_of(const struct dhcp_server *server, uint32_t address);
/* Marks ADDRESS as held or not, in its pool if it is in one. */
void dhcp_pool_mark(struct dhcp_server *server, uint32_t address, bool used);
/* Whether the client may have ADDRESS at all, whoever has it now. */
bool dhcp_may_have(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address);
/* Whether nobody else holds ADDRESS. */
bool dhcp_is_free(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address);
/* The entry of ADDRESS, if the client has it or had it last; else NULL. */
struct dhcp_lease *dhcp_held(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address);
/* What the client has, is offered or had in its network; NULL if nothing. */
struct dhcp_lease *dhcp_own_lease(
	const struct dhcp_server *server, const struct dhcp_client *client);
/* An address for the client, WANTED (may be 0) if that is possible; 0: there is none. */
uint32_t dhcp_choose(struct dhcp_server *server, const struct dhcp_client *client, uint32_t wanted);
/*
 * Makes the entry of ADDRESS the client's, in STATE until END; what else it had in its network is
 * given back. NULL: the table is full, or its hardware address has too many.
 */
struct dhcp_lease *dhcp_take(struct dhcp_server *server, const struct dhcp_client *client,
	uint32_t address, enum dhcp_lease_state state, uint64_t end);
/* The entry's time is over: its address is free again. */
void dhcp_end_lease(struct dhcp_server *server, struct dhcp_lease *lease, uint64_t now);

/* The seconds that the client is given ADDRESS for. */
uint32_t dhcp_lease_time(
	const struct dhcp_server *server, const struct dhcp_client *client, uint32_t address);

/* answer.c: fills REPLY's data and where it goes. ADDRESS: yiaddr; LEASE: seconds, 0 for none. */
void dhcp_answer(struct dhcp_server *server, const struct dhcp_client *client, enum dhcp_type type,
	uint32_t address, uint32_t lease, struct dhcp_reply *reply);
/* RFC 4388: about LEASE (NULL: there is none), of TYPE. */
void dhcp_answer_query(struct dhcp_server *server, const struct dhcp_client *client,
	enum dhcp_type type, const struct dhcp_lease *lease, struct dhcp_reply *reply);

#endif
