/* SPDX-License-Identifier: ISC */
/* Copies out of and into shared memory; see shared.h. Called by the console and xenstore rings. */
#include "xen/shared.h"

#include <string.h>

/*
 * The barrier on the memory keeps the compiler from reading the shared bytes a second time
 * later, in place of the copy.
 */
void shared_copy_out(void *to, const void *shared, size_t len)
{
	shared_touch(shared, len);
	memcpy(to, shared, len);
	__asm__ volatile("" : : : "memory");
}

void shared_copy_in(void *shared, const void *from, size_t len)
{
	memcpy(shared, from, len);
	__asm__ volatile("" : : : "memory");
}
