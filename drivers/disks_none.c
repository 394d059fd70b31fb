/* SPDX-License-Identifier: ISC */
/* Disks in an image that has no use for them; see disks.h. */
#include "drivers/disks.h"

#include "drivers/driverless.h"

void disks_init(void)
{
	driverless_init();
}
