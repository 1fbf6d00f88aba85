/* SPDX-License-Identifier: LGPL-2.1-only */
/* Numbers names by sorting them. */
#include "tools/base/names.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

int names_init(struct names *t, uint32_t most)
{
    *t = (struct names){ .s = calloc((size_t)most + 1, sizeof *t->s) };
    return t->s ? 0 : -ENOMEM;
}

void names_add(struct names *t, const char *s)
{
    t->s[t->n++] = s;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void names_close(struct names *t)
{
    uint32_t kept = 0;

    qsort(t->s, t->n, sizeof *t->s, by_name);
    for (uint32_t i = 0; i < t->n; i++)
        if (!kept || strcmp(t->s[kept - 1], t->s[i]))
            t->s[kept++] = t->s[i];
    t->n = kept;
}

uint32_t names_find(const struct names *t, const char *s)
{
    const char **at = bsearch(&s, t->s, t->n, sizeof *t->s, by_name);

    return at ? (uint32_t)(at - t->s) : UINT32_MAX;
}

void names_dispose(struct names *t)
{
    free(t->s);
    *t = (struct names){ .s = NULL };
}
