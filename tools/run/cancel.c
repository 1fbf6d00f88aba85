/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the wish that a run or a roll ends. */
#include "tools/run/cancel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/store/store.h"

/* The wish that is there; -ENOENT: none. */
static int cancel_read(struct store *s, const char *of, char *key,
                       uint64_t *rev, enum cancel_wish *wish)
{
    char *has = NULL;
    int rc;

    snprintf(key, STORE_KEY_MAX + 1, "%s/cancel", of);
    rc = store_get(s, key, &has, rev);
    if (!rc)
        *wish = !strcmp(has, "now") ? CANCEL_NOW : CANCEL_STOP;
    free(has);
    return rc;
}

int cancel_put(struct store *s, const char *of, enum cancel_wish wish)
{
    char key[STORE_KEY_MAX + 1];
    enum cancel_wish has = CANCEL_NO;
    uint64_t rev = 0;
    int rc = cancel_read(s, of, key, &rev, &has);

    if (rc && rc != -ENOENT)
        return rc;
    if (has >= wish)
        return 0;
    return store_cas(s, key, rev, wish == CANCEL_NOW ? "now" : "stop", NULL);
}

enum cancel_wish cancel_get(struct store *s, const char *of)
{
    char key[STORE_KEY_MAX + 1];
    enum cancel_wish wish = CANCEL_NO;
    uint64_t rev;

    cancel_read(s, of, key, &rev, &wish);
    return wish;
}
