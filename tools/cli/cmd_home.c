/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop home: guests go back to the hosts where they belong, or are listed. */
#include "tools/cli/cmdtable.h"

#include <time.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cli/runcmd.h"
#include "tools/paths.h"
#include "tools/run/home.h"
#include "tools/view/homeview.h"

/* The homes are read before the hosts are asked: home.h says why. */
static int home_show(struct planning *p, struct store *store,
                     struct homes *homes)
{
    struct msg err;
    int rc;

    if (homes_read(store, homes, runview_note, NULL, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    p->homes = homes;
    rc = planning_load(p);
    if (!rc && homes_settle(store, homes, p->snap.cluster, !p->dead,
                            (int64_t)time(NULL), &err)) {
        complain("%s", err.text);
        rc = RC_FAILED;
    }
    if (!rc)
        homeview_show(homes, p->snap.cluster,
                      table_look(p->app->wide, p->app->colour), p->json);
    if (!rc && p->dead)
        rc = RC_PARTLY;
    p->homes = NULL;
    homes_dispose(homes);
    return rc;
}

static int home_list(struct planning *p)
{
    struct store *store = NULL;
    struct homes homes;
    struct msg err;
    int rc;

    if (p->operands)
        return usage_error("home", "home --list takes no operands");
    if (store_open(&store, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = home_show(p, store, &homes);
    store_close(store);
    return rc;
}

int cmd_home(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    struct runcmd c;
    int rc = planning_args(&p, app, self, argc, argv);

    runcmd_init(&c, app, self);
    if (!rc)
        rc = p.list ? home_list(&p) : runcmd_goal(&c, &p, &goal_home);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
