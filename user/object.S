/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The BPF object inside the binary, so that it runs from anywhere: the bytes of an ELF file from
 * shield_object up to shield_object_end.
 */
	.section .rodata
	.globl shield_object, shield_object_end
	.balign 16
shield_object:
	.incbin SHIELD_OBJECT
shield_object_end:
	.section .note.GNU-stack, "", @progbits
