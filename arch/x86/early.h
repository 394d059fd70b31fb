/* SPDX-License-Identifier: ISC */
/*
 * The early path to a console, for what is said before the console ring works and when it no
 * longer does: Xen's debug port 0xE9 (in Xen's own log as "(dN)") and, without Xen, COM1.
 */
#ifndef ARCH_X86_EARLY_H
#define ARCH_X86_EARLY_H

#include <stdbool.h>
#include <stddef.h>

void early_init(bool under_xen);
void early_write(const char *text, size_t len);

#endif
