/* SPDX-License-Identifier: ISC */
/*
 * Writes or checks tests/guest/disk/pattern.h in a file. Runs in dom0.
 * Usage: pattern fill|check FILE FIRST COUNT SEED   units of 512 bytes. Check says what is wrong.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/guest/disk/pattern.h"

static int check(const uint8_t *data, uint64_t seed, uint64_t unit)
{
	uint64_t first;

	if (pattern_holds(data, seed, unit))
		return 0;
	memcpy(&first, data, sizeof(first));
	printf("unit %llu: expected seed %llu, got seed %llu of unit %llu\n",
		(unsigned long long)unit, (unsigned long long)seed,
		(unsigned long long)(first >> 40), (unsigned long long)(first >> 6 & 0x3ffffffff));
	return 1;
}

int main(int argc, char **argv)
{
	int fill = argc == 6 && !strcmp(argv[1], "fill"), fd;
	uint64_t first, count, seed;
	uint8_t data[PATTERN_UNIT];

	if (argc != 6 || (!fill && strcmp(argv[1], "check") != 0)) {
		fprintf(stderr, "usage: pattern fill|check FILE FIRST COUNT SEED\n");
		return 2;
	}
	fd = open(argv[2], fill ? O_WRONLY | O_CREAT : O_RDONLY, 0644);
	first = strtoull(argv[3], NULL, 10);
	count = strtoull(argv[4], NULL, 10);
	seed = strtoull(argv[5], NULL, 10);
	for (uint64_t unit = first; fd >= 0 && unit < first + count; unit++) {
		off_t at = (off_t)(unit * PATTERN_UNIT);

		if (fill)
			pattern_fill(data, seed, unit);
		if ((fill ? pwrite(fd, data, sizeof(data), at)
			  : pread(fd, data, sizeof(data), at)) != (ssize_t)sizeof(data)) {
			perror(argv[2]);
			return 2;
		}
		if (!fill && check(data, seed, unit))
			return 1;
	}
	if (fd < 0 || (fill && fsync(fd))) {
		perror(argv[2]);
		return 2;
	}
	return 0;
}
