/* SPDX-License-Identifier: ISC */
/* See traps.h. Intel SDM volume 3, chapter 6 (gates, IST, error codes) and 7.7 (the TSS). */
#include "arch/x86/traps.h"

#include "arch/x86/cpu.h"
#include "arch/x86/paging.h"
#include "arch/x86/report.h"

#define VECTORS       32
#define VECTOR_PF     14
#define SELECTOR_CODE 8
#define SELECTOR_TSS  24
#define GATE_PRESENT  0x8e00 /* present, ring 0, 64-bit interrupt gate */
#define TSS_PRESENT   0x89ull
#define VECTOR_DF     8
#define IST_TRAP      1
#define IST_DF        2 /* the other stack could not be used */

struct gate {
	uint16_t offset_low, selector, flags, offset_mid;
	uint32_t offset_high, reserved;
};

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3], reserved1, ist[7], reserved2;
	uint16_t reserved3, iomap_base;
} __attribute__((packed));

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

extern const char trap_vectors[VECTORS][16];
extern char trap_stack_guard[], trap_stack_top[], fault_stack_guard[], fault_stack_top[];
extern uint64_t boot_gdt[];

static struct gate idt[VECTORS];
static struct tss tss;

static const char *const names[VECTORS] = {
	[0] = "divide error",
	[1] = "debug",
	[2] = "NMI",
	[3] = "breakpoint",
	[4] = "overflow",
	[5] = "bound range",
	[6] = "invalid opcode",
	[7] = "device not available",
	[8] = "double fault",
	[10] = "invalid TSS",
	[11] = "segment not present",
	[12] = "stack fault",
	[13] = "general protection",
	[14] = "page fault",
	[16] = "x87 error",
	[17] = "alignment check",
	[18] = "machine check",
	[19] = "SIMD error",
};

static void gate_set(unsigned vector)
{
	uintptr_t at = (uintptr_t)trap_vectors[vector];

	idt[vector] = (struct gate){
		.offset_low = (uint16_t)at,
		.selector = SELECTOR_CODE,
		.flags = GATE_PRESENT | (vector == VECTOR_DF ? IST_DF : IST_TRAP),
		.offset_mid = (uint16_t)(at >> 16),
		.offset_high = (uint32_t)(at >> 32),
	};
}

void traps_init(void)
{
	uint64_t base = (uintptr_t)&tss;
	struct table_register idtr = {sizeof(idt) - 1, (uintptr_t)idt};

	tss.ist[IST_TRAP - 1] = (uintptr_t)trap_stack_top;
	tss.ist[IST_DF - 1] = (uintptr_t)fault_stack_top;
	tss.iomap_base = sizeof(tss);
	boot_gdt[3] = (sizeof(tss) - 1) | (base & 0xffffff) << 16 | TSS_PRESENT << 40 |
		      (base >> 24 & 0xff) << 56;
	boot_gdt[4] = base >> 32;
	for (unsigned v = 0; v < VECTORS; v++)
		gate_set(v);
	__asm__ volatile("lidt %0" : : "m"(idtr));
	paging_unmap((uintptr_t)trap_stack_guard);
	paging_unmap((uintptr_t)fault_stack_guard);
	__asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

void trap_report(const struct trap_frame *frame) __attribute__((noreturn));
void trap_report(const struct trap_frame *frame)
{
	const char *name = frame->vector < VECTORS ? names[frame->vector] : NULL;

	report_trap(frame, name ? name : "reserved exception",
		frame->vector == VECTOR_PF ? cpu_read_cr2() : 0);
}
