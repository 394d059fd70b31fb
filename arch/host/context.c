/* SPDX-License-Identifier: ISC */
/*
 * Contexts in a Linux process: the same switch as the guest's, and AddressSanitizer is told of
 * each, so that it knows on which stack it is (sanitizer/common_interface_defs.h).
 */
#include "arch/x86/context.h"

#include "lib/base/platform.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif

struct first_call {
	void (*entry)(void *);
	void *arg;
};

/* Who is left by the running switch: its bounds become known when the switch is done. */
static struct platform_context *switched_from;

#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>

/* Of the frames that never returned, when the stack had another context before. */
static void forget_poison(void *stack, size_t size)
{
	__asan_unpoison_memory_region(stack, size);
}

static void announce(bool for_ever, void **fake, const struct platform_context *to)
{
	__sanitizer_start_switch_fiber(for_ever ? NULL : fake, to->stack, to->size);
}

static void arrived(void *fake)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(fake, &bottom, &size);
	if (switched_from &&
		!switched_from->stack) { /* the process's own stack, seen for the first time */
		switched_from->stack = (void *)(uintptr_t)bottom;
		switched_from->size = size;
	}
}
#else
static void forget_poison(void *stack, size_t size)
{
	(void)stack, (void)size;
}

static void announce(bool for_ever, void **fake, const struct platform_context *to)
{
	(void)for_ever, (void)fake, (void)to;
}

static void arrived(void *fake)
{
	(void)fake;
}
#endif

static void enter(void *arg)
{
	struct first_call call = *(struct first_call *)arg;

	arrived(NULL);
	call.entry(call.arg);
}

void platform_context_init(struct platform_context *context, void *stack, size_t size,
	void (*entry)(void *), void *arg)
{
	char *top = (char *)stack + (size & ~(size_t)15);
	struct first_call *call = (struct first_call *)(void *)top - 1;

	forget_poison(stack, size);
	*call = (struct first_call){.entry = entry, .arg = arg};
	context->stack = stack;
	context->size = size;
	context->sp = context_prepare(call, enter, call);
}

void platform_context_switch(struct platform_context *from, struct platform_context *to)
{
	/*
	 * Where a context that is over leaves its stack pointer, for nobody. Not a local variable:
	 * the sanitizer may keep those of this context in memory that it has just given back.
	 */
	static void *ended;
	void *fake = NULL;

	switched_from = from;
	announce(!from, &fake, to);
	context_swap(from ? &from->sp : &ended, to->sp);
	arrived(fake);
}
