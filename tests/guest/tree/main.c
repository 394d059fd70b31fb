/* SPDX-License-Identifier: ISC */
/*
 * Walks a tree of files, reads each and says what it found, then ends: of the disk that is named,
 * or of the boot archive. As a guest and as a Linux program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/version.h"
#include "lib/crypto/hash.h"
#include "lib/disk/disk.h"
#include "lib/disk/disk_tree.h"
#include "lib/sched/sched.h"
#include "lib/tree/tree.h"

#define PATIENCE 30000000000ull /* ns until the disk must have come */
#define CHUNK    ((size_t)64 * 1024)
#define PATH_MAX ((size_t)2048)
#define SHA256   32

static const char *disk_name;
static const char *wanted;
static uint64_t memory;
static bool list;

static const struct config_key keys[] = {
	{.name = "disk",
		.type = CONFIG_TEXT,
		.target = &disk_name,
		.help = "the disk to read [the boot archive]"},
	{.name = "find", .type = CONFIG_TEXT, .target = &wanted, .help = "only look up this path"},
	{.name = "memory",
		.type = CONFIG_NUMBER,
		.target = &memory,
		.high = (uint64_t)1 << 32,
		.help = "bytes that the tree may use [8M]"},
	{.name = "list",
		.type = CONFIG_BOOL,
		.target = &list,
		.help = "a line for each file: hash, size, time, path [no]"},
};

static const struct config_table config = {.area = "tree", .keys = keys, .count = ARRAY_SIZE(keys)};

static struct disk_tree below;
static struct tree tree;
static uint64_t files, folders, total;
static char path[PATH_MAX];

static void print(const char *text, size_t len)
{
	platform_console_write(text, len);
}

/* ---- one file ---- */

static int hash_file(const struct tree_file *file, uint8_t hash[SHA256])
{
	static uint8_t chunk[CHUNK];
	struct crypto_hash_context context;
	uint64_t at;
	long len;

	crypto_hash_init(&context, CRYPTO_SHA256);
	for (at = 0; (len = tree_read(&tree, file, at, chunk, sizeof(chunk))) > 0;
		at += (uint64_t)len)
		crypto_hash_update(&context, chunk, (size_t)len);
	crypto_hash_result(&context, hash);
	if (!len && at != file->size)
		return -EIO;
	return (int)len;
}

static int tell_file(const struct tree_file *file)
{
	static char line[PATH_MAX + 200];
	uint8_t hash[SHA256];
	int len = 0, error = hash_file(file, hash);

	if (error) {
		log_error("tree", "%s: cannot be read: error %d", path, -error);
		return error;
	}
	for (size_t i = 0; i < sizeof(hash); i++)
		len += snprintf(line + len, sizeof(line) - (size_t)len, "%02x", hash[i]);
	len += snprintf(line + len, sizeof(line) - (size_t)len, " %llu %lld %s\n",
		(unsigned long long)file->size, (long long)file->mtime, path);
	if (list)
		print(line, (size_t)len);
	return 0;
}

/* ---- all of them ---- */

/* Appends NAME to PATH, of USED bytes: how many there are now. */
static size_t append(size_t used, const struct tree_file *file)
{
	int len = snprintf(path + used, PATH_MAX - used, "%s%.*s", used ? "/" : "",
		(int)file->name_len, file->name);

	return MIN(used + (size_t)len, PATH_MAX - 1);
}

/* A node below FOLDER is found by its path, too. */
static int check_found(const struct tree_file *file, size_t len)
{
	struct tree_file found;
	int error = tree_find(&tree, path, len, &found);

	if (!error && found.node == file->node)
		return 0;
	log_error("tree", "%s: is there, but not found: error %d", path, -error);
	return -EINVAL;
}

static int walk(const struct tree_file *folder, size_t used, unsigned depth)
{
	struct tree_file file;
	uint32_t cursor = 0;
	int error = 0;

	while (!error && tree_next(&tree, folder, &cursor, &file)) {
		size_t len = append(used, &file);

		error = check_found(&file, len);
		if (error)
			break;
		if (file.folder) {
			folders++;
			error = depth < TREE_DEPTH_MAX ? walk(&file, len, depth + 1) : -EINVAL;
		} else {
			files++;
			total += file.size;
			error = tell_file(&file);
		}
		path[used] = '\0';
	}
	return error;
}

/* ---- the tree ---- */

static int open_disk(void)
{
	struct blkdev *dev;
	int error = disk_wait(&dev, disk_name, platform_time_ns() + PATIENCE);

	error = error ? error : disk_tree_init(&below, dev);
	if (error) {
		log_error("tree", "disk=%s: error %d", disk_name, -error);
		return error;
	}
	return tree_open(&tree, &below.source, (size_t)memory);
}

static int open_archive(void)
{
	size_t len;
	const void *data = platform_archive(&len);

	return tree_open_memory(&tree, data, len, (size_t)memory);
}

static int look_up(void)
{
	struct tree_file file;
	int error = tree_find(&tree, wanted, strlen(wanted), &file);

	if (error)
		log_info("tree", "find %s: error %d", wanted, -error);
	else
		log_info("tree", "find %s: %s of %llu bytes", wanted,
			file.folder ? "a folder" : "a file", (unsigned long long)file.size);
	return 0;
}

static int walk_all(void)
{
	struct tree_file root;
	uint64_t start = platform_time_ns();
	int error = tree_find(&tree, "/", 1, &root);

	error = error ? error : walk(&root, 0, 0);
	if (!error)
		log_info("tree",
			"%llu files, %llu folders, %llu bytes, %u left out; read in %llu ms",
			(unsigned long long)files, (unsigned long long)folders,
			(unsigned long long)total, tree.left_out,
			(unsigned long long)(platform_time_ns() - start) / 1000000);
	return error;
}

static int tree_main(void)
{
	uint64_t start = platform_time_ns();
	int error = disk_name ? open_disk() : open_archive();

	if (error) {
		log_error("tree", "error %d: %s", -error, tree.message);
		return error;
	}
	log_info("tree", "open in %llu us, %zu bytes of memory",
		(unsigned long long)(platform_time_ns() - start) / 1000,
		tree.node_room * 32 + tree.name_room);
	error = wanted ? look_up() : walk_all();
	tree_close(&tree);
	if (!error)
		platform_exit(PLATFORM_POWEROFF);
	return error;
}

const struct app app = {.name = "tree",
	.version = KINGLET_VERSION,
	.config = &config,
	.stack_size = (size_t)64 * 1024,
	.main = tree_main};
