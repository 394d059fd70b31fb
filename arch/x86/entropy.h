/* SPDX-License-Identifier: ISC */
/*
 * Random bytes of the machine: RDSEED and RDRAND where the CPU has them, the jitter of its clock,
 * and a seed from the host, all mixed into newlib's arc4random (OpenBSD's, on ChaCha20). No one
 * source is relied on. docs/security.md tells what is believed of each.
 */
#ifndef ARCH_X86_ENTROPY_H
#define ARCH_X86_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>

#define ENTROPY_ENOUGH 256 /* bits, as docs/security.md counts them */

/* Draws from all sources of the machine itself. Needs nothing but the CPU. */
void entropy_init(void);

/*
 * After a resume, before anything random is drawn: a copy of this machine may run elsewhere. Draws
 * anew. False when that gave too little to be sure that the two differ in a way nobody can guess.
 */
bool entropy_reseed(void);

/* Mixes LEN bytes in, which are believed to hold BITS bits of entropy; any bytes do no harm. */
void entropy_absorb(const void *data, size_t len, unsigned bits);

/*
 * Random bytes. Keys must not be made before entropy_seeded(); what only makes an attack harder
 * (the stack protector's value, where the heap starts) may.
 */
bool entropy_seeded(void);
void entropy_generate(void *out, size_t len);

#endif
