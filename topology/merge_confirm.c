/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the rows that confirm each other, and makes cables of them.
 *
 * A row is confirmed when the remote port's own table names this port. Two
 * ports that confirm each other have a cable; more ports share a segment.
 */
#include "topology/merge_impl.h"

#include <errno.h>
#include <stdlib.h>

/* A row by its two nodes. */
struct row_ref {
    uint32_t node, remote, row;
};

static int row_ref_compare(const void *va, const void *vb)
{
    const struct row_ref *a = va, *b = vb;

    if (a->node != b->node)
        return a->node < b->node ? -1 : 1;
    if (a->remote != b->remote)
        return a->remote < b->remote ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* How well two rows must agree in each pass: 0 each names the other's port,
 * 1 one names the other's port and the other names none, 2 both name none,
 * 3 one names the other's port, but the other a third port. */
enum { PASSES = 4 };

static bool rows_agree(const struct merge *m, const struct merge_row *a,
                       const struct merge_row *b, int pass)
{
    bool ab = a->remote_port == b->port, ba = b->remote_port == a->port;
    /* a port that its table does not tell cannot be named */
    bool a_none = a->remote_port == NONE || !m->port[b->port]->name,
         b_none = b->remote_port == NONE || !m->port[a->port]->name;

    switch (pass) {
    case 0: return ab && ba;
    case 1: return (ab && b_none) || (a_none && ba);
    case 2: return a_none && b_none;
    default: return ab || ba;
    }
}

/* The other node tells which port it is that the table does not tell. */
static void port_take_name(struct merge *m, const struct merge_row *r,
                           const struct merge_row *other)
{
    struct merge_port *p = m->port[r->port];
    const struct merge_port *named =
        other->remote_port == NONE ? NULL : m->port[other->remote_port];

    if (p->name || !named || named->rows)
        return;
    p->name = named->name;
    p->view_port = named->view_port;
}

static void rows_confirm(struct merge *m, uint32_t a, uint32_t b, int pass)
{
    struct merge_row *x = &m->row[a], *y = &m->row[b];

    x->confirmed_by = b;
    y->confirmed_by = a;
    m->port[x->port]->confirmed++;
    m->port[y->port]->confirmed++;
    port_take_name(m, x, y);
    port_take_name(m, y, x);
    if (pass < 3)
        return;
    merge_warn(m, "port-mismatch", m->port[x->port]->node,
               m->port[x->port]->name,
               "this port and %s of %s name each other's node, but not the "
               "same port",
               merge_port_name(m, y->port), m->node[x->remote].name);
    merge_dispute_row(m, x->remote_port == y->port ? y : x);
}

/* Looks for a row that confirms this one as well as the pass asks for. */
static void row_find_confirming(struct merge *m, const struct row_ref *ref,
                                size_t n, uint32_t row, int pass)
{
    struct merge_row *r = &m->row[row];
    struct row_ref key = { r->remote, m->port[r->port]->node, 0 };
    size_t lo = 0, hi = n;

    if (r->confirmed_by != NONE || r->remote >= m->views)
        return;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;

        if (row_ref_compare(&ref[mid], &key) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < n && ref[lo].node == key.node && ref[lo].remote == key.remote;
         lo++) {
        struct merge_row *o = &m->row[ref[lo].row];

        if (o->confirmed_by != NONE || !rows_agree(m, r, o, pass))
            continue;
        if (pass == 3 &&
            (m->port[r->port]->confirmed || m->port[o->port]->confirmed))
            continue;
        rows_confirm(m, row, ref[lo].row, pass);
        return;
    }
}

void merge_confirm(struct merge *m)
{
    struct row_ref *ref = calloc(m->rows + 1, sizeof *ref);

    if (!ref) {
        m->rc = -ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < m->rows; i++)
        ref[i] = (struct row_ref){ m->port[m->row[i].port]->node,
                                   m->row[i].remote, i };
    qsort(ref, m->rows, sizeof *ref, row_ref_compare);
    for (int pass = 0; pass < PASSES && !m->rc; pass++)
        for (uint32_t i = 0; i < m->rows && !m->rc; i++)
            row_find_confirming(m, ref, m->rows, i, pass);
    free(ref);
}

/* --- segments ------------------------------------------------------------ */

static uint32_t segment_root(struct merge *m, uint32_t port)
{
    struct merge_port **all = m->port;

    while (all[port]->segment != port)
        port = all[port]->segment = all[all[port]->segment]->segment;
    return port;
}

/* The age of the younger of two rows. */
static int64_t rows_younger_age(const struct merge_row *a,
                                const struct merge_row *b)
{
    int64_t x = a->neighbor->age_s, y = b->neighbor->age_s;

    return x < 0 ? y : y < 0 ? x : x < y ? x : y;
}

static int segment_key_compare(const void *va, const void *vb)
{
    const uint64_t *a = va, *b = vb;

    return *a < *b ? -1 : *a > *b;
}

/* The ports of one segment, which are a cable if they are two. */
static void segment_link(struct merge *m, const uint64_t *key, size_t n)
{
    uint32_t first = (uint32_t)key[0], s;

    if (n == 2) {
        uint32_t a = first, b = (uint32_t)key[1];
        const struct merge_row *r = NULL;

        for (uint32_t i = 0; i < m->port[a]->rows; i++) {
            const struct merge_row *x = &m->row[m->port[a]->first_row + i];

            if (x->confirmed_by != NONE && m->row[x->confirmed_by].port == b)
                r = x;
        }
        if (!r)
            return;
        merge_link(m, m->port[a]->node, a, m->port[b]->node, b, TOPO_BOTH,
                   TOPO_UNKNOWN,
                   rows_younger_age(r, &m->row[r->confirmed_by]));
        return;
    }
    s = merge_add_segment(m, first);
    for (size_t i = 0; i < n && s != NONE; i++)
        merge_link(m, m->port[(uint32_t)key[i]]->node, (uint32_t)key[i], s,
                   NONE, TOPO_BOTH, TOPO_UNKNOWN, TOPO_UNKNOWN);
}

void merge_segments(struct merge *m)
{
    uint64_t *key = calloc(m->ports + 1, sizeof *key);
    size_t n = 0;

    if (!key) {
        m->rc = -ENOMEM;
        return;
    }
    for (size_t i = 0; i < m->rows; i++)
        if (m->row[i].confirmed_by != NONE) {
            uint32_t a = segment_root(m, m->row[i].port),
                     b = segment_root(m, m->row[m->row[i].confirmed_by].port);

            /* the least port is the root, for a fixed order of segments */
            if (a != b)
                m->port[a < b ? b : a]->segment = a < b ? a : b;
        }
    for (uint32_t i = 0; i < m->ports; i++)
        if (m->port[i]->confirmed)
            key[n++] = (uint64_t)segment_root(m, i) << 32 | i;
    qsort(key, n, sizeof *key, segment_key_compare);
    for (size_t i = 0, j; i < n && !m->rc; i = j) {
        for (j = i + 1; j < n && key[j] >> 32 == key[i] >> 32;)
            j++;
        segment_link(m, key + i, j - i);
    }
    free(key);
}
