/* SPDX-License-Identifier: ISC */
/*
 * The second seam: everything in xen/ and drivers/ reaches the hypervisor by these calls and the
 * memory functions of xen/frames.h alone. Implemented by xen/hypercall_x86.c with the
 * vmcall/vmmcall instruction, and by tests/fakexen in a process. Commands and structures are those
 * of Xen's public headers; results are Xen's: 0 or more, or -Exxx by Xen's errno numbers, which
 * equal Linux's.
 */
#ifndef XEN_HYPERCALL_H
#define XEN_HYPERCALL_H

#include <stddef.h>

long hypercall_event_channel_op(int cmd, void *arg);
long hypercall_grant_table_op(unsigned cmd, void *args, unsigned count);
long hypercall_memory_op(unsigned cmd, void *arg);
long hypercall_sched_op(int cmd, void *arg);
long hypercall_hvm_op(int cmd, void *arg);
long hypercall_xen_version(int cmd, void *arg);
long hypercall_vcpu_op(int cmd, unsigned vcpu, void *arg);

#endif
