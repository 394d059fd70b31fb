/* SPDX-License-Identifier: ISC */
/*
 * TCP in bulk on Linux, as tests/guest/bulk: port 9 discards (RFC 863), port 19 generates
 * characters (RFC 864). A process a connection, large reads and writes, nothing else.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define GLYPHS  95u
#define LINE    72u
#define PERIOD  (GLYPHS * (LINE + 2))
#define PERIODS 8u

static char lines[PERIODS * PERIOD];

static void fill_lines(void)
{
	char *out = lines;

	for (unsigned first = 0; first < PERIODS * GLYPHS; first++) {
		for (unsigned i = 0; i < LINE; i++)
			*out++ = (char)(' ' + (first + i) % GLYPHS);
		*out++ = '\r';
		*out++ = '\n';
	}
}

static void discard(int fd)
{
	static char sink[65535];

	while (read(fd, sink, sizeof(sink)) > 0)
		;
}

/* What a write left over is sent next, so that the lines go on. */
static void generate(int fd)
{
	size_t at = 0;
	ssize_t n;

	while ((n = write(fd, lines + at, sizeof(lines) - at)) > 0)
		at = (at + (size_t)n) % sizeof(lines);
}

static void serve(unsigned short port, void (*session)(int fd))
{
	struct sockaddr_in6 at = {
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
	int fd = socket(AF_INET6, SOCK_STREAM, 0), peer;

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 16) < 0) {
		perror("bulk");
		exit(1);
	}
	while ((peer = accept(fd, NULL, NULL)) >= 0) {
		if (fork() == 0) {
			close(fd);
			session(peer);
			_exit(0);
		}
		close(peer);
	}
	perror("bulk");
	exit(1);
}

int main(void)
{
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	fill_lines();
	if (fork() == 0)
		serve(9, discard);
	serve(19, generate);
}
