/* SPDX-License-Identifier: ISC */
/* The paravirtual clock; see pvclock.h. The reading protocol is that of vcpu_time_info in
 * xen/xen.h. */
#include "xen/pvclock.h"

#include <stdbool.h>
#include <stddef.h>

#include <xen/xen.h>

#include "xen/shared.h"

#define NS_PER_S 1000000000ull

static const struct shared_info *shared_page;
/* Monotonic time is system time + offset; kept across a resume, where system time may jump. */
static uint64_t offset;
static uint64_t last;
static bool started;

static uint64_t read_tsc(void)
{
	/* Not before the loads ahead of it, and not after the second look at the version. */
	__builtin_ia32_lfence();
	return __builtin_ia32_rdtsc();
}

static uint64_t scale(uint64_t ticks, uint32_t mul, int8_t shift)
{
	if (shift >= 0)
		ticks <<= (unsigned)shift & 63;
	else
		ticks >>= (unsigned)-shift & 63;
	return (uint64_t)((unsigned __int128)ticks * mul >> 32);
}

/* An odd version: Xen is writing. Xen does so on this CPU while we do not run, so one more look is
 * enough. */
uint64_t pvclock_system_ns(void)
{
	const struct vcpu_time_info *time = &shared_page->vcpu_info[0].time;
	uint32_t version;
	uint64_t stamp, base, tsc;
	uint32_t mul;
	int8_t shift;

	do {
		version = shared_load(&time->version);
		shared_rmb();
		stamp = shared_load(&time->tsc_timestamp);
		base = shared_load(&time->system_time);
		mul = shared_load(&time->tsc_to_system_mul);
		shift = shared_load(&time->tsc_shift);
		tsc = read_tsc();
		shared_rmb();
	} while ((version & 1) || version != shared_load(&time->version));
	/*
	 * The stamp may be a little ahead of a counter that is not quite in step. And it wraps: the
	 * guest's counter starts at 0 with the domain, and the first stamp is of a moment before
	 * that.
	 */
	return base + ((int64_t)(tsc - stamp) > 0 ? scale(tsc - stamp, mul, shift) : 0);
}

void pvclock_init(const struct shared_info *shared)
{
	shared_page = shared;
	offset = last - pvclock_system_ns();
	started = true;
}

uint64_t pvclock_monotonic_ns(void)
{
	uint64_t now;

	if (!started)
		return 0;
	now = pvclock_system_ns() + offset;
	/* Compared as a difference, so that a jump back cannot look like one far ahead. */
	if ((int64_t)(now - last) > 0)
		last = now;
	return last;
}

uint64_t pvclock_wall_ns(void)
{
	uint32_t version, sec, nsec, high;

	if (!started)
		return 0;
	do {
		version = shared_load(&shared_page->wc_version);
		shared_rmb();
		sec = shared_load(&shared_page->wc_sec);
		high = shared_load(&shared_page->wc_sec_hi);
		nsec = shared_load(&shared_page->wc_nsec);
		shared_rmb();
	} while ((version & 1) || version != shared_load(&shared_page->wc_version));
	return ((uint64_t)high << 32 | sec) * NS_PER_S + nsec + pvclock_system_ns();
}

uint64_t pvclock_to_system(uint64_t monotonic)
{
	uint64_t system;

	if (monotonic == UINT64_MAX)
		return 0;
	system = monotonic - offset;
	/* 0 would mean "never", and a deadline before the system's start has passed anyway. */
	return system && (int64_t)system > 0 ? system : 1;
}
