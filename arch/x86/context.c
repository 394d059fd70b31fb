/* SPDX-License-Identifier: ISC */
/* Contexts on the bare machine: nothing but the switch. The host's are in arch/host/context.c. */
#include "arch/x86/context.h"

#include "lib/base/platform.h"

void platform_context_init(struct platform_context *context, void *stack, size_t size,
	void (*entry)(void *), void *arg)
{
	context->stack = stack;
	context->size = size;
	context->sp = context_prepare((char *)stack + size, entry, arg);
}

void platform_context_switch(struct platform_context *from, struct platform_context *to)
{
	void *ended; /* where a context that is over leaves its stack pointer, for nobody */

	context_swap(from ? &from->sp : &ended, to->sp);
}
