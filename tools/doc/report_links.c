/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds what the moves of a report use of the network over time, and the chain
 * of moves that the whole had to wait for.
 */
#include "tools/doc/report_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double bits_of_gib = 8 * 1073.741824; /* Mbit in a GiB */

/* Adds a rate from a to b, in seconds, to the means of the parts. */
static void link_add(double *part, double span, double a, double b,
                     double mbps)
{
    double each = span / REPORT_PARTS;

    if (!(each > 0) || !(b > a) || !isfinite(mbps))
        return;
    for (int i = (int)(a / each); i < REPORT_PARTS && i * each < b; i++) {
        double from = fmax(a, i * each), to = fmin(b, (i + 1) * each);

        if (i >= 0 && to > from)
            part[i] += mbps * (to - from) / each;
    }
}

static void link_take(struct report_link *l, const struct report *r,
                      const struct report_move *m, double part)
{
    double sent = m->bytes >= 0 ? m->bytes / 1073741824 : 0;

    l->planned_gib += part * m->gib;
    /* a plan's rate is what it was granted, its bytes may need less */
    if (m->seconds > 0)
        link_add(l->planned, r->span_s, m->start_s, m->start_s + m->seconds,
                 part * m->gib * bits_of_gib / m->seconds);
    if (!report_made(m) || !(m->ended_s > m->began_s))
        return;
    l->measured_gib += part * sent;
    link_add(l->measured, r->span_s, m->began_s, m->ended_s,
             part * sent * bits_of_gib / (m->ended_s - m->began_s));
}

/* --- by the hosts' ports: no map is there ------------------------------------ */

static struct report_link *link_of_host(struct report *r, const char *host,
                                        bool sends)
{
    struct report_link *l = r->link;

    while (l < r->link + r->link_n && (!(sends ? l->from : l->to) ||
                                       strcmp(sends ? l->from : l->to, host)))
        l++;
    if (l == r->link + r->link_n) {
        *l = (struct report_link){ .from = sends ? host : NULL,
                                   .to = sends ? NULL : host,
                                   .mbps = -1 };
        r->link_n++;
    }
    return l;
}

static int links_of_hosts(struct report *r)
{
    r->link = calloc(2 * (size_t)r->move_n + 1, sizeof *r->link);
    if (!r->link)
        return -ENOMEM;
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct report_move *m = &r->move[i];

        link_take(link_of_host(r, m->from, true), r, m, 1);
        link_take(link_of_host(r, m->to, false), r, m, 1);
    }
    return 0;
}

/* --- by the map ------------------------------------------------------------------ */

static int links_of_move(struct report *r, struct plan_cluster *c,
                         const struct report_move *m, uint32_t *at)
{
    uint32_t a = plan_find_host(c, m->from), b = plan_find_host(c, m->to);
    struct plan_share *s = NULL;
    int n = a == PLAN_NONE || b == PLAN_NONE ? 0 : plan_shares(c, a, b, &s);

    for (int i = 0; i < n; i++) {
        uint32_t arc = s[i].arc;

        if (at[arc] == UINT32_MAX) {
            struct report_link *l;

            /* grown by doubling: at 1, 2, 4 .. */
            if (!(r->link_n & (r->link_n - 1))) {
                l = reallocarray(r->link, r->link_n ? 2 * r->link_n : 1,
                                 sizeof *l);
                if (!l) {
                    n = -ENOMEM;
                    break;
                }
                r->link = l;
            }
            l = &r->link[r->link_n];
            *l = (struct report_link){ .mbps = plan_arc_mbps(c, arc) };
            plan_arc_ends(c, arc, &l->from, &l->to);
            at[arc] = r->link_n++;
        }
        link_take(&r->link[at[arc]], r, m, s[i].part);
    }
    free(s);
    return n < 0 ? n : 0;
}

static int links_of_map(struct report *r, struct plan_cluster *c)
{
    uint32_t n = plan_arcs(c);
    uint32_t *at = malloc(((size_t)n + 1) * sizeof *at);
    int rc = at ? 0 : -ENOMEM;

    for (uint32_t i = 0; at && i < n; i++)
        at[i] = UINT32_MAX;
    for (uint32_t i = 0; i < r->move_n && !rc; i++)
        rc = links_of_move(r, c, &r->move[i], at);
    free(at);
    return rc;
}

/* How busy it is at most: a part of what it has, or, where that is not known,
 * what it carries, which is less than any part. */
static double link_peak(const struct report_link *l)
{
    double peak = 0;

    for (int i = 0; i < REPORT_PARTS; i++)
        peak = fmax(peak, fmax(l->planned[i], l->measured[i]));
    return l->mbps > 0 ? peak / l->mbps : 1e-9 * peak;
}

static int link_busiest_first(const void *pa, const void *pb)
{
    const struct report_link *a = pa, *b = pb;
    double x = link_peak(a), y = link_peak(b);

    if (fabs(x - y) > 1e-6 * fmax(x, y))
        return x > y ? -1 : 1;
    if (fabs(a->planned_gib - b->planned_gib) > 1e-9)
        return a->planned_gib > b->planned_gib ? -1 : 1;
    if (strcmp(a->from ? a->from : "", b->from ? b->from : ""))
        return strcmp(a->from ? a->from : "", b->from ? b->from : "");
    return strcmp(a->to ? a->to : "", b->to ? b->to : "");
}

int report_links(struct report *r, const struct snapshot *s)
{
    int rc = s ? links_of_map(r, s->cluster) : links_of_hosts(r);

    if (!rc && r->link_n)
        qsort(r->link, r->link_n, sizeof *r->link, link_busiest_first);
    return rc;
}

/* --- the chain ------------------------------------------------------------------- */

/* How long after the end of a move another may begin that waited for its links
 * alone. */
static double chain_gap(const struct report *r)
{
    return fmax(1, 0.01 * r->span_s);
}

/* Did it wait for the links of a host that `b` used until just before? */
static bool chain_links(const struct report *r, const struct report_move *m,
                        const struct report_move *b)
{
    double gap = report_began(m) - report_ended(b);

    return b != m && (!strcmp(b->from, m->from) || !strcmp(b->to, m->to)) &&
           gap > -0.05 && gap < chain_gap(r) &&
           report_began(b) < report_began(m);
}

/* The one that ended last of those that this one had to wait for; if none did
 * just before it began, the one whose links it waited for. */
static uint32_t chain_before(const struct report *r, uint32_t move)
{
    const struct report_move *m = &r->move[move];
    uint32_t best = UINT32_MAX;

    for (uint32_t i = 0; i < m->after_n; i++)
        if (best == UINT32_MAX ||
            report_ended(&r->move[m->after[i]]) > report_ended(&r->move[best]))
            best = m->after[i];
    for (uint32_t i = 0; i < r->move_n; i++)
        if (chain_links(r, m, &r->move[i]) &&
            (best == UINT32_MAX ||
             report_ended(&r->move[i]) > report_ended(&r->move[best]) + 0.05))
            best = i;
    return best;
}

int report_chain(struct report *r)
{
    uint32_t last = UINT32_MAX, n = 0;

    r->chain = calloc((size_t)r->move_n + 1, sizeof *r->chain);
    if (!r->chain)
        return -ENOMEM;
    for (uint32_t i = 0; i < r->move_n; i++)
        if (last == UINT32_MAX ||
            report_ended(&r->move[i]) > report_ended(&r->move[last]))
            last = i;
    for (; last != UINT32_MAX && n < r->move_n; last = chain_before(r, last))
        r->chain[n++] = last;
    for (uint32_t i = 0; i < n / 2; i++) {
        uint32_t swap = r->chain[i];

        r->chain[i] = r->chain[n - 1 - i];
        r->chain[n - 1 - i] = swap;
    }
    r->chain_n = n;
    for (uint32_t i = 0; i < n; i++)
        r->move[r->chain[i]].in_chain = true;
    return 0;
}
