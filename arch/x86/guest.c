/* SPDX-License-Identifier: ISC */
/*
 * The guest's root: boots the machine in order, gives it to the app, and answers for the platform
 * (lib/base/platform.h). Entered from start.S with the start info that Xen's toolstack made
 * (xen/arch-x86/hvm/start_info.h). docs/boot.md tells the order and its reasons.
 */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/sched.h>

#include "arch/x86/cpu.h"
#include "arch/x86/early.h"
#include "arch/x86/entropy.h"
#include "arch/x86/hypercall.h"
#include "arch/x86/memory.h"
#include "arch/x86/paging.h"
#include "arch/x86/report.h"
#include "arch/x86/traps.h"
#include "drivers/netfront.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/sched/sched.h"
#include "xen/console.h"
#include "xen/hypercall.h"
#include "xen/lifecycle.h"
#include "xen/pvclock.h"
#include "xen/settings.h"
#include "xen/start.h"
#include "xen/suspend.h"

#define CMDLINE_MAX 1024
#define PANIC_LINE  256

void x86_start(const struct hvm_start_info *info) __attribute__((noreturn));
void __stack_chk_fail(void) __attribute__((noreturn));

/* The stack protector's value. Set once, by a function that is not protected itself. */
extern uintptr_t __stack_chk_guard;
uintptr_t __stack_chk_guard;

static char cmdline[CMDLINE_MAX]; /* ends in NUL, and is refused if cut */
static size_t cmdline_len;
static const void *archive;
static size_t archive_len;

static struct {
	void (*fn)(void *ctx, enum platform_exit how);
	void *ctx;
} on_shutdown;

static struct {
	bool (*ready)(void *ctx);
	void (*resumed)(void *ctx);
	void *ctx;
} on_suspend;

/* ---- the end --------------------------------------------------------------------------------- */

static void shutdown(unsigned reason)
{
	struct sched_shutdown arg = {.reason = reason};

	hypercall_sched_op(SCHEDOP_shutdown, &arg);
}

static void crash(void) __attribute__((noreturn));
static void crash(void)
{
	console_drain(100000000);
	shutdown(SHUTDOWN_crash);
	cpu_halt_for_ever();
}

static const char *running_thread(void)
{
	const struct thread *thread = thread_current();

	return thread ? thread_name(thread) : NULL;
}

static const struct report_sink sink = {
	.write = console_write,
	.thread = running_thread,
	.crash = crash,
};

void platform_panic(const char *format, ...)
{
	static char line[PANIC_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	report_panic(line);
}

void __stack_chk_fail(void)
{
	platform_panic("stack smashed");
}

void platform_exit(enum platform_exit how)
{
	lifecycle_end(how == PLATFORM_REBOOT ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}

static void shutdown_asked(void *ctx, unsigned reason)
{
	enum platform_exit how = reason == SHUTDOWN_reboot ? PLATFORM_REBOOT : PLATFORM_POWEROFF;

	(void)ctx;
	if (!on_shutdown.fn)
		platform_exit(how);
	on_shutdown.fn(on_shutdown.ctx, how);
}

void platform_on_shutdown(void (*fn)(void *ctx, enum platform_exit how), void *ctx)
{
	on_shutdown.fn = fn;
	on_shutdown.ctx = ctx;
}

void platform_on_setting(void (*fn)(void *ctx, const char *key, const char *value, size_t len,
				 char outcome[PLATFORM_OUTCOME]),
	void *ctx)
{
	if (settings_start(fn, ctx))
		log_warning("settings", "no memory to follow them: they stay as they are");
}

/* ---- suspend and resume ---------------------------------------------------------------------- */

static bool suspend_ready(void *ctx)
{
	(void)ctx;
	return !on_suspend.ready || on_suspend.ready(on_suspend.ctx);
}

static void resumed(void *ctx)
{
	uint64_t wall = pvclock_wall_ns();

	(void)ctx;
	/* There may be a copy of us: the two must not draw the same numbers. */
	entropy_absorb(&wall, sizeof(wall));
	entropy_reseed();
	if (on_suspend.resumed)
		on_suspend.resumed(on_suspend.ctx);
}

void platform_on_suspend(bool (*ready)(void *ctx), void (*done)(void *ctx), void *ctx)
{
	on_suspend.ready = ready;
	on_suspend.resumed = done;
	on_suspend.ctx = ctx;
}

/* ---- the rest of the platform ---------------------------------------------------------------- */

uint64_t platform_time_ns(void)
{
	return pvclock_monotonic_ns();
}

uint64_t platform_wall_ns(void)
{
	return pvclock_wall_ns();
}

void platform_random(void *buf, size_t len)
{
	entropy_generate(buf, len);
}

bool platform_poll(void)
{
	return xen_poll();
}

void platform_wait(uint64_t deadline)
{
	xen_wait(deadline);
}

void platform_console_write(const char *text, size_t len)
{
	console_write(text, len);
}

const char *platform_cmdline(void)
{
	return cmdline;
}

const void *platform_archive(size_t *len)
{
	*len = archive_len;
	return archive;
}

void platform_archive_free(void)
{
	memory_donate((uintptr_t)archive, archive_len);
	archive = NULL;
	archive_len = 0;
}

size_t platform_memory_free(void)
{
	return memory_free_bytes();
}

size_t platform_memory_total(void)
{
	return memory_total_bytes();
}

/* ---- boot ------------------------------------------------------------------------------------ */

static void say(const char *text)
{
	early_write(text, strlen(text));
}

static void stop(const char *why) __attribute__((noreturn));
static void stop(const char *why)
{
	say("kinglet: ");
	say(why);
	say("\n");
	cpu_halt_for_ever();
}

/* Copies what is needed for longer out of the start info, which may lie in page 0. */
static void read_start_info(const struct hvm_start_info *info)
{
	const struct hvm_modlist_entry *modules = (const void *)(uintptr_t)info->modlist_paddr;
	const char *text = (const char *)(uintptr_t)info->cmdline_paddr;

	if (info->cmdline_paddr) {
		cmdline_len = strlen(text);
		memcpy(cmdline, text, MIN(cmdline_len, sizeof(cmdline) - 1));
	}
	if (info->nr_modules) {
		archive = (const void *)(uintptr_t)modules[0].paddr;
		archive_len = modules[0].size;
	}
}

/* Where there is a console to say so. */
static void check_cmdline(void)
{
	if (cmdline_len < sizeof(cmdline))
		return;
	log_error("boot", "the command line (extra=) has %zu bytes: expected at most %zu",
		cmdline_len, sizeof(cmdline) - 1);
	platform_exit(PLATFORM_FAILED);
}

/* Returns a value for the stack protector, with a zero byte, which ends strings that run over. */
static uintptr_t start_entropy(void)
{
	uint64_t wall;
	uintptr_t guard;

	entropy_init();
	wall = pvclock_wall_ns();
	entropy_absorb(&wall, sizeof(wall));
	entropy_generate(&guard, sizeof(guard));
	return guard & ~0xfful;
}

__attribute__((no_stack_protector)) void x86_start(const struct hvm_start_info *info)
{
	bool xen = hypercall_detect();

	early_init(xen);
	console_set_early(early_write);
	traps_init();
	if (info->magic != XEN_HVM_START_MAGIC_VALUE)
		stop("the start info has no magic number: not started by a PVH loader");
	read_start_info(info);
	if (memory_init(info))
		stop("the memory map cannot be used");
	paging_unmap(0);
	if (!xen)
		stop("no Xen hypervisor answers below this machine (CPUID 0x40000000): "
		     "this image is a Xen PVH guest, to be started by `xl create`");
	if (xen_start())
		stop("Xen's shared page cannot be mapped");
	console_set_early(NULL);
	report_init(&sink);
	__stack_chk_guard = start_entropy();
	lifecycle_on_shutdown(shutdown_asked, NULL);
	suspend_set_hooks(suspend_ready, resumed, NULL);
	netfront_init();
	if (xen_start_devices())
		platform_panic("the grant table or xenstore cannot be used");
	check_cmdline();
	app_start();
}
