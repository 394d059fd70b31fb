/* SPDX-License-Identifier: ISC */
/*
 * The guest's root: boots the machine in order, gives it to the app, and answers for the platform
 * (lib/base/platform.h). Entered from start.S with the start info that Xen's toolstack made
 * (xen/arch-x86/hvm/start_info.h). docs/boot.md tells the order and its reasons.
 */
#include <errno.h>
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
#include "drivers/disks.h"
#include "drivers/netfront.h"
#include "lib/app/app.h"
#include "lib/base/bytes.h"
#include "lib/base/log.h"
#include "lib/base/platform.h"
#include "lib/base/trace.h"
#include "lib/sched/sched.h"
#include "xen/console.h"
#include "xen/hypercall.h"
#include "xen/lifecycle.h"
#include "xen/pvclock.h"
#include "xen/settings.h"
#include "xen/start.h"
#include "xen/suspend.h"
#include "xen/watchdog.h"

#define CMDLINE_MAX 1024
#define PANIC_LINE  256
#define IMAGE_NAME  64
#define SEED_MIN    32
#define HEX_DIGITS  "0123456789abcdefABCDEF"

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

static struct report_sink sink = {
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

bool platform_show(const char *key, const char *value)
{
	return settings_show(key, value);
}

/* ---- suspend and resume ---------------------------------------------------------------------- */

static bool suspend_ready(void *ctx)
{
	(void)ctx;
	return !on_suspend.ready || on_suspend.ready(on_suspend.ctx);
}

static void absorb_wall_clock(void)
{
	uint64_t wall = pvclock_wall_ns();

	entropy_absorb(&wall, sizeof(wall), 0);
}

static void resumed(void *ctx)
{
	(void)ctx;
	/* There may be a copy of us: the two must not draw the same numbers. */
	if (!entropy_reseed())
		log_warning("entropy",
			"too little since the resume: a copy of this guest may draw the same");
	absorb_wall_clock();
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

/* Boot has stopped if this cannot be: a key that can be guessed is worse than none. */
void platform_random(void *buf, size_t len)
{
	if (!entropy_seeded())
		platform_panic("random bytes asked for before there is enough entropy");
	entropy_generate(buf, len);
}

bool platform_poll(void)
{
	uint64_t now = pvclock_monotonic_ns();

	trace_time(now);
	watchdog_feed(now);
	log_settle();
	return xen_poll();
}

void platform_wait(uint64_t deadline)
{
	watchdog_wait(deadline);
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

/* ---- settings ---- */

/* That of the command line has been taken before the settings are read, and all is 0 by now. */
static int parse_seed(const struct config_key *key, unsigned index, const char *value)
{
	size_t len = strlen(value);

	(void)key, (void)index;
	if (len < SEED_MIN || strspn(value, HEX_DIGITS) != len)
		return -EINVAL;
	entropy_absorb(value, len, 0);
	return 0;
}

const struct config_table *platform_config(void)
{
	static const struct config_key keys[] = {
		{.name = "watchdog",
			.type = CONFIG_NUMBER,
			.target = &watchdog_seconds,
			.high = 3600,
			.help = "seconds after which a loop that hangs ends the guest; 0: never "
				"[0]"},
		{.name = "seed",
			.type = CONFIG_CUSTOM,
			.parse = parse_seed,
			.expected = "at least 32 hexadecimal digits",
			.help = "random digits, other ones at each start, beside the CPU's own "
				"[none]"},
	};
	static const struct config_table table = {
		.area = "the machine", .keys = keys, .count = ARRAY_SIZE(keys)};

	return &table;
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

/* What the host gives for a seed, by `seed=HEX`, is used at once, and not kept. */
static void take_seed(char *text)
{
	static const char key[] = "seed=";

	for (char *at = text; (at = strstr(at, key));) {
		bool whole = at == text || at[-1] == ' ';
		size_t len;

		at += sizeof(key) - 1;
		len = strspn(at, HEX_DIGITS);
		if (whole) {
			entropy_absorb(at, len, (unsigned)len * 4);
			memset(at, '0', len);
		}
	}
}

/* Copies what is needed for longer out of the start info, which may lie in page 0. */
static void read_start_info(const struct hvm_start_info *info)
{
	const struct hvm_modlist_entry *modules = (const void *)(uintptr_t)info->modlist_paddr;
	char *text = (char *)(uintptr_t)info->cmdline_paddr;

	if (text) {
		cmdline_len = strlen(text);
		memcpy(cmdline, text, MIN(cmdline_len, sizeof(cmdline) - 1));
		take_seed(cmdline);
		if (info->cmdline_paddr >= PAGE_SIZE)
			memset(text, 0, cmdline_len);
	}
	if (info->nr_modules) {
		archive = (const void *)(uintptr_t)modules[0].paddr;
		archive_len = modules[0].size;
	}
}

static void refuse(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
static void refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_message_va(LOG_ERROR, "boot", format, args);
	va_end(args);
	platform_exit(PLATFORM_FAILED);
}

/* Where there is a console to say so. */
static void check_start(void)
{
	if (cmdline_len >= sizeof(cmdline))
		refuse("the command line (extra=) has %zu bytes: expected at most %zu", cmdline_len,
			sizeof(cmdline) - 1);
	if (!entropy_seeded())
		refuse("this CPU has neither RDRAND nor RDSEED, and its clock does not jitter: "
		       "expected seed= with 64 random hexadecimal digits in extra=");
}

/*
 * A value for the stack protector, with a zero byte, which ends strings that run over. Before there
 * is anything random it is the clock's; functions that have begun with one value must not end with
 * another, so only x86_start sets it.
 */
static uintptr_t random_guard(void)
{
	uintptr_t guard;

	entropy_generate(&guard, sizeof(guard));
	return guard & ~0xfful;
}

static void name_image(void)
{
	static char name[IMAGE_NAME];

	snprintf(name, sizeof(name), "%s %s", app.name, app.version);
	sink.image = name;
	report_init(&sink);
}

__attribute__((no_stack_protector)) void x86_start(const struct hvm_start_info *info)
{
	bool xen;

	__stack_chk_guard = cpu_tsc() << 8;
	xen = hypercall_detect();
	early_init(xen);
	console_set_early(early_write);
	traps_init();
	if (info->magic != XEN_HVM_START_MAGIC_VALUE)
		stop("the start info has no magic number: not started by a PVH loader");
	entropy_init();
	read_start_info(info);
	__stack_chk_guard = random_guard();
	if (memory_init(info))
		stop("the memory map cannot be used");
	paging_seal();
	if (!xen)
		stop("no Xen hypervisor answers below this machine (CPUID 0x40000000): "
		     "this image is a Xen PVH guest, to be started by `xl create`");
	if (xen_start())
		stop("Xen's shared page cannot be mapped");
	console_set_early(NULL);
	name_image();
	absorb_wall_clock();
	check_start();
	lifecycle_on_shutdown(shutdown_asked, NULL);
	suspend_set_hooks(suspend_ready, resumed, NULL);
	netfront_init();
	disks_init();
	if (xen_start_devices())
		platform_panic("the grant table or xenstore cannot be used");
	app_start();
}
