/* SPDX-License-Identifier: ISC */
/* See hello.h. wolfSSL parses and judges the whole message afterwards; here nothing is refused. */
#include "lib/tls/hello.h"

#include <stdbool.h>
#include <string.h>

#include "lib/base/wire.h"

#define HANDSHAKE    22 /* RFC 8446 section 5.1 */
#define CLIENT_HELLO 1  /* section 4 */
#define SERVER_NAME  0  /* RFC 6066 section 3: both the extension and the type of name */

size_t hello_length(const uint8_t *data)
{
	return data[0] == HANDSHAKE && data[1] == 3
		       ? (size_t)(data[3] << 8 | data[4]) + HELLO_RECORD
		       : 0;
}

static bool host_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

static void take_name(const uint8_t *text, size_t len, char name[TLS_NAME_MAX])
{
	if (len && text[len - 1] == '.')
		len--;
	if (len >= TLS_NAME_MAX)
		return;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i];

		if (!host_byte(c)) {
			name[0] = '\0';
			return;
		}
		name[i] = (char)c;
		name[i + 1] = '\0';
	}
}

/* A list of names, of which the first of a host counts. */
static void take_names(struct wire_reader *in, char name[TLS_NAME_MAX])
{
	wire_get_u16(in); /* the list's length is the extension's but two */
	while (wire_left(in) && !wire_failed(in)) {
		uint8_t type = wire_get_u8(in);
		size_t len = wire_get_u16(in);
		const uint8_t *text = wire_get_bytes(in, len);

		if (text && type == SERVER_NAME) {
			take_name(text, len, name);
			return;
		}
	}
}

void hello_name(const uint8_t *data, size_t len, char name[TLS_NAME_MAX])
{
	struct wire_reader in, names;

	name[0] = '\0';
	wire_reader_init(&in, data, len);
	wire_get_bytes(&in, HELLO_RECORD);
	if (wire_get_u8(&in) != CLIENT_HELLO)
		return;
	wire_get_bytes(&in, 3 + 2 + 32); /* length, version, random */
	wire_get_bytes(&in, wire_get_u8(&in));
	wire_get_bytes(&in, wire_get_u16(&in));
	wire_get_bytes(&in, wire_get_u8(&in));
	wire_get_u16(&in);
	while (wire_left(&in) && !wire_failed(&in)) {
		uint16_t type = wire_get_u16(&in);
		size_t size = wire_get_u16(&in);
		const uint8_t *body = wire_get_bytes(&in, size);

		if (body && type == SERVER_NAME) {
			wire_reader_init(&names, body, size);
			take_names(&names, name);
			return;
		}
	}
}
