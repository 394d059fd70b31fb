/* SPDX-License-Identifier: ISC */
/* The name in a client's first message, read before wolfSSL sees it: it decides which site answers.
 */
#ifndef LIB_TLS_HELLO_H
#define LIB_TLS_HELLO_H

#include <stddef.h>
#include <stdint.h>

#include "lib/tls/tls.h"

#define HELLO_RECORD 5 /* bytes before a record's own */

/*
 * Bytes of the first record, with its head, that DATA (at least HELLO_RECORD bytes) begins; 0 when
 * it is none of a handshake.
 */
size_t hello_length(const uint8_t *data);

/*
 * The host's name (RFC 6066 section 3) in the ClientHello that is the first record of DATA, in
 * small letters; "" when there is none, when it is not whole, or no name that a host may have.
 */
void hello_name(const uint8_t *data, size_t len, char name[TLS_NAME_MAX]);

#endif
