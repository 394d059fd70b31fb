/* SPDX-License-Identifier: ISC */
/*
 * See blkfront_name.h. A number is of one of two forms: major << 8 | disk << bits | partition, with
 * the major numbers that Linux once gave to such disks; or 1 << 28 | disk << 8 | partition.
 */
#include "drivers/blkfront_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/bytes.h"

#define EXTENDED      (1u << 28)
#define DISK_LETTERS  26u
#define EXTENDED_LAST (DISK_LETTERS * (DISK_LETTERS + 1) - 1) /* xvdzz */

static const struct family {
	unsigned major;
	const char *prefix;
	unsigned first;          /* letter of the first disk */
	unsigned partition_bits; /* below the disk's number */
} families[] = {
	{202, "xvd", 0, 4},
	{8, "sd", 0, 4},
	{3, "hd", 0, 6},
	{22, "hd", 2, 6},
};

/* Letters as spreadsheets count columns: a to z, aa, ab ... */
static int compose(char *name, size_t size, const char *prefix, unsigned disk, unsigned partition)
{
	char letters[3] = {0};
	char digits[12] = "";

	if (disk >= DISK_LETTERS) {
		letters[0] = (char)('a' + disk / DISK_LETTERS - 1);
		letters[1] = (char)('a' + disk % DISK_LETTERS);
	} else {
		letters[0] = (char)('a' + disk);
	}
	if (partition)
		snprintf(digits, sizeof(digits), "%u", partition);
	snprintf(name, size, "%s%s%s", prefix, letters, digits);
	return 0;
}

int blkfront_name(uint32_t number, char *name, size_t size)
{
	if (number & EXTENDED) {
		unsigned disk = (number & ~EXTENDED) >> 8;

		return disk > EXTENDED_LAST ? -EINVAL
					    : compose(name, size, "xvd", disk, number & 0xff);
	}
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		const struct family *family = &families[i];
		unsigned bits = family->partition_bits;

		if (number >> 8 != family->major)
			continue;
		return compose(name, size, family->prefix,
			family->first + ((number & 0xff) >> bits), number & ((1u << bits) - 1));
	}
	return -EINVAL;
}
