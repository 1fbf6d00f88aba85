/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as a plan. */
#include <stdlib.h>

#include "tools/doc/plan.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan_doc p;
    struct msg err;

    if (plan_doc_parse(&p, "fuzz", data, size, &err))
        return 0;
    /* what was let through can be carried out: a first move exists */
    for (uint32_t i = 0; i < p.move_n; i++) {
        if (!p.move[i].after_n)
            break;
        if (i + 1 == p.move_n)
            abort();
    }
    plan_doc_dispose(&p);
    return 0;
}
