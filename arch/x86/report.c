/* SPDX-License-Identifier: ISC */
/* See report.h. */
#include "arch/x86/report.h"

#include <stdbool.h>
#include <string.h>

#include "arch/x86/cpu.h"
#include "arch/x86/early.h"
#include "arch/x86/paging.h"
#include "lib/base/bytes.h"
#include "lib/base/trace.h"

#define VECTOR_PF      14
#define EVENTS_MAX     32
#define BACKTRACE_MAX  24
#define STACK_SPAN_MAX (1ul << 20) /* a frame further up than this is not believed */

/* Made by scripts/symbols from the image's own symbol table. */
extern const uint32_t symbols_count, symbols_address[];
extern const char symbols_names[];
extern const char image_start[], text_end[];

static const struct report_sink *sink;
static unsigned reporting;

void report_init(const struct report_sink *s)
{
	sink = s;
}

static void put(const char *text, size_t len)
{
	early_write(text, len);
	if (sink)
		sink->write(text, len);
}

static void put_text(const char *text)
{
	put(text, strlen(text));
}

static void put_hex(uint64_t value, unsigned digits)
{
	char text[16];

	for (unsigned i = 0; i < digits; i++)
		text[i] = "0123456789abcdef"[value >> 4 * (digits - 1 - i) & 15];
	put(text, digits);
}

/* "name+0x12", or nothing for an address outside of the text. */
static void put_symbol(uint64_t address)
{
	const char *name = symbols_names;
	uint32_t i = 0;

	if (address < (uintptr_t)image_start || address >= (uintptr_t)text_end || !symbols_count ||
		address < symbols_address[0])
		return;
	for (; i + 1 < symbols_count && symbols_address[i + 1] <= address; i++)
		name += strlen(name) + 1;
	put_text(" ");
	put_text(name);
	put_text("+0x");
	put_hex(address - symbols_address[i], 4);
}

static void put_frame(uint64_t address)
{
	put_text("  0x");
	put_hex(address, address >> 32 ? 16 : 8);
	put_symbol(address);
	put_text("\n");
}

/*
 * Frames are linked through RBP, upwards on one stack; the first of a stack has a link of 0. After
 * a call to where there is no code (CALLED) the caller is known by its return address alone.
 */
static void put_backtrace(uint64_t rip, uint64_t rbp, uint64_t rsp, bool called)
{
	put_text("backtrace:\n");
	put_frame(rip);
	if (called)
		put_frame(*(const uint64_t *)rsp - 1);
	for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
		const uint64_t *link = (const uint64_t *)rbp;

		if (rbp % 8 || rbp < rsp || rbp - rsp > STACK_SPAN_MAX)
			return;
		rsp = rbp;
		rbp = link[0];
		if (!link[1])
			return;
		put_frame(link[1] - 1);
	}
}

static void put_registers(const struct trap_frame *f)
{
	static const char *const names[] = {"r15", "r14", "r13", "r12", "r11", "r10", "r9 ", "r8 ",
		"rdi", "rsi", "rbp", "rbx", "rdx", "rcx", "rax"};
	const uint64_t *values = &f->r15;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		put_text(names[i]);
		put_text("=");
		put_hex(values[i], 16);
		put_text(i % 3 == 2 ? "\n" : " ");
	}
	put_text("rip=");
	put_hex(f->rip, 16);
	put_text(" rsp=");
	put_hex(f->rsp, 16);
	put_text("\nflags=");
	put_hex(f->rflags, 8);
	put_text(" error=");
	put_hex(f->error, 8);
	put_text("\n");
}

#define PF_PRESENT 1u /* bits of a page fault's error code */
#define PF_WRITE   2u
#define PF_FETCH   16u

/* What a page fault was about: how memory was used, and what is there. */
static void put_fault(uint64_t error, uint64_t address)
{
	extern const char boot_stack_guard[];
	uint64_t guard = address - (uintptr_t)boot_stack_guard;

	if (!(error & PF_PRESENT) && (stacks_have(address) || guard < PAGE_SIZE))
		put_text("stack overflow, ");
	put_text("page fault: ");
	put_text(error & PF_FETCH ? "execute" : error & PF_WRITE ? "write" : "read");
	put_text(error & PF_PRESENT ? " of protected" : " of absent");
	put_text(" memory");
}

static void put_decimal(uint64_t value)
{
	char text[20];
	unsigned at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(text + at, sizeof(text) - at);
}

/* "  0.012345s run main 0x0 x3"; the time is that of the loop's turn. */
static void put_event(const struct trace_entry *entry)
{
	put_text("  ");
	put_decimal(entry->time / 1000000);
	put_text("ms ");
	put_text(entry->event);
	if (entry->what[0])
		put_text(" ");
	for (const char *c = entry->what; *c; c++)
		put(*c > ' ' && *c < 0x7f ? c : "?", 1);
	put_text(" ");
	put_decimal(entry->value);
	if (entry->times > 1) {
		put_text(" x");
		put_decimal(entry->times);
	}
	put_text("\n");
}

static void put_trace(void)
{
	size_t ago = EVENTS_MAX;

	put_text("last events:\n");
	while (ago--) {
		const struct trace_entry *entry = trace_entry(ago);

		if (entry)
			put_event(entry);
	}
}

static void put_thread(void)
{
	const char *name = sink && sink->thread ? sink->thread() : NULL;

	put_text(name ? " in thread " : " in the event loop");
	if (name)
		put_text(name);
	put_text("\n");
	if (sink) {
		put_text("image: ");
		put_text(sink->image);
		put_text("\n");
	}
}

static void end(void) __attribute__((noreturn));
static void end(void)
{
	put_text("the guest ends as crashed\n");
	if (sink)
		sink->crash();
	cpu_halt_for_ever();
}

/* A fault while reporting cuts the report short; one while that is being said ends all. */
static void begin(void)
{
	if (reporting++ == 0)
		return;
	if (reporting == 2) {
		put_text("fault within a report\n");
		put_trace();
		end();
	}
	if (sink)
		sink->crash();
	cpu_halt_for_ever();
}

void report_trap(const struct trap_frame *frame, const char *name, uint64_t address)
{
	begin();
	put_text("\nkinglet crashed: ");
	if (frame->vector == VECTOR_PF) {
		put_fault(frame->error, address);
		put_text(" at 0x");
		put_hex(address, 16);
	} else {
		put_text(name);
	}
	put_thread();
	put_registers(frame);
	put_backtrace(frame->rip, frame->rbp, frame->rsp,
		frame->vector == VECTOR_PF && frame->error & PF_FETCH);
	put_trace();
	end();
}

void report_panic(const char *message)
{
	const uint64_t *frame = __builtin_frame_address(0);

	begin();
	put_text("\nkinglet crashed: ");
	put_text(message);
	put_thread();
	put_backtrace(frame[1] - 1, frame[0], (uintptr_t)frame, false);
	put_trace();
	end();
}
