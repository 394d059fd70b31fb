/* SPDX-License-Identifier: ISC */
/* The whole of a configuration: what no line alone can show. */
#include <stdio.h>
#include <string.h>

#include "lib/base/inet.h"
#include "lib/dhcp/hosts.h"
#include "lib/dhcp/parse.h"

static bool in(const struct dhcp_range *range, uint32_t address)
{
	return address >= range->first && address <= range->last;
}

const struct dhcp_range *dhcp_config_range(const struct dhcp_config *config, uint32_t address)
{
	const struct dhcp_range *range = config->ranges;

	while (range && (range->is_static || !in(range, address)))
		range = range->next;
	return range;
}

const struct dhcp_range *dhcp_config_network(const struct dhcp_config *config, uint32_t address)
{
	const struct dhcp_range *range = config->ranges;

	while (range && (address & range->mask) != (range->first & range->mask))
		range = range->next;
	return range;
}

uint64_t dhcp_config_addresses(const struct dhcp_config *config)
{
	uint64_t count = 0;

	for (const struct dhcp_range *r = config->ranges; r; r = r->next)
		if (!r->is_static)
			count += (uint64_t)r->last - r->first + 1;
	for (const struct dhcp_host *h = config->hosts; h; h = h->next)
		if (h->address && !dhcp_config_range(config, h->address))
			count++;
	return count;
}

static void at_line(struct dhcp_parser *p, unsigned line, const char *word)
{
	p->line = line;
	p->word = word;
}

static bool check_ranges(struct dhcp_parser *p)
{
	for (const struct dhcp_range *a = p->config->ranges; a; a = a->next) {
		for (const struct dhcp_range *b = a->next; b; b = b->next) {
			uint32_t common = a->mask & b->mask;

			at_line(p, b->line, "dhcp-range");
			if (!a->is_static && !b->is_static && a->first <= b->last &&
				b->first <= a->last)
				return dhcp_parse_fail(p, "overlaps the range of line %u", a->line);
			if (a->mask != b->mask && (a->first & common) == (b->first & common))
				return dhcp_parse_fail(p,
					"its network overlaps that of line %u, whose "
					"netmask is another",
					a->line);
		}
	}
	return true;
}

static bool check_host(struct dhcp_parser *p, const struct dhcp_host *host)
{
	const struct dhcp_host_entry *first;
	char text[INET_TEXT];
	uint8_t bytes[4];

	if (!host->address)
		return true;
	for (unsigned i = 0; i < 4; i++)
		bytes[i] = (uint8_t)(host->address >> (24 - 8 * i));
	inet_format4(bytes, text);
	at_line(p, host->line, "dhcp-host");
	if (!dhcp_config_network(p->config, host->address))
		return dhcp_parse_fail(p, "%s is in the network of no dhcp-range", text);
	for (unsigned i = 0; i < DHCP_LINKS; i++)
		if (p->config->links[i].address == host->address)
			return dhcp_parse_fail(p, "%s is the server's own address", text);
	first = dhcp_host_find(
		p->config, NULL, DHCP_HOST_ADDRESS, &host->address, sizeof(host->address));
	return first->host == host ||
	       dhcp_parse_fail(p, "%s is reserved on line %u already", text, first->host->line);
}

bool dhcp_config_check(struct dhcp_parser *p)
{
	uint64_t addresses;

	if (!check_ranges(p))
		return false;
	if (!dhcp_hosts_index(p->config))
		return dhcp_parse_no_memory(p);
	for (const struct dhcp_host *host = p->config->hosts; host; host = host->next)
		if (!check_host(p, host))
			return false;
	if (!dhcp_config6_check(p))
		return false;
	if (!p->config->ranges && !p->config->ranges6) {
		at_line(p, p->line, "dhcp-range");
		return dhcp_parse_fail(p, "expected at least one");
	}
	addresses = dhcp_config_addresses(p->config);
	if (!p->config->lease_max_given)
		p->config->lease_max = addresses > UINT32_MAX ? UINT32_MAX : (uint32_t)addresses;
	return true;
}
