/* SPDX-License-Identifier: ISC */
/*
 * DHCPv6 messages (RFC 8415): a reader that takes relays' envelopes off (section 19), and puts
 * them on again around the answer.
 */
#ifndef LIB_DHCP_MESSAGE6_H
#define LIB_DHCP_MESSAGE6_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/wire.h"

#define DHCP6_HOPS        8    /* relays between client and server: HOP_COUNT_LIMIT */
#define DHCP6_MESSAGE_MAX 1232 /* of an answer: IPv6's least MTU */
#define DHCP6_DUID_MAX    130

enum dhcp6_type {
	DHCP6_SOLICIT = 1,
	DHCP6_ADVERTISE,
	DHCP6_REQUEST,
	DHCP6_CONFIRM,
	DHCP6_RENEW,
	DHCP6_REBIND,
	DHCP6_REPLY,
	DHCP6_RELEASE,
	DHCP6_DECLINE,
	DHCP6_RECONFIGURE,
	DHCP6_INFORMATION_REQUEST,
	DHCP6_RELAY_FORW,
	DHCP6_RELAY_REPL
};

enum dhcp6_option {
	DHCP6_OPTION_CLIENT_ID = 1,
	DHCP6_OPTION_SERVER_ID = 2,
	DHCP6_OPTION_IA_NA = 3,
	DHCP6_OPTION_IA_TA = 4,
	DHCP6_OPTION_ADDRESS = 5,
	DHCP6_OPTION_WANTED = 6,
	DHCP6_OPTION_RELAY_MESSAGE = 9,
	DHCP6_OPTION_STATUS = 13,
	DHCP6_OPTION_RAPID_COMMIT = 14,
	DHCP6_OPTION_INTERFACE_ID = 18,
	DHCP6_OPTION_IA_PD = 25
};

enum dhcp6_status {
	DHCP6_SUCCESS,
	DHCP6_NO_ADDRESSES = 2,
	DHCP6_NO_BINDING = 3,
	DHCP6_NOT_ON_LINK = 4,
	DHCP6_NO_PREFIX = 6
};

struct dhcp6_field {
	const uint8_t *data; /* NULL: there is none */
	size_t len;
};

struct dhcp6_envelope {
	uint8_t hops;
	const uint8_t *link, *peer; /* addresses */
	struct dhcp6_field interface;
};

/* A client's message; it points into the datagram. */
struct dhcp6_message {
	enum dhcp6_type type;
	uint8_t transaction[3];
	struct dhcp6_field options;
	struct dhcp6_envelope envelopes[DHCP6_HOPS]; /* the outermost first */
	unsigned hops;
};

/* False: not well-formed, or not one that a client sends. */
bool dhcp6_message_read(struct dhcp6_message *message, const void *data, size_t len);

/* The next option of FIELD, which moves on. False at its end. FIELD is well-formed. */
bool dhcp6_next_option(struct dhcp6_field *field, uint16_t *code, struct dhcp6_field *value);
/* The first option CODE of FIELD; data is NULL if there is none. */
struct dhcp6_field dhcp6_find(struct dhcp6_field field, uint16_t code);
/* Whether FIELD is options, one behind the other to its end. */
bool dhcp6_is_sound(struct dhcp6_field field);

/* Writes the envelopes' heads, the answer's TYPE and transaction; then options follow, then end. */
void dhcp6_reply_begin(
	struct wire_writer *w, const struct dhcp6_message *message, enum dhcp6_type type);
void dhcp6_reply_end(struct wire_writer *w, const struct dhcp6_message *message);
/* An option's head, whose length is set by dhcp6_close() when its value has been written. */
uint8_t *dhcp6_open(struct wire_writer *w, uint16_t code);
void dhcp6_close(struct wire_writer *w, uint8_t *head);
void dhcp6_put(struct wire_writer *w, uint16_t code, const void *value, size_t len);

#endif
