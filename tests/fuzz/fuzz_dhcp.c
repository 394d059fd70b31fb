/* SPDX-License-Identifier: ISC */
/* Any bytes as a DHCPv4 message: what is taken has sound options, and can be written and read. */
#include <stdlib.h>
#include <string.h>

#include "lib/dhcp/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct dhcp_message message, again;
	static uint8_t reply[2 * DHCP_MESSAGE_MAX];
	struct wire_writer w;
	const uint8_t *value, *copy;
	size_t size, copied;

	if (dhcp_message_read(&message, data, len) != DHCP_TAKEN)
		return 0;
	wire_writer_init(&w, reply, sizeof(reply));
	dhcp_reply_begin(&w, &message.fixed);
	for (unsigned code = 1; code < 255; code++)
		if (code != DHCP_OPTION_OVERLOAD && /* all is in one field now */
			(value = dhcp_message_option(&message, (uint8_t)code, &size)))
			dhcp_reply_option(&w, (uint8_t)code, value, size);
	dhcp_reply_end(&w);
	if (wire_overflowed(&w))
		abort();
	reply[0] = DHCP_OP_REQUEST;
	if (wire_written(&w) > DHCP_MESSAGE_MAX)
		return 0;
	if (dhcp_message_read(&again, reply, wire_written(&w)) != DHCP_TAKEN)
		abort();
	for (unsigned code = 1; code < 255; code++) {
		if (code == DHCP_OPTION_OVERLOAD)
			continue;
		value = dhcp_message_option(&message, (uint8_t)code, &size);
		copy = dhcp_message_option(&again, (uint8_t)code, &copied);
		if (!value != !copy || (value && (size != copied || memcmp(value, copy, size))))
			abort();
	}
	return 0;
}
