/* SPDX-License-Identifier: ISC */
/*
 * What a DHCP server is told to do, read from dnsmasq's words (docs/dhcp.md lists them): one a
 * line, `word` or `word=value,value`, `#` begins a comment. A word that is not taken, and a value
 * of the wrong form, is refused with its line. Addresses are in host byte order, times in seconds.
 */
#ifndef LIB_DHCP_CONFIG_H
#define LIB_DHCP_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/arena.h"
#include "lib/dhcp/message.h"

#define DHCP_CONFIG_MESSAGE 240 /* bytes enough for any message below */
#define DHCP_LINKS          8
#define DHCP_TAGS           64
#define DHCP_RANGES         128
#define DHCP_ID_MAX         255
#define DHCP_FOREVER        UINT32_MAX /* a lease time */
#define DHCP_LEASE_DEFAULT  3600u
#define DHCP_LEASE_MIN      120u /* as dnsmasq: shorter ones are lengthened */

/* The server's own place on the link of an interface; address 0: none. */
struct dhcp_link {
	uint32_t address, mask;
	uint8_t address6[16];
	unsigned length6; /* of its prefix; 0: none */
};

/* Holds for a client that has every tag of `all` and none of `none`. */
struct dhcp_cond {
	uint64_t all, none;
};

struct dhcp_range {
	uint32_t first, last, mask;
	uint32_t lease;
	struct dhcp_cond cond;
	uint64_t set;
	bool is_static; /* addresses for hosts with a reservation only */
	unsigned line;
	struct dhcp_range *next;
};

enum dhcp_space {
	DHCP_SPACE_PLAIN,
	DHCP_SPACE_VENDOR,    /* within option 43, for clients whose class has the text `vendor` */
	DHCP_SPACE_ENTERPRISE /* within option 125, of `enterprise` */
};

struct dhcp_option_value {
	uint8_t code;
	enum dhcp_space space;
	bool force;     /* sent unasked */
	bool addresses; /* a list of IPv4 addresses: 0 stands for the server's own */
	struct dhcp_cond cond;
	uint32_t enterprise;
	const char *vendor;
	const uint8_t *value;
	size_t len;
	unsigned line;
	struct dhcp_option_value *next; /* in the order of the file */
};

/* A hardware address in which bytes may be open. */
struct dhcp_hardware {
	uint8_t type, len; /* type 0: any */
	uint8_t bytes[16];
	uint16_t open; /* a bit for each byte that may have any value */
	struct dhcp_hardware *next;
};

struct dhcp_host {
	struct dhcp_hardware *hardware;
	const uint8_t *id;
	size_t id_len;
	bool ignore_id; /* id:*: known by the hardware address whatever the client id */
	struct dhcp_cond cond;
	uint64_t set;
	uint32_t address; /* 0: none */
	bool has_address6;
	uint8_t address6[16];
	uint32_t lease; /* 0: the range's */
	const char *name;
	bool ignore;
	unsigned line;
	uint32_t place; /* among all, in the order of the file */
	struct dhcp_host *next;
	const struct dhcp_host *next_open;
};

enum dhcp_match_kind {
	DHCP_MATCH_OPTION,   /* dhcp-match: the option is there, with these bytes in it */
	DHCP_MATCH_VENDOR,   /* a part of option 60 */
	DHCP_MATCH_USER,     /* a part of option 77 */
	DHCP_MATCH_HARDWARE, /* dhcp-mac */
	DHCP_MATCH_CIRCUIT,  /* option 82's suboptions, whole */
	DHCP_MATCH_REMOTE,
	DHCP_MATCH_SUBSCRIBER,
	DHCP_MATCH_IF,  /* tag-if */
	DHCP_MATCH_NAME /* dhcp-name-match: option 12, or its beginning if `code` is not 0 */
};

/* A rule that gives a client tags. */
struct dhcp_match {
	enum dhcp_match_kind kind;
	uint64_t set;
	struct dhcp_cond cond;
	uint8_t code;
	const uint8_t *value; /* NULL: any */
	size_t len;
	struct dhcp_hardware *hardware;
	struct dhcp_match *next;
};

struct dhcp_boot {
	struct dhcp_cond cond;
	const char *file, *server;
	uint32_t address; /* 0: the server's own */
	struct dhcp_boot *next;
};

/* A rule for those who meet a condition: dhcp-ignore, dhcp-broadcast, dhcp-ignore-names. */
struct dhcp_rule {
	struct dhcp_cond cond;
	struct dhcp_rule *next;
};

/* One prefix of IPv6: what is advertised, and what is leased. */
enum dhcp6_mode {
	DHCP6_STATEFUL = 1,  /* addresses first to last by DHCPv6 */
	DHCP6_SLAAC = 2,     /* hosts make addresses of the prefix (A flag) */
	DHCP6_STATELESS = 4, /* other settings by DHCPv6 (O flag) */
	DHCP6_RA_ONLY = 8,
	DHCP6_OFF_LINK = 16,
	DHCP6_STATIC = 32
};

struct dhcp6_range {
	uint8_t first[16], last[16];
	unsigned length; /* of the prefix */
	unsigned mode;
	uint32_t lease;
	struct dhcp_cond cond;
	uint64_t set;
	unsigned line;
	struct dhcp6_range *next;
};

struct dhcp6_option_value {
	uint16_t code;
	struct dhcp_cond cond;
	const uint8_t *value;
	size_t len;
	unsigned line;
	struct dhcp6_option_value *next;
};

struct dhcp_ra_param {
	uint32_t mtu;      /* 0: the link's own is not told */
	uint32_t interval; /* at most so many seconds between two; 0: 600 */
	uint32_t lifetime; /* of the router */
	bool has_lifetime;
	uint8_t preference; /* RFC 4191: the two bits */
};

struct dhcp_host_entry;

struct dhcp_config {
	struct arena arena; /* all that the pointers below name */
	struct dhcp_link links[DHCP_LINKS];
	char tags[DHCP_TAGS][DHCP_NAME_MAX + 1];
	unsigned tag_count;
	uint64_t known; /* the tag of hosts with a reservation */
	uint64_t link_tags[DHCP_LINKS];

	struct dhcp_range *ranges;
	unsigned range_count;
	struct dhcp_host *hosts, **hosts_end;
	unsigned host_count;
	struct dhcp_host **host_at;          /* by place */
	struct dhcp_host_entry **host_index; /* hosts.h */
	uint32_t host_mask;
	const struct dhcp_host *open_hosts; /* with hardware addresses of which bytes are open */
	struct dhcp_option_value *options;
	struct dhcp_match *matches;
	struct dhcp_boot *boots;
	struct dhcp_rule *ignore, *broadcast, *ignore_names;

	struct dhcp6_range *ranges6;
	struct dhcp6_option_value *options6;
	struct dhcp_ra_param ra;
	bool enable_ra;

	const char *domain; /* "" for none */
	bool authoritative, rapid_commit, no_ping, leasequery, ignore_clid, sequential;
	bool fqdn;    /* as always: names go to DNS with their domain only */
	uint32_t ttl; /* of names in DNS; 0: by the lease */
	uint32_t lease_max6;
	bool lease_max_given;
	uint32_t lease_max; /* leases at a time: without the word, as many as there are addresses */
};

/*
 * Reads LEN bytes of TEXT, called NAME in messages. LINKS, DHCP_LINKS of them, are the server's own
 * addresses, which give a range its mask when it has none. 0 with all checks of the whole passed;
 * or -EINVAL, -ENOMEM with one line in MESSAGE, and nothing to give back. What was read is
 * given back by dhcp_config_free().
 */
int dhcp_config_read(struct dhcp_config *config, const struct dhcp_link *links, const char *name,
	const char *text, size_t len, char message[DHCP_CONFIG_MESSAGE]);
void dhcp_config_free(struct dhcp_config *config);

/* The number of addresses that can be leased: of the ranges, and of hosts outside of them. */
uint64_t dhcp_config_addresses(const struct dhcp_config *config);

/* The range that ADDRESS is in; or whose network, NULL if none. */
const struct dhcp_range *dhcp_config_range(const struct dhcp_config *config, uint32_t address);
const struct dhcp_range *dhcp_config_network(const struct dhcp_config *config, uint32_t address);

static inline bool dhcp_cond_holds(const struct dhcp_cond *cond, uint64_t tags)
{
	return (tags & cond->all) == cond->all && !(tags & cond->none);
}

/* Whether two IPv6 addresses have their first LENGTH bits in common. */
bool dhcp6_same_prefix(const uint8_t *a, const uint8_t *b, unsigned length);

bool dhcp_host_has_hardware(
	const struct dhcp_host *host, uint8_t type, const uint8_t *bytes, size_t len);
bool dhcp_hardware_matches(
	const struct dhcp_hardware *pattern, uint8_t type, const uint8_t *bytes, size_t len);

#endif
