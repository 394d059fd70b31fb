/* SPDX-License-Identifier: ISC */
/* The names of disks by their numbers, as Xen's docs/misc/vbd-interface.txt gives them. */
#ifndef DRIVERS_BLKFRONT_NAME_H
#define DRIVERS_BLKFRONT_NAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * 51712 is "xvda", 51713 "xvda1", 768 "hda", 2049 "sda1", 268439552 "xvdq". 0, or -EINVAL for a
 * number that names no disk. NAME has room for SIZE bytes, at least 16.
 */
int blkfront_name(uint32_t number, char *name, size_t size);

#endif
