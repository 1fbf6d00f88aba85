/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop level audit: guests that can't go to all hosts, and hosts that have
 * lost features since the level was set. */
#include <stdio.h>

#include "tools/cli/levelcmd.h"
#include "tools/doc/level.h"
#include "tools/move/level.h"
#include "tools/paths.h"
#include "tools/view/levelview.h"

struct json_out *levelcmd_json(const struct levels *l)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    level_begin(o, l->c, l->host, l->n);
    return o;
}

int levelcmd_json_end(struct json_out *o)
{
    level_end(o);
    return json_out_free(o) ? RC_FAILED : RC_OK;
}

/* What was set for the hosts of a vendor, if this host has set it. */
static bool level_was_set(const struct plan_level_pool *p,
                          struct level_kept *k)
{
    struct msg err;
    int rc = level_kept(path_state(), p->vendor ? p->vendor : "", k, &err);

    if (rc < 0)
        complain("%s", err.text);
    return rc > 0;
}

static void audit_gone(const struct levels *l, const struct level_kept *k,
                       struct json_out *o)
{
    struct plan_features gone;

    for (size_t i = 0; i < k->hosts; i++) {
        if (!levels_gone(l, &k->host[i], &gone))
            continue;
        if (o)
            level_write_gone(o, k->host[i].name, k->since, &gone);
        else
            levelview_gone(stdout, k->host[i].name, k->since, &gone);
    }
}

/* The levels that are set, and hosts that have changed since. */
static void audit_set(const struct levels *l, struct json_out *o)
{
    struct level_kept k;

    for (int i = 0; i < l->pools[PLAN_LEVEL_HVM]; i++) {
        if (level_was_set(&l->pool[PLAN_LEVEL_HVM][i], &k)) {
            if (!o)
                levelview_set(stdout, k.level, k.vendor, k.since);
            audit_gone(l, &k, o);
        }
        level_kept_dispose(&k);
    }
}

static int audit_json(const struct levels *l, const struct plan_level_audit *a)
{
    struct json_out *o = levelcmd_json(l);

    level_write_audit(o, l->c, a);
    json_key(o, "gone");
    json_arr(o);
    audit_set(l, o);
    json_arr_end(o);
    return levelcmd_json_end(o);
}

int levelcmd_audit(const struct levels *l, bool json)
{
    struct plan_level_audit a;
    int rc = RC_OK;

    if (plan_level_audit(l->c, l->host, l->n, &a))
        die_oom();
    if (json) {
        rc = audit_json(l, &a);
    } else {
        audit_set(l, NULL);
        levelview_audit(stdout, l, &a);
    }
    plan_level_audit_dispose(&a);
    return rc;
}
