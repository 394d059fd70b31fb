/* SPDX-License-Identifier: ISC */
/*
 * Devices that the host attaches and this image has no driver for (disks): they are named on the
 * console and left alone, and when the host takes them away they are let go at once, so that `xl
 * block-detach` need not force it. Called by the machine's root before the devices are started.
 */
#ifndef DRIVERS_DRIVERLESS_H
#define DRIVERS_DRIVERLESS_H

void driverless_init(void);

#endif
