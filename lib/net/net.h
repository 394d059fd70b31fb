/* SPDX-License-Identifier: ISC */
/*
 * The network as an app sees it: interfaces by settings, UDP by handler, TCP by blocking calls for
 * green threads. lwIP is below and stays below: no lwIP type appears here (and as lwIP has names
 * such as tcp_write of its own, all of ours begin with net_).
 *
 * Addresses are 16 bytes; IPv4 is v4-mapped (::ffff:a.b.c.d, RFC 4291 section 2.5.5.2).
 */
#ifndef LIB_NET_NET_H
#define LIB_NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/config.h"
#include "lib/base/list.h"

struct net_addr {
	uint8_t ip[16];
	uint16_t port; /* host byte order */
	uint8_t netif; /* index of the interface it came by or goes by; NET_ANY: by routing */
};

#define NET_ANY 0xff

bool net_addr_is_v4(const struct net_addr *addr);
/* Text as "10.0.0.2" or "fd00::2", without the port; TEXT holds 46 bytes. */
void net_addr_format(const struct net_addr *addr, char text[46]);

/*
 * The settings of the network: ip=10.0.0.2/24|dhcp|none, gateway=, ip6=ADDRESS/LEN|auto|none,
 * gateway6=; with a number at the key's end for further interfaces (ip.1= ...), hostname=.
 */
extern const struct config_table net_config;

/*
 * Starts the stack; interfaces come up as devices appear. Call once, after the settings were read
 * and the scheduler is there. 0 or -Exxx.
 */
int net_init(void);

/* Draws anew what must differ between copies of this machine; connections that are open stay. */
void net_renew_keys(void);

/*
 * Waits (in a thread) until some interface is up and has an address. 0, or -ETIMEDOUT at DEADLINE:
 * no vif, its backend has not come, or no DHCP server answered; or at once -EADDRNOTAVAIL: no
 * interface is given an address by the settings. net_explain() says which, in one line.
 */
int net_wait_ready(uint64_t deadline);
const char *net_explain(void);

/* ---- UDP ---- */
struct udp_socket;

/*
 * One datagram: HANDLER may read DATA (LEN bytes, contiguous) until it returns. To answer, it
 * writes at most REPLY_SIZE bytes to REPLY and returns their count; 0 sends nothing. It runs in the
 * loop and must neither wait nor send otherwise. Where the answer goes: from the address that was
 * asked, by the interface it came by. What it writes beyond the answer may be seen by the host.
 */
typedef size_t udp_handler(void *ctx, const struct net_addr *from, const struct net_addr *to,
	const uint8_t *data, size_t len, uint8_t *reply, size_t reply_size);

#define NET_UDP_REPLY_MAX 4096

/*
 * Listens on PORT of every address. REPLY_MAX: the longest answer that HANDLER is given room for,
 * at most NET_UDP_REPLY_MAX; up to 1452 bytes, which fit a frame, it is built in the frame itself,
 * else a short one is copied there.
 * 0, -EADDRINUSE, -ENOMEM.
 */
int net_udp_listen(struct udp_socket **socket, uint16_t port, size_t reply_max,
	udp_handler *handler, void *ctx);
/* Sends one datagram of its own accord. 0, -ENOMEM, -ENETUNREACH, -EMSGSIZE. */
int net_udp_send(
	struct udp_socket *socket, const struct net_addr *to, const void *data, size_t len);
void net_udp_close(struct udp_socket *socket);

/* ---- hosts that have no address yet: for servers that give them one ---- */

/* The address and the network's length that the settings give NETIF; false: none. */
bool net_static4(unsigned netif, uint8_t ip[4], unsigned *length);
bool net_static6(unsigned netif, uint8_t ip[16], unsigned *length);

/* NETIF's MAC; false while there is no such interface. */
bool net_mac(unsigned netif, uint8_t mac[6]);

#define NET_STATION_MAX 1472

/*
 * Sends one IPv4 datagram by FROM's interface to the station MAC, whatever TO's address is: nobody
 * is asked by ARP, and all-ones may be both. Not from a handler. At most NET_STATION_MAX bytes.
 * 0, -ENETUNREACH (the interface is not up), -ENOMEM (the device is full), -EMSGSIZE.
 */
int net_udp_send_station(const struct net_addr *from, const struct net_addr *to,
	const uint8_t mac[6], const void *data, size_t len);

/*
 * Asks on NETIF's link who has IP. The caller owns PROBE, which stays in use until
 * net_probe_end(); from then until the end, `answered` says whether somebody has named the address
 * as its own, and `mac` who. Not from a handler. 0, or as above, and then it is not in use.
 */
struct net_probe {
	struct list node;
	unsigned netif;
	uint8_t ip[4];
	uint8_t mac[6];
	bool answered;
};
int net_probe_send(struct net_probe *probe, unsigned netif, const uint8_t ip[4]);
/*
 * The same for an address behind routers, by an ICMP echo request (RFC 792): not every host answers
 * those. NETIF and `mac` are of no use.
 */
int net_ping_send(struct net_probe *probe, const uint8_t ip[4]);
void net_probe_end(struct net_probe *probe);

/* ---- the router's side of IPv6 ---- */

/* Hears the multicast group from now on. 0, -ENETUNREACH (NETIF is not up), -ENOMEM. */
int net_join6(unsigned netif, const uint8_t group[16]);
/* NETIF's link-local address; false while it has none. */
bool net_link_local6(unsigned netif, uint8_t address[16]);
/* FN is called for each router solicitation (RFC 4861 section 4.1), in the loop; it may not send.
 */
void net_on_solicit6(void (*fn)(void *ctx, unsigned netif), void *ctx);
/*
 * Sends an ICMPv6 MESSAGE (4 to 1200 bytes; its checksum is made here) from the link-local address,
 * with hop limit 255. Not from a handler. 0, -ENETUNREACH (no link-local address yet), -ENOMEM.
 */
int net_icmp6_send(unsigned netif, const uint8_t to[16], const void *message, size_t len);

/* ---- TCP: all calls but net_tcp_listen and those that end a stream may park the running thread
 * ---- */
struct tcp_listener;
struct tcp_stream;

/* BACKLOG: connections that wait for net_tcp_accept; more are refused. 0, -EADDRINUSE, -ENOMEM. */
int net_tcp_listen(struct tcp_listener **listener, uint16_t port, unsigned backlog);
/* 0 and a stream that the caller owns, or -ETIMEDOUT. */
int net_tcp_accept(struct tcp_listener *listener, struct tcp_stream **stream, uint64_t deadline);
/*
 * Connects to TO, from the address and by the interface that routing gives (unless TO names one).
 * 0 and a stream that the caller owns; -ENETUNREACH: no way there, or no address of our own;
 * -ECONNREFUSED; -ETIMEDOUT: no answer before DEADLINE, or to TCP's own tries; -ENOMEM, -ECANCELED.
 */
int net_tcp_connect(struct tcp_stream **stream, const struct net_addr *to, uint64_t deadline);
void net_tcp_peer(const struct tcp_stream *stream, struct net_addr *peer);
/* 1..LEN bytes read; 0 at the peer's end of stream; -ETIMEDOUT, -ECONNRESET. */
long net_tcp_read(struct tcp_stream *stream, void *data, size_t len, uint64_t deadline);
/* 0 when all LEN bytes are queued for sending (copied), -ETIMEDOUT, -ECONNRESET. */
int net_tcp_write(struct tcp_stream *stream, const void *data, size_t len, uint64_t deadline);
/* Closes in order, sending what is queued; never parks; the stream is gone. */
void net_tcp_close(struct tcp_stream *stream);
/* Resets the connection; the stream is gone. */
void net_tcp_abort(struct tcp_stream *stream);

#endif
