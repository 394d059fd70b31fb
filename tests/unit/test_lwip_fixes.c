/* SPDX-License-Identifier: ISC */
/*
 * Shows that each of our fixes in lib/ext/patches/lwip is in the lwIP that images are built with,
 * and its heap ours: without its fix every test here fails, reading past a packet (address
 * sanitizer), through NULL, or never ending. A packet lies alone in heap memory of just its length.
 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lwip/icmp6.h"
#include "lwip/inet_chksum.h"
#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/ip6_frag.h"
#include "lwip/nd6.h"
#include "lwip/netif.h"
#include "lwip/prot/icmp6.h"
#include "lwip/prot/nd6.h"
#include "lwip/tcp.h"
#include "lwip/udp.h"
#include "netif/ethernet.h"
#include "lwip/ethip6.h"

#include "lib/net/limits.h"
#include "tests/support/check.h"
#include "tests/unit/machine.h"

#define PEER_MAC 0x02, 0x00, 0x00, 0x00, 0x00, 0x09

static struct netif netif;
static unsigned int frames;      /* sent since the start of a test */
static unsigned char last[2048]; /* the latest of them */
static struct {
	unsigned int count, len[8];
	bool more[8];
} fragments; /* IPv4 packets sent */

static const unsigned char own_ip6[16] = {0xfd, [15] = 2};
static const unsigned char peer_ip6[16] = {0xfd, [15] = 9};
static const unsigned char all_nodes[16] = {0xff, 2, [15] = 1};

static err_t send_frame(struct netif *n, struct pbuf *p)
{
	(void)n;
	frames++;
	pbuf_copy_partial(p, last, sizeof(last), 0);
	return ERR_OK;
}

static err_t send_ip4(struct netif *n, struct pbuf *p, const ip4_addr_t *dest)
{
	unsigned char header[20];

	(void)n, (void)dest;
	pbuf_copy_partial(p, header, sizeof(header), 0);
	ck_assert_uint_lt(fragments.count, 8);
	fragments.len[fragments.count] = p->tot_len - 20u;
	fragments.more[fragments.count++] = header[6] & 0x20;
	return ERR_OK;
}

static err_t start_netif(struct netif *n)
{
	n->name[0] = 't';
	n->hwaddr_len = 6;
	memcpy(n->hwaddr, (const unsigned char[]){2, 0, 0, 0, 0, 1}, 6);
	n->mtu = 1500;
	n->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_MLD6;
	n->output = send_ip4;
	n->output_ip6 = ethip6_output;
	n->linkoutput = send_frame;
	return ERR_OK;
}

static void start(void)
{
	ip4_addr_t address, mask, gateway;
	ip6_addr_t address6;

	net_limits_init();
	lwip_init();
	IP4_ADDR(&address, 10, 0, 0, 2);
	IP4_ADDR(&mask, 255, 255, 255, 0);
	ip4_addr_set_zero(&gateway);
	ck_assert_ptr_nonnull(
		netif_add(&netif, &address, &mask, &gateway, NULL, start_netif, ip_input));
	memset(&address6, 0, sizeof(address6));
	memcpy(address6.addr, own_ip6, 16);
	netif_ip6_addr_set(&netif, 0, &address6);
	netif_ip6_addr_set_state(&netif, 0, IP6_ADDR_PREFERRED);
	netif_set_default(&netif);
	netif_set_link_up(&netif);
	netif_set_up(&netif);
	frames = 0;
}

static void put16(unsigned char *at, unsigned int value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

/* The checksum of an upper layer's LEN bytes over IPv6 (RFC 8200 section 8.1). */
static unsigned int checksum6(const unsigned char *packet, unsigned int proto, unsigned int len)
{
	unsigned long sum = proto + len;
	unsigned int i;

	for (i = 0; i < 16; i++)
		sum += (packet[8 + 2 * i] << 8) + packet[9 + 2 * i];
	for (i = 0; i < len; i++)
		sum += i % 2 ? packet[40 + i] : packet[40 + i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum & 0xffff;
}

/* Gives lwIP an IPv6 packet from the peer; CHECKSUM_AT is where the upper layer keeps its own. */
static void receive6(const unsigned char *dest, unsigned int proto, const void *payload,
	unsigned int len, unsigned int checksum_at)
{
	unsigned char *packet = calloc(1, 40 + len);
	struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)(40 + len), PBUF_REF);

	ck_assert(packet && p);
	packet[0] = 0x60;
	put16(packet + 4, len);
	packet[6] = (unsigned char)proto;
	packet[7] = 255;
	memcpy(packet + 8, peer_ip6, 16);
	memcpy(packet + 24, dest, 16);
	memcpy(packet + 40, payload, len);
	put16(packet + 40 + checksum_at, checksum6(packet, proto, len));
	p->payload = packet;
	ck_assert_int_eq(ip_input(p, &netif), ERR_OK);
	free(packet);
}

/* The peer asks for our address, by which lwIP learns the peer's. */
static void meet_peer(void)
{
	unsigned char ns[32] = {ICMP6_TYPE_NS, [24] = 1, 1, PEER_MAC};

	memcpy(ns + 8, own_ip6, 16);
	receive6(own_ip6, IP6_NEXTH_ICMP6, ns, sizeof(ns), 2);
}

static void send_udp(const ip_addr_t *to, unsigned int len)
{
	struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_ANY);
	struct pbuf *p = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_REF);
	static unsigned char zeros[4096];

	ck_assert(pcb && p && len <= sizeof(zeros));
	p->payload = zeros;
	ck_assert_int_eq(udp_sendto(pcb, p, to, 4000), ERR_OK);
	pbuf_free(p);
	udp_remove(pcb);
}

static void send_udp6(unsigned int len)
{
	ip_addr_t to = IPADDR6_INIT(0, 0, 0, 0);

	memcpy(ip_2_ip6(&to)->addr, peer_ip6, 16);
	send_udp(&to, len);
}

START_TEST(test_tcp_kind_without_length)
{
	unsigned char syn[24] = {0x30, 0x39, 0, 80, [12] = 0x60, 2, 0x10, 0, [20] = 1, 1, 1, 2};
	struct tcp_pcb *pcb;

	start();
	pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);
	ck_assert_int_eq(tcp_bind(pcb, IP_ANY_TYPE, 80), ERR_OK);
	ck_assert_ptr_nonnull(tcp_listen(pcb));
	receive6(own_ip6, IP6_NEXTH_TCP, syn, sizeof(syn), 16);
	ck_assert_uint_gt(frames, 0); /* it asks for the peer's address, to answer the SYN */
}
END_TEST

START_TEST(test_nd6_option_of_length_0)
{
	unsigned char na[26] = {ICMP6_TYPE_NA, [4] = ND6_FLAG_OVERRIDE, [24] = 2, 0};
	static const unsigned char mac[] = {PEER_MAC};

	start();
	meet_peer();
	memcpy(na + 8, peer_ip6, 16);
	receive6(all_nodes, IP6_NEXTH_ICMP6, na, sizeof(na), 2);
	na[4] = ND6_FLAG_OVERRIDE | ND6_FLAG_SOLICITED;
	receive6(own_ip6, IP6_NEXTH_ICMP6, na, sizeof(na), 2);
	send_udp6(10);
	ck_assert_mem_eq(last, mac, 6);
}
END_TEST

/* A Packet Too Big message that names MTU, for what we sent to the peer. */
static void too_big(unsigned int mtu)
{
	unsigned char ptb[48] = {ICMP6_TYPE_PTB, [8] = 0x60};

	put16(ptb + 6, mtu);
	memcpy(ptb + 8 + 8, own_ip6, 16);
	memcpy(ptb + 8 + 24, peer_ip6, 16);
	receive6(own_ip6, IP6_NEXTH_ICMP6, ptb, sizeof(ptb), 2);
}

START_TEST(test_nd6_path_mtu)
{
	start();
	meet_peer();
	send_udp6(10);
	too_big(50);
	frames = 0;
	send_udp6(1000);
	ck_assert_uint_eq(frames, 1);
	too_big(9000);
	frames = 0;
	send_udp6(1900);
	ck_assert_uint_eq(frames, 2);
	too_big(1280);
	frames = 0;
	send_udp6(1400);
	ck_assert_uint_eq(frames, 2);
}
END_TEST

START_TEST(test_reassembly_entry_without_fragment)
{
	unsigned char packet[56] = {0x60, [6] = 44, 255, [40] = 17, [43] = 1, [47] = 7};
	struct pbuf *p, *next;
	unsigned int i;

	start();
	put16(packet + 4, 16 + 8 * (IP_REASS_MAX_PBUFS + 1));
	memcpy(packet + 8, peer_ip6, 16);
	memcpy(packet + 24, own_ip6, 16);
	p = pbuf_alloc(PBUF_RAW, sizeof(packet), PBUF_RAM);
	ck_assert_ptr_nonnull(p);
	memcpy(p->payload, packet, sizeof(packet));
	for (i = 0; i < IP_REASS_MAX_PBUFS + 1; i++) {
		next = pbuf_alloc(PBUF_RAW, 8, PBUF_RAM);
		ck_assert_ptr_nonnull(next);
		pbuf_cat(p, next);
	}
	ck_assert_int_eq(ip_input(p, &netif), ERR_OK);
	for (i = 0; i < 300; i++)
		ip6_reass_tmr();
}
END_TEST

START_TEST(test_ip4_fragments_of_odd_mtu)
{
	ip_addr_t to;

	start();
	netif.mtu = 1400; /* 1380 bytes of data, of which a fragment carries 1376 */
	fragments.count = 0;
	IP_ADDR4(&to, 10, 0, 0, 9);
	send_udp(&to, 1376 + 1378 - 8);
	ck_assert_uint_eq(fragments.count, 3);
	ck_assert_uint_eq(fragments.len[0], 1376);
	ck_assert_uint_eq(fragments.len[1], 1376);
	ck_assert_uint_eq(fragments.len[2], 2);
	ck_assert(fragments.more[0] && fragments.more[1] && !fragments.more[2]);
}
END_TEST

/* What waits to be sent is held to the limit, and its end is no end: what is freed is there again.
 */
START_TEST(test_heap_is_limited)
{
	struct pbuf *held[4096];
	size_t count = 0, bytes = 0;

	start();
	while (count < 4096 && (held[count] = pbuf_alloc(PBUF_RAW, 60000, PBUF_RAM))) {
		bytes += 60000;
		count++;
	}
	ck_assert_uint_lt(count, 4096);
	ck_assert_uint_le(bytes, net_limits.heap);
	ck_assert_uint_gt(bytes + 61000, net_limits.heap);
	while (count)
		pbuf_free(held[--count]);
	held[0] = pbuf_alloc(PBUF_RAW, 60000, PBUF_RAM);
	ck_assert_ptr_nonnull(held[0]);
	pbuf_free(held[0]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lwip_fixes");
	TCase *tc = tcase_create("fixes");

	tcase_set_timeout(tc, 10);
	tcase_add_test(tc, test_tcp_kind_without_length);
	tcase_add_test(tc, test_nd6_option_of_length_0);
	tcase_add_test(tc, test_nd6_path_mtu);
	tcase_add_test(tc, test_reassembly_entry_without_fragment);
	tcase_add_test(tc, test_ip4_fragments_of_odd_mtu);
	tcase_add_test(tc, test_heap_is_limited);
	suite_add_tcase(suite, tc);
	return check_run(suite);
}
