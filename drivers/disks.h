/* SPDX-License-Identifier: ISC */
/*
 * What an image does with the disks that the host gives it: one of disks_blkfront.c (images that
 * name `disk` among their parts) and disks_none.c is linked. Called by the machine's root before
 * the devices are started.
 */
#ifndef DRIVERS_DISKS_H
#define DRIVERS_DISKS_H

void disks_init(void);

#endif
