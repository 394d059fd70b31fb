/* SPDX-License-Identifier: ISC */
/*
 * Random bytes of the machine: RDSEED and RDRAND where the CPU has them, the jitter of its clock,
 * and whatever else the root absorbs, through lib/base/chacha. No one source is relied on.
 */
#ifndef ARCH_X86_ENTROPY_H
#define ARCH_X86_ENTROPY_H

#include <stddef.h>

void entropy_init(void);
/* Gathers anew, since a copy of the machine may have the same state. */
void entropy_reseed(void);
void entropy_absorb(const void *data, size_t len);
void entropy_generate(void *out, size_t len);

#endif
