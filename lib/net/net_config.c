/* SPDX-License-Identifier: ISC */
/* The settings of the network, for every app: addresses, gateways and the host's name. */
#include "lib/net/internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/inet.h"

const char *net_hostname = "kinglet";

/* Out of the box the first interface finds its addresses by itself, the others have none. */
static struct net_settings settings[NETDEV_MAX] = {
	[0] = {.mode4 = NET_MODE_AUTO, .mode6 = NET_MODE_AUTO},
};

struct net_settings *net_settings_get(unsigned index)
{
	static struct net_settings none;

	return index < NETDEV_MAX ? &settings[index] : &none;
}

static uint32_t mask_of(unsigned length)
{
	return length ? UINT32_MAX << (32 - length) : 0;
}

static uint32_t number(const uint8_t ip[4])
{
	return (uint32_t)ip[0] << 24 | (uint32_t)ip[1] << 16 | (uint32_t)ip[2] << 8 | ip[3];
}

/* An address of one host: not 0/8, loopback, multicast or above, nor its network's ends. */
static bool is_host4(const uint8_t ip[4], unsigned length)
{
	uint32_t host = number(ip) & ~mask_of(length);

	if (ip[0] == 0 || ip[0] == 127 || ip[0] >= 224)
		return false;
	return length >= 31 || (host != 0 && host != ~mask_of(length));
}

/* Neither unspecified, loopback, v4-mapped nor multicast. */
static bool is_host6(const uint8_t ip[16])
{
	static const uint8_t low[10];

	return ip[0] != 0xff && memcmp(ip, low, sizeof(low)) != 0;
}

static bool is_link_local6(const uint8_t ip[16])
{
	return ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80;
}

static int parse_ip(const struct config_key *key, unsigned index, const char *value)
{
	struct net_settings *set = &settings[index];

	(void)key;
	set->mode4 = NET_MODE_NONE;
	if (strcmp(value, "none") == 0)
		return 0;
	set->mode4 = NET_MODE_AUTO;
	if (strcmp(value, "dhcp") == 0)
		return 0;
	set->mode4 = NET_MODE_STATIC;
	if (!inet_parse4_prefix(value, set->ip4, &set->length4) || set->length4 == 0 ||
		!is_host4(set->ip4, set->length4))
		return -EINVAL;
	return 0;
}

static int parse_gateway(const struct config_key *key, unsigned index, const char *value)
{
	struct net_settings *set = &settings[index];

	(void)key;
	set->has_gateway4 = true;
	return inet_parse4(value, strlen(value), set->gateway4) && is_host4(set->gateway4, 32)
		       ? 0
		       : -EINVAL;
}

static int parse_ip6(const struct config_key *key, unsigned index, const char *value)
{
	struct net_settings *set = &settings[index];

	(void)key;
	set->mode6 = NET_MODE_NONE;
	if (strcmp(value, "none") == 0)
		return 0;
	set->mode6 = NET_MODE_AUTO;
	if (strcmp(value, "auto") == 0)
		return 0;
	set->mode6 = NET_MODE_STATIC;
	if (!inet_parse6_prefix(value, set->ip6, &set->length6) || set->length6 == 0 ||
		!is_host6(set->ip6) || is_link_local6(set->ip6))
		return -EINVAL;
	return 0;
}

static int parse_gateway6(const struct config_key *key, unsigned index, const char *value)
{
	struct net_settings *set = &settings[index];

	(void)key;
	set->has_gateway6 = true;
	return inet_parse6(value, strlen(value), set->gateway6) && is_host6(set->gateway6)
		       ? 0
		       : -EINVAL;
}

static int parse_hostname(const struct config_key *key, unsigned index, const char *value)
{
	static char name[64];
	size_t len = strlen(value);

	(void)key, (void)index;
	if (len == 0 || len >= sizeof(name) || value[0] == '-' || value[len - 1] == '-')
		return -EINVAL;
	for (const char *p = value; *p; p++) {
		bool letter = (*p | 0x20) >= 'a' && (*p | 0x20) <= 'z';

		if (!letter && !(*p >= '0' && *p <= '9') && *p != '-')
			return -EINVAL;
	}
	memcpy(name, value, len + 1);
	net_hostname = name;
	return 0;
}

static const struct config_key keys[] = {
	{.name = "ip",
		.type = CONFIG_CUSTOM,
		.parse = parse_ip,
		.indexed = NETDEV_MAX,
		.expected =
			"a host's address and its network's length as 10.0.0.2/24, dhcp or none",
		.help = "IPv4 address of the first interface; ip.1= to ip.7= of further ones "
			"[dhcp]"},
	{.name = "gateway",
		.type = CONFIG_CUSTOM,
		.parse = parse_gateway,
		.indexed = NETDEV_MAX,
		.expected = "an address as 10.0.0.1",
		.help = "IPv4 router; gateway.1= ... for further interfaces"},
	{.name = "ip6",
		.type = CONFIG_CUSTOM,
		.parse = parse_ip6,
		.indexed = NETDEV_MAX,
		.expected = "a host's address and its network's length as fd00::2/64, auto or none",
		.help = "IPv6 address; ip6.1= ... for further interfaces [auto]"},
	{.name = "gateway6",
		.type = CONFIG_CUSTOM,
		.parse = parse_gateway6,
		.indexed = NETDEV_MAX,
		.expected = "an address as fd00::1",
		.help = "IPv6 router; else the routers' own advertisements are followed"},
	{.name = "hostname",
		.type = CONFIG_CUSTOM,
		.parse = parse_hostname,
		.expected = "up to 63 letters, digits and hyphens",
		.help = "the name sent to the DHCP server [kinglet]"},
};

const struct config_table net_config = {.area = "network", .keys = keys, .count = ARRAY_SIZE(keys)};

static int check_one(const struct net_settings *set, unsigned index, char message[CONFIG_MESSAGE])
{
	char suffix[4] = "", text[INET_TEXT], network[INET_TEXT];
	uint32_t mask = mask_of(set->length4), net;

	if (index)
		snprintf(suffix, sizeof(suffix), ".%u", index % 10);
	inet_format4(set->gateway4, text);
	if (set->has_gateway4 && set->mode4 != NET_MODE_STATIC) {
		snprintf(message, CONFIG_MESSAGE,
			"gateway%s=%s: expected with it an address in ip%s=", suffix, text, suffix);
		return -EINVAL;
	}
	/* An address alone in its network (/32) has a router outside of it, on the same link. */
	net = number(set->ip4) & mask;
	if (set->has_gateway4 && set->length4 < 32 &&
		((number(set->gateway4) & mask) != net ||
			memcmp(set->gateway4, set->ip4, 4) == 0)) {
		uint8_t bytes[4] = {(uint8_t)(net >> 24), (uint8_t)(net >> 16), (uint8_t)(net >> 8),
			(uint8_t)net};

		inet_format4(bytes, network);
		snprintf(message, CONFIG_MESSAGE,
			"gateway%s=%s: expected another address of the network %s/%u", suffix, text,
			network, set->length4);
		return -EINVAL;
	}
	if (set->has_gateway6 && set->mode6 == NET_MODE_NONE) {
		snprintf(message, CONFIG_MESSAGE,
			"gateway6%s: expected with it an address in ip6%s=", suffix, suffix);
		return -EINVAL;
	}
	return 0;
}

int net_settings_check(char message[CONFIG_MESSAGE])
{
	for (unsigned i = 0; i < NETDEV_MAX; i++) {
		int error = check_one(&settings[i], i, message);

		if (error)
			return error;
	}
	return 0;
}
