/* SPDX-License-Identifier: ISC */
/* Disks in an image that uses them; see disks.h. */
#include "drivers/disks.h"

#include "drivers/blkfront.h"

void disks_init(void)
{
	blkfront_init();
}
