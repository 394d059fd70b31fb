/* SPDX-License-Identifier: ISC */
/*
 * The hypercall instruction: number in RAX, arguments in RDI RSI RDX R10 R8, result in RAX (Xen's
 * docs/guest-guide/x86/hypercall-abi.rst). The instruction itself is used, chosen by the CPU's
 * vendor, and not the hypercall page, which holds returns that are open to speculation.
 */
#ifndef ARCH_X86_HYPERCALL_H
#define ARCH_X86_HYPERCALL_H

#include <stdbool.h>
#include <stdint.h>

/* Finds out whether Xen is below (CPUID leaves 0x40000000 on), and how to call it. */
bool hypercall_detect(void);

extern bool hypercall_by_vmmcall; /* AMD's instruction, else Intel's vmcall */

static inline long hypercall4(unsigned nr, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d)
{
	long result;
	register uintptr_t r10 __asm__("r10") = d;

	if (hypercall_by_vmmcall)
		__asm__ volatile("vmmcall"
				 : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
				 : "a"(nr)
				 : "memory");
	else
		__asm__ volatile("vmcall"
				 : "=a"(result), "+D"(a), "+S"(b), "+d"(c), "+r"(r10)
				 : "a"(nr)
				 : "memory");
	return result;
}

#endif
