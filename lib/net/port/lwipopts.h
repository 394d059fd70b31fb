/* SPDX-License-Identifier: ISC */
/*
 * How lwIP is built: one thread, raw API, fixed pools. All that lwIP ever holds is below; when a
 * pool is empty the packet or connection is dropped and lwIP counts it. How much data it may hold
 * is decided at start-up (lib/net/limits.h).
 */
#ifndef LIB_NET_PORT_LWIPOPTS_H
#define LIB_NET_PORT_LWIPOPTS_H

#include <stddef.h>
#include <stdint.h>

#define LWIP_HOOK_FILENAME "lib/net/hooks.h"

/* One thread, no locks, timers of our own (lib/net/net_time.c). */
#define NO_SYS               1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS          0
#define LWIP_NETCONN         0
#define LWIP_SOCKET          0
#define LWIP_RAW             0

/* Memory. Frames received are lent by the driver; the pool takes copies when loans run low. */
#define MEM_ALIGNMENT 8
/* What is sent (TCP data, ICMP, waiting for ARP) lies in the heap, within a limit. */
#define MEM_CUSTOM_ALLOCATOR 1
#define MEM_CUSTOM_MALLOC    net_heap_alloc
#define MEM_CUSTOM_FREE      heap_free_public
#define MEM_CUSTOM_CALLOC    calloc /* of mem_calloc(), which nothing calls */
#define PBUF_POOL_SIZE       16
#define PBUF_POOL_BUFSIZE    1536
#define MEMP_NUM_PBUF        32
#define MEMP_NUM_UDP_PCB     16
#ifndef MEMP_NUM_TCP_PCB /* an app with the part `many` has more (Makefile) */
#define MEMP_NUM_TCP_PCB 64
#define MEMP_NUM_TCP_SEG 512
#endif
#define MEMP_NUM_TCP_PCB_LISTEN 8
#define MEMP_NUM_REASSDATA      8
#define MEMP_NUM_FRAG_PBUF      24
#define MEMP_NUM_ARP_QUEUE      16
#define MEMP_NUM_ND6_QUEUE      16
#define MEMP_NUM_MLD6_GROUP     40

void *net_heap_alloc(size_t size);
void heap_free_public(void *piece);

/* A frame that the device is to cut into TCP segments of so many bytes of data; 0: it is one. */
#define LWIP_PBUF_CUSTOM_DATA         u16_t gso_size;
#define LWIP_PBUF_CUSTOM_DATA_INIT(p) ((p)->gso_size = 0)

/* Whoever writes past an end is found when the piece is given back, and that is a panic. */
#define MEMP_OVERFLOW_CHECK      1
#define MEM_SANITY_REGION_BEFORE 8
#define MEM_SANITY_REGION_AFTER  8

/* Links. */
#define ARP_TABLE_SIZE               32
#define ARP_QUEUEING                 1
#define ARP_QUEUE_LEN                3
#define ETHARP_TABLE_MATCH_NETIF     1
#define LWIP_NETIF_HOSTNAME          1
#define LWIP_NETIF_STATUS_CALLBACK   1
#define LWIP_CHECKSUM_CTRL_PER_NETIF 1 /* the sender's side may have checked already */
#define LWIP_HAVE_LOOPIF             0

/* IPv4. */
#define IP_REASS_MAX_PBUFS                    16 /* about 23 KB of fragments in all */
#define IP_REASS_MAXAGE                       5
#define LWIP_DHCP                             1
#define LWIP_DHCP_DOES_ACD_CHECK              0 /* would hold the address back for seconds */
#define LWIP_ACD                              0
#define LWIP_DHCP_MAX_DNS_SERVERS             0
#define DHCP_CREATE_RAND_XID                  1
#define LWIP_HOOK_IP4_ROUTE_SRC(source, dest) net_hook_route4(source, dest)

/* IPv6. */
#define LWIP_IPV6                         1
#define LWIP_IPV6_NUM_ADDRESSES           4 /* link-local, our own, and two from routers */
#define IPV6_FRAG_COPYHEADER              1 /* pointers are wider than the header's field */
#define IPV6_REASS_MAXAGE                 5
#define LWIP_ND6_NUM_NEIGHBORS            32
#define LWIP_ND6_NUM_DESTINATIONS         32
#define LWIP_ND6_QUEUEING                 1
#define LWIP_IPV6_DHCP6                   0
#define LWIP_HOOK_IP6_ROUTE(source, dest) net_hook_route6(source, dest)
#define LWIP_HOOK_ND6_GET_GW(netif, dest) net_hook_gateway6(netif, dest)

/*
 * TCP. The maximum segment size follows an interface's MTU, up to a jumbo frame's. Windows and what
 * may wait to be sent follow the machine's memory; for the preprocessor, which knows no variables,
 * they are the most that there may be.
 */
#define NET_WINDOW_MOST 262144
extern uint32_t net_window_less;
#define TCP_MSS           8960
#define TCP_WND           (NET_WINDOW_MOST - net_window_less)
#define TCP_SND_BUF       (NET_WINDOW_MOST - net_window_less)
#define LWIP_WND_SCALE    1
#define TCP_RCV_SCALE     3
#define LWIP_TCP_SACK_OUT 1
#define TCP_SND_QUEUELEN  256
/* The pool of pbufs takes copies only: windows are covered by loans and chunks. */
#define LWIP_DISABLE_TCP_SANITY_CHECKS                                 1
#define LWIP_HOOK_TCP_FIT(pcb, netif, wnd)                             net_hook_tcp_fit(pcb, netif, wnd)
#define LWIP_HOOK_TCP_OUT_ADD_TCPOPTS(p, hdr, pcb, opts)               net_hook_tcp_options(p, hdr, pcb, opts)
#define LWIP_HOOK_TCP_INPACKET_PCB(pcb, hdr, optlen, opt1len, opt2, p) net_hook_tcp_input(pcb, p)
#define TCP_OVERSIZE                                                   256 /* the slack after a small write; a full MSS wastes the heap */
#define TCP_OOSEQ_MAX_PBUFS                                            32
#define TCP_LISTEN_BACKLOG                                             1
#define TCP_DEFAULT_LISTEN_BACKLOG                                     8
#define TCP_MAXRTX                                                     7 /* gives up after some four minutes without an answer */
#define TCP_SYNMAXRTX                                                  4
#define LWIP_TCP_TIMESTAMPS                                            0
#define LWIP_TCP_PCB_NUM_EXT_ARGS                                      1 /* for a look at connections that are half open */
#define LWIP_HOOK_TCP_ISN                                              net_hook_tcp_isn

/* What was dropped and why, in lwip_stats. */
#define LWIP_STATS         1
#define LWIP_STATS_DISPLAY 0
#define LWIP_STATS_LARGE   1
#define MEM_STATS          1 /* the heap is held to its limit by them */
#define SYS_STATS          0

#endif
