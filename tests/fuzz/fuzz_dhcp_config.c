/* SPDX-License-Identifier: ISC */
/* Any bytes as a file of dnsmasq's words: read, or refused with one line that names a line. */
#include <stdlib.h>
#include <string.h>

#include "lib/dhcp/config.h"
#include "tests/support/panic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct dhcp_link links[DHCP_LINKS] = {
		{.address = 0x0a000005, .mask = 0xffffff00}};
	static struct dhcp_config config;
	char message[DHCP_CONFIG_MESSAGE];
	size_t said;

	memset(message, 'x', sizeof(message));
	if (!dhcp_config_read(&config, links, "conf", (const char *)data, len, message)) {
		dhcp_config_free(&config);
		return 0;
	}
	said = strnlen(message, sizeof(message));
	if (said == sizeof(message) || strncmp(message, "conf:", 5) != 0 || strchr(message, '\n'))
		abort();
	return 0;
}
