/* SPDX-License-Identifier: ISC */
/* Boot archives as cpio and tar write them, and damaged ones. */
#include "lib/archive/boot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/platform.h"
#include "tests/unit/dns_run.h"

static uint8_t data[1 << 20];
static size_t len;
static char folder[] = "/tmp/test-archive-XXXXXX";

#define LONG_NAME                                                                                  \
	"a-folder-with-a-rather-long-name-0123456789-0123456789-0123456789/"                       \
	"and-a-file-with-a-rather-long-name-0123456789-0123456789-0123456789-0123456789"

/* Files to pack: text, nothing, bytes of odd number, a folder, a link, a long name. */
static void begin(void)
{
	char command[2000];

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(command, sizeof(command),
		"cd %s && mkdir -p zones/sub "
		"a-folder-with-a-rather-long-name-0123456789-0123456789-0123456789 && "
		"printf hello >zones/a && : >zones/empty && head -c 5001 /dev/zero >zones/sub/big "
		"&& "
		"ln -s a zones/link && printf long >%s",
		folder, LONG_NAME);
	ck_assert_int_eq(system(command), 0);
}

static void end(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
	strcpy(folder, "/tmp/test-archive-XXXXXX");
}

/* Packs the folder by a shell command; false if that tool is not here. */
static bool pack(const char *tool, const char *how)
{
	char command[1000];
	FILE *pipe;

	snprintf(command, sizeof(command), "command -v %s >/dev/null", tool);
	if (system(command))
		return false;
	snprintf(command, sizeof(command), "cd %s && %s", folder, how);
	pipe = popen(command, "r");
	len = fread(data, 1, sizeof(data), pipe);
	ck_assert_int_eq(pclose(pipe), 0);
	return true;
}

static void check_files(void)
{
	static const struct {
		const char *name;
		size_t len;
	} expected[] = {
		{"zones/a", 5}, {"zones/empty", 0}, {"zones/sub/big", 5001}, {LONG_NAME, 4}};
	struct archive archive;
	struct archive_file file;
	const char *message;
	size_t cursor = 0, i, count = 0;

	ck_assert_int_eq(archive_open(&archive, data, len, &message), 0);
	while (archive_next(&archive, &cursor, &file) == 1)
		count++;
	ck_assert_uint_eq(count, ARRAY_SIZE(expected));
	ck_assert_int_eq(archive_next(&archive, &cursor, &file), 0);
	for (i = 0; i < ARRAY_SIZE(expected); i++) {
		ck_assert_int_eq(archive_find(&archive, expected[i].name, &file), 0);
		ck_assert_str_eq(file.name, expected[i].name);
		ck_assert_uint_eq(file.len, expected[i].len);
	}
	ck_assert_int_eq(archive_find(&archive, "/./zones//a", &file), 0);
	ck_assert_mem_eq(file.data, "hello", 5);
	ck_assert_int_eq(archive_find(&archive, "zones", &file), -ENOENT);
	ck_assert_int_eq(archive_find(&archive, "zones/link", &file), -ENOENT);
	ck_assert_int_eq(archive_find(&archive, "../zones/a", &file), -EINVAL);
}

START_TEST(tools)
{
	static const char *const how[][2] = {
		{"cpio", "find . | cpio --quiet -o -H newc"},
		{"cpio", "find zones a-* | cpio --quiet -o -H crc"},
		{"tar", "tar -cf - ."},
		{"tar", "tar -cf - --format=gnu zones a-*"},
		{"tar", "tar -cf - --format=ustar ./zones ./a-*"},
		{"tar", "tar -cf - --format=posix zones a-*"},
		{"tar", "tar -cPf - --format=posix \"$PWD\" --transform=\"s,$PWD,,\""},
		{"tar", "tar -b1 -cf - zones a-*"},
	};
	size_t i, packed = 0;

	for (i = 0; i < ARRAY_SIZE(how); i++) {
		if (!pack(how[i][0], how[i][1]))
			continue;
		check_files();
		packed++;
	}
	ck_assert_uint_ge(packed, 6); /* tar is everywhere */
}
END_TEST

/* Reads all of an archive; the number of files, or -1 if it is damaged. */
static int read_all(const uint8_t *bytes, size_t count)
{
	struct archive archive;
	struct archive_file file;
	const char *message = NULL;
	size_t cursor = 0, sum = 0, i;
	int got, files = 0;

	if (archive_open(&archive, bytes, count, &message)) {
		ck_assert_ptr_nonnull(message);
		return -1;
	}
	while ((got = archive_next(&archive, &cursor, &file)) == 1) {
		ck_assert_uint_le((size_t)(file.data - bytes) + file.len, count);
		for (i = 0; i < file.len; i++)
			sum += file.data[i];
		files++;
	}
	return got < 0 || sum == SIZE_MAX ? -1 : files;
}

/* A small archive, cut at each length: in memory of just its size, so that reads beyond it show. */
static void check_cuts(size_t step)
{
	size_t cut;

	for (cut = 0; cut <= len; cut += step) {
		uint8_t *copy = malloc(cut ? cut : 1);

		memcpy(copy, data, cut);
		read_all(copy, cut);
		free(copy);
	}
}

/* One byte changed, everywhere. */
static void check_damage(size_t upto)
{
	static const uint8_t values[] = {0, 0x2f, 0x38, 0x66, 0x80, 0xff};
	uint8_t *copy = malloc(len);
	size_t at, i;

	for (at = 0; at < MIN(upto, len); at++) {
		memcpy(copy, data, len);
		for (i = 0; i < sizeof(values); i++) {
			copy[at] = values[i];
			read_all(copy, len);
		}
	}
	free(copy);
}

START_TEST(damaged)
{
	if (pack("cpio", "printf x >f; (echo f; echo zones/a) | cpio --quiet -o -H newc")) {
		ck_assert_int_eq(read_all(data, len), 2);
		check_cuts(1);
		check_damage(300);
		data[6 + 8 * 6] = 'f'; /* the size of the file: 0xf0000001 */
		ck_assert_int_eq(read_all(data, len), -1);
	}
	ck_assert(pack("tar", "printf x >f; tar -b1 --format=posix -cf - f zones/a"));
	ck_assert_int_eq(read_all(data, len), 2);
	check_cuts(7);
	check_damage(600);
	data[600] ^= 1;
	data[0] ^= 1; /* now the header's sum is wrong */
	ck_assert_int_eq(read_all(data, len), -1);
}
END_TEST

START_TEST(refused)
{
	struct archive archive;
	const char *message;

	ck_assert_int_eq(archive_open(&archive, "", 0, &message), -EINVAL);
	ck_assert_str_eq(message, "expected a cpio (newc) or tar file");
	ck_assert_int_eq(archive_open(&archive, "\037\213\010\0", 4, &message), -EINVAL);
	ck_assert_str_eq(message, "it is compressed: expected a plain cpio (newc) or tar file");
	memset(data, 'x', 4096);
	ck_assert_int_eq(archive_open(&archive, data, 4096, &message), -EINVAL);
	memset(data, 0, 1024);
	ck_assert_int_eq(read_all(data, 1024), 0); /* an empty tar file */
	/* names that lead out of the archive */
	ck_assert(pack("tar", "mkdir -p x && tar -cPf - --transform=s,zones/a,../up, zones/a"));
	ck_assert_int_eq(read_all(data, len), -1);
}
END_TEST

static bool has_archive;

const void *platform_archive(size_t *size)
{
	*size = has_archive ? len : 0;
	return has_archive ? data : NULL;
}

START_TEST(boot)
{
	struct archive archive;
	struct archive_file file;
	const char *message;

	has_archive = false;
	ck_assert_int_eq(archive_boot(&archive, &message), -ENOENT);
	ck_assert_str_eq(message, "none");
	ck_assert_int_eq(archive_boot_find(&file, "zones/a"), -ENOENT);
	has_archive = true;
	ck_assert(pack("tar", "tar -b1 -cf - zones"));
	ck_assert_int_eq(archive_boot(&archive, &message), 0);
	ck_assert_int_eq(archive_boot_find(&file, "zones/a"), 0);
	ck_assert_mem_eq(file.data, "hello", 5);
	ck_assert_int_eq(archive_boot_find(&file, "zones/none"), -ENOENT);
	len -= 600; /* the end is missing */
	ck_assert_int_eq(archive_boot_find(&file, "zones/none"), -EINVAL);
	memset(data, 'x', len);
	ck_assert_int_eq(archive_boot(&archive, &message), -EINVAL);
	ck_assert_str_eq(message, "expected a cpio (newc) or tar file");
	ck_assert_int_eq(archive_boot_find(&file, "zones/a"), -EINVAL);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {tools, damaged, refused, boot};

	return run_tests("archive", tests, ARRAY_SIZE(tests), begin, end);
}
