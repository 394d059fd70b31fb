/* SPDX-License-Identifier: ISC */
/* Queries over sockets: see ask.h. */
#include "tests/nsd/ask.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

int peer_open(struct peer *peer, const char *address)
{
	struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_DGRAM}, *found;
	char host[100];
	const char *port, *colon;

	snprintf(host, sizeof(host), "%s", *address == '[' ? address + 1 : address);
	colon = strrchr(address, ':');
	port = colon ? colon + 1 : "53";
	if (*address == '[')
		host[strcspn(host, "]")] = 0;
	else
		host[strcspn(host, ":")] = 0;
	if (getaddrinfo(host, port, &hints, &found))
		return -1;
	memcpy(&peer->address, found->ai_addr, found->ai_addrlen);
	peer->address_len = found->ai_addrlen;
	peer->udp = socket(found->ai_family, SOCK_DGRAM, 0);
	freeaddrinfo(found);
	if (peer->udp < 0)
		return -1;
	return connect(peer->udp, (struct sockaddr *)&peer->address, peer->address_len);
}

static size_t ask_udp(struct peer *peer, const uint8_t *query, size_t len, uint8_t reply[65535])
{
	struct pollfd wait = {.fd = peer->udp, .events = POLLIN};
	ssize_t got;
	int try;

	for (try = 0; try < 3; try++) {
		if (send(peer->udp, query, len, 0) < 0)
			continue;
		while (poll(&wait, 1, 1000) > 0) {
			got = recv(peer->udp, reply, 65535, 0);
			if (got < 0)
				break;
			if (got >= 12 && memcmp(reply, query, 2) == 0)
				return (size_t)got;
		}
	}
	return 0;
}

static int connect_tcp(struct peer *peer)
{
	struct timeval limit = {.tv_sec = 3};
	int fd = socket(peer->address.ss_family, SOCK_STREAM, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&peer->address, peer->address_len)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool receive(int fd, uint8_t *data, size_t len)
{
	ssize_t got;

	for (; len; data += got, len -= (size_t)got) {
		got = recv(fd, data, len, 0);
		if (got <= 0)
			return false;
	}
	return true;
}

static size_t ask_tcp(struct peer *peer, const uint8_t *query, size_t len, uint8_t reply[65535])
{
	uint8_t framed[2 + 1024] = {(uint8_t)(len >> 8), (uint8_t)len};
	int fd = connect_tcp(peer);
	size_t got = 0;

	if (fd < 0 || len > 1024)
		return 0;
	memcpy(framed + 2, query, len);
	if (send(fd, framed, len + 2, MSG_NOSIGNAL) == (ssize_t)len + 2 && receive(fd, framed, 2)) {
		got = (size_t)framed[0] << 8 | framed[1];
		if (!receive(fd, reply, got))
			got = 0;
	}
	close(fd);
	return got;
}

size_t peer_ask(struct peer *peer, const uint8_t *query, size_t len, bool tcp, uint8_t reply[65535])
{
	return tcp ? ask_tcp(peer, query, len, reply) : ask_udp(peer, query, len, reply);
}
