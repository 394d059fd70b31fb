/* SPDX-License-Identifier: ISC */
/* See bulk.h. */
#include "tests/bench/load/bulk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define GLYPHS 95u /* ' ' to '~' */
#define LINE   72u
#define PERIOD (GLYPHS * (LINE + 2)) /* bytes after which the lines begin anew */
#define CHUNK  131072u

/* The lines from any of their bytes on, for one chunk. */
static char lines[CHUNK + PERIOD];

static void fill_lines(void)
{
	for (size_t i = 0; i < sizeof(lines); i++) {
		size_t row = i / (LINE + 2), column = i % (LINE + 2);

		lines[i] = column < LINE ? (char)(' ' + (row + column) % GLYPHS)
					 : "\r\n"[column - LINE];
	}
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int complain(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	return -1;
}

/* The length of the address that TARGET says, or 0. */
static socklen_t address_of(const struct bulk_plan *plan, struct sockaddr_storage *to)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)to;
	unsigned port = plan->port ? plan->port : plan->give ? 9 : 19;
	char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1], *link;

	memset(to, 0, sizeof(*to));
	snprintf(text, sizeof(text), "%s", plan->target);
	in->sin_port = htons((uint16_t)port); /* both have it in the same place */
	in->sin_family = AF_INET;
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		return sizeof(*in);
	in6->sin6_family = AF_INET6;
	link = strchr(text, '%');
	if (link) {
		*link = '\0';
		in6->sin6_scope_id = if_nametoindex(link + 1);
	}
	if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1 && (!link || in6->sin6_scope_id))
		return sizeof(*in6);
	fprintf(stderr, "load: expected an address, got %s\n", plan->target);
	return 0;
}

/* Waits for EVENTS; false when time is up. */
static bool wait_for(int fd, short events, double seconds)
{
	struct pollfd pfd = {.fd = fd, .events = events};

	return poll(&pfd, 1, (int)(seconds * 1000)) > 0;
}

/* A socket that does not block, or -1: errno says why, 0 for what was said already. */
static int connect_to(const struct bulk_plan *plan, double patience)
{
	struct sockaddr_storage to;
	socklen_t len = address_of(plan, &to);
	int fd, error = 0;
	socklen_t error_len = sizeof(error);

	errno = 0;
	if (!len)
		return -1;
	fd = socket(to.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&to, len) < 0) {
		error = errno;
		if (error == EINPROGRESS && !wait_for(fd, POLLOUT, patience))
			error = ETIMEDOUT;
		else if (error == EINPROGRESS)
			getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len);
	}
	if (!error)
		return fd;
	close(fd);
	errno = error;
	return -1;
}

/* Whether to go on, and how much may go at a time. */
static bool more(
	const struct bulk_plan *plan, const struct bulk_outcome *outcome, double ends, size_t *len)
{
	*len = CHUNK;
	if (!plan->bytes)
		return now() < ends;
	if (plan->bytes - outcome->bytes < CHUNK)
		*len = (size_t)(plan->bytes - outcome->bytes);
	return *len > 0;
}

/* One call of send() or recv(), by which the connection may also stand still; 0 at its end. */
static ssize_t give_some(int fd, const struct bulk_plan *plan, uint64_t done, size_t len)
{
	ssize_t n;

	while ((n = send(fd, lines + done % PERIOD, len, MSG_NOSIGNAL)) < 0 && errno == EAGAIN) {
		if (!wait_for(fd, POLLOUT, plan->patience)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return n;
}

static ssize_t take_some(int fd, const struct bulk_plan *plan, char *room, size_t len)
{
	ssize_t n;

	while ((n = recv(fd, room, len, 0)) < 0 && errno == EAGAIN) {
		if (!wait_for(fd, POLLIN, plan->patience)) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
	return n;
}

static int give(int fd, const struct bulk_plan *plan, double ends, struct bulk_outcome *outcome)
{
	char room[16];
	size_t len;
	ssize_t n;

	while (more(plan, outcome, ends, &len)) {
		n = give_some(fd, plan, outcome->bytes, len);
		if (n < 0)
			return complain("sending");
		outcome->bytes += (uint64_t)n;
	}
	shutdown(fd, SHUT_WR);
	n = take_some(fd, plan, room, sizeof(room));
	if (n < 0)
		return complain("waiting for the peer's end");
	if (n > 0) {
		fprintf(stderr, "load: expected the peer's end, got bytes\n");
		return -1;
	}
	return 0;
}

static int take(int fd, const struct bulk_plan *plan, double ends, struct bulk_outcome *outcome)
{
	static char room[CHUNK];
	size_t len;

	while (more(plan, outcome, ends, &len)) {
		ssize_t n = take_some(fd, plan, room, len);

		if (n < 0)
			return complain("receiving");
		if (n == 0) {
			fprintf(stderr, "load: expected characters without end, got an end\n");
			return -1;
		}
		if (memcmp(room, lines + outcome->bytes % PERIOD, (size_t)n) != 0) {
			fprintf(stderr,
				"load: expected the lines of RFC 864, got others after %llu "
				"bytes\n",
				(unsigned long long)outcome->bytes);
			return -1;
		}
		outcome->bytes += (uint64_t)n;
	}
	return 0;
}

int bulk_run(const struct bulk_plan *plan, struct bulk_outcome *outcome)
{
	double began = now();
	int fd = connect_to(plan, plan->patience), error;

	*outcome = (struct bulk_outcome){0};
	if (fd < 0)
		return errno ? complain(plan->target) : -1;
	fill_lines();
	error = (plan->give ? give : take)(fd, plan, began + plan->seconds, outcome);
	outcome->seconds = now() - began;
	close(fd);
	return error;
}

int bulk_first(const struct bulk_plan *plan, double limit)
{
	const struct timespec moment = {.tv_nsec = 4000000};
	double ends = now() + limit;

	while (now() < ends) {
		int fd = connect_to(plan, 0.2);

		if (fd >= 0) {
			close(fd);
			return 0;
		}
		if (!errno)
			return -1;
		nanosleep(&moment, NULL);
	}
	return -1;
}
