/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The goal home: guests that runs have moved away go back to the hosts where
 * they belong. It is met for a guest that is there, or that somebody has moved
 * elsewhere meanwhile.
 */
#include "tools/run/goal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cluster/find.h"
#include "tools/run/run.h"

struct guest_set {
    struct plan_cluster *c;
    bool *has; /* by guest */
    uint32_t *dom, n;
};

static int guest_set_init(struct guest_set *g, struct plan_cluster *c)
{
    size_t all = (size_t)plan_domains(c) + 1;

    *g = (struct guest_set){ .c = c,
                             .has = calloc(all, sizeof *g->has),
                             .dom = calloc(all, sizeof *g->dom) };
    return g->has && g->dom ? 0 : -ENOMEM;
}

static void guest_set_add(struct guest_set *g, uint32_t dom)
{
    if (!g->has[dom])
        g->dom[g->n++] = dom;
    g->has[dom] = true;
}

/* Plans for the set if rc is 0, and frees it. */
static int guest_set_plan(struct guest_set *g, int rc, struct plan **plan_r)
{
    if (!rc)
        rc = plan_home(g->c, g->dom, g->n, plan_r);
    free(g->has);
    free(g->dom);
    return rc;
}

/* --- operands ------------------------------------------------------------ */

/* All whose home it is; NULL: all that are away. A host that did not answer
 * may be the home of guests. */
static bool guest_set_add_home(struct guest_set *g, const char *host)
{
    bool any = false;

    for (uint32_t i = 0; i < plan_domains(g->c); i++) {
        const char *home = plan_domain_home(g->c, i);

        if (!home || (host && strcmp(home, host)))
            continue;
        guest_set_add(g, i);
        any = true;
    }
    return any;
}

static int guest_set_add_hosts(struct guest_set *g, char *const *word,
                               struct msg *err)
{
    uint32_t *host = NULL;
    int n = goal_hosts(g->c, word, 1, &host, err);

    for (int i = 0; i < n; i++)
        guest_set_add_home(g, plan_host_name(g->c, host[i]));
    free(host);
    return n < 0 ? n : 0;
}

static int guest_set_add_word(struct guest_set *g, char *const *word,
                              struct msg *err)
{
    uint32_t dom;
    int rc;

    if (!strncmp(*word, "rack:", 5) ||
        plan_find_host(g->c, *word) != PLAN_NONE)
        return guest_set_add_hosts(g, word, err);
    if (guest_set_add_home(g, *word))
        return 0;
    rc = find_guest(g->c, *word, &dom, err);
    if (rc == -ENOENT)
        msg_set(err, "there is no host and no domain %s in the snapshot",
                *word);
    if (rc)
        return -EINVAL;
    guest_set_add(g, dom);
    return 0;
}

static int home_plan(struct plan_cluster *c, char *const *operand, int n,
                     struct plan **plan_r, struct msg *err)
{
    struct guest_set g;
    int rc = guest_set_init(&g, c);

    if (!rc && !n)
        guest_set_add_home(&g, NULL);
    for (int i = 0; i < n && !rc; i++)
        rc = guest_set_add_word(&g, operand + i, err);
    return guest_set_plan(&g, rc, plan_r);
}

/* --- the rest ------------------------------------------------------------ */

/* Is it still to be moved, as far as the run knows? */
static bool home_is_open(const struct run *r, const char *uuid)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        if (!strcmp(r->move[i].uuid, uuid) && run_is_last(r, i))
            return r->move[i].state == MOVE_FAILED || run_waits(&r->move[i]);
    return false;
}

static int home_replan(const struct run *r, struct plan_cluster *c,
                       struct plan **plan_r, bool *unseen_r)
{
    struct guest_set g;
    int rc = guest_set_init(&g, c);

    *unseen_r = false;
    for (size_t i = 0; i < r->guests.n && !rc; i++) {
        uint32_t dom = plan_find_domain(c, r->guests.s[i]);

        if (dom != PLAN_NONE)
            guest_set_add(&g, dom);
        else if (home_is_open(r, r->guests.s[i]))
            *unseen_r = true;
    }
    return guest_set_plan(&g, rc, plan_r);
}

/* A later plan does without the move of a guest that belongs there no more; one
 * that has to stay is named as stranded. */
static bool home_is_met(const struct run *r, const struct run_move *m)
{
    return m->replaced;
}

const struct goal goal_home = {
    .name = "home",
    .max = INT_MAX,
    .takes = "HOST..., rack:NAME... or DOMAIN..., or nothing for all guests",
    .keeps_homes = true,
    .needs_homes = true,
    .plan = home_plan,
    .replan = home_replan,
    .is_met = home_is_met,
};
