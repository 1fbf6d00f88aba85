/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop metrics: the cluster and what came of moves, for Prometheus. A file
 * is replaced as a whole, so that the textfile collector never reads a half.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/file.h"
#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cluster/inventory.h"
#include "tools/paths.h"
#include "tools/run/home.h"
#include "tools/run/runs.h"
#include "tools/view/metricsview.h"
#include "tools/view/runview.h"
#include "topology/export.h"

struct metrics {
    struct planning p;
    struct inventory hosts, guests;
    struct runs_row *run;
    size_t run_n;
    struct metrics_moves moves;
};

static void metrics_move(void *arg, const struct run_move *m)
{
    struct metrics *c = arg;

    inventory_moved(&c->hosts, m->from, m->ended);
    inventory_moved(&c->hosts, m->to, m->ended);
    metrics_moves_add(&c->moves, m);
}

/* What this host's journal has; a host that never began a run has none. */
static int metrics_journal(struct metrics *c)
{
    struct store *s = NULL;
    struct msg err;
    int rc = store_open(&s, path_state(), &err);

    if (!rc)
        rc = runs_read(s, &c->run, &c->run_n, runview_note, NULL, &err);
    if (!rc)
        rc = runs_moves(s, metrics_move, c, &err);
    store_close(s);
    if (!rc)
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}

static void metrics_put(const struct metrics *c, FILE *f)
{
    metricsview_hosts(f, c->hosts.host, c->hosts.host_n);
    metricsview_guests(f, c->guests.guest, c->guests.guest_n);
    topo_write_link_metrics(c->p.snap.map, f);
    metricsview_runs(f, c->run, c->run_n);
    metricsview_moves(f, &c->moves);
    metricsview_end(f);
}

/* To the file, or to standard output. An exit code. */
static int metrics_write(const struct metrics *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    int rc = 0;

    if (f)
        metrics_put(c, f);
    if (!f || fclose(f))
        die_oom();
    if (c->p.out)
        rc = file_replace(c->p.out, text, len);
    else if (fwrite(text, 1, len, stdout) != len || fflush(stdout))
        rc = -errno;
    free(text);
    if (!rc)
        return RC_OK;
    complain("%s cannot be written: %s", c->p.out ? c->p.out : "the output",
             strerror(-rc));
    return RC_FAILED;
}

static int metrics_collect(struct metrics *c)
{
    struct planning *p = &c->p;
    int rc = planning_load(p);

    if (rc)
        return rc;
    if (inventory_hosts(&c->hosts, &p->snap, NULL, 0,
                        p->snapshot ? NULL : &p->app->conf) ||
        inventory_guests(&c->guests, &p->snap, NULL, 0))
        die_oom();
    rc = metrics_journal(c);
    if (!rc)
        rc = metrics_write(c);
    return !rc && p->dead ? RC_PARTLY : rc;
}

/* Which guests are away is known of the live cluster. */
static int metrics_command(struct metrics *c)
{
    struct homes homes;
    struct msg err;
    bool known =
        !c->p.snapshot && !homes_read_here(&homes, runview_note, NULL, &err);
    int rc;

    c->p.homes = known ? &homes : NULL;
    rc = metrics_collect(c);
    if (known)
        homes_dispose(&homes);
    c->p.homes = NULL;
    return rc;
}

int cmd_metrics(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct metrics c = { .run = NULL };
    int rc = planning_args(&c.p, app, self, argc, argv);

    metrics_moves_init(&c.moves);
    if (!rc && c.p.operands)
        rc = usage_error("metrics", "metrics takes no operands");
    if (!rc)
        rc = metrics_command(&c);
    inventory_dispose(&c.hosts);
    inventory_dispose(&c.guests);
    free(c.run);
    planning_dispose(&c.p);
    return rc < 0 ? RC_OK : rc;
}
