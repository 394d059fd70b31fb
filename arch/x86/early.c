/* SPDX-License-Identifier: ISC */
/* See early.h. Port 0xE9 as Xen's arch/x86/hvm/hvm.c takes it; COM1 as an 8250 UART. */
#include "arch/x86/early.h"

#include "arch/x86/cpu.h"

#define PORT_XEN      0xe9
#define PORT_COM1     0x3f8
#define COM1_STATUS   (PORT_COM1 + 5)
#define STATUS_EMPTY  0x20
#define STATUS_ABSENT 0xff
#define POLLS_MAX     100000

static bool under_xen;

void early_init(bool xen)
{
	under_xen = xen;
}

static void com1_put(char c)
{
	unsigned polls = POLLS_MAX;

	if (cpu_in8(COM1_STATUS) == STATUS_ABSENT)
		return;
	while (!(cpu_in8(COM1_STATUS) & STATUS_EMPTY) && --polls)
		;
	cpu_out8(PORT_COM1, (uint8_t)c);
}

void early_write(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (under_xen) {
			cpu_out8(PORT_XEN, (uint8_t)text[i]);
			continue;
		}
		if (text[i] == '\n')
			com1_put('\r');
		com1_put(text[i]);
	}
}
