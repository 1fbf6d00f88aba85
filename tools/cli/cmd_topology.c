/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop topology: shows the rack map, live or from a directory of captures,
 * in whichever form is wanted.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>

#include "tools/base/msg.h"
#include "tools/cli/cmd.h"
#include "tools/cluster/views.h"
#include "tools/doc/facts.h"
#include "tools/view/mapview.h"
#include "topology/source.h"

struct options {
    const char *from;
    struct mapview view;
    bool watch, facts;
    char **operand;
    int operands;
};

static const struct {
    int opt;
    enum map_form form;
} forms[] = {
    { OPT_JSON, MAP_JSON },
    { OPT_DOT, MAP_DOT },
    { OPT_SVG, MAP_SVG },
    { OPT_SLURM, MAP_SLURM },
    { OPT_RFC8345, MAP_RFC8345 },
    { OPT_HDFS, MAP_HDFS },
    { OPT_PROMETHEUS, MAP_PROMETHEUS },
};

static void set_option(struct options *o, int opt, const char *arg)
{
    switch (opt) {
    case OPT_FROM: o->from = arg; return;
    case OPT_MATRIX: o->view.matrix = true; return;
    case OPT_WATCH: o->watch = true; return;
    case OPT_FACTS: o->facts = true; return;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].opt == opt)
            o->view.form = forms[i].form;
}

/* The map once: RC_PARTLY when a source of it failed. */
static int show_once(const struct app *app, const struct options *o)
{
    struct views v;
    struct msg err;
    int rc;

    views_init(&v);
    rc = o->from ? views_capture(&v, o->from, &err)
                 : views_live(&v, &app->conf, &err);
    if (!rc)
        rc = views_merge(&v, &app->conf.racks, &err);
    if (rc) {
        complain("%s", err.text);
        rc = o->from ? RC_USAGE : RC_FAILED;
    } else {
        rc = mapview_show(&o->view, &v.map);
        if (rc == RC_OK && v.failed)
            rc = RC_PARTLY;
    }
    views_dispose(&v);
    return rc;
}

/* What this host knows of its cables, as other hosts ask for it. */
static int show_facts(const struct app *app, const struct options *o)
{
    struct topo_view v;
    struct msg err;
    int rc;

    topo_view_init(&v);
    rc = views_local(&v, &app->conf, o->operand, (size_t)o->operands, &err);
    if (rc)
        complain("%s", err.text);
    if (rc >= 0) {
        struct json_out *j = json_out_new(stdout, true);

        if (!j)
            die_oom();
        facts_write(j, &v, NULL);
        rc = json_out_free(j);
    }
    topo_view_dispose(&v);
    return rc ? RC_FAILED : RC_OK;
}

/* --- watching -------------------------------------------------------------- */

struct watching {
    const struct app *app;
    const struct options *o;
};

static int map_changed(void *arg)
{
    struct watching *w = arg;
    int rc;

    if (w->app->tty)
        fputs("\033[H\033[2J", stdout);
    rc = show_once(w->app, w->o);
    fflush(stdout);
    /* a source that is away may come back; a lost reader will not */
    return (rc == RC_OK || rc == RC_PARTLY || rc == RC_FAILED) &&
                   !ferror(stdout)
               ? 0
               : 1;
}

static int watch_map(const struct app *app, const struct options *o)
{
    struct watching w = { app, o };
    struct msg err;
    int rc = map_changed(&w);

    if (!rc)
        rc = topo_lldpd_watch(app->conf.lldpd_socket, map_changed, &w, &err);
    if (rc >= 0)
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}

int cmd_topology(struct app *app, const struct cmd *self, int argc,
                 char **argv)
{
    struct options o = { .view = { .colour = app->colour } };
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        set_option(&o, opt, it.arg);
    if (opt < 0)
        return cmd_iter_exit(opt);
    o.operand = argv + it.index;
    o.operands = argc - it.index;
    if (o.facts)
        return show_facts(app, &o);
    if (o.operands && o.operands != 2)
        return usage_error("topology", "a pair is two hosts, or none");
    if (o.watch && o.from)
        return usage_error("topology",
                           "--watch looks at live sources, not at --from");
    o.view.pair = o.operands ? o.operand : NULL;
    return o.watch ? watch_map(app, &o) : show_once(app, &o);
}
