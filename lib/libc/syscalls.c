/* SPDX-License-Identifier: ISC */
/*
 * newlib's system layer: what the C library calls that a kernel would answer. There are no files
 * and no processes; standard output and error are the console.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/base/platform.h"
#include "lib/libc/heap.h"

#define NS_PER_US 1000u
#define US_PER_S  1000000u

/* Called by newlib, declared by its headers for other targets only. */
void *sbrk(ptrdiff_t delta);
int kill(pid_t pid, int signal);
int getentropy(void *data, size_t len);

void *sbrk(ptrdiff_t delta)
{
	void *old = heap_grow(delta);

	if (!old) {
		errno = ENOMEM;
		return (void *)-1;
	}
	return old;
}

int write(int fd, const void *data, size_t len)
{
	if (fd != STDOUT_FILENO && fd != STDERR_FILENO) {
		errno = EBADF;
		return -1;
	}
	platform_console_write(data, len);
	return (int)len;
}

int read(int fd, void *data, size_t len)
{
	(void)fd, (void)data, (void)len;
	return 0;
}

int close(int fd)
{
	(void)fd;
	errno = EBADF;
	return -1;
}

int fstat(int fd, struct stat *status)
{
	(void)fd;
	memset(status, 0, sizeof(*status));
	status->st_mode = S_IFCHR;
	return 0;
}

int isatty(int fd)
{
	return fd >= 0 && fd <= STDERR_FILENO;
}

off_t lseek(int fd, off_t offset, int whence)
{
	(void)fd, (void)offset, (void)whence;
	errno = ESPIPE;
	return -1;
}

pid_t getpid(void)
{
	return 1;
}

int kill(pid_t pid, int signal)
{
	(void)pid;
	platform_panic("signal %d raised by the C library", signal);
}

void _exit(int code)
{
	platform_exit(code ? PLATFORM_FAILED : PLATFORM_POWEROFF);
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	uint64_t us = platform_wall_ns() / NS_PER_US;

	(void)zone;
	now->tv_sec = (time_t)(us / US_PER_S);
	now->tv_usec = (suseconds_t)(us % US_PER_S);
	return 0;
}

int getentropy(void *data, size_t len)
{
	entropy_seed(data, len);
	return 0;
}
