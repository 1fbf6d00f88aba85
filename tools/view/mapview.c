/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the map in whichever form is wanted, for people and for programs. */
#include "tools/view/mapview.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/near.h"
#include "tools/complain.h"
#include "tools/doc/json.h"
#include "tools/doc/pair.h"
#include "tools/doc/topology.h"
#include "tools/exit.h"
#include "tools/view/topology_text.h"
#include "topology/export.h"

/* --- forms ----------------------------------------------------------------- */

static int draw_svg(const struct mapview *v, const struct topo *t)
{
    if (topo_write_svg(t, &v->look, stdout))
        die_oom();
    return RC_OK;
}

static struct json_out *json_stdout(void)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    return o;
}

static int json_end(struct json_out *o)
{
    return json_out_free(o) ? RC_FAILED : RC_OK;
}

static int show_json(const struct topo_map *m, struct topo_dist *d)
{
    struct json_out *o = json_stdout();

    topology_write(o, m, d);
    return json_end(o);
}

static int show_rfc8345(const struct topo_map *m)
{
    struct json_out *o = json_stdout();

    topology_write_rfc8345(o, m->topo);
    return json_end(o);
}

static int show_form(const struct mapview *v, const struct topo_map *m,
                     struct topo_dist *d)
{
    switch (v->form) {
    case MAP_JSON: return show_json(m, v->matrix ? d : NULL);
    case MAP_RFC8345: return show_rfc8345(m);
    case MAP_DOT: topo_write_dot(m->topo, stdout); return RC_OK;
    case MAP_SVG: return draw_svg(v, m->topo);
    case MAP_SLURM: topo_write_slurm(m->topo, stdout); return RC_OK;
    case MAP_HDFS: topo_write_hdfs(m->topo, stdout); return RC_OK;
    case MAP_PROMETHEUS: topo_write_prometheus(m, d, stdout); return RC_OK;
    case MAP_TEXT: break;
    }
    if (v->matrix)
        topology_print_matrix(m->topo, d, stdout);
    else
        topology_print_tree(m, stdout, v->colour);
    return RC_OK;
}

/* --- one pair -------------------------------------------------------------- */

static void complain_no_host(const struct topo *t, const char *name)
{
    char hint[NEAR_HINT];
    struct near n;

    near_init(&n, name);
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->kind == TOPO_HOST)
            near_try(&n, topo_node(t, i)->name);
    complain("there is no host %s on the map%s", name,
             n.best ? near_hint(&n, "", hint)
                    : "; `rackhop topology` shows the hosts");
}

static int find_host(const struct topo *t, const char *name)
{
    int id = topo_find(t, name);

    if (id >= 0 && topo_node(t, (uint32_t)id)->kind == TOPO_HOST)
        return id;
    if (id >= 0)
        complain("%s is a %s; paths are shown between hosts", name,
                 topo_kind_name(topo_node(t, (uint32_t)id)->kind));
    else
        complain_no_host(t, name);
    return -1;
}

static int show_pair(const struct mapview *v, const struct topo *t,
                     struct topo_dist *d)
{
    int a = find_host(t, v->pair[0]), b;
    struct json_out *o;

    b = a < 0 ? -1 : find_host(t, v->pair[1]);
    if (b < 0)
        return RC_USAGE;
    if (v->form != MAP_JSON) {
        topology_print_pair(t, d, (uint32_t)a, (uint32_t)b, stdout);
        return RC_OK;
    }
    o = json_stdout();
    pair_write(o, t, d, (uint32_t)a, (uint32_t)b);
    return json_end(o);
}

/* --- all of it ------------------------------------------------------------- */

/* Does what was shown carry the map's warnings? */
static bool has_warnings(const struct mapview *v)
{
    return !v->pair &&
           (v->form == MAP_JSON || (v->form == MAP_TEXT && !v->matrix));
}

/* Sources that could not be reached or read, or were not asked. */
static void tell_failed(const struct topo_map *m)
{
    for (size_t i = 0; i < m->warnings; i++)
        if (!strcmp(m->warning[i].code, "off") ||
            !strcmp(m->warning[i].code, "unreachable") ||
            !strcmp(m->warning[i].code, "unreadable"))
            complain("%s", m->warning[i].text);
}

int mapview_show(const struct mapview *v, const struct topo_map *m)
{
    struct topo_dist *d = topo_dist_new(m->topo);
    int rc;

    if (!d)
        die_oom();
    rc = v->pair ? show_pair(v, m->topo, d) : show_form(v, m, d);
    topo_dist_free(d);
    if (rc == RC_OK && !has_warnings(v))
        tell_failed(m);
    return rc;
}
