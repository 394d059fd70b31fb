/* SPDX-License-Identifier: ISC */
/*
 * Any DNS message from the wire, record by record (RFC 1035 section 4.1): updates, notifications
 * and transfers are read with it; plain queries have their own, faster way (query.h). Names come
 * out uncompressed, those in rdata too, so that rdata is as lib/dns/zone.h wants it.
 */
#ifndef LIB_DNS_MESSAGE_H
#define LIB_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/wire.h"
#include "lib/dns/name.h"
#include "lib/dns/query.h"

enum dns_opcode {
	DNS_QUERY = 0,
	DNS_NOTIFY = 4,
	DNS_UPDATE = 5,
};

#define DNS_OPCODE(flags) ((flags) >> 11 & 15)

/* Longest rdata with compressed names in it, uncompressed: a NAPTR record. */
#define DNS_RDATA_NAMES_MAX 1100

struct dns_message {
	struct wire_reader in;
	uint16_t id, flags;
	uint16_t counts[4]; /* as the header says: question, answer, authority, additional */
};

struct dns_rr {
	uint8_t owner[DNS_NAME_MAX]; /* with its case */
	uint8_t owner_len;
	uint16_t type, class, rdlen;
	uint32_t ttl;
	const uint8_t *rdata; /* within the message, or in BUF */
	size_t at;            /* where the record starts in the message */
	uint8_t buf[DNS_RDATA_NAMES_MAX];
};

/* False when there is no whole header. */
bool dns_message_open(struct dns_message *message, const uint8_t *data, size_t len);

/* The next question: owner, type and class of RR. False when it is malformed. */
bool dns_message_question(struct dns_message *message, struct dns_rr *rr);

/*
 * The next record; the caller counts them. False when it is malformed: cut off, a name that does
 * not end, or rdata (if there is any) that is not right for its type. Names in rdata that the
 * database keeps as nodes are lower-cased.
 */
bool dns_message_record(struct dns_message *message, struct dns_rr *rr);

/*
 * The answer to MESSAGE (a header at least) that has no records: its identifier, opcode, RD and, as
 * far as it can be read, question; with FLAGS (DNS_FLAG_...) and RCODE. SIZE: at least 300. Its
 * length.
 */
size_t dns_message_answer(uint8_t *reply, size_t size, const uint8_t *message, size_t len,
	uint16_t flags, enum dns_rcode rcode);

/*
 * Adds OPT with an extended error (RFC 8914) to such an answer of REPLY_LEN bytes, if MESSAGE has
 * OPT and there is room. UDP_SIZE: what the server takes. The new length.
 */
size_t dns_message_explain(uint8_t *reply, size_t reply_len, size_t size, const uint8_t *message,
	size_t len, uint16_t udp_size, enum dns_extended_error error);

/* Reads a name, which pointers may continue, into OUT: its length, or 0. */
size_t dns_message_name(struct wire_reader *in, uint8_t out[DNS_NAME_MAX]);

#endif
