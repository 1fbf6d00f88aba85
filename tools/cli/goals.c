/* SPDX-License-Identifier: LGPL-2.1-only */
/* Goals: drain, rebalance, migrate, with their operands. */
#include "tools/cli/goals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cluster/collect.h"

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

int goal_hosts(struct planning *p, char **word, int n, uint32_t **host_r)
{
    struct hosts h = { calloc(plan_hosts(p->snap.cluster) + 1, sizeof *h.host),
                       0 };

    if (!h.host)
        die_oom();
    for (int i = 0; i < n; i++)
        if (select_hosts(p, &h, word[i])) {
            free(h.host);
            return -1;
        }
    *host_r = h.host;
    return (int)h.n;
}

static int drain(struct planning *p, char **operand, int n, struct plan **plan)
{
    uint32_t *host = NULL;
    int hosts = goal_hosts(p, operand, n, &host), rc;

    if (hosts < 0)
        return RC_USAGE;
    rc = plan_drain(p->snap.cluster, host, (uint32_t)hosts, plan);
    free(host);
    return rc;
}

static int migrate(struct planning *p, char **operand, int n,
                   struct plan **plan)
{
    struct plan_cluster *c = p->snap.cluster;
    uint32_t dom = plan_find_domain(c, operand[0]), host = PLAN_NONE;

    if (dom == PLAN_NONE) {
        complain("there is no domain %s in the snapshot", operand[0]);
        return RC_USAGE;
    }
    if (n == 2) {
        host = plan_find_host(c, operand[1]);
        if (host == PLAN_NONE) {
            complain("there is no host %s in the snapshot", operand[1]);
            return RC_USAGE;
        }
    }
    return plan_migrate(c, dom, host, plan);
}

static int rebalance(struct planning *p, char **operand, int n,
                     struct plan **plan)
{
    return plan_rebalance(p->snap.cluster, plan);
}

static const struct goal {
    const char *name;
    int min, max; /* operands */
    int (*plan)(struct planning *p, char **operand, int n, struct plan **plan);
    const char *takes;
    unsigned sample_ms; /* of CPU use; 0: as usual */
} goals[] = {
    { "drain", 1, 1 << 30, drain, "HOST... or rack:NAME...", 0 },
    { "rebalance", 0, 0, rebalance, "no operands", COLLECT_SAMPLE_LEVEL_MS },
    { "migrate", 1, 2, migrate, "DOMAIN [HOST]", 0 },
};

static const struct goal *find(const char *name)
{
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++)
        if (!strcmp(goals[i].name, name))
            return &goals[i];
    return NULL;
}

const char *goal_usage(const char *goal, int n, bool *known_r)
{
    const struct goal *g = find(goal);

    *known_r = g;
    return g && (n < g->min || n > g->max) ? g->takes : NULL;
}

int goal_load(struct planning *p, const char *goal)
{
    const struct goal *g = find(goal);

    p->sample_ms = g ? g->sample_ms : 0;
    return planning_load(p);
}

int goal_plan(struct planning *p, const char *goal, char **operand, int n,
              struct plan **plan_r)
{
    const struct goal *g = find(goal);
    int rc = g ? g->plan(p, operand, n, plan_r) : -EINVAL;

    if (rc == -ENOMEM)
        die_oom();
    if (rc < 0) {
        complain("plan %s: no safe order of the moves was found", goal);
        return RC_FAILED;
    }
    return rc;
}
