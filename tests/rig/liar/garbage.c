/* SPDX-License-Identifier: ISC */
/*
 * garbage INTERFACE GUEST-MAC GUEST-ADDRESS GUEST-ADDRESS6 SECONDS [SEED]
 *
 * Sends Ethernet frames of every wrong kind out of INTERFACE, the dom0 end of a guest's vif, where
 * nobody but the guest hears them: random bytes; ARP, IPv4, IPv6, ICMP, UDP with DNS and TCP, with
 * right and wrong checksums, lengths, fragments and options, mutated, cut and prolonged; in bursts,
 * some 2,000 a second. No frame claims to come from 10.0.0.1 or fd00::1: that the guest
 * believes its neighbours is no fault. Called by tests/rig/garbage.sh.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/rig/liar/question.h"

#define BURST     50
#define BURST_MS  20
#define ETHERNET  14
#define KIND_LAST 7

static uint8_t guest_mac[6], guest_ip[4], guest_ip6[16];
static uint8_t frame[FRAME_MAX];

static unsigned below(unsigned limit)
{
	return (unsigned)random() % limit;
}

static void fill(uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)below(256);
}

static void put16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static unsigned sum(const uint8_t *data, size_t len, unsigned total)
{
	for (size_t i = 0; i < len; i++)
		total += i % 2 ? data[i] : (unsigned)data[i] << 8;
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

/* ---- layers: each fills LEN bytes at AT, and returns how many it has made of that ---- */

static size_t dns(uint8_t *at, size_t len)
{
	struct question q;
	size_t made;

	if (len < 64 || below(4) == 0) {
		fill(at, len);
		return len;
	}
	question_new(&q);
	made = question_message(&q, at);
	/* More questions than there are, pointers to themselves, labels without an end. */
	if (below(2))
		at[4 + below(8)] = (uint8_t)below(256);
	if (below(3) == 0)
		put16(at + 12 + below(16), 0xc000 | below(64));
	return made;
}

static size_t udp(uint8_t *at, size_t len)
{
	size_t made = 8 + dns(at + 8, len - 8);

	put16(at, 1024 + below(60000));
	put16(at + 2, below(8) ? 53 : below(65536));
	put16(at + 4, below(4) ? (unsigned)made : below(65536));
	put16(at + 6, 0);
	return made;
}

static size_t tcp(uint8_t *at, size_t len)
{
	unsigned words = 5 + below(11);
	size_t made = 4 * words + below(40);

	made = made < len ? made : len;
	fill(at, made);
	put16(at + 2, below(8) ? 53 : below(65536));
	at[12] = (uint8_t)(words << 4);
	at[13] = (uint8_t)(below(3) ? 2 : below(64)); /* SYN, or any flags */
	return made;
}

static size_t icmp(uint8_t *at, size_t len)
{
	size_t made = 8 + below((unsigned)len - 8);

	fill(at, made);
	at[0] = (uint8_t)(below(2) ? 8 : below(256));
	at[1] = 0;
	return made;
}

/* Neighbour discovery with its options, router advertisements, echo, errors. */
static size_t icmp6(uint8_t *at, size_t len)
{
	static const uint8_t types[] = {1, 2, 3, 4, 128, 129, 130, 131, 133, 134, 135, 136, 137};
	size_t made = 24 + below((unsigned)len - 24);

	fill(at, made);
	at[0] = types[below(sizeof(types))];
	at[1] = 0;
	memcpy(at + 8, guest_ip6, 16);
	for (size_t option = 24; option + 8 <= made; option += 8 * (1 + below(3))) {
		at[option] = (uint8_t)below(8);
		at[option + 1] = (uint8_t)below(4);
	}
	return made;
}

static size_t transport(uint8_t protocol, uint8_t *at, size_t len)
{
	switch (protocol) {
	case 1:
		return icmp(at, len);
	case 6:
		return tcp(at, len);
	case 17:
		return udp(at, len);
	case 58:
		return icmp6(at, len);
	}
	fill(at, len);
	return len;
}

/* Where the checksum stands in the transport's header; 0: it has none that we know. */
static size_t checksum_at(uint8_t protocol)
{
	return protocol == 1 || protocol == 58 ? 2 : protocol == 6 ? 16 : protocol == 17 ? 6 : 0;
}

static void put_checksum(uint8_t protocol, uint8_t *at, size_t len, unsigned start)
{
	size_t where = checksum_at(protocol);

	if (!where || where + 2 > len || below(8) == 0)
		return;
	put16(at + where, 0);
	put16(at + where, ~sum(at, len, start) & 0xffff);
}

static size_t ip4(bool fragment)
{
	static const uint8_t protocols[] = {1, 6, 17, 17, 17, 2, 58};
	uint8_t *ip = frame + ETHERNET, protocol = protocols[below(sizeof(protocols))];
	size_t header = 20 + 4 * (below(4) ? 0 : below(11)), len;

	fill(ip, header);
	len = transport(protocol, ip + header, 100 + below(1300));
	ip[0] = (uint8_t)(0x40 | header / 4);
	put16(ip + 2, (unsigned)(header + len));
	if (below(8) == 0)
		put16(ip + 2, below(65536));
	put16(ip + 4, below(4)); /* so that fragments of one datagram come together */
	put16(ip + 6, fragment ? below(2) << 13 | below(64) : 0);
	if (fragment && below(4) == 0)
		put16(ip + 6, below(65536));
	ip[9] = protocol;
	memcpy(ip + 12, (const uint8_t[]){10, 0, 0, (uint8_t)(100 + below(4))}, 4);
	memcpy(ip + 16, guest_ip, 4);
	put_checksum(protocol, ip + header, len,
		protocol == 1 ? 0 : sum(ip + 12, 8, protocol + (unsigned)len));
	put16(ip + 10, 0);
	put16(ip + 10, below(16) ? ~sum(ip, header, 0) & 0xffff : below(65536));
	put16(frame + 12, 0x0800);
	return ETHERNET + header + len;
}

/* Up to three extension headers (RFC 8200) of random kinds, then the transport. */
static size_t ip6(void)
{
	static const uint8_t extensions[] = {0, 43, 44, 60, 59};
	static const uint8_t protocols[] = {6, 17, 17, 58, 58};
	uint8_t *ip = frame + ETHERNET, *next = ip + 6, protocol;
	size_t at = 40, len;

	fill(ip, 40);
	ip[0] = 0x60;
	for (unsigned n = below(3) ? 0 : below(4); n; n--) {
		size_t size = 8 * (1 + below(3));

		*next = extensions[below(sizeof(extensions))];
		fill(ip + at, size);
		ip[at + 1] = (uint8_t)(below(8) ? size / 8 - 1 : below(256));
		next = ip + at;
		at += size;
	}
	*next = protocol = protocols[below(sizeof(protocols))];
	len = transport(protocol, ip + at, 100 + below(1300));
	put16(ip + 4, below(8) ? (unsigned)(at - 40 + len) : below(65536));
	ip[7] = (uint8_t)(below(4) ? 255 : below(256));
	memset(ip + 8, 0, 16);
	ip[8] = 0xfd;
	ip[23] = (uint8_t)(100 + below(4));
	memcpy(ip + 24, guest_ip6, 16);
	put_checksum(protocol, ip + at, len, sum(ip + 8, 32, protocol + (unsigned)len));
	put16(frame + 12, 0x86dd);
	return ETHERNET + at + len;
}

static size_t arp(void)
{
	struct link link = {.our_ip = {10, 0, 0, (uint8_t)(100 + below(100))}};
	size_t len;

	fill(link.our_mac, 6);
	memcpy(link.guest_mac, guest_mac, 6);
	memcpy(link.guest_ip, guest_ip, 4);
	len = arp_frame(&link, (uint16_t)(below(4) ? 1 + below(2) : below(65536)), frame);
	return below(4) ? len : ETHERNET + below(60);
}

static size_t random_frame(void)
{
	size_t len = ETHERNET + below(FRAME_MAX - ETHERNET + 1);

	fill(frame + ETHERNET, len - ETHERNET);
	put16(frame + 12, ((const unsigned[]){
				  0x0800, 0x86dd, 0x0806, 0x8100, 0x88cc, below(65536)})[below(6)]);
	return len;
}

static size_t of_any_kind(void)
{
	switch (below(KIND_LAST)) {
	case 0:
		return random_frame();
	case 1:
		return arp();
	case 2:
		return ip4(true);
	case 3:
	case 4:
		return ip6();
	default:
		return ip4(false);
	}
}

static void address(void)
{
	fill(frame, 12);
	frame[6] = (uint8_t)((frame[6] & 0xfe) | 2);
	if (below(8) == 0)
		memset(frame, 0xff, 6);
	else if (below(8))
		memcpy(frame, guest_mac, 6);
}

/* A frame, as built or a little wrong. */
static size_t next_frame(void)
{
	size_t len = of_any_kind();

	address();
	len = len > FRAME_MAX ? FRAME_MAX : len;
	for (unsigned n = below(2) ? 0 : below(6); n && len > ETHERNET; n--)
		frame[ETHERNET + below((unsigned)len - ETHERNET)] ^= (uint8_t)(1u << below(8));
	if (below(8) == 0)
		len = ETHERNET + below((unsigned)len - ETHERNET + 1);
	if (below(8) == 0)
		len += below((unsigned)(FRAME_MAX - len) + 1);
	return len;
}

static bool claims_to_be_the_host(size_t len)
{
	static const uint8_t host[4] = {10, 0, 0, 1}, host6[16] = {0xfd, [15] = 1};

	return memmem(frame, len, host, 4) || memmem(frame, len, host6, 16);
}

static void send_burst(int fd, unsigned long *sent, unsigned long *lost)
{
	for (unsigned i = 0; i < BURST; i++) {
		size_t len = next_frame();

		if (claims_to_be_the_host(len))
			continue;
		if (send(fd, frame, len, 0) == (ssize_t)len)
			++*sent;
		else
			++*lost;
	}
}

static int open_interface(const char *name)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (!to.sll_ifindex || fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof(to))) {
		fprintf(stderr, "garbage: expected a network interface, got %s\n", name);
		exit(2);
	}
	return fd;
}

static bool parse(char **args)
{
	uint8_t *m = guest_mac;

	return sscanf(args[2], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", m, m + 1, m + 2, m + 3, m + 4,
		       m + 5) == 6 &&
	       inet_pton(AF_INET, args[3], guest_ip) == 1 &&
	       inet_pton(AF_INET6, args[4], guest_ip6) == 1;
}

int main(int argc, char **argv)
{
	unsigned long sent = 0, lost = 0;
	unsigned seed;
	time_t end;
	int fd;

	if (argc < 6 || !parse(argv)) {
		fprintf(stderr, "usage: garbage INTERFACE MAC ADDRESS ADDRESS6 SECONDS [SEED]\n");
		return 2;
	}
	fd = open_interface(argv[1]);
	seed = argc > 6 && argv[6][0] ? (unsigned)atoi(argv[6]) : (unsigned)time(NULL);
	srandom(seed);
	end = time(NULL) + atoi(argv[5]);
	while (time(NULL) < end) {
		send_burst(fd, &sent, &lost);
		(void)poll(NULL, 0, BURST_MS);
	}
	printf("# garbage: %lu frames sent, %lu refused by the interface, seed %u\n", sent, lost,
		seed);
	return sent ? 0 : 1;
}
