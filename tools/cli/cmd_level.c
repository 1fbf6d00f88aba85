/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop level: what guests may be shown of the hosts' CPUs so that they can
 * go to all of them, and which guests can't.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/levelcmd.h"
#include "tools/cli/planning.h"
#include "tools/cluster/levels.h"
#include "tools/doc/level.h"
#include "tools/run/goal.h"
#include "tools/view/levelview.h"

static const char takes[] = "level takes show, audit, line [LEVEL], set LEVEL "
                            "or set none, and hosts behind that";

/* --- the hosts that are looked at ---------------------------------------- */

/* From operand `from` on, or all: 0, or an exit code. */
static int level_hosts(struct planning *p, int from, uint32_t **host_r,
                       uint32_t *n_r)
{
    struct msg err;
    int n;

    *host_r = NULL;
    *n_r = 0;
    if (p->operands <= from)
        return 0;
    n = goal_hosts(p->snap.cluster, p->operand + from, p->operands - from,
                   host_r, &err);
    if (n == -ENOMEM)
        die_oom();
    if (n < 0) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    *n_r = (uint32_t)n;
    return 0;
}

static int level_load(struct planning *p, int from, struct levels *l)
{
    uint32_t *host, n;
    int rc = planning_load(p);

    *l = (struct levels){ .c = NULL };
    if (!rc)
        rc = level_hosts(p, from, &host, &n);
    if (rc)
        return rc;
    if (levels_take(l, p->snap.cluster, host, n))
        die_oom();
    free(host);
    return 0;
}

/* --- show ---------------------------------------------------------------- */

static int show_json(const struct levels *l, const struct levels *less,
                     const char *joins)
{
    struct json_out *o = levelcmd_json(l);

    if (joins)
        json_kv_str(o, "joins", joins);
    json_key(o, "pools");
    json_arr(o);
    for (int t = 0; t < PLAN_LEVEL_TYPES; t++)
        for (int i = 0; i < l->pools[t]; i++) {
            struct plan_features lost;

            if (less)
                levels_lost(less, &l->pool[t][i], &lost);
            level_write_pool(o, l->c, &l->pool[t][i], less ? &lost : NULL);
        }
    json_arr_end(o);
    return levelcmd_json_end(o);
}

/* The hosts without that one; 0: it is not among them. */
static uint32_t hosts_without(const struct levels *l, uint32_t host,
                              uint32_t *rest)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < l->n; i++)
        if (l->host[i] != host)
            rest[n++] = l->host[i];
    return n;
}

/* The pool with the host that would join it, and without. */
static int level_grow(const struct levels *l, uint32_t joins,
                      struct levels *more, struct levels *less)
{
    uint32_t *host = calloc((size_t)l->n + 2, sizeof *host), n;

    if (!host)
        die_oom();
    n = hosts_without(l, joins, host);
    if (!n) {
        complain("there is no host but the one that joins");
        free(host);
        return RC_USAGE;
    }
    if (levels_take(less, l->c, host, n))
        die_oom();
    host[n++] = joins;
    if (levels_take(more, l->c, host, n))
        die_oom();
    free(host);
    return RC_OK;
}

/* Guests that run now, and can't go to a host that joins. */
static uint32_t stuck_there(const struct levels *l, uint32_t host)
{
    struct plan_level_audit a;
    uint32_t n = 0;

    if (plan_level_audit(l->c, l->host, l->n, &a))
        die_oom();
    for (uint32_t i = 0; i < a.stuck_n; i++) {
        const struct plan_level_reason *r = &a.reason[a.stuck[i].reason];

        /* the one that joins is the last */
        n += r->host[r->n - 1] == host;
    }
    plan_level_audit_dispose(&a);
    return n;
}

static int show_joins(struct planning *p, const struct levels *l)
{
    struct levels more = { .c = NULL }, less = { .c = NULL };
    uint32_t host = plan_find_host(l->c, p->with);
    struct msg err;
    int rc;

    if (host == PLAN_NONE) {
        goal_no_host(l->c, p->with, &err);
        complain("%s", err.text);
        return RC_USAGE;
    }
    rc = level_grow(l, host, &more, &less);
    if (!rc && p->json) {
        rc = show_json(&more, &less, p->with);
    } else if (!rc) {
        levelview_show(stdout, &more, &less, p->with);
        levelview_joins(stdout, p->with, stuck_there(&more, host));
    }
    levels_dispose(&more);
    levels_dispose(&less);
    return rc;
}

static int level_show(struct planning *p)
{
    struct levels l;
    int rc = level_load(p, 1, &l);

    if (!rc && p->with)
        rc = show_joins(p, &l);
    else if (!rc && p->json)
        rc = show_json(&l, NULL, NULL);
    else if (!rc)
        levelview_show(stdout, &l, NULL, NULL);
    levels_dispose(&l);
    return rc;
}

/* --- audit --------------------------------------------------------------- */

static int level_audit(struct planning *p)
{
    struct levels l;
    int rc = level_load(p, 1, &l);

    if (!rc)
        rc = levelcmd_audit(&l, p->json);
    levels_dispose(&l);
    return rc;
}

/* --- line ---------------------------------------------------------------- */

/* The level that operand 1 names: 0, or an exit code. */
static int level_named(const struct planning *p, unsigned *level)
{
    char names[200] = "";
    size_t at = 0;

    *level = p->operands > 1 ? plan_level_find(p->operand[1]) : 0;
    if (*level < plan_levels())
        return RC_OK;
    for (unsigned i = 0; i < plan_levels() && at < sizeof names; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s",
                               i ? ", " : "", plan_level_name(i));
    return usage_error("level", "there is no level %s; levels are %s",
                       p->operand[1], names);
}

static int level_check(const struct levels *l, unsigned level)
{
    struct msg err;

    if (!levels_check(l, level, &err))
        return RC_OK;
    complain("%s", err.text);
    return RC_NOPLAN;
}

static int level_line(struct planning *p)
{
    struct levels l;
    unsigned level;
    int rc = level_named(p, &level);

    if (rc)
        return rc;
    /* what is set counts, where nothing else is asked for */
    if (p->operands < 2 && !p->snapshot) {
        rc = levelcmd_line_here();
        if (rc >= 0)
            return rc;
    }
    rc = level_load(p, 2, &l);
    if (!rc)
        rc = level_check(&l, level);
    if (!rc)
        levelview_line(stdout, &l, level);
    levels_dispose(&l);
    return rc;
}

/* --- set ----------------------------------------------------------------- */

static int level_set(struct planning *p)
{
    bool unset = p->operands > 1 && !strcmp(p->operand[1], "none");
    unsigned level = 0;
    struct levels l;
    int rc;

    if (p->operands < 2)
        return usage_error("level", "%s", takes);
    rc = unset ? RC_OK : level_named(p, &level);
    if (rc)
        return rc;
    rc = level_load(p, 2, &l);
    if (!rc && !unset)
        rc = level_check(&l, level);
    if (!rc)
        rc = levelcmd_set(p, &l, level);
    levels_dispose(&l);
    return rc;
}

/* --- the command --------------------------------------------------------- */

static int level_run(struct planning *p)
{
    const char *verb = p->operands ? p->operand[0] : "show";

    if (p->with && strcmp(verb, "show"))
        return usage_error("level", "--with HOST goes with show");
    if (!strcmp(verb, "show"))
        return level_show(p);
    if (!strcmp(verb, "audit"))
        return level_audit(p);
    if (!strcmp(verb, "line"))
        return level_line(p);
    if (!strcmp(verb, "set"))
        return level_set(p);
    return usage_error("level", "%s", takes);
}

int cmd_level(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    int rc = levelcmd_host(app, self, argc, argv);

    if (rc >= 0)
        return rc;
    rc = planning_args(&p, app, self, argc, argv);
    if (!rc)
        rc = level_run(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
