/* SPDX-License-Identifier: ISC */
/* The console ring; see console.h. Called by the log, by panics and by the loop. */
#include "xen/console.h"

#include <string.h>

#include <xen/xen.h>
#include <xen/io/console.h>

#include "lib/base/bytes.h"
#include "xen/evtchn.h"
#include "xen/pvclock.h"
#include "xen/shared.h"

#define BACKLOG_SIZE 8192u /* a power of two */
#define OUT_SIZE     ((uint32_t)sizeof(((struct xencons_interface *)0)->out))
#define IN_SIZE      ((uint32_t)sizeof(((struct xencons_interface *)0)->in))

struct console_stats console_stats;

static struct xencons_interface *page;
static uint32_t channel;
static void (*early_write)(const char *text, size_t len);

/* Bytes [backlog_start, backlog_end), free-running, wait for room in the ring. */
static char backlog[BACKLOG_SIZE];
static uint32_t backlog_start, backlog_end;

static uint32_t out_prod; /* ours: the shared copy is only ever written */
static uint32_t in_cons;
static bool unannounced; /* text is in the ring that no event has told of */

void console_set_early(void (*write)(const char *text, size_t len))
{
	early_write = write;
}

static void push_backlog(char c)
{
	if (backlog_end - backlog_start == BACKLOG_SIZE) {
		console_stats.dropped++;
		return;
	}
	backlog[backlog_end++ % BACKLOG_SIZE] = c;
}

/* Room in the ring; 0 also when the other side's index makes no sense, which ends the console. */
static uint32_t ring_room(void)
{
	uint32_t filled;

	if (!page || console_stats.broken)
		return 0;
	filled = out_prod - shared_load(&page->out_cons);
	if (filled > OUT_SIZE) {
		console_stats.broken = true;
		return 0;
	}
	/* What is written below was read by the other side before it moved its index. */
	shared_mb();
	return OUT_SIZE - filled;
}

/* Moves what fits from the backlog into the ring. */
static void fill_ring(void)
{
	uint32_t room = ring_room();
	uint32_t count = MIN(room, backlog_end - backlog_start);

	if (!count)
		return;
	for (uint32_t i = 0; i < count; i++)
		page->out[MASK_XENCONS_IDX(out_prod++, page->out)] =
			backlog[backlog_start++ % BACKLOG_SIZE];
	/* The text is there before the index says so. */
	shared_wmb();
	shared_store(&page->out_prod, out_prod);
	console_stats.written += count;
	unannounced = true;
}

static void announce(void)
{
	if (!unannounced)
		return;
	unannounced = false;
	(void)evtchn_send(channel);
}

/* Nobody reads what is typed: it is taken away, so that the other side's ring does not fill. */
static bool discard_input(void)
{
	uint32_t prod = shared_load(&page->in_prod);

	if (prod == in_cons)
		return false;
	if (prod - in_cons > IN_SIZE) {
		console_stats.broken = true;
		return false;
	}
	in_cons = prod;
	shared_mb();
	shared_store(&page->in_cons, in_cons);
	return true;
}

static bool on_event(void *ctx)
{
	(void)ctx;
	if (console_stats.broken)
		return false;
	if (discard_input())
		unannounced = true;
	fill_ring();
	announce();
	return false;
}

int console_init(struct xencons_interface *ring, uint32_t port)
{
	int error = evtchn_adopt(port);

	if (error)
		return error;
	page = ring;
	channel = port;
	console_stats.broken = false;
	out_prod = shared_load(&ring->out_prod);
	in_cons = shared_load(&ring->in_cons);
	evtchn_set_handler(port, on_event, NULL);
	fill_ring();
	evtchn_mark(port);
	return 0;
}

void console_forget(void)
{
	page = NULL;
	unannounced = false;
}

void console_write(const char *text, size_t len)
{
	if (early_write)
		early_write(text, len);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			push_backlog('\r');
		push_backlog(text[i]);
		/* A long text must not overrun the backlog while the ring has room. */
		if (backlog_end - backlog_start == BACKLOG_SIZE)
			fill_ring();
	}
	if (console_stats.broken)
		backlog_start = backlog_end;
	if (!page)
		return;
	fill_ring();
	/* Told at once only when the reader must make room; else with the next turn of the loop. */
	if (backlog_start != backlog_end)
		announce();
	else if (unannounced)
		evtchn_mark(channel);
}

void console_flush(void)
{
	if (!page)
		return;
	fill_ring();
	announce();
}

static bool all_read(void)
{
	return backlog_start == backlog_end && shared_load(&page->out_cons) == out_prod;
}

void console_drain(uint64_t ns)
{
	uint64_t deadline;

	if (!page)
		return;
	deadline = pvclock_system_ns() + ns;
	console_flush();
	while (!console_stats.broken && !all_read() && pvclock_system_ns() < deadline) {
		if (evtchn_wait_one(channel, deadline))
			return;
		(void)evtchn_poll_one(channel);
	}
}
