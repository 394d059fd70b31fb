/* SPDX-License-Identifier: ISC */
/*
 * EDNS options that belong to a connection and not to an answer: keep-alive (RFC 7828) and padding
 * (RFC 7830, 8467). Whoever has the connection adds them to the engine's reply.
 */
#ifndef LIB_DNS_OPTIONS_H
#define LIB_DNS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_PADDING_BLOCK 468u /* of replies, RFC 8467 section 4.1 */

struct dns_wishes {
	bool keepalive, padding;
};

/* What the OPT record of a query asks for; nothing, when it is malformed. */
void dns_wishes_read(struct dns_wishes *wishes, const uint8_t *query, size_t len);

/*
 * Each adds one option to the reply of LEN bytes, in a buffer of SIZE bytes, when OPT is its last
 * record and there is room. The new length.
 */
/* TENTHS of a second that the connection may be idle. */
size_t dns_add_keepalive(uint8_t *reply, size_t len, size_t size, uint16_t tenths);
/* Zeros, until with BEHIND bytes, which will follow, there are whole blocks. */
size_t dns_add_padding(uint8_t *reply, size_t len, size_t size, size_t behind);

#endif
