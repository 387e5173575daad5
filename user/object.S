/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the binary has inside, so that it runs from anywhere: the BPF object, an ELF file, and the
 * table of drivers, each from its name up to its name with _end.
 */
	.section .rodata
	.globl shield_object, shield_object_end
	.balign 16
shield_object:
	.incbin SHIELD_OBJECT
shield_object_end:
	.globl drivers_text, drivers_text_end
drivers_text:
	.incbin "packaging/drivers.yaml"
drivers_text_end:
	.section .note.GNU-stack, "", @progbits
