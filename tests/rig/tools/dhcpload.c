/* SPDX-License-Identifier: ISC */
/*
 * Many DHCP clients behind a relay, which this program is: each gets a lease, WINDOW of them at a
 * time. What is acknowledged is appended to LOG, and no address may ever be acknowledged to two
 * clients, also in earlier runs with the same LOG.
 *
 *   dhcpload SERVER FIRST COUNT SECONDS WINDOW LOG
 *
 * FIRST: number of the first client; the network of the relay's own address is the clients'.
 * Prints "exchanges N unfinished N repeated N duplicates N seconds N rate N"; exit status 1 when an
 * address was given twice, 2 when the server could not be asked.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIXED     240
#define DISCOVER  1
#define OFFER     2
#define REQUEST   3
#define ACK       5
#define NAK       6
#define AGAIN     1.0 /* seconds until a client asks once more */
#define ADDRESSES (1u << 24)

struct client {
	uint32_t number, address, server;
	bool requesting;
	double sent;
};

static struct client *window;
static unsigned window_size;
static uint32_t *owners; /* by the address's low 24 bits: the client's number plus one */
static uint32_t relay, next_client, last_client;
static unsigned long done, repeated, duplicates;
static FILE *log_file;
static int sock;

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	fprintf(stderr, "dhcpload: %s: %s\n", what, strerror(errno));
	exit(2);
}

static size_t put_option(uint8_t *p, uint8_t code, uint32_t value)
{
	value = htonl(value);
	p[0] = code;
	p[1] = 4;
	memcpy(p + 2, &value, 4);
	return 6;
}

static void send_message(struct client *c)
{
	uint8_t p[300] = {1, 1, 6, 1};
	uint32_t number = htonl(c->number), gateway = htonl(relay);
	size_t at = FIXED;

	memcpy(p + 4, &number, 4); /* xid */
	memcpy(p + 24, &gateway, 4);
	p[28] = 2;
	memcpy(p + 30, &number, 4);
	memcpy(p + 236, "\x63\x82\x53\x63", 4);
	memcpy(p + at, "\x35\1", 2);
	p[at + 2] = c->requesting ? REQUEST : DISCOVER;
	at += 3;
	if (c->requesting) {
		at += put_option(p + at, 50, c->address);
		at += put_option(p + at, 54, c->server);
	}
	memcpy(p + at, "\x37\3\1\3\6\xff", 6);
	c->sent = now();
	if (send(sock, p, sizeof(p), 0) < 0 && errno != ECONNREFUSED && errno != ENOBUFS &&
		errno != EHOSTUNREACH)
		fail("send");
}

static void begin(struct client *c)
{
	if (next_client == last_client) {
		c->number = UINT32_MAX;
		return;
	}
	*c = (struct client){.number = next_client++};
	send_message(c);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t value;

	memcpy(&value, p, 4);
	return ntohl(value);
}

/* The option's value, of LEN bytes at least. */
static const uint8_t *option(const uint8_t *p, size_t size, uint8_t code, size_t len)
{
	for (size_t at = FIXED; at + 1 < size && p[at] != 255;) {
		if (p[at] == 0) {
			at++;
			continue;
		}
		if (p[at] == code && p[at + 1] >= len && at + 2 + len <= size)
			return p + at + 2;
		at += 2u + p[at + 1];
	}
	return NULL;
}

static void acknowledged(struct client *c, uint32_t address)
{
	uint32_t *owner = &owners[address % ADDRESSES];

	if (*owner && *owner != c->number + 1) {
		printf("%08x was given to client %u and to client %u\n", address, *owner - 1,
			c->number);
		duplicates++;
	}
	*owner = c->number + 1;
	fprintf(log_file, "%08x %u\n", address, c->number);
	done++;
	begin(c);
}

static struct client *find(uint32_t number)
{
	for (unsigned i = 0; i < window_size; i++)
		if (window[i].number == number)
			return &window[i];
	return NULL;
}

static void take(const uint8_t *p, size_t size)
{
	const uint8_t *type = option(p, size, 53, 1), *server = option(p, size, 54, 4);
	struct client *c;

	if (size < FIXED || p[0] != 2 || !type || !server)
		return;
	c = find(get32(p + 4));
	if (!c)
		return;
	if (*type == OFFER && !c->requesting) {
		c->requesting = true;
		c->address = get32(p + 16);
		c->server = get32(server);
		send_message(c);
	} else if (*type == ACK && c->requesting) {
		acknowledged(c, get32(p + 16));
	} else if (*type == NAK && c->requesting) {
		c->requesting = false;
		repeated++;
		send_message(c);
	}
}

static void receive_all(void)
{
	uint8_t p[2048];
	ssize_t size;

	while ((size = recv(sock, p, sizeof(p), MSG_DONTWAIT)) > 0)
		take(p, (size_t)size);
}

static unsigned repeat_late(void)
{
	unsigned open = 0;

	for (unsigned i = 0; i < window_size; i++) {
		struct client *c = &window[i];

		if (c->number == UINT32_MAX)
			continue;
		open++;
		if (c->sent + AGAIN > now())
			continue;
		/* A server that was away may not know of its offer. */
		c->requesting = false;
		repeated++;
		send_message(c);
	}
	return open;
}

static void read_log(const char *path)
{
	unsigned address, number;

	log_file = fopen(path, "a+");
	if (!log_file)
		fail(path);
	rewind(log_file);
	while (fscanf(log_file, "%x %u", &address, &number) == 2)
		owners[address % ADDRESSES] = number + 1;
}

static void open_socket(const char *server)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(67)}, from;
	socklen_t len = sizeof(from);

	if (inet_pton(AF_INET, server, &to.sin_addr) != 1)
		fail(server);
	/* Once to learn which address is ours, then with the port that relays have. */
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	if (sock < 0 || connect(sock, (struct sockaddr *)&to, sizeof(to)) ||
		getsockname(sock, (struct sockaddr *)&from, &len))
		fail("socket");
	close(sock);
	from.sin_port = htons(67);
	relay = ntohl(from.sin_addr.s_addr);
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &(int){1 << 21}, sizeof(int));
	if (bind(sock, (struct sockaddr *)&from, sizeof(from)) ||
		connect(sock, (struct sockaddr *)&to, sizeof(to)))
		fail("port 67");
}

int main(int argc, char **argv)
{
	double start, end, spent;
	unsigned open = 1;

	if (argc != 7) {
		fprintf(stderr, "usage: dhcpload SERVER FIRST COUNT SECONDS WINDOW LOG\n");
		return 2;
	}
	next_client = (uint32_t)strtoul(argv[2], NULL, 10);
	last_client = next_client + (uint32_t)strtoul(argv[3], NULL, 10);
	window_size = (unsigned)strtoul(argv[5], NULL, 10);
	window = calloc(window_size, sizeof(*window));
	owners = calloc(ADDRESSES, sizeof(*owners));
	if (!window || !owners)
		fail("memory");
	read_log(argv[6]);
	open_socket(argv[1]);
	start = now();
	end = start + strtod(argv[4], NULL);
	for (unsigned i = 0; i < window_size; i++)
		begin(&window[i]);
	while (open && now() < end) {
		struct pollfd p = {.fd = sock, .events = POLLIN};

		poll(&p, 1, 50);
		receive_all();
		open = repeat_late();
	}
	spent = now() - start;
	fclose(log_file);
	printf("exchanges %lu unfinished %u repeated %lu duplicates %lu seconds %.2f rate %.0f\n",
		done, open, repeated, duplicates, spent, (double)done / spent);
	return duplicates ? 1 : 0;
}
