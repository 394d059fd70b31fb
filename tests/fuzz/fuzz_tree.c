/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as an image or an archive: a tree opens or says why not; what opens has only names that
 * are found again and files that lie within. An image's first 32 KiB, which nobody reads, are left
 * out of the input.
 */
#include "lib/tree/tree.h"

#include <errno.h>
#include <string.h>

#include "tests/support/input.h"

#define BEFORE     32768u
#define MEMORY_MAX ((size_t)32 * 1024)
#define READS_MAX  100000u

struct image {
	struct tree_source source;
	const uint8_t *data;
	unsigned reads;
};

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);

static int read_image(struct tree_source *source, uint64_t offset, void *out, size_t len)
{
	struct image *image = (struct image *)(void *)source;

	must(len && offset <= source->size && len <= source->size - offset);
	must(++image->reads < READS_MAX); /* however small it is, it must not take for ever */
	for (size_t i = 0; i < len; i++, offset++)
		((uint8_t *)out)[i] = offset < BEFORE ? 0 : image->data[offset - BEFORE];
	return 0;
}

static size_t append(char *path, size_t used, const struct tree_file *file)
{
	if (used)
		path[used++] = '/';
	memcpy(path + used, file->name, file->name_len);
	return used + file->name_len;
}

static void use_file(const struct tree *tree, const struct tree_file *file)
{
	uint8_t bytes[64];
	long len = tree_read(tree, file, 0, bytes, sizeof(bytes));

	if (file->folder) {
		must(len == -EISDIR && !tree_data(tree, file));
		return;
	}
	must(len == (long)(file->size < sizeof(bytes) ? file->size : sizeof(bytes)));
	if (file->size) {
		must(tree_read(tree, file, file->size - 1, bytes, sizeof(bytes)) == 1);
		must(tree_read(tree, file, UINT64_MAX, bytes, sizeof(bytes)) == 0);
	}
}

static void walk(const struct tree *tree, const struct tree_file *folder, char *path, size_t used,
	unsigned depth)
{
	struct tree_file file, found;
	uint32_t cursor = 0;

	must(depth <= TREE_DEPTH_MAX + 256u); /* an archive's paths are bounded by their length */
	while (tree_next(tree, folder, &cursor, &file)) {
		size_t len = append(path, used, &file);

		must(file.name_len && !memchr(file.name, '/', file.name_len));
		must(!(file.name_len == 2 && memcmp(file.name, "..", 2) == 0));
		must(tree_find(tree, path, len, &found) == 0 && found.node == file.node);
		use_file(tree, &file);
		if (file.folder)
			walk(tree, &file, path, len, depth + 1);
	}
}

static void use(struct tree *tree, int error)
{
	static char path[(TREE_DEPTH_MAX + 2) * (TREE_NAME_MAX + 1)];
	struct tree_file root;

	if (error) {
		must(*tree->message && !tree->nodes && !tree->names);
		return;
	}
	must(tree_find(tree, "", 0, &root) == 0 && root.folder);
	walk(tree, &root, path, 0, 0);
	tree_close(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	struct image image = {.source = {.read = read_image, .size = len + BEFORE}, .data = input};
	struct tree tree;
	uint8_t *copy;

	data = input;
	left = len;
	if (len > 6 && memcmp(input + 1, "CD001", 5) == 0) {
		use(&tree, tree_open(&tree, &image.source, MEMORY_MAX));
		return 0;
	}
	copy = malloc(len + 1); /* so that the sanitizer sees its end */
	must(copy != NULL);
	memcpy(copy, input, len);
	use(&tree, tree_open_memory(&tree, copy, len, MEMORY_MAX));
	free(copy);
	return 0;
}
