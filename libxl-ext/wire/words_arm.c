/* SPDX-License-Identifier: LGPL-2.1-only */
/* Formats and parses @arm, of either host. */
#include "libxl-ext/wire/word_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

size_t word_arms_format(unsigned version, char buf[WORD_LINE])
{
    return word_put(buf, WORD_MARK_ARM " %u", version);
}

int word_arms_parse(const char *line, unsigned *version_r)
{
    return word_version_parse(line, WORD_ARM, version_r);
}

size_t word_arm_format(const struct word_arm *a, char buf[WORD_LINE])
{
    size_t n = word_put(buf, WORD_MARK_ARM " %u %x", WORD_ARMS, a->context);

    for (uint32_t i = 0; i < a->n; i++) {
        char one[40];
        int len = snprintf(one, sizeof one, " %" PRIx64 "=%" PRIx64 "\n",
                           a->param[i].index, a->param[i].value);

        if (n - 1 + (size_t)len >= WORD_LINE)
            return 0;
        memcpy(buf + n - 1, one, (size_t)len + 1); /* over the line feed */
        n += (size_t)len - 1;
    }
    return n;
}

int word_arm_parse(const char *line, struct word_arm *a)
{
    struct word_arm got = { .n = 0 };
    const char *rest;
    uint64_t version, context;

    if (word_mark_parse(line, &rest) != WORD_ARM)
        return -ENOENT;
    if (!word_number(&rest, WORD_ARMS, &version) || version != WORD_ARMS ||
        !word_skip(&rest, " ") || !word_hex(&rest, UINT32_MAX, &context))
        return -EINVAL;
    got.context = (uint32_t)context;
    for (; *rest; got.n++) {
        struct word_param *p = &got.param[got.n];

        if (got.n == WORD_PARAMS || !word_skip(&rest, " ") ||
            !word_hex(&rest, UINT32_MAX, &p->index) ||
            !word_skip(&rest, "=") || !word_hex(&rest, UINT64_MAX, &p->value))
            return -EINVAL;
    }
    *a = got;
    return 0;
}
