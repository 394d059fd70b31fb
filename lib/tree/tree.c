/* SPDX-License-Identifier: ISC */
/* Trees as their users see them, and the nodes that the readers of formats make: see tree.h. */
#include "lib/tree/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/bytes.h"
#include "lib/tree/internal.h"

#define NODES_MAX UINT32_MAX / 2

int tree_fail(struct tree *tree, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(tree->message, sizeof(tree->message), format, args);
	va_end(args);
	return error;
}

/* ---- memory ---- */

/*
 * The room for WANTED items of SIZE bytes: twice what is there, or, where memory becomes scarce,
 * not much more than is wanted. 0: they may not be.
 */
static size_t larger_room(
	const struct tree *tree, size_t room, size_t wanted, size_t size, size_t others)
{
	size_t most = others < tree->memory_max ? (tree->memory_max - others) / size : 0;
	size_t better = MAX(MAX(2 * room, (size_t)64), wanted);

	if (wanted > most)
		return 0;
	return better <= most / 2 ? better : MIN(wanted + wanted / 8, most);
}

static int no_memory(struct tree *tree)
{
	return tree_fail(tree, -ENOMEM,
		"its %u files and folders do not fit into the %zu bytes that they may use, or "
		"there is no memory",
		tree->count, tree->memory_max);
}

int tree_reserve_names(struct tree *tree, size_t more)
{
	size_t wanted = tree->names_used + more, room;
	char *names;

	if (wanted <= tree->name_room)
		return 0;
	room = larger_room(
		tree, tree->name_room, wanted, 1, tree->node_room * sizeof(struct tree_node));
	names = room && room <= UINT32_MAX ? realloc(tree->names, room) : NULL;
	if (!names)
		return no_memory(tree);
	tree->names = names;
	tree->name_room = room;
	return 0;
}

static int reserve_node(struct tree *tree)
{
	size_t size = sizeof(struct tree_node), room;
	struct tree_node *nodes;

	if (tree->count < tree->node_room)
		return 0;
	room = larger_room(tree, tree->node_room, tree->count + (size_t)1, size, tree->name_room);
	nodes = room && tree->count < NODES_MAX ? realloc(tree->nodes, room * size) : NULL;
	if (!nodes)
		return no_memory(tree);
	tree->nodes = nodes;
	tree->node_room = room;
	return 0;
}

struct tree_node *tree_add(struct tree *tree, uint32_t name, uint8_t name_len)
{
	struct tree_node *node;

	if (reserve_node(tree) != 0)
		return NULL;
	node = &tree->nodes[tree->count++];
	*node = (struct tree_node){.name = name, .name_len = name_len};
	return node;
}

/* What was reserved and not used goes back. */
static void trim(struct tree *tree)
{
	void *less = realloc(tree->nodes, tree->count * sizeof(struct tree_node));

	if (less) {
		tree->nodes = less;
		tree->node_room = tree->count;
	}
	less = tree->names_used ? realloc(tree->names, tree->names_used) : NULL;
	if (less) {
		tree->names = less;
		tree->name_room = tree->names_used;
	}
}

/* ---- order ---- */

int tree_compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, MIN(a_len, b_len));

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_nodes(const void *ctx, const void *a, const void *b)
{
	const struct tree *tree = ctx;
	const struct tree_node *p = a, *q = b;

	return tree_compare(tree->names + p->name, p->name_len, tree->names + q->name, q->name_len);
}

int tree_finish_folder(struct tree *tree, uint32_t folder, uint32_t first)
{
	struct tree_node *nodes = tree->nodes + first;
	uint32_t count = tree->count - first, i;

	tree_sort(nodes, count, sizeof(*nodes), compare_nodes, tree);
	for (i = 1; i < count; i++) {
		if (compare_nodes(tree, &nodes[i - 1], &nodes[i]) == 0)
			return tree_fail(tree, -EINVAL,
				"damaged: a folder has two files called \"%.*s\"",
				MIN(nodes[i].name_len, 60), tree->names + nodes[i].name);
	}
	tree->nodes[folder].at = 0;
	tree->nodes[folder].first = first;
	tree->nodes[folder].count = count;
	return 0;
}

bool tree_is_name(const char *name, size_t len)
{
	if (!len || len > TREE_NAME_MAX || memchr(name, '/', len) || memchr(name, 0, len))
		return false;
	return name[0] != '.' || (len != 1 && (len != 2 || name[1] != '.'));
}

/* ---- opening ---- */

int tree_read_image(struct tree *tree, uint64_t offset, void *data, size_t len)
{
	int error;

	if (offset > tree->size || len > tree->size - offset)
		return tree_fail(tree, -EINVAL,
			"damaged, or cut short: it points to byte %llu, but has %llu bytes",
			(unsigned long long)offset + len, (unsigned long long)tree->size);
	if (tree->memory) {
		memcpy(data, tree->memory + offset, len);
		return 0;
	}
	error = tree->source->read(tree->source, offset, data, len);
	return error ? tree_fail(tree, error, "cannot be read: error %d", -error) : 0;
}

static int finish(struct tree *tree, int error)
{
	if (error)
		tree_close(tree);
	else
		trim(tree);
	return error;
}

int tree_open(struct tree *tree, struct tree_source *source, size_t memory_max)
{
	*tree = (struct tree){.source = source,
		.size = source->size,
		.memory_max = memory_max ? memory_max : TREE_MEMORY_DEFAULT};
	return finish(tree, tree_read_iso(tree));
}

int tree_open_memory(struct tree *tree, const void *data, size_t len, size_t memory_max)
{
	*tree = (struct tree){.memory = data,
		.size = len,
		.memory_max = memory_max ? memory_max : TREE_MEMORY_DEFAULT};
	return finish(tree, tree_is_iso(tree) ? tree_read_iso(tree) : tree_read_archive(tree));
}

void tree_close(struct tree *tree)
{
	free(tree->nodes);
	free(tree->names);
	tree->nodes = NULL;
	tree->names = NULL;
	tree->count = 0;
}

/* ---- using ---- */

static void describe(const struct tree *tree, uint32_t index, struct tree_file *file)
{
	const struct tree_node *node = &tree->nodes[index];

	*file = (struct tree_file){.name = node->name_len ? tree->names + node->name : "",
		.size = node->folder ? 0 : node->size,
		.mtime = node->mtime,
		.node = index,
		.name_len = node->name_len,
		.folder = node->folder};
}

/* The node NAME in FOLDER, or 0, which is the root and in no folder. */
static uint32_t find_in(
	const struct tree *tree, const struct tree_node *folder, const char *name, size_t len)
{
	uint32_t low = folder->first, high = low + folder->count, middle;
	const struct tree_node *node;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		node = &tree->nodes[middle];
		order = tree_compare(name, len, tree->names + node->name, node->name_len);
		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return 0;
}

/* One part of a path, from FROM on. 0 or -Exxx. */
static int step(const struct tree *tree, uint32_t *from, const char *name, size_t len)
{
	const struct tree_node *node = &tree->nodes[*from];

	if (!node->folder)
		return -ENOTDIR;
	if (!len || (len == 1 && name[0] == '.'))
		return 0;
	if (memchr(name, 0, len) || (len == 2 && name[0] == '.' && name[1] == '.'))
		return -EINVAL;
	*from = find_in(tree, node, name, len);
	return *from ? 0 : -ENOENT;
}

int tree_find(const struct tree *tree, const char *path, size_t len, struct tree_file *file)
{
	const char *end = path + len, *slash;
	uint32_t at = 0;
	int error;

	for (;; path = slash + 1) {
		slash = path < end ? memchr(path, '/', (size_t)(end - path)) : NULL;
		error = step(tree, &at, path, (size_t)((slash ? slash : end) - path));
		if (error)
			return error;
		if (!slash)
			break;
	}
	describe(tree, at, file);
	return 0;
}

int tree_next(const struct tree *tree, const struct tree_file *folder, uint32_t *cursor,
	struct tree_file *file)
{
	const struct tree_node *node = &tree->nodes[folder->node];

	if (!node->folder || *cursor >= node->count)
		return 0;
	describe(tree, node->first + *cursor, file);
	*cursor += 1;
	return 1;
}

long tree_read(const struct tree *tree, const struct tree_file *file, uint64_t offset, void *data,
	size_t len)
{
	const struct tree_node *node = &tree->nodes[file->node];
	int error = 0;

	if (node->folder)
		return -EISDIR;
	if (offset >= node->size)
		return 0;
	len = MIN(len, (size_t)LONG_MAX);
	len = (size_t)MIN(len, node->size - offset);
	if (tree->memory)
		memcpy(data, tree->memory + node->at + offset, len);
	else
		error = tree->source->read(tree->source, node->at + offset, data, len);
	return error ? error : (long)len;
}

const void *tree_data(const struct tree *tree, const struct tree_file *file)
{
	const struct tree_node *node = &tree->nodes[file->node];

	return tree->memory && !node->folder ? tree->memory + node->at : NULL;
}
