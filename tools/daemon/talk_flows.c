/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compares Open vSwitch's flows with what they were. */
#include "tools/daemon/talk_flows.h"

#include <stdlib.h>
#include <string.h>

#include "tools/base/mac.h"

void talk_flows_dispose(struct talk_flows *f)
{
    free(f->was);
    free(f->gone);
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

/* A dump may tell a flow twice, while it is moved in its table. */
static size_t flows_once(struct ovs_flow *flow, size_t n)
{
    size_t to = 0;

    for (size_t i = 0; i < n; i++) {
        if (!to || by_flow(&flow[to - 1], &flow[i]))
            flow[to++] = flow[i];
        else if (flow[to - 1].bytes < flow[i].bytes)
            flow[to - 1].bytes = flow[i].bytes;
    }
    return to;
}

/* Flows of earlier, which are gone through in order. Those that are not there
 * now are moved to the beginning. */
struct flows_old {
    struct ovs_flow *flow;
    size_t n, i, missing;
};

/* What the flow had, or 0: it was not among them. */
static uint64_t flow_had(struct flows_old *o, const struct ovs_flow *now)
{
    while (o->i < o->n && by_flow(&o->flow[o->i], now) < 0)
        o->flow[o->missing++] = o->flow[o->i++];
    if (o->i == o->n || by_flow(&o->flow[o->i], now))
        return 0;
    return o->flow[o->i++].bytes;
}

/* One with more than it has now was another. */
static uint64_t flow_grew(struct flows_old *was, struct flows_old *gone,
                          const struct ovs_flow *now)
{
    uint64_t had = flow_had(was, now), before = flow_had(gone, now);

    had = had > before ? had : before;
    return now->bytes - (had > now->bytes ? 0 : had);
}

static void flows_rest(struct flows_old *o)
{
    while (o->i < o->n)
        o->flow[o->missing++] = o->flow[o->i++];
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
    struct flows_old was = { .flow = f->was, .n = f->n };
    struct flows_old gone = { .flow = f->gone, .n = f->n_gone };

    /* all are kept: one that counts later was there before */
    if (n)
        qsort(flow, n, sizeof *flow, by_flow);
    n = flows_once(flow, n);
    for (size_t k = 0; k < n; k++) {
        uint64_t bytes = flow_grew(&was, &gone, &flow[k]);

        if (flow_is_of_guest(&flow[k], v, loud))
            flows_count(&o, &flow[k], f->known ? bytes : 0);
    }
    flows_rest(&was);
    free(f->gone);
    *f = (struct talk_flows){ flow, n, was.flow, was.missing, true };
    return o.n;
}
