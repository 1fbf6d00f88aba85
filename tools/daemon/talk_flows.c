/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares Open vSwitch's flows with what they were. */
#include "tools/daemon/talk_flows.h"

#include <stdlib.h>
#include <string.h>

#include "tools/base/mac.h"

void talk_flows_dispose(struct talk_flows *f)
{
    free(f->was);
    *f = (struct talk_flows){ .n = 0 };
}

static int by_flow(const void *pa, const void *pb)
{
    const struct ovs_flow *a = pa, *b = pb;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    if (a->to != b->to)
        return a->to < b->to ? -1 : 1;
    if (a->pass != b->pass)
        return a->pass < b->pass ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return strcmp(a->port, b->port);
}

static int by_vif(const void *key, const void *vif)
{
    return strcmp(key, ((const struct talk_vif *)vif)->name);
}

static bool flow_is_of_guest(const struct ovs_flow *f,
                             const struct talk_vifs *v,
                             const struct talk_loud *loud)
{
    const struct talk_vif *i =
        v->n ? bsearch(f->port, v->vif, v->n, sizeof *i, by_vif) : NULL;

    return i && i->ovs && i->known && i->mac == f->from &&
           !mac_is_group(f->to) && !talk_is_loud(loud, f->from);
}

/* What the flow had at the last look, from *i on; one with more than it has now
 * was another. */
static uint64_t flow_had(const struct talk_flows *f, size_t *i,
                         const struct ovs_flow *now)
{
    while (*i < f->n && by_flow(&f->was[*i], now) < 0)
        (*i)++;
    if (*i == f->n || by_flow(&f->was[*i], now) ||
        f->was[*i].bytes > now->bytes)
        return 0;
    return f->was[*i].bytes;
}

struct flows_out {
    struct nft_pair *pair;
    size_t n, most;
    unsigned of_sender;
    uint64_t pass, bytes; /* of the newest pair, in that pass */
};

/* The pair that they are added to, or NULL: there are enough. */
static struct nft_pair *flows_pair(struct flows_out *o,
                                   const struct ovs_flow *f)
{
    struct nft_pair *last = o->n ? &o->pair[o->n - 1] : NULL;

    if (last && last->from == f->from && last->to == f->to)
        return last;
    if (!last || last->from != f->from)
        o->of_sender = 0;
    if (o->n == o->most || o->of_sender++ > TALK_PEERS)
        return NULL;
    o->pair[o->n] = (struct nft_pair){ f->from, f->to, 0 };
    o->pass = f->pass;
    o->bytes = 0;
    return &o->pair[o->n++];
}

/* A frame is counted once in each pass that looks at its addresses, which is not
 * always the first: the pass that has most has counted none twice. */
static void flows_count(struct flows_out *o, const struct ovs_flow *f,
                        uint64_t bytes)
{
    struct nft_pair *p = flows_pair(o, f);

    if (!p)
        return;
    if (o->pass != f->pass)
        o->bytes = 0;
    o->pass = f->pass;
    o->bytes += bytes;
    if (p->bytes < o->bytes)
        p->bytes = o->bytes;
}

size_t talk_flows_look(struct talk_flows *f, struct ovs_flow *flow, size_t n,
                       const struct talk_vifs *v, const struct talk_loud *loud,
                       struct nft_pair *pair, size_t most)
{
    struct flows_out o = { .pair = pair, .most = most };
    size_t i = 0;

    /* all are kept: one that counts later was there before */
    if (n)
        qsort(flow, n, sizeof *flow, by_flow);
    for (size_t k = 0; k < n; k++) {
        uint64_t had = flow_had(f, &i, &flow[k]);

        if (flow_is_of_guest(&flow[k], v, loud))
            flows_count(&o, &flow[k], f->known ? flow[k].bytes - had : 0);
    }
    free(f->was);
    *f = (struct talk_flows){ flow, n, true };
    return o.n;
}
