/* SPDX-License-Identifier: ISC */
/*
 * Makes a tree of a cpio or tar archive in memory: its paths, sorted, are parted into folders level
 * by level. Of a path that is there twice the last one counts, as when it is unpacked. Called by
 * tree.c.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/archive/archive.h"
#include "lib/base/bytes.h"
#include "lib/tree/internal.h"

struct entry {
	const uint8_t *data;
	uint64_t size;
	int64_t mtime;
	uint32_t path, order; /* in tree->names; in the archive */
	uint32_t len;
};
_Static_assert(sizeof(struct entry) <= TREE_ITEM_MAX, "entries can be sorted");

/* Which of the entries a folder has, while it is not finished. */
struct range {
	uint32_t from, to;
};

struct builder {
	struct tree *tree;
	struct entry *entries;
	uint32_t count;
};

static int damaged(struct tree *tree)
{
	return tree_fail(tree, -EINVAL, "the archive is damaged, or a name in it is too long");
}

/* How many files there are, and the bytes of their paths. */
static int measure(struct builder *builder, const struct archive *archive, size_t *bytes)
{
	struct archive_file *file = malloc(sizeof(*file));
	size_t cursor = 0;
	int got = file ? 1 : -ENOMEM;

	*bytes = 0;
	while (got > 0 && (got = archive_next(archive, &cursor, file)) > 0) {
		builder->count++;
		*bytes += strlen(file->name);
	}
	free(file);
	if (got == -ENOMEM)
		return tree_fail(builder->tree, got, "no memory");
	return got ? damaged(builder->tree) : 0;
}

static int collect(struct builder *builder, const struct archive *archive)
{
	struct archive_file *file = malloc(sizeof(*file));
	struct tree *tree = builder->tree;
	size_t cursor = 0, len;
	uint32_t i;

	if (!file)
		return tree_fail(tree, -ENOMEM, "no memory");
	for (i = 0; i < builder->count && archive_next(archive, &cursor, file) > 0; i++) {
		len = strlen(file->name);
		builder->entries[i] = (struct entry){.data = file->data,
			.size = file->len,
			.mtime = file->mtime,
			.path = (uint32_t)tree->names_used,
			.order = i,
			.len = (uint32_t)len};
		memcpy(tree->names + tree->names_used, file->name, len);
		tree->names_used += len;
	}
	free(file);
	return 0;
}

/* ---- order: by parts, a path before those that it begins; of the same, by their order ---- */

static int compare(const void *ctx, const void *first, const void *second)
{
	const struct tree *tree = ctx;
	const struct entry *a = first, *b = second;
	const char *p = tree->names + a->path, *q = tree->names + b->path;
	size_t i, len = MIN(a->len, b->len);

	for (i = 0; i < len && p[i] == q[i]; i++)
		;
	if (i == len && a->len != b->len)
		return a->len < b->len ? -1 : 1;
	if (i == len)
		return a->order < b->order ? -1 : 1;
	if (p[i] == '/' || q[i] == '/')
		return p[i] == '/' ? -1 : 1;
	return (uint8_t)p[i] < (uint8_t)q[i] ? -1 : 1;
}

/* ---- folders ---- */

/* The part of ENTRY's path from FROM on: its length. */
static uint32_t part(const struct builder *builder, const struct entry *entry, uint32_t from)
{
	const char *path = builder->tree->names + entry->path;
	uint32_t end = from;

	while (end < entry->len && path[end] != '/')
		end++;
	return end - from;
}

/* Whether entries A and B have the same part, LEN bytes from FROM on. */
static bool same_part(const struct builder *builder, const struct entry *a, const struct entry *b,
	uint32_t from, uint32_t len)
{
	return part(builder, b, from) == len &&
	       memcmp(builder->tree->names + a->path + from, builder->tree->names + b->path + from,
		       len) == 0;
}

static void set_range(struct tree_node *node, struct range range)
{
	node->at = (uint64_t)range.from << 32 | range.to;
}

static struct range range_of(const struct tree_node *node)
{
	return (struct range){(uint32_t)(node->at >> 32), (uint32_t)node->at};
}

/* The node of entries [FROM, TO), which have the part of LEN bytes from PREFIX on in common. */
static int add_part(
	struct builder *builder, uint32_t from, uint32_t to, uint32_t prefix, uint32_t len)
{
	const struct entry *entry = &builder->entries[from], *last = &builder->entries[to - 1];
	struct tree *tree = builder->tree;
	struct tree_node *node;

	if (len > TREE_NAME_MAX)
		return damaged(tree);
	node = tree_add(tree, entry->path + prefix, (uint8_t)len);
	if (!node)
		return -ENOMEM;
	if (entry->len != prefix + len) { /* and so it is of all of them */
		node->folder = true;
		set_range(node, (struct range){from, to});
		return 0;
	}
	if (last->len != entry->len)
		return tree_fail(tree, -EINVAL, "\"%.*s\" is a file and a folder",
			(int)MIN(entry->len, 100), tree->names + entry->path);
	node->at = (uint64_t)(last->data - tree->memory);
	node->size = last->size;
	node->mtime = last->mtime;
	return 0;
}

static int part_folder(struct builder *builder, uint32_t folder, uint32_t prefix)
{
	struct range range = range_of(&builder->tree->nodes[folder]);
	uint32_t first = builder->tree->count, from, to, len;
	int error = 0;

	for (from = range.from; from < range.to && !error; from = to) {
		len = part(builder, &builder->entries[from], prefix);
		for (to = from + 1; to < range.to && same_part(builder, &builder->entries[from],
							     &builder->entries[to], prefix, len);
			to++)
			;
		error = add_part(builder, from, to, prefix, len);
	}
	return error ? error : tree_finish_folder(builder->tree, folder, first);
}

/* The bytes of a path that lead to what is in FOLDER. */
static uint32_t prefix_of(const struct builder *builder, uint32_t folder)
{
	const struct tree_node *node = &builder->tree->nodes[folder];

	if (!folder)
		return 0;
	return node->name + node->name_len + 1 - builder->entries[range_of(node).from].path;
}

static int build(struct builder *builder)
{
	struct tree *tree = builder->tree;
	struct tree_node *root = tree_add(tree, 0, 0);
	uint32_t i;
	int error = 0;

	if (!root)
		return -ENOMEM;
	root->folder = true;
	set_range(root, (struct range){0, builder->count});
	for (i = 0; i < tree->count && !error; i++) {
		if (tree->nodes[i].folder)
			error = part_folder(builder, i, prefix_of(builder, i));
	}
	return error;
}

static int read_entries(struct builder *builder, const struct archive *archive, size_t name_bytes)
{
	struct tree *tree = builder->tree;
	int error = tree_reserve_names(tree, name_bytes);

	error = error ? error : collect(builder, archive);
	if (error)
		return error;
	tree_sort(builder->entries, builder->count, sizeof(struct entry), compare, tree);
	return build(builder);
}

int tree_read_archive(struct tree *tree)
{
	struct builder builder = {.tree = tree};
	struct archive archive;
	const char *message = "";
	size_t bytes, entry_bytes;
	int error;

	if (archive_open(&archive, tree->memory, (size_t)tree->size, &message) != 0)
		return tree_fail(tree, -EINVAL, "%s, or an ISO 9660 image", message);
	error = measure(&builder, &archive, &bytes);
	if (error)
		return error;
	entry_bytes = (size_t)builder.count * sizeof(struct entry);
	builder.entries = entry_bytes < tree->memory_max ? calloc(1, entry_bytes + 1) : NULL;
	if (!builder.entries)
		return tree_fail(tree, -ENOMEM,
			"its %u files do not fit into the %zu bytes that they may use, or there is "
			"no memory",
			builder.count, tree->memory_max);
	tree->memory_max -= entry_bytes;
	error = read_entries(&builder, &archive, bytes);
	tree->memory_max += entry_bytes;
	free(builder.entries);
	return error;
}
