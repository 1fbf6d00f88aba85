/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads the CPU pools of a host, and what a guest needs of them, into the words
 * of the scheduler's rule (scheduler/rule_pool.c).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/snapshot_impl.h"

/* Of any text here; a longer one is as good as none. */
enum { POOL_TEXT = 1000 };

/* The text of a member, or "?". */
static const char *pool_text(struct snap_reader *r, const struct json *obj,
                             const char *key)
{
    const char *s = snap_text(r, json_get(obj, key), key, false);

    return s && *s && strlen(s) < POOL_TEXT && !strchr(s, ' ') ? s : "?";
}

static const char *pool_name(struct snap_reader *r, const struct json *obj)
{
    const char *s = snap_text(r, json_get(obj, "name"), "name", false);

    return s && strlen(s) < POOL_TEXT ? s : "";
}

static int pool_add(struct strlist *l, const char *a, const char *b,
                    const char *c)
{
    char word[3 * POOL_TEXT + 8];

    snprintf(word, sizeof word, "%s%s%s", a, b, c);
    return strlist_add(l, word);
}

/* The words are the reader's, until it reads the next element. */
static void pool_words(const struct strlist *l, struct plan_words *out)
{
    *out = (struct plan_words){ (const char *const *)l->s, l->n, l->n > 0 };
}

static struct strlist *pool_list(struct snap_reader *r)
{
    strlist_dispose(&r->pools);
    r->pools = (struct strlist){ .s = NULL };
    return &r->pools;
}

int snap_host_pools(struct snap_reader *r, const struct json *v,
                    struct plan_words *out)
{
    struct strlist *l = pool_list(r);
    int rc = 0;

    if (v && v->type == JSON_ARR)
        JSON_FOREACH(p, v) {
            char start[2 * POOL_TEXT + 8];

            snprintf(start, sizeof start, "%s %s",
                     pool_text(r, p, "scheduler"), pool_text(r, p, "cpus"));
            if (!rc)
                rc = pool_add(l, start, " ", pool_name(r, p));
        }
    pool_words(l, out);
    return rc;
}

int snap_guest_pool(struct snap_reader *r, const struct json *v,
                    struct plan_words *out)
{
    struct strlist *l = pool_list(r);
    const struct json *cpus = json_get(v, "cpus");
    int rc = 0;

    if (v && v->type == JSON_OBJ) {
        rc = pool_add(l, pool_text(r, v, "scheduler"), " ", pool_name(r, v));
        if (cpus && cpus->type == JSON_ARR)
            JSON_FOREACH(s, cpus)
                if (!rc && snap_is_text(s) && s->len < POOL_TEXT)
                    rc = pool_add(l, "=", s->str, "");
    }
    pool_words(l, out);
    return rc;
}
