/* SPDX-License-Identifier: ISC */
/*
 * Exceptions. Every one of them ends the guest with a report: what, where, registers, and a
 * backtrace by function names. They run on a stack of their own, so that a thread that ran into
 * the guard page below its stack gets its report too. Interrupts stay off for the guest's life.
 */
#ifndef ARCH_X86_TRAPS_H
#define ARCH_X86_TRAPS_H

#include <stdint.h>

void traps_init(void);

#endif
