/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Mends what is broken before a rebalance levels: guests of an apart group
 * that share a host or a rack, and guests on a host that they may not be on.
 *
 * Such a move need not pay, but of those that mend it is the one that gains
 * most. Where there is none, other guests make room (rebalance_room.c). What
 * cannot be mended is told, with a reason.
 */
#include "scheduler/rebalance_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The rules on which a guest that stays where it is can be wrong. */
#define MEND_RULES                                                            \
    (1u << PLAN_APART | 1u << PLAN_APART_RACKS | 1u << PLAN_ONLY)

/* Those that the guest breaks where it is. */
static uint32_t mend_broken(const struct rebalance *r, uint32_t dom)
{
    const struct dom *v = &r->c->dom[dom];
    uint32_t at = r->s.at[dom], bad = 0;

    if (v->only != NONE)
        bad |= rules_sig(r->c, v->sig, r->c->host[at].sig);
    if (v->apart.n || v->apart_racks.n)
        bad |= rules_group(&r->s, dom, at);
    return bad & MEND_RULES;
}

/* --- mending ------------------------------------------------------------- */

/* The best place for it, and for those that go with it, if one is better than
 * *best. */
static void mend_try(struct rebalance *r, uint32_t dom,
                     struct rebalance_option *best)
{
    for (uint32_t i = 0; i < r->n && rebalance_may_move(r, dom); i++)
        rebalance_try_on(r, dom, r->host[i], best);
}

enum { MEND_TRIES = 16 }; /* guests of a host compared for a move */

/* The best move that mends something on the host. Guests without a place are
 * stuck for this pass. */
static struct rebalance_option mend_find(struct rebalance *r, uint32_t h,
                                         uint8_t *stuck)
{
    struct rebalance_option best = { .dom = NONE, .value = -INFINITY };
    uint32_t tries = 0;

    for (uint32_t v = r->s.head[h]; v != NONE && tries < MEND_TRIES;
         v = r->s.next[v]) {
        struct rebalance_option o = { .dom = NONE, .value = -INFINITY };

        if (stuck[v] || !mend_broken(r, v))
            continue;
        mend_try(r, v, &o);
        if (o.dom == NONE)
            stuck[v] = 1;
        else
            tries++;
        if (o.value > best.value)
            best = o;
    }
    return best;
}

/* Is there anything that could be broken? Most clusters have none. */
static bool mend_has_rules(const struct plan_cluster *c)
{
    for (uint32_t i = 0; i < c->ndom; i++)
        if (c->dom[i].apart.n || c->dom[i].apart_racks.n ||
            c->dom[i].only != NONE)
            return true;
    return false;
}

/* One pass over the hosts; *any: something was mended. */
static int mend_pass(struct rebalance *r, uint8_t *stuck, bool *any)
{
    int rc = 0;

    *any = false;
    for (uint32_t i = 0; i < r->n && !rc; i++) {
        struct rebalance_option o = mend_find(r, r->host[i], stuck);

        for (; o.dom != NONE && !rc; o = mend_find(r, r->host[i], stuck)) {
            rc = rebalance_make_move(r, &o, true);
            *any = true;
        }
    }
    return rc;
}

/* Those that make room, then the guest that they make it for. */
static int mend_go(struct rebalance *r, const struct rebalance_way *way)
{
    uint32_t moves = r->p->move_n;
    int rc = 0;

    for (uint32_t i = 0; i + 1 < way->n && !rc; i++)
        rc = rebalance_make_move(r, &way->move[i], false);
    for (; moves < r->p->move_n; moves++)
        r->p->move[moves].displaced = true;
    return rc ? rc : rebalance_make_move(r, &way->move[way->n - 1], true);
}

/* Moves guests out of the way of one that is stuck; *any: of one. */
static int mend_make_room(struct rebalance *r, bool *any)
{
    const struct plan_cluster *c = r->c;

    *any = false;
    for (uint32_t i = 0; i < c->ndom; i++) {
        struct rebalance_way way;

        if (c->host[r->s.at[i]].state != PLAN_UP || !mend_broken(r, i) ||
            !rebalance_may_move(r, i))
            continue;
        way = rebalance_make_room(r, i);
        if (!way.n)
            continue;
        *any = true;
        return mend_go(r, &way);
    }
    return 0;
}

int rebalance_mend(struct rebalance *r)
{
    uint8_t *stuck;
    bool any = true;
    int rc = 0;

    if (!mend_has_rules(r->c))
        return 0;
    stuck = calloc(r->c->ndom + 1, 1);
    if (!stuck)
        return -ENOMEM;
    rebalance_refresh(r);
    while (any && !rc) { /* guests that left may have left room */
        memset(stuck, 0, r->c->ndom);
        rc = mend_pass(r, stuck, &any);
        if (!rc && !any)
            rc = mend_make_room(r, &any);
    }
    free(stuck);
    return rc;
}

/* --- telling ------------------------------------------------------------- */

/* The rule that keeps a guest from all hosts, or else from the first, and that
 * host; PLAN_RULES: from one it is not kept. */
static enum plan_rule broken_rule(struct rebalance *r, uint32_t dom,
                                  uint32_t *host_r)
{
    const struct plan_cluster *c = r->c;
    uint32_t all = UINT32_MAX, first = 0;

    *host_r = NONE;
    for (uint32_t h = 0; h < c->nhost; h++) {
        uint32_t bad = rules_all(&r->s, dom, h);

        if (h == r->s.at[dom])
            continue;
        if (!bad && c->dom[dom].mate == dom)
            return PLAN_RULES;
        if (*host_r == NONE) {
            *host_r = h;
            first = bad;
        }
        all &= bad;
    }
    return all && all != UINT32_MAX ? rules_first(all)
           : first                  ? rules_first(first)
                                    : PLAN_TOGETHER;
}

/* Why the guest stays where it is. */
static void broken_why(struct rebalance *r, uint32_t dom, char *text,
                       size_t len)
{
    struct plan_cluster *c = r->c;
    const struct dom *v = &c->dom[dom];
    enum plan_rule rule;
    uint32_t host;
    int n;

    if (dom_fixed(v) || c->host[v->host].state == PLAN_OFFLINE) {
        rule = dom_fixed(v) ? dom_fixed_rule(v) : PLAN_STATE;
        rule_explain(c, &r->s, dom, v->host, rule, text, len);
        return;
    }
    rule = broken_rule(r, dom, &host);
    if (rule == PLAN_RULES || host == NONE) {
        snprintf(text, len, "%s",
                 host == NONE && rule != PLAN_RULES ? "there is no other host"
                 : c->host[v->host].state == PLAN_UP
                     ? "the limits of this rebalance are reached"
                     : "its host is not up, and is not rebalanced");
        return;
    }
    n = snprintf(text, len,
                 "no host takes it; %s for one: ", plan_host_name(c, host));
    if (n > 0 && (size_t)n < len)
        rule_explain(c, &r->s, dom, host, rule, text + n, len - (size_t)n);
}

static int broken_tell(struct rebalance *r, uint32_t dom, uint32_t bad)
{
    struct plan_cluster *c = r->c;
    enum plan_rule rule = rules_first(bad);
    const char *name = plan_domain_name(c, dom);
    char what[512], why[512] = "";

    rule_explain(c, &r->s, dom, r->s.at[dom], rule, what, sizeof what);
    broken_why(r, dom, why, sizeof why);
    return plan_add_remark(
        r->p, plan_asprintf("the rule %s stays broken by %s on %s: %s; %s "
                            "stays: %s",
                            plan_rule_name(rule), name,
                            plan_host_name(c, r->s.at[dom]), what, name, why));
}

enum { BROKEN_SHOWN = 40 };

int rebalance_tell_broken(struct rebalance *r)
{
    uint32_t n = 0;
    int rc = 0;

    if (!mend_has_rules(r->c))
        return 0;
    for (uint32_t i = 0; i < r->c->ndom && !rc; i++) {
        /* of groups that contradict each other it is told already */
        uint32_t bad = r->c->dom[i].torn == NONE ? mend_broken(r, i) : 0;

        if (bad && n++ < BROKEN_SHOWN)
            rc = broken_tell(r, i, bad);
    }
    if (!rc && n > BROKEN_SHOWN)
        rc = plan_add_remark(
            r->p, plan_asprintf("%u guests more break rules where they are",
                                n - BROKEN_SHOWN));
    return rc;
}
