/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the chain of moves that the whole of a report had to wait for. */
#include "tools/doc/report_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Moves by the hosts whose links they use: the first of each host, and to each
 * move the next one from, or to, the same host. Their indices only grow. */
struct chain_moves {
    struct names hosts;
    uint32_t *first[2], *next[2]; /* that leave it, that come to it */
};

/* How long after the end of a move another may begin that waited for its links
 * alone. */
static double chain_gap(const struct report *r)
{
    return fmax(1, 0.01 * r->span_s);
}

static uint32_t chain_host(const struct chain_moves *c,
                           const struct report_move *m, int comes)
{
    return names_find(&c->hosts, comes ? m->to : m->from);
}

static int chain_index(struct chain_moves *c, const struct report *r)
{
    int rc = report_hosts(r, &c->hosts);

    for (int k = 0; k < 2 && !rc; k++) {
        c->first[k] = calloc((size_t)c->hosts.n + 1, sizeof **c->first);
        c->next[k] = calloc((size_t)r->move_n + 1, sizeof **c->next);
        if (!c->first[k] || !c->next[k])
            return -ENOMEM;
        memset(c->first[k], 0xff, c->hosts.n * sizeof **c->first);
        for (uint32_t i = r->move_n; i-- > 0;) {
            uint32_t *first = &c->first[k][chain_host(c, &r->move[i], k)];

            c->next[k][i] = *first;
            *first = i;
        }
    }
    return rc;
}

static void chain_index_dispose(struct chain_moves *c)
{
    names_dispose(&c->hosts);
    for (int k = 0; k < 2; k++) {
        free(c->first[k]);
        free(c->next[k]);
    }
}

/* Did it wait for links that `b`, of one of its hosts, used until just before? */
static bool chain_links(const struct report *r, const struct report_move *m,
                        const struct report_move *b)
{
    double gap = report_began(m) - report_ended(b);

    return b != m && gap > -0.05 && gap < chain_gap(r) &&
           report_began(b) < report_began(m);
}

/* The one that ended last of those that this one had to wait for; if none did
 * just before it began, the one whose links it waited for. */
static uint32_t chain_before(const struct report *r,
                             const struct chain_moves *c, uint32_t move)
{
    const struct report_move *m = &r->move[move];
    uint32_t leaves = c->first[0][chain_host(c, m, 0)];
    uint32_t comes = c->first[1][chain_host(c, m, 1)];
    uint32_t best = UINT32_MAX;

    for (uint32_t i = 0; i < m->after_n; i++)
        if (best == UINT32_MAX ||
            report_ended(&r->move[m->after[i]]) > report_ended(&r->move[best]))
            best = m->after[i];
    while (leaves != UINT32_MAX || comes != UINT32_MAX) {
        uint32_t i = leaves < comes ? leaves : comes;

        if (leaves == i)
            leaves = c->next[0][i];
        if (comes == i)
            comes = c->next[1][i];
        if (chain_links(r, m, &r->move[i]) &&
            (best == UINT32_MAX ||
             report_ended(&r->move[i]) > report_ended(&r->move[best]) + 0.05))
            best = i;
    }
    return best;
}

/* From the last one back. */
static void chain_follow(struct report *r, const struct chain_moves *c)
{
    uint32_t last = UINT32_MAX, n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        if (last == UINT32_MAX ||
            report_ended(&r->move[i]) > report_ended(&r->move[last]))
            last = i;
    for (; last != UINT32_MAX && n < r->move_n;
         last = chain_before(r, c, last))
        r->chain[n++] = last;
    for (uint32_t i = 0; i < n / 2; i++) {
        uint32_t swap = r->chain[i];

        r->chain[i] = r->chain[n - 1 - i];
        r->chain[n - 1 - i] = swap;
    }
    r->chain_n = n;
    for (uint32_t i = 0; i < n; i++)
        r->move[r->chain[i]].in_chain = true;
}

int report_chain(struct report *r)
{
    struct chain_moves c = { .first = { NULL } };
    int rc = chain_index(&c, r);

    r->chain = calloc((size_t)r->move_n + 1, sizeof *r->chain);
    if (!rc && !r->chain)
        rc = -ENOMEM;
    if (!rc)
        chain_follow(r, &c);
    chain_index_dispose(&c);
    return rc;
}
