/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop facts: this host's rackhop-facts/1. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>

#include "tools/cli/cmd.h"
#include "tools/doc/facts.h"
#include "tools/cluster/hostfacts.h"
#include "tools/log.h"
#include "tools/move/maintenance.h"
#include "tools/paths.h"
#include "tools/cluster/views.h"
#include "tools/base/msg.h"

int cmd_facts(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct xentoollog_logger *lg = NULL;
    struct xlx *x = NULL;
    struct hostfacts h = { .domains = NULL };
    struct maintenance mark;
    struct topo_view view;
    struct json_out *o;
    struct cmd_iter it;
    bool compact = false;
    long sample = 500;
    struct msg err = MSG_NONE;
    int opt, rc = RC_FAILED;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        switch (opt) {
        case OPT_COMPACT: compact = true; break;
        case OPT_JSON: break; /* it is nothing else */
        case OPT_SAMPLE:
            if (parse_long("--sample", it.arg, 0, 60000, &sample))
                return RC_USAGE;
            break;
        }
    }
    if (opt)
        return cmd_iter_exit(opt);
    topo_view_init(&view);
    lg = log_new(app->verbose);
    if (!lg)
        die_oom();
    if (xlx_open(&x, lg, &err) ||
        hostfacts_collect(&h, x, path_state(), (unsigned)sample, &err)) {
        complain("%s", err.text);
        goto out;
    }
    /* operands are the addresses that migrations go to */
    topo_str(&view, &view.name, h.node);
    if (views_local(&view, &app->conf, argv + it.index,
                    (size_t)(argc - it.index), &err))
        complain("%s", err.text);
    /* when the mark can't be read, this is no place for guests either */
    h.maintenance = maintenance_get(path_state(), &mark, &err);
    o = json_out_new(stdout, !compact);
    if (!o)
        die_oom();
    json_obj(o);
    json_kv_str(o, "format", "rackhop-facts/1");
    facts_write_view(o, &view);
    hostfacts_write(&h, o);
    json_obj_end(o);
    if (json_out_free(o))
        complain("the facts could not be written");
    else
        rc = RC_OK;
out:
    topo_view_dispose(&view);
    hostfacts_dispose(&h);
    xlx_close(x);
    log_free(lg);
    return rc;
}
