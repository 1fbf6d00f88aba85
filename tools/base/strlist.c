/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps a list of strings that owns them. */
#include "tools/base/strlist.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/grow.h"

int strlist_addn(struct strlist *l, const char *s, size_t len)
{
    char *copy;

    if (array_grow(&l->s, &l->room, l->n + 1, sizeof *l->s))
        return -ENOMEM;
    copy = strndup(s, len);
    if (!copy)
        return -ENOMEM;
    l->s[l->n++] = copy;
    return 0;
}

int strlist_add(struct strlist *l, const char *s)
{
    return strlist_addn(l, s, strlen(s));
}

int strlist_split(struct strlist *l, const char *text, char separator)
{
    const char *end;
    int rc = 0;

    for (; !rc && *text; text = *end ? end + 1 : end) {
        end = strchrnul(text, separator);
        if (end > text)
            rc = strlist_addn(l, text, (size_t)(end - text));
    }
    return rc;
}

bool strlist_has(const struct strlist *l, const char *s)
{
    for (size_t i = 0; i < l->n; i++)
        if (!strcmp(l->s[i], s))
            return true;
    return false;
}

void strlist_remove(struct strlist *l, const char *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->s[i], s))
            l->s[kept++] = l->s[i];
        else
            free(l->s[i]);
    l->n = kept;
}

void strlist_dispose(struct strlist *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->s[i]);
    free(l->s);
    *l = (struct strlist){ .s = NULL };
}
