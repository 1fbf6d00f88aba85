/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Turns strings and small keys into numbers, so that planners compare numbers.
 *
 * Ids are given in the order of arrival and depend on no address.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t intern_key(struct intern *t, const void *key, size_t len)
{
    struct intern_entry *e;

    HASH_FIND(hh, t->hash, key, len, e);
    if (e)
        return e->id;
    if (array_grow(&t->entry, &t->room, t->n + 1u,
                   sizeof(struct intern_entry *)))
        return NONE;
    e = calloc(1, sizeof *e + len + 1);
    if (!e)
        return NONE;
    memcpy(e->key, key, len);
    e->len = (uint32_t)len;
    e->id = t->n;
    HASH_ADD_KEYPTR(hh, t->hash, e->key, len, e);
    if (!e->hh.tbl) {
        free(e);
        return NONE;
    }
    t->entry[t->n++] = e;
    return e->id;
}

uint32_t intern_str(struct intern *t, const char *s)
{
    return s ? intern_key(t, s, strlen(s)) : NONE;
}

uint32_t intern_find(const struct intern *t, const char *s)
{
    struct intern_entry *e;

    HASH_FIND(hh, t->hash, s, strlen(s), e);
    return e ? e->id : NONE;
}

const char *intern_get(const struct intern *t, uint32_t id)
{
    return id < t->n ? t->entry[id]->key : NULL;
}

void intern_dispose(struct intern *t)
{
    HASH_CLEAR(hh, t->hash);
    for (uint32_t i = 0; i < t->n; i++)
        free(t->entry[i]);
    free(t->entry);
    *t = (struct intern){ .hash = NULL };
}

char *plan_asprintf(const char *fmt, ...)
{
    char *s;
    va_list ap;
    int n;

    va_start(ap, fmt);
    n = vasprintf(&s, fmt, ap);
    va_end(ap);
    return n < 0 ? NULL : s;
}
