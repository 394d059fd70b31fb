/* SPDX-License-Identifier: ISC */
/*
 * The console ring (xen/io/console.h). Writing never blocks and never allocates: what the ring
 * cannot take waits in a bounded backlog, and what that cannot take is dropped and counted, so
 * a console that nobody reads never stops the service. Safe at any time, from a panic too.
 * Line feeds are sent as CR LF, since `xl console` puts the terminal into raw mode.
 */
#ifndef XEN_CONSOLE_H
#define XEN_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xencons_interface;

struct console_stats {
	uint64_t written; /* bytes put into the ring */
	uint64_t dropped; /* bytes that found no room */
	bool broken;      /* the other side's index made no sense: the ring is left alone */
};
extern struct console_stats console_stats;

/* Where text goes before and beside the ring (port 0xE9), or NULL for nowhere. */
void console_set_early(void (*write)(const char *text, size_t len));

/* RING is mapped, PORT its channel, not adopted yet. 0 or -Exxx. Sends what waits in the backlog.
 */
int console_init(struct xencons_interface *ring, uint32_t port);

/* The ring has gone with the domain: text waits in the backlog for the next console_init(). */
void console_forget(void);

/* The other side is told of new text at the next evtchn_poll(), or at once when the ring is full.
 */
void console_write(const char *text, size_t len);
/* Tells the other side now. */
void console_flush(void);
/* Flushes and waits until all is read, at most NS; for the end of the domain. */
void console_drain(uint64_t ns);

#endif
