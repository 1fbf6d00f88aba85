/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The CPU state of an HVM or PVH guest as Xen hands it out and takes it back
 * (xen/include/public/arch-x86/hvm/save.h): records of a type, an instance and
 * a length, from a head to an end. What is in them is Xen's to judge.
 */
#ifndef XLX_HVM_CONTEXT_H
#define XLX_HVM_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HVM_CONTEXT_MAX = 4 << 20, /* bytes; a vCPU takes some 8 KiB */
    HVM_CONTEXT_FENCE = 256,   /* of the shortest that Xen takes */
};

/* From a head to an end, with nothing behind it. */
bool hvm_context_ok(const uint8_t *c, size_t n);
/*
 * Whether a vCPU of a context that is ok pages by PAE in 32 bits: then Xen reads
 * a page of the guest's memory as it loads it.
 */
bool hvm_context_reads_memory(const uint8_t *c, size_t n);
/*
 * The head of a context that is ok, and an end: Xen loads no vCPU from it, so
 * that all are down afterwards and nothing runs, whoever unpauses the domain.
 * Its length; 0: the head is none of Xen's.
 */
size_t hvm_context_fence(const uint8_t *c, size_t n,
                         uint8_t fence[HVM_CONTEXT_FENCE]);

#endif
