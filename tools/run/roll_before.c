/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps what a host of a roll was before the work on it, in its record, and
 * knows what it is to lose by it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/cpu.h"
#include "tools/doc/json.h"
#include "tools/run/roll_impl.h"

int roll_keep_before(struct roll_host *h, const struct host_state *s)
{
    struct json_out *o = json_text_new(false);
    char *text;

    if (!o)
        return -ENOMEM;
    host_state_write(o, s);
    text = json_text_free(o, NULL);
    if (!text)
        return -ENOMEM;
    free(h->facts);
    h->facts = text;
    h->more = true;
    return 0;
}

int roll_before(const struct roll_host *h, struct host_state *s)
{
    struct json_doc *doc = NULL;
    struct msg ignored;
    int rc;

    host_state_init(s);
    if (!h->facts)
        return -ENOENT;
    rc = json_parse(&doc, "roll", h->facts, strlen(h->facts), NULL, NULL,
                    &ignored);
    if (!rc)
        rc = host_state_read(s, json_root(doc));
    json_free(doc);
    return rc;
}

const struct plan_features *roll_without(const struct roll_limits *l,
                                         struct plan_features *f)
{
    return *l->without && !plan_features_find(f, l->without) ? f : NULL;
}
