/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop topology: shows the rack map, live or from a directory of captures,
 * in whichever form is wanted.
 */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"
#include "tools/view/mapshow.h"

struct options {
    struct mapshow show;
    bool watch, facts;
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
    case OPT_FROM: o->show.from = arg; return;
    case OPT_MATRIX: o->show.view.matrix = true; return;
    case OPT_WATCH: o->watch = true; return;
    case OPT_FACTS: o->facts = true; return;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].opt == opt)
            o->show.view.form = forms[i].form;
}

int cmd_topology(struct app *app, const struct cmd *self, int argc,
                 char **argv)
{
    struct options o = { .show = { .conf = &app->conf,
                                   .view = { .colour = app->colour },
                                   .tty = app->tty } };
    struct cmd_iter it;
    char **operand;
    int opt, n;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        set_option(&o, opt, it.arg);
    if (opt < 0)
        return cmd_iter_exit(opt);
    operand = argv + it.index;
    n = argc - it.index;
    if (o.facts)
        return mapshow_facts(&app->conf, operand, (size_t)n);
    if (n && n != 2)
        return usage_error("topology", "a pair is two hosts, or none");
    if (o.watch && o.show.from)
        return usage_error("topology",
                           "--watch looks at live sources, not at --from");
    o.show.view.pair = n ? operand : NULL;
    return o.watch ? mapshow_watch(&o.show) : mapshow_once(&o.show);
}
