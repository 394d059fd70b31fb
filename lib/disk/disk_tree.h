/* SPDX-License-Identifier: ISC */
/* A block device as the source of a tree (lib/tree/tree.h): reads park the calling thread. */
#ifndef LIB_DISK_DISK_TREE_H
#define LIB_DISK_DISK_TREE_H

#include "lib/tree/tree.h"

#define DISK_TREE_MARK 2048 /* bytes by which an image is known again */

struct blkdev;

struct disk_tree {
	struct tree_source source; /* for tree_open() */
	struct blkdev *dev;
	unsigned losses;
	uint8_t mark[DISK_TREE_MARK];
};

/*
 * DEV is up. 0, or what the disk said. Owned by the caller, while the tree is open. Reads fail with
 * -ENODEV while the disk is away, and with -ESTALE when it has come back with another image, which
 * must be opened anew.
 */
int disk_tree_init(struct disk_tree *tree, struct blkdev *dev);

#endif
