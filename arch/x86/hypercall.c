/* SPDX-License-Identifier: ISC */
/* See hypercall.h. Detection as xen/arch-x86/cpuid.h describes it. */
#include "arch/x86/hypercall.h"

#include <string.h>

#include "arch/x86/cpu.h"

#define LEAF_FIRST 0x40000000u
#define LEAF_LAST  0x40010000u
#define LEAF_STEP  0x100u

bool hypercall_by_vmmcall;

static bool leaf_is_xen(uint32_t leaf)
{
	struct cpuid id = cpu_id(leaf, 0);
	uint32_t text[3] = {id.ebx, id.ecx, id.edx};

	return !memcmp(text, "XenVMMXenVMM", sizeof(text)) && id.eax >= leaf + 2;
}

bool hypercall_detect(void)
{
	struct cpuid vendor = cpu_id(0, 0);
	uint32_t text[3] = {vendor.ebx, vendor.edx, vendor.ecx};

	hypercall_by_vmmcall = !memcmp(text, "AuthenticAMD", sizeof(text)) ||
			       !memcmp(text, "HygonGenuine", sizeof(text));
	for (uint32_t leaf = LEAF_FIRST; leaf < LEAF_LAST; leaf += LEAF_STEP)
		if (leaf_is_xen(leaf))
			return true;
	return false;
}
