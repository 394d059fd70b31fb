/* SPDX-License-Identifier: ISC */
/*
 * Reads the folders of an ISO 9660 image (ECMA-119) with Rock Ridge names into a tree: breadth
 * first, so that what is in a folder stands together. Files lie in one piece each, so that nothing
 * but where is kept of them. Called by tree.c; rockridge.c reads the names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/tree/internal.h"

#define DESCRIPTORS     16u /* the block of the first volume descriptor */
#define DESCRIPTORS_MAX 32u
#define RECORD_MIN      34u
#define CHUNK           ((size_t)8 * ISO_BLOCK) /* of a folder that is read at a time */
/* A folder's records take more than what is kept of them, but not so many times. */
#define FOLDER_FACTOR 16u

enum {
	FLAG_FOLDER = 2,
	FLAG_ASSOCIATED = 4,
	FLAG_MORE = 0x80 /* the file goes on in the next record */
};

/* A directory record (ECMA-119, 9.1), decoded. */
struct record {
	uint64_t at, size; /* bytes */
	int64_t mtime;
	const uint8_t *name, *system;
	size_t name_len, system_len;
	uint8_t flags;
};

struct reader {
	struct tree *tree;
	uint8_t *chunk;
	struct rock_cache cache;
	uint8_t skip;     /* SUSP: bytes of each system use area that are somebody else's */
	uint64_t folders; /* bytes of folders read so far */
	bool continued;   /* the file that was added last goes on in the next record */
};

/* LEN bytes at DATA begin with a record. 0 or -EINVAL. */
static int decode(struct tree *tree, struct record *record, const uint8_t *data, size_t len)
{
	size_t used = data[0], name_end;

	*record = (struct record){.at = 0};
	if (used < RECORD_MIN || used > len || used < 33u + data[32] || !data[32])
		return tree_fail(tree, -EINVAL, "damaged: a directory record has a wrong length");
	name_end = 33u + data[32] + (data[32] % 2 == 0);
	*record = (struct record){.at = ((uint64_t)iso_u32(data + 2) + data[1]) * ISO_BLOCK,
		.size = iso_u32(data + 10),
		.mtime = iso_date(data + 18),
		.name = data + 33,
		.name_len = data[32],
		.system = data + MIN(name_end, used),
		.system_len = used - MIN(name_end, used),
		.flags = data[25]};
	if (data[26] || data[27])
		return tree_fail(tree, -EINVAL, "a file is interleaved: expected it in one piece");
	return 0;
}

/* ---- one record into a node ---- */

#define MODE_TYPE   0170000u
#define MODE_FOLDER 0040000u
#define MODE_FILE   0100000u

/* The folder that stands at block CHILD: its size is in its own first record. */
static int find_child(struct reader *reader, struct record *record, uint32_t child)
{
	uint8_t block[RECORD_MIN] = {0};
	struct record own;
	int error =
		tree_read_image(reader->tree, (uint64_t)child * ISO_BLOCK, block, sizeof(block));

	if (error)
		return error;
	block[0] = RECORD_MIN; /* the rest of it does not matter */
	error = decode(reader->tree, &own, block, sizeof(block));
	if (error)
		return error;
	if (own.name_len != 1 || own.name[0] || own.at != (uint64_t)child * ISO_BLOCK)
		return tree_fail(reader->tree, -EINVAL,
			"damaged: a folder that was moved is not where it should be");
	record->at = own.at;
	record->size = own.size;
	record->flags = FLAG_FOLDER;
	return 0;
}

static int add_node(
	struct reader *reader, const struct record *record, const struct rock_ridge *rock)
{
	struct tree *tree = reader->tree;
	struct tree_node *node;
	int error;

	if (!tree_is_name(rock->name, rock->name_len))
		return tree_fail(tree, -EINVAL, "damaged: \"%.*s\" is no name that a file may have",
			(int)MIN(rock->name_len, 60), rock->name);
	error = tree_reserve_names(tree, rock->name_len);
	if (error)
		return error;
	node = tree_add(tree, (uint32_t)tree->names_used, (uint8_t)rock->name_len);
	if (!node)
		return -ENOMEM;
	memcpy(tree->names + tree->names_used, rock->name, rock->name_len);
	tree->names_used += rock->name_len;
	node->at = record->at;
	node->size = record->size;
	node->mtime = rock->mtime ? rock->mtime : record->mtime;
	node->folder = record->flags & FLAG_FOLDER;
	return 0;
}

/* Whether what the record names is neither a folder nor a plain file. */
static bool is_left_out(const struct record *record, const struct rock_ridge *rock)
{
	uint32_t type = rock->mode & MODE_TYPE;

	return rock->link || rock->special || (record->flags & FLAG_ASSOCIATED) ||
	       (type && type != MODE_FOLDER && type != MODE_FILE);
}

static bool lies_within(const struct tree *tree, const struct record *record)
{
	/* An empty file is nowhere, whatever its record says. */
	return !record->size ||
	       (record->at <= tree->size && record->size <= tree->size - record->at);
}

static int check_extent(
	struct tree *tree, const struct record *record, const char *name, size_t len)
{
	if (lies_within(tree, record))
		return 0;
	return tree_fail(tree, -EINVAL,
		"damaged, or cut short: \"%.*s\" is at bytes %llu to %llu, but there are %llu",
		(int)MIN(len, 60), name, (unsigned long long)record->at,
		(unsigned long long)record->at + record->size, (unsigned long long)tree->size);
}

/* The next piece of the file that was added last. */
static int continue_file(struct reader *reader, const struct record *record)
{
	struct tree_node *node = &reader->tree->nodes[reader->tree->count - 1];

	if (node->size % ISO_BLOCK || record->at != node->at + node->size)
		return tree_fail(
			reader->tree, -EINVAL, "a file lies in several pieces: expected it in one");
	reader->continued = record->flags & FLAG_MORE;
	node->size += record->size;
	return check_extent(reader->tree, record, "its next piece", 14);
}

static int take_record(struct reader *reader, struct record *record)
{
	struct tree *tree = reader->tree;
	size_t skip = MIN(reader->skip, record->system_len);
	struct rock_ridge rock;
	int error;

	if (reader->continued)
		return continue_file(reader, record);
	error = rock_ridge_parse(
		tree, &reader->cache, &rock, record->system + skip, record->system_len - skip);
	if (error || rock.relocated)
		return error;
	if (is_left_out(record, &rock)) {
		tree->left_out++;
		return 0;
	}
	if (!rock.has_name)
		return tree_fail(tree, -EINVAL, "a file has no Rock Ridge name");
	if (rock.compressed)
		return tree_fail(tree, -EINVAL, "\"%.*s\" is compressed: expected plain files",
			(int)MIN(rock.name_len, 60), rock.name);
	error = rock.child ? find_child(reader, record, rock.child) : 0;
	error = error ? error : check_extent(tree, record, rock.name, rock.name_len);
	error = error ? error : add_node(reader, record, &rock);
	reader->continued = !error && (record->flags & FLAG_MORE);
	return error;
}

/* ---- folders ---- */

/* The records of one block; none goes over its end. */
static int read_block(struct reader *reader, const uint8_t *block)
{
	struct record record;
	size_t at;
	int error;

	for (at = 0; at < ISO_BLOCK && block[at]; at += block[at]) {
		if (ISO_BLOCK - at < RECORD_MIN)
			return tree_fail(reader->tree, -EINVAL,
				"damaged: a directory record has a wrong length");
		error = decode(reader->tree, &record, block + at, ISO_BLOCK - at);
		/* The folder itself and its parent are called 0 and 1. */
		if (!error && (record.name_len > 1 || record.name[0] > 1))
			error = take_record(reader, &record);
		if (error)
			return error;
	}
	return 0;
}

static int count_folder(struct reader *reader, uint64_t size)
{
	struct tree *tree = reader->tree;
	uint64_t most = MAX((uint64_t)tree->memory_max * FOLDER_FACTOR, (uint64_t)CHUNK);

	reader->folders += size;
	return reader->folders <= most
		       ? 0
		       : tree_fail(tree, -ENOMEM, "its folders take more than %llu bytes",
				 (unsigned long long)most);
}

static int read_folder(struct reader *reader, uint32_t folder)
{
	struct tree *tree = reader->tree;
	uint32_t first = tree->count;
	uint64_t at = tree->nodes[folder].at;
	uint64_t left = ROUND_UP(tree->nodes[folder].size, (uint64_t)ISO_BLOCK);
	int error = count_folder(reader, left);
	size_t len, i;

	for (; left && !error; left -= len, at += len) {
		len = (size_t)MIN(left, (uint64_t)CHUNK);
		error = tree_read_image(tree, at, reader->chunk, len);
		for (i = 0; i < len && !error; i += ISO_BLOCK)
			error = read_block(reader, reader->chunk + i);
	}
	if (!error && reader->continued)
		error = tree_fail(tree, -EINVAL, "damaged: a file goes on where its folder ends");
	return error ? error : tree_finish_folder(tree, folder, first);
}

/* All folders, each level behind the one above it. */
static int read_folders(struct reader *reader)
{
	struct tree *tree = reader->tree;
	uint32_t i, level_end = 1;
	unsigned depth = 0;
	int error = 0;

	for (i = 0; i < tree->count && !error; i++) {
		if (i == level_end) {
			level_end = tree->count;
			if (++depth > TREE_DEPTH_MAX)
				return tree_fail(tree, -EINVAL,
					"damaged: folders stand within folders more than %d deep",
					TREE_DEPTH_MAX);
		}
		if (tree->nodes[i].folder)
			error = read_folder(reader, i);
	}
	return error;
}

/* ---- the volume ---- */

static int read_descriptor(struct tree *tree, unsigned i, uint8_t *block)
{
	return tree_read_image(tree, (uint64_t)(DESCRIPTORS + i) * ISO_BLOCK, block, ISO_BLOCK);
}

bool tree_is_iso(struct tree *tree)
{
	uint8_t mark[6];

	return tree_read_image(tree, (uint64_t)DESCRIPTORS * ISO_BLOCK, mark, sizeof(mark)) == 0 &&
	       memcmp(mark + 1, "CD001", 5) == 0;
}

/* The primary volume descriptor (ECMA-119, 8.4) into BLOCK. */
static int find_volume(struct tree *tree, uint8_t *block)
{
	unsigned i;
	int error;

	if (tree->size < (uint64_t)(DESCRIPTORS + 1) * ISO_BLOCK)
		return tree_fail(tree, -EINVAL,
			"expected an ISO 9660 image, got something of %llu bytes",
			(unsigned long long)tree->size);
	for (i = 0; i < DESCRIPTORS_MAX; i++) {
		error = read_descriptor(tree, i, block);
		if (error)
			return error;
		if (memcmp(block + 1, "CD001", 5) != 0 || block[0] == 255)
			break;
		if (block[0] == 1 && block[6] == 1)
			return 0;
	}
	return tree_fail(tree, -EINVAL,
		i ? "damaged: it has no primary volume descriptor"
		  : "expected an ISO 9660 image, got something else");
}

/* Whether the root's first record says that there are Rock Ridge names. */
static int find_rock_ridge(struct reader *reader, const struct record *root)
{
	struct tree *tree = reader->tree;
	struct record own;
	struct rock_ridge rock = {.susp = false};
	int error = tree_read_image(tree, root->at, reader->chunk, ISO_BLOCK);

	error = error ? error : decode(tree, &own, reader->chunk, ISO_BLOCK);
	error = error ? error
		      : rock_ridge_parse(tree, &reader->cache, &rock, own.system, own.system_len);
	if (error)
		return error;
	reader->skip = rock.susp_skip;
	return rock.susp ? 0
			 : tree_fail(tree, -EINVAL,
				   "it has no Rock Ridge names: make it with genisoimage -r or "
				   "xorriso");
}

static int read_volume(struct reader *reader)
{
	struct tree *tree = reader->tree;
	struct record root;
	struct tree_node *node;
	int error = find_volume(tree, reader->chunk);

	if (error)
		return error;
	if ((reader->chunk[128] | reader->chunk[129] << 8) != ISO_BLOCK)
		return tree_fail(tree, -EINVAL, "expected blocks of %u bytes, got %d", ISO_BLOCK,
			reader->chunk[128] | reader->chunk[129] << 8);
	error = decode(tree, &root, reader->chunk + 156, RECORD_MIN);
	error = error ? error : find_rock_ridge(reader, &root);
	if (error)
		return error;
	node = tree_add(tree, 0, 0);
	if (!node)
		return -ENOMEM;
	node->folder = true;
	node->at = root.at;
	node->size = root.size;
	node->mtime = root.mtime;
	return read_folders(reader);
}

int tree_read_iso(struct tree *tree)
{
	struct reader reader = {.tree = tree, .chunk = calloc(1, CHUNK + ISO_BLOCK)};
	int error;

	if (!reader.chunk)
		return tree_fail(tree, -ENOMEM, "no memory");
	reader.cache.block = reader.chunk + CHUNK;
	error = read_volume(&reader);
	free(reader.chunk);
	return error;
}
