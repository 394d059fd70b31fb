/* SPDX-License-Identifier: ISC */
/*
 * Trees of files: from images that real tools have made (tests/fuzz/corpus/tree), patched where
 * they shall be wrong, and from archives. tests/host/tree.sh reads large ones.
 */
#include "lib/tree/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "tests/unit/dns_run.h"

#define BEFORE    32768u /* bytes of an image that nobody reads, and that the corpus leaves out */
#define BLOCK     2048u
#define IMAGE_MAX ((size_t)128 * 1024)

static uint8_t image[IMAGE_MAX];
static size_t image_len;
static struct tree tree;

/* ---- memory that runs out ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
static unsigned refuse_in; /* the allocation of this number fails; 0: none */

static bool inside; /* a call of the tree is under way */

static bool refused(void)
{
	return inside && refuse_in && --refuse_in == 0;
}

void *__wrap_malloc(size_t size)
{
	return refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refused() ? NULL : __real_realloc(old, size);
}

/* ---- images ---- */

static void load(const char *name)
{
	char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "tests/fuzz/corpus/tree/%s", name);
	file = fopen(path, "rb");
	ck_assert_msg(file != NULL, "%s: expected to be started in the project's root", path);
	memset(image, 0, sizeof(image));
	image_len = BEFORE + fread(image + BEFORE, 1, sizeof(image) - BEFORE, file);
	fclose(file);
}

static unsigned fail_in; /* the read of this number fails; 0: none */

static int read_image(struct tree_source *from, uint64_t offset, void *data, size_t len)
{
	bool outside = inside;

	inside = false;
	ck_assert_uint_le(offset, from->size);
	ck_assert_uint_le(len, from->size - offset);
	inside = outside;
	if (fail_in && --fail_in == 0)
		return -EIO;
	memcpy(data, image + offset, len);
	return 0;
}

static struct tree_source source = {.read = read_image};

static int open_image(void)
{
	source.size = image_len;
	return tree_open(&tree, &source, 0);
}

static void expect_error(int error, const char *text)
{
	int got = open_image();

	ck_assert_msg(got == error && strstr(tree.message, text),
		"expected %d and \"%s\", got %d and \"%s\"", error, text, got, tree.message);
}

/* Where in the image the directory record of the ISO 9660 name NAME begins. */
static uint8_t *record_of(const char *name)
{
	size_t len = strlen(name), at;

	for (at = BEFORE + 2 * (size_t)BLOCK; at + 33 + len < image_len; at++) {
		if (image[at + 32] == len && memcmp(image + at + 33, name, len) == 0 &&
			image[at] >= 33 + len)
			return image + at;
	}
	ck_abort_msg("no record of %s", name);
	return NULL;
}

/* The first entry SIGNATURE in the system use area of RECORD. */
static uint8_t *entry_in(uint8_t *record, const char *signature)
{
	uint8_t *at = record + 33 + record[32] + (record[32] % 2 == 0);

	for (; at + 4 < record + record[0]; at += at[2]) {
		if (memcmp(at, signature, 2) == 0)
			return at;
	}
	ck_abort_msg("no entry %s", signature);
	return NULL;
}

static uint32_t get_u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void set_u32(uint8_t *p, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (uint8_t)(value >> 8 * i);
}

static int find(const char *path, struct tree_file *file)
{
	return tree_find(&tree, path, strlen(path), file);
}

static void expect_file(const char *path, const char *contents)
{
	struct tree_file file;
	char got[100];
	size_t len = strlen(contents);

	ck_assert_msg(find(path, &file) == 0, "%s is not there", path);
	ck_assert(!file.folder);
	ck_assert_uint_eq(file.size, len);
	ck_assert_int_eq(tree_read(&tree, &file, 0, got, sizeof(got)), (long)len);
	ck_assert_mem_eq(got, contents, len);
}

/* ---- what is in a tree ---- */

static void check_site(void)
{
	struct tree_file file, root;
	uint32_t cursor = 0;
	char path[300];

	ck_assert_msg(open_image() == 0, "%s", tree.message);
	ck_assert_uint_eq(tree.count, 5);
	ck_assert_uint_eq(tree.left_out, 1);
	expect_file("index.html", "hello");
	expect_file("//./index.html", "hello");
	expect_file("/a/b", "x");
	snprintf(path, sizeof(path), "a/%0240d", 1);
	expect_file(path, "y");
	ck_assert_int_eq(find("", &root), 0);
	ck_assert_int_eq(tree_next(&tree, &root, &cursor, &file), 1);
	ck_assert(file.folder && file.name_len == 1 && file.name[0] == 'a');
	ck_assert_int_eq(tree_next(&tree, &root, &cursor, &file), 1);
	ck_assert_int_gt(file.mtime, 1700000000);
	ck_assert_ptr_null(tree_data(&tree, &file));
	ck_assert_int_eq(tree_next(&tree, &root, &cursor, &file), 0);
	cursor = 0;
	ck_assert_int_eq(tree_next(&tree, &file, &cursor, &file), 0);
	ck_assert_int_eq(tree_read(&tree, &root, 0, path, 1), -EISDIR);
	tree_close(&tree);
}

START_TEST(images)
{
	load("s"); /* of genisoimage */
	check_site();
	load("x"); /* of xorriso */
	check_site();
}
END_TEST

START_TEST(paths)
{
	struct tree_file file;

	load("s");
	ck_assert_int_eq(open_image(), 0);
	ck_assert_int_eq(find("none", &file), -ENOENT);
	ck_assert_int_eq(find("a/none", &file), -ENOENT);
	ck_assert_int_eq(find("indey.html", &file), -ENOENT);
	ck_assert_int_eq(find("index.htm", &file), -ENOENT);
	ck_assert_int_eq(find("index.html/", &file), -ENOTDIR);
	ck_assert_int_eq(find("index.html/x", &file), -ENOTDIR);
	ck_assert_int_eq(find("..", &file), -EINVAL);
	ck_assert_int_eq(find("a/../index.html", &file), -EINVAL);
	ck_assert_int_eq(tree_find(&tree, "a\0b", 3, &file), -EINVAL);
	ck_assert_int_eq(find("link", &file), -ENOENT);
	ck_assert_int_eq(find("...", &file), -ENOENT);
	ck_assert_int_eq(find("/", &file), 0);
	ck_assert_int_eq(find("a/", &file), 0);
	ck_assert(file.folder);
	tree_close(&tree);
}
END_TEST

/* What stands deeper than eight folders was moved, and is found where it belongs. */
START_TEST(deep_folders)
{
	struct tree_file file;

	load("d");
	ck_assert_msg(open_image() == 0, "%s", tree.message);
	expect_file("1/2/3/4/5/6/7/8/9/f", "deep");
	ck_assert_int_eq(find("rr_moved/8", &file), -ENOENT);
	tree_close(&tree);
}
END_TEST

START_TEST(dates)
{
	static const uint8_t wanted[7] = {108, 2, 29, 23, 59, 58, (uint8_t)-8}; /* 2 h west */
	struct tree_file file;
	uint8_t *record;

	load("s");
	record = record_of("INDEX.HTM;1");
	memcpy(record + 18, wanted, 7);
	memcpy(entry_in(record, "TF"), "XX", 2);
	ck_assert_int_eq(open_image(), 0);
	ck_assert_int_eq(find("index.html", &file), 0);
	ck_assert_int_eq(file.mtime, 1204329598 + 2 * 3600); /* 2008-02-29 23:59:58 */
	tree_close(&tree);
	record[19] = 13;
	ck_assert_int_eq(open_image(), 0);
	ck_assert_int_eq(find("index.html", &file), 0);
	ck_assert_int_eq(file.mtime, 0);
	tree_close(&tree);
}
END_TEST

START_TEST(reading)
{
	struct tree_file file;
	char got[8];

	load("s");
	ck_assert_int_eq(open_image(), 0);
	ck_assert_int_eq(find("index.html", &file), 0);
	ck_assert_int_eq(tree_read(&tree, &file, 1, got, 3), 3);
	ck_assert_mem_eq(got, "ell", 3);
	ck_assert_int_eq(tree_read(&tree, &file, 4, got, 8), 1);
	ck_assert_int_eq(tree_read(&tree, &file, 5, got, 8), 0);
	ck_assert_int_eq(tree_read(&tree, &file, UINT64_MAX, got, 8), 0);
	fail_in = 1;
	ck_assert_int_eq(tree_read(&tree, &file, 0, got, 8), -EIO);
	tree_close(&tree);
}
END_TEST

/* ---- several records of one file ---- */

START_TEST(pieces)
{
	uint8_t *first, *second;
	struct tree_file file;
	uint8_t got[3000];

	load("s");
	/* The two files of folder a become one, of a whole block and the byte behind it. */
	first = record_of("00000000.;1");
	second = record_of("B.;1");
	ck_assert(first < second);
	first[25] |= 0x80;
	set_u32(first + 2, 15);
	set_u32(first + 10, BLOCK);
	set_u32(second + 2, 16);
	image[15 * BLOCK] = 'p';
	ck_assert_msg(open_image() == 0, "%s", tree.message);
	snprintf((char *)got, sizeof(got), "a/%0240d", 1);
	ck_assert_int_eq(find((char *)got, &file), 0);
	ck_assert_uint_eq(file.size, BLOCK + 1);
	ck_assert_int_eq(tree_read(&tree, &file, 0, got, sizeof(got)), BLOCK + 1);
	ck_assert_int_eq(got[0], 'p');
	ck_assert_int_eq(got[BLOCK], image[16 * BLOCK]);
	ck_assert_int_eq(find("a/b", &file), -ENOENT);
	tree_close(&tree);

	set_u32(second + 2, 17);
	expect_error(-EINVAL, "a file lies in several pieces");
	set_u32(second + 2, 16);
	second[25] |= 0x80;
	expect_error(-EINVAL, "a file goes on where its folder ends");
}
END_TEST

/* ---- damage ---- */

START_TEST(cut_short)
{
	size_t whole;

	load("s");
	for (whole = image_len, image_len = 0; image_len < whole - BLOCK; image_len += 509) {
		ck_assert_int_eq(open_image(), -EINVAL);
		ck_assert_msg(strstr(tree.message, "expected an ISO 9660 image") ||
				      strstr(tree.message, "cut short"),
			"%zu: %s", image_len, tree.message);
	}
}
END_TEST

START_TEST(damaged_volumes)
{
	load("plain");
	expect_error(-EINVAL, "it has no Rock Ridge names");
	load("s");
	image[BEFORE + 129] = 4;
	expect_error(-EINVAL, "expected blocks of 2048 bytes, got 1024");
	load("s");
	image[BEFORE] = 2;
	expect_error(-EINVAL, "no primary volume descriptor");
	load("s");
	image[BEFORE + 1] = 'X';
	expect_error(-EINVAL, "expected an ISO 9660 image, got something else");
	load("s");
	set_u32(image + BEFORE + 156 + 2, 1000000);
	expect_error(-EINVAL, "cut short");
	load("s");
	set_u32(image + BEFORE + 156 + 10, 0x7fffffff);
	expect_error(-ENOMEM, "its folders take more than");
}
END_TEST

START_TEST(damaged_records)
{
	uint8_t *record;

	load("s");
	record_of("INDEX.HTM;1")[0] = 40;
	expect_error(-EINVAL, "wrong length");
	load("s");
	record_of("INDEX.HTM;1")[0] = 255;
	expect_error(-EINVAL, "damaged");
	load("s");
	set_u32(record_of("INDEX.HTM;1") + 2, 0x7fffffff);
	expect_error(-EINVAL, "\"index.html\" is at bytes");
	load("s");
	set_u32(record_of("INDEX.HTM;1") + 10, 0x7fffffff);
	expect_error(-EINVAL, "\"index.html\" is at bytes");
	load("s");
	record_of("INDEX.HTM;1")[26] = 1;
	expect_error(-EINVAL, "interleaved");
	/* A folder within itself. */
	load("s");
	record = record_of("A");
	set_u32(record + 2, get_u32(image + BEFORE + 156 + 2));
	set_u32(record + 10, get_u32(image + BEFORE + 156 + 10));
	expect_error(-EINVAL, "more than 64 deep");
}
END_TEST

/* With the name that INDEX.HTM;1 has in Rock Ridge changed, of ten letters. */
static void expect_name_error(const char *name, size_t len, const char *text)
{
	uint8_t *entry;

	load("s");
	entry = entry_in(record_of("INDEX.HTM;1"), "NM");
	ck_assert_uint_eq(entry[2], 15);
	ck_assert_uint_le(len, 10);
	memset(entry + 5 + len, 0, 10 - len);
	memcpy(entry + 5, name, len);
	/* What is left of the entry becomes one that nobody knows. */
	if (len <= 6) {
		entry[2] = (uint8_t)(5 + len);
		memcpy(entry + 5 + len, "XX", 2);
		entry[5 + len + 2] = (uint8_t)(10 - len);
	}
	expect_error(-EINVAL, text);
}

START_TEST(damaged_names)
{
	uint8_t *entry;

	expect_name_error("..", 2, "\"..\" is no name");
	expect_name_error(".", 1, "\".\" is no name");
	expect_name_error("", 0, "\"\" is no name");
	expect_name_error("/etc", 4, "\"/etc\" is no name");
	expect_name_error("../../etc/", 10, "is no name");
	expect_name_error("index\0html", 10, "is no name");
	expect_name_error("a", 1, "two files called \"a\"");

	load("s");
	entry = entry_in(record_of("INDEX.HTM;1"), "NM");
	entry[2] = 3;
	expect_error(-EINVAL, "runs over its end");
	load("s");
	memcpy(entry, "QQ", 2);
	expect_error(-EINVAL, "has no Rock Ridge name");
	load("s");
	memcpy(entry_in(record_of("INDEX.HTM;1"), "TF"), "ZF", 2);
	expect_error(-EINVAL, "\"index.html\" is compressed");
	load("s"); /* the parent's name: it is no file */
	entry[4] = 4;
	ck_assert_int_eq(open_image(), 0);
	ck_assert_uint_eq(tree.left_out, 2);
	tree_close(&tree);
	load("s"); /* a character device */
	entry = entry_in(record_of("INDEX.HTM;1"), "PX");
	entry[5] = (uint8_t)((entry[5] & 0x0f) | 0x20);
	ck_assert_int_eq(open_image(), 0);
	ck_assert_uint_eq(tree.left_out, 2);
	tree_close(&tree);
}
END_TEST

START_TEST(damaged_continuations)
{
	uint8_t *entry;

	load("s");
	entry = entry_in(record_of("00000000.;1"), "CE");
	set_u32(entry + 4, 1000000);
	expect_error(-EINVAL, "cut short");
	load("s");
	set_u32(entry + 12, BLOCK);
	expect_error(-EINVAL, "continuation is nowhere");
	load("s");
	set_u32(entry + 20, BLOCK);
	set_u32(entry + 12, 1);
	expect_error(-EINVAL, "continuation is nowhere");
	load("s"); /* it goes on in itself */
	memcpy(image + (size_t)get_u32(entry + 4) * BLOCK + get_u32(entry + 12), entry, 28);
	set_u32(entry + 20, 28);
	set_u32(image + (size_t)get_u32(entry + 4) * BLOCK + get_u32(entry + 12) + 20, 28);
	expect_error(-EINVAL, "a name has no end");
	load("d"); /* a moved folder that is not there */
	entry = memmem(image, image_len, "CL\x0c\x01", 4);
	ck_assert_ptr_nonnull(entry);
	set_u32(entry + 4, 17);
	expect_error(-EINVAL, "damaged: ");
}
END_TEST

START_TEST(every_read_fails_once)
{
	unsigned fail;

	load("d");
	for (fail = 1;; fail++) {
		fail_in = fail;
		if (open_image() == 0)
			break;
		ck_assert_ptr_nonnull(strstr(tree.message, "cannot be read: error 5"));
	}
	ck_assert_uint_gt(fail, 12);
	tree_close(&tree);
}
END_TEST

START_TEST(every_allocation_fails_once)
{
	static const char *const names[] = {"s", "d", "tar", "cpio"};
	unsigned fail, trims;
	int error;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		load(names[i]);
		/* Two of them only give memory back, and need not succeed. */
		for (fail = 1, trims = 0; trims < 3; fail++) {
			refuse_in = fail;
			inside = true;
			error = i < 2 ? open_image()
				      : tree_open_memory(
						&tree, image + BEFORE, image_len - BEFORE, 0);
			inside = false;
			ck_assert(error == 0 || error == -ENOMEM);
			ck_assert(error == 0 || *tree.message);
			trims += error == 0;
			if (!error)
				tree_close(&tree);
		}
		ck_assert_uint_ge(fail, 6);
		refuse_in = 0;
	}
}
END_TEST

START_TEST(memory_is_bounded)
{
	size_t most;

	load("s");
	for (most = 1; most < 2000; most++) {
		source.size = image_len;
		if (tree_open(&tree, &source, most) == 0)
			break;
		ck_assert_ptr_nonnull(strstr(tree.message, "bytes"));
	}
	ck_assert_uint_lt(most, 600); /* 5 nodes and 254 bytes of names */
	tree_close(&tree);
}
END_TEST

/* ---- archives ---- */

static void add_file(const char *name, const char *contents)
{
	image_len += (size_t)sprintf((char *)image + image_len,
		"070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1, 0100644, 0, 0, 1,
		1234567890, strlen(contents), 0, 0, 0, 0, strlen(name) + 1, 0);
	image_len += (size_t)sprintf((char *)image + image_len, "%s", name) + 1;
	image_len = ROUND_UP(image_len, (size_t)4);
	memcpy(image + image_len, contents, strlen(contents));
	image_len = ROUND_UP(image_len + strlen(contents), (size_t)4);
}

static int open_archive(void)
{
	int error;

	add_file("TRAILER!!!", "");
	error = tree_open_memory(&tree, image, image_len, 0);
	memset(image, 0, image_len);
	image_len = 0;
	return error;
}

static void empty(void)
{
	memset(image, 0, sizeof(image));
	image_len = 0;
	fail_in = refuse_in = 0;
}

START_TEST(archives)
{
	static const char *const order[] = {"a", "a.b", "aa", "b", "z"};
	struct tree_file file, root;
	uint32_t cursor = 0;

	add_file("z", "last");
	add_file("a/c/d", "deep");
	add_file("./a.b", "dot");
	add_file("b", "old");
	add_file("aa", "");
	add_file("a/b", "slash");
	add_file("/b", "new");
	add_file("TRAILER!!!", "");
	ck_assert_msg(tree_open_memory(&tree, image, image_len, 0) == 0, "%s", tree.message);
	expect_file("a/c/d", "deep");
	expect_file("a/b", "slash");
	expect_file("a.b", "dot");
	expect_file("aa", "");
	expect_file("b", "new");
	ck_assert_int_eq(find("/", &root), 0);
	for (unsigned i = 0; i < ARRAY_SIZE(order); i++) {
		ck_assert_int_eq(tree_next(&tree, &root, &cursor, &file), 1);
		ck_assert_uint_eq(file.name_len, strlen(order[i]));
		ck_assert_mem_eq(file.name, order[i], file.name_len);
	}
	ck_assert_int_eq(file.mtime, 1234567890);
	ck_assert_mem_eq(tree_data(&tree, &file), "last", 4);
	ck_assert_int_eq(tree_next(&tree, &root, &cursor, &file), 0);
	ck_assert_ptr_null(tree_data(&tree, &root));
	tree_close(&tree);
}
END_TEST

START_TEST(damaged_archives)
{
	add_file("a", "");
	add_file("a/b", "");
	ck_assert_int_eq(open_archive(), -EINVAL);
	ck_assert_str_eq(tree.message, "\"a\" is a file and a folder");
	add_file("a/b", "");
	add_file("a", "");
	ck_assert_int_eq(open_archive(), -EINVAL);
	ck_assert_str_eq(tree.message, "\"a\" is a file and a folder");
	add_file("../a", "");
	ck_assert_int_eq(open_archive(), -EINVAL);
	ck_assert_ptr_nonnull(strstr(tree.message, "the archive is damaged"));
	ck_assert_int_eq(tree_open_memory(&tree, "something", 9, 0), -EINVAL);
	ck_assert_str_eq(tree.message, "expected a cpio (newc) or tar file, or an ISO 9660 image");
	ck_assert_int_eq(tree_open_memory(&tree, NULL, 0, 0), -EINVAL);
	ck_assert_int_eq(open_archive(), 0); /* nothing is in it */
	ck_assert_uint_eq(tree.count, 1);
	tree_close(&tree);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {images, paths, deep_folders, dates, reading, pieces,
		cut_short, damaged_volumes, damaged_records, damaged_names, damaged_continuations,
		every_read_fails_once, every_allocation_fails_once, memory_is_bounded, archives,
		damaged_archives};

	return run_tests("tree", tests, ARRAY_SIZE(tests), empty, empty);
}
