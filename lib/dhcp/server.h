/* SPDX-License-Identifier: ISC */
/*
 * The DHCPv4 server (RFC 2131) as a function of its state, the time and a datagram: no I/O, and no
 * memory taken after dhcp_server_init(). Who calls it sends what it says, and first makes durable
 * what it says has changed.
 *
 * Time is in milliseconds of a clock that never goes back and that goes on over a restart, since
 * leases are kept by it.
 */
#ifndef LIB_DHCP_SERVER_H
#define LIB_DHCP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/dhcp/config.h"
#include "lib/dhcp/lease.h"
#include "lib/dhcp/message.h"
#include "lib/dhcp/rate.h"

#define DHCP_SERVER_PORT 67
#define DHCP_CLIENT_PORT 68

/* What a stranger may use up. */
struct dhcp_limits {
	uint32_t offers;       /* held at a time */
	uint32_t mac_leases;   /* of one hardware address, under whatever client identifiers */
	uint32_t mac_rate;     /* messages a second of one hardware address; 0: any number */
	uint32_t relay_rate;   /* messages a second through one relay; 0: any number */
	uint32_t relay_leases; /* with offers, through one relay; 0: any number */
	bool names;            /* not a limit: DNS is told of names, see names.h */
};

struct dhcp_stats {
	uint64_t received[DHCP_LEASEACTIVE + 1], sent[DHCP_LEASEACTIVE + 1]; /* by type */
	uint64_t malformed[DHCP_BAD_TYPE + 1];                               /* by verdict */
	uint64_t no_network; /* asked from where there is no range, or no address of ours */
	uint64_t ignored;    /* by dhcp-ignore and dhcp-host=...,ignore */
	uint64_t elsewhere;  /* meant for another server */
	uint64_t rate_mac, rate_relay, mac_leases, relay_leases; /* dropped by those limits */
	uint64_t full;           /* no address left, or no place in the table */
	uint64_t conflicts;      /* addresses that others had */
	uint64_t offers_dropped; /* to make room for newer ones */
	uint64_t cut;            /* options for which a reply had no room */
	uint64_t nonsense;       /* well-formed, but against RFC 2131's table 5 */
};

/* Addresses of one range that can be leased, a bit each. */
struct dhcp_pool {
	const struct dhcp_range *range;
	uint64_t *used;     /* held by somebody, or reserved */
	uint64_t *reserved; /* for a host, or the server's own */
	uint32_t size, taken;
};

struct dhcp_server {
	const struct dhcp_config *config;
	struct dhcp_limits limits;
	struct dhcp_leases leases;
	struct dhcp_pool *pools;
	unsigned pool_count;
	uint64_t *bits;
	struct dhcp_rate mac_rate, relay_rate;
	struct dhcp_stats stats; /* to be read */
	uint32_t swept;          /* where the search for ended leases goes on */
	uint64_t swept_all;      /* when, in seconds, the whole table was searched last */
	struct dhcp_message message;
};

/* Bytes of memory that dhcp_server_init() takes for CONFIG, to be compared with what there is. */
uint64_t dhcp_server_memory(const struct dhcp_config *config, bool names);
/* CONFIG must outlive the server. KEY: unpredictable. 0, -ENOMEM. */
int dhcp_server_init(struct dhcp_server *server, const struct dhcp_config *config,
	const struct dhcp_limits *limits, const uint8_t key[16]);
void dhcp_server_fini(struct dhcp_server *server);

struct dhcp_arrival {
	unsigned netif;  /* below DHCP_LINKS */
	uint32_t source; /* the datagram's */
};

enum dhcp_way {
	DHCP_NO_WAY,  /* nothing is sent */
	DHCP_LINK,    /* to all stations of the link: address is all ones */
	DHCP_STATION, /* to the station `mac`, which does not answer ARP for `address` yet */
	DHCP_ROUTED   /* as any datagram */
};

/* What is to be done: in this order. */
struct dhcp_reply {
	/* Not NULL: this lease must be durable first. To be encoded before the next call. */
	const struct dhcp_lease *changed;
	/* Not 0: an address that nobody should have; dhcp_server_probed() is to be told. */
	uint32_t probe;
	bool far; /* by ICMP: the client's link is a relay's */
	enum dhcp_way way;
	enum dhcp_type type;
	unsigned netif;
	uint32_t source, address; /* source: ours */
	uint16_t port;
	uint8_t mac[6];
	size_t len;
	uint8_t data[DHCP_MESSAGE_MAX];
};

/* Deals with a datagram to DHCP_SERVER_PORT. */
void dhcp_server_receive(struct dhcp_server *server, uint64_t now,
	const struct dhcp_arrival *arrival, const uint8_t *data, size_t len,
	struct dhcp_reply *reply);

/* The probe of ADDRESS is over. True: the offer may be sent; false: somebody has the address. */
bool dhcp_server_probed(struct dhcp_server *server, uint64_t now, uint32_t address, bool taken);

/* To be called about once a second: ends what is over. */
void dhcp_server_tick(struct dhcp_server *server, uint64_t now);

/* Takes a lease from the time before, and its client's NAME: 0, -ENOENT (its address is none of
 * ours), -ENOMEM, -EEXIST.
 */
int dhcp_server_restore(
	struct dhcp_server *server, uint64_t now, const struct dhcp_lease *lease, const char *name);

/* A lease as bytes for a disk, with a version; and back. */
#define DHCP_RECORD_MAX 160
size_t dhcp_record_write(uint8_t record[DHCP_RECORD_MAX], const struct dhcp_leases *leases,
	const struct dhcp_lease *lease);
bool dhcp_record_read(
	struct dhcp_lease *lease, char name[DHCP_NAME_MAX + 1], const uint8_t *record, size_t len);

#endif
