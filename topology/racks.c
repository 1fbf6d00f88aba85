/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Derives the racks: which hosts stand behind the same top-of-rack switches.
 *
 * Two switches are those of one rack when most of their hosts hang on both, so
 * that a host that lost one of its two cables stays in its rack. A cable
 * between two switches is no proof: racks are joined so as well, and spines
 * are joined with all. It only lowers what "most" means. Nor is a host that
 * hangs on two racks, or a second network that all hosts hang on.
 */
#include "topology/graph_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SWITCHES_OF_HOST = 8 }; /* more tell nothing of its rack */

/* A host and a switch that it hangs on. */
struct rack_leg {
    uint32_t host, sw;
};

/* Two switches, the less first. */
struct rack_pair {
    uint64_t key;
    uint32_t shared; /* hosts that hang on both */
    bool cable;
    UT_hash_handle hh;
};

struct racks {
    struct topo *t;
    struct rack_leg *leg; /* by host, each switch once */
    size_t legs;
    uint32_t *hosts; /* node -> hosts that hang on it */
    uint32_t *group; /* union-find of switches */
    uint32_t *size;  /* root -> hosts that hang on the group */
    uint32_t *least; /* root -> the switch after which it is called */
    uint32_t *last;  /* root -> the last host that was counted */
    struct rack_pair *pairs;
};

static int leg_compare(const void *va, const void *vb)
{
    const struct rack_leg *a = va, *b = vb;

    if (a->host != b->host)
        return a->host < b->host ? -1 : 1;
    return a->sw < b->sw ? -1 : a->sw > b->sw;
}

/* The legs of all hosts, parallel cables taken together. */
static void racks_find_legs(struct racks *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->t->links; i++) {
        const struct topo_link *l = &r->t->link[i];

        if (topo_is_host(r->t, l->a) && !topo_is_host(r->t, l->b))
            r->leg[r->legs++] = (struct rack_leg){ l->a, l->b };
        else if (topo_is_host(r->t, l->b) && !topo_is_host(r->t, l->a))
            r->leg[r->legs++] = (struct rack_leg){ l->b, l->a };
    }
    if (r->legs)
        qsort(r->leg, r->legs, sizeof *r->leg, leg_compare);
    for (size_t i = 0; i < r->legs; i++)
        if (!kept || leg_compare(&r->leg[kept - 1], &r->leg[i]))
            r->leg[kept++] = r->leg[i];
    r->legs = kept;
    for (size_t i = 0; i < r->legs; i++)
        r->hosts[r->leg[i].sw]++;
}

/* The legs of the host at i end before this one. */
static size_t legs_end(const struct racks *r, size_t i)
{
    size_t j = i;

    while (j < r->legs && r->leg[j].host == r->leg[i].host)
        j++;
    return j;
}

/* --- groups of switches -------------------------------------------------- */

static uint32_t group_root(struct racks *r, uint32_t sw)
{
    while (r->group[sw] != sw)
        sw = r->group[sw] = r->group[r->group[sw]];
    return sw;
}

/* NULL: out of memory, or not there and not to be made. */
static struct rack_pair *pair_get(struct racks *r, uint32_t a, uint32_t b,
                                  bool make)
{
    uint64_t key = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    struct rack_pair *p;

    HASH_FIND(hh, r->pairs, &key, sizeof key, p);
    if (p || !make)
        return p;
    p = calloc(1, sizeof *p);
    if (p) {
        p->key = key;
        HASH_ADD(hh, r->pairs, key, sizeof p->key, p);
    }
    return p;
}

static int racks_count_shared(struct racks *r)
{
    for (size_t i = 0, j; i < r->legs; i = j) {
        j = legs_end(r, i);
        if (j - i > SWITCHES_OF_HOST)
            continue;
        for (size_t a = i; a < j; a++)
            for (size_t b = a + 1; b < j; b++) {
                struct rack_pair *p =
                    pair_get(r, r->leg[a].sw, r->leg[b].sw, true);

                if (!p)
                    return -ENOMEM;
                p->shared++;
            }
    }
    for (size_t i = 0; i < r->t->links; i++) {
        struct rack_pair *p =
            pair_get(r, r->t->link[i].a, r->t->link[i].b, false);

        if (p)
            p->cable = true;
    }
    return 0;
}

/* Whether the two are the switches of one rack: over half of the hosts of the
 * one with more hang on both. Where the two are joined it is over half of the
 * one with fewer, if that is over a quarter of the other: many may have lost a
 * cable. */
static bool pair_is_rack(const struct racks *r, const struct rack_pair *p)
{
    uint64_t a = r->hosts[p->key >> 32], b = r->hosts[(uint32_t)p->key],
             more = a > b ? a : b, fewer = a > b ? b : a;

    if (2 * (uint64_t)p->shared > more)
        return true;
    return p->cable && 2 * (uint64_t)p->shared > fewer &&
           4 * (uint64_t)p->shared > more;
}

static void racks_join(struct racks *r)
{
    for (struct rack_pair *p = r->pairs; p; p = p->hh.next) {
        uint32_t a = group_root(r, (uint32_t)(p->key >> 32)),
                 b = group_root(r, (uint32_t)p->key);

        if (a != b && pair_is_rack(r, p))
            r->group[a < b ? b : a] = a < b ? a : b;
    }
}

/* Counts the hosts of each group, and finds its name. */
static void racks_measure(struct racks *r)
{
    for (uint32_t i = 0; i < r->t->nodes; i++)
        r->least[i] = r->last[i] = UINT32_MAX;
    for (size_t i = 0; i < r->legs; i++) {
        uint32_t sw = r->leg[i].sw, root = group_root(r, sw);

        if (r->last[root] != r->leg[i].host)
            r->size[root]++;
        r->last[root] = r->leg[i].host;
        if (r->least[root] == UINT32_MAX ||
            strcmp(r->t->node[sw]->pub.name,
                   r->t->node[r->least[root]]->pub.name) < 0)
            r->least[root] = sw;
    }
}

/* --- hosts --------------------------------------------------------------- */

/* Whether a host that hangs on both groups belongs to a rather than b: by its
 * legs; else by the hosts, if b has over twice as many, as a second network of
 * all racks has; else by the name. */
static bool group_is_nearer(const struct racks *r, uint32_t a, size_t a_legs,
                            uint32_t b, size_t b_legs)
{
    if (a_legs != b_legs)
        return a_legs > b_legs;
    if (r->size[b] / 2 > r->size[a] || r->size[a] / 2 > r->size[b])
        return r->size[a] < r->size[b];
    return strcmp(r->t->node[r->least[a]]->pub.name,
                  r->t->node[r->least[b]]->pub.name) < 0;
}

static uint32_t host_choose_group(struct racks *r, size_t i, size_t end)
{
    uint32_t best = UINT32_MAX;
    size_t best_legs = 0;

    for (size_t a = i; a < end && a < i + SWITCHES_OF_HOST; a++) {
        uint32_t g = group_root(r, r->leg[a].sw);
        size_t legs = 0;

        for (size_t b = i; b < end; b++)
            legs += group_root(r, r->leg[b].sw) == g;
        if (best == UINT32_MAX ||
            group_is_nearer(r, g, legs, best, best_legs)) {
            best = g;
            best_legs = legs;
        }
    }
    return best;
}

static int racks_name_hosts(struct racks *r)
{
    int rc = 0;

    for (size_t i = 0, j; i < r->legs && !rc; i = j) {
        j = legs_end(r, i);
        if (!r->t->node[r->leg[i].host]->pub.rack) {
            uint32_t g = host_choose_group(r, i, j);

            rc = topo_set_rack(r->t, r->leg[i].host,
                               r->t->node[r->least[g]]->pub.name);
        }
    }
    return rc;
}

static int racks_alloc(struct racks *r)
{
    size_t n = r->t->nodes + 1;

    r->leg = calloc(2 * r->t->links + 1, sizeof *r->leg);
    r->hosts = calloc(n, sizeof *r->hosts);
    r->group = calloc(n, sizeof *r->group);
    r->size = calloc(n, sizeof *r->size);
    r->least = calloc(n, sizeof *r->least);
    r->last = calloc(n, sizeof *r->last);
    if (!r->leg || !r->hosts || !r->group || !r->size || !r->least || !r->last)
        return -ENOMEM;
    for (uint32_t i = 0; i < r->t->nodes; i++)
        r->group[i] = i;
    return 0;
}

static void racks_free(struct racks *r)
{
    struct rack_pair *p, *tmp;

    HASH_ITER(hh, r->pairs, p, tmp) {
        HASH_DEL(r->pairs, p);
        free(p);
    }
    free(r->leg);
    free(r->hosts);
    free(r->group);
    free(r->size);
    free(r->least);
    free(r->last);
}

int topo_derive_racks(struct topo *t)
{
    struct racks r = { .t = t };
    int rc = racks_alloc(&r);

    if (!rc) {
        racks_find_legs(&r);
        rc = racks_count_shared(&r);
    }
    if (!rc) {
        racks_join(&r);
        racks_measure(&r);
        rc = racks_name_hosts(&r);
    }
    racks_free(&r);
    return rc;
}

const char *topo_rack_behind(const struct topo *t, const char *name)
{
    int sw = topo_find(t, name);

    for (size_t i = 0; sw >= 0 && i < t->links; i++) {
        const struct topo_link *l = &t->link[i];
        uint32_t h = l->a == (uint32_t)sw ? l->b : l->a;

        if ((l->a == (uint32_t)sw || l->b == (uint32_t)sw) &&
            topo_is_host(t, h) && !topo_is_host(t, (uint32_t)sw) &&
            t->node[h]->pub.rack)
            return t->node[h]->pub.rack;
    }
    return NULL;
}
