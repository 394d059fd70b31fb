/* SPDX-License-Identifier: ISC */
/*
 * Suspend and resume; see suspend.h. Called between two turns of the loop, never from a handler:
 * under it all channels, grants and rings change.
 */
#include "xen/suspend.h"

#include <xen/xen.h>
#include <xen/sched.h>

#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "xen/console.h"
#include "xen/hypercall.h"
#include "xen/pvclock.h"
#include "xen/start.h"
#include "xen/watchdog.h"

#define FLUSH_NS 10000000000ull /* the host waits 60 s, others 30 s */
#define DRAIN_NS 200000000ull

static bool (*ready)(void *ctx);
static void (*resumed)(void *ctx);
static void *hooks_ctx;

static bool asked;
static uint64_t deadline;

void suspend_set_hooks(bool (*on_ready)(void *ctx), void (*on_resumed)(void *ctx), void *ctx)
{
	ready = on_ready;
	resumed = on_resumed;
	hooks_ctx = ctx;
}

void suspend_ask(void)
{
	if (!asked)
		deadline = pvclock_monotonic_ns() + FLUSH_NS;
	asked = true;
}

uint64_t suspend_deadline(void)
{
	return asked ? deadline : UINT64_MAX;
}

static bool may_suspend(void)
{
	if (!ready || ready(hooks_ctx))
		return true;
	if (pvclock_monotonic_ns() < deadline)
		return false;
	log_warning("suspend", "the service has not flushed within %u s: suspended all the same",
		(unsigned)(FLUSH_NS / 1000000000));
	return true;
}

/* Another domain, perhaps on another host. What cannot be mapped there leaves no way on. */
static void resume(void)
{
	int error = xen_resume();
	unsigned now;

	if (error)
		platform_panic("Xen's pages cannot be mapped after a resume (%d)", error);
	if (resumed)
		resumed(hooks_ctx);
	error = xen_resume_devices();
	if (error)
		platform_panic("xenstore cannot be used after a resume (%d)", error);
	now = (unsigned)(pvclock_wall_ns() / 1000000000 % 86400);
	log_info("suspend", "resumed, as another domain, at %02u:%02u:%02u UTC", now / 3600,
		now / 60 % 60, now % 60);
}

bool suspend_turn(void)
{
	struct sched_shutdown op = {.reason = SHUTDOWN_suspend};
	long rc;

	if (!asked || !may_suspend())
		return false;
	asked = false;
	log_info("suspend", "suspended");
	console_drain(DRAIN_NS);
	/* Monotonic time goes on from the last time that was seen. */
	(void)pvclock_monotonic_ns();
	watchdog_disarm(); /* its clock runs on while the domain is saved */
	rc = hypercall_sched_op(SCHEDOP_shutdown, &op);
	if (!rc)
		resume();
	else if (rc > 0)
		log_info("suspend", "runs on, as the same domain");
	else
		log_error("suspend", "Xen does not suspend the domain (%ld)", rc);
	watchdog_arm();
	return true;
}
