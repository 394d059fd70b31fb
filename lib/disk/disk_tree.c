/* SPDX-License-Identifier: ISC */
/*
 * The tree's view of a block device: see disk_tree.h. A disk that was away is known again by the
 * image's volume descriptor, which has the time when it was made.
 */
#include "lib/disk/disk_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/blkdev.h"
#include "lib/base/list.h"
#include "lib/disk/disk.h"

#define MARK_AT 32768u /* the primary volume descriptor, as a rule (ECMA-119, 6.2.1) */

static int recognise(struct disk_tree *tree)
{
	unsigned losses = disk_losses(tree->dev);
	uint8_t *now = malloc(DISK_TREE_MARK);
	int error = now ? disk_read_bytes(tree->dev, MARK_AT, now, DISK_TREE_MARK) : -ENOMEM;

	if (!error && memcmp(now, tree->mark, DISK_TREE_MARK) != 0)
		error = -ESTALE;
	free(now);
	if (!error)
		tree->losses = losses;
	return error;
}

static int read_bytes(struct tree_source *source, uint64_t offset, void *data, size_t len)
{
	struct disk_tree *tree = container_of(source, struct disk_tree, source);
	int error = 0;

	if (disk_losses(tree->dev) != tree->losses)
		error = recognise(tree);
	if (!error)
		error = disk_read_bytes(tree->dev, offset, data, len);
	/* It may have been changed for another one amid the call. */
	if (!error && disk_losses(tree->dev) != tree->losses)
		error = -ENODEV;
	return error;
}

int disk_tree_init(struct disk_tree *tree, struct blkdev *dev)
{
	*tree = (struct disk_tree){
		.source = {.read = read_bytes, .size = dev->sectors * dev->sector_size},
		.dev = dev,
		.losses = disk_losses(dev)};
	if (tree->source.size < MARK_AT + DISK_TREE_MARK)
		return 0; /* no image; tree_open() says so */
	return disk_read_bytes(dev, MARK_AT, tree->mark, DISK_TREE_MARK);
}
