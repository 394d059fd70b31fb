/* SPDX-License-Identifier: ISC */
/* Clocks, randomness and the memory figures of a Linux process. */
#include "lib/base/platform.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t platform_time_ns(void)
{
	static uint64_t start;
	uint64_t now = read_clock(CLOCK_MONOTONIC);

	if (!start)
		start = now - 1;
	return now - start;
}

uint64_t platform_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

void platform_random(void *buf, size_t len)
{
	while (len) {
		ssize_t got = getrandom(buf, len, 0);

		if (got <= 0)
			continue; /* interrupted: nothing else is possible with these flags */
		buf = (char *)buf + got;
		len -= (size_t)got;
	}
}

size_t platform_memory_free(void)
{
	return (size_t)sysconf(_SC_AVPHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}

size_t platform_memory_total(void)
{
	return (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
}
