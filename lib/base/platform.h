/* SPDX-License-Identifier: ISC */
/*
 * The machine below: everything that an engine, the scheduler, the network stack or an app may
 * ask of it. Implemented twice, by arch/x86 (a Xen PVH guest) and by arch/host (a Linux process);
 * all code above builds for both unchanged.
 *
 * There is one vCPU and no preemption. Nothing here is called from an interrupt handler, and
 * every upward call arrives from platform_poll(), on the caller's stack.
 */
#ifndef LIB_BASE_PLATFORM_H
#define LIB_BASE_PLATFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLATFORM_NEVER UINT64_MAX /* a deadline that does not come */

/* Nanoseconds since the machine started. Never goes back, not even over suspend or migration. */
uint64_t platform_time_ns(void);

/* Nanoseconds since 1970-01-01 00:00 UTC. May jump when the host sets its clock. */
uint64_t platform_wall_ns(void);

/* Fills BUF with LEN bytes fit for keys and identifiers. Cannot fail. */
void platform_random(void *buf, size_t len);

/*
 * Lets every device that has work do a bounded share of it, by the handlers that drivers have
 * registered. Returns true if some device has more to do, so that the caller must not block.
 */
bool platform_poll(void);

/*
 * Blocks until a device has work or platform_time_ns() reaches DEADLINE (absolute, or
 * PLATFORM_NEVER). May return early; the caller looks again.
 */
void platform_wait(uint64_t deadline);

/*
 * A zeroed stack of SIZE usable bytes (rounded up to pages) with an unmapped page below it. Returns
 * its lowest usable address, or NULL when there is no memory. The caller owns it.
 */
void *platform_stack_alloc(size_t size);
void platform_stack_free(void *stack, size_t size);

/*
 * Saves the running context into FROM and continues in TO. A new context is prepared on a stack
 * [STACK, STACK + SIZE) and starts by calling ENTRY(ARG), which must never return. FROM is NULL
 * when the running context has come to its end: its stack may be freed from TO.
 */
struct platform_context {
	void *sp;
	void *stack; /* bounds, for the sanitizers' sake and for the post-mortem's */
	size_t size;
};
void platform_context_init(struct platform_context *context, void *stack, size_t size,
	void (*entry)(void *), void *arg);
void platform_context_switch(struct platform_context *from, struct platform_context *to);

/* Writes to the console; never blocks for long: what the console cannot take is dropped. */
void platform_console_write(const char *text, size_t len);

/* The machine's own settings (lib/base/config.h), which every app has beside its own. */
struct config_table;
const struct config_table *platform_config(void);

/* The settings given on the command line ("key=value key=value"), never NULL. */
const char *platform_cmdline(void);

/*
 * The boot archive (a cpio newc or tar file), or NULL with *LEN 0 when there is none. Read-only;
 * stays until platform_archive_free() gives its memory back.
 */
const void *platform_archive(size_t *len);
void platform_archive_free(void);

/* Bytes of memory that can still be allocated (an estimate), and bytes in all. */
size_t platform_memory_free(void);
size_t platform_memory_total(void);

enum platform_exit {
	PLATFORM_POWEROFF = 0, /* the service ended as it was asked to */
	PLATFORM_REBOOT = 1,
	PLATFORM_FAILED = 2, /* a setting or the environment was wrong; said on the console */
};

/* Ends the machine: the domain, or the process. */
void platform_exit(enum platform_exit how) __attribute__((noreturn));

/* Our own bug: prints the message and where it came from, and ends the machine as crashed. */
void platform_panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/*
 * FN(CTX, HOW) is called from platform_poll() when the machine is told to end (xl shutdown,
 * SIGTERM). Without a registered function the machine ends at once.
 */
void platform_on_shutdown(void (*fn)(void *ctx, enum platform_exit how), void *ctx);

/*
 * FN(CTX, KEY, VALUE, LEN, OUTCOME) is called from platform_poll() when somebody outside sets KEY
 * to VALUE, LEN bytes of any kind, while the machine runs (docs/settings.md). FN writes one line
 * into OUTCOME, for whom set it. platform_on_setting() is called once.
 */
#define PLATFORM_OUTCOME 200
void platform_on_setting(void (*fn)(void *ctx, const char *key, const char *value, size_t len,
				 char outcome[PLATFORM_OUTCOME]),
	void *ctx);

/*
 * Shows whom the machine belongs to a line of its state: from now on KEY (letters, digits, "-" and
 * ".", at most 40) holds VALUE, fewer than PLATFORM_STATE bytes. Nothing waits: false if what was
 * shown before is still on its way, then the caller tries again.
 */
#define PLATFORM_STATE 1024
bool platform_show(const char *key, const char *value);

/*
 * The machine may be suspended, to go on later or elsewhere (xl save, xl migrate). READY(CTX) is
 * then asked from platform_poll(), in each turn of the loop, whether everything that must not be
 * lost is flushed: it begins that, returns false until it is done (for at most 10 s) and never
 * waits itself. RESUMED(CTX) is called when the machine goes on, perhaps as one of several copies:
 * what must be unique is to be made anew from platform_random(). Devices come back after that, as
 * netdev.h tells; platform_time_ns() has not counted the time between. Either may be NULL.
 */
void platform_on_suspend(bool (*ready)(void *ctx), void (*resumed)(void *ctx), void *ctx);

#endif
