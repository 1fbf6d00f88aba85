/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the predictions of the newest runs in the store, prediction/RUN. */
#include "tools/run/prediction_keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/doc/prediction.h"

enum { KEPT = 50 };

static int prediction_prune(struct store *s)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, "prediction/", &list, &n);

    for (unsigned i = 0; i + KEPT < n && !rc; i++)
        rc = store_cas(s, list[i].key, list[i].rev, NULL, NULL);
    store_list_free(list, n);
    return rc;
}

int prediction_keep(struct store *s, const struct run *r)
{
    char key[STORE_KEY_MAX + 1], *text = NULL, *old = NULL;
    struct json_out *o;
    uint64_t rev = 0;
    int rc;

    if (!(prediction_makespan(r) > 0))
        return 0;
    o = json_text_new(false);
    if (o)
        prediction_write(o, r);
    text = json_text_free(o, NULL);
    if (!text)
        return -ENOMEM;
    snprintf(key, sizeof key, "prediction/%s", r->name);
    if (!store_get(s, key, &old, &rev))
        free(old);
    rc = store_cas(s, key, rev, text, NULL);
    free(text);
    return rc ? rc : prediction_prune(s);
}
