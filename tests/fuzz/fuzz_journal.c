/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as a run's record, and as a move's. What is read is written the
 * same again. */
#include <stdlib.h>
#include <string.h>

#include "tools/run/journal.h"

#include "tools/base/msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct run *r)
{
    char *text = run_format(r), *second;
    struct msg err;
    struct run copy;

    if (!text || run_parse(&copy, text, strlen(text), &err))
        abort();
    second = run_format(&copy);
    if (!second || strcmp(text, second))
        abort();
    /* an executor could carry it out: nothing waits for what comes later */
    for (uint32_t i = 0; i < copy.move_n; i++)
        for (uint32_t k = 0; k < copy.move[i].after_n; k++)
            if (copy.move[i].after[k] >= i)
                abort();
    free(text);
    free(second);
    run_dispose(&copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run_move m = { .state = MOVE_PLANNED };
    char *text;
    struct msg err;
    struct run r;

    if (!run_parse(&r, (const char *)data, size, &err)) {
        again(&r);
        run_dispose(&r);
    }
    if (!run_move_parse(&m, (const char *)data, size, &err)) {
        text = run_move_format(&m);
        if (!text)
            abort();
        free(text);
    }
    return 0;
}
