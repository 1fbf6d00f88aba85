/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop topology: the rack map, live or from a directory of captures, in
 * whichever form is wanted.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/cli/cmd.h"
#include "tools/view/topology_text.h"
#include "tools/doc/facts.h"
#include "tools/doc/json.h"
#include "tools/doc/topology.h"
#include "tools/cluster/views.h"
#include "tools/base/msg.h"
#include "topology/export.h"
#include "topology/source.h"

enum form {
    FORM_TEXT,
    FORM_JSON,
    FORM_DOT,
    FORM_SVG,
    FORM_SLURM,
    FORM_RFC8345,
    FORM_HDFS,
    FORM_PROMETHEUS,
    FORM_FACTS,
};

struct options {
    const char *from;
    enum form form;
    bool matrix, watch;
    char **operand;
    int operands;
};

static const struct {
    int opt;
    enum form form;
} forms[] = {
    { OPT_JSON, FORM_JSON },
    { OPT_DOT, FORM_DOT },
    { OPT_SVG, FORM_SVG },
    { OPT_SLURM, FORM_SLURM },
    { OPT_RFC8345, FORM_RFC8345 },
    { OPT_HDFS, FORM_HDFS },
    { OPT_PROMETHEUS, FORM_PROMETHEUS },
    { OPT_FACTS, FORM_FACTS },
};

static void set_option(struct options *o, int opt, const char *arg)
{
    switch (opt) {
    case OPT_FROM: o->from = arg; return;
    case OPT_MATRIX: o->matrix = true; return;
    case OPT_WATCH: o->watch = true; return;
    }
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (forms[i].opt == opt)
            o->form = forms[i].form;
}

/* --- forms ------------------------------------------------------------------------ */

/* graphviz draws: its standard output is ours. */
static int draw_svg(const struct topo *t)
{
    FILE *dot;
    int status;

    fflush(stdout);
    dot = popen("dot -Tsvg", "we");
    if (!dot) {
        complain("--svg: dot cannot be started: %s", strerror(errno));
        return RC_FAILED;
    }
    topo_write_picture(t, dot);
    status = pclose(dot);
    if (status == 0)
        return RC_OK;
    complain("--svg needs graphviz's dot, which failed; --dot writes what it "
             "would draw");
    return RC_FAILED;
}

static int write_json(const struct topo_map *m, struct topo_dist *d, bool rfc)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    if (rfc)
        topology_write_rfc8345(o, m->topo);
    else
        topology_write(o, m, d);
    if (!json_out_free(o))
        return RC_OK;
    complain("the map could not be written");
    return RC_FAILED;
}

static int write_form(const struct app *app, const struct options *o,
                      const struct topo_map *m, struct topo_dist *d)
{
    switch (o->form) {
    case FORM_JSON: return write_json(m, o->matrix ? d : NULL, false);
    case FORM_RFC8345: return write_json(m, NULL, true);
    case FORM_DOT: topo_write_dot(m->topo, stdout); return RC_OK;
    case FORM_SVG: return draw_svg(m->topo);
    case FORM_SLURM: topo_write_slurm(m->topo, stdout); return RC_OK;
    case FORM_HDFS: topo_write_hdfs(m->topo, stdout); return RC_OK;
    case FORM_PROMETHEUS: topo_write_prometheus(m, d, stdout); return RC_OK;
    case FORM_FACTS:
    case FORM_TEXT: break;
    }
    if (o->matrix)
        topology_print_matrix(m->topo, d, stdout);
    else
        topology_print_tree(m, stdout, app->colour);
    return RC_OK;
}

/* --- one pair ------------------------------------------------------------------------- */

static int find_host(const struct topo *t, const char *name)
{
    int id = topo_find(t, name);

    if (id >= 0 && topo_node(t, (uint32_t)id)->kind == TOPO_HOST)
        return id;
    if (id >= 0)
        complain("%s is a %s; paths are told between hosts", name,
                 topo_kind_name(topo_node(t, (uint32_t)id)->kind));
    else
        complain("there is no host %s on the map; `rackhop topology` shows "
                 "who is",
                 name);
    return -1;
}

static void put_known(struct json_out *o, const char *key, int64_t n)
{
    if (n < 0)
        json_kv_null(o, key);
    else
        json_kv_int(o, key, n);
}

struct json_paths {
    struct json_out *o;
    const struct topo *t;
};

static int put_path(void *arg, const uint32_t *node, size_t n)
{
    struct json_paths *p = arg;

    json_arr(p->o);
    for (size_t i = 0; i < n; i++)
        json_str(p->o, topo_node(p->t, node[i])->name);
    json_arr_end(p->o);
    return 0;
}

static int pair_json(const struct topo *t, struct topo_dist *d, uint32_t a,
                     uint32_t b)
{
    struct json_out *o = json_out_new(stdout, true);
    struct topo_pair p = topo_pair(d, a, b);
    struct json_paths ways = { o, t };

    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "a", topo_node(t, a)->name);
    json_kv_str(o, "b", topo_node(t, b)->name);
    put_known(o, "hops", p.hops);
    if (p.paths < 0)
        json_kv_null(o, "paths");
    else
        json_kv_num(o, "paths", p.paths);
    put_known(o, "flow_mbps", p.flow_mbps);
    put_known(o, "total_mbps", p.total_mbps);
    json_key(o, "ways");
    json_arr(o);
    topo_each_path(d, a, b, 64, put_path, &ways);
    json_arr_end(o);
    json_obj_end(o);
    return json_out_free(o) ? RC_FAILED : RC_OK;
}

static int explain(const struct options *o, const struct topo *t,
                   struct topo_dist *d)
{
    int a = find_host(t, o->operand[0]), b;

    b = a < 0 ? -1 : find_host(t, o->operand[1]);
    if (b < 0)
        return RC_USAGE;
    if (o->form == FORM_JSON)
        return pair_json(t, d, (uint32_t)a, (uint32_t)b);
    topology_print_pair(t, d, (uint32_t)a, (uint32_t)b, stdout);
    return RC_OK;
}

/* --- the map -------------------------------------------------------------------------- */

static int show(const struct app *app, const struct options *o,
                struct views *v)
{
    struct topo_dist *d = topo_dist_new(v->map.topo);
    int rc;

    if (!d)
        die_oom();
    rc = o->operands ? explain(o, v->map.topo, d)
                     : write_form(app, o, &v->map, d);
    topo_dist_free(d);
    if (rc == RC_OK && v->failed) {
        /* forms that don't carry the warnings */
        if (o->operands || (o->form != FORM_TEXT && o->form != FORM_JSON) ||
            (o->form == FORM_TEXT && o->matrix))
            for (size_t i = 0; i < v->map.warnings; i++)
                if (!strncmp(v->map.warning[i].code, "unrea", 5) &&
                    strcmp(v->map.warning[i].code, "unread"))
                    complain("%s", v->map.warning[i].text);
        return RC_PARTLY;
    }
    return rc;
}

static int once(const struct app *app, const struct options *o)
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
        rc = show(app, o, &v);
    }
    views_dispose(&v);
    return rc;
}

/* This host's own words, as its neighbours in the cluster ask for them. */
static int facts(const struct app *app, const struct options *o)
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

/* --- watching ------------------------------------------------------------------------------ */

struct watching {
    const struct app *app;
    const struct options *o;
};

static int changed(void *arg)
{
    struct watching *w = arg;
    int rc;

    if (w->app->tty)
        fputs("\033[H\033[2J", stdout);
    rc = once(w->app, w->o);
    fflush(stdout);
    /* a source that is away may come back; a lost reader will not */
    return (rc == RC_OK || rc == RC_PARTLY || rc == RC_FAILED) &&
                   !ferror(stdout)
               ? 0
               : 1;
}

static int watch(const struct app *app, const struct options *o)
{
    struct watching w = { app, o };
    struct msg err;
    int rc = changed(&w);

    if (!rc)
        rc = topo_lldpd_watch(app->conf.lldpd_socket, changed, &w, &err);
    if (rc >= 0)
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}

int cmd_topology(struct app *app, const struct cmd *self, int argc,
                 char **argv)
{
    struct options o = { .form = FORM_TEXT };
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        set_option(&o, opt, it.arg);
    if (opt < 0)
        return cmd_iter_exit(opt);
    o.operand = argv + it.index;
    o.operands = argc - it.index;
    if (o.form == FORM_FACTS)
        return facts(app, &o);
    if (o.operands && o.operands != 2)
        return usage_error("topology", "a pair is two hosts, or none");
    if (o.watch && o.from)
        return usage_error("topology",
                           "--watch looks at live sources, not at --from");
    return o.watch ? watch(app, &o) : once(app, &o);
}
