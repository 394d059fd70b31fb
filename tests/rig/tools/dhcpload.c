/* SPDX-License-Identifier: ISC */
/*
 * Many DHCP clients behind a relay, which this program is: each gets a lease, WINDOW of them at a
 * time. What is acknowledged is appended to LOG, and no address may ever be acknowledged to two
 * clients, also in earlier runs with the same LOG.
 *
 *   dhcpload [-c CLIENTS] [-l INTERFACE] SERVER FIRST COUNT SECONDS WINDOW LOG
 *
 * FIRST: number of the first client; the network of the relay's own address is the clients'.
 * -c: after so many clients the first comes again. -l: no relay, but the clients themselves, each
 * by broadcasts from its own MAC on the link of INTERFACE, which ask for broadcasts; SERVER is then
 * of no use.
 * Prints "exchanges N unfinished N repeated N duplicates N seconds N rate N"; exit status 1 when an
 * address was given twice, 2 when the server could not be asked.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
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
#define AGAIN     1.0  /* seconds until a client asks once more */
#define LOOK      0.01 /* seconds between two looks for such clients */
#define ADDRESSES (1u << 24)
#define HEADERS   42 /* of a frame: Ethernet, IPv4, UDP */

struct client {
	uint32_t number, address, server;
	bool requesting;
	double sent;
};

static struct client *window;
static unsigned window_size;
static double time_now;  /* as of the last wake-up: a clock costs as much as an answer */
static uint32_t *owners; /* by the address's low 24 bits: the client's number plus one */
static uint32_t relay, first_client, next_client, last_client, clients;
static unsigned long done, repeated, duplicates;
static FILE *log_file;
static int sock;
static bool on_link; /* frames instead of a relay's datagrams */

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

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

/* From 0.0.0.0 to all, without a UDP checksum. */
static void put_headers(uint8_t frame[HEADERS], const uint8_t mac[6], size_t len)
{
	static const uint8_t udp[4] = {0, 68, 0, 67};
	uint8_t *ip = frame + 14;
	uint16_t sum;

	memset(frame, 0xff, 6);
	memcpy(frame + 6, mac, 6);
	memcpy(frame + 12, "\x08\0\x45\0", 4);
	memset(ip + 2, 0, 14);
	memset(ip + 16, 0xff, 4);
	ip[2] = (uint8_t)((len + 28) >> 8);
	ip[3] = (uint8_t)(len + 28);
	ip[8] = 64;
	ip[9] = 17;
	sum = checksum(ip, 20);
	ip[10] = (uint8_t)(sum >> 8);
	ip[11] = (uint8_t)sum;
	memcpy(ip + 20, udp, 4);
	ip[24] = (uint8_t)((len + 8) >> 8);
	ip[25] = (uint8_t)(len + 8);
	ip[26] = ip[27] = 0;
}

static void send_bytes(uint8_t *frame, size_t len)
{
	const uint8_t *p = frame + HEADERS;
	ssize_t sent;

	if (on_link) {
		put_headers(frame, p + 28, len);
		sent = send(sock, frame, HEADERS + len, 0);
	} else {
		sent = send(sock, p, len, 0);
	}
	if (sent < 0 && errno != ECONNREFUSED && errno != ENOBUFS && errno != EHOSTUNREACH)
		fail("send");
}

static void send_message(struct client *c)
{
	uint8_t frame[HEADERS + 300] = {0}, *p = frame + HEADERS;
	uint32_t number = htonl(c->number), gateway = htonl(relay);
	size_t at = FIXED;

	memcpy(p, "\1\1\6", 3);
	p[3] = !on_link;            /* hops */
	p[10] = on_link ? 0x80 : 0; /* flags */
	memcpy(p + 4, &number, 4);  /* xid */
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
	c->sent = time_now;
	send_bytes(frame, 300);
}

static void begin(struct client *c)
{
	if (next_client == last_client) {
		c->number = UINT32_MAX;
		return;
	}
	*c = (struct client){.number = first_client + (next_client++ - first_client) % clients};
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

	while ((size = recv(sock, p, sizeof(p), MSG_DONTWAIT)) > 0) {
		if (!on_link)
			take(p, (size_t)size);
		else if (size > HEADERS && p[12] == 8 && p[13] == 0 && p[14] == 0x45 &&
			 p[23] == 17 && p[36] == 0 && p[37] == 68)
			take(p + HEADERS, (size_t)size - HEADERS);
	}
}

static unsigned repeat_late(void)
{
	unsigned open = 0;

	for (unsigned i = 0; i < window_size; i++) {
		struct client *c = &window[i];

		if (c->number == UINT32_MAX)
			continue;
		open++;
		if (c->sent + AGAIN > time_now)
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

/* All frames of the link come by, for answers go to the MACs of the clients. */
static void open_link(const char *interface)
{
	struct sockaddr_ll ll = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETHERTYPE_IP),
		.sll_ifindex = (int)if_nametoindex(interface)};
	struct packet_mreq all = {.mr_ifindex = ll.sll_ifindex, .mr_type = PACKET_MR_PROMISC};

	on_link = true;
	sock = socket(AF_PACKET, SOCK_RAW, htons(ETHERTYPE_IP));
	if (sock < 0 || !ll.sll_ifindex || bind(sock, (struct sockaddr *)&ll, sizeof(ll)) ||
		setsockopt(sock, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) ||
		setsockopt(sock, SOL_PACKET, PACKET_IGNORE_OUTGOING, &(int){1}, sizeof(int)))
		fail(interface);
	setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &(int){1 << 22}, sizeof(int));
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

/* The options; returns the arguments after them, or ends. */
static char **read_options(int argc, char **argv)
{
	int option;

	clients = UINT32_MAX;
	while ((option = getopt(argc, argv, "c:l:")) != -1) {
		if (option == 'c' && strtoul(optarg, NULL, 10))
			clients = (uint32_t)strtoul(optarg, NULL, 10);
		else if (option == 'l')
			open_link(optarg);
		else
			optind = argc;
	}
	if (argc - optind != 6) {
		fprintf(stderr, "usage: dhcpload [-c CLIENTS] [-l INTERFACE] SERVER FIRST COUNT "
				"SECONDS WINDOW LOG\n");
		exit(2);
	}
	return argv + optind - 1;
}

/*
 * Clients are many machines, not one that takes the processor with each answer from who brings the
 * next: what is received is looked at when nobody else has work, or its turn has come.
 */
static void stand_back(void)
{
	struct sched_param none = {0};

	if (sched_setscheduler(0, SCHED_BATCH, &none))
		fail("SCHED_BATCH");
}

int main(int argc, char **argv)
{
	double start, end, looked, spent;
	unsigned open = 1;

	argv = read_options(argc, argv);
	first_client = next_client = (uint32_t)strtoul(argv[2], NULL, 10);
	last_client = next_client + (uint32_t)strtoul(argv[3], NULL, 10);
	window_size = (unsigned)strtoul(argv[5], NULL, 10);
	window = calloc(window_size, sizeof(*window));
	owners = calloc(ADDRESSES, sizeof(*owners));
	if (!window || !owners)
		fail("memory");
	read_log(argv[6]);
	stand_back();
	if (!on_link)
		open_socket(argv[1]);
	start = looked = time_now = now();
	end = start + strtod(argv[4], NULL);
	for (unsigned i = 0; i < window_size; i++)
		begin(&window[i]);
	while (open && time_now < end) {
		struct pollfd p = {.fd = sock, .events = POLLIN};

		poll(&p, 1, 50);
		time_now = now();
		receive_all();
		if (time_now < looked + LOOK && next_client != last_client)
			continue;
		open = repeat_late();
		looked = time_now;
	}
	spent = now() - start;
	fclose(log_file);
	printf("exchanges %lu unfinished %u repeated %lu duplicates %lu seconds %.2f rate %.0f\n",
		done, open, repeated, duplicates, spent, (double)done / spent);
	return duplicates ? 1 : 0;
}
