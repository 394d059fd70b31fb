/* SPDX-License-Identifier: ISC */
/*
 * A guest that has booted on fakexen with an honest store and honest network backends: what most
 * tests begin with. Included once, by the program's main file.
 */
#ifndef TESTS_FAKEXEN_BOOT_H
#define TESTS_FAKEXEN_BOOT_H

#include <stdbool.h>
#include <stdlib.h>

#include "drivers/netfront.h"
#include "tests/fakexen/fakenetback.h"
#include "tests/fakexen/fakestore.h"
#include "tests/fakexen/fakexen.h"
#include "tests/fakexen/platform.h"
#include "xen/start.h"

#define BOOT_VIFS 3

static struct fakenetback boot_backs[BOOT_VIFS];

static inline bool boot_host(void)
{
	bool any = fakestore_turn();

	for (unsigned i = 0; i < BOOT_VIFS; i++)
		any |= boot_backs[i].attached && fakenetback_turn(&boot_backs[i]);
	return any;
}

/* The toolstack's nodes, the shared page, the store: no devices yet. */
static inline void boot_prepare(void)
{
	fakexen_init();
	fakestore_init();
	fakestore_write("control/shutdown", "");
	fakexen_host = boot_host;
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
