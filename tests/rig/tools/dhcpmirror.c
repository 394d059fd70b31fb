/* SPDX-License-Identifier: ISC */
/*
 * A DHCP server that is none: turns what a relay sends into an answer and sends it back, without
 * looking whose address it is. What a load generator reaches against it is the most that the
 * generator, and all between the two, can do. Never ends.
 *
 *   dhcpmirror ADDRESS
 *
 * ADDRESS: its own, by which it is known. A client's address is that of its relay's network, by the
 * client's MAC.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FIXED 240
#define LEAST 300 /* bytes of an answer: as long as others' */

static uint32_t address;

static uint8_t *option(uint8_t *p, size_t size, uint8_t code)
{
	for (size_t at = FIXED; at + 1 < size && p[at] != 255; at += p[at] ? 2u + p[at + 1] : 1)
		if (p[at] == code && at + 2u + p[at + 1] <= size)
			return p + at;
	return NULL;
}

static uint8_t *put32(uint8_t *at, uint8_t code, uint32_t value)
{
	at[0] = code;
	at[1] = 4;
	memcpy(at + 2, &value, 4);
	return at + 6;
}

/* In the place of the question at P; its length, or 0. Option 82 goes back as it came. */
static size_t answer(uint8_t *p, size_t size)
{
	uint8_t *type = option(p, size, 53), *relay = option(p, size, 82), *at = p + FIXED;
	uint8_t kept[257], asked;
	size_t kept_len = relay ? 2u + relay[1] : 0, len;

	if (size < FIXED || p[0] != 1 || !type)
		return 0;
	asked = type[2];
	if (relay)
		memcpy(kept, relay, kept_len);
	p[0] = 2;
	memcpy(p + 16, p + 24, 2); /* yiaddr: of giaddr's network */
	memcpy(p + 18, p + 32, 2); /* by the last bytes of chaddr */
	memset(at, 0, LEAST - FIXED);
	memcpy(at, "\x35\1", 2);
	at[2] = asked == 1 ? 2 : 5;
	at = put32(at + 3, 54, address);
	at = put32(at, 51, htonl(3600));
	at = put32(at, 1, htonl(0xfffe0000));
	at = put32(at, 3, address);
	memcpy(at, kept, kept_len);
	at[kept_len] = 255;
	len = (size_t)(at - p) + kept_len + 1;
	return len < LEAST ? LEAST : len;
}

int main(int argc, char **argv)
{
	struct sockaddr_in ours = {.sin_family = AF_INET, .sin_port = htons(67)}, relay = ours;
	static uint8_t p[2048];
	ssize_t size;
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 2 || inet_pton(AF_INET, argv[1], &ours.sin_addr) != 1) {
		fprintf(stderr, "usage: dhcpmirror ADDRESS\n");
		return 2;
	}
	if (sock < 0 || bind(sock, (struct sockaddr *)&ours, sizeof(ours))) {
		fprintf(stderr, "dhcpmirror: port 67: %s\n", strerror(errno));
		return 2;
	}
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &(int){1 << 22}, sizeof(int));
	address = ours.sin_addr.s_addr;
	while ((size = recv(sock, p, 1500, 0)) >= 0) {
		size_t len = answer(p, (size_t)size);

		memcpy(&relay.sin_addr, p + 24, 4);
		if (len)
			sendto(sock, p, len, 0, (struct sockaddr *)&relay, sizeof(relay));
	}
	return 1;
}
