/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which rows are cables.
 *
 * A row is confirmed when the far port's own table names this port. Confirmed
 * rows between two ports are a cable; a set of more ports that confirm each
 * other is a shared segment. What is left is one-sided, and is believed unless
 *
 *   - the far port says itself that it hears somebody else, or
 *   - two switches claim the same far port, and it says nothing.
 *
 * So nobody can move another node by what he sends: the ports that he does not
 * own either contradict him, or the answer becomes "unknown".
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- confirmed ------------------------------------------------------------------ */

struct ref {
    uint32_t who, far, row;
};

static int by_nodes(const void *va, const void *vb)
{
    const struct ref *a = va, *b = vb;

    if (a->who != b->who)
        return a->who < b->who ? -1 : 1;
    if (a->far != b->far)
        return a->far < b->far ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* How well two rows agree: 0 names each other's ports, 1 one of them names no
 * port, 2 both name none, 3 one names the other's port, which names a third. */
enum { PASSES = 4 };
static bool agree(const struct row *a, const struct row *b, int pass)
{
    bool ab = a->to == b->from, ba = b->to == a->from;
    bool a_none = a->to == NOBODY, b_none = b->to == NOBODY;

    switch (pass) {
    case 0: return ab && ba;
    case 1: return (ab && b_none) || (a_none && ba);
    case 2: return a_none && b_none;
    default: return ab || ba;
    }
}

static void pair_up(struct merge *m, uint32_t a, uint32_t b, int pass)
{
    struct row *x = &m->row[a], *y = &m->row[b];

    x->mate = b;
    y->mate = a;
    m->end[x->from]->mates++;
    m->end[y->from]->mates++;
    if (pass == 3)
        merge_warn(m, "port-mismatch", m->end[x->from]->who,
                   m->end[x->from]->port,
                   "this port and %s of %s name each other's node, but not "
                   "the same port",
                   m->end[y->from]->port, m->who[x->far].name);
}

static void match(struct merge *m, const struct ref *ref, size_t n,
                  uint32_t row, int pass)
{
    struct row *r = &m->row[row];
    struct ref key = { r->far, m->end[r->from]->who, 0 };
    size_t lo = 0, hi = n;

    if (r->mate != NOBODY || r->far >= m->views)
        return;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (by_nodes(&ref[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < n && ref[lo].who == key.who && ref[lo].far == key.far; lo++) {
        struct row *o = &m->row[ref[lo].row];

        if (o->mate != NOBODY || !agree(r, o, pass))
            continue;
        if (pass == 3 && (m->end[r->from]->mates || m->end[o->from]->mates))
            continue;
        pair_up(m, row, ref[lo].row, pass);
        return;
    }
}

void merge_confirm(struct merge *m)
{
    struct ref *ref = calloc(m->rows + 1, sizeof *ref);

    if (!ref) {
        m->rc = -ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < m->rows; i++)
        ref[i] = (struct ref){ m->end[m->row[i].from]->who, m->row[i].far, i };
    qsort(ref, m->rows, sizeof *ref, by_nodes);
    for (int pass = 0; pass < PASSES && !m->rc; pass++)
        for (uint32_t i = 0; i < m->rows && !m->rc; i++)
            match(m, ref, m->rows, i, pass);
    free(ref);
}

/* --- shared segments --------------------------------------------------------------- */

static uint32_t root(struct merge *m, uint32_t e)
{
    while (m->end[e]->set != e)
        e = m->end[e]->set = m->end[m->end[e]->set]->set;
    return e;
}

static int64_t younger(const struct row *a, const struct row *b)
{
    int64_t x = a->n->age_s, y = b->n->age_s;

    return x < 0 ? y : y < 0 ? x : x < y ? x : y;
}

/* One more node of the graph: a medium that several ports share. */
static uint32_t add_segment(struct merge *m, uint32_t e)
{
    const struct endpoint *end = m->end[e];
    uint32_t s = merge_add_who(m);
    char *name = NULL;

    if (s == NOBODY || asprintf(&name, "segment %s:%s", m->who[end->who].name,
                                end->port) < 0) {
        m->rc = -ENOMEM;
        return NOBODY;
    }
    m->who[s].name = name;
    m->who[s].kind = TOPO_SEGMENT;
    m->who[s].kind_known = true;
    merge_warn(m, "shared-segment", end->who, end->port,
               "several nodes hear each other here: a hub, or a switch that "
               "passes LLDP on; it counts as one switch");
    return s;
}

static int by_set(const void *va, const void *vb)
{
    const uint64_t *a = va, *b = vb;

    return *a < *b ? -1 : *a > *b;
}

static void confirmed_set(struct merge *m, const uint64_t *key, size_t n)
{
    uint32_t first = (uint32_t)key[0], s;

    if (n == 2) {
        uint32_t a = first, b = (uint32_t)key[1];
        const struct row *r = NULL;

        for (uint32_t i = 0; i < m->end[a]->rows; i++) {
            const struct row *x = &m->row[m->end[a]->row + i];

            if (x->mate != NOBODY && m->row[x->mate].from == b)
                r = x;
        }
        if (!r)
            return;
        merge_link(m, m->end[a]->who, a, m->end[b]->who, b, TOPO_BOTH,
                   TOPO_UNKNOWN, younger(r, &m->row[r->mate]));
        return;
    }
    s = add_segment(m, first);
    for (size_t i = 0; i < n && s != NOBODY; i++)
        merge_link(m, m->end[(uint32_t)key[i]]->who, (uint32_t)key[i], s,
                   NOBODY, TOPO_BOTH, TOPO_UNKNOWN, TOPO_UNKNOWN);
}

void merge_segments(struct merge *m)
{
    uint64_t *key = calloc(m->ends + 1, sizeof *key);
    size_t n = 0;

    if (!key) {
        m->rc = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < m->rows; i++)
        if (m->row[i].mate != NOBODY) {
            uint32_t a = root(m, m->row[i].from),
                     b = root(m, m->row[m->row[i].mate].from);

            /* the least number is the root: sets come in a fixed order */
            if (a != b)
                m->end[a < b ? b : a]->set = a < b ? a : b;
        }
    for (uint32_t i = 0; i < m->ends; i++)
        if (m->end[i]->mates)
            key[n++] = (uint64_t)root(m, i) << 32 | i;
    qsort(key, n, sizeof *key, by_set);
    for (size_t i = 0, j; i < n && !m->rc; i = j) {
        for (j = i + 1; j < n && key[j] >> 32 == key[i] >> 32;)
            j++;
        confirmed_set(m, key + i, j - i);
    }
    free(key);
}

/* --- one-sided ------------------------------------------------------------------------ */

static bool speeds_differ(const struct endpoint *a, const struct endpoint *b)
{
    return a->phys && b->phys && a->phys->speed_mbps > 0 &&
           b->phys->speed_mbps > 0 &&
           a->phys->speed_mbps != b->phys->speed_mbps;
}

/* Has the node a port that may carry migrations and hears nobody? */
static bool has_silent_port(const struct merge *m, uint32_t who)
{
    const struct topo_view *v = m->who[who].view;

    if (!v->ports)
        return true; /* we don't know its ports */
    for (size_t i = 0; i < v->ports; i++) {
        uint32_t e;

        if (!merge_usable_port(v, v->port[i].name, &v->port[i]))
            continue;
        e = merge_find_endpoint(m, who, v->port[i].name);
        if (e == NOBODY || (!m->end[e]->rows && !m->end[e]->linked))
            return true;
    }
    return false;
}

enum verdict { FINE, CONTRADICTED, CONTESTED };

static enum verdict judge(const struct merge *m, const struct row *r)
{
    const struct endpoint *from = m->end[r->from];
    bool by_switch = merge_is_switch(m, from->who);
    const struct endpoint *to;

    if (r->to == NOBODY)
        return r->far >= m->views || has_silent_port(m, r->far) ? FINE
                                                                : CONTRADICTED;
    to = m->end[r->to];
    if (to->rows || to->mates)
        return CONTRADICTED;
    /* an end that is forged rarely has the right speed, and a cable between
     * switches would change distances of others */
    if (by_switch && merge_is_switch(m, r->far) && speeds_differ(from, to))
        return CONTRADICTED;
    return by_switch && to->claims > 1 ? CONTESTED : FINE;
}

static void refuse(struct merge *m, const struct row *r, enum verdict why)
{
    const struct endpoint *from = m->end[r->from];
    const char *far = m->who[r->far].name;
    const char *port = r->to == NOBODY ? "?" : m->end[r->to]->port;

    if (why == CONTESTED)
        merge_warn(m, "contested", from->who, from->port,
                   "it hears port %s of %s, and so does another switch; "
                   "neither is believed",
                   port, far);
    else
        merge_warn(m, "contradicted", from->who, from->port,
                   "it hears port %s of %s, but %s itself knows better", port,
                   far, far);
}

/* An Intel X710 or E8xx whose firmware speaks LLDP: chassis id = port's MAC */
static bool by_firmware(const struct merge *m, const struct row *r)
{
    const struct endpoint *to = r->to == NOBODY ? NULL : m->end[r->to];

    return r->far < m->views && !merge_is_switch(m, r->far) && to &&
           to->phys && to->phys->mac && r->n->chassis.value &&
           !strcmp(r->n->chassis.type, "mac") &&
           !strcmp(r->n->port_id.type, "mac") &&
           !strcmp(to->phys->mac, r->n->chassis.value) &&
           m->who[r->far].view->has_table;
}

static void explain(struct merge *m, const struct row *r)
{
    const struct endpoint *from = m->end[r->from];
    const struct who *far = &m->who[r->far];

    if (by_firmware(m, r)) {
        const char *port = m->end[r->to]->port;

        merge_warn(m, "firmware-lldp", r->far, port,
                   "the NIC's firmware answers LLDP in the host's place; "
                   "`ethtool --set-priv-flags %s disable-fw-lldp on` lets "
                   "the host speak",
                   port);
    } else if (far->view) {
        merge_warn(m, "one-sided", from->who, from->port,
                   "it hears port %s of %s, which does not hear it",
                   r->to == NOBODY ? "?" : m->end[r->to]->port, far->name);
    }
}

static void take(struct merge *m, const struct row *r, uint32_t segment)
{
    const struct endpoint *from = m->end[r->from];
    enum topo_evidence e =
        merge_is_switch(m, from->who) ? TOPO_SWITCH_SAYS : TOPO_HOST_SAYS;

    explain(m, r);
    if (segment == NOBODY)
        merge_link(m, from->who, r->from, r->far, r->to, e, TOPO_UNKNOWN,
                   r->n->age_s);
    else
        merge_link(m, r->far, r->to, segment, NOBODY, e, TOPO_UNKNOWN,
                   r->n->age_s);
}

/* What one port says that nobody confirms. Nodes that were read go before
 * strangers: a guest or a phone beside a host is no reason to doubt it. */
static void one_port(struct merge *m, struct endpoint *e)
{
    uint32_t good[TOPO_PORT_NEIGHBORS], n = 0, views = 0, segment = NOBODY;

    for (uint32_t i = e->row; i < e->row + e->rows; i++) {
        enum verdict v = judge(m, &m->row[i]);

        if (v == FINE && n < TOPO_PORT_NEIGHBORS) {
            good[n++] = i;
            views += m->row[i].far < m->views;
        } else {
            refuse(m, &m->row[i], v);
        }
    }
    if (views && views < n) {
        uint32_t kept = 0;

        for (uint32_t i = 0; i < n; i++)
            if (m->row[good[i]].far < m->views)
                good[kept++] = good[i];
        n = kept;
    }
    if (n > 1) {
        segment = add_segment(m, e->id);
        if (segment != NOBODY)
            merge_link(m, e->who, e->id, segment, NOBODY,
                       merge_is_switch(m, e->who) ? TOPO_SWITCH_SAYS
                                                  : TOPO_HOST_SAYS,
                       TOPO_UNKNOWN, TOPO_UNKNOWN);
    }
    for (uint32_t i = 0; i < n && !m->rc; i++)
        take(m, &m->row[good[i]], segment);
}

static void extra_rows(struct merge *m, const struct endpoint *e)
{
    for (uint32_t i = e->row; i < e->row + e->rows; i++)
        if (m->row[i].mate == NOBODY)
            merge_warn(m, "extra-neighbor", e->who, e->port,
                       "it also hears %s, which nothing confirms; left out",
                       m->who[m->row[i].far].name);
}

void merge_one_sided(struct merge *m)
{
    size_t ends = m->ends;

    for (size_t i = 0; i < m->rows; i++) {
        const struct row *r = &m->row[i];

        if (r->to != NOBODY && !m->end[r->from]->mates &&
            merge_is_switch(m, m->end[r->from]->who))
            m->end[r->to]->claims++;
    }
    for (int rank = 0; rank < 2; rank++)
        for (size_t i = 0; i < ends && !m->rc; i++) {
            struct endpoint *e = m->end[i];

            if (e->rows && !e->mates &&
                merge_is_switch(m, e->who) == (rank == 0))
                one_port(m, e);
        }
    for (size_t i = 0; i < ends && !m->rc; i++)
        if (m->end[i]->mates)
            extra_rows(m, m->end[i]);
}
