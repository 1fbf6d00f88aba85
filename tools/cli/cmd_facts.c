/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop facts: prints what this host says of itself, a rackhop-facts/1. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"
#include "tools/cli/cmd.h"
#include "tools/cluster/host_classes.h"
#include "tools/cluster/host_collect.h"
#include "tools/cluster/views.h"
#include "tools/deadline.h"
#include "tools/doc/facts.h"
#include "tools/log.h"
#include "tools/move/device_store.h"
#include "tools/move/maintenance.h"
#include "tools/move/reserve.h"
#include "tools/move/resize.h"
#include "tools/move/run_lock.h"
#include "tools/paths.h"

struct facts_options {
    bool compact;
    long sample;
    char **address; /* where migrations go to */
    size_t addresses;
};

static int facts_print(const struct hostfacts *h, const struct topo_view *view,
                       bool compact)
{
    struct json_out *o = json_out_new(stdout, !compact);

    if (!o)
        die_oom();
    facts_write(o, view, h);
    return json_out_free(o) ? RC_FAILED : RC_OK;
}

/* What guests had before their memory was changed. */
static void facts_memory(struct hostfacts *h)
{
    struct resized *list;
    struct msg err;
    unsigned n;

    if (resize_load(path_state(), &list, &n, &err))
        complain("what memory guests had before can't be read: %s", err.text);
    for (unsigned i = 0; i < n; i++)
        for (unsigned d = 0; d < h->n_domains; d++)
            if (!strcmp(list[i].uuid, h->domains[d].uuid))
                h->guest[d].before_mib = list[i].from_mib;
    free(list);
}

static int facts_show(struct app *app, const struct facts_options *o,
                      struct hostfacts *h)
{
    struct msg err = MSG_NONE;
    struct maintenance mark;
    struct topo_view view;
    int rc;

    topo_view_init(&view);
    topo_str(&view, &view.name, h->node);
    if (views_local(&view, &app->conf, o->address, o->addresses, &err))
        complain("%s", err.text);
    h->classes = &app->conf.pci_class;
    if (host_classes(&h->devices, h->classes, &view))
        die_oom();
    if (device_claims_load(path_state(), &h->claimed))
        complain("which devices are kept for guests can't be read");
    h->idle_w = app->conf.idle_w;
    h->peak_w = app->conf.peak_w;
    /* while the mark can't be read, no guest is to be placed here either */
    h->maintenance = maintenance_get(path_state(), &mark, &err);
    if (reserve_load(path_state(), &h->reservation, &h->reservations))
        complain("what runs have reserved on this host can't be read");
    h->knows_runs = !run_alive_all(&h->runs);
    facts_memory(h);
    rc = facts_print(h, &view, o->compact);
    topo_view_dispose(&view);
    return rc;
}

static int facts_collect(const struct facts_options *o,
                         struct xentoollog_logger *lg, struct hostfacts *h,
                         struct xlx **x_r, struct msg *err)
{
    int rc;

    deadline_begin(DEADLINE_READ_S + (unsigned)o->sample / 1000, RC_FAILED,
                   "this host's facts were read");
    rc = xlx_open(x_r, lg, err);
    if (!rc)
        rc =
            hostfacts_collect(h, *x_r, path_state(), (unsigned)o->sample, err);
    deadline_end();
    if (!rc)
        hostfacts_samples(h, path_state());
    return rc;
}

static int facts_run(struct app *app, const struct facts_options *o)
{
    struct xentoollog_logger *lg = log_new(app->verbose);
    struct hostfacts h = { .domains = NULL };
    struct msg err = MSG_NONE;
    struct xlx *x = NULL;
    int rc = RC_FAILED;

    if (!lg)
        die_oom();
    if (facts_collect(o, lg, &h, &x, &err))
        complain("%s", err.text);
    else
        rc = facts_show(app, o, &h);
    hostfacts_dispose(&h);
    xlx_close(x);
    log_free(lg);
    return rc;
}

int cmd_facts(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct facts_options o = { .sample = 500 };
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        switch (opt) {
        case OPT_COMPACT: o.compact = true; break;
        case OPT_JSON: break; /* facts have no other form */
        case OPT_SAMPLE:
            if (parse_quantity_long("--sample", QUANTITY_MS, it.arg, 0, 60000,
                                    &o.sample))
                return RC_USAGE;
            break;
        }
    }
    if (opt)
        return cmd_iter_exit(opt);
    o.address = argv + it.index;
    o.addresses = (size_t)(argc - it.index);
    return facts_run(app, &o);
}
