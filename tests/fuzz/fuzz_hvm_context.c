/* SPDX-License-Identifier: LGPL-2.1-only */
/* Walks any bytes as a guest's CPU state, and makes a fence of its head. */
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/hvm_context.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t fence[HVM_CONTEXT_FENCE];
    size_t n = hvm_context_fence(data, size, fence);

    if (!n)
        return 0;
    /* it is one itself, of the same head, and has no more in it */
    if (n > sizeof fence || n > size || !hvm_context_ok(data, size) ||
        !hvm_context_ok(fence, n) || memcmp(fence, data, n - 8))
        abort();
    return 0;
}
