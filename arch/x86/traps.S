/* SPDX-License-Identifier: ISC */
/*
 * The entry of each exception vector: makes the frames alike (struct trap_frame in traps.c), and
 * goes on in trap_report(), which does not return.
 */
	.macro VECTOR number, has_error
	.balign 16
	.if !\has_error
	pushq	$0
	.endif
	pushq	$\number
	jmp	trap_common
	.endm

	.section .text
	.balign 16
	.globl trap_vectors
trap_vectors:				/* 16 bytes each, 32 of them */
	.set	number, 0
	.rept	32
	.if	number == 8 || (number >= 10 && number <= 14) || number == 17 || number == 21 || number == 29 || number == 30
	VECTOR	number, 1
	.else
	VECTOR	number, 0
	.endif
	.set	number, number + 1
	.endr

trap_common:
	pushq	%rax
	pushq	%rcx
	pushq	%rdx
	pushq	%rbx
	pushq	%rbp
	pushq	%rsi
	pushq	%rdi
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	cld
	movq	%rsp, %rdi
	andq	$-16, %rsp
	call	trap_report
	ud2

	.section .note.GNU-stack, "", @progbits
