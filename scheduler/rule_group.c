/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rules on groups: guests that are apart by host or by rack, or together.
 *
 * A guest that is soft (in a drain that may break groups, goal_drain.c) may
 * come to others of its groups; they still may not come to it.
 */
#include "scheduler/rule_impl.h"

#include <math.h>
#include <stdio.h>

#include "tools/base/figure.h"

/* --- apart --------------------------------------------------------------- */

/* Another guest of this group on the host; NONE: there is none. In a small
 * group its members are searched, in a large one the host's guests. */
static uint32_t group_member_on_host(const struct rule_case *q, uint32_t group)
{
    enum { GROUP_SMALL = 12 };
    const struct plan_cluster *c = q->c;
    const struct group *g = &c->group[group];

    if (g->n <= GROUP_SMALL) {
        for (uint32_t i = 0; i < g->n; i++) {
            uint32_t m = c->member[g->at + i];

            if (m != q->dom && q->s->at[m] == q->host)
                return m;
        }
        return NONE;
    }
    for (uint32_t m = q->s->head[q->host]; m != NONE; m = q->s->next[m])
        for (uint32_t k = 0; k < c->dom[m].apart.n && m != q->dom; k++)
            if (c->pool[c->dom[m].apart.at + k] == group)
                return m;
    return NONE;
}

/* A guest on the host that this one has to be apart from, and their group. */
static uint32_t apart_neighbour(const struct rule_case *q, uint32_t *group_r)
{
    for (uint32_t k = 0; k < q->v->apart.n; k++) {
        uint32_t m;

        *group_r = q->c->pool[q->v->apart.at + k];
        m = group_member_on_host(q, *group_r);
        if (m != NONE)
            return m;
    }
    return NONE;
}

bool rule_apart(const struct rule_case *q)
{
    uint32_t group;

    return !q->v->soft && apart_neighbour(q, &group) != NONE;
}

void rule_apart_why(const struct rule_case *q, char *text, size_t len)
{
    uint32_t group, m = apart_neighbour(q, &group);

    if (m != NONE)
        snprintf(text, len,
                 "it has %s, which must not share a host with %s (group %s)",
                 plan_domain_name(q->c, m), plan_domain_name(q->c, q->dom),
                 intern_get(&q->c->word, group));
}

/* --- apart by rack ------------------------------------------------------- */

bool plan_share_rack(const struct plan_cluster *c, uint32_t a, uint32_t b)
{
    return a == b ||
           (c->host[a].rack != NONE && c->host[a].rack == c->host[b].rack);
}

/* Where is a member of the group that a guest on `host` would meet? Before it
 * has arrived, one that leaves that rack in the same plan, perhaps later than
 * that, counts as well. NONE: it would meet none. */
static uint32_t rack_meets(const struct rule_case *q, uint32_t member)
{
    uint32_t at = q->s->at[member], was = q->c->dom[member].host;

    if (member == q->dom)
        return NONE;
    if (at != NONE && plan_share_rack(q->c, at, q->host))
        return at;
    return q->s->late && q->s->late[member] && q->s->at[q->dom] != q->host &&
                   plan_share_rack(q->c, was, q->host)
               ? was
               : NONE;
}

/* A guest in the host's rack that this one has to be apart from, the host
 * where that is, and their group. */
static uint32_t rack_neighbour(const struct rule_case *q, uint32_t *group_r,
                               uint32_t *host_r)
{
    const struct plan_cluster *c = q->c;

    for (uint32_t k = 0; k < q->v->apart_racks.n; k++) {
        const struct group *g;

        *group_r = c->pool[q->v->apart_racks.at + k];
        g = &c->rack_group[*group_r];
        for (uint32_t i = 0; i < g->n; i++) {
            *host_r = rack_meets(q, c->rack_member[g->at + i]);
            if (*host_r != NONE)
                return c->rack_member[g->at + i];
        }
    }
    return NONE;
}

bool rule_apart_racks(const struct rule_case *q)
{
    uint32_t group, host;

    return !q->v->soft && rack_neighbour(q, &group, &host) != NONE;
}

void rule_apart_racks_why(const struct rule_case *q, char *text, size_t len)
{
    uint32_t group, host, m = rack_neighbour(q, &group, &host);

    if (m != NONE)
        snprintf(text, len,
                 "its rack has %s, on %s, which must not share a rack with %s "
                 "(group %s)",
                 plan_domain_name(q->c, m), plan_host_name(q->c, host),
                 plan_domain_name(q->c, q->dom),
                 intern_get(&q->c->word, group));
}

/* --- together ------------------------------------------------------------ */

bool rule_together(const struct rule_case *q)
{
    return q->v->torn != NONE;
}

/* The group that two guests share, for a message; else one of the first. */
static const char *together_group(const struct plan_cluster *c,
                                  const struct dom *a, const struct dom *b)
{
    for (uint32_t i = 0; i < a->together.n; i++)
        for (uint32_t k = 0; k < b->together.n; k++)
            if (c->pool[a->together.at + i] == c->pool[b->together.at + k])
                return intern_get(&c->word, c->pool[a->together.at + i]);
    return intern_get(&c->word, c->pool[a->together.at]);
}

/* Writes why this one can't go, because of one that has to go with it. */
static bool together_mate_why(const struct rule_case *q, uint32_t mate,
                              char *text, size_t len)
{
    const struct dom *m = &q->c->dom[mate];
    const char *name = plan_domain_name(q->c, mate);
    const char *group = together_group(q->c, q->v, m);
    enum plan_rule rule = dom_fixed_rule(m);
    uint32_t bad;
    int n;

    if (rule == PLAN_RULES) {
        bad = rules_all(q->s, mate, q->host);
        if (!bad)
            return false;
        rule = rules_first(bad);
        n = snprintf(text, len, "%s has to go with it (group %s): ", name,
                     group);
    } else {
        n = snprintf(
            text, len,
            "%s, which it has to stay with (group %s), cannot leave: ", name,
            group);
    }
    if (n > 0 && (size_t)n < len)
        rule_explain(q->c, q->s, mate, q->host, rule, text + n,
                     len - (size_t)n);
    return true;
}

/* Each would be taken alone: is there room for all? */
static void together_room_why(const struct rule_case *q, char *text,
                              size_t len)
{
    const struct plan_cluster *c = q->c;
    int64_t mem = q->v->mem, vcpus = q->v->vcpus;
    const char *mate = plan_domain_name(c, q->v->mate);
    const char *group = together_group(c, q->v, &c->dom[q->v->mate]);
    char free[FIGURE], need[FIGURE], all[FIGURE];

    for (uint32_t m = q->v->mate; m != q->dom; m = c->dom[m].mate) {
        mem += c->dom[m].mem;
        vcpus += c->dom[m].vcpus;
    }
    figure_mib_pair(free, need, fmax(0, (double)q->s->free[q->host]),
                    (double)mem);
    if (q->s->free[q->host] < mem)
        snprintf(text, len,
                 "it has %s free of %s, the guest needs %s with %s and all of "
                 "group %s",
                 free, figure_mib(all, (double)q->h->cap), need, mate, group);
    else if (q->s->vfree[q->host] < vcpus)
        snprintf(text, len,
                 "%d of its %d vCPUs are free, the guest needs %lld with %s "
                 "and all of group %s",
                 (int)q->s->vfree[q->host], (int)q->h->vcap, (long long)vcpus,
                 mate, group);
    else
        snprintf(text, len, "the guest has to stay with %s (group %s)", mate,
                 group);
}

void rule_together_why(const struct rule_case *q, char *text, size_t len)
{
    if (q->v->torn != NONE) {
        snprintf(text, len, "%s", intern_get(&q->c->word, q->v->torn));
        return;
    }
    for (uint32_t m = q->v->mate; m != q->dom; m = q->c->dom[m].mate)
        if (together_mate_why(q, m, text, len))
            return;
    if (q->v->mate != q->dom)
        together_room_why(q, text, len);
}
