/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop hosts, rackhop guests: what the cluster has, from its hosts or from
 * a snapshot.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cluster/inventory.h"
#include "tools/paths.h"
#include "tools/run/goal.h"
#include "tools/run/home.h"
#include "tools/run/runs.h"
#include "tools/view/inventoryview.h"
#include "tools/view/runview.h"

struct listing {
    struct planning p;
    struct inventory rows;
    struct table_look look;
    uint32_t *only; /* hosts that the operands name; NULL: all */
    int only_n;
};

/* The hosts that the operands name. An exit code. */
static int listing_only(struct listing *l)
{
    struct msg err;

    if (!l->p.operands)
        return RC_OK;
    l->only_n = goal_hosts(l->p.snap.cluster, l->p.operand, l->p.operands,
                           &l->only, &err);
    if (l->only_n >= 0)
        return RC_OK;
    complain("%s", err.text);
    return RC_USAGE;
}

static int listing_wrong(const struct msg *err)
{
    complain("%s", err->text);
    return RC_USAGE;
}

/* For programs: what was written, and an exit code. */
static int listing_json(const struct listing *l, bool hosts)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    if (hosts)
        inventory_write_hosts(o, l->rows.host, l->rows.host_n);
    else
        inventory_write_guests(o, l->p.snap.cluster, l->rows.guest,
                               l->rows.guest_n);
    return json_out_free(o) ? RC_FAILED : RC_OK;
}

/* --- hosts --------------------------------------------------------------- */

static void listing_move(void *arg, const struct run_move *m)
{
    struct inventory *rows = arg;

    inventory_moved(rows, m->from, m->ended);
    inventory_moved(rows, m->to, m->ended);
}

/* The moves that this host knows of; without a store it knows of none. */
static void listing_moves(struct inventory *rows)
{
    struct store *s = NULL;
    struct msg err;

    if (store_open(&s, path_state(), &err))
        return;
    if (runs_moves(s, listing_move, rows, &err))
        complain("%s", err.text);
    store_close(s);
}

static int listing_hosts(struct listing *l)
{
    struct planning *p = &l->p;
    bool live = !p->snapshot;
    struct msg err;

    if (inventory_hosts(&l->rows, &p->snap, l->only, (size_t)l->only_n,
                        live && !l->only ? &p->app->conf : NULL))
        die_oom();
    if (live)
        listing_moves(&l->rows);
    if (p->sort && inventory_sort_hosts(&l->rows, p->sort, &err))
        return listing_wrong(&err);
    if (p->json)
        return listing_json(l, true);
    inventoryview_hosts(stdout, l->rows.host, l->rows.host_n,
                        (double)time(NULL), l->look);
    return RC_OK;
}

/* --- guests -------------------------------------------------------------- */

static int listing_guests(struct listing *l)
{
    struct planning *p = &l->p;
    struct msg err;

    if (inventory_guests(&l->rows, &p->snap, l->only, (size_t)l->only_n))
        die_oom();
    if (p->sort && inventory_sort_guests(&l->rows, p->sort, &err))
        return listing_wrong(&err);
    if (p->json)
        return listing_json(l, false);
    inventoryview_guests(stdout, p->snap.cluster, l->rows.guest,
                         l->rows.guest_n, l->look);
    return RC_OK;
}

/* --- both ---------------------------------------------------------------- */

static int listing(struct listing *l, int (*show)(struct listing *l))
{
    struct planning *p = &l->p;
    struct homes homes;
    struct msg err;
    bool known =
        !p->snapshot && !homes_read_here(&homes, runview_note, NULL, &err);
    int rc;

    p->homes = known ? &homes : NULL;
    rc = planning_load(p);
    if (!rc)
        rc = listing_only(l);
    if (!rc)
        rc = show(l);
    if (!rc && p->dead)
        rc = RC_PARTLY;
    if (known)
        homes_dispose(&homes);
    p->homes = NULL;
    return rc;
}

static int listing_command(struct app *app, const struct cmd *self, int argc,
                           char **argv, int (*show)(struct listing *l))
{
    struct listing l = { .look = table_look(app->wide, app->colour) };
    int rc = planning_args(&l.p, app, self, argc, argv);

    if (!rc)
        rc = listing(&l, show);
    inventory_dispose(&l.rows);
    free(l.only);
    planning_dispose(&l.p);
    return rc < 0 ? RC_OK : rc;
}

int cmd_hosts(struct app *app, const struct cmd *self, int argc, char **argv)
{
    return listing_command(app, self, argc, argv, listing_hosts);
}

int cmd_guests(struct app *app, const struct cmd *self, int argc, char **argv)
{
    return listing_command(app, self, argc, argv, listing_guests);
}
