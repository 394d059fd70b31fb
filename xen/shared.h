/* SPDX-License-Identifier: ISC */
/*
 * Access to memory that Xen, the host or a backend writes at the same time. Each shared word is
 * loaded once into a private copy, by shared_load(); decisions are made on the copy alone
 * (XSA-155).
 *
 * A test may define XEN_SHARED_HOOK as the name of a function that is called before each load, to
 * change the memory at the worst moment.
 */
#ifndef XEN_SHARED_H
#define XEN_SHARED_H

#include <stddef.h>

#ifdef XEN_SHARED_HOOK
void XEN_SHARED_HOOK(const void *at, size_t size);
#define shared_touch(at, size) XEN_SHARED_HOOK(at, size)
#else
#define shared_touch(at, size) ((void)0)
#endif

#define shared_load(at)                                                                            \
	({                                                                                         \
		shared_touch((at), sizeof(*(at)));                                                 \
		*(const volatile __typeof__(*(at)) *)(at);                                         \
	})

#define shared_store(at, value) (*(volatile __typeof__(*(at)) *)(at) = (value))

/* Everything before is seen by the other side before anything after, loads and stores alike. */
#define shared_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
/* On x86 these only hold back the compiler. */
#define shared_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define shared_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

/* Copies LEN bytes out of or into shared memory, each once. */
void shared_copy_out(void *to, const void *shared, size_t len);
void shared_copy_in(void *shared, const void *from, size_t len);

#endif
