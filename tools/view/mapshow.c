/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the map of a request's sources, and shows it: once, or again at each
 * change. */
#include "tools/view/mapshow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/msg.h"
#include "tools/base/near.h"
#include "tools/cluster/inventory.h"
#include "tools/cluster/link_load.h"
#include "tools/cluster/racks_seen.h"
#include "tools/cluster/take.h"
#include "tools/cluster/views.h"
#include "tools/complain.h"
#include "tools/doc/facts.h"
#include "tools/exit.h"
#include "topology/source.h"

/* The load of the links, by an earlier look: captures of it are in a directory
 * of their own. */
static void find_load(const struct mapshow *r, struct views *v)
{
    struct views then;
    struct msg err;
    char *dir;
    int rc;

    if (!r->from) {
        if (link_load_seen(v))
            die_oom();
        return;
    }
    if (asprintf(&dir, "%s/earlier", r->from) < 0)
        die_oom();
    views_init(&then);
    if (!access(dir, F_OK)) {
        rc = views_capture(&then, dir, &err);
        if (rc)
            complain("the load of cables is not known: %s", err.text);
        else if (link_load_between(v, &then))
            die_oom();
    }
    views_dispose(&then);
    free(dir);
}

/* --- what hosts are, for a drawing ----------------------------------------- */

static void say_nothing(void *arg, const char *text)
{
}

/* What of a snapshot can't be right. */
static void say_problem(void *arg, const char *text)
{
    complain("%s", text);
}

/* What is only odd is no matter of a map. */
static void no_remark(void *arg, const struct plan_note *n)
{
}

/* The hosts' own facts: a map can be drawn without. */
static bool take_live(const struct mapshow *r, struct snapshot *s)
{
    struct plan_settings set;
    struct take t = { .conf = r->conf,
                      .set = &set,
                      .timeout_ms = (unsigned)r->conf->ssh_timeout_s * 1000,
                      .no_map = true,
                      .note = say_nothing };
    struct msg err;

    take_settings(&set, r->conf);
    if (!take_snapshot(&t, s, &err))
        return true;
    complain("the drawing has no state of hosts: %s", err.text);
    return false;
}

/* By node of the map, to be freed. */
static struct topo_svg_host *hosts_of(const struct topo *t,
                                      const struct snapshot *s,
                                      const struct config *conf)
{
    struct topo_svg_host *h = calloc(topo_nodes(t) + 1, sizeof *h);
    struct inventory rows;

    if (!h || inventory_hosts(&rows, s, NULL, 0, conf))
        die_oom();
    for (size_t i = 0; i < rows.host_n; i++) {
        const struct inventory_host *x = &rows.host[i];
        int node = topo_find(t, x->name);

        if (node >= 0)
            h[node] =
                (struct topo_svg_host){ x->state, x->sum.guests,
                                        x->sum.used_mib, x->sum.capacity_mib };
    }
    inventory_dispose(&rows);
    return h;
}

/* --- the map --------------------------------------------------------------- */

static int wrong_rack(const char *rack, const struct topo *t)
{
    char hint[NEAR_HINT];
    struct near n;
    int node = topo_find(t, rack);
    bool host = node >= 0 && topo_node(t, (uint32_t)node)->kind == TOPO_HOST;
    const char *of = host        ? topo_node(t, (uint32_t)node)->rack
                     : node >= 0 ? topo_rack_behind(t, rack)
                                 : NULL;

    near_init(&n, rack);
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        if (topo_node(t, i)->rack)
            near_try(&n, topo_node(t, i)->rack);
    if (of)
        complain(
            "%s is a %s of rack %s; `rackhop topology %s` shows that rack",
            rack, topo_kind_name(topo_node(t, (uint32_t)node)->kind), of, of);
    else if (node >= 0)
        complain("%s is a %s that stands in no rack", rack,
                 topo_kind_name(topo_node(t, (uint32_t)node)->kind));
    else
        complain("there is no rack %s on the map%s", rack,
                 n.best ? near_hint(&n, "", hint)
                        : "; `rackhop topology` shows the racks");
    return RC_USAGE;
}

/* Shows the map, or the part of it that is wanted. */
static int show_part(const struct mapshow *r, const struct topo_map *m,
                     const struct snapshot *s)
{
    struct mapview view = r->view;
    struct topo_map part;
    struct topo_svg_host *host = NULL;
    int rc = 0;

    topo_map_init(&part);
    if (r->rack)
        rc = topo_map_of_rack(&part, m, r->rack);
    if (rc == -ENOENT)
        return wrong_rack(r->rack, m->topo);
    if (rc)
        die_oom();
    m = r->rack ? &part : m;
    if (s && s->cluster)
        host = hosts_of(m->topo, s, r->snapshot ? NULL : r->conf);
    view.look.host = host;
    view.look.rack = r->rack;
    rc = mapview_show(&view, m);
    free(host);
    topo_map_dispose(&part);
    return rc;
}

static int show_views(const struct mapshow *r, struct views *v)
{
    bool live = !r->from && r->view.form == MAP_SVG;
    struct mapshow at = *r;
    struct snapshot s = { .cluster = NULL };
    time_t now = time(NULL);
    struct tm tm;
    char when[64];
    int rc;

    find_load(r, v);
    if (live) {
        strftime(when, sizeof when, "%Y-%m-%d %H:%M %Z",
                 localtime_r(&now, &tm));
        at.view.look.taken = when;
        live = take_live(r, &s);
    }
    rc = show_part(&at, &v->map, &s);
    if (live)
        snapshot_dispose(&s);
    return rc == RC_OK && v->failed ? RC_PARTLY : rc;
}

static int show_snapshot(const struct mapshow *r)
{
    struct plan_settings set;
    struct take t = { .conf = r->conf,
                      .file = r->snapshot,
                      .set = &set,
                      .note = say_problem,
                      .remark = no_remark };
    struct mapshow at = *r;
    struct topo_map m;
    struct snapshot s;
    struct msg err;
    int rc;

    take_settings(&set, r->conf);
    if (take_snapshot(&t, &s, &err)) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    topo_map_init(&m);
    m.topo = s.map;
    at.view.look.taken = s.taken;
    rc = show_part(&at, &m, &s);
    snapshot_dispose(&s);
    return rc;
}

static void note_off(void *arg, const char *text)
{
    complain("%s", text);
}

/* Hosts that are off are not asked. */
static int views_awake(const struct mapshow *r, struct views *v,
                       struct msg *err)
{
    struct off_list off;
    int rc;

    if (off_read_here(&off, note_off, NULL, err))
        complain("%s", err->text); /* they do not answer, then */
    v->off = &off; /* cppcheck-suppress autoVariables; until below */
    rc = views_live(v, r->conf, err);
    v->off = NULL;
    off_dispose(&off);
    return rc;
}

int mapshow_once(const struct mapshow *r)
{
    struct views v;
    struct msg err;
    int rc;

    if (r->snapshot)
        return show_snapshot(r);
    views_init(&v);
    rc = r->from ? views_capture(&v, r->from, &err) : views_awake(r, &v, &err);
    if (!rc)
        rc = views_merge(&v, &r->conf->racks, &err);
    if (!rc && !r->from && racks_seen(&v.map, !r->conf->racks.n, false))
        die_oom();
    if (rc) {
        complain("%s", err.text);
        rc = r->from ? RC_USAGE : RC_FAILED;
    } else {
        rc = show_views(r, &v);
    }
    views_dispose(&v);
    return rc;
}

int mapshow_facts(const struct config *conf, char **address, size_t n)
{
    struct topo_view v;
    struct msg err;
    int rc;

    topo_view_init(&v);
    rc = views_local(&v, conf, address, n, &err);
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

static int map_changed(void *arg)
{
    const struct mapshow *r = arg;
    int rc;

    if (r->tty)
        fputs("\033[H\033[2J", stdout);
    rc = mapshow_once(r);
    fflush(stdout);
    /* a source that is away may come back; a lost reader will not */
    return (rc == RC_OK || rc == RC_PARTLY || rc == RC_FAILED) &&
                   !ferror(stdout)
               ? 0
               : 1;
}

int mapshow_watch(struct mapshow *r)
{
    struct msg err;
    int rc = map_changed(r);

    if (!rc)
        rc = topo_lldpd_watch(r->conf->lldpd_socket, map_changed, r, &err);
    if (rc >= 0)
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}
