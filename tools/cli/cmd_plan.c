/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop plan drain|rebalance|migrate: a plan, shown and written, nothing
 * moved.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"

struct hosts {
    uint32_t *host;
    uint32_t n;
};

static void add_host(struct hosts *h, uint32_t host)
{
    for (uint32_t i = 0; i < h->n; i++)
        if (h->host[i] == host)
            return;
    h->host[h->n++] = host;
}

/* HOST or rack:NAME */
static int select_hosts(struct planning *p, struct hosts *h, const char *word)
{
    struct plan_cluster *c = p->snap.cluster;
    uint32_t before = h->n, one;

    if (strncmp(word, "rack:", 5)) {
        one = plan_find_host(c, word);
        if (one != PLAN_NONE) {
            add_host(h, one);
            return 0;
        }
        complain("there is no host %s in the snapshot", word);
        return RC_USAGE;
    }
    for (uint32_t i = 0; i < plan_hosts(c); i++) {
        const char *rack = plan_host_rack(c, i);

        if (rack && !strcmp(rack, word + 5))
            add_host(h, i);
    }
    if (h->n > before)
        return 0;
    complain("there is no rack %s in the snapshot", word + 5);
    return RC_USAGE;
}

static int drain(struct planning *p, struct plan **plan)
{
    struct hosts h = { calloc(plan_hosts(p->snap.cluster) + 1, sizeof *h.host),
                       0 };
    int rc = 0;

    if (!h.host)
        die_oom();
    for (int i = 1; i < p->operands && !rc; i++)
        rc = select_hosts(p, &h, p->operand[i]);
    if (!rc)
        rc = plan_drain(p->snap.cluster, h.host, h.n, plan);
    free(h.host);
    return rc;
}

static int migrate(struct planning *p, struct plan **plan)
{
    struct plan_cluster *c = p->snap.cluster;
    uint32_t dom = plan_find_domain(c, p->operand[1]), host = PLAN_NONE;

    if (dom == PLAN_NONE) {
        complain("there is no domain %s in the snapshot", p->operand[1]);
        return RC_USAGE;
    }
    if (p->operands == 3) {
        host = plan_find_host(c, p->operand[2]);
        if (host == PLAN_NONE) {
            complain("there is no host %s in the snapshot", p->operand[2]);
            return RC_USAGE;
        }
    }
    return plan_migrate(c, dom, host, plan);
}

static int rebalance(struct planning *p, struct plan **plan)
{
    return plan_rebalance(p->snap.cluster, plan);
}

static const struct {
    const char *name;
    int min, max; /* operands after it */
    int (*plan)(struct planning *p, struct plan **plan);
} goals[] = {
    { "drain", 1, 1 << 30, drain },
    { "rebalance", 0, 0, rebalance },
    { "migrate", 1, 2, migrate },
};

static int run_goal(struct planning *p)
{
    struct plan *plan = NULL;
    size_t i = 0;
    int rc;

    while (i < 3 && (!p->operands || strcmp(goals[i].name, p->operand[0])))
        i++;
    if (i == 3)
        return usage_error("plan", "what is to be planned: drain, rebalance "
                                   "or migrate?");
    if (p->operands - 1 < goals[i].min || p->operands - 1 > goals[i].max)
        return usage_error("plan", "plan %s takes %s", goals[i].name,
                           i == 0   ? "HOST... or rack:NAME..."
                           : i == 1 ? "no operands"
                                    : "DOMAIN [HOST]");
    rc = planning_load(p);
    if (rc)
        return rc;
    rc = goals[i].plan(p, &plan);
    if (rc == -ENOMEM)
        die_oom();
    if (rc < 0) {
        complain("plan %s: no safe order of the moves was found",
                 goals[i].name);
        return RC_FAILED;
    }
    if (rc)
        return rc;
    rc = planning_show(p, plan);
    plan_free(plan);
    return rc;
}

int cmd_plan(struct app *app, int argc, char **argv)
{
    struct planning p;
    int rc = planning_args(&p, app, "plan", argc, argv);

    if (!rc)
        rc = run_goal(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
