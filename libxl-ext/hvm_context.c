/* SPDX-License-Identifier: LGPL-2.1-only */
/* Walks the records of a guest's CPU state. */
#include "libxl-ext/hvm_context.h"

#include <string.h>

#include <xenctrl.h>
#include <xen/hvm/save.h>

enum { RECORD = 8, TYPE_END = 0, TYPE_HEAD = 1 };

static uint16_t context_type(const uint8_t *record)
{
    uint16_t t;

    memcpy(&t, record, sizeof t);
    return t;
}

static size_t context_length(const uint8_t *record)
{
    uint32_t n;

    memcpy(&n, record + 4, sizeof n);
    return n;
}

bool hvm_context_ok(const uint8_t *c, size_t n)
{
    size_t at = 0;

    if (n < 2 * RECORD || n > HVM_CONTEXT_MAX || context_type(c) != TYPE_HEAD)
        return false;
    while (n - at >= RECORD) {
        size_t len = context_length(c + at);
        bool end = context_type(c + at) == TYPE_END;

        at += RECORD;
        if (end)
            return !len && at == n;
        if (len > n - at)
            return false;
        at += len;
    }
    return false;
}

static bool context_is_pae(const uint8_t *cpu, size_t len)
{
    static const uint64_t pg = 1ull << 31, pae = 1 << 5, lma = 1 << 10;
    struct hvm_hw_cpu h;

    if (len < sizeof h)
        return false;
    memcpy(&h, cpu, sizeof h);
    return h.cr0 & pg && h.cr4 & pae && !(h.msr_efer & lma);
}

bool hvm_context_reads_memory(const uint8_t *c, size_t n)
{
    for (size_t at = 0; n - at >= RECORD;) {
        size_t len = context_length(c + at);

        if (context_type(c + at) == HVM_SAVE_CODE(CPU) &&
            context_is_pae(c + at + RECORD, len))
            return true;
        at += RECORD + len;
    }
    return false;
}

size_t hvm_context_fence(const uint8_t *c, size_t n,
                         uint8_t fence[HVM_CONTEXT_FENCE])
{
    size_t head;

    if (!hvm_context_ok(c, n))
        return 0;
    head = RECORD + context_length(c);
    if (head > HVM_CONTEXT_FENCE - RECORD)
        return 0;
    memcpy(fence, c, head);
    memset(fence + head, 0, RECORD);
    return head + RECORD;
}
