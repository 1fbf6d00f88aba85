/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps what one source says against a cable that another tells of: a row that
 * a port's own table contradicts, a plan that LLDP contradicts. Neither is
 * thrown away; the graph has the one that does not count beside the other.
 */
#include "topology/merge_impl.h"
#include "tools/base/grow.h"

#include <errno.h>
#include <stdlib.h>

/* Of one cable; a node that claims everything is told of by warnings. */
enum { DISPUTES_OF_LINK = 4 };

static void dispute_note(struct merge *m, const struct merge_dispute *d)
{
    if (array_grow(&m->dispute, &m->dispute_room, m->disputes + 1,
                   sizeof *m->dispute)) {
        m->rc = -ENOMEM;
        return;
    }
    m->dispute[m->disputes++] = *d;
}

void merge_dispute(struct merge *m, uint32_t a, uint32_t a_port, uint32_t b,
                   uint32_t b_port, enum topo_evidence e)
{
    dispute_note(m, &(struct merge_dispute){ .a = a,
                                             .b = b,
                                             .a_port = a_port,
                                             .b_port = b_port,
                                             .link = NONE,
                                             .evidence = e });
}

void merge_dispute_row(struct merge *m, const struct merge_row *r)
{
    uint32_t node = m->port[r->port]->node;

    merge_dispute(m, node, r->port, r->remote, r->remote_port,
                  merge_is_switch(m, node) ? TOPO_SWITCH_SAYS
                                           : TOPO_HOST_SAYS);
}

static int dispute_compare(const void *va, const void *vb)
{
    const struct merge_dispute *a = va, *b = vb;

    if (a->link != b->link)
        return a->link < b->link ? -1 : 1;
    if (a->evidence != b->evidence)
        return a->evidence > b->evidence ? -1 : 1;
    if (a->a_port != b->a_port)
        return a->a_port < b->a_port ? -1 : 1;
    return a->b_port < b->b_port ? -1 : a->b_port > b->b_port;
}

/* Finds the cables at the dispute's ports, which all sources have told of
 * now: one of them, or each. */
static void dispute_settle(struct merge *m, size_t i)
{
    struct merge_dispute d = m->dispute[i];
    uint32_t at_a = d.a_port == NONE ? NONE : m->port[d.a_port]->link,
             at_b = d.b_port == NONE ? NONE : m->port[d.b_port]->link;

    m->dispute[i].link = at_a == NONE ? at_b : at_a;
    if (at_a == NONE || at_b == NONE || at_a == at_b)
        return;
    d.link = at_b;
    d.again = true;
    dispute_note(m, &d);
}

static const char *port_name(const struct merge *m, uint32_t port)
{
    return port == NONE ? NULL : m->port[port]->name;
}

void merge_disputes(struct merge *m)
{
    size_t n = m->disputes, of_link = 0;

    for (size_t i = 0; i < n && !m->rc; i++)
        dispute_settle(m, i);
    if (m->disputes)
        qsort(m->dispute, m->disputes, sizeof *m->dispute, dispute_compare);
    for (size_t i = 0; i < m->disputes && !m->rc; i++) {
        const struct merge_dispute *d = &m->dispute[i];

        /* those about no cable are the last, and warnings only */
        if (d->link == NONE)
            return;
        of_link = i && d[-1].link == d->link ? of_link + 1 : 0;
        if (of_link >= DISPUTES_OF_LINK)
            continue;
        m->rc = topo_add_dispute(
            m->map->topo,
            &(struct topo_dispute){ .link = d->link,
                                    .a = m->node[d->a].name,
                                    .b = m->node[d->b].name,
                                    .a_port = port_name(m, d->a_port),
                                    .b_port = port_name(m, d->b_port),
                                    .evidence = d->evidence,
                                    .again = d->again });
    }
}
