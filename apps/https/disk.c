/* SPDX-License-Identifier: ISC */
/*
 * Sites from a disk: an image of ISO 9660 with the same folders as the boot archive. Files of sites
 * are read when they are asked for; those beside www/, certificates and keys, once at the start.
 */
#include "apps/https/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/siphash.h"
#include "lib/disk/disk.h"
#include "lib/disk/disk_tree.h"
#include "lib/tree/tree.h"

#define PATIENCE_NS 30000000000ull /* until the disk must have come */
#define SMALL       65536u         /* bytes: what is longer is no certificate */

static struct disk_tree below;
static struct tree tree;
static uint64_t image_tag; /* tells images apart */
static bool is_open;

/* ---- as a source of files ---- */

int disk_find(const char *name, struct http_file *file)
{
	/* A tag tells versions of a file apart; it keeps no secret. */
	static const uint8_t key[16] = "entity tag";
	uint64_t identity[4];
	struct tree_file found;

	if (!is_open || tree_find(&tree, name, strlen(name), &found) || found.folder)
		return -ENOENT;
	identity[0] = image_tag;
	identity[1] = found.node;
	identity[2] = found.size;
	identity[3] = (uint64_t)found.mtime;
	*file = (struct http_file){.size = found.size,
		.modified = (uint64_t)MAX(found.mtime, (int64_t)0),
		.handle = found.node};
	sites_etag(
		file->etag, siphash(key, (const uint8_t *)identity, sizeof(identity)), found.size);
	return 0;
}

int disk_read_file(void *ctx, const struct http_file *file, uint64_t offset, void *out, size_t len)
{
	const struct tree_file in = {.node = (uint32_t)file->handle};
	long n = tree_read(&tree, &in, offset, out, len);

	(void)ctx;
	if (n >= 0 && (size_t)n == len)
		return 0;
	log_warning("https", "the disk: cannot be read: error %ld", n < 0 ? -n : EIO);
	return n < 0 ? (int)n : -EIO;
}

/* ---- at the start ---- */

/* A copy of FILE, called FOLDER/NAME from now on. */
static int keep(const struct tree_file *folder, const struct tree_file *file)
{
	char name[2 * TREE_NAME_MAX + 2];
	void *data = malloc((size_t)file->size + 1);
	long n = data ? tree_read(&tree, file, 0, data, (size_t)file->size) : -ENOMEM;
	int error;

	if (n < 0) {
		free(data);
		return (int)n;
	}
	snprintf(name, sizeof(name), "%.*s/%.*s", folder->name_len, folder->name, file->name_len,
		file->name);
	error = sites_add_file(name, data, (size_t)n, file->mtime);
	if (error)
		free(data);
	return error;
}

static bool is_www(const struct tree_file *folder)
{
	return folder->name_len == 3 && memcmp(folder->name, "www", 3) == 0;
}

static int keep_folder(const struct tree_file *folder)
{
	struct tree_file file;
	uint32_t cursor = 0;
	int error = 0;

	while (!error && tree_next(&tree, folder, &cursor, &file)) {
		if (!file.folder && file.size <= SMALL)
			error = keep(folder, &file);
	}
	return error;
}

static int add_sites(const struct tree_file *www)
{
	struct tree_file folder;
	uint32_t cursor = 0;
	int error = 0;

	while (!error && tree_next(&tree, www, &cursor, &folder)) {
		if (folder.folder)
			error = sites_add(folder.name, folder.name_len);
	}
	return error;
}

static int take_folders(void)
{
	struct tree_file root, folder;
	uint32_t cursor = 0;
	int error = tree_find(&tree, "", 0, &root);

	while (!error && tree_next(&tree, &root, &cursor, &folder)) {
		if (folder.folder)
			error = is_www(&folder) ? add_sites(&folder) : keep_folder(&folder);
	}
	return error;
}

int disk_load(const char *name)
{
	static const uint8_t key[16] = "image";
	struct blkdev *dev;
	int error = disk_wait(&dev, name, platform_time_ns() + PATIENCE_NS);

	if (error) {
		log_error("https", "disk=%s: there is no such disk after %u s", name,
			(unsigned)(PATIENCE_NS / 1000000000));
		return error;
	}
	error = disk_tree_init(&below, dev);
	if (!error)
		error = tree_open(&tree, &below.source, 0);
	if (error) {
		log_error("https", "disk=%s: %s", name,
			tree.message[0] ? tree.message : "cannot be read");
		return error;
	}
	is_open = true;
	image_tag = siphash(key, below.mark, sizeof(below.mark));
	error = take_folders();
	if (error)
		log_error("https", "disk=%s: its files cannot be taken: error %d", name, -error);
	else
		log_info("https", "disk %s: %u files and folders", name, (unsigned)tree.count);
	return error;
}

size_t disk_files(void)
{
	return is_open ? tree.count : 0;
}
