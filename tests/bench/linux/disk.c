/* SPDX-License-Identifier: ISC */
/*
 * A disk's throughput on Linux, as `dd` has it with direct I/O: one request at a time, past the
 * page cache. (Of dd's work the other half, zeros read or data thrown away, is left out.) TCP port
 * 7 takes a command a line, as tests/guest/disk does: bench NAME read|write COUNT SIZE DEPTH, with
 * COUNT in units of 512 bytes and SIZE in bytes; DEPTH is not looked at.
 */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define UNIT      512ull
#define BYTES_MAX (16u << 20)

static unsigned long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (unsigned long long)ts.tv_sec * 1000000000ull + (unsigned long long)ts.tv_nsec;
}

/* 0 or an errno. */
static int transfer(const char *name, int write_it, unsigned long long bytes, size_t size)
{
	static _Alignas(4096) char buffer[BYTES_MAX];
	char path[40];
	int fd, error = 0;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, (write_it ? O_WRONLY : O_RDONLY) | O_DIRECT);
	if (fd < 0)
		return errno;
	for (unsigned long long at = 0; at < bytes && !error; at += size) {
		size_t len = bytes - at < size ? (size_t)(bytes - at) : size;
		ssize_t done = write_it ? write(fd, buffer, len) : read(fd, buffer, len);

		if (done != (ssize_t)len)
			error = done < 0 ? errno : EIO;
	}
	close(fd);
	return error;
}

static void obey(FILE *peer, const char *line)
{
	char name[16], way[8];
	unsigned long long count, begin = now();
	size_t size;
	int error;

	if (sscanf(line, "bench %15s %7s %llu %zu", name, way, &count, &size) != 4 ||
		size > BYTES_MAX || size % 4096) {
		fprintf(peer, "error: bench NAME read|write COUNT SIZE\n");
		return;
	}
	error = transfer(name, !strcmp(way, "write"), count * UNIT, size);
	if (error)
		fprintf(peer, "error %d\n", error);
	else
		fprintf(peer, "ok bytes=%llu ns=%llu\n", count * UNIT, now() - begin);
}

static void serve(int fd)
{
	FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
	char line[200];

	while (in && out && fgets(line, sizeof(line), in)) {
		obey(out, line);
		fflush(out);
	}
	if (in)
		fclose(in);
	if (out)
		fclose(out);
}

int main(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(7)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), peer;

	signal(SIGPIPE, SIG_IGN);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 16) < 0) {
		perror("disk");
		return 1;
	}
	while ((peer = accept(fd, NULL, NULL)) >= 0)
		serve(peer);
	perror("disk");
	return 1;
}
