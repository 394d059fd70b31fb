/* SPDX-License-Identifier: ISC */
/*
 * What the fuzzers of network and disk share: a backend that holds on to pages and writes where it
 * can, a host that suspends the domain, and the books that must add up. Bytes come from
 * tests/support/input.h. Included once, by the fuzzer's file.
 */
#ifndef TESTS_FAKEXEN_HOSTILE_H
#define TESTS_FAKEXEN_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fakexen/boot.h"
#include "tests/support/input.h"
#include "xen/gnttab.h"
#include "xen/suspend.h"

#define HOSTILE_HELD 8

static uint32_t hostile_held[HOSTILE_HELD];
static unsigned hostile_held_count;
static unsigned hostile_base_frames, hostile_base_free;

/* The guest has booted, without devices. The table of grants is grown by COUNT references first. */
static inline void hostile_open_books(unsigned count)
{
	uint32_t refs[1000];

	must(count <= 1000);
	for (unsigned i = 0; i < count; i++)
		must(!gnttab_take(&refs[i]));
	for (unsigned i = 0; i < count; i++)
		gnttab_put(refs[i]);
	hostile_base_frames = fakexen_frames_used();
	hostile_base_free = gnttab_stats.free;
}

static inline void hostile_check_sum(void)
{
	must(gnttab_stats.total == gnttab_stats.free + gnttab_stats.held + gnttab_stats.granted +
					   gnttab_stats.quarantined);
}

/* Looks at every entry of the table: too slow for each step. */
static inline void hostile_check_books(void)
{
	hostile_check_sum();
	must(fakexen_grants_valid() == gnttab_stats.granted + gnttab_stats.quarantined);
}

/* All devices have gone. */
static inline void hostile_check_gone(void)
{
	(void)gnttab_reap();
	must(gnttab_stats.free == hostile_base_free);
	must(fakexen_frames_used() == hostile_base_frames);
	must(fakexen_ports_open() == 2);
}

/* Keeps the page of REF mapped; not for rings, which backends map anyway. */
static inline void hostile_hold(uint32_t ref, bool write)
{
	for (unsigned i = 0; i < hostile_held_count; i++)
		if (hostile_held[i] == ref)
			return;
	if (hostile_held_count < HOSTILE_HELD && fakexen_map_grant(0, ref, write))
		hostile_held[hostile_held_count++] = ref;
}

static inline void hostile_let_go(void)
{
	while (hostile_held_count)
		fakexen_unmap_grant(hostile_held[--hostile_held_count]);
}

static inline void hostile_scribble(void *page)
{
	uint16_t at = half() % FRAME_SIZE;
	uint8_t count = byte() % 16;

	for (unsigned i = 0; i < count && at + i < FRAME_SIZE; i++)
		((uint8_t *)page)[at + i] = byte();
}

/* Whatever is going on, the domain becomes another; or, with CANCEL, stays as it is. */
static inline void hostile_suspend(bool cancel)
{
	boot_cancel = cancel;
	if (!cancel)
		hostile_held_count = 0; /* an old domain's grants are gone */
	suspend_ask();
	(void)xen_poll();
	must(suspend_deadline() == UINT64_MAX);
	boot_cancel = false;
	hostile_check_sum();
}

#endif
