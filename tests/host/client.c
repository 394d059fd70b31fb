/* SPDX-License-Identifier: ISC */
/*
 * The other side of the network tests: an ordinary program with sockets that asks the echo app
 * (tests/guest/echo) and looks at what comes back. Linked with nothing but the C library, so that
 * it runs in dom0 too. Each case has a time limit and says what went wrong. Exit 0: as expected.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_MS 10000 /* for one answer */

static const char *host;

static void fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void fail(const char *format, ...)
{
	va_list args;

	fprintf(stderr, "client: ");
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static int open_socket(int type, const char *port)
{
	struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICHOST}, *list;
	int error = getaddrinfo(host, port, &hints, &list), fd;

	if (error)
		fail("%s port %s: %s", host, port, gai_strerror(error));
	fd = socket(list->ai_family, type | SOCK_NONBLOCK, 0);
	if (fd < 0)
		fail("socket: %s", strerror(errno));
	if (connect(fd, list->ai_addr, list->ai_addrlen) != 0 && errno != EINPROGRESS)
		fail("connect to %s port %s: %s", host, port, strerror(errno));
	freeaddrinfo(list);
	return fd;
}

static bool wait_for(int fd, short events, int limit_ms)
{
	struct pollfd one = {.fd = fd, .events = events};

	return poll(&one, 1, limit_ms) > 0;
}

static int open_stream(const char *port)
{
	int fd = open_socket(SOCK_STREAM, port), error = 0;
	socklen_t len = sizeof(error);

	if (!wait_for(fd, POLLOUT, LIMIT_MS))
		fail("TCP to %s port %s: no answer in %d ms", host, port, LIMIT_MS);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error)
		fail("TCP to %s port %s: %s", host, port, strerror(error));
	return fd;
}

static void fill(char *data, size_t len, unsigned seed)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
}

/* ---- UDP ---- */

static size_t ask_udp(const char *port, const void *data, size_t len, void *answer, size_t room)
{
	int fd = open_socket(SOCK_DGRAM, port);
	ssize_t got;

	if (send(fd, data, len, 0) != (ssize_t)len)
		fail("UDP of %zu bytes to %s: %s", len, host, strerror(errno));
	if (!wait_for(fd, POLLIN, LIMIT_MS))
		fail("UDP of %zu bytes to %s port %s: no answer in %d ms", len, host, port,
			LIMIT_MS);
	got = recv(fd, answer, room, 0);
	if (got < 0)
		fail("UDP of %zu bytes to %s port %s: %s", len, host, port, strerror(errno));
	close(fd);
	return (size_t)got;
}

/* Every size around the limits of one frame, of two and of three fragments. */
static void udp_echo(void)
{
	static const size_t sizes[] = {1, 2, 63, 512, 1231, 1232, 1233, 1451, 1452, 1453, 1471,
		1472, 1473, 1480, 1481, 2047, 2899, 2900, 2951, 2952, 2953, 2960, 2961, 4000, 4095,
		4096};
	static char data[4096], answer[5000];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t got;

		fill(data, sizes[i], (unsigned)sizes[i]);
		got = ask_udp("7", data, sizes[i], answer, sizeof(answer));
		if (got != sizes[i] || memcmp(data, answer, got) != 0)
			fail("UDP echo of %zu bytes: got %zu, or other bytes", sizes[i], got);
	}
}

static void print_udp(const char *port, const char *text)
{
	char answer[2000];
	size_t got = ask_udp(port, text, strlen(text), answer, sizeof(answer) - 1);

	answer[got] = '\0';
	fputs(answer, stdout);
}

/* ---- TCP ---- */

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n;

		if (!wait_for(fd, POLLOUT, LIMIT_MS))
			fail("TCP: no room to send in %d ms, %zu bytes left", LIMIT_MS, len);
		n = send(fd, data, len, MSG_NOSIGNAL);
		if (n < 0)
			fail("TCP send: %s", strerror(errno));
		data += n;
		len -= (size_t)n;
	}
}

/* One read: the count, 0 at the end, or -1 on a reset. */
static ssize_t receive(int fd, char *data, size_t room)
{
	ssize_t n;

	if (!wait_for(fd, POLLIN, 15000))
		fail("TCP: nothing received in 15000 ms");
	n = recv(fd, data, room, 0);
	if (n < 0 && errno != ECONNRESET)
		fail("TCP receive: %s", strerror(errno));
	return n;
}

static void expect(int fd, const char *data, size_t len)
{
	char got[4096];
	size_t done = 0;

	while (done < len) {
		size_t room = len - done < sizeof(got) ? len - done : sizeof(got);
		ssize_t n = receive(fd, got, room);

		if (n <= 0 || memcmp(got, data + done, (size_t)n) != 0)
			fail("TCP: expected %zu bytes back, other ones or the end after %zu", len,
				done);
		done += (size_t)n;
	}
}

static void expect_end(int fd)
{
	char byte;

	if (receive(fd, &byte, 1) != 0)
		fail("TCP: expected the end of the stream");
	close(fd);
}

/* Sends LEN bytes and reads the echo at the same time; then half-closes and expects the end. */
static void echo_much(size_t len)
{
	char *data = malloc(len), *back = malloc(len);
	int fd = open_stream("7");
	size_t sent = 0, got = 0;

	if (!data || !back)
		fail("no memory");
	fill(data, len, (unsigned)len);
	while (got < len) {
		struct pollfd one = {
			.fd = fd, .events = (short)(POLLIN | (sent < len ? POLLOUT : 0))};
		ssize_t n;

		if (poll(&one, 1, LIMIT_MS) <= 0)
			fail("TCP echo: stuck after %zu sent, %zu back", sent, got);
		if (one.revents & POLLOUT) {
			n = send(fd, data + sent, len - sent, MSG_NOSIGNAL);
			if (n < 0)
				fail("TCP send: %s", strerror(errno));
			sent += (size_t)n;
			if (sent == len)
				shutdown(fd, SHUT_WR);
		}
		if (one.revents & POLLIN) {
			n = recv(fd, back + got, len - got, 0);
			if (n <= 0)
				fail("TCP echo: ended after %zu of %zu bytes", got, len);
			got += (size_t)n;
		}
	}
	if (memcmp(data, back, len) != 0)
		fail("TCP echo: other bytes came back");
	expect_end(fd);
	free(data);
	free(back);
}

static void tcp_echo(void)
{
	int fd = open_stream("7");

	send_all(fd, "hello", 5);
	expect(fd, "hello", 5);
	send_all(fd, "again", 5);
	shutdown(fd, SHUT_WR); /* the answer comes nevertheless */
	expect(fd, "again", 5);
	expect_end(fd);
	echo_much(1);
	echo_much(1460);
	echo_much(300000);
}

/* Many at once, each with a little said; then many one after the other. */
static void tcp_many(void)
{
	int fds[30];

	for (int i = 0; i < 30; i++)
		fds[i] = open_stream("7");
	for (int i = 0; i < 30; i++)
		send_all(fds[i], "one of many", 11);
	for (int i = 29; i >= 0; i--)
		expect(fds[i], "one of many", 11);
	for (int i = 0; i < 30; i++) {
		shutdown(fds[i], SHUT_WR);
		expect_end(fds[i]);
	}
	for (int i = 0; i < 200; i++) {
		int fd = open_stream("7");

		send_all(fd, "next", 4);
		shutdown(fd, SHUT_WR);
		expect(fd, "next", 4);
		expect_end(fd);
	}
}

/* Connections that end with a reset, in the middle and before they are accepted. */
static void tcp_reset(void)
{
	struct linger at_once = {.l_onoff = 1, .l_linger = 0};

	for (int i = 0; i < 100; i++) {
		int fd = open_stream("7");

		if (i % 2) {
			send_all(fd, "soon gone", 9);
			if (i % 4 == 1)
				expect(fd, "soon", 4);
		}
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(fd);
	}
}

/* More than the window while the app does not read: nothing may be lost, nor kept without bound. */
static void tcp_slow(void)
{
	static char data[200000];
	int fd = open_stream("9");

	send_all(fd, data, sizeof(data));
	shutdown(fd, SHUT_WR);
	expect_end(fd);
}

static void tcp_bulk(size_t len, bool slowly)
{
	int fd = open_stream("13");
	char got[4096];
	size_t done = 0;
	ssize_t n;

	while ((n = receive(fd, got, slowly ? 100 : sizeof(got))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (got[i] != (char)('a' + (done + (size_t)i) % 26))
				fail("TCP bulk: a wrong byte after %zu", done);
		}
		done += (size_t)n;
		if (slowly && done < 20000)
			poll(NULL, 0, 2);
		else
			slowly = false;
	}
	if (n < 0 || done != len)
		fail("TCP bulk: expected %zu bytes, got %zu%s", len, done, n < 0 ? ", reset" : "");
	close(fd);
}

/* A port that nobody listens on is refused, by a reset and by ICMP. */
static void refused(void)
{
	int fd = open_socket(SOCK_STREAM, "79"), error = 0;
	socklen_t len = sizeof(error);
	char byte = 0;

	if (!wait_for(fd, POLLOUT, LIMIT_MS))
		fail("TCP to a closed port: no answer in %d ms", LIMIT_MS);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error != ECONNREFUSED)
		fail("TCP to a closed port: expected a refusal, got %s", strerror(error));
	close(fd);
	fd = open_socket(SOCK_DGRAM, "79");
	send(fd, &byte, 1, 0);
	if (!wait_for(fd, POLLIN, LIMIT_MS) || recv(fd, &byte, 1, 0) >= 0 || errno != ECONNREFUSED)
		fail("UDP to a closed port: expected a refusal by ICMP");
	close(fd);
}

static void usage(void)
{
	fprintf(stderr,
		"usage: client HOST udp | tcp | many | reset | slow | bulk BYTES | refused |\n"
		"       ask PORT TEXT      (prints the answer to one datagram)\n");
	exit(2);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "";

	if (argc < 3)
		usage();
	host = argv[1];
	if (strcmp(what, "udp") == 0)
		udp_echo();
	else if (strcmp(what, "tcp") == 0)
		tcp_echo();
	else if (strcmp(what, "many") == 0)
		tcp_many();
	else if (strcmp(what, "reset") == 0)
		tcp_reset();
	else if (strcmp(what, "slow") == 0)
		tcp_slow();
	else if (strcmp(what, "bulk") == 0 && argc == 4)
		tcp_bulk((size_t)atol(argv[3]), false), tcp_bulk((size_t)atol(argv[3]), true);
	else if (strcmp(what, "refused") == 0)
		refused();
	else if (strcmp(what, "ask") == 0 && argc == 5)
		print_udp(argv[3], argv[4]);
	else
		usage();
	return 0;
}
