/* SPDX-License-Identifier: ISC */
/*
 * The fuzzer plays the console's reader: its indices, its events, the shared page at the moment it
 * is loaded. Writing must neither crash nor wait, and no byte may come out in the wrong order as
 * long as the reader is honest.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <xen/xen.h>
#include <xen/io/console.h>

#include "tests/fakexen/fakexen.h"
#include "tests/fakexen/platform.h"
#include "tests/support/input.h"
#include "xen/console.h"
#include "xen/evtchn.h"
#include "xen/pvclock.h"

static uint8_t next_written, next_read; /* the text is a counting sequence */
static bool honest;

/* Letters only, so that no line feed is widened. */
static void write_text(size_t len)
{
	char text[600];

	for (size_t i = 0; i < len; i++)
		text[i] = (char)('A' + (next_written++ & 31));
	console_write(text, len);
}

static void read_text(uint32_t count)
{
	struct xencons_interface *ring = fakexen_console();

	for (; count && ring->out_cons != ring->out_prod; count--) {
		char c = ring->out[MASK_XENCONS_IDX(ring->out_cons, ring->out)];

		ring->out_cons++;
		must(c == (char)('A' + (next_read++ & 31)));
	}
	fakexen_raise(FAKEXEN_CONSOLE_PORT);
}

static void before_load(const void *at, size_t size)
{
	uintptr_t page = (uintptr_t)fakexen_console();

	if (!left || (uintptr_t)at < page || (uintptr_t)at >= page + 4096 || size != 4)
		return;
	if (byte() & 15)
		return;
	honest = false;
	*(uint32_t *)(uintptr_t)at = word();
}

static void step(void)
{
	struct xencons_interface *ring = fakexen_console();

	switch (byte() % 8) {
	case 0:
	case 1:
		/* No more than ring and backlog take, else bytes are dropped. */
		if (console_stats.dropped == 0 &&
			(uint32_t)(ring->out_prod - ring->out_cons) < 1000)
			write_text(byte() * 2u);
		break;
	case 2:
	case 3:
		if (honest)
			read_text(byte() * 8u);
		break;
	case 4:
		(void)evtchn_poll();
		break;
	case 5:
		ring->in_prod = byte() & 1 ? word() : ring->in_prod + byte();
		fakexen_raise(FAKEXEN_CONSOLE_PORT);
		break;
	case 6:
		if (byte() & 1)
			break;
		honest = false;
		ring->out_cons = word();
		fakexen_raise(FAKEXEN_CONSOLE_PORT);
		break;
	default:
		if (byte() & 1)
			console_flush();
		else
			console_drain(1000);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static bool booted;
	struct xencons_interface *ring;

	if (!booted) {
		fakexen_init();
		pvclock_init(fakexen_shared());
	}
	booted = true;
	ring = fakexen_console();
	/* Empties the backlog of the last run into a reader that wants it all. */
	memset(ring, 0, sizeof(*ring));
	evtchn_init(fakexen_shared());
	must(!console_init(ring, FAKEXEN_CONSOLE_PORT));
	for (unsigned i = 0; i < 8; i++) {
		ring->out_cons = ring->out_prod;
		console_flush();
	}
	ring->out_cons = ring->out_prod;
	console_stats.dropped = 0;
	next_written = next_read = 0;
	honest = true;
	data = bytes;
	left = len;
	fakexen_before_load = left && byte() & 1 ? before_load : NULL;
	while (left)
		step();
	fakexen_before_load = NULL;
	must(!evtchn_poll() || console_stats.broken || evtchn_poll() == false);
	return 0;
}
