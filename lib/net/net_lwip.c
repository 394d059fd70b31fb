/* SPDX-License-Identifier: ISC */
/* Starts lwIP and answers what it asks: randomness, routes, sequence numbers. */
#include "lib/net/internal.h"

#include <errno.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/siphash.h"
#include "lib/net/hooks.h"
#include "lib/net/limits.h"
#include "lib/sched/sched.h"
#include <lwip/init.h>

static uint8_t isn_key[16];

static void turn(void *ctx)
{
	(void)ctx;
	net_time_turn();
	net_if_flush();
}

void net_renew_keys(void)
{
	platform_random(isn_key, sizeof(isn_key));
}

int net_init(void)
{
	static struct loop_hook hook = {.fn = turn};
	char message[CONFIG_MESSAGE];
	int error = net_settings_check(message);

	if (error) {
		log_error("net", "%s", message);
		return error;
	}
	net_renew_keys();
	net_time_init();
	net_limits_init();
	lwip_init();
	net_if_init();
	sched_add_hook(&hook);
	return 0;
}

uint32_t net_random32(void)
{
	uint32_t value;

	platform_random(&value, sizeof(value));
	return value;
}

/* The 4 us clock of RFC 9293 section 3.4.1, and a secret function of the connection. */
u32_t net_hook_tcp_isn(
	const ip_addr_t *local_ip, u16_t local_port, const ip_addr_t *remote_ip, u16_t remote_port)
{
	struct {
		u32_t local[4], remote[4];
		u16_t local_port, remote_port;
	} connection = {.local_port = local_port, .remote_port = remote_port};

	if (IP_IS_V4(local_ip)) {
		connection.local[0] = ip_2_ip4(local_ip)->addr;
		connection.remote[0] = ip_2_ip4(remote_ip)->addr;
	} else {
		memcpy(connection.local, ip_2_ip6(local_ip)->addr, 16);
		memcpy(connection.remote, ip_2_ip6(remote_ip)->addr, 16);
	}
	return (u32_t)(siphash(isn_key, &connection, sizeof(connection)) +
		       platform_time_ns() / 4000);
}

/* ---- routes ---- */

static bool usable(const struct netif *netif)
{
	return netif_is_up(netif) && netif_is_link_up(netif);
}

/*
 * What leaves from an address of ours leaves by the interface that has it, so that answers go
 * back the way that the question came. Otherwise a router decides.
 */
struct netif *net_hook_route4(const ip4_addr_t *source, const ip4_addr_t *dest)
{
	bool known = source && !ip4_addr_isany(source);
	struct netif *netif;

	(void)dest;
	NETIF_FOREACH(netif)
	{
		if (!usable(netif))
			continue;
		if (known ? ip4_addr_eq(source, netif_ip4_addr(netif))
			  : !ip4_addr_isany(netif_ip4_gw(netif)))
			return netif;
	}
	return NULL;
}

static bool on_link6(const struct netif *netif, const ip6_addr_t *dest)
{
	const struct net_settings *set = net_settings_get(net_iface_of(netif)->dev->index);
	const uint8_t *bytes = (const uint8_t *)dest->addr;
	unsigned whole = set->length6 / 8, rest = set->length6 % 8;

	if (set->mode6 != NET_MODE_STATIC || memcmp(bytes, set->ip6, whole) != 0)
		return false;
	return !rest || ((bytes[whole] ^ set->ip6[whole]) >> (8 - rest)) == 0;
}

static bool has_gateway6(const struct netif *netif)
{
	return net_settings_get(net_iface_of(netif)->dev->index)->has_gateway6;
}

struct netif *net_hook_route6(const ip6_addr_t *source, const ip6_addr_t *dest)
{
	struct netif *netif;

	NETIF_FOREACH(netif)
	{
		if (usable(netif) && !ip6_addr_isany(source) &&
			netif_get_ip6_addr_match(netif, source) >= 0)
			return netif;
	}
	NETIF_FOREACH(netif)
	{
		if (usable(netif) && on_link6(netif, dest))
			return netif;
	}
	NETIF_FOREACH(netif)
	{
		if (usable(netif) && has_gateway6(netif))
			return netif;
	}
	return NULL;
}

const ip6_addr_t *net_hook_gateway6(struct netif *netif, const ip6_addr_t *dest)
{
	if (on_link6(netif, dest))
		return dest;
	return has_gateway6(netif) ? &net_iface_of(netif)->gateway6 : NULL;
}
