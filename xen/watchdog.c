/* SPDX-License-Identifier: ISC */
/* Xen's watchdog; see watchdog.h. Called by the machine's root, round the loop. */
#include "xen/watchdog.h"

#include <stdbool.h>

#include <xen/xen.h>
#include <xen/sched.h>

#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "xen/hypercall.h"
#include "xen/pvclock.h"
#include "xen/start.h"

#define NS_PER_S 1000000000ull
#define FEEDS    4 /* within the time that it lets pass */

uint64_t watchdog_seconds;

static uint32_t timer; /* Xen's number for it; 0: disarmed */
static uint64_t fed;
static bool started, refused;

/* Sets Xen's timer anew; 0 ends it. */
static void set(uint32_t seconds)
{
	struct sched_watchdog op = {.id = timer, .timeout = seconds};
	long rc = hypercall_sched_op(SCHEDOP_watchdog, &op);

	if (rc < 0) {
		refused = true;
		log_warning(
			"watchdog", "the host gives none (%ld): a hang will not be noticed", rc);
	}
	if (rc < 0 || !seconds)
		timer = 0;
	else if (!timer)
		timer = (uint32_t)rc;
	fed = pvclock_monotonic_ns();
}

void watchdog_disarm(void)
{
	if (timer)
		set(0);
}

void watchdog_arm(void)
{
	if (!timer && started && watchdog_seconds && !refused)
		set((uint32_t)watchdog_seconds);
}

void watchdog_feed(uint64_t now)
{
	if (timer && now - fed >= watchdog_seconds * NS_PER_S / FEEDS)
		set((uint32_t)watchdog_seconds);
}

void watchdog_wait(uint64_t deadline)
{
	uint64_t rest = pvclock_monotonic_ns() + WATCHDOG_REST_NS;

	if (!started) {
		started = true;
		watchdog_arm();
	}
	if (!timer || deadline <= rest) {
		xen_wait(deadline);
	} else {
		xen_wait(rest);
		if (pvclock_monotonic_ns() < rest)
			return;
		watchdog_disarm();
		xen_wait(deadline);
	}
	watchdog_arm();
}
