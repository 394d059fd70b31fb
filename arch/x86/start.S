/* SPDX-License-Identifier: ISC */
/*
 * PVH entry: from 32-bit protected mode without paging to C in long mode.
 * Follows Xen's docs/misc/pvh.pandoc and xen/arch-x86/hvm/start_info.h: EBX holds the physical
 * address of struct hvm_start_info, segments are flat, there is no stack.
 *
 * Pages are protected from the first instruction in long mode on: text RX, rodata R, all else RW
 * and not executable, page 0 and the guard page below the boot stack absent.
 */
#define PAGE_P    0x001
#define PAGE_RW   0x002
#define PAGE_PS   0x080
#define PAGE_NX_HI 0x80000000	/* bit 63, in the upper half of an entry */

#define CR0_BOOT  0x80010033	/* PG WP NE ET MP PE */
#define CR4_BOOT  0x00000620	/* OSXMMEXCPT OSFXSR PAE */
#define MSR_EFER  0xc0000080
#define EFER_BOOT 0x900		/* NXE LME */

	.section .note.Xen, "a", @note
	.balign 4
	.long 4, 8, 18		/* name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.quad start_pvh
	.balign 4

	.section .boot.text, "ax"
	.code32
	.globl start_pvh
start_pvh:
	cld
	movl	%ebx, %ebp		/* start_info, kept until C */

	/* The loader clears .bss, but not every loader of ELF files is trusted to. */
	movl	$bss_start, %edi
	movl	$image_end, %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx
	xorl	%eax, %eax
	rep stosl

	/* Without NX there is no W^X: say so and stop (CPUID 0x80000001 EDX bit 20). */
	movl	$0x80000001, %eax
	cpuid
	btl	$20, %edx
	jnc	no_nx

	/* The first 4 MiB by 4 KiB pages. */
	movl	$boot_pt, %edi
	xorl	%esi, %esi
1:	movl	$PAGE_NX_HI, %edx
	movl	%esi, %eax
	orl	$PAGE_P, %eax
	cmpl	$4096, %esi		/* page 0: read only, and absent once C has read the start info */
	jb	3f
	cmpl	$image_start, %esi
	jb	4f
	cmpl	$text_end, %esi
	jae	2f
	xorl	%edx, %edx		/* text: executable */
	jmp	3f
2:	cmpl	$rodata_end, %esi
	jb	3f
	cmpl	$boot_stack_guard, %esi
	jne	4f
	xorl	%eax, %eax
	jmp	3f
4:	orl	$PAGE_RW, %eax
3:	movl	%esi, %ecx
	shrl	$9, %ecx		/* 8 bytes an entry */
	movl	%eax, (%edi,%ecx)
	movl	%edx, 4(%edi,%ecx)
	addl	$4096, %esi
	cmpl	$0x400000, %esi
	jb	1b

	/* The rest of the first GiB by 2 MiB pages. */
	movl	$boot_pd, %edi
	movl	$boot_pt + PAGE_P + PAGE_RW, (%edi)
	movl	$boot_pt + 4096 + PAGE_P + PAGE_RW, 8(%edi)
	movl	$2, %ecx
	movl	$0x400000 + PAGE_P + PAGE_RW + PAGE_PS, %eax
5:	movl	%eax, (%edi,%ecx,8)
	movl	$PAGE_NX_HI, 4(%edi,%ecx,8)
	addl	$0x200000, %eax
	incl	%ecx
	cmpl	$512, %ecx
	jb	5b

	movl	$boot_pd + PAGE_P + PAGE_RW, boot_pdpt
	movl	$boot_pdpt + PAGE_P + PAGE_RW, boot_pml4

	movl	$CR4_BOOT, %eax
	movl	%eax, %cr4
	movl	$boot_pml4, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_BOOT, %eax
	wrmsr
	movl	$CR0_BOOT, %eax
	movl	%eax, %cr0
	lgdt	boot_gdtr
	ljmp	$8, $start_long

no_nx:
	movl	$no_nx_text, %esi
6:	lodsb
	testb	%al, %al
	jz	7f
	movb	%al, %ah
	movw	$0x3f8, %dx
	outb	%al, %dx
	outb	%al, $0xe9
	jmp	6b
7:	cli
	hlt
	jmp	7b

	.code64
start_long:
	movl	$16, %eax
	movl	%eax, %ss
	movl	%eax, %ds
	movl	%eax, %es
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	leaq	boot_stack_top(%rip), %rsp
	movl	%ebp, %edi
	xorl	%ebp, %ebp		/* ends backtraces */
	pushq	$0
	pushq	$0			/* aligned as at a call */
	subq	$8, %rsp
	jmp	x86_start

	.section .rodata
no_nx_text:
	.asciz "kinglet: this CPU does not offer NX (execute disable), which is needed\n"

	.section .data
	.balign 8
	.globl boot_gdt
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff	/* 8: 64-bit code, accessed */
	.quad 0x00cf93000000ffff	/* 16: data, accessed */
	.quad 0, 0			/* 24: TSS, filled by traps.c */
boot_gdt_end:
boot_gdtr:
	.word boot_gdt_end - boot_gdt - 1
	.quad boot_gdt

	.section .boot.pages, "aw", @nobits
	.balign 4096
	.globl boot_pml4, boot_pdpt, boot_pd, boot_pt, boot_stack_guard, boot_stack_top
	.globl trap_stack_guard, trap_stack_top, fault_stack_guard, fault_stack_top
boot_pml4:	.skip 4096
boot_pdpt:	.skip 4096
boot_pd:	.skip 4096
boot_pt:	.skip 2 * 4096
boot_stack_guard: .skip 4096
boot_stack:	.skip 32768
boot_stack_top:
	/* Exceptions, one at a time; and one that could not be delivered on that stack. */
trap_stack_guard: .skip 4096
	.skip 8192
trap_stack_top:
fault_stack_guard: .skip 4096
	.skip 4096
fault_stack_top:

	.section .note.GNU-stack, "", @progbits
