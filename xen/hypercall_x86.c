/* SPDX-License-Identifier: ISC */
/* The hypercall seam (xen/hypercall.h) on a real machine. */
#include "xen/hypercall.h"

#include <stdint.h>
#include <xen/xen.h>

#include "arch/x86/hypercall.h"

long hypercall_event_channel_op(int cmd, void *arg)
{
	return hypercall4(__HYPERVISOR_event_channel_op, (uintptr_t)cmd, (uintptr_t)arg, 0, 0);
}

long hypercall_grant_table_op(unsigned cmd, void *args, unsigned count)
{
	return hypercall4(__HYPERVISOR_grant_table_op, cmd, (uintptr_t)args, count, 0);
}

long hypercall_memory_op(unsigned cmd, void *arg)
{
	return hypercall4(__HYPERVISOR_memory_op, cmd, (uintptr_t)arg, 0, 0);
}

long hypercall_sched_op(int cmd, void *arg)
{
	return hypercall4(__HYPERVISOR_sched_op, (uintptr_t)cmd, (uintptr_t)arg, 0, 0);
}

long hypercall_hvm_op(int cmd, void *arg)
{
	return hypercall4(__HYPERVISOR_hvm_op, (uintptr_t)cmd, (uintptr_t)arg, 0, 0);
}

long hypercall_xen_version(int cmd, void *arg)
{
	return hypercall4(__HYPERVISOR_xen_version, (uintptr_t)cmd, (uintptr_t)arg, 0, 0);
}

long hypercall_vcpu_op(int cmd, unsigned vcpu, void *arg)
{
	return hypercall4(__HYPERVISOR_vcpu_op, (uintptr_t)cmd, vcpu, (uintptr_t)arg, 0);
}
