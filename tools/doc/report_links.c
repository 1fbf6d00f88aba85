/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds what the moves of a report use of the network over time. */
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

/* The link with that number, which is the next one if it has none yet. */
static struct report_link *link_at(struct report *r, uint32_t *at)
{
    if (*at == UINT32_MAX) {
        *at = r->link_n++;
        r->link[*at].mbps = -1;
    }
    return &r->link[*at];
}

static void links_take_hosts(struct report *r, const struct names *hosts,
                             uint32_t *at)
{
    memset(at, 0xff, 2 * (size_t)hosts->n * sizeof *at);
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct report_move *m = &r->move[i];
        struct report_link *l =
            link_at(r, &at[2 * names_find(hosts, m->from)]);

        l->from = m->from;
        link_take(l, r, m, 1);
        l = link_at(r, &at[2 * names_find(hosts, m->to) + 1]);
        l->to = m->to;
        link_take(l, r, m, 1);
    }
}

static int links_of_hosts(struct report *r)
{
    struct names hosts;
    uint32_t *at = NULL;
    int rc = report_hosts(r, &hosts);

    if (!rc) {
        at = calloc(2 * (size_t)hosts.n + 1, sizeof *at);
        r->link = calloc(2 * (size_t)hosts.n + 1, sizeof *r->link);
        rc = at && r->link ? 0 : -ENOMEM;
    }
    if (!rc)
        links_take_hosts(r, &hosts, at);
    names_dispose(&hosts);
    free(at);
    return rc;
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
