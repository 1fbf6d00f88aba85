/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the units, guests that have to stay together on their host, and the
 * groups that contradict each other.
 *
 * Together groups that are on one host each and share a guest are one unit.
 * Two of its guests that an apart group has as well can be on no host: such a
 * unit stays where it is, and whoever asks is told why.
 */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- units --------------------------------------------------------------- */

static uint32_t unit_root(uint32_t *root, uint32_t i)
{
    while (root[i] != i)
        i = root[i] = root[root[i]];
    return i;
}

/* Joins the rings of two guests, if they are two. */
static void unit_join(struct plan_cluster *c, uint32_t *root, uint32_t a,
                      uint32_t b)
{
    uint32_t x = unit_root(root, a), y = unit_root(root, b), next;

    if (x == y)
        return;
    root[x > y ? x : y] = x < y ? x : y;
    next = c->dom[a].mate;
    c->dom[a].mate = c->dom[b].mate;
    c->dom[b].mate = next;
}

/* By together group: the first of its guests that is bound; NONE where the
 * group is on several hosts. */
static uint32_t *unit_firsts(const struct plan_cluster *c)
{
    uint32_t *first = malloc((c->word.n + 1) * sizeof *first);
    uint32_t *host = malloc((c->word.n + 1) * sizeof *host);
    uint8_t *split = calloc(c->word.n + 1, 1);

    if (!first || !host || !split) {
        free(first);
        first = NULL;
        goto out;
    }
    memset(first, 0xff, (c->word.n + 1) * sizeof *first);
    memset(host, 0xff, (c->word.n + 1) * sizeof *host);
    for (uint32_t i = 0; i < c->ndom; i++)
        for (uint32_t k = 0; k < c->dom[i].together.n; k++) {
            uint32_t g = c->pool[c->dom[i].together.at + k];

            split[g] |= host[g] != NONE && host[g] != c->dom[i].host;
            host[g] = c->dom[i].host;
            if (first[g] == NONE && c->dom[i].bound)
                first[g] = i;
        }
    for (uint32_t g = 0; g < c->word.n; g++)
        if (split[g])
            first[g] = NONE;
out:
    free(host);
    free(split);
    return first;
}

static int units_find(struct plan_cluster *c, uint32_t *root)
{
    uint32_t *first = unit_firsts(c);

    if (!first)
        return -ENOMEM;
    for (uint32_t i = 0; i < c->ndom; i++)
        root[i] = c->dom[i].mate = i;
    for (uint32_t i = 0; i < c->ndom; i++)
        for (uint32_t k = 0; k < c->dom[i].together.n && c->dom[i].bound;
             k++) {
            uint32_t g = c->pool[c->dom[i].together.at + k];

            if (first[g] != NONE)
                unit_join(c, root, first[g], i);
        }
    for (uint32_t i = 0; i < c->ndom; i++)
        c->dom[i].unit = unit_root(root, i);
    free(first);
    return 0;
}

/* --- contradictions ------------------------------------------------------ */

/* The unit of these two stays where it is. */
static int contradiction_hold(struct plan_cluster *c, uint32_t unit,
                              const char *text)
{
    uint32_t word = intern_str(&c->word, text), m = unit;

    if (word == NONE)
        return -ENOMEM;
    do {
        c->dom[m].torn = word;
        m = c->dom[m].mate;
    } while (m != unit);
    return 0;
}

static int contradiction_add(struct plan_cluster *c, uint32_t a, uint32_t b,
                             uint32_t apart, uint32_t together, bool racks)
{
    char *text = plan_asprintf(
        "%s and %s are to be apart (group %s%s) and together (group %s), "
        "which contradict each other",
        plan_domain_name(c, a), plan_domain_name(c, b),
        intern_get(&c->word, apart), racks ? " of apart_racks" : "",
        intern_get(&c->word, together));

    if (!text || array_grow(&c->contradiction, &c->contradiction_room,
                            c->ncontradiction + 1u, sizeof(char *))) {
        free(text);
        return -ENOMEM;
    }
    c->contradiction[c->ncontradiction++] = text;
    if (c->dom[a].unit != c->dom[b].unit || c->dom[a].torn != NONE)
        return 0;
    return contradiction_hold(c, c->dom[a].unit, text);
}

/* What was seen of one apart group: a member of each unit and of each together
 * group. */
struct seen {
    uint32_t *unit, *unit_at;   /* by guest */
    uint32_t *group, *group_at; /* by word */
};

static int seen_init(struct seen *s, const struct plan_cluster *c)
{
    *s = (struct seen){ .unit = calloc(c->ndom + 1, sizeof *s->unit),
                        .unit_at = calloc(c->ndom + 1, sizeof *s->unit),
                        .group = calloc(c->word.n + 1, sizeof *s->unit),
                        .group_at = calloc(c->word.n + 1, sizeof *s->unit) };
    return s->unit && s->unit_at && s->group && s->group_at ? 0 : -ENOMEM;
}

static void seen_dispose(struct seen *s)
{
    free(s->unit);
    free(s->unit_at);
    free(s->group);
    free(s->group_at);
}

/* Has the apart group a member of this together group already? Each such pair
 * of groups is told once. */
static int member_check_group(struct plan_cluster *c, struct seen *s,
                              uint32_t m, uint32_t apart, uint32_t together,
                              bool racks)
{
    uint32_t other = s->group[together];

    if (s->group_at[together] != apart + 1) {
        s->group_at[together] = apart + 1;
        s->group[together] = m;
        return 0;
    }
    s->group[together] = NONE;
    return other == NONE
               ? 0
               : contradiction_add(c, other, m, apart, together, racks);
}

static int member_check(struct plan_cluster *c, struct seen *s, uint32_t m,
                        uint32_t apart, bool racks)
{
    const struct dom *v = &c->dom[m];
    int rc = 0;

    for (uint32_t k = 0; k < v->together.n && !rc; k++)
        rc = member_check_group(c, s, m, apart, c->pool[v->together.at + k],
                                racks);
    if (!v->bound || rc)
        return rc;
    /* groups that overlap: the two may have none in common */
    if (s->unit_at[v->unit] == apart + 1 && v->torn == NONE)
        rc = contradiction_add(c, s->unit[v->unit], m, apart,
                               c->pool[v->together.at], racks);
    s->unit_at[v->unit] = apart + 1;
    s->unit[v->unit] = m;
    return rc;
}

static int contradictions_find(struct plan_cluster *c, bool racks,
                               uint32_t words)
{
    const struct group *group = racks ? c->rack_group : c->group;
    const uint32_t *member = racks ? c->rack_member : c->member;
    struct seen s;
    int rc = seen_init(&s, c);

    for (uint32_t g = 0; g < words && !rc; g++)
        for (uint32_t i = 0; i < group[g].n && group[g].n > 1 && !rc; i++)
            rc = member_check(c, &s, member[group[g].at + i], g, racks);
    seen_dispose(&s);
    return rc;
}

int index_units(struct plan_cluster *c)
{
    uint32_t *root = calloc(c->ndom + 1, sizeof *root);
    uint32_t words = c->word.n; /* reasons are words as well */
    int rc = root ? units_find(c, root) : -ENOMEM;

    free(root);
    if (!rc)
        rc = contradictions_find(c, false, words);
    return rc ? rc : contradictions_find(c, true, words);
}
