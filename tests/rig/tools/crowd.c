/* SPDX-License-Identifier: ISC */
/*
 * A crowd before a web server: "crowd attempts ADDRESS PORT COUNT" or "crowd slow ADDRESS PORT
 * COUNT SECONDS".
 * - attempts: so many attempts to connect, a hundred at a time, each given up after 0.2 s; every
 *   third sends garbage.
 * - slow: so many connections that send a request's head, a byte a second, and come again when they
 *   are turned away.
 * Prints, at the end, how many were made, let in, and ended by the server.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CROWD_MAX 1000
#define PATIENCE  0.2

static struct person {
	int fd; /* -1: none */
	bool in;
	double since, spoke;
	unsigned number, said;
} persons[CROWD_MAX];

static unsigned long made, let_in, turned_away;
static struct sockaddr_in server = {.sin_family = AF_INET};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void come(struct person *p)
{
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	p->in = false;
	p->since = p->spoke = now();
	p->said = 0;
	p->number = (unsigned)made++;
	if (p->fd >= 0 && connect(p->fd, (struct sockaddr *)&server, sizeof(server)) &&
		errno != EINPROGRESS) {
		close(p->fd);
		p->fd = -1;
	}
}

static void go(struct person *p)
{
	close(p->fd);
	p->fd = -1;
}

/* What poll() says of a connection that has just been made, or has failed. */
static void enter(struct person *p)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	if (error) {
		go(p);
		return;
	}
	p->in = true;
	let_in++;
}

static void look(struct person *p, short events)
{
	char data[512];
	ssize_t n;

	if (!p->in && events & (POLLOUT | POLLERR | POLLHUP))
		enter(p);
	if (p->fd < 0 || !(events & (POLLIN | POLLHUP | POLLERR)))
		return;
	n = recv(p->fd, data, sizeof(data), 0);
	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		turned_away++;
		go(p);
	}
}

static void attempt(struct person *p)
{
	char garbage[200];

	if (p->in) {
		memset(garbage, 'x', sizeof(garbage));
		if (p->number % 3 == 0)
			send(p->fd, garbage, sizeof(garbage), MSG_NOSIGNAL);
		go(p);
	} else if (now() - p->since > PATIENCE) {
		go(p);
	}
}

static void speak(struct person *p)
{
	static const char head[] = "GET / HTTP/1.1\r\nhost: a\r\nx: ";

	if (!p->in || now() - p->spoke < 1)
		return;
	p->spoke = now();
	send(p->fd, p->said < sizeof(head) - 1 ? head + p->said : "x", 1, MSG_NOSIGNAL);
	p->said++;
}

static void turn(unsigned count)
{
	struct pollfd polled[CROWD_MAX];

	for (unsigned i = 0; i < count; i++)
		polled[i] = (struct pollfd){
			.fd = persons[i].fd, .events = (short)(persons[i].in ? POLLIN : POLLOUT)};
	poll(polled, count, 20);
	for (unsigned i = 0; i < count; i++) {
		if (persons[i].fd >= 0 && polled[i].revents)
			look(&persons[i], polled[i].revents);
	}
}

static void attempts(unsigned long count)
{
	bool any = true;

	while (any) {
		any = false;
		for (unsigned i = 0; i < 100; i++) {
			if (persons[i].fd < 0 && made < count)
				come(&persons[i]);
			any |= persons[i].fd >= 0;
		}
		turn(100);
		for (unsigned i = 0; i < 100; i++) {
			if (persons[i].fd >= 0)
				attempt(&persons[i]);
		}
	}
}

static void slow(unsigned count, double seconds)
{
	double end = now() + seconds;

	while (now() < end) {
		for (unsigned i = 0; i < count; i++) {
			if (persons[i].fd < 0 && now() - persons[i].since > 0.1)
				come(&persons[i]);
			else if (persons[i].fd >= 0)
				speak(&persons[i]);
		}
		turn(count);
	}
}

int main(int argc, char **argv)
{
	if (argc < 5 || inet_pton(AF_INET, argv[2], &server.sin_addr) != 1) {
		fprintf(stderr, "usage: crowd attempts|slow ADDRESS PORT COUNT [SECONDS]\n");
		return 2;
	}
	server.sin_port = htons((uint16_t)atoi(argv[3]));
	for (unsigned i = 0; i < CROWD_MAX; i++)
		persons[i].fd = -1;
	if (strcmp(argv[1], "slow") == 0 && argc == 6 && atoi(argv[4]) <= CROWD_MAX)
		slow((unsigned)atoi(argv[4]), atof(argv[5]));
	else
		attempts(strtoul(argv[4], NULL, 10));
	printf("made=%lu in=%lu ended=%lu\n", made, let_in, turned_away);
	return 0;
}
