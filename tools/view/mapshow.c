/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the map of a request's sources, and shows it: once, or again at each
 * change. */
#include "tools/view/mapshow.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tools/base/msg.h"
#include "tools/cluster/link_load.h"
#include "tools/cluster/racks_seen.h"
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

int mapshow_once(const struct mapshow *r)
{
    struct views v;
    struct msg err;
    int rc;

    views_init(&v);
    rc = r->from ? views_capture(&v, r->from, &err)
                 : views_live(&v, r->conf, &err);
    if (!rc)
        rc = views_merge(&v, &r->conf->racks, &err);
    if (!rc && !r->from && racks_seen(&v.map, !r->conf->racks.n, false))
        die_oom();
    if (!rc)
        find_load(r, &v);
    if (rc) {
        complain("%s", err.text);
        rc = r->from ? RC_USAGE : RC_FAILED;
    } else {
        rc = mapview_show(&r->view, &v.map);
        if (rc == RC_OK && v.failed)
            rc = RC_PARTLY;
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
