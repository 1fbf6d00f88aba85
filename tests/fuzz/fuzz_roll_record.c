/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as the record of a roll, and of a host of it. What is read is
 * written the same again. */
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"
#include "tools/doc/roll_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct roll *r)
{
    char *text = roll_format(r), *second;
    struct roll copy;
    struct msg err;

    if (!text || roll_parse(&copy, text, strlen(text), &err))
        abort();
    second = roll_format(&copy);
    if (!second || strcmp(text, second))
        abort();
    free(text);
    free(second);
    roll_record_dispose(&copy);
}

/* In a roll of its own, which owns it. */
static void host_again(const struct roll_host *h)
{
    char *text = roll_host_format(h), *second;
    struct roll r = { .ended = false };
    struct msg err;

    if (!text || roll_add_host(&r, "h") ||
        roll_host_parse(&r.host[0], text, strlen(text), &err))
        abort();
    second = roll_host_format(&r.host[0]);
    if (!second || strcmp(text, second))
        abort();
    free(text);
    free(second);
    roll_record_dispose(&r);
}

static void more_again(const struct roll_host *h)
{
    char *text = roll_host_more_format(h), *second;
    struct roll r = { .ended = false };
    struct msg err;

    if (!text || roll_add_host(&r, "h") ||
        roll_host_more_parse(&r.host[0], text, strlen(text), &err))
        abort();
    second = roll_host_more_format(&r.host[0]);
    if (!second || strcmp(text, second))
        abort();
    free(text);
    free(second);
    roll_record_dispose(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct roll r;
    struct msg err;

    if (!roll_parse(&r, (const char *)data, size, &err)) {
        again(&r);
        roll_record_dispose(&r);
    }
    r = (struct roll){ .ended = false };
    if (roll_add_host(&r, "h"))
        abort();
    if (!roll_host_parse(&r.host[0], (const char *)data, size, &err))
        host_again(&r.host[0]);
    if (!roll_host_more_parse(&r.host[0], (const char *)data, size, &err))
        more_again(&r.host[0]);
    roll_record_dispose(&r);
    return 0;
}
