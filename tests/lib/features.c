/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes featuresets of names. */
#include "tests/lib/features.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

unsigned features_bit(const char *name)
{
    unsigned bit = plan_feature_find(name, strlen(name));

    if (bit == PLAN_FEATURE_BITS) {
        fprintf(stderr, "%s is no feature\n", name);
        abort();
    }
    return bit;
}

struct plan_features features_of(const char *names)
{
    struct plan_features f = { .n = 18 };

    for (size_t n; *names; names += n) {
        unsigned bit;
        char name[32];

        names += strspn(names, " ");
        n = strcspn(names, " ");
        if (!n)
            break;
        snprintf(name, sizeof name, "%.*s", (int)n, names);
        bit = features_bit(name);
        f.word[bit / 32] |= 1u << bit % 32;
    }
    return f;
}
