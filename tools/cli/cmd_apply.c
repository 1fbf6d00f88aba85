/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop apply: carries out a plan, or goes on with a run. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cli/running.h"
#include "tools/view/runview.h"
#include "tools/doc/sha256.h"
#include "tools/cluster/views.h"
#include "tools/base/msg.h"

struct apply {
    bool yes, resume;
    const char *operand;
};

/* One plan, one run: named by what it moves where. */
static void lock_of(const struct plan_doc *p, char *buf, size_t len)
{
    char hex[65], *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    if (!f)
        die_oom();
    for (uint32_t i = 0; i < p->move_n; i++)
        fprintf(f, "%s %s %s\n", p->move[i].domain, p->move[i].from,
                p->move[i].to);
    if (fclose(f))
        die_oom();
    sha256_hex(text, n, hex);
    free(text);
    snprintf(buf, len, "plan-%.16s", hex);
}

static int apply(struct running *r, const struct apply *a)
{
    struct plan_doc doc;
    char lock[64];
    struct msg err;
    int rc;

    if (plan_doc_load(&doc, a->operand, &err)) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    rc = doc.infeasible && !doc.move_n ? RC_NOPLAN : -1;
    if (rc == RC_NOPLAN)
        complain("%s is no plan to carry out: it says why nothing can be "
                 "done",
                 a->operand);
    else if (!doc.move_n)
        rc = RC_OK;
    if (rc == RC_OK && !r->json)
        puts("nothing to move");
    if (rc >= 0)
        goto out;
    r->stranded = doc.stranded_n;
    lock_of(&doc, lock, sizeof lock);
    r->lock = lock;
    rc = running_check_lock(r);
    if (rc)
        goto out;
    if (!r->json)
        runview_plan(stdout, &doc);
    rc = running_confirm(r->app, "apply", a->yes, r->json, "Carry this out?");
    if (!rc)
        rc = running_apply(r, &doc);
    else if (rc < 0)
        rc = RC_FAILED;
out:
    plan_doc_dispose(&doc);
    return rc;
}

int cmd_apply(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct running r = { .app = app };
    struct apply a = { .yes = false };
    struct cmd_iter it;
    int opt, rc, operands;

    planning_settings(&r.set, &app->conf);
    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_YES: a.yes = true; break;
        case OPT_JSON: r.json = true; break;
        case OPT_RESUME: a.resume = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    operands = argc - it.index;
    a.operand = operands ? argv[it.index] : NULL;
    if (operands > 1 || (!a.resume && !operands))
        return usage_error("apply", "apply takes one PLAN, or --resume [RUN]");
    rc = running_open(&r);
    if (!rc)
        rc = a.resume ? running_resume(&r, a.operand, CANCEL_NO)
                      : apply(&r, &a);
    running_close(&r);
    return rc;
}
