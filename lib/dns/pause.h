/* SPDX-License-Identifier: ISC */
/*
 * How long work (loading, finishing or copying a zone) lets its caller do other things meanwhile.
 * The engine has no clock and no threads: it only says where a pause would be well placed, every
 * few microseconds of work, and the caller's CALL decides whether to make one. What is worked on is
 * not seen by anybody else.
 */
#ifndef LIB_DNS_PAUSE_H
#define LIB_DNS_PAUSE_H

#include <stddef.h>

#define DNS_PAUSE_EVERY 32u /* steps: names or records */

struct dns_pause {
	void (*call)(void *ctx);
	void *ctx;
	unsigned steps; /* since the last call */
};

/* A step is done. PAUSE may be NULL: nobody waits. */
static inline void dns_pause_step(struct dns_pause *pause)
{
	if (pause && ++pause->steps >= DNS_PAUSE_EVERY) {
		pause->steps = 0;
		pause->call(pause->ctx);
	}
}

#endif
