/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop topology: shows the rack map, live or from a directory of captures,
 * in whichever form is wanted.
 */
#include "tools/cli/cmdtable.h"

#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/view/mapshow.h"

struct options {
    struct mapshow show;
    const char *form; /* the first that was wanted; NULL: text */
    bool watch, facts, two_forms;
};

static const struct {
    int opt;
    enum map_form form;
    const char *name;
} forms[] = {
    { OPT_JSON, MAP_JSON, "--json" },
    { OPT_DOT, MAP_DOT, "--dot" },
    { OPT_SVG, MAP_SVG, "--svg" },
    { OPT_SLURM, MAP_SLURM, "--slurm" },
    { OPT_RFC8345, MAP_RFC8345, "--rfc8345" },
    { OPT_HDFS, MAP_HDFS, "--hdfs" },
    { OPT_PROMETHEUS, MAP_PROMETHEUS, "--prometheus" },
};

static void set_option(struct options *o, int opt, const char *arg)
{
    switch (opt) {
    case OPT_FROM: o->show.from = arg; return;
    case OPT_SNAPSHOT: o->show.snapshot = arg; return;
    case OPT_PORTS: o->show.view.look.ports = true; return;
    case OPT_MATRIX: o->show.view.matrix = true; return;
    case OPT_WATCH: o->watch = true; return;
    case OPT_FACTS: o->facts = true; return;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].opt == opt) {
            o->two_forms |= o->form && o->form != forms[i].name;
            o->form = forms[i].name;
            o->show.view.form = forms[i].form;
        }
}

/* What contradicts itself, as a sentence; or NULL. */
static const char *contradiction(const struct options *o)
{
    const struct mapshow *s = &o->show;

    if (o->two_forms)
        return "only one form can be printed at a time";
    if (s->view.matrix && s->view.form != MAP_TEXT && s->view.form != MAP_JSON)
        return "--matrix is text, or goes with --json";
    if (s->view.look.ports && s->view.form != MAP_SVG)
        return "--ports goes with --svg; the text names all ports";
    if (o->watch && (s->from || s->snapshot))
        return "--watch looks at live sources, not at files";
    if (s->from && s->snapshot)
        return "--from and --snapshot are two sources; give one";
    return NULL;
}

/* "rack:tor1" is tor1, as it is for drain. */
static const char *rack_name(const char *operand)
{
    return strncmp(operand, "rack:", 5) ? operand : operand + 5;
}

int cmd_topology(struct app *app, const struct cmd *self, int argc,
                 char **argv)
{
    struct options o = { .show = { .conf = &app->conf,
                                   .view = { .colour = app->colour },
                                   .tty = app->tty } };
    const char *wrong;
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
    if (n > 2)
        return usage_error("topology",
                           "the operands are a rack, or two hosts, or none");
    wrong = contradiction(&o);
    if (wrong)
        return usage_error("topology", "%s", wrong);
    o.show.view.pair = n == 2 ? operand : NULL;
    o.show.rack = n == 1 ? rack_name(operand[0]) : NULL;
    return o.watch ? mapshow_watch(&o.show) : mapshow_once(&o.show);
}
