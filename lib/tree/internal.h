/* SPDX-License-Identifier: ISC */
/* What the tree's files share: nodes, and how the two readers make them. See tree.h. */
#ifndef LIB_TREE_INTERNAL_H
#define LIB_TREE_INTERNAL_H

#include "lib/tree/tree.h"

#define TREE_ITEM_MAX 64 /* bytes of what tree_sort() sorts */

struct tree_node {
	uint64_t at; /* in the image, in bytes; of a folder while it is opened: the reader's own */
	union {
		uint64_t size; /* of a folder too, until its files have been read */
		struct {
			uint32_t first, count; /* nodes of what is in a folder */
		};
	};
	int64_t mtime;
	uint32_t name; /* in tree->names */
	uint8_t name_len;
	bool folder;
};
_Static_assert(sizeof(struct tree_node) <= TREE_ITEM_MAX, "nodes can be sorted");

/* Says in tree->message what is wrong; returns ERROR. */
int tree_fail(struct tree *tree, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Room for MORE names' bytes behind names_used. 0 or -ENOMEM. */
int tree_reserve_names(struct tree *tree, size_t more);
/* A new node at the end of all, zeroed, with a name that is in tree->names. NULL: -ENOMEM. */
struct tree_node *tree_add(struct tree *tree, uint32_t name, uint8_t name_len);
/* Whether NAME is one that a file may have: not empty, ".", "..", and without "/" and NUL. */
bool tree_is_name(const char *name, size_t len);
/* Puts the nodes from FIRST on in order, which are what FOLDER has. -EINVAL: two are alike. */
int tree_finish_folder(struct tree *tree, uint32_t folder, uint32_t first);
/* Sorts COUNT items, less than 2^31, of SIZE bytes, up to TREE_ITEM_MAX. */
void tree_sort(void *items, uint32_t count, size_t size,
	int (*compare)(const void *ctx, const void *a, const void *b), const void *ctx);
/* By bytes, a name before those that it begins. */
int tree_compare(const char *a, size_t a_len, const char *b, size_t b_len);

/* LEN bytes of the image. 0, -EINVAL: it is cut short, or what the source said. */
int tree_read_image(struct tree *tree, uint64_t offset, void *data, size_t len);

/* ---- iso.c, archive.c: fill a tree that has nothing but its source ---- */

bool tree_is_iso(struct tree *tree);
int tree_read_iso(struct tree *tree);
int tree_read_archive(struct tree *tree);

/* ---- rockridge.c ---- */

#define ISO_BLOCK 2048u

/* What the system use area of a directory record says (SUSP 1.12, RRIP 1.12). */
struct rock_ridge {
	char name[TREE_NAME_MAX];
	size_t name_len;
	uint32_t mode;     /* of POSIX; 0: not given */
	int64_t mtime;     /* 0: not given */
	uint32_t child;    /* CL: the block of the folder that stands elsewhere; 0: none */
	bool relocated;    /* RE: it stands for another place */
	bool link;         /* SL */
	bool compressed;   /* ZF */
	bool has_name;     /* there was an NM */
	bool special;      /* that said "." or ".." */
	bool susp;         /* SP: of the root alone */
	uint8_t susp_skip; /* with this */
};

/* Blocks of continuations: the last one is kept, since many records continue in the same. */
struct rock_cache {
	uint8_t *block; /* ISO_BLOCK bytes */
	uint64_t at;    /* where it is from; 0: none */
	unsigned reads;
};

/* 0, -EINVAL with a message, or what the source said. */
int rock_ridge_parse(struct tree *tree, struct rock_cache *cache, struct rock_ridge *rock,
	const uint8_t *data, size_t len);
/* Seven bytes: years since 1900, month, day, hour, minute, second, quarters of an hour from GMT. */
int64_t iso_date(const uint8_t *date);
uint32_t iso_u32(const uint8_t *p);

#endif
