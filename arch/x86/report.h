/* SPDX-License-Identifier: ISC */
/*
 * The report that a dying guest leaves on its console and on Xen's debug port: what happened,
 * the registers, and a backtrace with the names of functions from the image's own table (see
 * scripts/symbols). It allocates nothing and trusts no state but the stack it walks.
 */
#ifndef ARCH_X86_REPORT_H
#define ARCH_X86_REPORT_H

#include <stddef.h>
#include <stdint.h>

/* As traps.S pushes it. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
	uint64_t rdi, rsi, rbp, rbx, rdx, rcx, rax;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * How a report is written and what comes after it; given by the machine's root. Until then the
 * early console is used, and the CPU halts.
 */
struct report_sink {
	const char *image; /* "dns 0.1": whose names of functions these are */
	void (*write)(const char *text, size_t len);
	const char *(*thread)(void); /* name of the running thread, or NULL */
	void (*crash)(void) __attribute__((noreturn));
};
void report_init(const struct report_sink *sink);

void report_trap(const struct trap_frame *frame, const char *name, uint64_t address)
	__attribute__((noreturn));
void report_panic(const char *message) __attribute__((noreturn));

#endif
