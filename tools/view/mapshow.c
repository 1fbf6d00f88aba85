/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the map of a request's sources, and shows it: once, or again at each
 * change. */
#include "tools/view/mapshow.h"

#include <stdio.h>

#include "tools/base/msg.h"
#include "tools/cluster/racks_seen.h"
#include "tools/cluster/views.h"
#include "tools/complain.h"
#include "tools/doc/facts.h"
#include "tools/exit.h"
#include "topology/source.h"

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
    if (!rc && !r->from && racks_seen(&v.map, false))
        die_oom();
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
