/* SPDX-License-Identifier: ISC */
/*
 * A read-only tree of files, from an ISO 9660 image with Rock Ridge names (on a disk or in memory)
 * or from a cpio or tar archive in memory. All names are read when it is opened, into memory that
 * is bounded; from then on a lookup does no I/O and takes a binary search for each part of a path.
 *
 * Nothing leads out of a tree: there are folders and regular files in it and nothing else, ".." is
 * refused, symbolic links and devices are left out. Once open it does not change: any number of
 * threads may use it, also while others read. docs/tree.md tells how images are made.
 */
#ifndef LIB_TREE_TREE_H
#define LIB_TREE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TREE_NAME_MAX       255
#define TREE_DEPTH_MAX      64 /* folders within folders */
#define TREE_MEMORY_DEFAULT ((size_t)8 * 1024 * 1024)

/* Where an image is. Owned by the caller, while the tree is open. */
struct tree_source {
	/* LEN bytes from byte OFFSET on, within SIZE. 0 or -Exxx. May park the calling thread. */
	int (*read)(struct tree_source *source, uint64_t offset, void *data, size_t len);
	uint64_t size; /* bytes */
};

struct tree_node;

/* Owned by the caller; its fields are the tree's own but for what is said of them. */
struct tree {
	struct tree_source *source; /* of an image on a disk; else NULL */
	const uint8_t *memory;
	uint64_t size;
	struct tree_node *nodes; /* the first is the root; a folder's stand together, in order */
	char *names;
	size_t node_room, name_room, names_used;
	size_t memory_max;
	uint32_t count;    /* to be read: files and folders, with the root */
	uint32_t left_out; /* to be read: symbolic links and other things that are no files */
	char message[160]; /* to be read: why tree_open() failed */
};

struct tree_file {
	const char *name; /* the last part of its path, NAME_LEN bytes, without a NUL at its end */
	uint64_t size;    /* bytes; 0 of a folder */
	int64_t mtime;    /* seconds since 1970-01-01 00:00 UTC; 0: not known */
	uint32_t node;    /* the tree's own number for it, the same while it is open */
	uint8_t name_len;
	bool folder;
};

/*
 * Opens the image in SOURCE. MEMORY_MAX bounds the bytes that the tree may use, while it is opened
 * too; 0 stands for TREE_MEMORY_DEFAULT: about 100,000 files. 0, or
 * -EINVAL    it is no such image, or a damaged one
 * -ENOMEM    more memory than there is, or than it may use
 * or what the source said. Then nothing need be closed, and tree->message has a line for a person.
 */
int tree_open(struct tree *tree, struct tree_source *source, size_t memory_max);
/* The same for LEN bytes at DATA, which stay there: an image, or a cpio or tar archive. */
int tree_open_memory(struct tree *tree, const void *data, size_t len, size_t memory_max);
void tree_close(struct tree *tree);

/*
 * What is at PATH, of LEN bytes of any kind, parted by "/"; it may begin with one, and end with one
 * if it is a folder. "" and "/" are the root. 0, -ENOENT, -ENOTDIR (a file is used as a folder),
 * -EINVAL (a part is "..", or a NUL is in it).
 */
int tree_find(const struct tree *tree, const char *path, size_t len, struct tree_file *file);

/*
 * The file after the one at *CURSOR (0 to start) in FOLDER, in the order of bytes. 1 found, 0 none.
 */
int tree_next(const struct tree *tree, const struct tree_file *folder, uint32_t *cursor,
	struct tree_file *file);

/*
 * Up to LEN bytes of FILE from OFFSET on. Returns how many, which is less than LEN only at the
 * file's end; -EISDIR, or what the source said.
 */
long tree_read(const struct tree *tree, const struct tree_file *file, uint64_t offset, void *data,
	size_t len);
/* All of FILE where it lies, if it is in memory and no folder; else NULL. */
const void *tree_data(const struct tree *tree, const struct tree_file *file);

#endif
