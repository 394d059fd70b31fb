/* SPDX-License-Identifier: ISC */
/*
 * DHCPv4 messages, apart from any I/O: one validator at the door, and a writer of replies.
 * RFC 2131 section 2 (the fixed part), RFC 2132 (options, and option 52: overload), RFC 3396
 * (an option in several pieces is one value). Addresses are in host byte order.
 */
#ifndef LIB_DHCP_MESSAGE_H
#define LIB_DHCP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/wire.h"

#define DHCP_FIXED       240  /* bytes before the options, the cookie included */
#define DHCP_MESSAGE_MIN 300  /* a reply is padded to it: RFC 951's relays and clients drop less */
#define DHCP_MESSAGE_MAX 1472 /* of a message that is taken: a frame of 1500 bytes */

#define DHCP_NAME_MAX   63 /* bytes of a host's name: one label */
#define DHCP_DOMAIN_MAX 255

#define DHCP_BROADCAST 0x8000 /* in flags */

enum dhcp_op {
	DHCP_OP_REQUEST = 1,
	DHCP_OP_REPLY
};

enum dhcp_option {
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_MASK = 1,
	DHCP_OPTION_ROUTER = 3,
	DHCP_OPTION_HOST_NAME = 12,
	DHCP_OPTION_DOMAIN = 15,
	DHCP_OPTION_BROADCAST = 28,
	DHCP_OPTION_VENDOR = 43,
	DHCP_OPTION_REQUESTED = 50, /* the address that is asked for */
	DHCP_OPTION_LEASE_TIME = 51,
	DHCP_OPTION_OVERLOAD = 52,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER_ID = 54,
	DHCP_OPTION_PARAMETERS = 55, /* the options that are wanted */
	DHCP_OPTION_MESSAGE = 56,
	DHCP_OPTION_MAX_SIZE = 57,
	DHCP_OPTION_T1 = 58,
	DHCP_OPTION_T2 = 59,
	DHCP_OPTION_VENDOR_CLASS = 60,
	DHCP_OPTION_CLIENT_ID = 61,
	DHCP_OPTION_BOOT_SERVER = 66,
	DHCP_OPTION_BOOT_FILE = 67,
	DHCP_OPTION_USER_CLASS = 77,
	DHCP_OPTION_RAPID_COMMIT = 80,
	DHCP_OPTION_FQDN = 81,
	DHCP_OPTION_RELAY = 82,
	DHCP_OPTION_LAST_TRANSACTION = 91,
	DHCP_OPTION_ARCH = 93,
	DHCP_OPTION_UUID = 97,
	DHCP_OPTION_SUBNET = 118, /* RFC 3011 */
	DHCP_OPTION_ENTERPRISE = 125,
	DHCP_OPTION_END = 255
};

enum dhcp_type {
	DHCP_DISCOVER = 1,
	DHCP_OFFER,
	DHCP_REQUEST,
	DHCP_DECLINE,
	DHCP_ACK,
	DHCP_NAK,
	DHCP_RELEASE,
	DHCP_INFORM,
	DHCP_LEASEQUERY = 10, /* RFC 4388 */
	DHCP_LEASEUNASSIGNED,
	DHCP_LEASEUNKNOWN,
	DHCP_LEASEACTIVE
};

/* Why a message is not taken; for counters. */
enum dhcp_verdict {
	DHCP_TAKEN,
	DHCP_BAD_SIZE,   /* shorter than the fixed part, or longer than a frame */
	DHCP_BAD_HEADER, /* not a request, no magic cookie, or a hardware address beyond 16 bytes */
	DHCP_BAD_OPTIONS, /* an option past its field's end, a wrong overload, no END */
	DHCP_BAD_TYPE     /* no message type of one byte (BOOTP), or not one that a client sends */
};

struct dhcp_fixed {
	uint8_t op, htype, hlen, hops;
	uint32_t xid;
	uint16_t secs, flags;
	uint32_t ciaddr, yiaddr, siaddr, giaddr;
	uint8_t chaddr[16]; /* bytes from hlen on are 0 */
};

/* A request, whole in itself: nothing points into the bytes that it was read from. */
struct dhcp_message {
	struct dhcp_fixed fixed;
	enum dhcp_type type;
	uint32_t present[8]; /* a bit for each code: a value may have no bytes */
	/* Of the options that there are: each one's value in bytes[], its pieces joined. */
	uint16_t start[256], len[256];
	uint8_t bytes[DHCP_MESSAGE_MAX];
};

/* Reads a client's or a relay's message. MESSAGE is of use only when it is DHCP_TAKEN. */
enum dhcp_verdict dhcp_message_read(struct dhcp_message *message, const void *data, size_t len);

/* The option's value and its length; NULL if the message has none. */
const uint8_t *dhcp_message_option(const struct dhcp_message *message, uint8_t code, size_t *len);

/* The option's value as a number, if it has exactly four bytes. */
bool dhcp_message_option_u32(const struct dhcp_message *message, uint8_t code, uint32_t *value);

/*
 * Writes a reply: the fixed part and the cookie, the options one by one, the end. A value of more
 * than 255 bytes goes in pieces. A writer that is too small latches wire_overflowed().
 */
void dhcp_reply_begin(struct wire_writer *w, const struct dhcp_fixed *fixed);
void dhcp_reply_option(struct wire_writer *w, uint8_t code, const void *value, size_t len);
void dhcp_reply_end(struct wire_writer *w); /* END, then zeros up to DHCP_MESSAGE_MIN */

#endif
