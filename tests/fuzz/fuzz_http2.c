/* SPDX-License-Identifier: ISC */
/*
 * Any bytes as a connection of HTTP/2, behind the client's preface, given in pieces whose size the
 * first byte chooses, with handlers in threads of their own. Whatever comes: what goes out are
 * whole frames that a client must take, the connection ends, and with it all of its threads.
 */
#include "tests/unit/http_ask.h"
#include "tests/unit/machine.h"

#include "lib/http2/http2.h"
#include "lib/sched/sched.h"
#include "tests/support/fuzz.h"

#define FRAME_HEADER 9u
#define FRAME_MAX    16384u /* RFC 9113 section 4.2: until the client allows more, which none does */
#define STACK        ((size_t)64 * 1024) /* instrumented */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static struct {
	bool wanted;   /* a thread calls the connection's back from its read */
	unsigned left; /* turns that handlers have after the last byte */
} wake;

static void wake_up(void *ctx)
{
	(void)ctx;
	wake.wanted = true;
}

/* Lets the handlers run before each piece, and, when there is nothing more, for some turns. */
static long read_piece(void *ctx, void *data, size_t len)
{
	do {
		thread_yield();
		if (wake.wanted) {
			wake.wanted = false;
			return -EINTR;
		}
	} while (ask.in_at == ask.in_len && wake.left && wake.left--);
	return ask_read(ctx, data, len);
}

static void serve(void *arg)
{
	static const struct http2_wake by = {.wake = wake_up};
	struct http_connection conn = {.server = &ask_server,
		.io = {read_piece, ask_write, ask_phase, NULL},
		.stats = &ask.stats,
		.peer = "::1",
		.secure = true};

	(void)arg;
	http2_serve(&conn, &by);
}

/* The length that the frame header at P tells. */
static size_t frame_len(const uint8_t *p)
{
	return (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
}

static void check(void)
{
	const uint8_t *out = (const uint8_t *)ask.out;
	size_t at = 0;

	while (ask.out_len - at >= FRAME_HEADER) {
		size_t len = frame_len(out + at);

		if (len > FRAME_MAX || out[at + 5] & 0x80)
			abort();
		if (len > ask.out_len - at - FRAME_HEADER)
			break;
		at += FRAME_HEADER + len;
	}
	/* Only what has no room here any more is cut off. */
	if (at != ask.out_len && ask.out_len + FRAME_MAX + FRAME_HEADER < sizeof(ask.out))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char in[1 << 16];
	size_t start = sizeof(preface) - 1;

	if (!len || len - 1 > sizeof(in) - start)
		return 0;
	memcpy(in, preface, start);
	memcpy(in + start, data + 1, len - 1);
	ask.in = in;
	ask.in_len = start + len - 1;
	ask.in_at = ask.out_len = ask.writes = 0;
	ask.piece = (size_t)data[0] * 8;
	wake.wanted = false;
	wake.left = 50;
	machine_forget();
	sched_init();
	if (thread_create("connection", STACK, serve, NULL))
		abort();
	sched_run_until_idle();
	check();
	return 0;
}
