/* SPDX-License-Identifier: ISC */
#include "lib/dhcp/ra.h"

#include <string.h>

#include "lib/base/wire.h"
#include "lib/dhcp/parse.h"

#define INTERVAL 600u

#define TYPE      134
#define HOP_LIMIT 64

#define FLAG_MANAGED 0x80
#define FLAG_OTHER   0x40

#define OPTION_SOURCE 1
#define OPTION_PREFIX 3
#define OPTION_MTU    5
#define OPTION_RDNSS  25
#define OPTION_DNSSL  31

#define PREFIX_ON_LINK 0x80
#define PREFIX_SLAAC   0x40

uint32_t dhcp_ra_interval(const struct dhcp_config *config)
{
	return config->ra.interval ? config->ra.interval : INTERVAL;
}

const struct dhcp6_option_value *dhcp6_find_option(
	const struct dhcp_config *config, uint64_t tags, uint16_t code)
{
	const struct dhcp6_option_value *best = NULL;

	for (const struct dhcp6_option_value *v = config->options6; v; v = v->next) {
		bool tagged = v->cond.all || v->cond.none;

		if (v->code == code && dhcp_cond_holds(&v->cond, tags) &&
			(!best || tagged || !(best->cond.all || best->cond.none)))
			best = v;
	}
	return best;
}

bool dhcp6_is_on_link(
	const struct dhcp_config *config, const struct dhcp6_range *range, unsigned netif)
{
	const struct dhcp_link *link = &config->links[netif];

	return link->length6 && dhcp6_same_prefix(range->first, link->address6, range->length);
}

static uint8_t flags_of(const struct dhcp_config *config, unsigned netif)
{
	uint8_t flags = (uint8_t)(config->ra.preference << 3);

	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next) {
		if (!dhcp6_is_on_link(config, r, netif))
			continue;
		if (r->mode & (DHCP6_STATEFUL | DHCP6_STATIC))
			flags |= FLAG_MANAGED | FLAG_OTHER;
		if (r->mode & DHCP6_STATELESS)
			flags |= FLAG_OTHER;
	}
	return flags;
}

static void put_prefix(struct wire_writer *w, const struct dhcp6_range *r)
{
	uint8_t prefix[16] = {0};
	unsigned whole = r->length / 8, rest = r->length % 8;

	memcpy(prefix, r->first, whole);
	if (rest)
		prefix[whole] = (uint8_t)(r->first[whole] & 0xff << (8 - rest));
	wire_put_u8(w, OPTION_PREFIX);
	wire_put_u8(w, 4);
	wire_put_u8(w, (uint8_t)r->length);
	wire_put_u8(w, (uint8_t)((r->mode & DHCP6_OFF_LINK ? 0 : PREFIX_ON_LINK) |
				 (r->mode & DHCP6_SLAAC ? PREFIX_SLAAC : 0)));
	wire_put_u32(w, r->lease); /* valid, */
	wire_put_u32(w, r->lease); /* and preferred */
	wire_put_u32(w, 0);
	wire_put_bytes(w, prefix, sizeof(prefix));
}

/* An address of all zeros is the server's own. */
static void put_servers(struct wire_writer *w, const struct dhcp6_option_value *servers,
	const uint8_t ours[16], uint32_t lifetime)
{
	static const uint8_t any[16];

	wire_put_u8(w, OPTION_RDNSS);
	wire_put_u8(w, (uint8_t)(1 + servers->len / 8));
	wire_put_u16(w, 0);
	wire_put_u32(w, lifetime);
	for (size_t i = 0; i + 16 <= servers->len; i += 16) {
		const uint8_t *address = servers->value + i;

		wire_put_bytes(w, memcmp(address, any, 16) == 0 ? ours : address, 16);
	}
}

static void put_domains(struct wire_writer *w, const uint8_t *names, size_t len, uint32_t lifetime)
{
	static const uint8_t zeros[8];
	size_t padded = (len + 7) / 8 * 8;

	wire_put_u8(w, OPTION_DNSSL);
	wire_put_u8(w, (uint8_t)(1 + padded / 8));
	wire_put_u16(w, 0);
	wire_put_u32(w, lifetime);
	wire_put_bytes(w, names, len);
	wire_put_bytes(w, zeros, padded - len);
}

static void put_names(struct wire_writer *w, const struct dhcp_config *config, uint64_t tags,
	const uint8_t ours[16])
{
	uint32_t lifetime = 3 * dhcp_ra_interval(config); /* RFC 8106 section 5.1 */
	const struct dhcp6_option_value *servers = dhcp6_find_option(config, tags, 23),
					*search = dhcp6_find_option(config, tags, 24);
	uint8_t domain[DHCP_DOMAIN_MAX + 1];

	if (servers)
		put_servers(w, servers, ours, lifetime);
	if (search)
		put_domains(w, search->value, search->len, lifetime);
	else if (*config->domain)
		put_domains(w, domain, dhcp_parse_domain(config->domain, domain), lifetime);
}

size_t dhcp_ra_write(uint8_t message[DHCP_RA_MAX], const struct dhcp_config *config, unsigned netif,
	const uint8_t mac[6])
{
	uint64_t tags = config->link_tags[netif];
	uint8_t head[16] = {TYPE, [4] = HOP_LIMIT, flags_of(config, netif)};
	struct wire_writer w;

	wire_set_u16(head + 6, (uint16_t)config->ra.lifetime);
	wire_writer_init(&w, message, DHCP_RA_MAX);
	wire_put_bytes(&w, head, sizeof(head)); /* the times are left to the hosts */
	wire_put_u8(&w, OPTION_SOURCE);
	wire_put_u8(&w, 1);
	wire_put_bytes(&w, mac, 6);
	if (config->ra.mtu) {
		wire_put_u8(&w, OPTION_MTU);
		wire_put_u8(&w, 1);
		wire_put_u16(&w, 0);
		wire_put_u32(&w, config->ra.mtu);
	}
	for (const struct dhcp6_range *r = config->ranges6; r; r = r->next)
		if (dhcp6_is_on_link(config, r, netif))
			put_prefix(&w, r);
	put_names(&w, config, tags, config->links[netif].address6);
	return wire_overflowed(&w) ? 0 : wire_written(&w);
}
