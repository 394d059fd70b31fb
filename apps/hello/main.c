/* SPDX-License-Identifier: ISC */
/* Says hello over UDP: the smallest app there is. docs/tutorial.md walks through it. */
#include <stdio.h>

#include "lib/app/app.h"
#include "lib/base/log.h"
#include "lib/base/version.h"
#include "lib/net/net.h"

static uint64_t port = 4242;

static const struct config_key keys[] = {
	{.name = "port",
		.type = CONFIG_NUMBER,
		.target = &port,
		.low = 1,
		.high = 65535,
		.help = "UDP port on which hello is said [4242]"},
};

static const struct config_table config = {.area = "hello", .keys = keys, .count = 1};

static size_t say_hello(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size)
{
	char address[46];

	(void)ctx, (void)to, (void)data, (void)len;
	net_addr_format(from, address);
	return (size_t)snprintf((char *)reply, reply_size, "hello, %s\n", address);
}

static int hello_main(void)
{
	static struct udp_socket *socket;
	int error = net_udp_listen(&socket, (uint16_t)port, 100, say_hello, NULL);

	if (error)
		log_error("hello", "cannot listen on port %u", (unsigned)port);
	return error;
}

const struct app app = {
	.name = "hello", .version = KINGLET_VERSION, .config = &config, .main = hello_main};
