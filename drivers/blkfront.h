/* SPDX-License-Identifier: ISC */
/*
 * The disk frontend (xen/io/blkif.h): each vbd of the domain becomes a struct blkdev. The machine's
 * root calls blkfront_init() before the devices are started; all else comes by events.
 * docs/blkfront.md tells a request's way and who owns each page when.
 */
#ifndef DRIVERS_BLKFRONT_H
#define DRIVERS_BLKFRONT_H

/* Registers the driver with xenbus. */
void blkfront_init(void);

#endif
