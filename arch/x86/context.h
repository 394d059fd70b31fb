/* SPDX-License-Identifier: ISC */
/*
 * The bare context switch, in assembly, shared by the guest (arch/x86/context.c) and by the Linux
 * process (arch/host/context.c), which also tells the sanitizers.
 */
#ifndef ARCH_X86_CONTEXT_H
#define ARCH_X86_CONTEXT_H

#include <stddef.h>

/* Saves the callee-saved registers and MXCSR, stores rsp in *FROM_SP, and goes on at TO_SP. */
void context_swap(void **from_sp, void *to_sp);

/* The stack pointer at which context_swap() enters ENTRY(ARG) on the stack that ends at TOP. */
void *context_prepare(void *top, void (*entry)(void *), void *arg);

#endif
