/* SPDX-License-Identifier: ISC */
/*
 * A guest that has booted on fakexen with an honest store and honest backends: what most tests
 * begin with. Of disks there is a driver only if the test calls blkfront_init() first. Included
 * once, by the program's main file.
 */
#ifndef TESTS_FAKEXEN_BOOT_H
#define TESTS_FAKEXEN_BOOT_H

#include <stdbool.h>
#include <stdlib.h>

#include "drivers/netfront.h"
#include "tests/fakexen/fakeblkback.h"
#include "tests/fakexen/fakenetback.h"
#include "tests/fakexen/fakestore.h"
#include "tests/fakexen/fakexen.h"
#include "tests/fakexen/platform.h"
#include "xen/start.h"

#define BOOT_VIFS  3
#define BOOT_DISKS 4

static struct fakenetback boot_backs[BOOT_VIFS];
static struct fakeblkback boot_disks[BOOT_DISKS];

static inline bool boot_host(void)
{
	bool any = fakestore_turn();

	for (unsigned i = 0; i < BOOT_VIFS; i++)
		any |= boot_backs[i].attached && fakenetback_turn(&boot_backs[i]);
	for (unsigned i = 0; i < BOOT_DISKS; i++)
		any |= boot_disks[i].attached && fakeblkback_turn(&boot_disks[i]);
	return any;
}

/* What happens to a suspended guest, and what its host then does; counted. */
static unsigned boot_suspensions;
static uint64_t boot_watchdog_end; /* when Xen would have ended the suspended domain; 0: never */
static bool boot_cancel;           /* it goes on as it was */
static uint64_t boot_resume_time = 1000000000; /* system time of the host that it goes on on */

/* Restored elsewhere: the same vifs and disks, each with a new backend. */
static inline long boot_suspended(void)
{
	boot_suspensions++;
	boot_watchdog_end = fakexen_watchdog_end;
	if (boot_cancel)
		return 1;
	/* The numbers of ports that vifs had, and sometimes those from before. */
	fakexen_new_domain(2 + boot_suspensions % 3, 1 + boot_suspensions % 3, boot_resume_time);
	fakestore_init();
	fakestore_write("control/shutdown", "");
	for (unsigned i = 0; i < BOOT_VIFS; i++)
		if (boot_backs[i].attached)
			fakenetback_attach(&boot_backs[i], i, "2");
	for (unsigned i = 0; i < BOOT_DISKS; i++)
		if (boot_disks[i].attached)
			fakeblkback_attach(&boot_disks[i], "2");
	return 0;
}

/* The toolstack's nodes, the shared page, the store: no devices yet. */
static inline void boot_prepare(void)
{
	fakexen_init();
	fakestore_init();
	fakestore_write("control/shutdown", "");
	fakexen_host = boot_host;
	fakexen_suspended = boot_suspended;
}

static inline void boot_guest(void)
{
	if (xen_start())
		abort();
	netfront_init();
	if (xen_start_devices() || !fakexen_settle())
		abort();
}

#endif
